"""Delimited text as it comes from instruments and spreadsheets: encodings, delimiters, headers."""

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final, TextIO

from molagent.errors import FileFormatError
from molagent.ingest.tables import Row, column_place, is_filled, unreadable, width_fault

__all__ = ["DELIMITERS", "TextTable", "delimited", "read_table"]

DELIMITERS: Final = (",", "\t", ";", "|")
_NAMES: Final = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT: Final = (
    (b"PK\x03\x04", "a spreadsheet or zip archive", "export the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "export the sheet as CSV"),
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PAR1", "a Parquet file", "export it as CSV"),
)
# Some lines UTF-8, others not: files of several hands pasted together.
MIXED: Final = "utf-8+latin-1"
# A letter with an accent or a micro sign in UTF-8; in Latin-1 that would be two odd letters.
_UTF8_PAIR: Final = re.compile(rb"[\xc2-\xcf][\x80-\xbf]|\xe2[\x80-\xbf]{2}")
_CHUNK_BYTES: Final = 1 << 20
_SNIFFED_LINES: Final = 20
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

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the file was read."""
        if self.encoding == MIXED:
            return (
                "the text is UTF-8 with Latin-1 bytes among it, as files pasted together are: "
                "both were read as what they are; check accents and the micro sign",
            )
        if self.encoding != "latin-1":
            return ()
        return ("the text is not UTF-8 and was read as Latin-1: check accents and the micro sign",)

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
            If a quote is never closed, or a byte is not of the encoding.
        """
        number = 0
        with _open_text(self.path, self.encoding) as stream:
            try:
                for cells in csv.reader(stream, delimiter=self.delimiter):
                    number += 1
                    if number > self.header_row and is_filled(cells):
                        yield number, cells
            except csv.Error as error:
                raise FileFormatError(
                    f"the row cannot be read ({error})",
                    place=f"{self.name}:{number + 1}",
                    remedy="look for a quote that is never closed",
                ) from error
            except UnicodeError as error:
                raise _wrong_encoding(self.encoding, error, f"{self.name}:{number + 1}") from error


def read_table(path: Path, *, delimiter: str | None = None, one_column: bool = False) -> TextTable:
    """Read the encoding, delimiter and header of a delimited text file.

    Parameters
    ----------
    path
        CSV, TSV or the like, with a header row.
    delimiter
        One character; found from the first lines if not given.
    one_column
        Whether a file without delimiters is a column; otherwise it is refused.

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
        digest, size, encoding = _scan(path)
        head = _head(path, encoding)
    except OSError as error:
        raise unreadable(path, error) from error
    if not any(map(str.strip, head)):
        raise FileFormatError(
            "the file is empty", place=path.name, remedy="give a header row and data rows"
        )
    chosen = delimiter or _sniff(head) or (DELIMITERS[0] if one_column else "")
    if not chosen:
        raise _one_column(_split(head, DELIMITERS[0])[0][0], head, "", path.name)
    header = tuple(title.strip() for title in _split(head, chosen)[0])
    if len(header) == 1 and not one_column:
        raise _one_column(header[0], head, chosen, path.name)
    blank_lines = next(index for index, line in enumerate(head) if line.strip())
    return TextTable(
        path=path,
        sha256=digest,
        bytes=size,
        encoding=encoding,
        delimiter=chosen,
        header=header,
        header_row=blank_lines + 1,
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


def _scan(path: Path) -> tuple[str, int, str]:
    """Hash the file and find its encoding in one pass, without holding it in memory."""
    digest, size, encoding = sha256(), 0, ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, has_pairs = True, False
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            if size == 0:
                encoding = _marked_encoding(chunk, path.name)
            digest.update(chunk)
            size += len(chunk)
            if not encoding:
                has_pairs = has_pairs or _UTF8_PAIR.search(chunk) is not None
                is_utf8 = is_utf8 and _decodes(decoder, chunk)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    if not encoding:
        encoding = "utf-8" if is_utf8 else MIXED if has_pairs else "latin-1"
    return digest.hexdigest(), size, encoding


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final=final)
    except UnicodeDecodeError:
        return False
    return True


def _open_text(path: Path, encoding: str) -> TextIO:
    if encoding != MIXED:
        return path.open(encoding=encoding, newline="")
    codecs.register_error(MIXED, _as_latin_1)
    return path.open(encoding="utf-8", errors=MIXED, newline="")


def _as_latin_1(error: UnicodeError) -> tuple[str | bytes, int]:
    """Read what is not UTF-8 byte by byte as Latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


def _marked_encoding(chunk: bytes, name: str) -> str:
    for mark, encoding in _MARKS:
        if chunk.startswith(mark):
            return encoding
    for mark, what, remedy in _NOT_TEXT:
        if chunk.startswith(mark):
            raise FileFormatError(f"the file is {what}, not text", place=name, remedy=remedy)
    if b"\x00" in chunk:
        raise FileFormatError(
            "the file holds zero bytes: it is not text, or UTF-16 without its mark",
            place=name,
            remedy="save it as UTF-8 text",
        )
    return ""


def _head(path: Path, encoding: str) -> list[str]:
    with _open_text(path, encoding) as stream:
        try:
            return list(itertools.islice(stream, _SNIFFED_LINES))
        except UnicodeError as error:
            raise _wrong_encoding(encoding, error, path.name) from error


def _wrong_encoding(encoding: str, error: UnicodeError, place: str) -> FileFormatError:
    return FileFormatError(
        f"the text is not the {encoding} that its first bytes announce ({error})",
        place=place,
        remedy="save it as UTF-8 text",
    )


def _split(head: Sequence[str], delimiter: str) -> list[list[str]]:
    try:
        lines = [line for line in head if line.strip()]
        return list(csv.reader(lines, delimiter=delimiter)) or [[""]]
    except csv.Error:
        return [[""]]


def _sniff(head: Sequence[str]) -> str:
    """Return the delimiter that gives the header the most columns the other lines agree with.

    '' if the header has one column by any.
    """
    best, best_score = "", (0, 0)
    for delimiter in DELIMITERS:
        lines = _split(head, delimiter)
        width = len(lines[0])
        agreeing = sum(len(cells) == width for cells in lines)
        if width > 1 and (agreeing, width) > best_score:
            best, best_score = delimiter, (agreeing, width)
    return best


def _one_column(title: str, head: Sequence[str], used: str, name: str) -> FileFormatError:
    with_columns = [
        entry for entry in DELIMITERS if entry != used and len(_split(head, entry)[0]) > 1
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
