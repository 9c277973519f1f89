"""Files that list structures: read as they come, every row accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from molagent.errors import FileFormatError
from molagent.ingest.readers import read_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_structure_file"]


def read_structure_file(path: Path | str) -> pd.DataFrame:
    """Read a delimited file of structures, one row a structure, all cells as text.

    Delimiter and encoding are found from the file. One column is enough. Blank lines are left out;
    a row that does not fit the header stops the reading, because its cells would stand under other
    titles.

    Raises
    ------
    FileFormatError
        If the file is empty, not text, has a header and no rows, two columns of one title, or a
        row that does not fit the header.
    """
    import pandas as pd

    table = read_table(Path(path), one_column=True)
    for title in filter(None, table.header):
        table.column(title)
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
    return pd.DataFrame(rows, columns=list(table.header))
