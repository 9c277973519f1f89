"""Plates drawn as plates: blocks of 8 x 12, 16 x 24 and so on inside a sheet of cells.

A block begins at column numbers above row letters. Several may stand side by side; a row may have a
line for each of several reads, named behind it; a part of a plate has the letters and numbers of
what was read.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.plate_names import find_barcode
from molagent.ingest.sources import find_format
from molagent.ingest.tables import unreadable
from molagent.ingest.workbooks import open_workbook, sheet_rows

__all__ = ["PLATE_SIZES", "Block", "find_blocks", "parse_well", "read_cells", "row_letters"]

# Columns to rows of the plates that are made.
PLATE_SIZES: Final[dict[int, int]] = {4: 3, 6: 4, 8: 6, 12: 8, 24: 16, 48: 32}
_LONGEST_COLUMN: Final = 8
_WELL: Final = re.compile(r"^([A-Za-z]{1,2})\s*0*(\d{1,2})$")
_LETTERS: Final = 26
_MOST_ROWS: Final = 48
_FEWEST_COLUMNS: Final = 3  # of a part of a plate without a corner that says so
_CORNERS: Final = ("<>", "< >")
# Of a sheet: more lines than any export of plates has.
_MOST_LINES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of cells that is drawn as a plate, or as a part of one.

    Attributes
    ----------
    cells
        Row by row, as text.
    above
        The filled lines between the block before it and this one.
    line
        Of its column numbers, or of its first row where it has none, counted from 1.
    row_lines
        Of its rows, counted from 1.
    rows, first_column
        Of the plate, from 1.
    read
        What stands behind its rows: several reads may share the lines of a row.
    title
        The nearest line above it, or the cell of it that stands over this block.
    note
        What had to be taken for granted: rows that are missing, letters that nobody wrote.
    """

    cells: tuple[tuple[str, ...], ...]
    above: tuple[tuple[str, ...], ...] = ()
    line: int
    row_lines: tuple[int, ...]
    rows: tuple[int, ...]
    first_column: int = 1
    read: str = ""
    title: str = ""
    note: str = ""

    @property
    def barcode(self) -> str:
        """From the lines above it, '' if they do not say."""
        return find_barcode(self.above)

    @property
    def label(self) -> str:
        """The lines above it, joined: what the block shows."""
        return " | ".join(" ".join(filter(None, cells)) for cells in self.above)

    def wells(self) -> Iterator[tuple[int, int, str, int]]:
        """Yield row and column from 1, the text, and the line of the file."""
        for row, cells, line in zip(self.rows, self.cells, self.row_lines, strict=True):
            for column, text in enumerate(cells, start=self.first_column):
                yield row, column, text, line


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


@dataclass(frozen=True, slots=True)
class _Header:
    """Column numbers side by side: where they stand, the first of them, and how many."""

    place: int
    first: int
    count: int
    letters: int

    @property
    def is_whole(self) -> bool:
        return self.first == 1 and self.count in PLATE_SIZES


def find_blocks(lines: Sequence[Sequence[str]], *, place: str) -> list[Block]:
    """Return the blocks of a sheet that have row letters and column numbers, from the top.

    Raises
    ------
    FileFormatError
        If a block ends early or its rows are out of order.
    """
    blocks: list[Block] = []
    above: list[tuple[str, ...]] = []
    number = 0
    while number < len(lines):
        headers = _headers(lines, number)
        if not headers:
            if cells := filled_cells(lines[number]):
                above.append(cells)
            number += 1
            continue
        end = number + 1
        for header in headers:
            _require_unbroken(lines[number], header, f"{place}:{number + 1}")
            found, last = _blocks(lines, number, header, tuple(above), place)
            if len(headers) > 1:
                found = [replace(block, read=block.read or block.title) for block in found]
            blocks.extend(found)
            end = max(end, last)
        above = []
        number = end
    return blocks


def filled_cells(line: Sequence[str]) -> tuple[str, ...]:
    """Return a line's cells without the blanks around them; () if all of them are empty."""
    cells = tuple(cell.strip() for cell in line)
    return cells if any(cells) else ()


def _headers(lines: Sequence[Sequence[str]], number: int) -> list[_Header]:
    following = lines[number + 1] if number + 1 < len(lines) else []
    texts = [cell.strip().removesuffix(".0") for cell in lines[number]]
    headers: list[_Header] = []
    place = 1
    while place < len(texts):
        count = _run(texts, place)
        if count:
            letters = place - 1
            if headers and not _row_number(_cell(following, letters)):
                letters = headers[0].letters
            header = _Header(place, int(texts[place]), count, letters)
            corner = texts[place - 1] in _CORNERS
            enough = header.is_whole or corner or count >= _FEWEST_COLUMNS
            if enough and count <= max(PLATE_SIZES) and _row_number(_cell(following, letters)):
                headers.append(header)
        place += max(count, 1)
    return headers


