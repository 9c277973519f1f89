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

from molagent.chem.fragments import (
    HYDROGEN,
    Fragmentation,
    fragmentations,
    swapped,
    with_point,
)

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
    constant
        What stays: one part with ``*``, or two joined by a dot; "" for a hydrogen, whose place is
        written by :meth:`opened`.
    variable
        The part: ``*`` once, or ``[1*]`` and ``[2*]`` towards the first and second constant part.
    keys
        What the place is like, one number for each of :data:`RADII`.
    atoms
        The part's atoms in the molecule; empty for a hydrogen.
    end
        An atom that the part hangs on.
    turned
        Whether ``[1*]`` and ``[2*]`` are the other way round in :attr:`standing`.
    """

    constant: str
    variable: str
    keys: tuple[int, ...]
    atoms: tuple[int, ...]
    end: int
    turned: bool = False

    def opened(self, mol: Chem.Mol) -> str:
        """Return what stays of the molecule that the place is of."""
        return self.constant or with_point(mol, self.end)

    @property
    def standing(self) -> str:
        """The part as a table holds it: its points in the order of what they hang on."""
        return swapped(self.variable) if self.turned else self.variable

    def fitted(self, part: str) -> str:
        """Return a part of a table in the order of this place's constant parts."""
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
    for item in fragmentations(mol, max_variable=max_part, max_cuts=cuts):
        yield _place(mol, around, item)
    if hydrogens and mol.GetNumAtoms() > 1:
        for atom in mol.GetAtoms():
            if atom.GetTotalNumHs() and not (atom.GetIsAromatic() and atom.GetSymbol() == "N"):
                yield Place(
                    constant="",
                    variable=HYDROGEN,
                    keys=around.keys(atom, frozenset()),
                    atoms=(),
                    end=atom.GetIdx(),
                )


def _place(mol: Chem.Mol, around: _Surroundings, item: Fragmentation) -> Place:
    keys = [around.keys(mol.GetAtomWithIdx(index), frozenset(item.atoms)) for index in item.ends]
    if item.cuts == 1:
        return Place(item.constant, item.variable, keys[0], item.atoms, item.ends[0])
    one, two = keys
    turned = one > two or (one == two and swapped(item.variable) < item.variable)
    pairs = zip(one, two, strict=True)
    both = tuple(_mixed((item.cuts, *sorted(pair))) for pair in pairs)
    return Place(item.constant, item.variable, both, item.atoms, item.ends[0], turned)


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
