"""Plates as tables: one row a well."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import FileFormatError, InputError
from molagent.ingest.plate_grids import parse_well
from molagent.ingest.plate_layouts import parse_role
from molagent.ingest.readers import delimited
from molagent.ingest.tables import Row, Table, column_place, width_fault
from molagent.ingest.titles import find_dose, find_titles
from molagent.units import MOLAR_PER_UNIT, canonical_unit

__all__ = ["WellColumns", "guess_wells", "read_wells"]

_TITLES: Final[dict[str, tuple[str, ...]]] = {
    "plate": ("barcode", "plate", "plateid", "platebarcode", "platename", "well.plate"),
    "well": ("well", "wellid", "wellposition", "position"),
    "row": ("row", "wellrow", "well.row"),
    "column": ("col", "column", "wellcol", "wellcolumn", "well.col"),
    "signal": (
        *("signal", "value", "rfu", "rlu", "raw", "rawvalue", "rawsignal", "reading"),
        *("fluorescence", "luminescence", "absorbance", "od", "counts", "intensity"),
    ),
    "role": ("role", "type", "welltype", "control", "content"),
    "sample": ("sample", "compound", "compoundid", "sampleid", "molecule", "name", "cid"),
    "run": ("run", "runid"),
}
_NONE: Final = frozenset({"", "na", "n/a", "nan", "none", "-"})
_MOST_ROWS, _MOST_COLUMNS = 48, 72


@dataclass(frozen=True, slots=True, kw_only=True)
class WellColumns:
    """Which column of a table of wells is what; '' where the file has none.

    Attributes
    ----------
    well
        Its column, texts like ``A01``; or `row` and `column`, numbers or letters, of which the
        first is called `first_well` (0 or 1) where they are numbers.
    unit
        Of the concentration.
    response
        Percent, if the file has it already.
    """

    signal: str
    plate: str = ""
    well: str = ""
    row: str = ""
    column: str = ""
    first_well: int = 1
    role: str = ""
    sample: str = ""
    run: str = ""
    concentration: str = ""
    unit: str = "uM"
    response: str = ""
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)


def guess_wells(header: Sequence[str], file_name: str) -> WellColumns:
    """Return which column is what, from the titles.

    Raises
    ------
    FileFormatError
        If no column looks like a well or a signal.

    Examples
    --------
    >>> guess_wells(["Barcode", "Well", "RFU"], "a.csv").signal
    'RFU'
    """
    found = find_titles(header, _TITLES)
    lacking = [
        words
        for words, there in (
            ("wells", found["well"] or (found["row"] and found["column"])),
            ("signals", found["signal"]),
        )
        if not there
    ]
    if lacking:
        listing = ", ".join(repr(title) for title in header)
        raise FileFormatError(
            f"no column of {listing} looks like {' or '.join(lacking)}, and no plate is drawn",
            place=file_name,
            remedy="name the columns with WellColumns",
        )
    dose, unit = find_dose(header)
    return WellColumns(
        signal=found["signal"],
        plate=found["plate"],
        well=found["well"],
        row=found["row"],
        column=found["column"],
        role=found["role"],
        sample=found["sample"],
        run=found["run"],
        concentration=dose,
        unit=canonical_unit(unit) if unit else "uM",
    )


def read_wells(
    table: Table, columns: WellColumns
) -> tuple[pd.DataFrame, list[tuple[int, str, str, str]]]:
    """Return the wells of a table, and the rows that are none with their reasons.

    Returns
    -------
    tuple
        ``barcode, well_row, well_column, signal, source_row`` and those of ``run_id role sample
        concentration_m response`` that the table has; then ``(row, kind, reason, raw)``.
    """
    reader = _Reader(table, columns)
    rows: list[dict[str, object]] = []
    refused: list[tuple[int, str, str, str]] = []
    for row in table.records():
        try:
            if reader.wants(row):
                rows.append(reader.well(row))
        except InputError as error:
            raw = delimited(row.cells, table.delimiter or ",")
            refused.append((row.number, error.place, error.message, raw))
    if not rows and not refused:
        raise FileFormatError(
            "the file has no row to read", place=table.name, remedy="give one row a well"
        )
    names = ["barcode", "well_row", "well_column", "signal", "source_row"]
    return pd.DataFrame(rows, columns=None if rows else names), refused


class _Reader:
    def __init__(self, table: Table, columns: WellColumns) -> None:
        self._width = len(table.header)
        self._columns = columns
        self._stem = table.name.rsplit(".", 1)[0]
        self._factor = MOLAR_PER_UNIT[canonical_unit(columns.unit)]
        self._places = {
            role: column_place(table.header, str(title), place=table.name)
            for role, title in asdict(columns).items()
            if title and role not in ("unit", "first_well", "where")
        }
        self._filters = [
            (column_place(table.header, title, place=table.name), frozenset(texts))
            for title, texts in columns.where.items()
        ]

    def wants(self, row: Row) -> bool:
        return all(row.cells[place].strip() in texts for place, texts in self._filters)

    def well(self, row: Row) -> dict[str, object]:
        if fault := row.fault or width_fault(row.cells, self._width):
            raise InputError(fault, place="row")
        well_row, well_column = self._place(row)
        well: dict[str, object] = {
            "barcode": self._text(row, "plate") or self._stem,
            "well_row": well_row,
            "well_column": well_column,
            "signal": self._number(row, "signal"),
            "source_row": row.number,
        }
        if "run" in self._places:
            well["run_id"] = self._text(row, "run")
        if "sample" in self._places:
            well["sample"] = self._text(row, "sample")
        if "role" in self._places:
            try:
                well["role"] = parse_role(self._text(row, "role"))
            except InputError as error:
                raise InputError(f"{error.message}; {error.remedy}", place="role") from error
        if "concentration" in self._places:
            molar = self._number(row, "concentration") * self._factor
            well["concentration_m"] = molar if molar > 0 else np.nan
        if "response" in self._places:
            well["response"] = self._number(row, "response")
        return well

    def _place(self, row: Row) -> tuple[int, int]:
        if "well" in self._places:
            try:
                return parse_well(self._text(row, "well"))
            except ValueError as error:
                raise InputError(str(error), place="well") from error
        letters, number = self._text(row, "row"), self._text(row, "column")
        try:
            if letters.isalpha():
                return parse_well(f"{letters}{number}")
            shift = 1 - self._columns.first_well
            place = (int(letters) + shift, int(number) + shift)
        except ValueError as error:
            raise InputError(
                f"row {letters!r}, column {number!r} is no well", place="well"
            ) from error
        if not (1 <= place[0] <= _MOST_ROWS and 1 <= place[1] <= _MOST_COLUMNS):
            words = f"row {letters}, column {number} is on no plate, counted from"
            raise InputError(f"{words} {self._columns.first_well}", place="well")
        return place

    def _number(self, row: Row, role: str) -> float:
        text = self._text(row, role)
        if text.lower() in _NONE:
            return float("nan")
        try:
            value = float(text)
        except ValueError:
            value = float("inf")
        if not np.isfinite(value):
            title = getattr(self._columns, role)
            raise InputError(f"{title!r} is {text!r}, not a number", place="value")
        return value

    def _text(self, row: Row, role: str) -> str:
        place = self._places.get(role)
        return "" if place is None or place >= len(row.cells) else row.cells[place].strip()
