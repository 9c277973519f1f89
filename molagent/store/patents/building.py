"""Builds a release folder: tables beside the ones in use, moved into place when they are whole."""

import contextlib
import shutil
import uuid
from collections.abc import Iterator, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Final, Self

import duckdb
import pyarrow as pa

from molagent.errors import FileFormatError, StoreError, StoreLockedError
from molagent.records import PatentRelease
from molagent.store.faults import store_error
from molagent.store.patents.given import create_given, resolve_given
from molagent.store.patents.manifest import (
    DATABASE,
    INDEX,
    MANIFEST,
    Manifest,
    file_entries,
    is_release,
    read_manifest,
    write_manifest,
)
from molagent.store.patents.numbering import (
    count_changes,
    create_staged,
    number_rows,
    read_index_rows,
)
from molagent.store.patents.sourcefiles import list_sources
from molagent.store.patents.structures import StructureCache
from molagent.store.patents.totals import ReleaseTotals

__all__ = ["ReleaseBuilder"]

_STRUCTURES: Final = "structures.duckdb"
_TABLES: Final = ("source_file", "patent", "activity", "refusal")
_STAGED_TABLES: Final = {
    "source_compound": "given_compound",
    "mention": "given_mention",
    "given_row": "given_row",
    "given_activity": "given_activity",
}


