"""Stereo of a core carried over to its products.

A chiral tag says how the neighbours of an atom turn in the order of its bonds, so it survives
growth when every new neighbour takes the place of the dummy or hydrogen that it replaces. No
ranking of neighbours is involved: the letters R and S may change, the geometry does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

__all__ = ["SeedStereo", "read_stereo"]

# Stand for a neighbour that growth brings, or may bring: a dummy, a replaceable hydrogen.
EXIT: Final = -1
HYDROGEN_PLACE: Final = -2
HYDROGEN: Final = 1

_TURNED: Final = {
    Chem.ChiralType.CHI_TETRAHEDRAL_CW: Chem.ChiralType.CHI_TETRAHEDRAL_CCW,
    Chem.ChiralType.CHI_TETRAHEDRAL_CCW: Chem.ChiralType.CHI_TETRAHEDRAL_CW,
}
_SIDES: Final = {
    Chem.BondStereo.STEREOZ: Chem.BondStereo.STEREOCIS,
    Chem.BondStereo.STEREOCIS: Chem.BondStereo.STEREOCIS,
    Chem.BondStereo.STEREOE: Chem.BondStereo.STEREOTRANS,
    Chem.BondStereo.STEREOTRANS: Chem.BondStereo.STEREOTRANS,
}


@dataclass(frozen=True)
class SeedStereo:
    """Stereo of a core, in the numbering of its heavy atoms.

    Parameters
    ----------
    centres
        Atom, chiral tag, and neighbours in the order that the tag refers to, below 0 for an
        exit.
    bonds
        Begin, end, a neighbour of each (below 0 for an exit), and the side these are on.
    """

    centres: tuple[tuple[int, Chem.ChiralType, tuple[int, ...]], ...]
    bonds: tuple[tuple[int, int, int, int, Chem.BondStereo], ...]

    def __bool__(self) -> bool:
        """Return whether there is anything to keep."""
        return bool(self.centres or self.bonds)

    def mark(self, mol: Chem.RWMol, size: int) -> Chem.Mol:
        """Return the product with the marks of its first `size` atoms; it need not be sanitised.

        Parameters
        ----------
        mol
            The product, its core atoms first.
        size
            Number of core atoms.
        """
        for index, tag, order in self.centres:
            wanted = _fill(mol, index, order, size)
            turned = _is_odd(wanted, _neighbours(mol, index))
            mol.GetAtomWithIdx(index).SetChiralTag(_TURNED[tag] if turned else tag)
        Chem.SanitizeMol(mol)
        plain = Chem.RemoveHs(mol)
        for begin, end, near, far, side in self.bonds:
            ends = [
                place if place >= 0 else next(n for n in _neighbours(plain, at) if n >= size)
                for at, place in ((begin, near), (end, far))
            ]
            bond = plain.GetBondBetweenAtoms(begin, end)
            bond.SetStereoAtoms(*ends)
            bond.SetStereo(side)
        # Perception reads directions of single bonds and would clear what it cannot see there.
        Chem.SetDoubleBondNeighborDirections(plain)
        Chem.AssignStereochemistry(plain, cleanIt=True, force=True)
        return plain


def _neighbours(mol: Chem.Mol, index: int) -> list[int]:
    return [bond.GetOtherAtomIdx(index) for bond in mol.GetAtomWithIdx(index).GetBonds()]


def _fill(mol: Chem.RWMol, index: int, order: tuple[int, ...], size: int) -> list[int]:
    """Return the neighbours in the core's order; new ones fill dummies before hydrogens."""
    fresh = [n for n in _neighbours(mol, index) if n >= size]
    filled = list(order)
    for kind in (EXIT, HYDROGEN_PLACE):
        for place in [i for i, n in enumerate(order) if n == kind]:
            if not fresh:
                fresh.append(mol.AddAtom(Chem.Atom(HYDROGEN)))
                mol.AddBond(index, fresh[0], Chem.BondType.SINGLE)
            filled[place] = fresh.pop(0)
    return filled


def _is_odd(wanted: list[int], actual: list[int]) -> bool:
    """Return whether an odd permutation leads from one order to the other."""
    places = [actual.index(n) for n in wanted]
    turns = sum(a > b for i, a in enumerate(places) for b in places[i + 1 :])
    return turns % 2 == 1


def _place(mol: Chem.Mol, index: int, number: Mapping[int, int]) -> int:
    hydrogen = mol.GetAtomWithIdx(index).GetAtomicNum() == HYDROGEN
    return HYDROGEN_PLACE if hydrogen else number.get(index, EXIT)


def read_stereo(mol: Chem.Mol, *, hydrogens: bool) -> SeedStereo:
    """Read the stereo of a core with dummies.

    Parameters
    ----------
    mol
        The core; its heavy atoms in order are the core's atoms.
    hydrogens
        Whether a hydrogen of a stereocentre may be replaced.
    """
    centres = [a.GetIdx() for a in mol.GetAtoms() if a.GetChiralTag() in _TURNED]
    if hydrogens and centres:
        mol = Chem.AddHs(mol, onlyOnAtoms=centres)
    heavy = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() > HYDROGEN]
    number = {index: i for i, index in enumerate(heavy)}
    tags = []
    for index in centres:
        order = tuple(_place(mol, n, number) for n in _neighbours(mol, index))
        tags.append((number[index], mol.GetAtomWithIdx(index).GetChiralTag(), order))
    bonds = []
    for bond in mol.GetBonds():
        if bond.GetStereo() in _SIDES:
            near, far = (_place(mol, n, number) for n in bond.GetStereoAtoms())
            if HYDROGEN_PLACE in (near, far):
                continue  # an imine's own hydrogen: nothing heavy to hold the geometry by
            ends = number[bond.GetBeginAtomIdx()], number[bond.GetEndAtomIdx()]
            bonds.append((*ends, near, far, _SIDES[bond.GetStereo()]))
    return SeedStereo(tuple(tags), tuple(bonds))
