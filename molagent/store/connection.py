"""What every connection that writes to a project file does first."""

import contextlib
from collections.abc import Iterator

import duckdb

__all__ = ["prepare", "sign", "transaction"]


def prepare(con: duckdb.DuckDBPyConnection) -> None:
    """Let nothing but the file and its rows decide what a statement does and prints."""
    con.execute("SET python_enable_replacements = false")
    # The audit trail keeps a row's dates as text: one zone, whoever writes where.
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")  # only the command line prints


def sign(con: duckdb.DuckDBPyConnection, actor: str, origin: str) -> None:
    """Say who writes and why: the triggers put it into the audit trail."""
    con.execute("SET VARIABLE molagent_actor = ?", [actor])
    con.execute("SET VARIABLE molagent_origin = ?", [origin])


@contextlib.contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit what the block did, or nothing of it if it raises."""
    con.begin()
    try:
        yield
        con.commit()
    except BaseException:
        # A failed commit has ended the transaction already; a second rollback is an error.
        with contextlib.suppress(duckdb.Error):
            con.rollback()
        raise
