"""One project file, opened late and closed after each transaction.

While one process has a DuckDB file open for writing, no other can open it, not even read-only. So
nothing is held between two calls, and a chemist with a notebook open can still run the CLI.
"""

from __future__ import annotations

import contextlib
import getpass
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb

from molagent.errors import StoreError, StoreFullError
from molagent.store.arrow import (
    BATCH_ROWS,
    Parameters,
    frame_of,
    reader_of,
    registered,
    table_of,
)
from molagent.store.connection import prepare, sign, transaction
from molagent.store.faults import store_error
from molagent.store.migrations import copy_to_current
from molagent.store.schema import (
    VERSION,
    create_project,
    read_version,
    require_current,
)
from molagent.store.template import copy_empty_project
from molagent.store.turns import Turns, default_wait, take_turn

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Database", "frame_of", "registered"]

# SQL may come from a notebook cell or an agent's tool: it sees this file, not the disk, and never
# a variable of the calling Python frame. No extension is fetched: projects work offline.
# A large file is one transaction: each row group goes to disk when it is full, and not five of
# each table together.
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "write_buffer_row_group_count": 1,
}
_T = TypeVar("_T")
_LOG: Final = logging.getLogger(__name__)

# One queue a file, shared by all Database objects of this process: DuckDB refuses a second
# connection with other settings (read-only beside writing) to a file the process has open.
_TURNS: Final[dict[Path, Turns]] = {}


