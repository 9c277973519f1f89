"""A project without a confidential series: a new file in which nothing of it is left.

Nothing is deleted from a copy, because a deleted row's bytes stay in a file: a new project is
written, and only rows that are known to have nothing to do with the series go into it. What cannot
be told apart is left out: campaigns, proposals, models, optimisations, snapshots, kept raw files,
rejected rows of files that the series comes from or that have a structure of it in any notation,
other series with a compound of it, order lines of unknown structure, and the audit trail, which
begins anew with who exported. A series that was defined by a core is asked again: what has the core
now is of it. The file is written without compression, so that a search through its bytes means
something, and is searched before it gets its name (:func:`molagent.store.traces.find_traces`).

What stays: gaps in compound and result numbers, a source file's own row counts and hash, and the
endpoints of the remaining values. They say that something was left out, not what.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb

from molagent.errors import InputError, StoreError
from molagent.store.connection import prepare, sign
from molagent.store.database import Database
from molagent.store.faults import store_error
from molagent.store.schema import advance_sequence
from molagent.store.series import require_series
from molagent.store.series_members import members_now, series_cores
from molagent.store.text_traces import TextTraces
from molagent.store.traces import find_traces, load_needles

__all__ = ["EXPORTED_TABLES", "ExportReceipt", "export_project"]

# Tables in an order that their foreign keys allow, each with the rows that go over. `hidden` holds
# the compounds of the series; a table that is not named here does not go over at all.
EXPORTED_TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "compound": "t.compound_id NOT IN (FROM hidden)",
        "compound_identity": "t.compound_id NOT IN (FROM hidden)",
        "source_file": "t.file_id IN (FROM shown_file)",
        "compound_alias": "t.compound_id NOT IN (FROM hidden) "
        "AND (t.file_id IS NULL OR t.file_id IN (FROM shown_file))",
        "compound_raw": "t.compound_id NOT IN (FROM hidden) AND t.file_id IN (FROM shown_file)",
        "document": "t.document_id IN (FROM shown_document)",
        "assay": "t.assay_id IN (FROM shown_assay)",
        "target": "t.target_id IN (SELECT p.target_id FROM project.assay_protocol p "
        "WHERE p.assay_id IN (FROM shown_assay))",
        "assay_protocol": "t.assay_id IN (FROM shown_assay)",
        "batch": "t.compound_id NOT IN (FROM hidden) "
        "AND (t.file_id IS NULL OR t.file_id IN (FROM shown_file))",
        "run": "t.run_id IN (FROM shown_run)",
        "plate": "t.run_id IN (FROM shown_run)",
        "well": "t.compound_id NOT IN (FROM hidden) "
        "OR (t.compound_id IS NULL AND t.role <> 'sample' AND t.sample IS NULL)",
        "plate_qc": "t.plate_id IN (SELECT p.plate_id FROM project.plate p "
        "WHERE p.run_id IN (FROM shown_run))",
        "result": "t.compound_id NOT IN (FROM hidden)",
        "correction": "t.old_result_id IN (FROM shown_result) "
        "AND t.new_result_id IN (FROM shown_result)",
        "rejection": "t.file_id IN (FROM shown_file) AND t.file_id NOT IN (FROM touched_file) "
        "AND (t.file_id, t.source_row) NOT IN (FROM hidden_row)",
        "curve": "t.compound_id NOT IN (FROM hidden)",
        "curve_point": "t.curve_id IN (SELECT c.curve_id FROM project.curve c "
        "WHERE c.compound_id NOT IN (FROM hidden))",
        "batch_order": "t.order_id IN (SELECT l.order_id FROM project.order_line l "
        "WHERE l.compound_id NOT IN (FROM hidden))",
        "order_line": "t.compound_id NOT IN (FROM hidden)",
        "order_event": "(t.order_id, t.line) IN (SELECT (l.order_id, l.line) "
        "FROM project.order_line l WHERE l.compound_id NOT IN (FROM hidden))",
        "series": "t.series IN (FROM shown_series)",
        "series_compound": "t.series IN (FROM shown_series)",
    }
)
# A run, plate or assay goes over where something that is shown was measured in it.
_SHOWN: Final = """
CREATE TEMP TABLE shown_series AS
SELECT series FROM project.series WHERE NOT confidential AND series NOT IN (SELECT unnest($series))
AND series NOT IN (SELECT c.series FROM project.series_compound c
    WHERE c.compound_id IN (FROM hidden));
