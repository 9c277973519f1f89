"""Exact similarity search: which rows reach a Tanimoto similarity, or come nearest."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from molagent.patents.index.layout import FingerprintLayout, reordered

__all__ = ["Hits", "needed_bits", "search_threshold", "search_top"]

_SAMPLE: Final = 65_536


class Hits(NamedTuple):
    """Query, position in the layout and bits in common, one entry a hit, by query."""

    query: npt.NDArray[np.int64]
    position: npt.NDArray[np.int64]
    common: npt.NDArray[np.int32]


def needed_bits(at_least: float, n_bits: int) -> npt.NDArray[np.int32]:
    """Return the fewest bits in common for each sum of two popcounts, 0 to twice `n_bits`.

    The quotient is compared in double precision as RDKit does it, so that a similarity on the
    threshold is on the same side. Two empty fingerprints have a similarity of 0.

    Examples
    --------
    >>> needed_bits(0.5, 4).tolist()
    [1, 1, 1, 1, 2, 2, 2, 3, 3]
    """
    sums = np.arange(2 * n_bits + 1)
    if at_least <= 0:
        return np.zeros(len(sums), dtype=np.int32)
    guess = np.floor(sums * (at_least / (1 + at_least))).astype(np.int64) - 1
    needed = np.full(len(sums), n_bits + 1, dtype=np.int32)
    for step in (3, 2, 1, 0):
        common = np.maximum(guess + step, 1)
        union = np.maximum(sums - common, 1)
        needed = np.where(common / union >= at_least, common, needed)
    return needed.astype(np.int32)


def search_threshold(
    layout: FingerprintLayout, bits: npt.NDArray[np.uint64], at_least: float
) -> Hits:
    """Return all rows at least this similar to each query, ``Q x W``."""
    needed = needed_bits(at_least, bits.shape[1] * 64)
    queries = reordered(bits, layout.order)
    found = [_scan(layout, query, needed) for query in queries]
    return Hits(
        np.repeat(np.arange(len(found)), [len(position) for position, _ in found]),
        np.concatenate([position for position, _ in found] or [np.empty(0, dtype=np.int64)]),
        np.concatenate([common for _, common in found] or [np.empty(0, dtype=np.int32)]),
    )


def search_top(
    layout: FingerprintLayout, bits: npt.NDArray[np.uint64], top: int, at_least: float = 0.0
) -> Hits:
    """Return rows at least as similar to each query as its `top` nearest, ``Q x W``.

    The `top`-th best of a sample cannot be nearer than the `top`-th best of all, so one scan with
    its similarity as the threshold loses none of them; ties and a few more come along.
    """
    sample = np.arange(0, len(layout), max(1, len(layout) // _SAMPLE))
    found = []
    for query in bits:
        floor = at_least
        if len(sample) >= top > 0:
            similarity = np.sort(similarities(layout, query, sample))
            floor = max(at_least, float(similarity[-top]))
        found.append(search_threshold(layout, query[None, :], floor))
    return Hits(
        np.repeat(np.arange(len(found)), [len(hits.position) for hits in found]),
        np.concatenate([hits.position for hits in found] or [np.empty(0, dtype=np.int64)]),
        np.concatenate([hits.common for hits in found] or [np.empty(0, dtype=np.int32)]),
    )


def similarities(
    layout: FingerprintLayout, query: npt.NDArray[np.uint64], positions: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the Tanimoto similarity of one query to some positions."""
    words = reordered(query[None, :], layout.order)[0]
    common = _common(layout, words, positions)
    cell = np.searchsorted(layout.starts, positions, side="right") - 1
    union = int(np.bitwise_count(query).sum()) + layout.counts[cell, 0] - common
    return np.asarray(np.divide(common, union, out=np.zeros(len(positions)), where=union > 0))


def _scan(
    layout: FingerprintLayout,
    query: npt.NDArray[np.uint64],
    needed: npt.NDArray[np.int32],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    head_words = len(layout.heads)
    whole = int(np.bitwise_count(query).sum())
    head = int(np.bitwise_count(query[:head_words]).sum())
    counts, heads = layout.counts[:, 0], layout.counts[:, 1]
    need = needed[whole + counts]
    # What the tails can share bounds from below what the heads must share.
    must = need - np.minimum(whole - head, counts - heads)
    cells = np.flatnonzero(must <= np.minimum(head, heads))
    positions = [np.empty(0, dtype=np.int64)]
    for first, last in _runs(cells):
        start, stop = layout.starts[first], layout.starts[last + 1]
        common = np.zeros(stop - start, dtype=np.uint16)
        for word in range(head_words):
            common += np.bitwise_count(layout.heads[word, start:stop] & query[word])
        sizes = np.diff(layout.starts[first : last + 2])
        passed = common >= np.repeat(must[first : last + 1], sizes)
        positions.append(np.flatnonzero(passed) + start)
    position = np.concatenate(positions)
    shared = _common(layout, query, position)
    cell = np.searchsorted(layout.starts, position, side="right") - 1
    hit = shared >= need[cell]
    return position[hit], shared[hit]


def _common(
    layout: FingerprintLayout, query: npt.NDArray[np.uint64], positions: npt.NDArray[np.int64]
) -> npt.NDArray[np.int32]:
    head_words = len(layout.heads)
    heads = layout.heads[:, positions] & query[:head_words, None]
    tails = layout.tails[positions] & query[head_words:]
    return np.asarray(
        np.bitwise_count(heads).sum(axis=0, dtype=np.int32)
        + np.bitwise_count(tails).sum(axis=1, dtype=np.int32)
    )


def _runs(cells: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return first and last of each run of neighbouring cells."""
    if not len(cells):
        return []
    breaks = np.flatnonzero(np.diff(cells) > 1)
    firsts = np.concatenate(([0], breaks + 1))
    lasts = np.concatenate((breaks, [len(cells) - 1]))
    return [(int(cells[a]), int(cells[b])) for a, b in zip(firsts, lasts, strict=True)]
