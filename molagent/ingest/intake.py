"""The one verb of ingest: a file and a layout in, results and rejections out, nothing stored.

A file is read in chunks. Where there are more than one, they wait in temporary Parquet files until
they are written, so that memory does not grow with the file: what is kept of each value is its
compound, its endpoint and its number, to tell repeats, conflicts and slips of units.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.molecules import MAX_HEAVY_ATOMS
from molagent.errors import FileFormatError
from molagent.ingest.chunks import Chunk, RowReader
from molagent.ingest.frames import Frames, chunk_frames, order_frames
from molagent.ingest.guessing import guess_layout
from molagent.ingest.layouts import Layout, load_layout, match_layout, parse_layout
from molagent.ingest.lookups import StructureNames
from molagent.ingest.parents import ParentFinder
from molagent.ingest.slips import FLAGS, Flags, flag_values
from molagent.ingest.sources import open_table
from molagent.ingest.tables import Table
from molagent.protocols import NullProgress, Progress
from molagent.store.receipts import ASSAY_COLUMNS, IngestReceipt, IngestResult

__all__ = ["Intake", "plan_reading", "read_data", "show_layout"]

# Some tens of megabytes of text and frames at a time.
_CHUNK_ROWS: Final = 20_000
_EXAMPLES: Final = 3
_FLAGS: Final = FLAGS[1:]


def read_data(
    path: Path | str,
    layout: Layout | str | Path | None = None,
    *,
    structures: Mapping[str, str] | None = None,
    known: pd.DataFrame | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    limit_s: float = 10.0,
    max_atoms: int = MAX_HEAVY_ATOMS,
    chunk_rows: int = _CHUNK_ROWS,
    where: Mapping[str, Sequence[str]] | None = None,
    finder: ParentFinder | None = None,
    **columns: object,
) -> "Intake":
    """Read, check and standardise one file; nothing is stored.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, SDF, Parquet, JSON, or a ChEMBL SQLite dump.
    layout
        A :class:`Layout`, the name of one that ships, or a TOML file. By default a shipped layout
        that fits the file's name and columns, else one guessed from the header; which it was is in
        the notes.
    structures
        Name to SMILES for files that name compounds only, beside the layout's own lookups.
    known
        What the project holds: ``inchikey, endpoint, p_value``. A file that is a thousandfold off
        from it is flagged.
    workers, limit_s, max_atoms
        See :func:`molagent.ingest.parents.find_parents`.
    where
        Of a ChEMBL dump: column to the values that are kept.
    finder
        Standardises the structures, with settings of its own: several files that share it do not
        standardise the same structure twice.
    columns
        A layout in place: ``smiles="SMILES", value="IC50", unit="nM", endpoint="jak1_pic50",
        quantity="IC50"``. Keys of :class:`Readout` describe one value, the others the layout.

    Raises
    ------
    FileFormatError
        If the file as a whole cannot be read, or nothing tells which column is what.
    ConfigError
        If the layout is wrong.
    """
    path, shown = Path(path), progress or NullProgress()
    table, chosen, note = _opened(path, layout, where, columns)
    notes = [*table.notes, *filter(None, [note])]
    names = StructureNames(chosen, path.parent, structures or {})
    reader = RowReader(chosen, table.header, names.find, place=table.name)
    frames = _Spool(chunk_rows)
    ours = ParentFinder(progress=shown, workers=workers, limit_s=limit_s, max_atoms=max_atoms)
    with nullcontext(finder) if finder else ours as standardise:
        for chunk in _chunks(table, reader, chunk_rows):
            frames.add(chunk_frames(chunk, chosen, standardise.find, table.delimiter))
    if not frames.n_rows:
        raise FileFormatError(
            "the file has a header and no rows", place=table.name, remedy="give data rows"
        )
    notes += frames.flag(known)
    return Intake(
        table=table,
        layout=chosen,
        mapping={**chosen.to_dict(), **({"where": _plain(where)} if where else {})},
        assays=_assays(reader, chosen),
        notes=tuple(notes),
        spool=frames,
    )


def show_layout(path: Path | str, layout: Layout | str | Path | None = None) -> pd.DataFrame:
    """Return how a file would be read, before reading it.

    Returns
    -------
    pandas.DataFrame
        One row a column of the file: ``column``, ``role`` ('' where it is not read) and
        ``examples``, the first texts that stand there.
    """
    table, chosen, _ = _opened(Path(path), layout, None, {})
    roles = _roles(chosen)
    examples: list[list[str]] = [[] for _ in table.header]
    for row, _ in zip(table.records(), range(50), strict=False):
        for seen, cell in zip(examples, row.cells, strict=False):
            text = cell.strip().splitlines()[0][:40] if cell.strip() else ""
            if text and text not in seen and len(seen) < _EXAMPLES:
                seen.append(text)
    return pd.DataFrame(
        {
            "column": table.header,
            "role": [", ".join(roles.get(title, ())) for title in table.header],
            "examples": [", ".join(seen) for seen in examples],
        }
    )


def plan_reading(
    path: Path | str,
    layout: Layout | str | Path | None = None,
    *,
    where: Mapping[str, Sequence[str]] | None = None,
    **columns: object,
) -> tuple[Table, Mapping[str, object]]:
    """Return a file's opened table and the mapping that :func:`read_data` would read it with.

    Its SHA-256 and this mapping are what a project knows a file by, so a file that was read before
    is recognised without being read again.
    """
    table, chosen, _ = _opened(Path(path), layout, where, columns)
    return table, {**chosen.to_dict(), **({"where": _plain(where)} if where else {})}


@dataclass(frozen=True, kw_only=True, eq=False)
class Intake:
    """One file, read and curated but not stored: every row is a result or a rejection.

    Attributes
    ----------
    table
        The file as it was opened.
    layout
        How it was read.
    assays
        One row an endpoint, with its dimension and standard unit.
    notes
        What the user should know: guesses, fallbacks, slips of units.
    """

    table: Table
    layout: Layout
    mapping: Mapping[str, object]
    assays: pd.DataFrame
    notes: tuple[str, ...]
    spool: "_Spool" = field(repr=False)

    def parts(self) -> Iterator[IngestResult]:
        """Yield the file's rows chunk by chunk, in file order.

        Each part has the whole file's identity, counts and assays.
        """
        for part, _ in self.named_parts():
            yield part

    def named_parts(self) -> Iterator[tuple[IngestResult, pd.DataFrame]]:
        """Yield the parts, each with the names of its compounds (see :attr:`names`)."""
        for frames in self.spool.frames():
            yield self._result(frames), frames.names

    @property
    def result(self) -> IngestResult:
        """All rows at once, for a file that fits in memory."""
        return self._result(self.spool.whole())

    @property
    def results(self) -> pd.DataFrame:
        """All results."""
        return self.spool.whole().results

    @property
    def rejections(self) -> pd.DataFrame:
        """All rejections: ``source_row, field, kind, reason, raw``."""
        return self.spool.whole().rejections

    @property
    def names(self) -> pd.DataFrame:
        """Names of compounds: ``source_row, inchikey, system, name``."""
        return self.spool.whole().names

    @property
    def lots(self) -> pd.DataFrame:
        """Shipments of stuff: ``source_row, inchikey, supplier, lot, shipped_on, note``."""
        return order_frames(self.spool.whole().structures_seen, self.layout)[1]

    @property
    def order_lines(self) -> pd.DataFrame:
        """Ordered structures: ``order_id, supplier, placed_on, line, smiles, name, ...``."""
        return order_frames(self.spool.whole().structures_seen, self.layout)[0]

    @property
    def receipt(self) -> IngestReceipt:
        """What storing this would bring: the answer of a dry run."""
        spool = self.spool
        empty = self._result(Frames.empty())
        return IngestReceipt(
            file_id=empty.file_id,
            name=self.table.name,
            endpoints=tuple(self.assays["endpoint"]),
            n_rows=spool.n_rows,
            accepted=spool.n_accepted,
            rejected=spool.n_rejections,
            compounds=len(spool.inchikeys),
            duplicates=spool.flags.get("duplicate", 0),
            conflicts=spool.flags.get("conflict", 0),
            reasons=dict(sorted(spool.kinds.items())),
            notes=self.notes,
        )

    @property
    def summary(self) -> pd.DataFrame:
        """One row an endpoint: values, compounds, censored ones, and how many carry each flag."""
        whole = self.spool.whole().results
        marked = whole.assign(
            censored=whole["relation"] != "=", **{flag: whole["flag"] == flag for flag in _FLAGS}
        )
        grouped = marked.groupby("endpoint", sort=True)
        counts = grouped[["censored", *_FLAGS]].sum()
        counts.insert(0, "values", grouped.size())
        counts.insert(1, "compounds", grouped["inchikey"].nunique())
        frame = counts.reset_index()
        return frame.merge(self.assays[["endpoint", "dimension", "standard_unit"]], on="endpoint")

    def _result(self, frames: Frames) -> IngestResult:
        kind = {"shipments": "orders"}.get(self.layout.table, self.layout.table)
        return IngestResult(
            name=self.table.name,
            sha256=self.table.sha256,
            bytes=self.table.bytes,
            encoding=self.table.encoding,
            delimiter=self.table.delimiter,
            mapping=self.mapping,
            n_rows=self.spool.n_rows,
            assays=self.assays,
            compounds=frames.compounds,
            results=frames.results,
            rejections=frames.rejections,
            notes=self.notes,
            structures=frames.structures,
            kind=kind,
        )


class _Spool:
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
        usable = exact & (results["validity"] == "valid") & results["standard_value"].notna()
        return pd.DataFrame(
            {
                "compound": results["inchikey"].map(self._compound_codes).astype("int32"),
                "endpoint": results["endpoint"].map(self._endpoint_codes).astype("int32"),
                "value": results["p_value"].where(is_p, results["standard_value"]).astype("f4"),
                "is_p": is_p,
                "is_exact": usable,
                "unit": results["standard_unit"].map(self._unit_codes).astype("int8"),
                "given_unit": results["unit"].map(self._unit_codes).astype("int8"),
            }
        )


def _opened(
    path: Path,
    layout: Layout | str | Path | None,
    where: Mapping[str, Sequence[str]] | None,
    columns: Mapping[str, object],
) -> tuple[Table, Layout, str]:
    """Return a file's table, how it is read, and in words why so."""
    chosen, note = _given_layout(layout, columns, path.name)
    table = open_table(
        path,
        sheet=chosen.sheet if chosen else "",
        delimiter=(chosen.delimiter or None) if chosen else None,
        where=where,
    )
    if chosen is None:
        chosen, note = _found_layout(table)
    return table, chosen, note


