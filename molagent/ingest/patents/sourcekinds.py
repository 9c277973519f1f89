"""What a kind of patent file is: how it is recognised, its columns and its rows."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from molagent.ingest.patents.rows import GivenRow, RefusedRow, SkippedRow
from molagent.ingest.sources import open_table
from molagent.ingest.tables import Table, file_digest, unreadable

__all__ = ["PatentFile", "PatentFormat", "Rows"]

Rows: TypeAlias = Iterator[GivenRow | RefusedRow | SkippedRow]
_LONGEST_LINE: int = 1 << 22


@dataclass(frozen=True, kw_only=True)
class PatentFile:
    """A file that is looked at; each part of it is read when it is asked for.

    Attributes
    ----------
    document
        Of own disclosures without a column that names the document.
    client
        Whose disclosures are read; '' for the house's own.
    """

    path: Path
    document: str = ""
    client: str = ""

    @cached_property
    def table(self) -> Table:
        """The file as a table."""
        return open_table(self.path)

    @cached_property
    def first_line(self) -> str:
        """The first line of a text, broken bytes replaced."""
        try:
            with self.path.open("rb") as stream:
                return stream.readline(_LONGEST_LINE).decode("utf-8", "replace")
        except OSError as error:
            raise unreadable(self.path, error) from error

    @cached_property
    def digest(self) -> tuple[str, int]:
        """SHA-256 and size of the file."""
        if "table" in self.__dict__:
            return self.table.sha256, self.table.bytes
        return file_digest(self.path)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the table was read."""
        return tuple(self.table.notes) if "table" in self.__dict__ else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PatentFormat:
    """A kind of file.

    Attributes
    ----------
    licence
        The line that stands beside every answer from it.
    recognises
        Whether a file is one of this kind.
    columns
        Gives role to title, for the user to see; raises if a needed one is missing.
    rows
        Reads the file, from the beginning each time.
    own
        Its documents need no publication number.
    """

    name: str
    title: str
    licence: str
    recognises: Callable[[PatentFile], bool]
    columns: Callable[[PatentFile], Mapping[str, str]]
    rows: Callable[[PatentFile], Rows]
    own: bool = False
