"""Editable copies of molecules, and which edited graphs count as children."""

from __future__ import annotations

from rdkit import Chem, rdBase

__all__ = [
    "CHILD_ATTEMPTS",
    "DOUBLE",
    "SINGLE",
    "TRIPLE",
    "finish_child",
    "is_plain",
    "kekule_copy",
]

SINGLE, DOUBLE, TRIPLE = Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE
CHILD_ATTEMPTS = 10
LARGEST_RING = 7
SMALL_RING = 4
_AROMATIC = "_aromatic"


def is_plain(bond: Chem.Bond) -> bool:
    """Return whether an edit of the bond leaves every aromatic ring whole."""
    return not bond.HasProp(_AROMATIC)


def kekule_copy(mol: Chem.Mol) -> Chem.RWMol:
    """Return a Kekule copy without written hydrogens, ready to be edited."""
    copy = Chem.RWMol(mol)
    for bond in copy.GetBonds():
        if bond.GetIsAromatic():
            bond.SetBoolProp(_AROMATIC, True)  # noqa: FBT003 - RDKit's signature
    Chem.Kekulize(copy, clearAromaticFlags=True)
    for atom in copy.GetAtoms():
        # Hydrogens written in the string ([nH], [NH3+]) would otherwise survive any edit.
        atom.SetNumExplicitHs(0)
        atom.SetNoImplicit(False)  # noqa: FBT003 - RDKit's signature
    copy.UpdatePropertyCache(strict=False)
    return copy


def is_strained(mol: Chem.Mol) -> bool:
    """Return whether a ring is too large, or holds a bond that would tear it."""
    rings = mol.GetRingInfo()
    if any(len(ring) > LARGEST_RING for ring in rings.AtomRings()):
        return True
    for bond in mol.GetBonds():
        order = bond.GetBondType()
        if order == TRIPLE and bond.IsInRing():
            return True
        if order == DOUBLE and rings.MinBondRingSize(bond.GetIdx()) in range(1, SMALL_RING + 1):
            return True
    allene = Chem.MolFromSmarts("[R]=[R]=[R]")
    return bool(mol.HasSubstructMatch(allene))


def finish_child(mol: Chem.RWMol) -> Chem.Mol | None:
    """Return the sanitised child, None if it is no molecule in one relaxed piece."""
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(mol)
        except (Chem.MolSanitizeException, RuntimeError):
            return None
    if len(Chem.GetMolFrags(mol)) != 1 or is_strained(mol):
        return None
    return mol.GetMol()
