"""Project files of earlier versions: their rows go into a new file, which takes the place.

The earlier file stays beside it as it was. Whatever stops the copying, a full disk or a kill,
leaves the earlier file in its place: the new one takes it by one rename, when it is whole.
"""

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

from molagent.errors import StoreError, StoreFullError
from molagent.store.audit_triggers import AUDITED_LATE, begin_trail, tell_what_was_there
from molagent.store.connection import prepare, sign
from molagent.store.schema import (
    advance_sequence,
    create_tables,
    create_triggers,
    read_ledger,
    read_version,
    sign_ledger,
)

__all__ = ["copy_to_current"]

# What each earlier version added, and the SHA-256 of the SQL by which it did.
_EARLIER: Final = {
    "0001_assays": "611ca7abaaff374308fabe81ba3e07fe22606e42e7f157627000c906d9aeeb73",
    "0002_campaign": "de5749c86355361d45bac0a7e368d435ae6768cdc843579fbd538046dad7ba52",
    "0003_optimisation": "cfaa95003688f11508bf41a588dcb6f9362daeb4f258125823677f36fa40fd12",
    "0004_registry": "12649973f896c7213a3d3fd45dd55ad51dc479243daf606d6fe6bbf5a126c1ad",
    "0005_governance": "6f017493f6761547b34c7ad61fd9b22c85c4a59cba1b75b53d78bfea4dbbe549",
    "0006_models": "a0c9cebf7e203531694d4d6195b9297f5d855be49adfdeab5f9024c66a8abb4c",
    "0007_audit_rows": "afd57f7802c424e0d98659d8cc72bcc147f355d65920a50240391b2e940af0d4",
    "0008_patent_evidence": "d2861be8c6c646f73b00e82f6df73064777f962217eb10d3c572cb529f4df19b",
}
_REGISTRY: Final = 4
"""From this version on values have a standard unit, and assays a protocol."""
_TRAIL: Final = 5
"""From this version on there is an audit trail."""
_TRAIL_OF_ARRAYS: Final = 7
"""From this version on who, when and why stand with the link, and a row is an array."""

# Before the registry every value was a potency.
_POTENCIES: Final = """
INSERT INTO result BY NAME
SELECT *, CASE unit WHEN 'M' THEN value * 1e9 WHEN 'mM' THEN value * 1e6 WHEN 'uM' THEN value * 1e3
                    WHEN 'nM' THEN value WHEN 'pM' THEN value / 1e3 WHEN 'fM' THEN value / 1e6
                    ELSE power(10, 9 - p_value) END AS standard_value, 'nM' AS standard_unit
FROM before.result ORDER BY result_id
"""
_PROTOCOLS: Final = """
INSERT INTO assay_protocol (assay_id, endpoint, version, dimension, unit)
SELECT assay_id, endpoint, row_number() OVER (PARTITION BY endpoint ORDER BY assay_id),
       'concentration', 'nM'
FROM before.assay
"""
_LINKS_OF_OBJECTS: Final = """
INSERT INTO audit_link
SELECT k.link, 1, arg_min(e.recorded_at, e.seq), arg_min(e.actor, e.seq), arg_min(e.origin, e.seq),
       k.first_seq, k.last_seq, k.prev_hash, k.digest, k.hash
FROM before.audit_link k
LEFT JOIN before.audit_entry e ON e.seq BETWEEN k.first_seq AND k.last_seq
GROUP BY ALL ORDER BY k.link
"""
_ENTRIES_OF_OBJECTS: Final = """
INSERT INTO audit_entry BY NAME
SELECT e.seq, coalesce(k.link, -1) AS link, e.table_name, e.action, e.row_key, e.before, e.after,
       TRY(unhex(e.hash)) AS hash
FROM before.audit_entry e ASOF LEFT JOIN before.audit_link k ON e.seq >= k.first_seq
ORDER BY e.seq
"""
_TABLES: Final = """
SELECT t.table_name, list(c.column_name ORDER BY c.column_index)
FROM duckdb_tables() t JOIN duckdb_columns() c USING (database_oid, table_oid)
WHERE NOT t.internal AND t.schema_name = 'main' AND t.database_name <> 'temp'
  AND (t.database_name = current_database()) = ?
GROUP BY t.table_oid, t.table_name ORDER BY t.table_oid
"""
_SEQUENCES: Final = """
SELECT sequence_name, last_value FROM duckdb_sequences()
WHERE database_name = 'before' AND last_value IS NOT NULL
  AND sequence_name IN (SELECT sequence_name FROM duckdb_sequences()
                        WHERE database_name = current_database())
"""
_OTHER_TABLES: Final = """
SELECT schema_name, table_name, sql FROM duckdb_tables()
WHERE database_name = 'before' AND NOT internal
  AND (schema_name <> 'main' OR table_name NOT IN (SELECT unnest($ours)))
ORDER BY table_oid
"""
_OTHER_VIEWS: Final = """
SELECT sql FROM duckdb_views()
WHERE database_name = 'before' AND NOT internal AND NOT list_contains($gone, view_name)
  AND (schema_name, view_name) NOT IN (SELECT (schema_name, view_name) FROM duckdb_views()
                                       WHERE database_name = current_database())
ORDER BY view_oid
"""
# Views that earlier versions had and this one has not: their rule for a value is not the project's.
_GONE: Final = ("result_agg",)
# What the new file and its index need beside the earlier one's size.
_MARGIN: Final = 1.2


