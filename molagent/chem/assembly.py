"""Put parts together again at their attachment points."""

from collections.abc import Iterable

from rdkit import Chem, rdBase

from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError

__all__ = ["joined", "zipped"]


def joined(constant: str, variable: str) -> str | None:
    """Return a constant and a variable part as one structure; None where it cannot exist.

    Parameters
    ----------
    constant
        One part with ``*``, or two joined by a dot.
    variable
        With ``*``, or with ``[1*]`` and ``[2*]`` for the first and second part.

    Examples
    --------
    >>> joined("*C.*c1ccccc1", "[1*]NC([2*])=O"), joined("*c1ccccc1", "*[H]")
    ('CNC(=O)c1ccccc1', 'c1ccccc1')
    """
    ends = [
        part.replace("*", f"[*:{number}]") for number, part in enumerate(constant.split("."), 1)
    ]
    middle = variable if "[2*]" in variable else variable.replace("*", "[1*]")
    middle = middle.replace("[1*]", "[*:1]").replace("[2*]", "[*:2]")
    return zipped([*ends, middle])


def zipped(parts: Iterable[str]) -> str | None:
    """Return parts whose equally numbered points ``[*:1]`` meet, as canonical SMILES.

    None where a valence would be broken or a point is left without its partner.

    Examples
    --------
    >>> zipped(["[*:1]c1ccccc1", "[*:1]O"]), zipped(["[*:1]C"])
    ('Oc1ccccc1', None)
    """
    with rdBase.BlockLogs():
        try:
            pool = parse_smiles(".".join(dict.fromkeys(parts)))
            text = Chem.MolToSmiles(Chem.RemoveHs(Chem.molzip(pool)))
            # Read again: a stereocentre that became symmetric is one no more.
            mol = parse_smiles(text)
        except (Chem.MolSanitizeException, RuntimeError, StructureError):
            return None
    if any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms()):
        return None
    return Chem.MolToSmiles(mol)
