"""Exact similarity search: which rows reach a Tanimoto similarity, or come nearest."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from molagent.patents.index.layout import HEAD_WORDS, FingerprintLayout, reordered
from molagent.patents.index.scan import common_bits, scan_query

__all__ = [
    "ApproximateAnswer",
    "Hits",
    "SimilarRow",
    "find_similar",
    "find_similar_approximately",
    "has_compiled_scan",
    "needed_bits",
    "search_threshold",
    "search_top",
    "tanimoto_of_counts",
]

_SAMPLE: Final = 16_384
_QUICK: Final = 0.7


class SimilarRow(NamedTuple):
    """Row of the index and its Tanimoto similarity, 0 to 1."""

    row: int
    similarity: float


@dataclass(frozen=True, slots=True)
class ApproximateAnswer:
    """Neighbours of each query, of which some may be missing; none is wrong.

    Attributes
    ----------
    recall
        Smallest share of the rows that was found where it was measured: 100 structures of MOSES
        and 100 of a set of measured drug-like compounds among 1,936,962 of MOSES, thresholds 0.4
        to 0.7. Another collection may do worse.
    """

    neighbours: tuple[tuple[SimilarRow, ...], ...]
    approximate: Literal[True] = True
    recall: float = 0.95


class Hits(NamedTuple):
    """Query, position in the layout and bits in common, one entry a hit, in no order."""

    query: npt.NDArray[np.int64]
    position: npt.NDArray[np.int64]
    common: npt.NDArray[np.int32]


_NO_HITS: Final = Hits(
    np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int32)
)


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


def find_similar(
    layout: FingerprintLayout,
    bits: npt.NDArray[np.uint64],
    *,
    at_least: float,
    top: int | None = None,
    compiled: bool | None = None,
) -> list[tuple[SimilarRow, ...]]:
    """Return the rows at least this similar to each query, nearest first, ties by row.

    Parameters
    ----------
    bits
        ``Q x W``.
    top
        At most so many a query; None for all.
    compiled
        Whether the compiled scan is used; None uses it where it is installed. Both give the same.
    """
    if top is None:
        hits = search_threshold(layout, bits, at_least, compiled=compiled)
    else:
        hits = search_top(layout, bits, top, at_least, compiled=compiled)
    return _ordered(layout, bits, hits, top)


def find_similar_approximately(
    layout: FingerprintLayout, bits: npt.NDArray[np.uint64], *, at_least: float
) -> ApproximateAnswer:
    """Return most of the rows at least this similar to each query, sooner than all of them.

    Meant for a reward that asks often and of many; evidence is given by :func:`find_similar`.
    """
    hits = search_threshold(layout, bits, at_least, proportional=True)
    return ApproximateAnswer(tuple(_ordered(layout, bits, hits, None)))


def _ordered(
    layout: FingerprintLayout, bits: npt.NDArray[np.uint64], hits: Hits, top: int | None
) -> list[tuple[SimilarRow, ...]]:
    sizes = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
    similarity = tanimoto_of_counts(layout, sizes[hits.query], hits.position, hits.common)
    rows = np.asarray(layout.rows[hits.position])
    order = np.lexsort((rows, -similarity, hits.query))
    starts = np.searchsorted(hits.query[order], np.arange(len(bits) + 1))
    answers = []
    for start, stop in pairwise(starts.tolist()):
        kept = order[start:stop][:top]
        pairs = zip(rows[kept].tolist(), similarity[kept].tolist(), strict=True)
        answers.append(tuple(SimilarRow(row, value) for row, value in pairs))
    return answers


def search_threshold(
    layout: FingerprintLayout,
    bits: npt.NDArray[np.uint64],
    at_least: float | npt.NDArray[np.float64],
    *,
    compiled: bool | None = None,
    proportional: bool = False,
) -> Hits:
    """Return all rows at least this similar to each query.

    Parameters
    ----------
    bits
        ``Q x W``; many queries at once share what is read.
    at_least
        Smallest similarity, one for all or one a query.
    compiled
        Whether the compiled scan is used; None uses it where it is installed. Both give the same.
    proportional
        Whether rows are passed over whose fronts do not share their part of the bits that are
        needed. It is twice as fast at low thresholds and loses a few hits in a hundred.
    """
    if not len(bits) or not len(layout):
        return _NO_HITS
    floors, table_of = np.unique(
        np.broadcast_to(np.asarray(at_least, dtype=np.float64), len(bits)), return_inverse=True
    )
    needed = np.stack([needed_bits(float(floor), bits.shape[1] * 64) for floor in floors])
    queries = reordered(bits, layout.order)
    if has_compiled_scan() if compiled is None else compiled:
        from molagent.patents.index.kernel import scan_blocks

        arrays = (layout.heads, layout.tails, layout.counts, layout.starts)
        return Hits(*scan_blocks(*map(np.asarray, arrays), queries, needed, table_of, proportional))
    found = [
        scan_query(layout, query, needed[table], proportional=proportional)
        for query, table in zip(queries, table_of, strict=True)
    ]
    return Hits(
        np.repeat(np.arange(len(found)), [len(position) for position, _ in found]),
        np.concatenate([position for position, _ in found]),
        np.concatenate([common for _, common in found]),
    )


@cache
def has_compiled_scan() -> bool:
    """Return whether numba is installed (the extra ``fast``)."""
    return find_spec("numba") is not None


def search_top(
    layout: FingerprintLayout,
    bits: npt.NDArray[np.uint64],
    top: int,
    at_least: float = 0.0,
    *,
    compiled: bool | None = None,
) -> Hits:
    """Return rows at least as similar to each query as its `top` nearest, ``Q x W``.

    A scan at a high threshold is quick and often finds enough. For the other queries, the `top`-th
    best of a sample cannot be nearer than the `top`-th best of all, so a scan with its similarity
    as the threshold loses none of them; ties and a few more come along.
    """
    floors = np.full(len(bits), max(at_least, _QUICK))
    hits = search_threshold(layout, bits, floors, compiled=compiled)
    found = np.bincount(hits.query, minlength=len(bits))
    again = np.flatnonzero((found < top) & (floors > at_least))
    if not len(again):
        return hits
    lower = np.maximum(at_least, _sampled_floors(layout, bits[again], top))
    more = search_threshold(layout, bits[again], lower, compiled=compiled)
    kept = ~np.isin(hits.query, again)
    return Hits(
        np.concatenate([hits.query[kept], again[more.query]]),
        np.concatenate([hits.position[kept], more.position]),
        np.concatenate([hits.common[kept], more.common]),
    )


def _sampled_floors(
    layout: FingerprintLayout, bits: npt.NDArray[np.uint64], top: int
) -> npt.NDArray[np.float64]:
    """Return the similarity of the `top`-th nearest of a sample to each query; 0 if it is fewer."""
    sample = np.arange(0, len(layout), max(1, len(layout) // _SAMPLE))
    heads, tails = layout.heads[:, sample], layout.tails[sample]
    floors = np.zeros(len(bits))
    for at, query in enumerate(reordered(bits, layout.order)):
        common = common_bits(heads, query[:HEAD_WORDS, None], axis=0)
        common = common + common_bits(tails, query[HEAD_WORDS:], axis=1)
        whole = int(np.bitwise_count(query).sum())
        similarity = tanimoto_of_counts(layout, whole, sample, common)
        if top <= len(sample):
            floors[at] = np.partition(similarity, len(sample) - top)[len(sample) - top]
    return floors


def tanimoto_of_counts(
    layout: FingerprintLayout,
    whole: npt.NDArray[np.int64] | int,
    positions: npt.NDArray[np.int64],
    common: npt.NDArray[np.int32],
) -> npt.NDArray[np.float64]:
    """Return similarities from popcounts of queries and bits in common with positions."""
    union = whole + layout.counts[layout.cells_of(positions), 0].astype(np.int64) - common
    return np.asarray(np.divide(common, union, out=np.zeros(len(positions)), where=union > 0))