def copy_to_current(path: Path, *, actor: str) -> Path:
    """Bring a project file of an earlier version up to this one; return where the earlier one is.

    Tables and views that somebody else made in the file go over as they are.

    Parameters
    ----------
    path
        The project file, which nobody has open.
    actor
        Who does it, as the audit trail will say of rows that were there before it began.

    Returns
    -------
    pathlib.Path
        The earlier file, beside the new one: ``jak1.duckdb.version-7``. A file that has that name
        already is left alone and the next free name is taken.

    Raises
    ------
    StoreFullError
        If the disk has no room for a second file; nothing was changed.
    StoreError
        If the file is not one that an earlier molagent made, or a column of somebody else's in one
        of its tables would be lost; nothing was changed.
    duckdb.Error, OSError
        If copying fails; nothing was changed.
    """
    _require_room(path)
    new = path.with_name(f"{path.name}.migrating")
    _remove(new)  # of a migration that was killed
    try:
        # A connection of its own: a project's connection reaches no other file.
        con = duckdb.connect(str(new), config={"write_buffer_row_group_count": 1})
        try:
            version = _attach(con, path)
            _copy(con, version, actor)
            # The earlier file is locked until the new one stands in its place.
            earlier = _keep(path, version)
            if os.name != "posix":  # other systems move no file that is open
                con.close()
            new.replace(path)
        finally:
            con.close()
    finally:
        _remove(new)
    return earlier


