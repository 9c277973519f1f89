"""Structures of compounds that a file only names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError
from molagent.ingest.layouts import Layout
from molagent.ingest.readouts import Lookup
from molagent.ingest.sources import open_table
from molagent.ingest.tables import column_place

__all__ = ["StructureNames", "read_lookup"]

_SHOWN: Final = 3


class StructureNames:
    """Finds a structure by name: in what was given, else through the layout's tables in turn.

    Parameters
    ----------
    layout
        Whose lookups are read, when the first name is looked up.
    folder
        Where the tables are: beside the file that is read.
    given
        Name to SMILES.
    """

    def __init__(self, layout: Layout, folder: Path, given: Mapping[str, str]) -> None:
        self._layout = layout
        self._folder = folder
        self._given = given
        self._tables: list[dict[str, str]] | None = None

    def find(self, name: str) -> str:
        """Return the structure that a name stands for, or ''."""
        if name in self._given:
            return self._given[name]
        if not self._layout.lookups:
            return ""
        if self._tables is None:
            self._tables = [read_lookup(self._folder, entry) for entry in self._layout.lookups]
        found = name
        for table in self._tables:
            found = table.get(found, "")
            if found in self._given:
                return self._given[found]
        return found


def read_lookup(folder: Path, lookup: Lookup) -> dict[str, str]:
    """Read one table of names.

    A name that stands for two different things is left out: nobody could say which is meant.

    Raises
    ------
    FileFormatError
        If the table is not there.
    """
    path = folder / lookup.file
    if not path.exists():
        raise FileFormatError(
            f"the layout looks names up in {lookup.file!r}, which is not there",
            place=str(folder),
            remedy="put it beside the file, or give structures",
        )
    table = open_table(path)
    key = column_place(table.header, lookup.key, place=table.name)
    value = column_place(table.header, lookup.value, place=table.name)
    found: dict[str, str] = {}
    twice: set[str] = set()
    for row in table.records():
        name, stands_for = row.cells[key].strip(), row.cells[value].strip()
        if row.fault or not name or not stands_for:
            continue
        if found.setdefault(name, stands_for) != stands_for:
            twice.add(name)
    return {name: text for name, text in found.items() if name not in twice}
