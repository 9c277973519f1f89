"""The tables that the audit trail speaks of: whether they are what it says they are."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

import duckdb

from molagent.store.migrations import known_migrations

__all__ = ["AuditProblem", "find_table_problems"]

_SCHEMA: Final = """
SELECT 'trigger' AS kind, trigger_name AS name, sql FROM duckdb_triggers()
UNION ALL SELECT 'macro', function_name, concat(CAST(parameters AS VARCHAR), macro_definition)
FROM duckdb_functions() WHERE NOT internal AND function_type = 'macro'
UNION ALL SELECT 'view', view_name, sql FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT 'table', table_name, sql FROM duckdb_tables() WHERE NOT internal
"""
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?")
_KEYS: Final = """
SELECT c.table_name, c.constraint_column_names AS columns
FROM duckdb_constraints() c
WHERE c.constraint_type = 'PRIMARY KEY'
  AND 'audit_' || c.table_name || '_insert' IN (SELECT trigger_name FROM duckdb_triggers())
ORDER BY c.table_oid
"""
# A row of the trail's last word against the row that is there. `{table}` and `{columns}` are names
# from the catalogue of the file's own schema, quoted; never a caller's text.
_DIFFERENCES: Final = """
WITH told AS (
    SELECT row_key, arg_max_null(after, seq) AS after, max(seq) AS seq
    FROM audit_entry WHERE table_name = $table_name GROUP BY row_key
),
there AS (SELECT concat_ws('/', {columns}) AS row_key, to_json(t) AS now FROM {table} t)
SELECT coalesce(a.row_key, b.row_key) AS row_key, a.seq, a.after, b.now
FROM told a FULL JOIN there b ON a.row_key = b.row_key
WHERE a.after IS DISTINCT FROM b.now
ORDER BY a.seq, row_key
"""
_SNAPSHOTS: Final = """
SELECT s.snapshot, s.n_results, count(r.result_id) AS n
FROM snapshot s LEFT JOIN snapshot_result r USING (snapshot)
GROUP BY s.snapshot, s.sha256, s.n_results
HAVING count(r.result_id) <> s.n_results
    OR sha256(coalesce(string_agg(r.row_sha256, '' ORDER BY r.result_id), '')) <> s.sha256
ORDER BY s.snapshot LIMIT $limit
"""
# What points where, beside the foreign keys: DuckDB 2.0 lets no row be updated that one points to.
# A negative successor is a restoration's, and no row.
_REFERENCES: Final = (
    ("correction", "old_result_id", "result", "result_id"),
    ("correction", "new_result_id", "result", "result_id"),
    ("curve", "result_id", "result", "result_id"),
    ("curve", "batch_id", "batch", "batch_id"),
    ("curve", "superseded_by", "curve", "curve_id"),
    ("curve_point", "curve_id", "curve", "curve_id"),
    ("curve_point", "plate_id, well_row, well_column", "well", "plate_id, well_row, well_column"),
    ("order_event", "batch_id", "batch", "batch_id"),
    ("result", "batch_id", "batch", "batch_id"),
    ("result", "superseded_by", "result", "result_id"),
    ("series_compound", "series", "series", "series"),
    ("snapshot_result", "result_id", "result", "result_id"),
    ("well", "batch_id", "batch", "batch_id"),
)
_DANGLING: Final = """
SELECT DISTINCT concat_ws('/', {columns}) AS key FROM {table} t
WHERE {given} AND NOT EXISTS (FROM {parent} p WHERE {same}) AND NOT starts_with(key, '-')
ORDER BY key LIMIT $limit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProblem:
    """One place where the trail, or what it speaks of, is not as it was written.

    Attributes
    ----------
    kind
        ``entry`` (its text was changed), ``link`` (broken, missing, without its entries), ``row``
        (a table of facts is not what the trail says), ``schema`` (a trigger, macro, view or table
        is not as molagent made it), ``snapshot``, ``head`` (not the trail that a kept head is of).
    message
        What is wrong, in one sentence.
    link, seq
        Number of the link and of the entry, where there is one.
    table_name, row_key
        The row spoken of.
    """

    kind: str
    message: str
    link: int | None = None
    seq: int | None = None
    table_name: str = ""
    row_key: str = ""


