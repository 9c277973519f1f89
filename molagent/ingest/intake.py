"""The one verb of ingest: a file and a layout in, results and rejections out, nothing stored.

A file is read in chunks. Where there are more than one, they wait in temporary Parquet files until
they are written, so that memory does not grow with the file: what is kept of each value is its
compound, its endpoint and its number, to tell repeats, conflicts and slips of units.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import pandas as pd

from molagent.chem.sizes import MAX_HEAVY_ATOMS
from molagent.errors import ConfigError, FileFormatError
from molagent.ingest.chunks import Assay, Chunk
from molagent.ingest.frames import Frames, chunk_frames
from molagent.ingest.layouts import Layout
from molagent.ingest.lookups import StructureNames
from molagent.ingest.notations import decide_notations
from molagent.ingest.orders import order_frames
from molagent.ingest.parents import ParentFinder
from molagent.ingest.reading_plan import Guess, open_file, plain_filter, plan_reading, show_layout
from molagent.ingest.row_reader import RowReader
from molagent.ingest.shared_names import SharedNames
from molagent.ingest.slips import FLAGS
from molagent.ingest.spool import Spool
from molagent.ingest.substances import SubstanceCount
from molagent.ingest.tables import Row, Table
from molagent.ingest.wells import told_columns
from molagent.protocols import NullProgress, Progress
from molagent.store.receipts import ASSAY_COLUMNS, REJECTION_COLUMNS, IngestReceipt, IngestResult
from molagent.store.sources import SourceFile

__all__ = ["Intake", "plan_reading", "read_data", "require_certain", "show_layout"]

# Some tens of megabytes of text and frames at a time.
_CHUNK_ROWS: Final = 20_000
_FLAGS: Final = FLAGS[1:]
_SHOWN: Final = 5


def read_data(
    path: Path | str,
    layout: Layout | str | Path | None = None,
    *,
    structures: Mapping[str, str] | None = None,
    known: pd.DataFrame | None = None,
    assays: pd.DataFrame | None = None,
    unmeasured: Mapping[str, str] | None = None,
    unknown_ids: Literal["take", "refuse"] = "take",
    progress: Progress | None = None,
    workers: int | None = None,
    limit_s: float = 10.0,
    max_atoms: int = MAX_HEAVY_ATOMS,
    chunk_rows: int = _CHUNK_ROWS,
    where: Mapping[str, Sequence[str]] | None = None,
    finder: ParentFinder | None = None,
    guess: Guess | None = None,
    confirm: bool = True,
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
    assays
        Of a layout of told results: the project's endpoints, as ``load_assays`` gives them. A row
        that names another one is refused.
    unmeasured
        Of a layout of told results: endpoints that are no assays, to what to tell instead.
    unknown_ids
        Of told results, see :class:`Layout`.
    workers, limit_s, max_atoms
        See :func:`molagent.ingest.parents.find_parents`.
    where
        Of a ChEMBL dump: column to the values that are kept.
    finder
        Standardises the structures, with settings of its own: several files that share it do not
        standardise the same structure twice.
    guess
        Gives a layout and a note for a header and a file's name, where no layout is given; by
        default one that ships, else one guessed as results.
    confirm
        Without it a guess that is not certain is refused before a row is read.
    columns
        A layout in place, of which what is not given is guessed: ``smiles="SMILES",
        value="IC50", unit="nM", endpoint="jak1_pic50", quantity="IC50"``. Keys of :class:`Readout`
        describe one value, the others the layout.

    Raises
    ------
    FileFormatError
        If the file as a whole cannot be read, or nothing tells which column is what.
    ConfigError
        If the layout is wrong.
    """
    path, shown = Path(path), progress or NullProgress()
    held = _held_assays(assays)
    table, found = open_file(path, layout, where, columns, guess=guess, endpoints=[*held])
    chosen = found.layout
    if not confirm:
        require_certain(found.doubts, place=table.name)
    if unknown_ids != "take":
        chosen = chosen.model_copy(update={"unknown_ids": unknown_ids})
    doubts = [f"not certain: {doubt}" for doubt in found.doubts]
    notes = [*table.notes, *filter(None, [found.note]), *doubts]
    names = StructureNames(chosen, path.parent, structures or {})
    reader = RowReader(
        chosen, table.header, names.find, place=table.name, known=held, unmeasured=unmeasured
    )
    frames = Spool(chunk_rows)
    substances, shared = SubstanceCount(), SharedNames(chosen)
    strangers: list[str] = []
    warnings: Counter[str] = Counter()
    ours = ParentFinder(progress=shown, workers=workers, limit_s=limit_s, max_atoms=max_atoms)
    with nullcontext(finder) if finder else ours as standardise:
        records = _decided(table, reader, chosen, chunk_rows)
        for chunk in _chunks(records, reader, chunk_rows):
            part = chunk_frames(chunk, chosen, standardise.find, table.delimiter)
            part = shared.add(part)
            frames.add(part)
            substances.add(part)
            warnings.update(value.source_note for value in chunk.readings if value.source_note)
            unknown = part.results["source_row"].isin(chunk.strangers)
            strangers.extend(part.results.loc[unknown, "name"])
    if not frames.n_rows:
        raise FileFormatError(
            "the file has a header and no rows", place=table.name, remedy="give data rows"
        )
    notes += [note for notation in reader.notations.values() for note in notation.notes]
    notes += [*reader.own_units.notes()]
    notes += [*table.counted.notes, *frames.flag(known)]
    notes += [
        *_strangers_note(strangers),
        *substances.notes(),
        *shared.notes(),
        *_warnings_note(warnings),
    ]
    return Intake(
        table=table,
        layout=chosen,
        mapping={**chosen.to_dict(), **({"where": plain_filter(where)} if where else {})},
        assays=_assays(reader, chosen),
        notes=tuple(notes),
        doubts=found.doubts,
        spool=frames,
    )


