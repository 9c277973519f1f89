"""The tables of a project file, as this version of molagent makes them.

The SQL lies in ``schema/``, a file a subject; the triggers are made from a table of keys
(:mod:`molagent.store.audit_triggers`). To change a table: change its SQL and raise `VERSION`. A
project of an earlier version is then copied into a new file, table by table
(:mod:`molagent.store.migrations`), so nothing but the rows' own changes has to be said there.
"""

import re
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

import duckdb

from molagent.errors import StoreError
from molagent.store import audit_triggers
from molagent.store.audit_triggers import trigger_statements

__all__ = [
    "VERSION",
    "advance_sequence",
    "create_project",
    "create_tables",
    "create_triggers",
    "read_ledger",
    "read_version",
    "require_current",
    "schema_digest",
    "sign_ledger",
]

VERSION: Final = 9
"""Of the tables. A project file names the version that it is of."""

_NAME: Final = f"{VERSION:04d}"
# In the order in which they can be made: a foreign key points to a table that is there.
_SUBJECTS: Final = (
    "compounds",
    "assays",
    "plates",
    "results",
    "curves",
    "orders",
    "campaigns",
    "optimisation",
    "snapshots",
    "models",
    "audit",
)
_COMMENT: Final = re.compile(r"--.*")
_LEDGER: Final = """
CREATE TABLE migration (
    name       VARCHAR PRIMARY KEY,             -- begins with the version
    sha256     VARCHAR NOT NULL,                -- of the SQL that made the tables
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""


def create_project(con: duckdb.DuckDBPyConnection) -> None:
    """Make an empty project inside the caller's transaction."""
    create_tables(con)
    audit_triggers.begin_trail(con)
    create_triggers(con)
    sign_ledger(con)


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables, views and macros, without a row and without a trigger."""
    for text in _texts():
        con.execute(text)
    con.execute(_LEDGER)


def create_triggers(con: duckdb.DuckDBPyConnection) -> None:
    """Make the triggers of the trail: every row that is written from now on is in it."""
    for statement in trigger_statements():
        con.execute(statement)


def sign_ledger(con: duckdb.DuckDBPyConnection) -> None:
    """Write down which version the file is of."""
    con.execute("INSERT INTO migration (name, sha256) VALUES (?, ?)", [_NAME, schema_digest()])


def read_ledger(con: duckdb.DuckDBPyConnection, *, place: str) -> list[tuple[str, str]]:
    """Return the versions that the file has been of, oldest first: their names and digests.

    Raises
    ------
    StoreError
        If the file has tables, but not those of a project.
    """
    rows = con.execute(
        "SELECT table_name FROM duckdb_tables()"
        " WHERE NOT internal AND database_name = current_database()"
    ).fetchall()
    tables = {name for (name,) in rows}
    if not tables:
        return []
    if "migration" in tables and (
        done := con.execute("SELECT name, sha256 FROM migration ORDER BY name").fetchall()
    ):
        return done
    raise StoreError(
        "this is a DuckDB file, but not a molagent project",
        place=place,
        remedy="give the path of a project file, or of one that does not exist yet",
    )


def read_version(con: duckdb.DuckDBPyConnection, *, place: str) -> int:
    """Return the version that the file is of; 0 for an empty one.

    Raises
    ------
    StoreError
        If the file is no project, is of a later version, or is of this version's number but was
        made by other SQL.
    """
    done = read_ledger(con, place=place)
    if not done:
        return 0
    name, digest = done[-1]
    version = int(name[:4]) if name[:4].isdecimal() else VERSION + 1
    if version > VERSION:
        raise StoreError(
            f"the project file was written by a newer molagent (it has {name})",
            place=place,
            remedy="update molagent",
        )
    if version == VERSION and (name, digest) != (_NAME, schema_digest()):
        raise StoreError(
            f"the project file says that it is of version {version}, but was made by other SQL",
            place=place,
            remedy="install the molagent version that wrote the file",
        )
    return version


def require_current(con: duckdb.DuckDBPyConnection, *, place: str) -> None:
    """Raise unless the file has exactly the tables this version of molagent works with.

    Raises
    ------
    StoreError
        If the file is of another version.
    """
    version = read_version(con, place=place)
    if version != VERSION:
        raise StoreError(
            f"the project file is of version {version}; this molagent works with {VERSION}",
            place=place,
            remedy="bring it up to date with Database.migrate()",
        )


def advance_sequence(con: duckdb.DuckDBPyConnection, sequence: str, last: int) -> None:
    """Let a new sequence go on after `last`: DuckDB cannot set one."""
    con.execute("SELECT max(nextval(?)) FROM range(?)", [sequence, last])


@lru_cache(maxsize=1)
def _texts() -> tuple[str, ...]:
    folder = files("molagent.store") / "schema"
    return tuple((folder / f"{name}.sql").read_text(encoding="utf-8") for name in _SUBJECTS)


@lru_cache(maxsize=1)
def schema_digest() -> str:
    """Return the SHA-256 of the SQL without its comments and line breaks, which make no table."""
    text = "\n".join((*_texts(), *trigger_statements()))
    return sha256(" ".join(_COMMENT.sub("", text).split()).encode()).hexdigest()
