"""What a group or a molecule can be counted to have at least and at most.

A predicate such as C1-4 alkoxy fixes how many atoms of each element, rings and multiple bonds its
groups have. Those bounds are sums and unions of the definition's own numbers; no structure is
matched to find them. What lies outside the bounds of a claim cannot be inside the claim. That
serves two ends: a cheap test before the matcher, and a check of the matcher that does not ask it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

__all__ = [
    "COUNTED",
    "FAR",
    "NOTHING",
    "CountBounds",
    "few",
    "limit",
    "measure",
    "measure_group",
    "union",
]

_ELEMENTS: Final = {6: 1, 7: 2, 8: 3, 16: 4, 9: 5, 17: 6, 35: 7, 53: 8}
_OTHER, _LABELLED, _RINGS, _AROMATIC, _DOUBLE, _TRIPLE = 9, 10, 11, 12, 13, 14
_SMALLEST, _LARGEST, _TO_RING = 15, 16, 17

COUNTED: Final = (
    "atoms", "C", "N", "O", "S", "F", "Cl", "Br", "I", "other", "labelled", "rings",
    "aromatic", "double", "triple", "smallest_ring", "largest_ring", "to_ring",
)  # fmt: skip

_SIZE: Final = len(COUNTED)
_N_SUMMED: Final = 15
_PLACE: Final = {name: place for place, name in enumerate(COUNTED)}

FAR: Final = 999
_MOST_BOXES: Final = 48

Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class CountBounds:
    """Fewest and most of everything in :data:`COUNTED`, `[18]` each.

    Attributes
    ----------
    low, high
        Heavy atoms, atoms by element (`other` for the rest, `labelled` for explicit hydrogen
        isotopes), rings, aromatic atoms, double and triple bonds outside aromatic rings, the
        smallest and the largest ring, and bonds from the attachment to the nearest ring. Without a
        ring the smallest and the nearest are 999 and the largest is 0.
    """

    low: Counts
    high: Counts

    def __add__(self, other: "CountBounds") -> "CountBounds":
        """Return the bounds of this with `other` hung on it somewhere."""
        low, high = self.low + other.low, self.high + other.high
        for place, choose in ((_SMALLEST, min), (_LARGEST, max)):
            low[place] = choose(self.low[place], other.low[place])
            high[place] = choose(self.high[place], other.high[place])
        low[_TO_RING] = min(self.low[_TO_RING], other.low[_TO_RING] + 1)
        high[_TO_RING] = self.high[_TO_RING]
        return CountBounds(low, high)

    def times(self, count: int) -> "CountBounds":
        """Return the bounds of `count` of these side by side."""
        if count == 0:
            return NOTHING
        low, high = self.low.copy(), self.high.copy()
        low[:_N_SUMMED] *= count
        high[:_N_SUMMED] *= count
        return CountBounds(low, high)

    def with_ring_at(self, low: int, high: int) -> "CountBounds":
        """Return the bounds with the nearest ring `low` to `high` bonds from the attachment."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[_TO_RING], highs[_TO_RING] = min(FAR, low), min(FAR, high)
        return CountBounds(lows, highs)

    @property
    def to_ring(self) -> tuple[int, int]:
        """Fewest and most bonds from the attachment to the nearest ring."""
        return int(self.low[_TO_RING]), int(self.high[_TO_RING])

    @property
    def has_rings(self) -> bool:
        """Whether there can be a ring."""
        return bool(self.high[_RINGS])

    def hold(self, counts: Counts) -> bool:
        """Return whether counts lie within."""
        return bool((counts >= self.low).all() and (counts <= self.high).all())


def limit(**bounds: tuple[int, int]) -> CountBounds:
    """Return bounds by name; what is not named does not occur.

    Examples
    --------
    >>> methyl_to_butyl = limit(atoms=(1, 4), C=(1, 4))
    >>> methyl_to_butyl.hold(measure_group("*CC(C)C")), methyl_to_butyl.hold(measure_group("*CO"))
    (True, False)
    """
    low, high = NOTHING.low.copy(), NOTHING.high.copy()
    for name, (least, most) in bounds.items():
        low[_PLACE[name]], high[_PLACE[name]] = least, most
    return CountBounds(low, high)


def union(boxes: Iterable[CountBounds]) -> CountBounds:
    """Return the narrowest bounds that hold whatever one of several holds."""
    every = list(boxes)
    return CountBounds(
        np.min([box.low for box in every], axis=0), np.max([box.high for box in every], axis=0)
    )


def few(boxes: Iterable[CountBounds]) -> tuple[CountBounds, ...]:
    """Return the alternatives, or their union where there are too many to go through."""
    every = tuple(boxes)
    return every if len(every) <= _MOST_BOXES else (union(every),)


def measure(mol: Chem.Mol) -> Counts:
    """Count what :data:`COUNTED` names in a molecule; the distance to a ring is left at 999."""
    counts = NOTHING.low.copy()
    for atom in mol.GetAtoms():
        number = atom.GetAtomicNum()
        if number <= 1:
            counts[_LABELLED] += number
            continue
        counts[0] += 1
        counts[_ELEMENTS.get(number, _OTHER)] += 1
        if atom.GetIsAromatic():
            counts[_AROMATIC] += 1
    for bond in mol.GetBonds():
        kind = bond.GetBondType()
        if kind == Chem.BondType.DOUBLE:
            counts[_DOUBLE] += 1
        elif kind == Chem.BondType.TRIPLE:
            counts[_TRIPLE] += 1
    counts[_RINGS] = mol.GetNumBonds() - mol.GetNumAtoms() + len(Chem.GetMolFrags(mol))
    if counts[_RINGS]:
        sizes = [len(ring) for ring in mol.GetRingInfo().AtomRings()]
        counts[_SMALLEST], counts[_LARGEST] = min(sizes), max(sizes)
    return counts


@lru_cache(maxsize=8192)
def measure_group(smiles: str) -> Counts:
    """Count in a group written with ``*`` where it is attached.

    Examples
    --------
    >>> counts = measure_group("*CCC1CCCO1")
    >>> [int(counts[COUNTED.index(name)]) for name in ("C", "O", "rings", "to_ring")]
    [6, 1, 1, 2]
    """
    mol = Chem.MolFromSmiles(smiles)
    counts = measure(mol)
    [dummy] = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    distances = Chem.GetDistanceMatrix(mol)[dummy]
    in_rings = [int(distances[a.GetIdx()]) - 1 for a in mol.GetAtoms() if a.IsInRing()]
    counts[_TO_RING] = min(in_rings, default=FAR)
    counts.setflags(write=False)
    return counts


def _nothing() -> CountBounds:
    counts: np.ndarray[Any, np.dtype[np.int32]] = np.zeros(_SIZE, dtype=np.int32)
    counts[[_SMALLEST, _TO_RING]] = FAR
    return CountBounds(counts, counts.copy())


NOTHING: Final = _nothing()
