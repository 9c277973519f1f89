"""Workbooks opened within bounds, and the rows of their sheets with every cell as text."""

# ruff: noqa: SLF001 - openpyxl's own row reader drops rows beyond a sheet's stated range

import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from molagent.errors import FileFormatError
from molagent.ingest.tables import NumberText, cell_text

__all__ = ["DAMAGE", "SheetRow", "count_rows", "open_workbook", "sheet_rows"]

# What zipfile, zlib, the XML parser (SyntaxError) and openpyxl raise on a damaged or made-up file.
DAMAGE: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, OSError),
    *(SyntaxError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(RuntimeError, NotImplementedError, RecursionError, MemoryError),
)
# A sheet of a million rows unpacks to less; a crafted archive unpacks to anything.
_UNPACKED_LIMIT: Final = 2 << 30
_STRINGS_LIMIT: Final = 256 << 20
# Distinct texts shrink to a fifth at most, cells with their addresses to a fiftieth; a part that is
# small is let through whatever its ratio.
_RATIOS: Final = ((50, 4 << 20, "sharedStrings"), (150, 32 << 20, ""))
_ROW: Final = re.compile(rb"<(?:\w+:)?row[\s/>]")
_LONGEST_TAG: Final = 16
_CHUNK: Final = 1 << 20
_MOST_COLUMNS: Final = 16_384
_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of a sheet: its number, its cells from column A on, and why it cannot be used."""

    number: int
    cells: Sequence[str]
    fault: str = ""


def open_workbook(path: Path) -> Any:  # noqa: ANN401 - openpyxl ships no types
    """Open a workbook for reading.

    Raises
    ------
    FileFormatError
        If it is none, is damaged, or would unpack to more than its sheets can hold.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _require_bounds(path)
        with warnings.catch_warnings(record=True) as said:  # of styles, print areas, lost sheets
            warnings.simplefilter("always")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        if any("invalid specification" in str(each.message) for each in said):
            raise ValueError("a sheet is named in it that it does not hold")
    except (*DAMAGE, InvalidFileException) as error:
        raise _damaged(error, path.name) from error
    return book


def sheet_rows(book: Any, title: str, path: Path) -> Iterator[SheetRow]:  # noqa: ANN401
    """Yield the rows that a sheet holds, blank ones among them, whatever range it announces.

    A formula without a stored result is its text with '=' before it.

    Raises
    ------
    FileFormatError
        If the sheet is cut off or damaged, or a row stands twice; with the row reached.
    """
    from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser
    from openpyxl.xml.functions import iterparse

    sheet, last = book[title], 0
    try:
        with sheet._get_source() as source:
            parser = WorkSheetParser(
                source,
                sheet._shared_strings,
                data_only=True,
                epoch=book.epoch,
                date_formats=book._date_formats,
                timedelta_formats=book._timedelta_formats,
            )
            for _, element in iterparse(source):
                if element.tag != ROW_TAG:
                    continue
                with warnings.catch_warnings():  # of a date beyond the calendar: '#VALUE!'
                    warnings.simplefilter("ignore")
                    row = _row(parser, element, book)
                element.clear()
                if row.number <= last:
                    raise _again(f"{path.name}[{title}]", row.number, last)
                last = row.number
                yield row
    except DAMAGE as error:
        raise _damaged(error, f"{path.name}[{title}]:{last + 1}") from error


def count_rows(book: Any, title: str, path: Path) -> int:  # noqa: ANN401
    """Return how many rows a sheet's text has, without reading it as XML.

    Raises
    ------
    FileFormatError
        If the sheet cannot be unpacked.
    """
    count, tail = 0, b""
    try:
        with book[title]._get_source() as source:
            while piece := source.read(_CHUNK):
                text = tail + piece
                # What may be the beginning of a tag waits for the next piece.
                cut = max(len(text) - _LONGEST_TAG, 0)
                cut = text.rfind(b"<", cut) if b"<" in text[cut:] else len(text)
                count += len(_ROW.findall(text[:cut]))
                tail = text[cut:]
    except DAMAGE as error:
        raise _damaged(error, f"{path.name}[{title}]") from error
    return count + len(_ROW.findall(tail))