def find_table_problems(con: duckdb.DuckDBPyConnection, limit: int) -> Iterator[AuditProblem]:
    """Yield what is wrong beside the chain itself, at most `limit` problems a table and kind."""
    yield from _schema_problems(con)
    yield from _row_problems(con, limit)
    yield from _snapshot_problems(con, limit)
    yield from _reference_problems(con, limit)


def _reference_problems(con: duckdb.DuckDBPyConnection, limit: int) -> Iterator[AuditProblem]:
    for table, columns, parent, keys in _REFERENCES:
        names = columns.split(", ")
        sql = _DANGLING.format(
            table=table,
            parent=parent,
            columns=", ".join(f"t.{name}" for name in names),
            given=" AND ".join(f"t.{name} IS NOT NULL" for name in names),
            same=" AND ".join(
                f"p.{key} = t.{name}" for key, name in zip(keys.split(", "), names, strict=True)
            ),
        )
        for (key,) in con.execute(sql, {"limit": limit}).fetchall():
            yield AuditProblem(
                kind="reference",
                message=f"{table} points to {parent} {key}, which is not there",
                table_name=table,
                row_key=key,
            )


def _schema_problems(con: duckdb.DuckDBPyConnection) -> Iterator[AuditProblem]:
    there = {(kind, name): sql for kind, name, sql in con.execute(_SCHEMA).fetchall()}
    shipped = _shipped_schema()
    for (kind, name), sql in shipped.items():
        now = there.get((kind, name))
        if now != sql:
            what = "is missing" if now is None else "is not the one molagent made"
            yield AuditProblem(kind="schema", message=f"{kind} {name} {what}")
    for kind, name in sorted(set(there) - set(shipped)):
        if kind == "trigger":
            yield AuditProblem(kind="schema", message=f"trigger {name} is not one of molagent's")


@lru_cache(maxsize=1)
def _shipped_schema() -> dict[tuple[str, str], str]:
    """Return what the migrations make, by making it in memory."""
    con = duckdb.connect(":memory:")
    try:
        con.execute("SET python_enable_replacements = false")
        for migration in known_migrations():
            con.execute(migration.sql)
        return {(kind, name): sql for kind, name, sql in con.execute(_SCHEMA).fetchall()}
    finally:
        con.close()


def _row_problems(con: duckdb.DuckDBPyConnection, limit: int) -> Iterator[AuditProblem]:
    for table_name, columns in con.execute(_KEYS).fetchall():
        sql = _DIFFERENCES.format(
            table=_quoted(table_name), columns=", ".join(f"t.{_quoted(name)}" for name in columns)
        )
        yielded = 0
        for key, seq, after, now in con.execute(sql, {"table_name": table_name}).fetchall():
            if _same_row(after, now):
                continue
            yield AuditProblem(
                kind="row",
                message=f"{table_name} {key} {_difference(after, now)}",
                seq=seq,
                table_name=table_name,
                row_key=key,
            )
            yielded += 1
            if yielded == limit:
                break


def _difference(after: str | None, now: str | None) -> str:
    if now is None:
        return "is gone, and the trail does not say that it was deleted"
    if after is None:
        return "is there, and the trail does not say that it was written"
    told, there = json.loads(after), json.loads(now)
    changed = [name for name in there if not _same(told.get(name), there[name])]
    name = changed[0]
    return f"has {name} {there[name]!r} where the trail says {told.get(name)!r}"


def _same_row(after: str | None, now: str | None) -> bool:
    """Compare rows as values: a column added later is NULL, an instant may be told in any zone."""
    if after is None or now is None:
        return False
    told, there = json.loads(after), json.loads(now)
    return all(_same(told.get(name), there.get(name)) for name in {*told, *there})


def _same(told: object, there: object) -> bool:
    if told == there:
        return True
    if not (isinstance(told, str) and isinstance(there, str)):
        return False
    if not (_INSTANT.fullmatch(told) and _INSTANT.fullmatch(there)):
        return False
    return datetime.fromisoformat(told) == datetime.fromisoformat(there)


def _snapshot_problems(con: duckdb.DuckDBPyConnection, limit: int) -> list[AuditProblem]:
    return [
        AuditProblem(
            kind="snapshot",
            message=f"the list of snapshot {name} is not the one it was taken with "
            f"({n} results, then {expected})",
            table_name="snapshot",
            row_key=name,
        )
        for name, expected, n in con.execute(_SNAPSHOTS, {"limit": limit}).fetchall()
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
