"""Rows of a file to readings: what the layout says of each row, one row at a time."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.cells import (
    NO_WARNING,
    Cells,
    listed,
    parse_date,
    parse_flag,
    parse_number,
    shown,
    unknown_name,
)
from molagent.ingest.chunks import Assay, Chunk, StructureRow, ValueRow, contradict
from molagent.ingest.layouts import Layout
from molagent.ingest.notations import Notation
from molagent.ingest.own_units import OwnUnits
from molagent.ingest.potencies import RefusedPotencyError, is_missing, relation_of
from molagent.ingest.readings import Reading, parse_reading, written_unit
from molagent.ingest.readouts import (
    Readout,
    endpoint_name,
    fill_template,
    molar_concentration,
)
from molagent.ingest.tables import Row, column_place
from molagent.ingest.title_words import is_logarithm, is_potency, quantity_dimension
from molagent.ingest.wells import parse_well_row
from molagent.units import flipped_relation, split_scale

__all__ = ["RowReader"]

_NUMBER: Final = re.compile(r"^[<>=~≤≥ ]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*%?$")
# Longer than a name and with a bond, ring or branch: what a SMILES has and a note has not.
_SMILES: Final = re.compile(
    r"^(?=.*[cCnNoO])(?=.*[0-9=#()\[\]])[A-Za-z0-9@+\-\[\]()=#$/\\%.*:]{6,}$"
)
_MOL_END: Final = "M  END"
# A text that is shorter may be a word; it is no structure in the wrong column.
_SHORTEST_SMILES: Final = 7
# One concentration in two units differs by what floats round.
_SAME_DOSE: Final = 1e-6
# ChEMBL says so of a value that was looked at and stands.
_FLAGGED: Final = ("1", "true", "yes", "y", "x")


class RowReader:
    """Applies one layout to the rows of one table.

    Parameters
    ----------
    find_structure
        Gives the structure that a name stands for, or ''.
    known
        Of told results: the assays of the project, by endpoint.
    unmeasured
        Of told results: names that are no assays, and what to tell instead.
    """

    def __init__(
        self,
        layout: Layout,
        header: Sequence[str],
        find_structure: Callable[[str], str],
        *,
        place: str,
        known: Mapping[str, Assay] | None = None,
        unmeasured: Mapping[str, str] | None = None,
    ) -> None:
        self._layout = layout
        self._unmeasured = unmeasured or {}
        self._place = place
        self._places = {title: column_place(header, title, place=place) for title in layout.columns}
        self._find_structure = find_structure
        self._known = known or {}
        self._says_more = bool(
            layout.batch_column
            or layout.run_column
            or layout.document_column
            or layout.date_column
            or layout.drawing_column
            or layout.aliases
            or layout.warnings
            or layout.upper_column
        )
        self._first_rows: dict[tuple[str, ...], int] = {}
        self._doses: dict[str, float] = {}
        self.assays: dict[str, Assay] = {}
        self.own_units = OwnUnits()
        self.notations: Mapping[str, Notation] = {}

    def read(self, row: Row, chunk: Chunk) -> None:
        """Add what a row brings, or why it brings nothing, to the chunk."""
        layout = self._layout
        if row.number in chunk.cells:
            raise FileFormatError(
                f"two rows have the number {row.number}",
                place=self._place,
                remedy="write the file again",
            )
        chunk.cells[row.number] = row.cells
        if row.fault:
            chunk.refused.append((row.number, "", "row", row.fault))
            return
        cells = Cells(row.cells, self._places, self.notations)
        if (layout.keep or layout.skip) and (left_out := self._left_out(cells)):
            chunk.refused.append((row.number, "", "left_out", left_out))
            return
        try:
            if layout.well:
                chunk.wells.append(parse_well_row(layout, cells, row.number))
                return
            given = self._given(cells)
            if layout.table == "told":
                structure, beside = self._told_structure(row.number, cells, given, chunk)
            else:
                structure, beside = self._structure(cells, given), ""
        except RefusedPotencyError as error:
            chunk.refused.append((row.number, "", error.kind, str(error)))
            return
        if layout.holds_values:
            self._read_values(row.number, cells, structure, beside, chunk)
        else:
            self._read_structure(row.number, cells, structure, chunk)

    def _left_out(self, cells: Cells) -> str:
        for title, wanted in self._layout.keep.items():
            if cells[title] not in wanted:
                return f"{title} is {shown(cells[title])}; the layout keeps {', '.join(wanted)}"
        for title, unwanted in self._layout.skip.items():
            if cells[title] in unwanted:
                return f"{title} is {shown(cells[title])}, which the layout leaves out"
        return ""

    def _given(self, cells: Cells) -> str:
        """Return the structure as it stands in the row, '' where none does."""
        layout = self._layout
        given = cells.as_read(layout.smiles) if layout.smiles else ""
        # The first line of a molblock is its title, blank or not.
        given = given if _MOL_END in given else given.strip()
        if shifted := self._shifted(cells, given):
            raise RefusedPotencyError("row", shifted)
        return given

    def _structure(self, cells: Cells, given: str) -> str:
        layout = self._layout
        if given:
            return given
        if drawn := _drawn(layout, cells):
            return drawn
        if not layout.name_column:
            raise RefusedPotencyError("structure", "the structure is blank")
        name = cells[layout.name_column]
        if not name:
            raise RefusedPotencyError("structure", "neither structure nor name")
        if found := self._find_structure(name):
            return found
        blank = "the structure is blank, and " if layout.smiles else ""
        raise RefusedPotencyError("structure", f"{blank}{unknown_name(name)}")

    def _told_structure(
        self, number: int, cells: Cells, given: str, chunk: Chunk
    ) -> tuple[str, str]:
        """Return the structure of a row's id, and what the row itself draws beside it."""
        name = cells.text(self._layout.name_column)
        if not name and not given:
            raise RefusedPotencyError("structure", "neither structure nor name")
        ours = self._find_structure(name) if name else ""
        if ours:
            return ours, given if given != ours else ""
        if not given:
            raise RefusedPotencyError(
                "structure", f"no proposal or compound named {name!r}, and no SMILES"
            )
        if name and self._layout.unknown_ids == "refuse":
            raise RefusedPotencyError("structure", f"no proposal or compound named {name!r}")
        if name:
            chunk.strangers.add(number)
        return given, ""

    def _shifted(self, cells: Cells, given: str) -> str:
        """Return why the columns look shifted: a number for a structure, or the other way."""
        if given.startswith("="):
            return f"the structure {shown(given)} is a formula without a stored result"
        if given and _NUMBER.match(given):
            return f"the structure {shown(given)} is a number: are the columns shifted?"
        for readout in self._layout.readout:
            text = cells[readout.value]
            if len(text) >= _SHORTEST_SMILES and not _NUMBER.match(text) and _SMILES.match(text):
                return f"the value {shown(text)} is a structure: are the columns shifted?"
        return ""

    def _read_values(
        self, number: int, cells: Cells, structure: str, beside: str, chunk: Chunk
    ) -> None:
        taken, applies, blank = 0, 0, 0
        repeats: list[str] = []
        read: dict[str, ValueRow] = {}
        for readout in self._layout.readout:
            if (readout.when or readout.unless) and not _applies(readout, cells):
                continue
            applies += 1
            if not cells[readout.value]:
                blank += 1
                continue
            if readout.once_per and (repeated := self._repeated(readout, number, cells)):
                repeats.append(repeated)
                continue
            try:
                value = self._value(readout, number, cells, structure, beside)
                _add(value, readout, read, chunk)
            except RefusedPotencyError as error:
                where = readout.value if len(self._layout.readout) > 1 else ""
                chunk.refused.append((number, where, error.kind, str(error)))
            taken += 1
        if repeats and not taken:
            chunk.refused.append((number, "", "repeat", repeats[0]))
        elif not taken:
            titles = ", ".join(dict.fromkeys(repr(entry.value) for entry in self._layout.readout))
            why = f"{titles} is blank" if applies else "no readout of the layout is for this row"
            chunk.refused.append((number, "", "value" if blank else "left_out", why))

    def _repeated(self, readout: Readout, number: int, cells: Cells) -> str:
        key = (readout.endpoint, *(cells[title] for title in readout.once_per))
        first = self._first_rows.setdefault(key, number)
        return "" if first == number else f"row {first} states the same value"

    def _value(
        self, readout: Readout, number: int, cells: Cells, structure: str, beside: str
    ) -> ValueRow:
        layout = self._layout
        unit = cells[readout.unit_column] if readout.unit_column else readout.stated_unit
        relation = cells.text(readout.relation_column)
        endpoint = self._endpoint(readout, cells)
        known = self._known.get(endpoint)
        quantity = known.quantity if known else fill_template(readout.quantity, cells)
        dimension = readout.dimension or (known.dimension if known else "")
        text = cells[readout.value]
        if not unit and readout.unit_column and is_logarithm(quantity):
            unit = "log"
        reading = parse_reading(
            text,
            unit,
            # A form comes with '=' filled in: a sign that was typed beside the number says more.
            "" if known and relation == "=" else _own_relation(readout, relation),
            dimension=dimension or quantity_dimension(quantity, written_unit(text, unit)),
            scale=readout.scale,
        )
        self.own_units.count(readout.value, text, unit, reading)
        tested_at_nm = math.nan
        if reading.dimension != "concentration":
            tested_at_nm = _tested_at(readout, cells)
            self._require_one_dose(endpoint, readout, tested_at_nm)
        self._register(endpoint, readout, cells, reading, quantity)
        aside = readout.outlier_column
        value = ValueRow(
            source_row=number,
            endpoint=endpoint,
            structure=structure,
            name=cells.text(layout.name_column),
            original=cells.as_read(readout.value),
            original_unit=unit,
            original_relation=relation,
            reading=reading,
            set_aside=bool(aside) and parse_flag(cells[aside], aside),
            measured_on=None,
            beside=beside,
            # One column a row needs no name.
            source_column=readout.value if len(layout.readout) > 1 else "",
            scale=readout.scale if readout.scale != "linear" else split_scale(unit)[0],
            tested_at_nm=tested_at_nm,
        )
        if self._says_more:
            self._say_more(value, cells)
        return value

    def _say_more(self, value: ValueRow, cells: Cells) -> None:
        """Add to a value what many files do not have: when and where it was measured, and names."""
        layout = self._layout
        value.measured_on = parse_date(cells.text(layout.date_column), layout.date_format)
        value.batch = cells.text(layout.batch_column)
        value.run = cells.text(layout.run_column)
        value.document = cells.text(layout.document_column)
        value.drawn = _drawn(layout, cells)
        value.aliases = _aliases(layout, cells)
        value.source_note = _source_note(layout, cells)

    def _endpoint(self, readout: Readout, cells: Cells) -> str:
        text = fill_template(readout.endpoint, cells)
        endpoint = text if text in self._known else endpoint_name(text)
        if self._layout.table == "told" and endpoint not in self._known:
            if text in self._unmeasured:
                raise RefusedPotencyError(
                    "endpoint", f"{text!r} is not measured", remedy=self._unmeasured[text]
                )
            names = ", ".join(sorted(self._known))
            raise RefusedPotencyError("endpoint", f"no endpoint named {text!r}; known: {names}")
        if not endpoint:
            raise RefusedPotencyError("endpoint", f"nothing stands for {readout.endpoint!r}")
        return endpoint

    def _register(
        self, endpoint: str, readout: Readout, cells: Cells, reading: Reading, quantity: str
    ) -> None:
        """Remember an endpoint with its first value, and refuse values of another kind."""
        if endpoint not in self.assays:
            known = self._known.get(endpoint)
            said = known is not None or readout.dimension
            if reading.dimension == "percent" and not said and is_potency(quantity):
                raise RefusedPotencyError(
                    "unit",
                    f"{reading.unit} is a percent, {quantity} a concentration",
                    remedy="give it an endpoint of its own",
                )
            self.assays[endpoint] = known or Assay(
                endpoint,
                fill_template(readout.target, cells),
                quantity,
                reading.dimension,
                reading.standard_unit,
                fill_template(readout.organism, cells),
            )
        held = self.assays[endpoint].dimension
        if held != reading.dimension:
            raise RefusedPotencyError(
                "unit",
                f"{reading.unit} is a {reading.dimension}, {endpoint} a {held}",
                remedy="give it an endpoint of its own",
            )

    def _require_one_dose(self, endpoint: str, readout: Readout, tested_at_nm: float) -> None:
        """Refuse a test at another concentration than those of its endpoint before it."""
        if math.isnan(tested_at_nm):
            return
        first = self._doses.setdefault(endpoint, tested_at_nm)
        if not math.isclose(first, tested_at_nm, rel_tol=_SAME_DOSE):
            column = readout.tested_at_column
            apart = f"{readout.endpoint}_{{{column}}}" if column else f"{endpoint}_2"
            raise RefusedPotencyError(
                "value",
                f"{endpoint} is tested at {first:g} nM, this row at {tested_at_nm:g} nM",
                remedy="give each concentration an endpoint of its own: "
                f"--endpoint '{apart}' (endpoint=)",
            )

    def _read_structure(self, number: int, cells: Cells, structure: str, chunk: Chunk) -> None:
        layout = self._layout
        orders = listed(cells[layout.order_column]) if layout.order_column else ()
        try:
            on = parse_date(cells.text(layout.date_column), layout.date_format)
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
                name=cells.text(layout.name_column),
                aliases=_aliases(layout, cells),
                orders=orders,
                lots=listed(cells[layout.lot_column]) if layout.lot_column else (),
                on=on,
            )
        )


