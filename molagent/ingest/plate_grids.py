"""Plates drawn as plates: blocks of 8 x 12, 16 x 24 and so on inside a sheet of cells."""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.sources import find_format
from molagent.ingest.tables import unreadable
from molagent.ingest.workbooks import open_workbook, sheet_rows

__all__ = ["PLATE_SIZES", "Block", "find_blocks", "parse_well", "read_cells", "row_letters"]

# Columns to rows of the plates that are made.
PLATE_SIZES: Final[dict[int, int]] = {4: 3, 6: 4, 8: 6, 12: 8, 24: 16, 48: 32}
_WELL: Final = re.compile(r"^([A-Za-z]{1,2})\s*0*(\d{1,2})$")
_BARCODE: Final = re.compile(
    r"\b(?:plate(?:\s*(?:id|name|barcode|no\.?|number))?|barcode)\s*[:=#]?\s*$", re.IGNORECASE
)
_BARCODE_INLINE: Final = re.compile(
    r"\b(?:plate(?:\s*(?:id|name|barcode|no\.?|number))?|barcode)\s*[:=#]\s*(\S.*)$", re.IGNORECASE
)
_LETTERS: Final = 26
_MOST_ROWS: Final = 48
# Of a sheet: more lines than any export of plates has.
_MOST_LINES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Block:
    """One plate-shaped block of cells.

    Attributes
    ----------
    barcode
        From the lines above it, '' if they do not say.
    label
        The lines above it, joined: what the block shows.
    line
        Of its column numbers, counted from 1.
    cells
        Row by row, as text.
    """

    barcode: str
    label: str
    line: int
    cells: tuple[tuple[str, ...], ...]

    @property
    def n_rows(self) -> int:
        """Rows of the plate."""
        return len(self.cells)

    @property
    def n_columns(self) -> int:
        """Columns of the plate."""
        return len(self.cells[0])


def parse_well(text: str) -> tuple[int, int]:
    """Return row and column of a well, both from 1.

    Raises
    ------
    ValueError
        If the text is no well.

    Examples
    --------
    >>> parse_well("A01"), parse_well("p24"), parse_well("AF48")
    ((1, 1), (16, 24), (32, 48))
    """
    match = _WELL.match(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no well")
    row = 0
    for letter in match[1].upper():
        row = row * _LETTERS + ord(letter) - ord("A") + 1
    column = int(match[2])
    if not (1 <= row <= _MOST_ROWS and column >= 1):
        raise ValueError(f"{text!r} is on no plate that is made")
    return row, column


def row_letters(row: int) -> str:
    """Return the letters of a row, from 1.

    Examples
    --------
    >>> row_letters(1), row_letters(27)
    ('A', 'AA')
    """
    first, second = divmod(row - 1, _LETTERS)
    return (chr(ord("A") + first - 1) if first else "") + chr(ord("A") + second)


def read_cells(path: Path) -> dict[str, list[list[str]]]:
    """Return the cells of a text file, or of each sheet of a workbook, by sheet ('' for text).

    Raises
    ------
    FileFormatError
        If the file cannot be read.
    """
    path = Path(path)
    if find_format(path).name == "xlsx":
        return _sheets(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    text = _decoded(raw)
    if "\x00" in text:
        raise FileFormatError(
            "the file holds zero bytes: it is not text",
            place=path.name,
            remedy="export the plate as CSV or XLSX",
        )
    try:
        return {"": list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))}
    except csv.Error as error:
        raise FileFormatError(
            f"the cells cannot be read ({error})",
            place=path.name,
            remedy="look for a quote that is never closed",
        ) from error


def find_blocks(lines: Sequence[Sequence[str]], *, place: str) -> list[Block]:
    """Return the plate-shaped blocks of a sheet, from the top.

    Raises
    ------
    FileFormatError
        If a block ends early or its rows are out of order.
    """
    blocks: list[Block] = []
    above: list[str] = []
    number = 0
    while number < len(lines):
        found = _column_numbers(lines[number])
        following = lines[number + 1] if number + 1 < len(lines) else []
        if found is None or _cell(following, found[0] - 1).upper() != "A":
            words = " ".join(cell.strip() for cell in lines[number] if cell.strip())
            if words:
                above.append(words)
            number += 1
            continue
        first, n_columns = found
        n_rows = PLATE_SIZES[n_columns]
        rows = [
            _block_row(lines, number + 1 + row, row, (first, n_columns), place)
            for row in range(n_rows)
        ]
        label = " | ".join(above)
        blocks.append(Block(_barcode(above), label, number + 1, tuple(rows)))
        above = []
        number += 1 + n_rows
    return blocks


def _block_row(
    lines: Sequence[Sequence[str]], number: int, row: int, where: tuple[int, int], place: str
) -> tuple[str, ...]:
    first, n_columns = where
    line = lines[number] if number < len(lines) else []
    found = _cell(line, first - 1)
    if found.upper() != row_letters(row + 1):
        raise FileFormatError(
            f"a plate of {n_columns} columns lacks row {row_letters(row + 1)}, "
            f"here stands {found!r}",
            place=f"{place}:{number + 1}",
            remedy="export the whole plate, rows in order",
        )
    return tuple(_cell(line, first + column) for column in range(n_columns))


def _column_numbers(line: Sequence[str]) -> tuple[int, int] | None:
    """Return where the numbers 1 .. n stand side by side, and n, if n is a plate's width."""
    texts = [cell.strip().removesuffix(".0") for cell in line]
    for start, text in enumerate(texts):
        if text not in ("1", "01") or start == 0:
            continue
        count = 1
        while start + count < len(texts) and texts[start + count].lstrip("0") == str(count + 1):
            count += 1
        if count in PLATE_SIZES:
            return start, count
    return None


def _barcode(above: Sequence[str]) -> str:
    for words in reversed(above):
        if found := _BARCODE_INLINE.search(words):
            return found[1].strip()
        head, _, last = words.rpartition(" ")
        if head and _BARCODE.search(head):
            return last.strip()
    return ""


def _cell(line: Sequence[str], place: int) -> str:
    return line[place].strip() if 0 <= place < len(line) else ""


def _decoded(raw: bytes) -> str:
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return raw.decode(encoding)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Plate readers write the micro sign and the degree sign in the system's own encoding.
        return raw.decode("latin-1")


def _delimiter(text: str) -> str:
    head = text[:20_000]
    return max((",", "\t", ";"), key=head.count)


def _sheets(path: Path) -> dict[str, list[list[str]]]:
    with closing(open_workbook(path)) as book:
        sheets: dict[str, list[list[str]]] = {}
        for sheet in book.worksheets:
            lines = sheets.setdefault(str(sheet.title), [])
            for row in sheet_rows(book, sheet.title, path):
                # Rows that the file leaves out are blank ones.
                lines.extend([] for _ in range(min(row.number - 1, _MOST_LINES) - len(lines)))
                if row.fault:
                    raise FileFormatError(
                        row.fault,
                        place=f"{path.name}[{sheet.title}]:{row.number}",
                        remedy="open the workbook and save it again",
                    )
                lines.append(list(row.cells))
        return sheets