def _chunks(table: Table, reader: RowReader, chunk_rows: int) -> Iterator[Chunk]:
    chunk = Chunk()
    for row in table.records():
        reader.read(row, chunk)
        if len(chunk) >= chunk_rows:
            yield chunk
            chunk = Chunk()
    if len(chunk):
        yield chunk


def _given_layout(
    layout: Layout | str | Path | None, columns: Mapping[str, object], name: str
) -> tuple[Layout | None, str]:
    if columns:
        if layout is not None:
            raise FileFormatError(
                "both a layout and columns are given", place=name, remedy="give one of the two"
            )
        readout_keys = {"endpoint", "target", "quantity", "value", "unit", "unit_column"}
        readout_keys |= {"relation_column", "dimension", "scale", "outlier_column"}
        readout = {key: value for key, value in columns.items() if key in readout_keys}
        rest = {key: value for key, value in columns.items() if key not in readout_keys}
        return parse_layout({**rest, **({"readout": [readout]} if readout else {})}), ""
    if layout is None or isinstance(layout, Layout):
        return layout, ""
    return load_layout(layout), f"read as the layout {str(layout)!r} says"


def _found_layout(table: Table) -> tuple[Layout, str]:
    if shipped := match_layout(table.name, table.header):
        return shipped, f"read as the layout {shipped.name!r} says: name and columns fit"
    return guess_layout(table.header, table.name)


