"""What the audit trail costs: inserts with and without its triggers, and its verification.

Anchor: 0.27 s for 200,000 audited inserts in DuckDB 2.0, measured with a trigger that writes rows
and no hashes. Here each row is hashed and chained.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

import pandas as pd

from molagent.errors import StoreError
from molagent.store.database import Database
from molagent.store.verify import verify_audit

__all__ = ["measure_audit"]

# One result of ten compounds in a row is from the same compound; texts are as long as real ones.
_PREPARE: Final = """
INSERT INTO source_file
    (file_id, name, sha256, bytes, encoding, delimiter, mapping, n_rows, accepted, rejected)
VALUES (sha256('file'), 'audit.csv', sha256('file'), 1, 'utf-8', ',', '{}', $rows, $rows, 0);
INSERT INTO assay (assay_id, endpoint, target, quantity)
VALUES ('jak1_pki', 'jak1_pki', 'JAK1', 'Ki');
INSERT INTO compound (compound_id, smiles, inchikey, connectivity, scaffold, standardizer)
SELECT format('MA-{:06d}', range), 'C', range, range, '', 'none' FROM range($rows // 10 + 1);
"""
_INSERT: Final = """
INSERT INTO result
    (compound_id, assay_id, relation, value, unit, original, standard_value, standard_unit,
     p_value, p_relation, file_id, source_row)
SELECT format('MA-{:06d}', range // 10), 'jak1_pki', '=', v, 'nM', CAST(v AS VARCHAR), v, 'nM',
       9 - log10(v), '=', sha256('file'), range + 2
FROM (SELECT range, 1 + range * 0.37 AS v FROM range($rows))
"""


def measure_audit(*, rows: int = 200_000, repeats: int = 3) -> pd.DataFrame:
    """Insert results into a new project with and without the triggers, and verify the trail.

    Parameters
    ----------
    rows
        Results in one INSERT.
    repeats
        Projects a mode; the medians are given.

    Returns
    -------
    pandas.DataFrame
        One row a step (``insert with triggers``, ``insert without``, ``trigger time``,
        ``verify``): ``step, rows, seconds, cpu_seconds``. Insert includes the commit. Seconds of
        the wall depend on what else runs; CPU seconds hardly do.

    Raises
    ------
    StoreError
        If the trail does not verify: then the other figures are worth nothing.
    """
    audited, bare, verified = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(repeats):
            db = _project(Path(folder) / f"audited{repeat}.duckdb", rows)
            audited.append(_timed_insert(db, rows))
            verified.append(_timed_verify(db, rows))
            db.path.unlink()
            db = _project(Path(folder) / f"bare{repeat}.duckdb", rows)
            _drop_triggers(db)
            bare.append(_timed_insert(db, rows))
            db.path.unlink()
    steps = {
        "insert with triggers": _median(audited),
        "insert without": _median(bare),
        "verify": _median(verified),
    }
    with_triggers, without = steps["insert with triggers"], steps["insert without"]
    steps["trigger time"] = (with_triggers[0] - without[0], with_triggers[1] - without[1])
    return pd.DataFrame(
        [
            {"step": step, "rows": rows, "seconds": seconds, "cpu_seconds": cpu}
            for step, (seconds, cpu) in steps.items()
        ]
    )


def _project(path: Path, rows: int) -> Database:
    db = Database(path, actor="bench")
    db.migrate()
    with db.write(origin="prepare") as con:
        for statement in _PREPARE.split(";\n"):
            if statement.strip():
                con.execute(statement, {"rows": rows} if "$rows" in statement else None)
    return db


def _drop_triggers(db: Database) -> None:
    with db.write() as con:
        for name, table in con.execute(
            "SELECT trigger_name, table_name FROM duckdb_triggers() WHERE table_name = 'result'"
        ).fetchall():
            con.execute(f"DROP TRIGGER {name} ON {table}")


def _timed_insert(db: Database, rows: int) -> tuple[float, float]:
    with db.write(origin="insert") as con:
        wall, cpu = time.perf_counter(), time.process_time()
        con.execute(_INSERT, {"rows": rows})
        con.commit()
        spent = time.perf_counter() - wall, time.process_time() - cpu
        con.begin()
    return spent


def _timed_verify(db: Database, rows: int) -> tuple[float, float]:
    verify_audit(db, limit=1)  # the shipped schema is made once a process
    cpu = time.process_time()
    report = verify_audit(db)
    cpu = time.process_time() - cpu
    report.require_whole()
    if report.entries < rows:
        raise StoreError(
            f"the trail has {report.entries} entries after {rows} inserts",
            place=str(db.path),
            remedy="look at the triggers of the schema",
        )
    return report.seconds, cpu


def _median(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
    )
