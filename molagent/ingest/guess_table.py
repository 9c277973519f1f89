"""What is known of one table while its layout is put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TypeAlias

from molagent.errors import FileFormatError
from molagent.ingest.column_roles import ColumnRoles
from molagent.ingest.title_words import TitleWords, is_potency

__all__ = ["GuessTable", "Samples", "not_guessed"]

#: Title to the texts in the first rows, '' where a cell is blank.
Samples: TypeAlias = Mapping[str, Sequence[str]]


@dataclass(slots=True)
class GuessTable:
    """What is known of one table while its layout is put together."""

    header: Sequence[str]
    file_name: str
    roles: ColumnRoles
    words: dict[str, TitleWords]
    given: Mapping[str, object]
    samples: Samples
    doubts: list[str]
    notes: list[str] = field(default_factory=list)

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return PurePath(self.file_name.removesuffix(".gz")).stem


def not_guessed(table: GuessTable, missing: str, free: Sequence[str] = ()) -> FileFormatError:
    """Return the error for a table in which something is missing, with the remedy.

    Parameters
    ----------
    free
        Columns that could be values: one whose unit is missing is named.
    """
    listing = ", ".join(repr(title) for title in table.header)
    no_unit = [title for title in free if _lacks_unit(table.words[title])]
    remedy = "name the columns: --smiles, --value, --unit or --scale"
    if no_unit:
        missing, remedy = "units", f"say the unit of {no_unit[0]!r}: --value, --unit or --scale"
    return FileFormatError(
        f"no column of {listing} looks like {missing}", place=table.file_name, remedy=remedy
    )


def _lacks_unit(words: TitleWords) -> bool:
    return is_potency(words.quantity) and not words.beside