class Database:
    """The project's memory: one DuckDB file.

    Parameters
    ----------
    path
        The project file. It need not exist before :meth:`migrate`.
    wait_s
        How long to try again while another process has the file open; by default the seconds that
        the environment variable ``MOLAGENT_WAIT`` says, else 120.
    actor
        Who writes, as the audit trail will say; without it the name of the operating system's
        user. A name that is given is a statement, not a proof of identity.
    """

    def __init__(self, path: Path, *, wait_s: float | None = None, actor: str = "") -> None:
        self.path = Path(path)
        self.wait_s = default_wait() if wait_s is None else wait_s
        self.actor = actor or _user_name()
        place = self.path.resolve()
        self._turns = _TURNS.setdefault(place, Turns(place))
        self._writing = False
        self._depth = 0
        self._current = False

    @contextlib.contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file read-only for the length of the ``with`` block.

        Opening takes 0.1 s, most of it to read the tables' definitions; blocks inside another
        share what is open, so one around several reads saves that.

        Raises
        ------
        StoreLockedError
            If another process has the file open for writing for longer than `wait_s`.
        StoreError
            If there is no project file, or the block's SQL fails.
        """
        with self._opened(read_only=True) as con:
            self._require_current(con)
            yield con

    @contextlib.contextmanager
    def write(self, *, origin: str = "python") -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file for one transaction, committed at the end of the ``with`` block.

        Any exception in the block, a keyboard interrupt included, rolls everything back.

        Parameters
        ----------
        origin
            What is done, for the audit trail: ``"ingest jak1.csv"``. An entry without one was
            written past molagent.

        Raises
        ------
        StoreLockedError
            If another process has the file open for longer than `wait_s`.
        StoreFullError
            If the disk is full; nothing was written.
        StoreError
            If there is no project file, or the block's SQL fails.
        """
        with self._opened(read_only=False) as con:
            self._require_current(con)
            sign(con, self.actor, origin)
            with transaction(con):
                yield con

    def query(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """Return the rows of one SELECT as a frame; `parameters` are bound, never pasted.

        Raises
        ------
        StoreError
            If the SQL is wrong or would write.
        """
        with self.read() as con:
            return frame_of(con, sql, parameters)

    def to_arrow(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Return the rows of one SELECT as an Arrow table, dates and nulls as they are stored.

        Raises
        ------
        StoreError
            If the SQL is wrong or would write.
        """
        with self.read() as con:
            return table_of(con, sql, parameters)

    def scan(
        self, sql: str, parameters: Parameters = (), *, batch_rows: int = BATCH_ROWS
    ) -> pa.RecordBatchReader:
        """Return the rows of one SELECT batch by batch, in bounded memory.

        The project file is closed again when this returns, so that others can write while the
        caller reads: a large answer waits in a temporary file of its own and is one state of
        the project.

        Parameters
        ----------
        batch_rows
            At most so many rows a batch.

        Raises
        ------
        StoreError
            If the SQL is wrong or would write.
        StoreFullError
            If the temporary folder has no room for the answer.
        """
        with self.read() as con:
            return reader_of(con, sql, parameters, batch_rows=batch_rows)

    def version(self) -> int:
        """Return the version that the file's tables are of; 0 where there is no file yet.

        Raises
        ------
        StoreError
            If the file is not a molagent project, or a newer molagent wrote it.
        """
        if not self.path.exists():
            return 0
        with self._opened(read_only=True) as con:
            return read_version(con, place=str(self.path))

    def migrate(self) -> Path | None:
        """Create the file if need be, and bring one of an earlier version up to this one.

        The earlier file stays beside it as it was, and the log says so.

        Returns
        -------
        pathlib.Path or None
            The earlier file under its new name, ``jak1.duckdb.version-7``; None where there was
            nothing to bring up to date.

        Raises
        ------
        StoreError
            If the file is not a molagent project, or a newer molagent wrote it.
        StoreLockedError
            If another process has the file open for longer than `wait_s`.
        StoreFullError
            If the disk has no room for it; nothing was changed.
        """
        with self._turns.lock:
            version = self.version()
            earlier = None
            if version == 0:
                self._create()
            elif version != VERSION:
                self._require_closed()
                earlier = self._patiently(
                    lambda: copy_to_current(self.path, actor=self.actor), self.wait_s
                )
                _LOG.warning(
                    "%s was of version %d and is of version %d now; as it was, it is kept as %s",
                    self.path,
                    version,
                    VERSION,
                    earlier.name,
                )
        self._current = True
        return earlier

    def _create(self) -> None:
        self._make_folder()
        if not self.path.exists():
            try:
                if copy_empty_project(self.path, actor=self.actor):
                    return
            except OSError as error:
                raise store_error(error, self.path) from error
        with self._opened(read_only=False, create=True) as con:
            sign(con, self.actor, "migrate")
            with transaction(con):
                # Another process may have been faster.
                if read_version(con, place=str(self.path)) == 0:
                    create_project(con)

    @contextlib.contextmanager
    def _opened(
        self, *, read_only: bool, create: bool = False
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._turns.lock:
            if self._writing or not read_only:
                self._require_closed()
            with self._turns.mine(shared=read_only, wait_s=self.wait_s) as left_s:
                con = self._connect(read_only=read_only, create=create, wait_s=left_s)
                self._writing = not read_only
                self._depth += 1
                try:
                    yield con
                except duckdb.Error as error:
                    raise store_error(error, self.path) from error
                except OSError as error:
                    # The block may do other things with files; only a full disk is the store's
                    # matter.
                    translated = store_error(error, self.path)
                    if isinstance(translated, StoreFullError):
                        raise translated from error
                    raise
                finally:
                    self._writing = False
                    self._depth -= 1
                    con.close()

    def _require_closed(self) -> None:
        if self._depth:
            raise StoreError(
                "this thread has the project file open already",
                place=str(self.path),
                remedy="use the connection of the open block, or leave it before writing",
            )

    def _connect(
        self, *, read_only: bool, create: bool, wait_s: float
    ) -> duckdb.DuckDBPyConnection:
        if not create and not self.path.exists():
            raise StoreError(
                "there is no project file",
                place=str(self.path),
                remedy="check the path, or create the project first",
            )
        con = self._patiently(
            lambda: duckdb.connect(str(self.path), read_only=read_only, config=_SETTINGS), wait_s
        )
        prepare(con)
        self._require_file(con)
        return con

    def _patiently(self, act: Callable[[], _T], wait_s: float) -> _T:
        """Do it again until nobody else has the file open, for `wait_s` at most."""
        return take_turn(act, lambda error: _meaning(error, self.path), wait_s)

    def _require_file(self, con: duckdb.DuckDBPyConnection) -> None:
        """Refuse data files: given ``x.csv``, DuckDB opens a view of it and writes to memory."""
        paths = con.execute("SELECT path FROM duckdb_databases() WHERE NOT internal").fetchall()
        if paths == [(None,)]:
            con.close()
            raise StoreError(
                "this is not a molagent project file",
                place=str(self.path),
                remedy="give the path of a project file, for example project.duckdb",
            )

    def _require_current(self, con: duckdb.DuckDBPyConnection) -> None:
        if not self._current:
            require_current(con, place=str(self.path))
            self._current = True

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise store_error(error, self.path) from error


def _meaning(error: Exception, path: Path) -> StoreError | None:
    return store_error(error, path) if isinstance(error, duckdb.Error | OSError) else None


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user need not have a name
        return "unknown"