def _run(texts: Sequence[str], place: int) -> int:
    """Return how many numbers follow each other from here on, 0 if here stands none."""
    text = texts[place]
    # Thousands of digits are no number of a column, and more than an integer is read from.
    if not text.isdecimal() or len(text) > _LONGEST_COLUMN:
        return 0
    if not 1 <= int(text) <= max(PLATE_SIZES):
        return 0
    first, count = int(text), 1
    while place + count < len(texts) and texts[place + count].lstrip("0") == str(first + count):
        count += 1
    return count


def _require_unbroken(line: Sequence[str], header: _Header, place: str) -> None:
    """Refuse column numbers with an odd one among them: its column would be lost."""
    expected = header.first + header.count
    text = _cell(line, header.place + header.count)
    after = _cell(line, header.place + header.count + 1).lstrip("0")
    if text and (after == str(expected + 1) or text.lstrip("0").startswith(str(expected))):
        raise FileFormatError(
            f"the column numbers break off at {text!r}, where {expected} should stand",
            place=place,
            remedy="number the columns through",
        )


def _row_number(text: str) -> int:
    """Return which row a letter names, 0 if it names none."""
    try:
        return parse_well(f"{text}1")[0] if text.isalpha() else 0
    except ValueError:
        return 0


def _blocks(
    lines: Sequence[Sequence[str]],
    number: int,
    header: _Header,
    above: tuple[tuple[str, ...], ...],
    place: str,
) -> tuple[list[Block], int]:
    """Return a header's blocks, one a read, and the line after them."""
    first_row = _row_number(_cell(lines[number + 1], header.letters))
    upper = _cell(lines[number + 1], header.letters).isupper()
    reads: dict[str, dict[int, tuple[int, tuple[str, ...]]]] = {}
    row, at, gaps = first_row - 1, number + 1, False
    while at < len(lines):
        letter = _cell(lines[at], header.letters)
        read = _read_name(lines[at], header.place + header.count)
        named = _row_number(letter)
        if upper and len(letter) == 1 and letter.islower():
            named += _LETTERS  # BMG's readers count A to Z, then a to f
        if named > row:
            gaps = gaps or named > row + 1
            row = named
        elif letter or not read:
            break
        reads.setdefault(read, {})[row] = (at + 1, _cells(lines[at], header))
        at += 1
    n_rows = row - first_row + 1
    short = header.is_whole and first_row == 1 and n_rows < PLATE_SIZES[header.count]
    whole = header.is_whole and first_row == 1 and not short and not gaps
    letter = _cell(lines[at], header.letters) if at < len(lines) else ""
    # Where the file or the letters go wrong it is cut off; a part of a plate is closed by a blank
    # line or by what follows it.
    if short and not gaps and (at >= len(lines) or _row_number(letter)):
        raise FileFormatError(
            f"a plate of {header.count} columns lacks row {row_letters(row + 1)}, "
            f"here stands {letter!r}",
            place=f"{place}:{at + 1}",
            remedy="export the whole plate, rows in order",
        )
    last = header.first + header.count - 1
    part = f"{row_letters(first_row)}{header.first} to {row_letters(row)}{last}"
    part += ", not every row" if gaps else ""
    blocks = [
        Block(
            cells=tuple(cells for _, cells in found.values()),
            above=above,
            line=number + 1,
            row_lines=tuple(line for line, _ in found.values()),
            rows=tuple(found),
            first_column=header.first,
            read=read,
            title=_title(above, header.place),
            note="" if whole else f"a part of a plate, {part}",
        )
        for read, found in reads.items()
    ]
    return blocks, at


def _cells(line: Sequence[str], header: _Header) -> tuple[str, ...]:
    return tuple(_cell(line, header.place + column) for column in range(header.count))


def _read_name(line: Sequence[str], place: int) -> str:
    """Return the text behind a row, '' where a number or nothing stands there."""
    text = _cell(line, place)
    return "" if not text or looks_like_number(text) or _row_number(text) else text


def looks_like_number(text: str) -> bool:
    """Return whether a cell holds a number, whatever its decimal mark."""
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _title(above: Sequence[tuple[str, ...]], place: int) -> str:
    if not above:
        return ""
    nearest = above[-1]
    over = [cell for cell in nearest[max(place - 1, 0) : place + 1] if cell]
    if over and sum(map(bool, nearest)) > 1 and place > 1:
        return over[0]
    return " ".join(filter(None, nearest))


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
    head = text[:20_000].splitlines()
    # Decimal commas are no separators where semicolons or tabs stand between the cells.
    return max(
        ("\t", ";", ","),
        key=lambda mark: sum(mark in line for line in head),
    )


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
