"""The compound index: millions of parents by key, by similarity and by substructure."""

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.chem.molecules import parse_smiles
from molagent.errors import FileFormatError, InputError
from molagent.patents.index.key_arrays import KeyArray, key_words
from molagent.patents.index.keys import DEPTHS
from molagent.patents.index.layout import FingerprintLayout
from molagent.patents.index.manifest import IndexManifest, read_manifest, write_manifest
from molagent.patents.index.patterns import (
    PATTERN_FILE,
    PATTERN_WORDS,
    PatternColumns,
    pattern_words,
    write_columns,
)
from molagent.patents.index.rows import FINGERPRINT_WORDS, fingerprint_words
from molagent.patents.index.similarity import (
    ApproximateAnswer,
    SimilarRow,
    find_similar,
    find_similar_approximately,
)
from molagent.patents.index.substructure import SubstructureAnswer, match_rows
from molagent.patents.index.writer import PARENT_FILES
from molagent.protocols import NullProgress, Progress

__all__ = ["CompoundIndex"]

_PART: Final = 4_096


class CompoundIndex:
    """Row i is the structure that was added i-th; its files are mapped, not read.

    Attributes
    ----------
    manifest
        Settings, counts and file sizes.
    """

    def __init__(self, folder: Path, manifest: IndexManifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._keys = {depth: KeyArray.open(folder, depth) for depth in DEPTHS}
        self._fingerprints = FingerprintLayout.open(folder)
        self._patterns = (
            PatternColumns.open(folder, manifest.n_rows) if PATTERN_FILE in manifest.sizes else None
        )
        self._ends = np.load(folder / PARENT_FILES[1], mmap_mode="r")

    @classmethod
    def open(cls, folder: Path) -> "CompoundIndex":
        """Map an index into memory.

        Raises
        ------
        FileFormatError
            If there is none, a file is missing or truncated, or it was built with another RDKit,
            standardiser or fingerprint than this program's.
        """
        manifest = read_manifest(folder)
        try:
            index = cls(folder, manifest)
        except (OSError, ValueError) as error:
            raise FileFormatError(
                f"its arrays cannot be mapped ({error})",
                place=str(folder),
                remedy="build the index again",
            ) from error
        if (len(index._ends), len(index._fingerprints)) != (len(index), manifest.n_fingerprints):
            raise FileFormatError(
                f"it has {len(index._ends)} parents and {len(index._fingerprints)} fingerprints, "
                f"its manifest says {len(index)} and {manifest.n_fingerprints}",
                place=str(folder),
                remedy="build the index again",
            )
        return index

    def __len__(self) -> int:
        """Return how many rows there are, unreadable ones included."""
        return self.manifest.n_rows

    @property
    def n_unreadable(self) -> int:
        """How many rows have no parent: kept, never found."""
        return len(self) - self.manifest.n_fingerprints

    def parent(self, row: int) -> str | None:
        """Return the parent of a row; None if its structure could not be read.

        Raises
        ------
        InputError
            If there is no such row.
        """
        if not 0 <= row < len(self):
            raise InputError(
                f"no row {row}", place=str(self.folder), remedy=f"0 to {len(self) - 1}"
            )
        start = int(self._ends[row - 1]) if row else 0
        return self._text[start : int(self._ends[row])].decode() or None

    def find_keys(self, depth: str, keys: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the rows that have each key at a depth, ascending; an empty key has none.

        Raises
        ------
        InputError
            If the depth is not known or a key cannot be one of that depth.
        """
        asked = [at for at, key in enumerate(keys) if key]
        query, rows = self.find_key_rows(depth, [keys[at] for at in asked])
        answers: list[tuple[int, ...]] = [()] * len(keys)
        for at, row in zip(query.tolist(), rows.tolist(), strict=True):
            answers[asked[at]] += (row,)
        return answers

    def find_key_rows(
        self, depth: str, keys: Sequence[str]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
        """Return the same as arrays: index of the key and row, one pair a match."""
        words = key_words(depth, keys)
        return self._keys[depth].find(words)

    def find_similar(
        self, parents: Sequence[str], *, at_least: float, top: int | None = None
    ) -> list[tuple[SimilarRow, ...]]:
        """Return the rows at least this similar to each parent, nearest first, ties by row.

        Parameters
        ----------
        parents
            Standardised SMILES.
        at_least
            Smallest Tanimoto similarity, 0 to 1.
        top
            At most so many a parent; None for all.

        Raises
        ------
        StructureError
            If a parent cannot be read.
        """
        bits = [fingerprint_words(parse_smiles(parent)) for parent in parents]
        return self.find_similar_bits(
            np.array(bits, dtype=np.uint64).reshape(-1, FINGERPRINT_WORDS),
            at_least=at_least,
            top=top,
        )

    def find_similar_bits(
        self, bits: npt.NDArray[np.uint64], *, at_least: float, top: int | None = None
    ) -> list[tuple[SimilarRow, ...]]:
        """Return the same for fingerprints, ``Q x 16``, as :func:`compute_row` gives them."""
        return find_similar(self._fingerprints, bits, at_least=at_least, top=top)

    def find_similar_approximately(
        self, bits: npt.NDArray[np.uint64], *, at_least: float
    ) -> ApproximateAnswer:
        """Return most of the rows at least this similar to each fingerprint, and that it is so."""
        return find_similar_approximately(self._fingerprints, bits, at_least=at_least)

    def find_substructure(
        self, smarts: str, *, limit: int | None = None, seconds: float = 60.0
    ) -> SubstructureAnswer:
        """Return the rows that hold a pattern, and how far the search came.

        Parameters
        ----------
        smarts
            The pattern.
        limit
            At most so many rows; None for all.
        seconds
            Time to spend; what was not looked at by then is said in the answer.

        Raises
        ------
        StructureError
            If the pattern is not SMARTS.
        """
        return match_rows(
            smarts,
            self._patterns.candidates if self._patterns else None,
            self.parent,
            n_rows=len(self),
            limit=limit,
            seconds=seconds,
        )

    @property
    def has_patterns(self) -> bool:
        """Whether substructure search screens before it matches."""
        return self._patterns is not None

    def add_patterns(self, progress: Progress | None = None) -> None:
        """Compute the pattern bits of all parents, for an index that was written without them.

        It takes about 0.2 ms of CPU time a row. The index can be read meanwhile; one that is open
        already does not see them.
        """
        if self.has_patterns:
            return
        shown = progress or NullProgress()
        shown.start("pattern bits", len(self))
        unfinished = self.folder / f"{PATTERN_FILE}.partial"
        write_columns(unfinished, len(self), self._pattern_parts(shown))
        path = unfinished.replace(self.folder / PATTERN_FILE)
        sizes = {**self.manifest.sizes, PATTERN_FILE: path.stat().st_size}
        self.manifest = replace(self.manifest, sizes=sizes)
        write_manifest(self.folder, self.manifest)
        self._patterns = PatternColumns.open(self.folder, len(self))
        shown.finish()

    def _pattern_parts(self, progress: Progress) -> Iterator[npt.NDArray[np.uint64]]:
        for start in range(0, len(self), _PART):
            rows = range(start, min(start + _PART, len(self)))
            words = np.zeros((len(rows), PATTERN_WORDS), dtype=np.uint64)
            for place, row in enumerate(rows):
                if parent := self.parent(row):
                    words[place] = pattern_words(parse_smiles(parent))
            yield words
            progress.advance(len(rows))

    @cached_property
    def _text(self) -> bytes | mmap.mmap:
        path = self.folder / PARENT_FILES[0]
        if not path.stat().st_size:
            return b""
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