def _row(parser: Any, element: Any, book: Any) -> SheetRow:  # noqa: ANN401
    parser.row_counter = int(element.get("r") or parser.row_counter + 1)
    parser.col_counter = 0
    cells: list[str] = []
    fault = ""
    for entry in element:
        try:
            cell = parser.parse_cell(entry)
            text = _text(cell, entry, book)
        except (ValueError, LookupError, TypeError, ArithmeticError) as error:
            where = str(entry.get("r") or parser.row_counter)[:_SHOWN]
            fault = fault or f"cell {where} cannot be read ({str(error)[:_SHOWN]})"
            continue
        place = cell["column"] - 1
        if not 0 <= place < _MOST_COLUMNS:  # the row that a cell names beside it is not looked at
            fault = fault or f"cell {str(entry.get('r'))[:_SHOWN]} is in no column of a sheet"
            continue
        if place < len(cells) and cells[place]:
            fault = fault or f"cell {str(entry.get('r'))[:_SHOWN]} stands twice"
        cells.extend([""] * (place + 1 - len(cells)))
        cells[place] = text
    return SheetRow(parser.row_counter, cells, fault)


def _text(cell: Any, entry: Any, book: Any) -> str:  # noqa: ANN401
    from openpyxl.worksheet._reader import FORMULA_TAG

    value, formula = cell["value"], entry.find(FORMULA_TAG)
    if formula is not None and not formula.text and not formula.get("t"):
        return "="  # how pandas writes that text: a formula of nothing, with or without a result
    if value is None:
        return "" if formula is None else f"={formula.text or '(shared formula)'}"
    if isinstance(value, float | int) and not isinstance(value, bool):
        # 45 % is stored as 0.45 with a format that shows it: what counts is what people saw.
        style = book._cell_styles[cell["style_id"]]
        if "%" in _number_format(book, style.numFmtId):
            return NumberText(f"{cell_text(float(value) * 100.0)}%")
        return cell_text(value)
    return cell_text(value).strip()


def _number_format(book: Any, number: int) -> str:  # noqa: ANN401
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    if number < BUILTIN_FORMATS_MAX_SIZE:
        return str(BUILTIN_FORMATS.get(number, "General"))
    return str(book._number_formats[number - BUILTIN_FORMATS_MAX_SIZE])


def _require_bounds(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > _UNPACKED_LIMIT:
        raise _too_large(path, "workbook", unpacked)
    for entry in entries:
        if "sharedStrings" in entry.filename and entry.file_size > _STRINGS_LIMIT:
            raise _too_large(path, f"part {entry.filename}", entry.file_size)
        for ratio, floor, name in _RATIOS:
            packed = max(entry.compress_size, 1)
            if name in entry.filename and entry.file_size > max(floor, ratio * packed):
                raise _too_large(path, f"part {entry.filename}", entry.file_size)


def _too_large(path: Path, what: str, unpacked: int) -> FileFormatError:
    return FileFormatError(
        f"the {what} unpacks from {path.stat().st_size / 2**20:.1f} to {unpacked / 2**20:,.0f} MiB",
        place=path.name,
        remedy="export the sheet as CSV, which is streamed",
    )


def _damaged(error: Exception, place: str) -> FileFormatError:
    said = str(error) or type(error).__name__
    return FileFormatError(
        f"the workbook cannot be read ({said[:200]})",
        place=place,
        remedy="open and save it again, or export the sheet as CSV",
    )


def _again(place: str, number: int, last: int) -> FileFormatError:
    return FileFormatError(
        f"row {number} {'stands twice' if number == last else f'stands behind row {last}'}",
        place=f"{place}:{number}",
        remedy="open the workbook and save it again",
    )