class ReleaseBuilder:
    """Fills ``patents.duckdb.part`` and, at the end, puts it in the place of the release.

    Used as a context manager; leaving it before :meth:`finish` leaves the folder as it was, but
    for the structures that were computed, which the next build takes up.

    Parameters
    ----------
    folder
        The release folder; made if need be.
    kind
        What the folder holds (``surechembl``, ``bindingdb``, ...). A folder holds one kind.
    visibility
        ``public``, ``own`` or ``client``. A folder holds one.
    client
        Whose disclosures they are, where `visibility` is ``client``.
    settings
        Versions and limits that decide keys, see :class:`StructureCache`.
    grow
        Begin with what the folder holds; without it the release is made anew.
    memory
        Limit of DuckDB's memory; what does not fit waits on disk.

    Raises
    ------
    StoreError
        If the folder holds something of another kind or visibility.
    """

    def __init__(
        self,
        folder: Path,
        *,
        kind: str,
        visibility: str,
        client: str = "",
        settings: Mapping[str, object],
        grow: bool = False,
        memory: str = "1GB",
        threads: int = 2,
    ) -> None:
        self.folder = Path(folder)
        self.kind = kind
        self.visibility = visibility
        self.client = client
        self.settings = dict(settings)
        self.computed = 0
        self._grow = grow
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": threads,
        }
        self._part = self.folder / f"{DATABASE}.part"
        self._spill = self.folder / "spill.part"
        self._con: duckdb.DuckDBPyConnection | None = None
        self._cache: StructureCache | None = None
        self.notes: list[str] = []

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection: tables of the build, ``known`` and, if there is one, ``before``."""
        if self._con is None:
            raise StoreError("the build is not open", remedy="use it in a with block")
        return self._con

    @property
    def structures(self) -> StructureCache:
        """What is known of raw structures."""
        if self._cache is None:
            raise StoreError("the build is not open", remedy="use it in a with block")
        return self._cache

    @property
    def index_folder(self) -> Path:
        """Where the index of this build is written."""
        return self.folder / f"{INDEX}.part"

    def __enter__(self) -> Self:
        """Open the build."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise store_error(error, self.folder) from error
        before = self._before()
        con = self._locked()
        try:
            # Only now: the remains could be those of a sync that is running.
            self._clear()
            self._set_up(con, before)
        except duckdb.Error as error:
            con.close()
            raise store_error(error, self.folder) from error
        self._con = con
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        """Close the build; what was not finished is removed."""
        self._close()
        self._clear()
        if isinstance(error, duckdb.Error):
            raise store_error(error, self.folder) from error

    def add(self, table: str, rows: pa.Table) -> None:
        """Append rows to one of the tables, columns by name."""
        if table not in (*_TABLES, *_STAGED_TABLES):
            raise StoreError(f"no table {table!r} in a release")
        name = _STAGED_TABLES.get(table, table)
        self.con.register("given_rows", rows)
        self.con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given_rows")  # noqa: S608
        self.con.unregister("given_rows")

    def resolve(self) -> None:
        """Bring rows of files into the tables: publications, structures, mentions, activities."""
        resolve_given(self.con)

    def unchanged(self, note: str) -> ReleaseTotals:
        """Return the totals of the release that is there, which stays as it is."""
        return ReleaseTotals.of(read_manifest(self.folder), notes=(*self.notes, note))

    def count(self, table: str) -> int:
        """Return how many rows a table of the build has."""
        if table not in (*_TABLES, "source_compound", "mention", "compound"):
            raise StoreError(f"no table {table!r} in a release")
        ((found,),) = self.con.execute(f"SELECT count(*) FROM main.{table}").fetchall()  # noqa: S608
        return int(found)

    def number_rows(self) -> int:
        """Give every parent and every unreadable structure its row; return how many there are.

        Raises
        ------
        StoreError
            If structures are left that were not computed.
        """
        if missing := self.structures.find_missing():
            raise StoreError(f"{missing} structures have no keys", place=str(self.folder))
        number_rows(self.con, merge=self._grow)
        return self.count("compound")

    def index_rows(self, batch: int = 20_000) -> Iterator[pa.RecordBatch]:
        """Yield what the index holds, row by row: parent, four keys and fingerprint words.

        An unreadable structure has None everywhere.
        """
        yield from read_index_rows(self.con, batch)

    def finish(
        self, *, release: str, scope: str, licence: str, source: str, built_on: date
    ) -> ReleaseTotals:
        """Write what the folder is and move it into place; ``release.json`` comes last."""
        con, build = self.con, uuid.uuid4().hex
        if not self.index_folder.is_dir():
            raise StoreError("the build has no index", place=str(self.folder))
        added, kept, dropped = (
            count_changes(con) if self._has_before else (self.count("compound"), 0, 0)
        )
        if dropped:
            self.notes.append(f"{dropped} structures of the release before are not in this one")
        con.execute(
            "INSERT INTO main.release VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [build, release, scope, licence, source, self.visibility, self.client, built_on],
        )
        con.execute(
            "INSERT INTO main.build VALUES (?, now()::TIMESTAMP, ?, ?, ?, ?, ?, ?)",
            [build, release, scope, added, kept, dropped, self.computed],
        )
        flags = dict(
            con.execute(
                "SELECT flag, count(*) FROM main.compound WHERE flag <> '' GROUP BY flag "
                "ORDER BY flag"
            ).fetchall()
        )
        words = PatentRelease(
            release=release,
            scope=scope,
            licence=licence,
            source=source,
            built_on=built_on,
            n_publications=self.count("patent"),
            n_compounds=self.count("compound"),
            n_mentions=self.count("mention"),
            n_unreadable=self._unreadable(),
            visibility=self.visibility,
            client=self.client,
        )
        totals = ReleaseTotals(
            release=words,
            added=added,
            kept=kept,
            dropped=dropped,
            computed=self.computed,
            refused=self.count("refusal"),
            n_activities=self.count("activity"),
            flags=flags,
            notes=tuple(self.notes),
        )
        sources = list_sources(con)
        self._close()
        self._move_into_place()
        write_manifest(
            self.folder,
            Manifest(
                release=words,
                build=build,
                kind=self.kind,
                files=file_entries(self.folder),
                sources=sources,
                counts={
                    "activities": totals.n_activities,
                    "refused_rows": totals.refused,
                    **{f"flag_{flag}": count for flag, count in flags.items()},
                },
                settings=self.settings,
            ),
        )
        return totals

    # -- inside ----------------------------------------------------------------------------------

    def _before(self) -> bool:
        """Return whether the folder holds a release to compare with and, maybe, to grow."""
        if not is_release(self.folder) and not (self._grow and (self.folder / DATABASE).exists()):
            return False
        try:
            manifest = read_manifest(self.folder)
        except FileFormatError as error:
            if self._grow:
                # What earlier files brought would be lost without a word.
                raise FileFormatError(
                    f"what the folder holds cannot be added to ({error.message})",
                    place=str(self.folder),
                    remedy="remove the folder and import its files again",
                ) from error
            self.notes.append(f"what the folder held before could not be read: {error}")
            return False
        for what, ours, theirs in (
            ("kind", self.kind, manifest.kind),
            ("visibility", self.visibility, manifest.release.visibility),
            ("client", self.client, manifest.release.client),
        ):
            if ours != theirs:
                raise StoreError(
                    f"the folder holds {what} {theirs!r}, this would add {ours!r}",
                    place=str(self.folder),
                    remedy="give it a folder of its own: one release folder is of one source",
                )
        return True

    def _locked(self) -> duckdb.DuckDBPyConnection:
        """Return a connection that holds the folder: nobody else builds in it meanwhile."""
        # In memory with files attached: DuckDB keeps one instance a path and process, and a reader
        # of the release that is in use would be handed to us.
        con = duckdb.connect(config=self._config)
        con.execute("SET temp_directory = ?", [str(self._spill)])
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET enable_progress_bar = false")
        con.execute("SET python_enable_replacements = false")
        con.execute("SET TimeZone = 'UTC'")
        try:
            con.execute("ATTACH ? AS known", [str(self.folder / _STRUCTURES)])
        except duckdb.Error as error:
            con.close()
            translated = store_error(error, self.folder)
            if isinstance(translated, StoreLockedError):
                raise StoreLockedError(
                    "another sync or import is working in this folder",
                    place=str(self.folder),
                    remedy="wait until it has finished",
                ) from error
            raise translated from error
        return con

    def _set_up(self, con: duckdb.DuckDBPyConnection, before: bool) -> None:  # noqa: FBT001
        con.execute("ATTACH ? AS built", [str(self._part)])
        con.execute("USE built")
        for sql in _schema():
            con.execute(sql)
        create_staged(con)
        create_given(con)
        if before:
            con.execute("ATTACH ? AS before (READ_ONLY)", [str(self.folder / DATABASE)])
            con.execute("INSERT INTO main.build SELECT * FROM before.build")
        if before and self._grow:
            for table in _TABLES:
                con.execute(
                    f"INSERT INTO main.{table} BY NAME SELECT * FROM before.{table}"  # noqa: S608
                )
            # The structures as they were given: a molblock is known by its SMILES from now on.
            con.execute(
                "INSERT INTO given_compound SELECT source_no, source_id, smiles "
                "FROM before.source_compound"
            )
            con.execute('INSERT INTO given_mention SELECT * EXCLUDE ("row") FROM before.mention')
        self._has_before = before
        self._cache = StructureCache(con, self.settings)
        if self._cache.forgotten:
            self.notes.append(
                f"{self._cache.forgotten} structures were computed with other settings and are "
                "computed again"
            )

    def _unreadable(self) -> int:
        ((found,),) = self.con.execute(
            "SELECT count(*) FROM main.compound WHERE parent IS NULL"
        ).fetchall()
        return int(found)

    def _close(self) -> None:
        con, self._con, self._cache = self._con, None, None
        if con is not None:
            con.close()

    def _clear(self) -> None:
        for path in (self._part, Path(f"{self._part}.wal")):
            path.unlink(missing_ok=True)
        index = self.index_folder
        for folder in (self._spill, index, Path(f"{index}.partial"), Path(f"{index}.old")):
            shutil.rmtree(folder, ignore_errors=True)

    def _move_into_place(self) -> None:
        try:
            # From here until the new release.json there is no release: never half of each.
            (self.folder / MANIFEST).unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError):
                shutil.rmtree(self.folder / INDEX)
            self._part.replace(self.folder / DATABASE)
            self.index_folder.replace(self.folder / INDEX)
        except OSError as error:
            raise store_error(error, self.folder) from error


def _schema() -> list[str]:
    folder = files("molagent.store.patents") / "schema"
    entries = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return [entry.read_text(encoding="utf-8") for entry in entries]
