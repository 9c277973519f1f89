"""What every reader gives: a header of titles, and rows of text that are streamed."""

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from molagent.errors import FileFormatError
from molagent.ingest.row_count import RowCount

__all__ = [
    "NumberText",
    "Row",
    "Table",
    "cell_text",
    "column_place",
    "file_digest",
    "is_filled",
    "unreadable",
    "width_fault",
]

_CHUNK_BYTES: Final = 1 << 20
# Binary floating point: 0.1 + 0.2 is stored as 0.30000000000000004, which nobody measured.
_DIGITS: Final = 15


class NumberText(str):
    """The text of a cell that the file holds as a number: its point is a decimal point."""

    __slots__ = ()


class Row(NamedTuple):
    """One row as it was read.

    Attributes
    ----------
    number
        What a person would look for: the line of a spreadsheet (header 1), the record of an SDF,
        the element of a JSON list (from 1), the ``activity_id`` of a ChEMBL dump.
    cells
        As text, one a title.
    fault
        Why the row cannot be used, or ''.
    """

    number: int
    cells: Sequence[str]
    fault: str = ""


class Table(Protocol):
    """A file whose header was read; rows are streamed and may be read more than once."""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of the file's bytes."""
        ...

    @property
    def bytes(self) -> int:
        """Size of the file."""
        ...

    @property
    def encoding(self) -> str:
        """The text's encoding, or the name of the format where it is not text."""
        ...

    @property
    def delimiter(self) -> str:
        """What separates cells; '' where nothing does."""
        ...

    @property
    def header(self) -> tuple[str, ...]:
        """Titles of the columns."""
        ...

    @property
    def units(self) -> Mapping[str, str]:
        """Title to the unit that a line below the titles states."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the file was read."""
        ...

    @property
    def counted(self) -> RowCount:
        """Where the lines of the file went, once :meth:`records` has come to its end."""
        ...

    def records(self) -> Iterator[Row]:
        """Yield the data rows, blank ones left out.

        Raises
        ------
        FileFormatError
            At a place that cannot be read; at the end, if rows were lost on the way.
        """
        ...


def column_place(header: Sequence[str], name: str, *, place: str) -> int:
    """Return the place of a column.

    Raises
    ------
    FileFormatError
        If the header lacks it, or has it twice; the error names the closest match.
    """
    found = [index for index, title in enumerate(header) if title == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise FileFormatError(
            f"the header has {len(found)} columns {name!r}",
            place=place,
            remedy="give each column a name of its own",
        )
    listing = ", ".join(repr(title) for title in header)
    lower = {title.lower(): title for title in header}
    close = difflib.get_close_matches(name, header, n=1, cutoff=0.4)
    close = [lower[name.lower()]] if name.lower() in lower else close
    hint = f"did you mean {close[0]!r}?" if close else "name one of these columns"
    raise FileFormatError(f"no column {name!r} among {listing}", place=place, remedy=hint)


def width_fault(cells: Sequence[str], width: int) -> str:
    """Return why a row does not fit the header, or ''. Blank cells beyond the header are fine."""
    if len(cells) == width or (len(cells) > width and not is_filled(cells[width:])):
        return ""
    return f"the row has {len(cells)} cells, the header {width}"


def is_filled(cells: Sequence[str]) -> bool:
    """Return whether any cell has text."""
    return any(map(str.strip, cells))


def cell_text(value: object) -> str:
    """Return a cell of a spreadsheet, Parquet or JSON file as the text a person reads there.

    Examples
    --------
    >>> cell_text(10.0), cell_text(None), cell_text(0.1 + 0.2), cell_text(True)
    ('10', '', '0.3', 'true')
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() | Decimal() | int():
            return NumberText(_number_text(value) if isinstance(value, float) else value)
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return str(value)


def file_digest(path: Path) -> tuple[str, int]:
    """Return the SHA-256 and the size of a file, read once and not held in memory.

    Raises
    ------
    FileFormatError
        If the file cannot be read.
    """
    digest, size = sha256(), 0
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise unreadable(path, error) from error
    return digest.hexdigest(), size


def unreadable(path: Path, error: OSError) -> FileFormatError:
    """Return the error for a file that the system does not give."""
    return FileFormatError(
        f"the file cannot be read ({error.strerror or error})",
        place=str(path),
        remedy="check the path and its permissions",
    )


def _number_text(value: float) -> str:
    if math.isnan(value):
        return ""
    if not math.isfinite(value):
        return repr(value)
    if value.is_integer() and abs(value) < 10.0**_DIGITS:
        return str(int(value))
    exact, short = repr(value), f"{value:.{_DIGITS}g}"
    # Of the noise of binary fractions the text is cleared; the largest number has no shorter one.
    is_noise = len(exact) > _DIGITS + 2 and math.isfinite(float(short))
    return short if is_noise else exact
