"""The tables that the audit trail speaks of: whether they are what it says they are."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import duckdb

from molagent.store.audited_rows import AuditProblem, find_row_problems
from molagent.store.schema import create_project

__all__ = ["AuditProblem", "find_table_problems"]

_SCHEMA: Final = """
SELECT 'trigger' AS kind, trigger_name AS name, sql FROM duckdb_triggers()
UNION ALL SELECT 'macro', function_name, concat(CAST(parameters AS VARCHAR), macro_definition)
FROM duckdb_functions() WHERE NOT internal AND function_type = 'macro'
UNION ALL SELECT 'view', view_name, sql FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT 'table', table_name, sql FROM duckdb_tables() WHERE NOT internal
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


def find_table_problems(con: duckdb.DuckDBPyConnection, limit: int) -> Iterator[AuditProblem]:
    """Yield what is wrong beside the chain itself, at most `limit` problems a table and kind."""
    yield from _schema_problems(con)
    yield from find_row_problems(con, limit)
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
    """Return what a new project has, by making one in memory."""
    con = duckdb.connect(":memory:")
    try:
        con.execute("SET python_enable_replacements = false")
        create_project(con)
        return {(kind, name): sql for kind, name, sql in con.execute(_SCHEMA).fetchall()}
    finally:
        con.close()


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
