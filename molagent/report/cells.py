"""Cells of a workbook: text is never a formula, and an unknown value says so."""

from collections.abc import Sequence
from typing import Final

from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from molagent.report.wording import UNKNOWN, is_unknown

__all__ = ["GREY_FILL", "HEAD_FILL", "append_row", "write_cell", "write_header"]

HEAD_FILL: Final = PatternFill("solid", fgColor="E6EEF5")
GREY_FILL: Final = PatternFill("solid", fgColor="EEEEEE")
_TOP: Final = Alignment(vertical="top", wrap_text=True)
_CELL_LIMIT: Final = 32_000


def write_header(sheet: Worksheet, heads: Sequence[str], widths: Sequence[int]) -> None:
    """Write the first row and freeze it; `widths` are in characters."""
    for column, (head, width) in enumerate(zip(heads, widths, strict=True), start=1):
        cell = write_cell(sheet, 1, column, head)
        cell.font = Font(bold=True)
        cell.fill = HEAD_FILL
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"


def append_row(sheet: Worksheet, row: int, values: Sequence[object], *, bold: bool = False) -> int:
    """Write a row and return the number of the next."""
    for column, value in enumerate(values, start=1):
        cell = write_cell(sheet, row, column, value)
        if bold:
            cell.font = Font(bold=True)
            cell.fill = HEAD_FILL
    return row + 1


def write_cell(sheet: Worksheet, row: int, column: int, value: object) -> Cell:
    """Write one value: 'unknown' where it is not known, and never a formula."""
    cell = sheet.cell(row=row, column=column)
    cell.alignment = _TOP
    if is_unknown(value):
        cell.value = UNKNOWN
    elif isinstance(value, bool):
        cell.value = "yes" if value else "no"
    elif isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)[:_CELL_LIMIT]
        # A text that begins with =, +, - or @ stays a text and is never run as a formula.
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(("=", "+", "-", "@"))
    else:
        cell.value = value.item() if hasattr(value, "item") else value
    return cell
