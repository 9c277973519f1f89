"""Places of a structure where a part may be replaced, and what they are like.

A place is what stays when a part is cut off: the atom (or two) that the part hangs on and what lies
around it. Its keys are numbers that two places share if they look alike up to one, two or three
bonds from there, the part itself left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from molagent.chem.fragments import HYDROGEN, BondSides, swapped, with_point

__all__ = ["RADII", "Place", "find_places"]

#: How far two places look alike, in bonds from the atom that a part hangs on; the closest first.
RADII: Final = (3, 2, 1)

_MASK: Final = (1 << 64) - 1
_BASIS: Final = 0xCBF29CE484222325
_PRIME: Final = 0x100000001B3


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a structure and where it hangs.

    Attributes
    ----------
    variable
        The part: ``*`` once, or ``[1*]`` and ``[2*]`` towards the first and second of `ends`.
    keys
        What the place is like, one number for each of :data:`RADII`.
    atoms
        The part's atoms in the molecule; empty for a hydrogen.
    ends
        The atoms that the part hangs on: one, or two.
    turned
        Whether ``[1*]`` and ``[2*]`` are the other way round in :attr:`standing`.
    """

    variable: str
    keys: tuple[int, ...]
    atoms: tuple[int, ...]
    ends: tuple[int, ...]
    turned: bool = False

    def opened(self, mol: Chem.Mol) -> str:
        """Return what stays of the molecule: one part with ``*``, or two joined by a dot."""
        if not self.atoms:
            return with_point(mol, self.ends[0])
        inner = set(self.atoms)
        bonds = [
            bond.GetIdx()
            for end in self.ends
            for bond in mol.GetAtomWithIdx(end).GetBonds()
            if bond.GetOtherAtomIdx(end) in inner
        ]
        cut = Chem.FragmentOnBonds(mol, bonds, dummyLabels=[(0, 0)] * len(bonds))
        pieces = Chem.GetMolFrags(cut)
        return ".".join(
            Chem.MolFragmentToSmiles(cut, next(piece for piece in pieces if end in piece))
            for end in self.ends
        )

    @property
    def standing(self) -> str:
        """The part as a table holds it: its points in the order of what they hang on."""
        return swapped(self.variable) if self.turned else self.variable

    def fitted(self, part: str) -> str:
        """Return a part of a table in the order of this place's ends."""
        return swapped(part) if self.turned else part


def find_places(
    mol: Chem.Mol, *, max_part: int, cuts: int = 1, hydrogens: bool = True
) -> Iterator[Place]:
    """Yield the places of a molecule.

    Parameters
    ----------
    mol
        A sanitised molecule of one piece; one of several pieces has no places.
    max_part
        Most heavy atoms of a part; it is at most half of the molecule in any case.
    cuts
        1 for substituents only, 2 for linkers and rings in the middle too.
    hydrogens
        Whether hydrogens are parts. That of an aromatic nitrogen is none: it is a donor that
        binds, or one tautomer of two.
    """
    around = _Surroundings()
    if len(Chem.GetMolFrags(mol)) == 1:
        sides = BondSides(mol)
        most = min(max_part, mol.GetNumAtoms() // 2)
        yield from _substituents(mol, around, sides, most)
        if cuts > 1:
            yield from _linkers(mol, around, sides, most)
    if hydrogens and mol.GetNumAtoms() > 1:
        for atom in mol.GetAtoms():
            if atom.GetTotalNumHs() and not (atom.GetIsAromatic() and atom.GetSymbol() == "N"):
                keys = around.keys(atom, frozenset())
                yield Place(HYDROGEN, keys, atoms=(), ends=(atom.GetIdx(),))


def _substituents(
    mol: Chem.Mol, around: _Surroundings, sides: BondSides, most: int
) -> Iterator[Place]:
    for bond, side in sides.single(most):
        atoms, end = sides.sides[bond][side], sides.bonds[bond][1 - side]
        keys = around.keys(mol.GetAtomWithIdx(end), atoms)
        yield Place(sides.smiles(bond, side), keys, tuple(sorted(atoms)), (end,))


def _linkers(mol: Chem.Mol, around: _Surroundings, sides: BondSides, most: int) -> Iterator[Place]:
    for (first, side_1), (second, side_2), atoms in sides.double(most):
        ends = sides.bonds[first][side_1], sides.bonds[second][side_2]
        one, two = (around.keys(mol.GetAtomWithIdx(end), atoms) for end in ends)
        variable = sides.between(first, second, atoms)
        turned = one > two or (one == two and swapped(variable) < variable)
        both = tuple(_mixed((2, *sorted(pair))) for pair in zip(one, two, strict=True))
        yield Place(variable, both, tuple(sorted(atoms)), ends, turned)


class _Surroundings:
    """What lies around the atoms of a molecule, seen from one of their neighbours."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, int], int] = {}

    def keys(self, atom: Chem.Atom, part: frozenset[int]) -> tuple[int, ...]:
        """Return what a place is like; `part` is what hangs there, empty for a hydrogen."""
        away = next((n for n in atom.GetNeighbors() if n.GetIdx() in part), None)
        return tuple(self.key(atom, away, radius) for radius in RADII)

    def key(self, atom: Chem.Atom, seen_from: Chem.Atom | None, radius: int) -> int:
        """Return what an atom and what is behind it look like, up to `radius` bonds away.

        Parameters
        ----------
        seen_from
            A neighbour, which is left out; None for one of the atom's hydrogens.
        """
        back = -1 if seen_from is None else seen_from.GetIdx()
        place = (atom.GetIdx(), back, radius)
        if place not in self._known:
            behind = sorted(
                _mixed((int(bond.GetBondType()), self.key(other, atom, radius - 1)))
                for bond in (atom.GetBonds() if radius else ())
                for other in [bond.GetOtherAtom(atom)]
                if other.GetIdx() != back
            )
            self._known[place] = _mixed((*self._own(atom, seen_from), *behind))
        return self._known[place]

    @staticmethod
    def _own(atom: Chem.Atom, seen_from: Chem.Atom | None) -> tuple[int, ...]:
        return (
            atom.GetAtomicNum(),
            atom.GetFormalCharge() + 8,
            int(atom.GetIsAromatic()) + 2 * int(atom.IsInRing()),
            atom.GetTotalNumHs() - (seen_from is None),
            atom.GetDegree() - (seen_from is not None),
        )


def _mixed(numbers: tuple[int, ...]) -> int:
    """Return one number of 64 bits for several; the same on every machine."""
    value = _BASIS
    for number in numbers:
        value = ((value ^ number) * _PRIME) & _MASK
        value ^= value >> 29
    return value