def _attach(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Open the earlier file as ``before``, for this process alone, and return its version."""
    prepare(con)
    name = con.execute("SELECT current_database()").fetchall()[0][0]
    con.execute(f"ATTACH {_text(str(path))} AS before")
    con.execute("USE before")
    version = read_version(con, place=str(path))
    for known, digest in read_ledger(con, place=str(path)):
        if _EARLIER.get(known, digest) != digest:
            raise StoreError(
                f"the project file has a {known} that no released molagent made",
                place=str(path),
                remedy="install the molagent version that wrote the file",
            )
    con.execute(f"USE {_quoted(name)}")
    con.execute("CHECKPOINT before")  # what a killed process left in the log, into the file
    return version


def _copy(con: duckdb.DuckDBPyConnection, version: int, actor: str) -> None:
    sign(con, actor, "migrate")
    con.begin()
    create_tables(con)
    ours, theirs = _columns(con, here=True), _columns(con, here=False)
    changed = _changed(version)
    for table, columns in ours.items():
        if table in changed:
            con.execute(changed[table])
        elif table in theirs:
            _copy_table(con, table, theirs[table], columns)
    for sequence, last in con.execute(_SEQUENCES).fetchall():
        advance_sequence(con, sequence, last)
    if version < _TRAIL:
        begin_trail(con)
    create_triggers(con)
    tell_what_was_there(con, () if version < _TRAIL else AUDITED_LATE)
    sign_ledger(con)
    _copy_what_others_made(con, ours)
    con.commit()
    con.execute("CHECKPOINT")


def _changed(version: int) -> dict[str, str]:
    """Return the tables whose rows do not go over as they are, and the SQL that takes them over."""
    changed: dict[str, str] = {}
    if version < _REGISTRY:
        changed |= {"result": _POTENCIES, "assay_protocol": _PROTOCOLS}
    if _TRAIL <= version < _TRAIL_OF_ARRAYS:
        changed |= {"audit_link": _LINKS_OF_OBJECTS, "audit_entry": _ENTRIES_OF_OBJECTS}
    return changed


def _columns(con: duckdb.DuckDBPyConnection, *, here: bool) -> dict[str, list[str]]:
    return dict(con.execute(_TABLES, [here]).fetchall())


def _copy_table(
    con: duckdb.DuckDBPyConnection, table: str, theirs: list[str], ours: list[str]
) -> None:
    if lost := [name for name in theirs if name not in ours]:
        raise StoreError(
            f"the table {table} has columns that are not molagent's: {', '.join(lost)}",
            place="project file",
            remedy="put them into a table of their own, which is taken over as it is",
        )
    named = ", ".join(_quoted(name) for name in theirs)
    con.execute(f"INSERT INTO {table} BY NAME SELECT {named} FROM before.{table}")  # noqa: S608


def _copy_what_others_made(con: duckdb.DuckDBPyConnection, ours: dict[str, list[str]]) -> None:
    """Take over the tables and views that somebody made beside molagent's."""
    for schema, table, sql in con.execute(_OTHER_TABLES, {"ours": list(ours)}).fetchall():
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        con.execute(sql)
        place = f"{_quoted(schema)}.{_quoted(table)}"
        con.execute(f"INSERT INTO {place} FROM before.{place}")
    for (sql,) in con.execute(_OTHER_VIEWS, {"gone": list(_GONE)}).fetchall():
        con.execute(sql)


def _require_room(path: Path) -> None:
    needed = int(path.stat().st_size * _MARGIN)
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreFullError(
            f"the project file is of an earlier version, and bringing it up to date takes "
            f"{needed / 1e6:,.0f} MB beside it, of which {free / 1e6:,.0f} MB are free",
            place=str(path),
            remedy="free space and run again; the project file is as it was before",
        )


def _keep(path: Path, version: int) -> Path:
    """Give the earlier file a second name, which stays when the new file takes the first."""
    for name in _backup_names(path, version):
        if name.exists() and name.samefile(path):  # of a migration that was killed
            return name
        try:
            os.link(path, name)
        except FileExistsError:
            continue
        except OSError:  # a file system without second names
            _copy_file(path, name)
        return name
    raise AssertionError("the names do not end")


def _copy_file(path: Path, name: Path) -> None:
    """Copy under a name of its own first, so that what has the backup's name is whole."""
    half = name.with_name(f"{name.name}.half")
    try:
        shutil.copy2(path, half)
        half.replace(name)
    finally:
        half.unlink(missing_ok=True)


def _backup_names(path: Path, version: int) -> Iterator[Path]:
    name = f"{path.name}.version-{version}"
    yield path.with_name(name)
    for number in itertools.count(2):
        yield path.with_name(f"{name}.{number}")


def _remove(new: Path) -> None:
    for path in (new, new.with_name(f"{new.name}.wal")):
        path.unlink(missing_ok=True)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
