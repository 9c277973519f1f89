"""Files that list structures: read as they come, every row accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from molagent.errors import FileFormatError, StructureError
from molagent.ingest.readers import TextTable, read_table

if TYPE_CHECKING:
    import pandas as pd

    from molagent.ingest.tables import Table

__all__ = ["STRUCTURE_TITLES", "read_structure_file"]

#: Titles of a column of structures, in lower case, the likeliest first.
STRUCTURE_TITLES: Final = ("smiles", "structure", "canonical_smiles")
# A line of a list without titles: a SMILES, perhaps with its extension between bars, and a name.
_LINE: Final = re.compile(r"(?P<smiles>\S+(?:\s+\|[^|]*\|)?)\s*(?P<name>.*)")


def read_structure_file(path: Path | str) -> pd.DataFrame:
    """Read a file of structures, one row a structure, all cells as text.

    CSV and the like (delimiter and encoding are found from the file; one column is enough), SDF,
    XLSX, Parquet and JSON. A list whose first line is itself a structure has no titles: its columns
    are ``smiles, name`` and so on. The records of an SD file have a column ``smiles`` of what they
    draw. Blank lines are left out; a row that does not fit the header stops the reading, because
    its cells would stand under other titles.

    Raises
    ------
    FileFormatError
        If the file is empty, not text, has a header and no rows, two columns of one title, a row
        that does not fit the header, or a record whose molblock cannot be read.
    """
    import pandas as pd

    from molagent.ingest.sources import find_format, open_table

    path = Path(path)
    if find_format(path).name != "delimited":
        return _of_table(open_table(path))
    table = read_table(path, one_column=True)
    if _starts_with_structure(table.header):
        return pd.DataFrame(_untitled(table))
    return _of_table(table)


def _of_table(table: Table) -> pd.DataFrame:
    import pandas as pd

    for title in filter(None, table.header):
        _require_one(table, title)
    rows = []
    for row in table.records():
        if row.fault:
            raise FileFormatError(
                row.fault,
                place=f"{table.name}:{row.number}",
                remedy="correct the row; quote a cell that holds the delimiter",
            )
        rows.append(row.cells[: len(table.header)])
    if not rows:
        raise FileFormatError(
            "the file has a header and no rows", place=table.name, remedy="list structures below it"
        )
    frame = pd.DataFrame(rows, columns=list(table.header))
    return _with_smiles(frame, table.name) if _draws(table.header) else frame


def _require_one(table: Table, title: str) -> None:
    from molagent.ingest.tables import column_place

    column_place(table.header, title, place=table.name)


def _draws(header: Sequence[str]) -> bool:
    """Return whether the rows are records of molblocks without SMILES beside them."""
    from molagent.ingest.sdf import MOLBLOCK

    return MOLBLOCK in header and not {title.lower() for title in header} & {*STRUCTURE_TITLES}


def _with_smiles(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    from molagent.chem.sizes import MAX_HEAVY_ATOMS
    from molagent.ingest.parent_worker import smiles_of
    from molagent.ingest.sdf import MOLBLOCK

    drawn = []
    for number, molblock in enumerate(frame[MOLBLOCK], start=1):
        try:
            drawn.append(smiles_of(molblock, MAX_HEAVY_ATOMS))
        except StructureError as error:
            raise FileFormatError(
                error.message, place=f"{name}:{number}", remedy=error.remedy
            ) from error
    return frame.assign(smiles=drawn)


def _starts_with_structure(header: Sequence[str]) -> bool:
    """Return whether a file begins with a structure where others have their titles."""
    from molagent.chem.molecules import parse_smiles

    if {title.lower() for title in header} & {*STRUCTURE_TITLES}:
        return False
    words = header[0].split()
    try:
        return bool(words) and parse_smiles(words[0]).GetNumAtoms() > 0
    except StructureError:
        return False


def _untitled(table: TextTable) -> dict[str, list[str]]:
    """Return the columns of a list without titles, the structures first."""
    if table.delimiter == "|":  # the bars of an extension such as '|&1:1|' separate no columns
        table = read_table(table.path, delimiter="\t", one_column=True)
    lines = [list(table.header), *(cells for _, cells in table.rows())]
    if max(map(len, lines)) == 1:
        found = [match for line in lines if (match := _LINE.match(line[0].strip()))]
        return {name: [match[name] for match in found] for name in ("smiles", "name")}
    width = max(map(len, lines))
    titles = ["smiles", "name", *(f"column {place}" for place in range(3, width + 1))]
    padded = [[*line, *[""] * (width - len(line))] for line in lines]
    return {title: [line[place].strip() for line in padded] for place, title in enumerate(titles)}
