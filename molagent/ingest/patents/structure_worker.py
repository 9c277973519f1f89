"""Computes what the index keeps of a structure, in a process of its own, one line in and one out.

Run by path. Reads JSON strings, writes ``[written, parent, inchikey, connectivity, without_stereo,
without_tautomers, words, flag, reason]``, the fingerprint words in hexadecimal; a first empty list
says that it is ready. Loop and life of the process are those of ``ingest.parent_worker``.
"""

import sys

from rdkit import Chem, rdBase

from molagent.errors import StructureError
from molagent.ingest.parent_worker import answer_lines, is_molblock, smiles_of
from molagent.patents.index.rows import compute_row
from molagent.patents.publications import find_pseudo_atoms

__all__ = ["N_FIELDS", "structure_fields"]

N_FIELDS = 9
_REPEAT_UNIT = "Sg:n:"
_OPEN_ENDS_OF_A_POLYMER = 2


def structure_fields(raw: str, max_atoms: int) -> tuple[str, ...]:
    """Return what is kept of one structure as given.

    Parameters
    ----------
    raw
        A SMILES or a molblock.

    Examples
    --------
    >>> structure_fields("C1=C[U]=[V][W]=N1", 250)[-2]
    'pseudo_element'
    """
    written = flag = reason = ""
    try:
        smiles = smiles_of(raw, max_atoms)
        written = smiles if is_molblock(raw) else ""
        flag, reason = _doubt(smiles, max_atoms)
        if flag == "too_large":
            return written, "", "", "", "", "", "", flag, reason
        row = compute_row(smiles)
    except StructureError as error:
        doubt = f"{reason}; {error}" if reason else str(error)
        return written, "", "", "", "", "", "", flag or _flag_of(error), doubt
    keys = row.keys
    return (
        *(written, row.parent, keys.inchikey, keys.connectivity),
        *(keys.without_stereo, keys.without_tautomers),
        *(row.bits.astype("<u8").tobytes().hex(), flag, reason),
    )


def _flag_of(error: StructureError) -> str:
    return "too_large" if "more than the limit" in error.message else "unparsable"


def _doubt(smiles: str, max_atoms: int) -> tuple[str, str]:
    """Return flag and reason of a structure that is not what it seems; two blanks if it is."""
    with rdBase.BlockLogs():
        mol: Chem.Mol | None = Chem.MolFromSmiles(smiles, sanitize=False)
    if mol is None:
        return "", ""
    if (n_atoms := mol.GetNumAtoms()) > max_atoms:
        return "too_large", f"{n_atoms} atoms, more than the limit of {max_atoms}"
    open_ends = sum(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms())
    if _REPEAT_UNIT in smiles or open_ends >= _OPEN_ENDS_OF_A_POLYMER:
        return "polymer", f"{open_ends} open ends or repeat units: a polymer or a Markush drawing"
    if open_ends:
        return "attachment", "an open attachment point: a fragment, not a compound"
    if symbols := find_pseudo_atoms(mol):
        return (
            "pseudo_element",
            f"{', '.join(symbols)}: may be letters of a Markush drawing read as elements",
        )
    return "", ""


if __name__ == "__main__":
    answer_lines(structure_fields, int(sys.argv[1]))