def require_certain(doubts: Sequence[str], *, place: str) -> None:
    """Refuse a guess that nobody confirmed.

    Raises
    ------
    FileFormatError
        With what is not certain.
    """
    if doubts:
        raise FileFormatError(
            f"the guess is not certain, so nothing is stored: {'; '.join(doubts)}",
            place=place,
            remedy="look at it with `molagent data columns`, then confirm it with --yes "
            "(confirm=True), or name the columns",
        )


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
    doubts
        What is not certain about how the file is read; it is stored only where somebody confirms.
    """

    table: Table
    layout: Layout
    mapping: Mapping[str, object]
    assays: pd.DataFrame
    notes: tuple[str, ...]
    spool: Spool = field(repr=False)
    doubts: tuple[str, ...] = ()

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

    def well_rows(
        self, table: Literal["points", "wells"]
    ) -> tuple[pd.DataFrame, list[tuple[int, str, str, str]]]:
        """Return the points or wells, and the rows that are none.

        Returns
        -------
        tuple
            Those of ``molagent.ingest.wells.WELL_COLUMNS`` that the layout reads; then
            ``(source_row, kind, reason, raw)``, without the rows that the layout leaves out.

        Raises
        ------
        ConfigError
            If the layout is of another table.
        """
        if self.layout.table != table:
            raise ConfigError(
                f"the layout is of {self.layout.table}",
                place=self.table.name,
                remedy=f"give one with table = {table!r}",
            )
        whole = self.spool.whole()
        refused = whole.rejections[whole.rejections["kind"] != "left_out"]
        rows = refused[list(REJECTION_COLUMNS)].itertuples(index=False, name=None)
        return whole.wells[list(told_columns(self.layout))].infer_objects(), list(rows)

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
            suspects=spool.n_suspects,
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

    @property
    def source(self) -> SourceFile:
        """The file as the project will remember it."""
        receipt = self.receipt
        return SourceFile(
            **self._reading,
            kind=self.layout.kind,
            n_rows=receipt.n_rows,
            accepted=receipt.accepted,
            rejected=receipt.rejected,
        )

    @property
    def _reading(self) -> dict[str, Any]:
        table = self.table
        return {
            "name": table.name,
            "sha256": table.sha256,
            "bytes": table.bytes,
            "encoding": table.encoding,
            "delimiter": table.delimiter,
            "mapping": self.mapping,
        }

    def _result(self, frames: Frames) -> IngestResult:
        return IngestResult(
            **self._reading,
            n_rows=self.spool.n_rows,
            assays=self.assays,
            compounds=frames.compounds,
            results=frames.results,
            rejections=frames.rejections,
            notes=self.notes,
            structures=frames.structures,
            kind=self.layout.kind,
        )


def _decided(table: Table, reader: RowReader, layout: Layout, looked_at: int) -> Iterator[Row]:
    """Yield the rows of a table; the first of them decide how its numbers are written."""
    records = table.records()
    first = list(itertools.islice(records, looked_at))
    reader.notations = decide_notations(
        layout.number_columns,
        table.header,
        [row.cells for row in first],
        decimal=layout.decimal,
        delimiter=table.delimiter,
        place=table.name,
    )
    first.reverse()
    while first:  # each is let go when it is read
        yield first.pop()
    yield from records


def _chunks(records: Iterable[Row], reader: RowReader, chunk_rows: int) -> Iterator[Chunk]:
    chunk = Chunk()
    for row in records:
        reader.read(row, chunk)
        if len(chunk) >= chunk_rows:
            yield chunk
            chunk = Chunk()
    if len(chunk):
        yield chunk


def _assays(reader: RowReader, layout: Layout) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (
                *(assay.endpoint, assay.target, assay.quantity),
                *(assay.source or layout.source, assay.licence or layout.licence),
                *(assay.dimension, assay.standard_unit, assay.organism or None),
            )
            for assay in reader.assays.values()
        ],
        columns=[*ASSAY_COLUMNS, "dimension", "standard_unit", "organism"],
    )


def _held_assays(assays: pd.DataFrame | None) -> dict[str, Assay]:
    """Return the project's assays by endpoint; a potency in nM where they do not say more."""
    if assays is None:
        return {}
    return {
        str(row["endpoint"]): Assay(
            endpoint=str(row["endpoint"]),
            target=str(row["target"]),
            quantity=str(row["quantity"]),
            dimension=str(row.get("dimension") or "concentration"),
            standard_unit=str(row.get("unit") or "nM"),
            organism="",
            source=str(row["source"]),
            licence=str(row["licence"]),
        )
        for row in assays.to_dict("records")
    }


def _warnings_note(warnings: Counter[str]) -> list[str]:
    """Return a note on the values that their own source warns of."""
    if not warnings:
        return []
    listing = ", ".join(f"{text!r} {count}" for text, count in warnings.most_common(_SHOWN))
    more = ", ..." if len(warnings) > _SHOWN else ""
    return [
        f"{warnings.total()} values carry a warning of their source and are suspect: "
        f"{listing}{more}"
    ]


def _strangers_note(names: Sequence[str]) -> list[str]:
    """Return a note on the results that were taken by their structure under an unknown id."""
    if not names:
        return []
    distinct = list(dict.fromkeys(names))
    listing = ", ".join(repr(name) for name in distinct[:_SHOWN])
    more = ", ..." if len(distinct) > _SHOWN else ""
    return [
        f"{len(names)} results are of {len(distinct)} ids that the project does not know "
        f"({listing}{more}): their SMILES were taken; refuse them with unknown_ids='refuse' "
        "(`--refuse-unknown`)"
    ]
