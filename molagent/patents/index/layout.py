"""How fingerprints lie in memory so that most of them need not be read.

Rows are sorted into **cells** of equal popcount and equal popcount of the **head**: the bits that
vary most over the collection, a quarter of all by default. A cell whose two counts rule out the
threshold is skipped (Swamidass and Baldi 2007, doi:10.1021/ci600358f, for both parts of the
fingerprint). In the others the heads are read, word by word, and bound what the tails could still
share; tails are read for the few rows that pass. Nothing that reaches the threshold is lost.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["HEAD_WORDS", "FingerprintLayout", "bit_order", "reordered"]

HEAD_WORDS: Final = 4
_FILES: Final = {
    "heads": "fp1024.heads.npy",
    "tails": "fp1024.tails.npy",
    "rows": "fp1024.rows.npy",
    "order": "fp1024.order.npy",
    "counts": "fp1024.counts.npy",
    "starts": "fp1024.starts.npy",
}
_CHUNK: Final = 16_384


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
        ``C x 2``: popcount of the whole fingerprint and of its head, by cell, ascending.
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

    @staticmethod
    def file_names() -> dict[str, str]:
        """Return the file of each array."""
        return dict(_FILES)

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
        cls, bits: npt.NDArray[np.uint64], head_words: int = HEAD_WORDS
    ) -> "FingerprintLayout":
        """Return the layout of fingerprints in memory, ``N x W``, row i being bits i."""
        order = bit_order(bits)
        sorted_bits = reordered(bits, order)
        whole = np.bitwise_count(sorted_bits).sum(axis=1, dtype=np.int32)
        head = np.bitwise_count(sorted_bits[:, :head_words]).sum(axis=1, dtype=np.int32)
        at = np.lexsort((head, whole))
        pairs = np.stack([whole[at], head[at]], axis=1)
        changes = np.flatnonzero((np.diff(pairs, axis=0) != 0).any(axis=1)) + 1
        first = np.concatenate(([0], changes)) if len(at) else np.empty(0, dtype=np.int64)
        return cls(
            heads=np.ascontiguousarray(sorted_bits[at, :head_words].T),
            tails=np.ascontiguousarray(sorted_bits[at, head_words:]),
            rows=at.astype(np.uint32),
            order=order,
            counts=pairs[first.astype(np.int64)].astype(np.int32),
            starts=np.concatenate((first, [len(at)])).astype(np.int64),
        )


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
