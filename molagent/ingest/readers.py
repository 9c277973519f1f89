"""Delimited text as it comes from instruments and spreadsheets: encodings, delimiters, headers."""

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.formulas import unguarded_row
from molagent.ingest.encodings import MIXED, open_text, scan_text, wrong_encoding
from molagent.ingest.quoting import QuotedRows
from molagent.ingest.row_count import RowCount
from molagent.ingest.table_start import LOOKED_AT, TableStart, find_start
from molagent.ingest.tables import Row, column_place, is_filled, unreadable, width_fault

__all__ = ["DELIMITERS", "TextTable", "delimited", "read_table"]

DELIMITERS: Final = (",", "\t", ";", "|")
_NAMES: Final = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
_SAID: Final = re.compile(r'^\ufeff?"?sep=([,;\t|])"?\s*$', re.IGNORECASE)
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTable:
    """A delimited text file whose header was read; rows are streamed.

    Attributes
    ----------
    encoding
        ``utf-8``, ``utf-8-sig``, ``utf-16``, ``utf-32``, ``latin-1`` where nothing
        else fits, or ``utf-8+latin-1`` where both occur.
    sha256, bytes
        Of the file as it is on disk.
    """

    path: Path
    sha256: str
    bytes: int
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_row: int = 1
    described: frozenset[int] = frozenset()
    units: Mapping[str, str] = field(default_factory=dict)
    start_notes: tuple[str, ...] = ()
    counted: RowCount = field(default_factory=RowCount, compare=False)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the file was read."""
        said = {
            MIXED: "the text is UTF-8 with Latin-1 bytes among it, as files pasted together are: "
            "both were read as what they are; check accents and the micro sign",
            "latin-1": "the text is not UTF-8 and was read as Latin-1: check accents and the micro "
            "sign",
        }
        of_encoding = (said[self.encoding],) if self.encoding in said else ()
        return (*of_encoding, *self.start_notes)

    def column(self, name: str) -> int:
        """Return the place of a column.

        Raises
        ------
        FileFormatError
            If the header lacks it, or has it twice; the error names the closest match.
        """
        return column_place(self.header, name, place=self.name)

    def records(self) -> Iterator[Row]:
        """Yield rows with the fault of those that do not fit the header."""
        width = len(self.header)
        for number, cells in self.rows():
            yield Row(number, cells, width_fault(cells, width))

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield row numbers and cells, numbered as a spreadsheet does; blank rows are left out.

        Raises
        ------
        FileFormatError
            If a quote is never closed, a byte is not of the encoding, or the lines that were read
            are not all that there are.
        """
        counted, number = self.counted, 0
        counted.begin()
        with open_text(self.path, self.encoding) as stream:
            try:
                for cells, n_lines in QuotedRows(stream, delimiter=self.delimiter, place=self.name):
                    number += 1
                    counted.inside += n_lines - 1
                    if number <= self.header_row or number in self.described:
                        counted.head += 1
                    elif is_filled(cells):
                        counted.rows += 1
                        yield number, unguarded_row(cells)
                    else:
                        counted.leave_out(number)
            except UnicodeError as error:
                raise wrong_encoding(self.encoding, error, f"{self.name}:{number + 1}") from error
            except OSError as error:
                raise unreadable(self.path, error) from error
        counted.check(self.name, number)


