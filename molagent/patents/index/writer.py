"""Writing a compound index without holding it in memory."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt

from molagent.errors import InputError
from molagent.patents.index.key_arrays import STEP, KeyArray, key_words
from molagent.patents.index.keys import DEPTHS, IdentityKeys
from molagent.patents.index.layout import FingerprintLayout, mapped_array
from molagent.patents.index.manifest import IndexManifest, IndexSettings, write_manifest
from molagent.patents.index.patterns import PATTERN_FILE, PATTERN_WORDS, write_columns
from molagent.patents.index.rows import FINGERPRINT_WORDS

__all__ = ["PARENT_FILES", "CompoundIndexWriter"]

PARENT_FILES: Final = ("parents.txt", "parents.ends.npy")
# Keys sorted at once: 20 bytes each, and as much again for their order.
_PART: Final = 4_000_000
_KEY: Final = np.dtype([("word", "<u8"), ("check", "<u8"), ("row", "<u4")])


class CompoundIndexWriter:
    """Collects rows in a folder beside the index and puts it in place when it is finished.

    Until :meth:`finish` returns, whatever was at the folder is untouched; a run that dies leaves
    a folder named ``*.partial``, which nothing reads and the next writer removes.

    Examples
    --------
    >>> import tempfile
    >>> from molagent.patents.index.compounds import CompoundIndex
    >>> from molagent.patents.index.rows import compute_row
    >>> row = compute_row("CCO")
    >>> folder = Path(tempfile.mkdtemp()) / "index"
    >>> with CompoundIndexWriter(folder) as writer:
    ...     writer.add([row.parent, None], [row.keys, None], np.stack([row.bits, row.bits]))
    >>> CompoundIndex.open(folder).find_keys("connectivity", ["LFQSCWFLJHTTHZ"])
    [(0,)]
    """

    def __init__(self, folder: Path, *, settings: IndexSettings | None = None) -> None:
        self.folder = folder
        self.settings = settings or IndexSettings()
        self._partial = folder.with_name(f"{folder.name}.partial")
        if self._partial.exists():
            shutil.rmtree(self._partial)
        self._partial.mkdir(parents=True)
        self._n_rows = 0
        self._ends: list[npt.NDArray[np.uint64]] = []
        self._end = 0
        self._parents = self._stage(PARENT_FILES[0])
        self._bits = self._stage("bits.stage")
        self._bit_rows = self._stage("bit_rows.stage")
        self._patterns = self._stage("patterns.stage")
        self._has_patterns = True
        self._keys = {depth: self._stage(f"{depth}.stage") for depth in DEPTHS}

    def __enter__(self) -> "CompoundIndexWriter":
        """Return itself."""
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Finish, or drop what was collected where the block raised."""
        if kind is None:
            self.finish()
        else:
            self.abandon()

    def __len__(self) -> int:
        """Return how many rows were added."""
        return self._n_rows

    def add(
        self,
        parents: Sequence[str | None],
        keys: Sequence[IdentityKeys | None],
        bits: npt.NDArray[np.uint64],
        patterns: npt.NDArray[np.uint64] | None = None,
    ) -> None:
        """Add rows; each gets the next number, from 0.

        Parameters
        ----------
        parents
            Standardised SMILES; None for a structure that could not be read: the row is kept
            and never found.
        keys
            None where there are none; a key that is an empty text is never found.
        bits
            Fingerprints, ``N x 16``; what stands at a row without a parent is not read.
        patterns
            ``N x 17``. Substructure search screens by them if every call gave them.

        Raises
        ------
        InputError
            If the lengths differ.
        """
        shapes = {"bits": (bits, FINGERPRINT_WORDS), "patterns": (patterns, PATTERN_WORDS)}
        for name, (words, width) in shapes.items():
            if words is not None and words.shape != (len(parents), width):
                raise InputError(
                    f"{name} have shape {words.shape} for {len(parents)} parents",
                    place=str(self.folder),
                    remedy=f"give {width} words for each",
                )
        texts = [parent.encode() if parent else b"" for parent in parents]
        self._parents.write(b"".join(texts))
        lengths = np.fromiter(map(len, texts), dtype=np.uint64, count=len(texts))
        ends = np.cumsum(lengths, dtype=np.uint64) + np.uint64(self._end)
        self._ends.append(ends)
        self._end = int(ends[-1]) if len(ends) else self._end
        readable = np.flatnonzero(lengths)
        self._bits.write(np.ascontiguousarray(bits[readable], dtype="<u8").tobytes())
        self._bit_rows.write((readable + self._n_rows).astype("<u4").tobytes())
        for depth in DEPTHS:
            self._add_keys(depth, parents, keys)
        if patterns is None:
            self._has_patterns = False
        else:
            self._patterns.write(np.ascontiguousarray(patterns, dtype="<u8").tobytes())
        self._n_rows += len(parents)

    def finish(self) -> None:
        """Sort, write and put the index in place."""
        self._close()
        np.save(self._partial / PARENT_FILES[1], np.concatenate([*self._ends, _NO_ENDS]))
        for depth in DEPTHS:
            self._sort_keys(depth)
        n_fingerprints = self._sort_bits()
        if self._has_patterns:
            staged = _staged(self._partial / "patterns.stage", np.dtype("<u8"))
            write_columns(
                self._partial / PATTERN_FILE, self._n_rows, [staged.reshape(-1, PATTERN_WORDS)]
            )
        for path in self._partial.glob("*.stage"):
            path.unlink()
        sizes = {path.name: path.stat().st_size for path in sorted(self._partial.iterdir())}
        write_manifest(
            self._partial,
            IndexManifest(self.settings, self._n_rows, n_fingerprints, sizes),
        )
        self._put_in_place()

    def abandon(self) -> None:
        """Drop what was collected."""
        self._close()
        shutil.rmtree(self._partial, ignore_errors=True)

    def _close(self) -> None:
        for file in (
            self._parents,
            self._bits,
            self._bit_rows,
            self._patterns,
            *self._keys.values(),
        ):
            file.close()

    def _stage(self, name: str) -> IO[bytes]:
        return (self._partial / name).open("wb")

    def _add_keys(
        self, depth: str, parents: Sequence[str | None], keys: Sequence[IdentityKeys | None]
    ) -> None:
        present = [
            (row, text)
            for row, (parent, key) in enumerate(zip(parents, keys, strict=True))
            if parent and key is not None and (text := getattr(key, depth))
        ]
        words = key_words(depth, [text for _, text in present])
        records = np.empty(len(present), dtype=_KEY)
        records["word"], records["check"] = words[:, 0], words[:, 1]
        records["row"] = np.array([row for row, _ in present], dtype=np.int64) + self._n_rows
        self._keys[depth].write(records.tobytes())

    def _sort_keys(self, depth: str) -> None:
        staged = _staged(self._partial / f"{depth}.stage", _KEY)
        *names, steps = KeyArray.file_names(depth)
        arrays = {
            column: mapped_array(self._partial / name, staged.shape, staged.dtype[column])
            for name, column in zip(names, _KEY.names or (), strict=True)
        }
        # Words are spread evenly, so that ranges of them are parts of about the same size.
        n_parts = -(-len(staged) // _PART)
        edges = [(part << 64) // n_parts for part in range(n_parts)]
        done = 0
        for part, low in enumerate(edges):
            high = edges[part + 1] - 1 if part + 1 < n_parts else (1 << 64) - 1
            records = _between(staged, np.uint64(low), np.uint64(high))
            order = np.lexsort((records["row"], records["word"]))
            for column, array in arrays.items():
                array[done : done + len(records)] = records[column][order]
            done += len(records)
        np.save(self._partial / steps, np.asarray(arrays["word"][::STEP]))

    def _sort_bits(self) -> int:
        rows = np.fromfile(self._partial / "bit_rows.stage", dtype="<u4")
        words = _staged(self._partial / "bits.stage", np.dtype("<u8"))
        FingerprintLayout.from_bits(words.reshape(-1, FINGERPRINT_WORDS), rows, self._partial)
        return len(rows)

    def _put_in_place(self) -> None:
        old = self.folder.with_name(f"{self.folder.name}.old")
        if old.exists():
            shutil.rmtree(old)
        if self.folder.exists():
            self.folder.rename(old)
        self._partial.rename(self.folder)
        if old.exists():
            shutil.rmtree(old)


def _staged(path: Path, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    if not path.stat().st_size:
        return np.empty(0, dtype=kind)
    return np.memmap(path, dtype=kind, mode="r")


def _between(staged: npt.NDArray[Any], low: np.uint64, high: np.uint64) -> npt.NDArray[Any]:
    """Return the records whose word lies between two, both included, in their order."""
    found = [np.empty(0, dtype=staged.dtype)]
    for start in range(0, len(staged), _PART):
        part = np.asarray(staged[start : start + _PART])
        found.append(part[(part["word"] >= low) & (part["word"] <= high)])
    return np.concatenate(found)


_NO_ENDS: Final = np.empty(0, dtype=np.uint64)
