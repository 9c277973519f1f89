"""The files a project was fed: each one remembered with its hash, its mapping and its counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError
from molagent.store.arrow import Rows, as_pandas, registered
from molagent.store.database import Database
from molagent.store.receipts import REJECTION_COLUMNS, FileReading

__all__ = ["SourceFile", "find_file_id", "insert_rejections", "load_sources", "register_source"]

_INSERT: Final = """
INSERT INTO source_file
    (file_id, name, sha256, bytes, encoding, delimiter, mapping, n_rows, accepted, rejected, kind)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_REJECTION: Final = """
INSERT INTO rejection (file_id, source_row, field, kind, reason, raw)
SELECT $file_id, source_row, field, kind, reason, raw FROM rejection_frame
"""
_SOURCES: Final = """
SELECT file_id, name, sha256, bytes, encoding, delimiter, mapping, n_rows, accepted, rejected,
       read_at, kind
FROM source_file ORDER BY read_at, name
"""


@dataclass(frozen=True, kw_only=True)
class SourceFile(FileReading):
    """One file that was read, as the project remembers it.

    Attributes
    ----------
    kind
        What it brought: results, structures, plates, points, orders.
    mapping
        Which column was read as what, as plain values: part of the file's identity, so that
        another column of the same file can still be read.
    """

    kind: str
    n_rows: int
    accepted: int
    rejected: int
    mapping: Mapping[str, object] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str = ""


def register_source(con: duckdb.DuckDBPyConnection, source: SourceFile) -> bool:
    """Remember a file; return False, and change nothing, if it was read the same way before.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    """
    known = con.execute("SELECT 1 FROM source_file WHERE file_id = ?", [source.file_id]).fetchall()
    if known:
        return False
    con.execute(
        _INSERT,
        [
            source.file_id,
            source.name,
            source.sha256,
            source.bytes,
            source.encoding,
            source.delimiter,
            source.mapping_json,
            source.n_rows,
            source.accepted,
            source.rejected,
            source.kind,
        ],
    )
    return True


def insert_rejections(con: duckdb.DuckDBPyConnection, rows: Rows, *, file_id: str) -> None:
    """Remember which rows of a registered file were refused, and why.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    rows
        Columns `molagent.store.receipts.REJECTION_COLUMNS` and, where one cell of a row was
        refused, ``field``.
    """
    given = as_pandas(rows)
    if given.empty:
        return
    frame = given[list(REJECTION_COLUMNS)].assign(field=given.get("field", ""))
    with registered(con, "rejection_frame", frame):
        con.execute(_INSERT_REJECTION, {"file_id": file_id})


def load_sources(db: Database) -> pd.DataFrame:
    """Return every file that was read, with its hash, encoding, mapping, counts and kind."""
    return db.query(_SOURCES)


def find_file_id(db: Database, name: str) -> str:
    """Return the ``file_id`` of the newest file of that name.

    Raises
    ------
    NotFoundError
        If no file of that name was read.
    """
    sources = load_sources(db)
    named = sources[sources["name"] == name]
    if named.empty:
        raise NotFoundError("file", name, known=sources["name"])
    return str(named["file_id"].iloc[-1])
