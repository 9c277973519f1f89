"""Which files a release was read from, and words for what they brought."""

from typing import Any, Final

import duckdb

__all__ = ["add_source", "has_source", "list_sources", "publication_words", "source_words"]

_FEW: Final = 3
_NAMES: Final = ("name", "format", "bytes", "sha256", "url")


def add_source(
    con: duckdb.DuckDBPyConnection,
    *,
    name: str,
    kind: str,
    sha256: str,
    size: int,
    n_rows: int,
    refused: int = 0,
    url: str | None = None,
) -> None:
    """Note a file that was read."""
    con.execute(
        "INSERT INTO source_file SELECT coalesce(max(file_id), 0) + 1, ?, ?, ?, ?, ?, ?, ? "
        "FROM source_file",
        [name, kind, sha256, size, url, n_rows, refused],
    )


def has_source(con: duckdb.DuckDBPyConnection, sha256: str) -> bool:
    """Return whether a file with these bytes was read into the release."""
    ((found,),) = con.execute(
        "SELECT count(*) FROM source_file WHERE sha256 = ?", [sha256]
    ).fetchall()
    return bool(found)


def list_sources(con: duckdb.DuckDBPyConnection) -> tuple[dict[str, Any], ...]:
    """Return the files: ``name, format, bytes, sha256, url``, in the order they were read."""
    rows = con.execute(
        "SELECT name, format, bytes, sha256, url FROM source_file ORDER BY file_id"
    ).fetchall()
    return tuple(dict(zip(_NAMES, row, strict=True)) for row in rows)


def source_words(con: duckdb.DuckDBPyConnection) -> str:
    """Return the names of the files, or how many there are."""
    names = [str(source["name"]) for source in list_sources(con)]
    return ", ".join(names) if len(names) <= _FEW else f"{len(names)} files"


def publication_words(con: duckdb.DuckDBPyConnection) -> str:
    """Return the numbers of the publications, or how many there are."""
    numbers = con.execute(
        "SELECT publication_number FROM patent ORDER BY publication_number LIMIT ?", [_FEW + 1]
    ).fetchall()
    if len(numbers) <= _FEW:
        return ", ".join(number for (number,) in numbers)
    ((found,),) = con.execute("SELECT count(*) FROM patent").fetchall()
    return f"{found} publications"
