"""Standardises structures in a process of its own, one line in and one line out.

Run by path, not as a module: it needs RDKit and ``molagent.chem`` only, and starting is what costs.
Reads JSON strings, writes ``[smiles, key, connectivity, scaffold, structure, salt, stereo_note,
reason]``; a first empty list says that it is ready. It ends with code 0 when its input does, or
when nothing came for a while.
"""

import json
import os
import re
import select
import sys
from collections.abc import Callable, Iterator

from rdkit import Chem, rdBase

from molagent.chem.identity import connectivity_block
from molagent.chem.molecules import parse_smiles, smiles_of_inchi
from molagent.chem.salts import describe_salt
from molagent.chem.scaffolds import decompose
from molagent.chem.standardize import parent_of_mol
from molagent.chem.stereo_notes import describe_isotopes, describe_stereo
from molagent.chem.substances import Substance, substance_of, told_groups
from molagent.errors import StructureError

__all__ = ["answer_lines", "is_molblock", "main", "parent_fields", "smiles_of"]

_IDLE_LIMIT_S = 300.0
_PIECE = 1 << 16
_MOL_END = "M  END"
_CHIRAL_FLAG = "_MolFileChiralFlag"
_NOTHING = ("",) * 7
_FLAGGED = "chiral flag 0: centres in no group are racemic"
# A SMILES without an isotope and without extensions is its parent and nothing more.
_MORE = re.compile(r"\||\[\d")


def parent_fields(raw: str, max_atoms: int) -> tuple[str, ...]:
    """Return the fields of a structure's parent, or why there is none.

    Parameters
    ----------
    raw
        A SMILES, an InChI or a molblock (V2000 or V3000).

    Returns
    -------
    tuple of str
        SMILES of the parent, the substance's key (:mod:`molagent.chem.substances`), connectivity
        and scaffold of the parent, CXSMILES of a substance that is more than it, what was stripped
        (:mod:`molagent.chem.salts`), what the structure as given says of stereo and isotopes
        (:mod:`molagent.chem.stereo_notes`), and the reason.
    """
    try:
        given = smiles_of(raw, max_atoms)
        mol = parse_smiles(given, max_atoms=max_atoms)
        smiles, parent = parent_of_mol(mol, given)
        with rdBase.BlockLogs():
            key = str(Chem.MolToInchiKey(parent))  # type: ignore[no-untyped-call]
        if not key:
            return (*_NOTHING, f"InChI fails on {smiles!r}; correct the structure")
        salt = describe_salt(given, smiles)
        if is_molblock(raw) or _MORE.search(raw):
            drawn = _drawn(raw) if is_molblock(raw) else mol
            full = told_groups(drawn, raw)
            substance = _substance(full, smiles, key)
            flagged = len(full.GetStereoGroups()) > len(drawn.GetStereoGroups())
            note = _note(full, _FLAGGED if flagged else "", substance.note)
        else:  # a plain SMILES tells what its parent does
            substance = Substance(smiles, key)
            note = describe_stereo(parent)
        # The parent is used up here: a scaffold knows no stereo (see murcko_scaffold).
        Chem.RemoveStereochemistry(parent)
        scaffold = Chem.MolToSmiles(decompose(parent))
        block = connectivity_block(key)
    except StructureError as error:
        return (*_NOTHING, str(error))
    return substance.parent, substance.key, block, scaffold, substance.structure, salt, note, ""


def _substance(full: Chem.Mol, smiles: str, key: str) -> Substance:
    """Return which substance of its parent a structure is; the plain parent where that fails."""
    try:
        return substance_of(full, smiles, key)
    except (Chem.MolSanitizeException, ValueError, RuntimeError, StructureError) as error:
        return Substance(smiles, key, note=f"taken as its parent: {error}")


def _note(given: Chem.Mol, *more: str) -> str:
    """Say what a structure, as it was given, tells of its stereo and isotopes."""
    isotopes = describe_isotopes(given)
    told = (
        describe_stereo(_largest_part(given)),
        f"isotopes: {isotopes}" if isotopes else "",
        *more,
    )
    return "; ".join(filter(None, told))


def _largest_part(mol: Chem.Mol) -> Chem.Mol:
    """Return the fragment that a counter-ion's stereo centres are no part of."""
    parts = Chem.GetMolFrags(mol, asMols=True)
    if len(parts) == 1:
        return mol
    largest: Chem.Mol = max(parts, key=Chem.Mol.GetNumAtoms)
    if mol.HasProp(_CHIRAL_FLAG):
        largest.SetIntProp(_CHIRAL_FLAG, mol.GetIntProp(_CHIRAL_FLAG))
    return largest


def is_molblock(raw: str) -> bool:
    """Return whether a structure is a molblock and not a SMILES."""
    return _MOL_END in raw


def smiles_of(raw: str, max_atoms: int) -> str:
    """Return a molblock or an InChI as SMILES; what is neither is returned as it is.

    Raises
    ------
    StructureError
        If it cannot be read, or a molblock has too many atoms.
    """
    if raw.lstrip().startswith("InChI="):
        return smiles_of_inchi(raw)
    if not is_molblock(raw):
        return raw
    with rdBase.BlockLogs():
        mol = Chem.MolFromMolBlock(raw, sanitize=False, removeHs=False)
        if mol is None:
            raise StructureError("the molblock cannot be read", remedy="correct the record")
        if (n_atoms := mol.GetNumAtoms()) > max_atoms:
            raise StructureError(
                f"the molblock has {n_atoms} atoms, more than the limit of {max_atoms}",
                remedy="leave out polymers and biologics",
            )
        try:
            Chem.SanitizeMol(mol)
        except (Chem.MolSanitizeException, ValueError) as error:
            raise StructureError(
                f"the molblock cannot exist as drawn ({str(error).strip()})",
                remedy="correct valences and aromatic atoms",
            ) from error
        return Chem.MolToSmiles(_drawn(raw))


def _drawn(molblock: str) -> Chem.Mol:
    """Read a molblock that can be sanitised, as a whole, so that stereo is told by the drawing."""
    with rdBase.BlockLogs():
        drawn = Chem.MolFromMolBlock(molblock)
    if drawn is None or drawn.GetNumAtoms() == 0:
        raise StructureError("the molblock is empty", remedy="draw the structure")
    return drawn


def main(max_atoms: int) -> None:
    """Answer lines until the input ends."""
    answer_lines(parent_fields, max_atoms)


def answer_lines(answer: Callable[[str, int], tuple[str, ...]], max_atoms: int) -> None:
    """Answer each line of the input until it ends, or until nothing came for a while."""
    answers = sys.stdout
    answers.write("[]\n")
    answers.flush()
    for line in _lines():
        answers.write(json.dumps(answer(json.loads(line), max_atoms)) + "\n")
        answers.flush()


def _lines() -> Iterator[bytes]:
    """Yield lines of the input as they come; end when none came for a while."""
    descriptor, rest = sys.stdin.fileno(), b""
    while True:
        # Windows cannot wait on a pipe: there the process lives as long as its parent.
        if os.name == "posix" and not select.select([descriptor], [], [], _IDLE_LIMIT_S)[0]:
            return
        piece = os.read(descriptor, _PIECE)
        if not piece:
            return
        *lines, rest = (rest + piece).split(b"\n")
        yield from lines


if __name__ == "__main__":
    main(int(sys.argv[1]))
