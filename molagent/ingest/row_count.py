"""Where the lines of a file went: counted apart from what reads their cells, and compared."""

from dataclasses import dataclass, field
from typing import Final

from molagent.errors import FileFormatError

__all__ = ["RowCount"]

_SHOWN: Final = 5


@dataclass(slots=True)
class RowCount:
    """Where each line of a file went.

    Attributes
    ----------
    total
        How many there are, counted without reading cells.
    word
        What is counted: ``line``, ``row``, ``record``, ``element``.
    head
        The header, what stands above it, and lines that describe columns.
    rows
        Those that were handed on, good or faulty.
    inside
        Lines that go on with a cell of the line above.
    blank
        The numbers of those without text, of which the first few are named.
    """

    total: int = 0
    word: str = "line"
    head: int = 0
    rows: int = 0
    inside: int = 0
    n_blank: int = 0
    blank: list[int] = field(default_factory=list)

    def begin(self) -> None:
        """Count from the start: the file is read again."""
        self.head = self.rows = self.inside = self.n_blank = 0
        self.blank = []

    def leave_out(self, number: int) -> None:
        """Count one without text."""
        self.n_blank += 1
        if len(self.blank) < _SHOWN:
            self.blank.append(number)

    def check(self, place: str, last: int) -> None:
        """Compare what was read with what is there.

        Parameters
        ----------
        last
            The number of the last row that was read.

        Raises
        ------
        FileFormatError
            If some are neither a row, nor of the header, nor blank.
        """
        seen = self.head + self.rows + self.inside + self.n_blank
        if seen != self.total:
            raise FileFormatError(
                f"the file has {self.total} {self.word}s, of which {seen} were read: "
                f"{abs(self.total - seen)} would be lost",
                place=f"{place}:{last}",
                remedy=f"look at the file behind {self.word} {last}, or write it again",
            )

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the lines that became no row."""
        if not self.n_blank:
            return ()
        listing = ", ".join(map(str, self.blank))
        more = ", ..." if self.n_blank > len(self.blank) else ""
        plural = "" if self.n_blank == 1 else "s"
        return (f"{self.n_blank} blank {self.word}{plural} passed over: {listing}{more}",)
