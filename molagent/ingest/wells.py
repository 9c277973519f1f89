"""One row of a table of dose-response points, or of the wells of plates."""

from typing import Final, TypeAlias

from molagent.errors import InputError
from molagent.ingest.cells import Cells, parse_flag, parse_number
from molagent.ingest.layouts import Layout
from molagent.ingest.plate_grids import parse_well
from molagent.ingest.plate_layouts import parse_role
from molagent.ingest.potencies import RefusedPotencyError
from molagent.ingest.readouts import Well
from molagent.units import MOLAR_PER_UNIT, canonical_unit

__all__ = ["WELL_COLUMNS", "WellRow", "parse_well_row", "told_columns"]

# What a row may say of a well; a layout without the column says nothing of it.
WELL_COLUMNS: Final = (
    *("assay", "run_id", "sample", "lot", "barcode", "well_row", "well_column", "role", "signal"),
    *("concentration_m", "response", "outlier", "outlier_reason", "source_row"),
)
_STRONGEST_M: Final = 0.1  # mol/L: beyond it a unit has slipped
_MOST_ROWS, _MOST_COLUMNS = 48, 72
_SET_ASIDE: Final = "set aside in the source"

WellRow: TypeAlias = dict[str, object]


def told_columns(layout: Layout) -> tuple[str, ...]:
    """Return those of `WELL_COLUMNS` that a layout reads."""
    well = layout.well or Well()
    has_place = bool(well.position or well.row)
    by = {
        "assay": well.assay_column,
        "run_id": layout.run_column,
        "sample": layout.name_column,
        "lot": layout.batch_column,
        "barcode": well.plate_column,
        "well_row": has_place,
        "well_column": has_place,
        "role": well.role_column,
        "signal": well.signal,
        "concentration_m": well.concentration,
        "response": well.response,
        "outlier": well.outlier_column or layout.table == "points",
        "outlier_reason": well.outlier_column or layout.table == "points",
        "source_row": True,
    }
    return tuple(name for name in WELL_COLUMNS if by[name])


def parse_well_row(layout: Layout, cells: Cells, number: int) -> WellRow:
    """Return one row as a point or a well, with those of `WELL_COLUMNS` that the layout reads.

    Parameters
    ----------
    number
        The row's number in the file.

    Raises
    ------
    RefusedPotencyError
        With the kind (structure, well, role, value, unit) and the reason.
    """
    well = layout.well or Well()
    is_point = layout.table == "points"
    sample = cells.text(layout.name_column)
    if is_point and not sample:
        raise RefusedPotencyError("structure", "no compound: a control well")
    row: WellRow = {
        "assay": cells.text(well.assay_column),
        "run_id": cells.text(layout.run_column),
        "sample": sample,
        "lot": cells.text(layout.batch_column),
        "barcode": cells.text(well.plate_column),
        "role": _role(cells[well.role_column]) if well.role_column else "",
        "concentration_m": _molar(well, cells, needed=is_point) if well.concentration else None,
        "response": _number(cells, well.response, needed=is_point) if well.response else None,
        "signal": _number(cells, well.signal, needed=False) if well.signal else None,
        "source_row": number,
    }
    row["well_row"], row["well_column"] = _place(well, cells)
    aside = bool(well.outlier_column) and parse_flag(
        cells[well.outlier_column], well.outlier_column
    )
    return row | {"outlier": aside, "outlier_reason": _SET_ASIDE if aside else ""}


def _number(cells: Cells, title: str, *, needed: bool) -> float | None:
    number = parse_number(cells[title], title)
    if number is None and needed:
        raise RefusedPotencyError("value", f"{title!r} is empty")
    return number


def _molar(well: Well, cells: Cells, *, needed: bool) -> float | None:
    unit = well.unit or cells[well.unit_column]
    number = _number(cells, well.concentration, needed=needed)
    if number is None:
        return None
    try:
        molar = number * MOLAR_PER_UNIT[canonical_unit(unit)]
    except InputError as error:
        raise RefusedPotencyError("unit", error.message) from error
    if molar <= 0:
        if needed:
            raise RefusedPotencyError("value", "the concentration is zero or below: a control well")
        return None
    if needed and molar > _STRONGEST_M:
        raise RefusedPotencyError("unit", f"a concentration of {molar:g} mol/L: check the unit")
    return molar


def _role(text: str) -> str:
    try:
        return parse_role(text)
    except InputError as error:
        raise RefusedPotencyError("role", f"{error.message}; {error.remedy}") from error


def _place(well: Well, cells: Cells) -> tuple[int | None, int | None]:
    if not (well.position or well.row):
        return None, None
    try:
        if well.position:
            return parse_well(cells[well.position])
        letters, number = cells[well.row], cells[well.column]
        if letters.isalpha():
            return parse_well(f"{letters}{number}")
    except ValueError as error:
        raise RefusedPotencyError("well", str(error)) from error
    shift = 1 - well.first_well
    try:
        place = (int(letters) + shift, int(number) + shift)
    except ValueError as error:
        raise RefusedPotencyError(
            "well", f"row {letters!r}, column {number!r} is no well"
        ) from error
    if not (1 <= place[0] <= _MOST_ROWS and 1 <= place[1] <= _MOST_COLUMNS):
        words = f"row {letters}, column {number} is on no plate, counted from"
        raise RefusedPotencyError("well", f"{words} {well.first_well}")
    return place
