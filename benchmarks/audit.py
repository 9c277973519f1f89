"""What the audit trail costs: inserts with and without its triggers, and its verification.

The anchor is a trigger that writes each row as JSON and nothing else (0.27 s for 200,000 inserts
where it was first measured); it is measured again beside the chain, because a busy machine moves
both.
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

_DROP: Final = "DROP TRIGGER audit_result_insert ON result"
_MODES: Final[dict[str, tuple[str, ...]]] = {
    "insert, chained": (),
    "insert, plain trigger": (
        _DROP,
        "CREATE TABLE plain_audit (seq BIGINT, recorded_at TIMESTAMPTZ, after JSON)",
        "CREATE TRIGGER plain_insert AFTER INSERT ON result REFERENCING NEW TABLE AS n "
        "FOR EACH STATEMENT INSERT INTO plain_audit SELECT n.result_id, now(), to_json(n) FROM n",
    ),
    "insert, no trigger": (_DROP,),
}
_Times = tuple[float, float]


def measure_audit(*, rows: int = 200_000, repeats: int = 3) -> pd.DataFrame:
    """Insert results into new projects with the chain, with a plain trigger and with none.

    Parameters
    ----------
    rows
        Results in one INSERT.
    repeats
        Projects a mode; the medians are given.

    Returns
    -------
    pandas.DataFrame
        ``step, rows, seconds, cpu_seconds``. Steps: ``insert, chained``, ``insert, plain trigger``
        and ``insert, no trigger`` are whole transactions, commit included; ``chain time`` and
        ``plain trigger time`` are what the triggers add; ``verify`` is the verification of the
        whole file; ``chained and verified`` is the first and the last together. Seconds of the
        wall depend on what else runs; CPU seconds less so.

    Raises
    ------
    StoreError
        If the trail does not verify: then the other figures are worth nothing.
    """
    times: dict[str, list[_Times]] = {name: [] for name in (*_MODES, "verify")}
    with tempfile.TemporaryDirectory() as folder:
        for repeat in range(repeats):
            for mode, statements in _MODES.items():
                db = _project(Path(folder) / f"{repeat}.duckdb", rows)
                with db.write() as con:
                    for statement in statements:
                        con.execute(statement)
                times[mode].append(_timed_insert(db, rows))
                if mode == "insert, chained":
                    times["verify"].append(_timed_verify(db, rows))
                db.path.unlink()
    steps = {name: _median(taken) for name, taken in times.items()}
    chained, plain, bare, verify = (steps[name] for name in (*_MODES, "verify"))
    steps["chain time"] = _less(chained, bare)
    steps["plain trigger time"] = _less(plain, bare)
    steps["chained and verified"] = (chained[0] + verify[0], chained[1] + verify[1])
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


def _timed_insert(db: Database, rows: int) -> _Times:
    with db.write(origin="insert") as con:
        wall, cpu = time.perf_counter(), time.process_time()
        con.execute(_INSERT, {"rows": rows})
        con.commit()
        spent = time.perf_counter() - wall, time.process_time() - cpu
        con.begin()
    return spent


def _timed_verify(db: Database, rows: int) -> _Times:
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


def _less(longer: _Times, shorter: _Times) -> _Times:
    return longer[0] - shorter[0], longer[1] - shorter[1]


def _median(pairs: list[_Times]) -> _Times:
    return (
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
    )
