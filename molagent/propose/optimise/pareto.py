"""Pareto ranking: which structures are beaten by none, and how crowded they lie.

Non-dominated fronts and crowding distance: Deb et al. 2002, doi:10.1109/4235.996017. All figures
here are to be maximised, ``N x M`` with one column an objective. Hypervolume: Zitzler and Thiele
1999, doi:10.1109/4235.797969.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.records import BoolArray, FloatArray

__all__ = [
    "ParetoArchive",
    "crowding_distance",
    "dominates",
    "front_of",
    "hypervolume",
    "non_dominated",
]

_MEASURED_OBJECTIVES: Final = 3
# Half of a front's width in the ranking is left to crowding, so that a front never overlaps the
# next one and the least crowded member of the first front has exactly 1.
_CROWDING_SHARE: Final = 0.5


def dominates(better: FloatArray, worse: FloatArray) -> BoolArray:
    """Return whether each row of `better` dominates each row of `worse`, ``N x K``.

    A row dominates another if it is nowhere lower and somewhere higher.

    Examples
    --------
    >>> dominates(np.array([[1.0, 0.5]]), np.array([[1.0, 0.2], [1.0, 0.5], [0.0, 0.9]]))
    array([[ True, False, False]])
    """
    nowhere_lower = (better[:, None, :] >= worse[None, :, :]).all(axis=2)
    somewhere_higher = (better[:, None, :] > worse[None, :, :]).any(axis=2)
    return np.asarray(nowhere_lower & somewhere_higher)


def front_of(vectors: FloatArray) -> npt.NDArray[np.int64]:
    """Return the front of each row: 0 where none dominates it, 1 where only front 0 does, ...

    Examples
    --------
    >>> front_of(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.5], [0.0, 0.0]]))
    array([0, 0, 1, 2])
    """
    beaten = dominates(vectors, vectors)
    fronts = np.full(len(vectors), -1, dtype=np.int64)
    front = 0
    while (open_rows := np.flatnonzero(fronts < 0)).size:
        inside = beaten[np.ix_(open_rows, open_rows)]
        fronts[open_rows[~inside.any(axis=0)]] = front
        front += 1
    return fronts


def non_dominated(vectors: FloatArray) -> BoolArray:
    """Return which rows no other row dominates; in less memory than `front_of`.

    Examples
    --------
    >>> non_dominated(np.array([[0.0, 0.5], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    array([False,  True,  True,  True])
    """
    kept = np.zeros(len(vectors), dtype=np.bool_)
    front = np.empty((0, vectors.shape[1]))
    # In falling lexical order a row comes after everything that dominates it.
    for index in np.lexsort(vectors.T[::-1])[::-1]:
        row = vectors[index : index + 1]
        kept[index] = not dominates(front, row).any()
        if kept[index]:
            front = np.concatenate([front, row])
    return kept


def crowding_distance(vectors: FloatArray) -> FloatArray:
    """Return how far each row of one front lies from its neighbours; inf at the ends.

    Examples
    --------
    >>> crowding_distance(np.array([[0.0, 1.0], [0.2, 0.9], [0.5, 0.5], [1.0, 0.0]]))
    array([inf, 1. , 1.7, inf])
    """
    distance = np.zeros(len(vectors))
    for values in vectors.T:
        order = np.argsort(values, kind="stable")
        spread = values[order[-1]] - values[order[0]]
        if spread > 0:
            distance[order[1:-1]] += (values[order[2:]] - values[order[:-2]]) / spread
        distance[order[[0, -1]]] = np.inf
    return distance


def hypervolume(vectors: FloatArray) -> float:
    """Return the share of the unit cube that is dominated by some row, at most 3 objectives.

    The reference point is 0 in each objective. NaN for more objectives: not computed here. Rows
    with a NaN are left out.

    Examples
    --------
    >>> hypervolume(np.array([[1.0, 0.5], [0.5, 1.0]]))
    0.75
    >>> hypervolume(np.array([[0.5, 0.5, 0.5]]))
    0.125
    """
    known = vectors[~np.isnan(vectors).any(axis=1)]
    if known.shape[1] > _MEASURED_OBJECTIVES:
        return float("nan")
    if known.shape[1] == 1:
        return float(known.max(initial=0.0))
    if known.shape[1] == 2:  # an area
        return _area(known)
    # Slabs between two heights of the third objective: below each lies what reaches that high.
    heights = np.unique(known[:, 2])
    floors = np.concatenate([[0.0], heights])[:-1]
    return float(
        sum(
            (top - floor) * _area(known[known[:, 2] >= top, :2])
            for floor, top in zip(floors, heights, strict=True)
        )
    )


def _area(points: FloatArray) -> float:
    """Return the area below a staircase of points."""
    order = np.lexsort((-points[:, 1], -points[:, 0]))
    widths, heights = points[order].T
    # From right to left a point adds the strip by which it is higher than all to its right.
    reached = np.concatenate([[0.0], np.maximum.accumulate(heights)])
    return float((widths * np.diff(reached)).sum())


class ParetoArchive:
    """The best trade-offs of a run, and the reward that a structure has beside them.

    The archive keeps different rows only, at most `size` of them: when it is full the worst fronts
    go first and, within one front, the most crowded (the survivors of NSGA-II).

    Parameters
    ----------
    size
        How many trade-offs are kept.
    """

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._rows: FloatArray = np.empty((0, 0))
        self._fronts = np.empty(0, dtype=np.int64)
        self._crowding: FloatArray = np.empty(0)

    @property
    def rows(self) -> FloatArray:
        """What is kept, ``A x M``, in rising lexical order."""
        return self._rows

    @property
    def front(self) -> FloatArray:
        """The rows that none dominates."""
        return np.asarray(self._rows[self._fronts == 0])

    def add(self, vectors: FloatArray) -> None:
        """Take further rows; those with a NaN are left out."""
        # Adding 0 turns -0.0 into 0.0: equal rows must have equal bytes.
        fresh = vectors[~np.isnan(vectors).any(axis=1)] + 0.0
        if not len(fresh):
            return
        merged = np.unique(
            np.concatenate([self._rows, fresh]) if len(self._rows) else fresh, axis=0
        )
        fronts = front_of(merged)
        best = np.lexsort((-_crowding_by_front(merged, fronts), fronts))[: self._size]
        kept = np.sort(best)
        self._rows, self._fronts = merged[kept], fronts[kept]
        # Once more, over what was kept and in the order of the rows' values: rewards then depend on
        # the set of rows alone, and a run resumed from it gives the rewards it would have given.
        self._crowding = _crowding_by_front(self._rows, self._fronts)

    def rewards(self, vectors: FloatArray) -> FloatArray:
        """Return the reward of each row beside the archive, 0..1; NaN where a row has a NaN.

        The share of the archive that does not lie in a better front, less at most half of the
        row's own front by how crowded it is there. So it is a rank, not a size: it says nothing
        across runs, and falls as better structures come. A row of zeros only, unacceptable in
        every objective, has 0 whatever the others are.

        Examples
        --------
        >>> archive = ParetoArchive()
        >>> rows = np.array([[1.0, 0.2], [0.2, 1.0], [0.1, 0.1], [0.0, 0.0]])
        >>> archive.add(rows)
        >>> archive.rewards(rows)
        array([1. , 1. , 0.5, 0. ])
        """
        rewards = np.full(len(vectors), np.nan)
        known = np.flatnonzero(~np.isnan(vectors).any(axis=1))
        if not len(known) or not len(self._rows):
            return rewards
        total = len(self._rows)
        place = {row.tobytes(): index for index, row in enumerate(self._rows)}
        beaten = dominates(self._rows, vectors[known])
        for column, index in enumerate(known):
            above = self._fronts[beaten[:, column]]
            front = int(above.max()) + 1 if len(above) else 0
            better = int((self._fronts < front).sum())
            mates = self._crowding[self._fronts == front]
            mine = place.get((vectors[index] + 0.0).tobytes())
            # A row that the archive did not keep is as crowded as can be.
            crowded = len(mates) if mine is None else int((mates > self._crowding[mine]).sum())
            rewards[index] = 1.0 - (better + _CROWDING_SHARE * crowded) / total
        rewards[known[~vectors[known].any(axis=1)]] = 0.0
        return rewards


def _crowding_by_front(rows: FloatArray, fronts: npt.NDArray[np.int64]) -> FloatArray:
    crowding = np.zeros(len(rows))
    for front in np.unique(fronts):
        crowding[fronts == front] = crowding_distance(rows[fronts == front])
    return crowding