def _add(value: ValueRow, readout: Readout, read: dict[str, ValueRow], chunk: Chunk) -> None:
    """Add a value to the chunk, unless another column of the row says the same."""
    first = read.get(readout.restates)
    if first is not None and _only_one_by_weight(value.reading, first.reading):
        value.restates = first
    if first is None or value.restates is not None or contradict(value, first):
        read[readout.value] = value
        chunk.readings.append(value)


def _only_one_by_weight(one: Reading, other: Reading) -> bool:
    """Return whether two values cannot be compared before the compound's weight is known."""
    return math.isnan(one.standard_value) != math.isnan(other.standard_value)


def _applies(readout: Readout, cells: Cells) -> bool:
    wanted = all(cells[title] in texts for title, texts in readout.when.items())
    return wanted and not any(cells[title] in texts for title, texts in readout.unless.items())


def _own_relation(readout: Readout, relation: str) -> str:
    """Return a relation as the value's own scale has it."""
    if readout.relation_of == "value" or not relation:
        return relation
    return flipped_relation(relation_of("", relation))


def _drawn(layout: Layout, cells: Cells) -> str:
    """Return the second drawing of a row's structure, '' where there is none."""
    drawn = cells.as_read(layout.drawing_column) if layout.drawing_column else ""
    return drawn if drawn.strip() else ""


