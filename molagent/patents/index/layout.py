"""How fingerprints lie in memory so that most of them need not be read.

The bits are put in the order of how much they vary over the collection. The first two 64-bit words
are the **front**, the first four the **heads**, the others the **tails**. Rows are sorted into
**cells** of equal popcount and equal popcount of the front. A cell whose two counts rule out the
threshold is skipped (Swamidass and Baldi 2007, doi:10.1021/ci600358f, for both parts of the
fingerprint). In the others the fronts are read, a sixteenth of the whole at 1024 bits and 16 bytes
a row; they bound what the rest could share. Heads and then tails are read for the few rows that
pass. Nothing that reaches the threshold is lost.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = [
    "FRONT_WORDS",
    "HEAD_WORDS",
    "FingerprintLayout",
    "bit_order",
    "mapped_array",
    "reordered",
]

FRONT_WORDS: Final = 2
HEAD_WORDS: Final = 4
_SPREAD: Final = 256
_FILES: Final = {
    "heads": "fp1024.heads.npy",
    "tails": "fp1024.tails.npy",
    "rows": "fp1024.rows.npy",
    "order": "fp1024.order.npy",
    "counts": "fp1024.counts.npy",
    "starts": "fp1024.starts.npy",
}
_CHUNK: Final = 16_384
_BATCH: Final = 262_144


@dataclass(frozen=True, slots=True, eq=False)
class FingerprintLayout:
    """Fingerprints of N rows in C cells, H head words of W.

    Attributes
    ----------
    heads
        ``H x N``: one head word of all rows lies together.
    tails
        ``N x (W - H)``.
    rows
        Row of the index at each position, ascending within a cell.
    order
        Bit of the fingerprint at each bit of head and tail.
    counts
        ``C x 2``: popcount of the whole fingerprint and of its front, by cell, ascending.
    starts
        ``C + 1``: first position of each cell.
    """

    heads: npt.NDArray[np.uint64]
    tails: npt.NDArray[np.uint64]
    rows: npt.NDArray[np.uint32]
    order: npt.NDArray[np.uint16]
    counts: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """Return how many rows have a fingerprint."""
        return len(self.rows)

    @property
    def n_words(self) -> int:
        """Words of a fingerprint."""
        return len(self.heads) + int(self.tails.shape[1])

    @classmethod
    def open(cls, folder: Path) -> "FingerprintLayout":
        """Map the large arrays into memory and read the small ones."""
        small = {"order", "counts", "starts"}
        return cls(
            **{
                name: np.load(folder / file, mmap_mode=None if name in small else "r")
                for name, file in _FILES.items()
            }
        )

    @classmethod
    def from_bits(
        cls,
        bits: npt.NDArray[np.uint64],
        rows: npt.NDArray[np.uint32] | None = None,
        folder: Path | None = None,
    ) -> "FingerprintLayout":
        """Return the layout of fingerprints, read three times and in parts.

        Parameters
        ----------
        bits
            ``N x W``, in memory or mapped.
        rows
            Row of the index of each, ascending; as they come if None.
        folder
            Where the arrays are written; in memory if None.
        """
        n_rows, n_words = bits.shape
        order = bit_order(bits)
        cell_of = np.empty(n_rows, dtype=np.int32)
        for start in range(0, n_rows, _BATCH):
            part = reordered(bits[start : start + _BATCH], order)
            cell_of[start : start + _BATCH] = _cell_codes(part)
        codes, sizes = np.unique(cell_of, return_counts=True)

        def new(name: str, shape: tuple[int, ...], kind: npt.DTypeLike) -> npt.NDArray[Any]:
            return mapped_array(folder and folder / _FILES[name], shape, kind)

        layout = cls(
            heads=new("heads", (HEAD_WORDS, n_rows), np.uint64),
            tails=new("tails", (n_rows, n_words - HEAD_WORDS), np.uint64),
            rows=new("rows", (n_rows,), np.uint32),
            order=new("order", order.shape, np.uint16),
            counts=new("counts", (len(codes), 2), np.int32),
            starts=new("starts", (len(codes) + 1,), np.int64),
        )
        layout.order[:] = order
        layout.counts[:] = np.stack([codes // _SPREAD, codes % _SPREAD], axis=1)
        layout.starts[:] = np.concatenate(([0], np.cumsum(sizes)))
        free = layout.starts[:-1].copy()
        numbers = np.arange(n_rows, dtype=np.uint32) if rows is None else rows
        for start in range(0, n_rows, _BATCH):
            stop = min(start + _BATCH, n_rows)
            cell = np.searchsorted(codes, cell_of[start:stop])
            by_cell = np.argsort(cell, kind="stable")
            taken = np.bincount(cell, minlength=len(codes))
            # Rows of one cell go side by side, behind those of the parts before.
            place = np.repeat(free - (np.cumsum(taken) - taken), taken) + np.arange(stop - start)
            part = reordered(bits[start:stop], order)[by_cell]
            layout.heads[:, place] = part[:, :HEAD_WORDS].T
            layout.tails[place] = part[:, HEAD_WORDS:]
            layout.rows[place] = numbers[start:stop][by_cell]
            free += taken
        return layout

    def cells_of(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the cell of each position."""
        return np.searchsorted(self.starts, positions, side="right") - 1


def bit_order(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    """Return the bits from the one that varies most to the one that varies least."""
    ones = np.zeros(bits.shape[1] * 64, dtype=np.int64)
    for start in range(0, len(bits), _CHUNK):
        ones += _unpacked(bits[start : start + _CHUNK]).sum(axis=0, dtype=np.int64)
    spread = ones * (len(bits) - ones)
    return np.argsort(-spread, kind="stable").astype(np.uint16)


def reordered(
    bits: npt.NDArray[np.uint64], order: npt.NDArray[np.uint16]
) -> npt.NDArray[np.uint64]:
    """Return fingerprints with their bits in another order, ``N x W``."""
    result = np.empty(bits.shape, dtype=np.uint64)
    for start in range(0, len(bits), _CHUNK):
        part = np.take(_unpacked(bits[start : start + _CHUNK]), order, axis=1)
        packed = np.packbits(part, axis=1, bitorder="little")
        result[start : start + _CHUNK] = packed.view("<u8")
    return result


def _unpacked(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    as_bytes = np.ascontiguousarray(bits, dtype="<u8").view(np.uint8)
    return np.unpackbits(as_bytes, axis=1, bitorder="little")


def _cell_codes(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
    whole = np.bitwise_count(bits).sum(axis=1, dtype=np.int32)
    front = np.bitwise_count(bits[:, :FRONT_WORDS]).sum(axis=1, dtype=np.int32)
    return np.asarray(whole * _SPREAD + front)


def mapped_array(
    path: Path | None, shape: tuple[int, ...], kind: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Return a new array that is written to a file as it is filled; in memory without a path."""
    if path is None:
        return np.empty(shape, dtype=kind)
    if 0 in shape:
        # An empty file cannot be mapped.
        array = np.empty(shape, dtype=kind)
        np.save(path, array)
        return array
    mapped: npt.NDArray[Any] = np.lib.format.open_memmap(path, mode="w+", dtype=kind, shape=shape)
    return mapped