def read_table(
    path: Path,
    *,
    delimiter: str | None = None,
    one_column: bool = False,
    wanted: Sequence[str] = (),
) -> TextTable:
    """Read the encoding, delimiter and header of a delimited text file.

    Parameters
    ----------
    path
        CSV, TSV or the like, with a header row. What stands above it (a report's head, lines of
        ``#``, Excel's ``sep=;``) and a line of units below it are no rows, and noted.
    delimiter
        One character; found from the first lines if not given.
    one_column
        Whether a file without delimiters is a column; otherwise it is refused. Its first line is
        then the header.
    wanted
        Titles that the table has.

    Raises
    ------
    FileFormatError
        If the file is missing, empty, not text, or not delimited as said.
    """
    path = Path(path)
    if delimiter is not None and len(delimiter) != 1:
        raise FileFormatError(
            f"the delimiter {delimiter!r} is not one character",
            place=path.name,
            remedy="leave it out to have it found",
        )
    try:
        scanned = scan_text(path)
        head = _head(path, scanned.encoding)
    except OSError as error:
        raise unreadable(path, error) from error
    if not any(map(str.strip, head)):
        raise FileFormatError(
            "the file is empty", place=path.name, remedy="give a header row and data rows"
        )
    chosen = delimiter or _said_delimiter(head) or _sniff(head, wanted, one_column=one_column)
    chosen = chosen or (DELIMITERS[0] if one_column else "")
    if not chosen:
        raise _one_column(_split(head, DELIMITERS[0])[0][1][0], head, "", path.name)
    lines = _split(head, chosen)
    start = _start(lines, wanted, one_column=one_column)
    if len(start.header) == 1 and not one_column:
        raise _one_column(start.header[0], head, chosen, path.name)
    return TextTable(
        path=path,
        sha256=scanned.sha256,
        bytes=scanned.bytes,
        encoding=scanned.encoding,
        delimiter=chosen,
        header=start.header,
        header_row=start.header_rows[-1],
        described=start.described,
        units=start.units,
        start_notes=start.notes(first=lines[0][0]),
        counted=RowCount(total=scanned.lines),
    )


def delimited(cells: Sequence[str], delimiter: str) -> str:
    """Return cells as one line, quoted as in a file.

    Examples
    --------
    >>> delimited(["CCO", "1,5"], ",")
    'CCO,"1,5"'
    """
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(cells)
    return line.getvalue()


def _head(path: Path, encoding: str) -> list[str]:
    with open_text(path, encoding) as stream:
        try:
            return list(itertools.islice(stream, LOOKED_AT))
        except UnicodeError as error:
            raise wrong_encoding(encoding, error, path.name) from error


def _said_delimiter(head: Sequence[str]) -> str:
    """Return the delimiter that Excel's first line ``sep=;`` names, '' where none is."""
    match = _SAID.match(head[0])
    return match[1] if match else ""


def _split(head: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the first rows that are not blank, with their numbers."""
    rows: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(csv.reader(head, delimiter=delimiter), start=1):
            if is_filled(cells):
                rows.append((number, cells))
    except csv.Error:
        return rows or [(1, [""])]
    return rows or [(1, [""])]


def _start(
    lines: Sequence[tuple[int, list[str]]], wanted: Sequence[str], *, one_column: bool
) -> TableStart:
    """Return where the table begins: at its first line, if it may be a list without titles."""
    found = None if one_column else find_start(lines, wanted=wanted)
    number, cells = lines[0]
    header = tuple(cell.strip() for cell in cells)
    return found or TableStart(header=header, header_rows=(number,))


def _sniff(head: Sequence[str], wanted: Sequence[str], *, one_column: bool) -> str:
    """Return the delimiter that gives the header the most columns the other lines agree with.

    '' if the header has one column by any.
    """
    best, best_score = "", (0, 0)
    for delimiter in DELIMITERS:
        lines = _split(head, delimiter)
        width = len(_start(lines, wanted, one_column=one_column).header)
        agreeing = sum(len(cells) == width for _, cells in lines)
        if width > 1 and (agreeing, width) > best_score:
            best, best_score = delimiter, (agreeing, width)
    return best


def _one_column(title: str, head: Sequence[str], used: str, name: str) -> FileFormatError:
    with_columns = [
        entry for entry in DELIMITERS if entry != used and len(_split(head, entry)[0][1]) > 1
    ]
    shown = title if len(title) <= 60 else f"{title[:60]}..."
    if used and with_columns:
        return FileFormatError(
            f"the delimiter {used!r} leaves one column {shown!r}",
            place=name,
            remedy=f"the columns look {_NAMES[with_columns[0]]}-separated",
        )
    return FileFormatError(
        f"the header is one column {shown!r}",
        place=name,
        remedy="separate columns by comma, tab, semicolon or bar",
    )
