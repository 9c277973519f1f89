"""The scan of fingerprints, compiled. Importing this module needs numba and compiles once.

The machine code is kept where numba keeps it: beside this file, or in the user's cache folder
where that cannot be written (``NUMBA_CACHE_DIR`` names another). Compiling takes a few seconds,
reading it back a tenth of one.
"""

from collections.abc import Callable
from typing import Any, Final, cast

import numba
import numpy as np
import numpy.typing as npt
from numba.core import types
from numba.extending import intrinsic

from molagent.patents.index.layout import FRONT_WORDS, HEAD_WORDS

__all__ = ["scan_blocks"]

# Rows whose fronts are counted together: their count of passes is one reduction of vectors.
_BLOCK: Final = 256
# Rows that stay in the first-level cache while all queries look at them, 16 bytes each.
_TILE: Final = 1_024
_FIRST_HITS: Final = 4_096

_U2 = types.Array(types.uint64, 2, "C", readonly=True)
_I1 = types.Array(types.int64, 1, "C", readonly=True)
_N2 = types.Array(types.int32, 2, "C", readonly=True)

Scan = Callable[..., tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int32]]]


def _population(_context: object, _word: object) -> tuple[Any, Any]:
    """Type and code of the processor's own count of the ones of a word."""

    def generate(_target: object, builder: Any, _signature: object, arguments: Any) -> object:  # noqa: ANN401 - llvmlite
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


_ones = cast("Callable[[Any], Any]", intrinsic(_population))
_inner = cast("Callable[[Callable[..., Any]], Callable[..., Any]]", numba.njit)


@_inner
def _popcounts(queries: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return the popcounts of the whole, the front and the head of each query."""
    counts = np.zeros((len(queries), 3), dtype=np.int64)
    for at in range(len(queries)):
        for word in range(queries.shape[1]):
            ones = np.int64(_ones(queries[at, word]))
            counts[at, 0] += ones
            if word < FRONT_WORDS:
                counts[at, 1] += ones
            if word < HEAD_WORDS:
                counts[at, 2] += ones
    return counts


@_inner
def _whole_common(
    heads: npt.NDArray[np.uint64],
    tails: npt.NDArray[np.uint64],
    query: npt.NDArray[np.uint64],
    row: int,
    shared: np.uint64,
    enough: int,
) -> np.int64:
    """Return the bits in common from those of the front; -1 where the head has not enough."""
    for word in range(FRONT_WORDS, HEAD_WORDS):
        shared += _ones(heads[word, row] & query[word])
    if np.int64(shared) < enough:
        return np.int64(-1)
    for word in range(tails.shape[1]):
        shared += _ones(tails[row, word] & query[HEAD_WORDS + word])
    return np.int64(shared)


@_inner
def _scan_tile(
    heads: npt.NDArray[np.uint64],
    tails: npt.NDArray[np.uint64],
    query: npt.NDArray[np.uint64],
    start: int,
    stop: int,
    enough: tuple[int, int, int],
    position: npt.NDArray[np.int64],
    common: npt.NDArray[np.int32],
) -> int:
    """Write the hits of one query among neighbouring rows; return how many there are.

    `enough` is what front, head and whole must share at least.
    """
    found = 0
    first, second = query[0], query[1]
    front = np.uint64(enough[0])
    for block in range(start, stop, _BLOCK):
        end = min(block + _BLOCK, stop)
        passes = np.int64(0)
        for row in range(block, end):
            shared = _ones(heads[0, row] & first) + _ones(heads[1, row] & second)
            passes += np.int64(shared >= front)
        if passes == 0:
            continue
        for row in range(block, end):
            shared = _ones(heads[0, row] & first) + _ones(heads[1, row] & second)
            if shared >= front:
                whole = _whole_common(heads, tails, query, row, shared, enough[1])
                if whole >= enough[2]:
                    position[found] = row
                    common[found] = np.int32(whole)
                    found += 1
    return found


@_inner
def _grown(values: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    result = np.empty(length, dtype=values.dtype)
    result[: len(values)] = values
    return result


def _scan_blocks(
    heads: npt.NDArray[np.uint64],
    tails: npt.NDArray[np.uint64],
    counts: npt.NDArray[np.int32],
    starts: npt.NDArray[np.int64],
    queries: npt.NDArray[np.uint64],
    needed: npt.NDArray[np.int32],
    table_of: npt.NDArray[np.int64],
    proportional: bool,  # noqa: FBT001 - compiled functions take no keywords
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Return query, position and bits in common of every hit, by position.

    `needed` has a table for each threshold, `table_of` the table of each query. With
    `proportional` the fronts must share their part of what is needed, which loses some hits.
    """
    ones = _popcounts(queries)
    query = np.empty(_FIRST_HITS, dtype=np.int64)
    position = np.empty(_FIRST_HITS, dtype=np.int64)
    common = np.empty(_FIRST_HITS, dtype=np.int32)
    total = 0
    for cell in range(len(counts)):
        row_whole, row_front = np.int64(counts[cell, 0]), np.int64(counts[cell, 1])
        for tile in range(starts[cell], starts[cell + 1], _TILE):
            tile_end = min(tile + _TILE, starts[cell + 1])
            for at in range(len(queries)):
                whole, front, head = ones[at, 0], ones[at, 1], ones[at, 2]
                need = np.int64(needed[table_of[at], whole + row_whole])
                # What the rest can share bounds from below what the fronts must share.
                must = need - min(whole - front, row_whole - row_front)
                if proportional and whole > 0:
                    must = max(must, need * front // whole)
                if must > min(front, row_front) or need > min(whole, row_whole):
                    continue
                if total + _TILE > len(query):
                    query = _grown(query, 2 * len(query))
                    position = _grown(position, 2 * len(position))
                    common = _grown(common, 2 * len(common))
                found = _scan_tile(
                    heads,
                    tails,
                    queries[at],
                    tile,
                    tile_end,
                    (max(must, 0), need - (whole - head), need),
                    position[total:],
                    common[total:],
                )
                query[total : total + found] = at
                total += found
    return query[:total], position[:total], common[:total]


def _compiled() -> Scan:
    signature = (_U2, _U2, _N2, _I1, _U2, _N2, _I1, types.boolean)
    try:
        return cast("Scan", numba.njit(signature, cache=True, nogil=True)(_scan_blocks))
    except RuntimeError:
        # No folder for the cache can be written: compile for this process only.
        return cast("Scan", numba.njit(signature, nogil=True)(_scan_blocks))


scan_blocks: Final = _compiled()
