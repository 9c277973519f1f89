"""Rows of the tables of facts: whether each is what the audit trail last said of it."""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

__all__ = ["AuditProblem", "find_row_problems"]

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?")
_KEYS: Final = """
SELECT c.table_name, c.constraint_column_names AS columns,
       (SELECT list(n.column_name ORDER BY n.column_index) FROM duckdb_columns() n
        WHERE n.table_oid = c.table_oid) AS names
FROM duckdb_constraints() c
WHERE c.constraint_type = 'PRIMARY KEY'
  AND 'audit_' || c.table_name || '_insert' IN (SELECT trigger_name FROM duckdb_triggers())
ORDER BY c.table_oid
"""
# In all of these `{table}` and `{columns}` are names from the catalogue of the file's own schema,
# quoted; never a caller's text.
# Most projects have rows in a few of the tables: the trail is not searched for each of the others.
_NOTHING: Final = """
SELECT table_name FROM duckdb_tables()
WHERE NOT internal AND estimated_size = 0
  AND table_name NOT IN (SELECT DISTINCT table_name FROM audit_entry)
"""
_TOLD: Final = "SELECT row_key, after FROM audit_entry WHERE table_name = $table_name"
_THERE: Final = """
SELECT concat_ws('/', {columns}) AS row_key, to_json(row(*COLUMNS(t.*))) AS now FROM {table} t
"""
# Where nothing of a table was changed since it was written, its entries stand in the order of its
# rows: side by side they show that in a fraction of the time that finding each row's last entry
# takes. A key is there once, so as many equal pairs as rows leave no older word on any of them.
_IN_STEP: Final = f"""
SELECT count(*) = 0 FROM ({_TOLD}) a POSITIONAL JOIN ({_THERE}) b
WHERE a.row_key IS DISTINCT FROM b.row_key OR a.after IS DISTINCT FROM b.now
"""  # noqa: S608
# The last word on each row against the row that is there.
_DIFFERENCES: Final = f"""
WITH told AS (
    SELECT row_key, arg_max_null(after, seq) AS after, max(seq) AS seq
    FROM audit_entry WHERE table_name = $table_name GROUP BY row_key
),
there AS ({_THERE}),
different AS (
    SELECT coalesce(a.row_key, b.row_key) AS row_key, a.seq, b.now
    FROM told a FULL JOIN there b ON a.row_key = b.row_key
    WHERE b.now IS DISTINCT FROM
        CASE WHEN a.after ^@ '{{{{' THEN to_json(json_extract(a.after, '$.*')) ELSE a.after END
)
SELECT d.row_key, d.seq, e.after, f.columns, d.now
FROM different d LEFT JOIN audit_entry e USING (seq)
LEFT JOIN (FROM audit_entry WHERE columns IS NOT NULL) f ON f.link = e.link
ORDER BY d.seq, d.row_key
"""  # noqa: S608
# Columns that are younger than some entries, with what every row of then has there.
_YOUNGER: Final = {"result": {"source_column": "", "scale": "linear"}}
_Different = tuple[str, int | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProblem:
    """One place where the trail, or what it speaks of, is not as it was written.

    Attributes
    ----------
    kind
        ``entry`` (its text was changed), ``link`` (broken, missing, without its entries), ``row``
        (a table of facts is not what the trail says), ``schema`` (a trigger, macro, view or table
        is not as molagent made it), ``snapshot``, ``prediction``, ``raw file`` (the bytes kept are
        not those that were read), ``head`` (not the trail that a kept head is of).
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


def find_row_problems(con: duckdb.DuckDBPyConnection, limit: int) -> Iterator[AuditProblem]:
    """Yield the rows that are not as the trail says, at most `limit` a table."""
    nothing = {name for (name,) in con.execute(_NOTHING).fetchall()}
    for table_name, columns, names in con.execute(_KEYS).fetchall():
        if table_name in nothing:
            continue
        yielded = 0
        for key, seq, after, told_names, now in _different_rows(con, table_name, columns):
            told = _row(after, told_names)
            if told is not None:
                told = {**_YOUNGER.get(table_name, {}), **told}
            there = _row(now, json.dumps(names))
            if _same_row(told, there):
                continue
            yield AuditProblem(
                kind="row",
                message=f"{table_name} {key} {_difference(told, there)}",
                seq=seq,
                table_name=table_name,
                row_key=key,
            )
            yielded += 1
            if yielded == limit:
                break


def _different_rows(
    con: duckdb.DuckDBPyConnection, table_name: str, columns: list[str]
) -> list[_Different]:
    """Return the rows whose text differs from the trail's last: few, or none."""
    words = {
        "table": _quoted(table_name),
        "columns": ", ".join(f"t.{_quoted(name)}" for name in columns),
    }
    parameters = {"table_name": table_name}
    if con.execute(_IN_STEP.format(**words), parameters).fetchall() == [(True,)]:
        return []
    rows: list[_Different] = con.execute(_DIFFERENCES.format(**words), parameters).fetchall()
    return rows


def _row(text: str | None, names: str | None) -> dict[str, object] | None:
    """Read a row as the trail has it: an object (form 1), or the values of the named columns."""
    if text is None:
        return None
    values = json.loads(text)
    if isinstance(values, dict):
        return values
    keys = [] if names is None else json.loads(names)
    return dict(itertools.zip_longest(keys, values, fillvalue="?"))


def _difference(told: dict[str, object] | None, there: dict[str, object] | None) -> str:
    if there is None:
        return "is gone, and the trail does not say that it was deleted"
    if told is None:
        return "is there, and the trail does not say that it was written"
    name = next(name for name in [*there, *told] if not _same(told.get(name), there.get(name)))
    return f"has {name} {there.get(name)!r} where the trail says {told.get(name)!r}"


def _same_row(told: dict[str, object] | None, there: dict[str, object] | None) -> bool:
    """Compare rows as values: a column added later is empty, an instant may be told in any zone."""
    if told is None or there is None:
        return False
    return all(
        _same(told.get(name), there.get(name)) or (name not in told and there[name] == "")
        for name in {*told, *there}
    )


def _same(told: object, there: object) -> bool:
    if told == there:
        return True
    if not (isinstance(told, str) and isinstance(there, str)):
        return False
    if not (_INSTANT.fullmatch(told) and _INSTANT.fullmatch(there)):
        return False
    return datetime.fromisoformat(told) == datetime.fromisoformat(there)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
