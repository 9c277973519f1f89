"""Where the chunks of a file wait until they are stored: in memory, or on disk beyond the first.

What is kept of each value is its compound, its endpoint and its number, to tell repeats, conflicts
and slips of units over the whole file.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import FileFormatError
from molagent.ingest.frames import Frames
from molagent.ingest.slips import FLAGS, Flags, flag_values

__all__ = ["Spool"]

_FLAGS: Final = FLAGS[1:]


class Spool:
    """Frames of chunks: the first in memory, and all of them on disk once there are two."""

    def __init__(self, chunk_rows: int) -> None:
        self._chunk_rows = chunk_rows
        self._first: Frames | None = None
        self._folder: Path | None = None
        self._n_parts = 0
        self._offsets = [0]
        self._found: Flags | None = None
        self._compound_codes: dict[str, int] = {}
        self._endpoint_codes: dict[str, int] = {}
        self._unit_codes: dict[str, int] = {}
        self._values: list[pd.DataFrame] = []
        self.n_rows = 0
        self.n_accepted = 0
        self.n_rejections = 0
        self.kinds: dict[str, int] = {}
        self.flags: dict[str, int] = {}

    @property
    def inchikeys(self) -> Mapping[str, int]:
        """The distinct parents of the file."""
        return self._compound_codes

    def add(self, frames: Frames) -> None:
        """Take one chunk's frames."""
        self.n_rows += frames.n_rows
        self.n_accepted += frames.n_accepted
        self.n_rejections += len(frames.rejections)
        for kind, count in frames.rejections["kind"].value_counts().items():
            self.kinds[str(kind)] = self.kinds.get(str(kind), 0) + int(count)
        for key in frames.compounds["inchikey"]:
            self._compound_codes.setdefault(key, len(self._compound_codes))
        self._values.append(self._compact(frames.results))
        self._offsets.append(self._offsets[-1] + len(frames.results))
        self._n_parts += 1
        if self._n_parts == 1:
            self._first = frames
            return
        if self._first is not None:
            self._folder = Path(tempfile.mkdtemp(prefix="molagent-ingest-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            self._first.write(self._folder, 0)
            self._first = None
        frames.write(self._part_folder(), self._n_parts - 1)

    def flag(self, known: pd.DataFrame | None) -> tuple[str, ...]:
        """Flag every value against all others of the file, and return notes on the file."""
        values = pd.concat(self._values, ignore_index=True)
        self._values = []
        for column, codes in (
            ("endpoint", self._endpoint_codes),
            ("unit", self._unit_codes),
            ("given_unit", self._unit_codes),
        ):
            values[column] = pd.Categorical.from_codes(
                values[column].to_numpy(), categories=pd.Index(list(codes), dtype="str")
            )
        before = None
        if known is not None:
            before = pd.DataFrame(
                {
                    "compound": known["inchikey"].map(self._compound_codes),
                    "endpoint": known["endpoint"],
                    "value": known["p_value"],
                }
            ).dropna()
        self._found = flag_values(values, before)
        counts = np.bincount(self._found.codes, minlength=len(FLAGS))
        self.flags = {
            flag: int(count) for flag, count in zip(_FLAGS, counts[1:], strict=True) if count
        }
        return tuple(self._found.notes)

    def frames(self) -> Iterator[Frames]:
        """Yield the chunks' frames in file order, with flags."""
        for part in range(self._n_parts):
            if self._first is not None:
                frames = self._first
            else:
                frames = Frames.read(self._part_folder(), part)
            yield self._flagged(frames, part)

    def whole(self) -> Frames:
        """Return all frames as one."""
        return Frames.joined(list(self.frames()))

    @property
    def n_suspects(self) -> int:
        """How many values look wrong beside the others."""
        return 0 if self._found is None else sum(map(bool, self._found.reasons.values()))

    def _part_folder(self) -> Path:
        if self._folder is None:
            raise FileFormatError("no part was written", remedy="read the file again")
        return self._folder

    def _flagged(self, frames: Frames, part: int) -> Frames:
        if self._found is None:
            return frames
        start, end = self._offsets[part], self._offsets[part + 1]
        flags = np.array(FLAGS, dtype=object)[self._found.codes[start:end]]
        results = frames.results.copy()
        results["flag"] = pd.Series(flags, index=results.index, dtype="str")
        reasons = [self._found.reasons.get(row, "") for row in range(start, end)]
        doubtful = pd.Series([bool(reason) for reason in reasons], index=results.index, dtype=bool)
        # What the file's owner set aside stays so.
        doubtful &= results["validity"] == "valid"
        results.loc[doubtful, "validity"] = "suspect"
        results.loc[doubtful, "validity_reason"] = pd.Series(reasons, index=results.index)[doubtful]
        return replace(frames, results=results)

    def _compact(self, results: pd.DataFrame) -> pd.DataFrame:
        for codes, column in (
            (self._endpoint_codes, "endpoint"),
            (self._unit_codes, "standard_unit"),
            (self._unit_codes, "unit"),
        ):
            for text in results[column].unique():
                codes.setdefault(str(text), len(codes))
        is_p = results["p_value"].notna()
        exact = results["relation"] == "="
        # What the owner set aside says nothing about the others.
        usable = exact & (results["validity"] != "invalid") & results["standard_value"].notna()
        return pd.DataFrame(
            {
                "compound": results["inchikey"].map(self._compound_codes).astype("int32"),
                "endpoint": results["endpoint"].map(self._endpoint_codes).astype("int32"),
                "value": results["p_value"].where(is_p, results["standard_value"]).astype("f4"),
                "is_p": is_p,
                "is_exact": usable,
                "unit": results["standard_unit"].map(self._unit_codes).astype("int8"),
                "given_unit": results["unit"].map(self._unit_codes).astype("int8"),
                "tested_at": _concentrations(results),
            }
        )


def _concentrations(results: pd.DataFrame) -> "pd.Series[float]":
    """Return at which concentrations results were tested, 0 where nothing is said."""
    if "tested_at_nm" not in results.columns:
        return pd.Series(0.0, index=results.index, dtype="f4")
    return pd.to_numeric(results["tested_at_nm"]).fillna(0.0).astype("f4")