def _assays(reader: RowReader, layout: Layout) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                *(assay.endpoint, assay.target, assay.quantity, layout.source, layout.licence),
                *(assay.dimension, assay.standard_unit, assay.organism or None),
            )
            for assay in reader.assays.values()
        ],
        columns=[*ASSAY_COLUMNS, "dimension", "standard_unit", "organism"],
    )


def _roles(layout: Layout) -> dict[str, list[str]]:
    roles: dict[str, list[str]] = {}
    named = {
        "structure": layout.smiles,
        "name": layout.name_column,
        "batch": layout.batch_column,
        "run": layout.run_column,
        "date": layout.date_column,
        "document": layout.document_column,
        "order": layout.order_column,
        "lot": layout.lot_column,
        **{f"name ({system})": title for system, title in layout.aliases.items()},
    }
    for role, title in named.items():
        if title:
            roles.setdefault(title, []).append(role)
    for readout in layout.readout:
        unit = f" in {readout.unit}" if readout.unit else ""
        roles.setdefault(readout.value, []).append(f"{readout.endpoint}{unit}")
        for role, title in (
            ("unit", readout.unit_column),
            ("relation", readout.relation_column),
            ("set aside", readout.outlier_column),
        ):
            if title and role not in roles.get(title, ()):
                roles.setdefault(title, []).append(role)
    return roles


def _plain(where: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {title: sorted(values) for title, values in where.items()}