def _aliases(layout: Layout, cells: Cells) -> tuple[tuple[str, str], ...]:
    named = [(system, cells[title]) for system, title in layout.aliases.items()]
    if layout.batch_column and not cells[layout.batch_column].isdecimal():
        # A batch is a name of its compound; a bare number is one of many compounds' batches.
        named.append((layout.batch_column, cells[layout.batch_column]))
    return tuple((system, name) for system, name in named if name and not is_missing(name))


def _tested_at(readout: Readout, cells: Cells) -> float:
    """Return the concentration of a test at one concentration in nM, NaN where none is said."""
    if readout.tested_at:
        return molar_concentration(readout.tested_at)
    if not readout.tested_at_column:
        return math.nan
    text = cells.text(readout.tested_at_column)
    number = parse_number(text, readout.tested_at_column) if text else None
    if number is None or number <= 0.0:
        return math.nan
    return molar_concentration(f"{number!r} {readout.tested_at_unit}")


def _source_note(layout: Layout, cells: Cells) -> str:
    """Return what the source itself warns of, in its own words."""
    if not (layout.warnings or layout.upper_column):
        return ""
    said = [
        (title, cells[title])
        for title in layout.warnings
        if cells[title].lower() not in NO_WARNING and not is_missing(cells[title])
    ]
    notes = [f"{title}: {text}" if text.lower() in _FLAGGED else text for title, text in said]
    if layout.upper_column and (upper := cells[layout.upper_column]):
        notes.append(f"a range up to {upper}")
    return "; ".join(notes)
