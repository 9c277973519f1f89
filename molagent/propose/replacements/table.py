"""What was seen at places of real compounds, as arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from molagent.propose.replacements.places import RADII, Place

__all__ = ["Counts", "ReplacementTable", "SeenPart"]

#: The keys of a place to the parts that were seen there, each with its number of compounds.
Counts = Mapping[tuple[int, ...], Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class SeenPart:
    """A part that was seen at places like one that was asked about.

    Attributes
    ----------
    part
        With its points in the order of the table; see :meth:`Place.fitted`.
    compounds
        How many compounds have it at such a place.
    radius
        How far those places look alike, in bonds.
    """

    part: str
    compounds: int
    radius: int


@dataclass(frozen=True)
class ReplacementTable:
    """Which parts hang at which places.

    Parameters
    ----------
    parts
        The parts, in alphabetical order.
    keys
        ``K x 3``: what the places are like, one column for each of :data:`RADII`; sorted.
    starts
        ``K + 1``: where the rows of a place begin.
    which, compounds
        ``N``: index of the part, and number of compounds.
    sources
        What it was counted from.
    """

    parts: tuple[str, ...]
    keys: NDArray[np.uint64]
    starts: NDArray[np.uint32]
    which: NDArray[np.uint32]
    compounds: NDArray[np.uint16]
    sources: tuple[Mapping[str, object], ...] = ()

    @classmethod
    def of(cls, counts: Counts, sources: tuple[Mapping[str, object], ...] = ()) -> ReplacementTable:
        """Return counts as a table."""
        parts = tuple(sorted({part for seen in counts.values() for part in seen}))
        number = {part: index for index, part in enumerate(parts)}
        places = sorted(counts)
        rows = [sorted((number[part], n) for part, n in counts[place].items()) for place in places]
        flat = np.array([pair for row in rows for pair in row], dtype=np.int64).reshape(-1, 2)
        return cls(
            parts=parts,
            keys=np.array(places, dtype=np.uint64).reshape(-1, len(RADII)),
            starts=np.cumsum([0, *map(len, rows)], dtype=np.uint32),
            which=flat[:, 0].astype(np.uint32),
            compounds=np.minimum(flat[:, 1], np.iinfo(np.uint16).max).astype(np.uint16),
            sources=sources,
        )

    def __len__(self) -> int:
        """Return how many pairs of a place and a part there are."""
        return len(self.which)

    def seen(self, place: Place, *, least: int = 2, enough: int = 24) -> list[SeenPart]:
        """Return the parts seen at places like one, its own left out; the closest places first.

        Parameters
        ----------
        place
            Where something is to be replaced.
        least
            Fewest compounds that have a part at places that look alike so far.
        enough
            Places that look less alike are asked while fewer parts than this were found.
        """
        found: dict[str, SeenPart] = {}
        for column, radius in enumerate(RADII):
            for part, compounds in self._at(column, place.keys[column]).items():
                if compounds >= least and part != place.standing:
                    found.setdefault(part, SeenPart(part, compounds, radius))
            if len(found) >= enough:
                break
        return list(found.values())

    @cached_property
    def _orders(self) -> list[tuple[NDArray[np.int64], NDArray[np.uint64]]]:
        """For each radius the order of the places by key, and the keys in that order."""
        orders = [np.argsort(column, kind="stable") for column in self.keys.T]
        return [(order, self.keys[order, i]) for i, order in enumerate(orders)]

    @cached_property
    def _answers(self) -> dict[tuple[int, int], dict[str, int]]:
        return {}

    def _at(self, column: int, key: int) -> dict[str, int]:
        """Return part to compounds of all places of one key, the commonest first."""
        if (column, key) not in self._answers:
            order, keys = self._orders[column]
            wanted = np.uint64(key)
            first, last = np.searchsorted(keys, wanted), np.searchsorted(keys, wanted, "right")
            total: Counter[int] = Counter()
            for row in order[first:last].tolist():
                rows = slice(int(self.starts[row]), int(self.starts[row + 1]))
                for part, n in zip(
                    self.which[rows].tolist(), self.compounds[rows].tolist(), strict=True
                ):
                    total[part] += n
            ranked = sorted(total.items(), key=lambda item: (-item[1], item[0]))
            self._answers[column, key] = {self.parts[part]: n for part, n in ranked}
        return self._answers[column, key]
