"""The scan of fingerprints by numpy: what :mod:`.kernel` does, where numba is not installed."""

import numpy as np
import numpy.typing as npt

from molagent.patents.index.layout import FRONT_WORDS, HEAD_WORDS, FingerprintLayout

__all__ = ["common_bits", "scan_query"]


def scan_query(
    layout: FingerprintLayout,
    query: npt.NDArray[np.uint64],
    needed: npt.NDArray[np.int32],
    *,
    proportional: bool,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return position and bits in common of every hit of one query.

    `needed` is the fewest bits in common by the sum of two popcounts; with `proportional` the
    front must share its part of them, which loses some hits.
    """
    whole = int(np.bitwise_count(query).sum())
    front = int(np.bitwise_count(query[:FRONT_WORDS]).sum())
    head = int(np.bitwise_count(query[:HEAD_WORDS]).sum())
    row_whole, row_front = layout.counts[:, 0], layout.counts[:, 1]
    need = needed[whole + row_whole]
    # What the rest can share bounds from below what the fronts must share.
    must = need - np.minimum(whole - front, row_whole - row_front)
    if proportional and whole:
        must = np.maximum(must, need * front // whole)
    possible = (must <= np.minimum(front, row_front)) & (need <= np.minimum(whole, row_whole))
    positions = [np.empty(0, dtype=np.int64)]
    for first, last in _runs(np.flatnonzero(possible)):
        start, stop = layout.starts[first], layout.starts[last + 1]
        shared = np.bitwise_count(layout.heads[0, start:stop] & query[0])
        for word in range(1, FRONT_WORDS):
            shared += np.bitwise_count(layout.heads[word, start:stop] & query[word])
        # Counts of 128 bits fit the bytes that numpy counts in.
        enough = np.maximum(must[first : last + 1], 0).astype(np.uint8)
        sizes = np.diff(layout.starts[first : last + 2])
        positions.append(np.flatnonzero(shared >= np.repeat(enough, sizes)) + start)
    position = np.concatenate(positions)
    need_at = need[layout.cells_of(position)]
    common = common_bits(layout.heads[:, position], query[:HEAD_WORDS, None], axis=0)
    passed = common >= need_at - (whole - head)
    position, need_at = position[passed], need_at[passed]
    common = common[passed] + common_bits(layout.tails[position], query[HEAD_WORDS:], axis=1)
    hit = common >= need_at
    return position[hit], common[hit]


def common_bits(
    words: npt.NDArray[np.uint64], query: npt.NDArray[np.uint64], *, axis: int
) -> npt.NDArray[np.int32]:
    """Return how many bits words share with those of a query, summed over an axis."""
    return np.asarray(np.bitwise_count(words & query).sum(axis=axis, dtype=np.int32))


def _runs(cells: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return first and last of each run of neighbouring cells."""
    if not len(cells):
        return []
    breaks = np.flatnonzero(np.diff(cells) > 1)
    firsts = np.concatenate(([0], breaks + 1))
    lasts = np.concatenate((breaks, [len(cells) - 1]))
    return [(int(cells[a]), int(cells[b])) for a, b in zip(firsts, lasts, strict=True)]
