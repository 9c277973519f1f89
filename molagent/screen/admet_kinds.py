"""Atoms and directed bonds of many structures as numbers of their kinds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from molagent.screen.admet_features import (
    ATOM_WIDTH,
    BOND_WIDTH,
    atom_features,
    bond_features,
)

if TYPE_CHECKING:
    from rdkit import Chem

__all__ = ["Codes", "GraphTable", "first_rows", "pair_codes"]

Codes = npt.NDArray[np.int64]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, eq=False)
class GraphTable:
    """Atoms and directed bonds of all structures, each with the number of its kind.

    Attributes
    ----------
    atom_kind, bond_kind
        One an atom, one a directed bond; rows of the features.
    source, reverse
        One a directed bond: the atom it leaves, and its own reverse.
    slots
        ``atoms x largest degree``; the directed bonds that arrive, in order; -1 for none.
    molecules
        The first atom of each structure.
    """

    atom_kind: Codes
    atom_features: npt.NDArray[np.float32]
    bond_kind: Codes
    bond_features: npt.NDArray[np.float32]
    source: Codes
    reverse: Codes
    slots: Codes
    molecules: Codes

    @classmethod
    def of(cls, mols: Sequence["Chem.Mol"]) -> "GraphTable":
        """Read the atoms and directed bonds of all structures, in chemprop's order."""
        atoms = _Kinds(atom_features, ATOM_WIDTH)
        bonds = _Kinds(bond_features, BOND_WIDTH)
        atom_kind: list[int] = []
        bond_kind: list[int] = []
        ends: list[tuple[int, int]] = []
        molecules = []
        for mol in mols:
            offset = len(atom_kind)
            molecules.append(offset)
            atom_kind.extend(atoms.number(_atom_key(atom), atom) for atom in mol.GetAtoms())
            for bond in mol.GetBonds():
                kind = bonds.number(_bond_key(bond), bond)
                begin, end = offset + bond.GetBeginAtomIdx(), offset + bond.GetEndAtomIdx()
                bond_kind += (kind, kind)
                ends += ((begin, end), (end, begin))
        edges = np.array(ends, dtype=np.int64).reshape(-1, 2)
        return cls(
            np.array(atom_kind, dtype=np.int64),
            atoms.features(),
            np.array(bond_kind, dtype=np.int64),
            bonds.features(),
            edges[:, 0],
            np.arange(len(edges), dtype=np.int64) ^ 1,
            _slots(edges[:, 1], len(atom_kind)),
            np.array(molecules, dtype=np.int64),
        )

    def arriving(self, state: Codes) -> tuple[Codes, Codes, Codes]:
        """Return the kind of each atom by the states that arrive, in order, and each kind's states.

        Returns
        -------
        kind, states, starts
            One number an atom; the states of all kinds in one row; where each kind's start.
        """
        kind = np.zeros(len(self.slots), dtype=np.int64)
        # One more state for "none", at index -1.
        padded = np.append(state, -1)
        for column in self.slots.T:
            kind = pair_codes(kind, padded[column])
        bonds = self.slots[first_rows(kind)]
        present = bonds >= 0
        counts = present.sum(axis=1)
        return kind, state[bonds[present]], np.cumsum(counts) - counts


class _Kinds(Generic[_Item]):
    """Numbers for atoms or bonds that the featuriser cannot tell apart."""

    def __init__(self, read: Callable[[_Item], npt.NDArray[np.float64]], width: int) -> None:
        self._read, self._width = read, width
        self._numbers: dict[tuple[object, ...], int] = {}
        self._rows: list[npt.NDArray[np.float64]] = []

    def number(self, key: tuple[object, ...], item: _Item) -> int:
        number = self._numbers.setdefault(key, len(self._rows))
        if number == len(self._rows):
            self._rows.append(self._read(item))
        return number

    def features(self) -> npt.NDArray[np.float32]:
        return np.array(self._rows, dtype=np.float32).reshape(-1, self._width)


def _atom_key(atom: "Chem.Atom") -> tuple[object, ...]:
    """Return everything that `atom_features` reads of an atom."""
    return (
        atom.GetAtomicNum(),
        atom.GetTotalDegree(),
        atom.GetFormalCharge(),
        atom.GetChiralTag(),
        atom.GetTotalNumHs(),
        atom.GetHybridization(),
        atom.GetIsAromatic(),
        atom.GetMass(),
    )


def _bond_key(bond: "Chem.Bond") -> tuple[object, ...]:
    """Return everything that `bond_features` reads of a bond."""
    return (bond.GetBondType(), bond.GetIsConjugated(), bond.IsInRing(), bond.GetStereo())


def _slots(target: Codes, count: int) -> Codes:
    order = np.argsort(target, kind="stable")
    degree = np.bincount(target, minlength=count)
    starts = np.cumsum(degree) - degree
    slots = np.full((count, int(degree.max(initial=0))), -1, dtype=np.int64)
    slots[target[order], np.arange(len(order)) - starts[target[order]]] = order
    return slots


def pair_codes(left: Codes, right: Codes) -> Codes:
    """Give each different pair a number, 0 first, as they appear; `right` is -1 or more."""
    from pandas import factorize

    width = int(right.max(initial=0)) + 2
    codes, _ = factorize(left * width + (right + 1))
    return np.asarray(codes, dtype=np.int64)


def first_rows(codes: Codes) -> Codes:
    """Return where each number appears first."""
    first = np.empty(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return first
