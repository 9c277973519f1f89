"""Rows of a file to readings: what the layout says of each row, one chunk at a time."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from molagent.ingest.layouts import Layout, Readout, endpoint_name, fill_template
from molagent.ingest.potencies import RefusedPotencyError
from molagent.ingest.readers import delimited
from molagent.ingest.readings import Reading, parse_reading
from molagent.ingest.tables import Row, column_place

__all__ = ["Assay", "Chunk", "RowReader", "StructureRow", "ValueRow"]

_NUMBER: Final = re.compile(r"^[<>=~≤≥ ]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*%?$")
# Longer than a name and with a bond, ring or branch: what a SMILES has and a note has not.
_SMILES: Final = re.compile(
    r"^(?=.*[cCnNoO])(?=.*[0-9=#()\[\]])[A-Za-z0-9@+\-\[\]()=#$/\\%.*:]{6,}$"
)
_TRUE: Final = frozenset({"true", "1", "yes", "y", "t", "x"})
_MOL_END: Final = "M  END"
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Assay:
    """One endpoint that a file brings values of."""

    endpoint: str
    target: str
    quantity: str
    dimension: str
    standard_unit: str
    organism: str


@dataclass(slots=True)
class ValueRow:
    """One value of one row, before its structure is standardised."""

    source_row: int
    endpoint: str
    structure: str
    name: str
    original: str
    original_unit: str
    original_relation: str
    reading: Reading
    set_aside: bool
    measured_on: date | None
    batch: str = ""
    run: str = ""
    document: str = ""


@dataclass(slots=True)
class StructureRow:
    """One row that brings a structure and no value, with its further names and orders."""

    source_row: int
    structure: str
    name: str
    aliases: tuple[tuple[str, str], ...]
    orders: tuple[str, ...]
    lots: tuple[str, ...]
    on: date | None


@dataclass(slots=True)
class Chunk:
    """The readings of some rows, and what was refused of them.

    ``refused`` holds source row, field ('' for the whole row), kind and reason; ``cells`` keeps
    each row as it was read until its fate is known.
    """

    readings: list[ValueRow] = field(default_factory=list)
    structures: list[StructureRow] = field(default_factory=list)
    refused: list[tuple[int, str, str, str]] = field(default_factory=list)
    cells: dict[int, Sequence[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return how many rows were read."""
        return len(self.cells)

    def raw(self, source_row: int, delimiter: str) -> str:
        """Return a row as one line of text."""
        return delimited(list(self.cells[source_row]), delimiter or ",")


