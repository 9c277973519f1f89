"""Numbered changes of the project file's tables, applied once each and never changed afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

import duckdb

from molagent.errors import StoreError

__all__ = ["Migration", "applied_names", "apply_pending", "known_migrations", "require_current"]

_CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    name       VARCHAR PRIMARY KEY,
    sha256     VARCHAR NOT NULL,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of ``schema/``: its name without the suffix, its SQL and the SQL's SHA-256."""

    name: str
    sql: str
    sha256: str


@lru_cache(maxsize=1)
def known_migrations() -> tuple[Migration, ...]:
    """Return the migrations this version of molagent ships, in order."""
    folder = files("molagent.store") / "schema"
    texts = {
        entry.name.removesuffix(".sql"): entry.read_text(encoding="utf-8")
        for entry in folder.iterdir()
        if entry.name.endswith(".sql")
    }
    return tuple(
        Migration(name, texts[name], sha256(texts[name].encode()).hexdigest())
        for name in sorted(texts)
    )


def applied_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the names of the applied migrations, in order; empty for a new file."""
    return [name for name, _ in _ledger(con)]


def require_current(
    con: duckdb.DuckDBPyConnection, known: Sequence[Migration], *, place: str
) -> None:
    """Raise unless the file has exactly the tables this version of molagent works with.

    Raises
    ------
    StoreError
        If a migration is pending, was changed since it was applied, or is not known.
    """
    pending = _pending(con, known, place=place)
    if pending:
        raise StoreError(
            f"the project file lacks {', '.join(migration.name for migration in pending)}",
            place=place,
            remedy="bring it up to date with Database.migrate()",
        )


def apply_pending(
    con: duckdb.DuckDBPyConnection, known: Sequence[Migration], *, place: str
) -> list[str]:
    """Apply what is pending inside the caller's transaction and return the names."""
    if not _ledger(con) and _tables(con):
        raise StoreError(
            "this is a DuckDB file, but not a molagent project",
            place=place,
            remedy="give the path of a project file, or of one that does not exist yet",
        )
    pending = _pending(con, known, place=place)
    if pending:
        con.execute(_CREATE_LEDGER)
    for migration in pending:
        con.execute(migration.sql)
        con.execute(
            "INSERT INTO migration (name, sha256) VALUES (?, ?)",
            [migration.name, migration.sha256],
        )
    return [migration.name for migration in pending]


def _pending(
    con: duckdb.DuckDBPyConnection, known: Sequence[Migration], *, place: str
) -> list[Migration]:
    by_name = {migration.name: migration for migration in known}
    done = _ledger(con)
    for name, digest in done:
        if name not in by_name:
            raise StoreError(
                f"the project file was written by a newer molagent (it has {name})",
                place=place,
                remedy="update molagent",
            )
        if by_name[name].sha256 != digest:
            raise StoreError(
                f"migration {name} was changed after it was applied to this file",
                place=place,
                remedy="install the molagent version that wrote the file",
            )
    names = {name for name, _ in done}
    return [migration for migration in known if migration.name not in names]


def _ledger(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    if "migration" not in _tables(con):
        return []
    return con.execute("SELECT name, sha256 FROM migration ORDER BY name").fetchall()


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    rows = con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
    return {name for (name,) in rows}
