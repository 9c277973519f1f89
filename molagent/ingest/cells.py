"""The cells of one row by their titles, and what short words in them mean."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from molagent.ingest.notations import Notation
from molagent.ingest.potencies import RefusedPotencyError, is_missing, split_number

__all__ = [
    "NO_WARNING",
    "Cells",
    "listed",
    "parse_date",
    "parse_flag",
    "parse_number",
    "shown",
    "unknown_name",
]

#: In a column of warnings or verdicts: nothing speaks against the value.
NO_WARNING: Final = frozenset(
    (
        *("", "0", "false", "manually validated", "no", "n", "pass", "passed", "ok", "good"),
        *("valid", "accepted", "approved", "include", "included", "keep", "done", "complete"),
    )
)

_TRUE: Final = frozenset({"true", "t", "yes", "y", "1", "x", "excluded", "outlier"})
_FALSE: Final = frozenset({"", "false", "f", "no", "n", "0", "nan", "none"})
_SHOWN: Final = 60


class Cells(Mapping[str, str]):
    """The texts of one row by their titles, without blanks around them.

    A column of numbers gives them with a decimal point and plain signs, however the file writes
    them; :meth:`as_read` gives what stands there.
    """

    def __init__(
        self,
        cells: Sequence[str],
        places: Mapping[str, int],
        notations: Mapping[str, Notation] | None = None,
    ) -> None:
        self._cells = cells
        self._places = places
        self._notations = notations or {}
        self._plain: dict[str, str] = {}

    def __getitem__(self, title: str) -> str:
        """Return a cell's text, or its number as :class:`Notation` writes it."""
        text = self._cells[self._places[title]]
        if title not in self._notations:
            return text.strip()
        if title not in self._plain:
            self._plain[title] = self._notations[title].plain(text).strip()
        return self._plain[title]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the titles."""
        return iter(self._places)

    def __len__(self) -> int:
        """Return how many columns are looked at."""
        return len(self._places)

    def text(self, title: str) -> str:
        """Return a cell's text, or '' where the layout names no column."""
        return self[title] if title else ""

    def as_read(self, title: str) -> str:
        """Return a cell's text with the blanks around it."""
        return self._cells[self._places[title]]


def parse_flag(text: str, title: str) -> bool:
    """Return whether a cell says yes.

    Raises
    ------
    RefusedPotencyError
        If it says neither yes nor no.

    Examples
    --------
    >>> parse_flag("x", "outlier"), parse_flag("", "outlier")
    (True, False)
    """
    plain = text.lower()
    if plain in _TRUE or plain in _FALSE:
        return plain in _TRUE
    raise RefusedPotencyError("value", f"{title!r} is {text!r}, not yes or no")


def parse_number(text: str, title: str) -> float | None:
    """Return the number of a cell, a percent sign left aside; None where nothing was measured.

    Raises
    ------
    RefusedPotencyError
        If it is no number, or a bound.

    Examples
    --------
    >>> parse_number("55.5 %", "inhibition"), parse_number("n/a", "inhibition")
    (55.5, None)
    """
    if is_missing(text):
        return None
    try:
        number, before, rest = split_number(text)
    except RefusedPotencyError as error:
        raise RefusedPotencyError("value", f"{title!r} is {text!r}, not a number") from error
    if before not in ("", "=") or rest not in ("", "%"):
        raise RefusedPotencyError("value", f"{title!r} is {text!r}, not a number")
    return number


def parse_date(text: str, form: str) -> date | None:
    """Return the day of a cell, None where it is blank.

    Parameters
    ----------
    form
        As ``strptime`` reads it.

    Raises
    ------
    RefusedPotencyError
        If it is another text.

    Examples
    --------
    >>> parse_date("2021-03-04", "%Y-%m-%d")
    datetime.date(2021, 3, 4)
    """
    if not text:
        return None
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day
    except ValueError as error:
        raise RefusedPotencyError(
            "value", f"{shown(text)} is no date as {form!r}", remedy="give date_format"
        ) from error


def listed(cell: str) -> tuple[str, ...]:
    """Return the texts of a cell that commas separate."""
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def shown(text: str) -> str:
    """Return a text as it is quoted in a reason, cut where it is long."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def unknown_name(name: str) -> str:
    """Return why a row that only names its structure is rejected where none is known by it."""
    return f"no structure is known for the name {shown(name)}"