CREATE TEMP TABLE shown_result AS
SELECT result_id FROM project.result WHERE compound_id NOT IN (FROM hidden);
CREATE TEMP TABLE shown_run AS
SELECT run_id FROM project.result
WHERE run_id IS NOT NULL AND compound_id NOT IN (FROM hidden)
UNION SELECT run_id FROM project.curve
WHERE run_id IS NOT NULL AND compound_id NOT IN (FROM hidden)
UNION SELECT p.run_id FROM project.well w JOIN project.plate p USING (plate_id)
WHERE w.compound_id NOT IN (FROM hidden);
CREATE TEMP TABLE shown_assay AS
SELECT assay_id FROM project.result WHERE compound_id NOT IN (FROM hidden)
UNION SELECT assay_id FROM project.curve WHERE compound_id NOT IN (FROM hidden)
UNION SELECT assay_id FROM project.run WHERE run_id IN (FROM shown_run);
CREATE TEMP TABLE shown_document AS
SELECT document_id FROM project.result
WHERE document_id IS NOT NULL AND compound_id NOT IN (FROM hidden)
UNION SELECT document_id FROM project.assay_protocol
WHERE document_id IS NOT NULL AND assay_id IN (FROM shown_assay);
CREATE TEMP TABLE touched_file AS
SELECT DISTINCT file_id FROM project.compound_raw WHERE compound_id IN (FROM hidden)
UNION SELECT file_id FROM project.result WHERE compound_id IN (FROM hidden);
CREATE TEMP TABLE shown_file AS
SELECT file_id FROM project.compound_raw WHERE compound_id NOT IN (FROM hidden)
UNION SELECT file_id FROM project.result WHERE compound_id NOT IN (FROM hidden)
UNION SELECT file_id FROM project.curve
WHERE file_id IS NOT NULL AND compound_id NOT IN (FROM hidden)
UNION SELECT file_id FROM project.batch
WHERE file_id IS NOT NULL AND compound_id NOT IN (FROM hidden)
UNION SELECT file_id FROM project.run WHERE file_id IS NOT NULL AND run_id IN (FROM shown_run)
UNION SELECT file_id FROM project.plate WHERE file_id IS NOT NULL AND run_id IN (FROM shown_run)
UNION SELECT o.file_id FROM project.batch_order o JOIN project.order_line l USING (order_id)
WHERE o.file_id IS NOT NULL AND l.compound_id NOT IN (FROM hidden);
"""
# Most projects have rows in a few of the tables, and copying none of one takes milliseconds.
_FILLED: Final = """
SELECT table_name FROM duckdb_tables() WHERE database_name = 'project' AND estimated_size > 0
"""
_SEQUENCES: Final = MappingProxyType(
    {
        "result_seq": ("result", "result_id"),
        "plate_seq": ("plate", "plate_id"),
        "curve_seq": ("curve", "curve_id"),
        "correction_seq": ("correction", "correction_id"),
        "order_event_seq": ("order_event", "event_id"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReceipt:
    """What went over.

    Attributes
    ----------
    rows
        Table to rows that went over.
    left_out
        Table to rows that did not; tables that never go over are named with all their rows.
    needles
        How many structures, keys and names of the series were searched for in the new file.
    """

    path: Path
    series: tuple[str, ...]
    rows: Mapping[str, int]
    left_out: Mapping[str, int]
    needles: int

    @property
    def sentence(self) -> str:
        """The receipt in one sentence."""
        return (
            f"{self.path.name}: {self.rows['compound']} compounds and {self.rows['result']} "
            f"results without {', '.join(self.series)} ({self.left_out.get('compound', 0)} "
            f"compounds left out); none of {self.needles} structures and names of it was found "
            "in the file"
        )


def export_project(db: Database, path: Path, *, without: Sequence[str]) -> ExportReceipt:
    """Write a new project file without some series.

    Parameters
    ----------
    path
        The new file; it must not exist.
    without
        Names of the series (see :func:`molagent.store.series.define_series`).

    Raises
    ------
    InputError
        If the file exists, or no series is named.
    NotFoundError
        If there is no such series.
    StoreError
        If a structure or name of the series is found in what was written: in a note, a reason, a
        file's name. The new file is removed then.
    """
    path = Path(path)
    if path.exists():
        raise InputError("there is such a file already", place=str(path), remedy="give another")
    if not without:
        raise InputError("no series is named", remedy="name what is left out, or copy the file")
    with db.read() as con:
        require_series(con, without)
        hidden = set[str]().union(*members_now(con, without).values())
        needles = load_needles(con, without, hidden)
        texts = TextTraces.of(con, needles, series_cores(con, without).values(), hidden)
        rejected = _rejected_rows(con, texts)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)  # of an export that was killed
    try:
        target = Database(part, actor=db.actor)
        target.migrate()
        rows, left_out = _copy(db, target, tuple(without), hidden, rejected)
        traces = find_traces(part, needles, texts)
        if traces:
            raise StoreError(
                f"{len(traces)} traces of {', '.join(without)} are left, the first in {traces[0]}",
                place=str(db.path),
                remedy="take the text out of that field, or put its compounds into the series; "
                "nothing was exported",
            )
        give_name(part, path)
    finally:
        part.unlink(missing_ok=True)
    return ExportReceipt(
        path=path,
        series=tuple(without),
        rows=rows,
        left_out=left_out,
        needles=len(needles),
    )


def give_name(part: Path, path: Path) -> None:
    """Give a whole file its name, unless something has the name by now.

    Raises
    ------
    InputError
        If there is such a file.
    """
    if path.exists():
        raise InputError("there is such a file already", place=str(path), remedy="give another")
    part.replace(path)


def _rejected_rows(con: duckdb.DuckDBPyConnection, texts: TextTraces) -> list[tuple[str, int]]:
    """Return file and row of rejected rows that are of the series, or may be."""
    rows = con.execute("SELECT file_id, source_row, raw, reason FROM rejection").fetchall()
    return [
        (file_id, row)
        for file_id, row, raw, reason in rows
        if texts.may_be_in(raw) or texts.found_in(reason)
    ]


def _copy(
    db: Database,
    target: Database,
    without: tuple[str, ...],
    hidden: set[str],
    rejected: Sequence[tuple[str, int]],
) -> tuple[dict[str, int], dict[str, int]]:
    # A connection of its own: a project's connection reaches no other file.
    con = duckdb.connect(str(target.path))
    try:
        prepare(con)
        con.execute("PRAGMA force_compression = 'uncompressed'")
        sign(con, target.actor, "export")
        source = str(db.path).replace("'", "''")
        con.execute(f"ATTACH '{source}' AS project (READ_ONLY)")
        con.begin()
        con.execute(
            "CREATE TEMP TABLE hidden AS SELECT unnest(?::VARCHAR[]) AS compound_id",
            [sorted(hidden)],
        )
        con.execute(
            "CREATE TEMP TABLE hidden_row AS "
            "SELECT unnest(?::VARCHAR[]) AS file_id, unnest(?::INTEGER[]) AS source_row",
            [[file_id for file_id, _ in rejected], [row for _, row in rejected]],
        )
        for statement in _SHOWN.split(";\n"):
            if statement.strip():
                con.execute(statement, {"series": list(without)} if "$series" in statement else {})
        filled = {name for (name,) in con.execute(_FILLED).fetchall()}
        rows = {
            table: _copy_table(con, table, without) if table in filled else 0
            for table in EXPORTED_TABLES
        }
        left_out = _left_out(con, rows)
        for sequence, (table, column) in _SEQUENCES.items():
            advance_sequence(con, sequence, _highest(con, table, column))
        con.commit()
        con.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise store_error(error, target.path) from error
    finally:
        con.close()
    return rows, left_out


def _copy_table(con: duckdb.DuckDBPyConnection, table: str, without: tuple[str, ...]) -> int:
    where = EXPORTED_TABLES[table]
    sql = f"INSERT INTO {table} BY NAME SELECT t.* FROM project.{table} t WHERE {where}"  # noqa: S608
    parameters = {"series": list(without)} if "$series" in where else {}
    return int(con.execute(sql, parameters).fetchall()[0][0])


def _left_out(con: duckdb.DuckDBPyConnection, rows: Mapping[str, int]) -> dict[str, int]:
    tables = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'project' "
        "AND table_name <> 'migration' ORDER BY table_name"
    ).fetchall()
    left_out = {}
    for (table,) in tables:
        total = con.execute(f"SELECT count(*) FROM project.{table}").fetchall()[0][0]  # noqa: S608
        if missing := int(total) - rows.get(table, 0):
            left_out[table] = missing
    return left_out


def _highest(con: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    sql = f"SELECT coalesce(max({column}), 0) FROM {table}"  # noqa: S608
    return int(con.execute(sql).fetchall()[0][0])
