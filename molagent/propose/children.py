"""Editable copies of molecules, and which edited graphs count as children."""

from __future__ import annotations

from rdkit import Chem, rdBase

__all__ = [
    "CHILD_ATTEMPTS",
    "DOUBLE",
    "SINGLE",
    "TRIPLE",
    "clear_touched",
    "find_centres",
    "finish_child",
    "is_plain",
    "kekule_copy",
]

SINGLE, DOUBLE, TRIPLE = Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE
CHILD_ATTEMPTS = 10
LARGEST_RING = 7
SMALL_RING = 4
_AROMATIC = "_aromatic"
_ORIGIN = "_origin"
_NEW = -1


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


def find_centres(mol: Chem.RWMol) -> dict[int, tuple[int, ...]]:
    """Return the stereocentres of an editable copy with their neighbours in order.

    Atoms are numbered by a property that edits leave alone, so that :func:`clear_touched` finds
    them again.
    """
    for atom in mol.GetAtoms():
        atom.SetIntProp(_ORIGIN, atom.GetIdx())
    return {
        atom.GetIdx(): _origins(atom)
        for atom in mol.GetAtoms()
        if atom.GetChiralTag() != Chem.ChiralType.CHI_UNSPECIFIED
    }


def clear_touched(mol: Chem.RWMol, centres: dict[int, tuple[int, ...]]) -> None:
    """Take away the configuration of centres whose neighbours changed, and of double bonds.

    A chiral tag says how the neighbours of an atom turn in the order of its bonds: where these are
    the same as before, it still holds.
    """
    for atom in mol.GetAtoms():
        origin = atom.GetIntProp(_ORIGIN) if atom.HasProp(_ORIGIN) else _NEW
        if centres.get(origin) != _origins(atom):
            atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for bond in mol.GetBonds():
        bond.SetStereo(Chem.BondStereo.STEREONONE)
        bond.SetBondDir(Chem.BondDir.NONE)


def _origins(atom: Chem.Atom) -> tuple[int, ...]:
    others = [bond.GetOtherAtom(atom) for bond in atom.GetBonds()]
    return tuple(n.GetIntProp(_ORIGIN) if n.HasProp(_ORIGIN) else _NEW for n in others)


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