class RowReader:
    """Applies one layout to the rows of one table."""

    def __init__(
        self,
        layout: Layout,
        header: Sequence[str],
        find_structure: Callable[[str], str],
        *,
        place: str,
    ) -> None:
        self._layout = layout
        self._places = {title: column_place(header, title, place=place) for title in layout.columns}
        self._find_structure = find_structure
        self._first_rows: dict[tuple[str, ...], int] = {}
        self.assays: dict[str, Assay] = {}

    def read(self, row: Row, chunk: Chunk) -> None:
        """Add what a row brings, or why it brings nothing, to the chunk."""
        chunk.cells[row.number] = row.cells
        if row.fault:
            chunk.refused.append((row.number, "", "row", row.fault))
            return
        cells = _Cells(row.cells, self._places)
        if left_out := self._left_out(cells):
            chunk.refused.append((row.number, "", "left_out", left_out))
            return
        structure, fault = self._structure(cells)
        if fault:
            chunk.refused.append((row.number, "", *fault))
        elif self._layout.table == "results":
            self._read_values(row.number, cells, structure, chunk)
        else:
            self._read_structure(row.number, cells, structure, chunk)

    def _left_out(self, cells: "_Cells") -> str:
        for title, wanted in self._layout.keep.items():
            if cells[title] not in wanted:
                return f"{title} is {_shown(cells[title])}; the layout keeps {', '.join(wanted)}"
        for title, unwanted in self._layout.skip.items():
            if cells[title] in unwanted:
                return f"{title} is {_shown(cells[title])}, which the layout leaves out"
        return ""

    def _structure(self, cells: "_Cells") -> tuple[str, tuple[str, str] | None]:
        """Return the structure's text, or the kind and reason of there being none."""
        layout = self._layout
        given = cells.as_read(layout.smiles) if layout.smiles else ""
        # The first line of a molblock is its title, blank or not.
        given = given if _MOL_END in given else given.strip()
        if shifted := self._shifted(cells, given):
            return "", ("row", shifted)
        if given or not layout.name_column:
            return given, None if given else ("structure", "the structure is blank")
        name = cells[layout.name_column]
        if not name:
            return "", ("structure", "neither structure nor name")
        if found := self._find_structure(name):
            return found, None
        blank = "the structure is blank, and " if layout.smiles else ""
        return "", ("structure", f"{blank}no structure is known for the name {_shown(name)}")

    def _shifted(self, cells: "_Cells", given: str) -> str:
        """Return why the columns look shifted: a number for a structure, or the other way."""
        if given and _NUMBER.match(given):
            return f"the structure {_shown(given)} is a number: are the columns shifted?"
        for readout in self._layout.readout:
            text = cells[readout.value]
            if len(text) > _SHOWN // 10 and not _NUMBER.match(text) and _SMILES.match(text):
                return f"the value {_shown(text)} is a structure: are the columns shifted?"
        return ""

    def _read_values(self, number: int, cells: "_Cells", structure: str, chunk: Chunk) -> None:
        taken, applies, blank = 0, 0, 0
        repeats: list[str] = []
        for readout in self._layout.readout:
            if any(cells[title] not in texts for title, texts in readout.when.items()):
                continue
            applies += 1
            if not cells[readout.value]:
                blank += 1
                continue
            if repeated := self._repeated(readout, number, cells):
                repeats.append(repeated)
                continue
            try:
                chunk.readings.append(self._value(readout, number, cells, structure))
            except RefusedPotencyError as error:
                where = readout.value if len(self._layout.readout) > 1 else ""
                chunk.refused.append((number, where, error.kind, str(error)))
            taken += 1
        if repeats and not taken:
            chunk.refused.append((number, "", "repeat", repeats[0]))
        elif not taken:
            titles = ", ".join(repr(readout.value) for readout in self._layout.readout)
            why = f"{titles} is blank" if applies else "no readout of the layout is for this row"
            chunk.refused.append((number, "", "value" if blank else "left_out", why))

    def _repeated(self, readout: Readout, number: int, cells: "_Cells") -> str:
        if not readout.once_per:
            return ""
        key = (readout.endpoint, *(cells[title] for title in readout.once_per))
        first = self._first_rows.setdefault(key, number)
        return "" if first == number else f"row {first} states the same value"

    def _value(self, readout: Readout, number: int, cells: "_Cells", structure: str) -> ValueRow:
        layout = self._layout
        unit = cells[readout.unit_column] if readout.unit_column else readout.unit
        relation = cells[readout.relation_column] if readout.relation_column else ""
        reading = parse_reading(
            cells[readout.value],
            unit,
            relation,
            dimension=readout.dimension,
            scale=readout.scale,
        )
        return ValueRow(
            source_row=number,
            endpoint=self._endpoint(readout, cells, reading),
            structure=structure,
            name=cells[layout.name_column] if layout.name_column else "",
            original=cells.as_read(readout.value),
            original_unit=unit,
            original_relation=relation,
            reading=reading,
            set_aside=bool(readout.outlier_column)
            and cells[readout.outlier_column].lower() in _TRUE,
            measured_on=self._date(cells[layout.date_column]) if layout.date_column else None,
            batch=cells[layout.batch_column] if layout.batch_column else "",
            run=cells[layout.run_column] if layout.run_column else "",
            document=cells[layout.document_column] if layout.document_column else "",
        )

    def _endpoint(self, readout: Readout, cells: "_Cells", reading: Reading) -> str:
        endpoint = endpoint_name(fill_template(readout.endpoint, cells.texts))
        if not endpoint:
            raise RefusedPotencyError("endpoint", f"nothing stands for {readout.endpoint!r}")
        known = self.assays.get(endpoint)
        if known is None:
            self.assays[endpoint] = Assay(
                endpoint,
                fill_template(readout.target, cells.texts),
                fill_template(readout.quantity, cells.texts),
                reading.dimension,
                reading.standard_unit,
                fill_template(readout.organism, cells.texts),
            )
        elif known.dimension != reading.dimension:
            raise RefusedPotencyError(
                "unit",
                f"{reading.unit} is a {reading.dimension}, {endpoint} a {known.dimension}",
                remedy="give it an endpoint of its own",
            )
        return endpoint

    def _read_structure(self, number: int, cells: "_Cells", structure: str, chunk: Chunk) -> None:
        layout = self._layout
        orders = _listed(cells[layout.order_column]) if layout.order_column else ()
        on = None
        try:
            if layout.date_column and cells[layout.date_column]:
                on = self._date(cells[layout.date_column])
        except RefusedPotencyError as error:
            chunk.refused.append((number, layout.date_column, "value", str(error)))
            return
        if layout.table != "structures" and not orders and on is None:
            what = layout.order_column or layout.date_column
            chunk.refused.append((number, "", "value", f"{what} is blank"))
            return
        chunk.structures.append(
            StructureRow(
                source_row=number,
                structure=structure,
                name=cells[layout.name_column] if layout.name_column else "",
                aliases=tuple(
                    (system, cells[title])
                    for system, title in layout.aliases.items()
                    if cells[title]
                ),
                orders=orders,
                lots=_listed(cells[layout.lot_column]) if layout.lot_column else (),
                on=on,
            )
        )

    def _date(self, text: str) -> date | None:
        if not text:
            return None
        try:
            return datetime.strptime(text, self._layout.date_format).date()  # noqa: DTZ007 - a day
        except ValueError as error:
            raise RefusedPotencyError(
                "value",
                f"{_shown(text)} is no date as {self._layout.date_format!r}",
                remedy="give date_format",
            ) from error


class _Cells(Mapping[str, str]):
    """The texts of one row by their titles."""

    def __init__(self, cells: Sequence[str], places: Mapping[str, int]) -> None:
        self._cells = cells
        self._places = places

    def __getitem__(self, title: str) -> str:
        return self._cells[self._places[title]].strip()

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 - Mapping's own
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def as_read(self, title: str) -> str:
        return self._cells[self._places[title]]

    @property
    def texts(self) -> Mapping[str, str]:
        return self


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
