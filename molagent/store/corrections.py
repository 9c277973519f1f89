"""A wrong value is replaced by a new row that says who replaced it and why; the old one stays."""

import math
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.store.arrow import registered
from molagent.store.database import Database
from molagent.store.frames import VALIDITIES
from molagent.units import (
    HIGHEST_P,
    LARGEST_LOG,
    LOWEST_P,
    SCALES,
    canonical_unit,
    concentration,
    flipped_relation,
    measure,
    pactivity,
)

__all__ = [
    "correct_result",
    "load_corrections",
    "load_history",
    "mark_result",
    "supersede_results",
]

_ONE: Final = """
SELECT r.result_id, r.compound_id, r.assay_id, r.relation, r.value, r.unit, r.standard_value,
       r.standard_unit, r.p_value, r.p_relation, r.scale, r.validity, r.validity_reason,
       r.superseded_by, p.dimension
FROM result r LEFT JOIN assay_protocol p USING (assay_id)
WHERE r.result_id = ?
"""
# What a correction does not touch is the file's own: its text, its row, its batch and run.
_INSERT: Final = """
INSERT INTO result
    (compound_id, assay_id, relation, value, unit, original, original_unit, original_relation,
     source_column, scale, tested_at_nm, source_note, standard_value, standard_unit, p_value,
     p_relation, flag, validity, validity_reason, batch_id, run_id, document_id, measured_on,
     file_id, source_row, revision)
SELECT
    n.compound_id, r.assay_id, n.relation, n.value, n.unit, r.original, r.original_unit,
    r.original_relation, r.source_column, r.scale, r.tested_at_nm, r.source_note,
    n.standard_value, n.standard_unit, n.p_value, n.p_relation, r.flag,
    n.validity, n.validity_reason, r.batch_id, r.run_id, r.document_id, r.measured_on, r.file_id,
    r.source_row,
    1 + (SELECT max(o.revision) FROM result o
         WHERE o.file_id = r.file_id AND o.source_row = r.source_row AND o.assay_id = r.assay_id
           AND o.source_column = r.source_column)
FROM new_frame n JOIN result r ON r.result_id = n.old_result_id
WHERE r.superseded_by IS NULL
ORDER BY n.old_result_id
"""
_CORRECTION: Final = """
INSERT INTO correction (old_result_id, new_result_id, actor, reason)
SELECT r.result_id, max(o.result_id), $actor, $reason
FROM new_frame n
JOIN result r ON r.result_id = n.old_result_id
JOIN result o ON o.file_id = r.file_id AND o.source_row = r.source_row AND o.assay_id = r.assay_id
    AND o.source_column = r.source_column
GROUP BY r.result_id
"""
_POINT: Final = """
UPDATE result SET superseded_by = c.new_result_id
FROM (SELECT old_result_id, max(new_result_id) AS new_result_id FROM correction GROUP BY ALL) c
JOIN new_frame n ON n.old_result_id = c.old_result_id
WHERE result.result_id = c.old_result_id
"""
_CORRECTIONS: Final = """
SELECT c.correction_id, c.corrected_at, c.actor, c.reason, a.endpoint, c.old_result_id,
       c.new_result_id, o.compound_id, n.compound_id AS new_compound_id, o.relation, o.value,
       o.unit, o.validity, n.relation AS new_relation, n.value AS new_value, n.unit AS new_unit,
       n.validity AS new_validity, s.name AS file, o.source_row
FROM correction c
JOIN result o ON o.result_id = c.old_result_id
JOIN result n ON n.result_id = c.new_result_id
JOIN assay a ON a.assay_id = o.assay_id
JOIN source_file s ON s.file_id = o.file_id
ORDER BY c.correction_id
"""
_HISTORY: Final = """
SELECT r.revision, r.result_id, r.compound_id, r.relation, r.value, r.unit, r.p_value, r.original,
       r.validity, r.validity_reason, r.superseded_by, c.actor, c.reason, c.corrected_at,
       s.name AS file, r.source_row
FROM result given
JOIN result r ON r.file_id = given.file_id AND r.source_row = given.source_row
             AND r.assay_id = given.assay_id AND r.source_column = given.source_column
JOIN source_file s ON s.file_id = r.file_id
LEFT JOIN correction c ON c.new_result_id = r.result_id
WHERE given.result_id = ?
ORDER BY r.revision
"""
_CORRECTED: Final = (
    "old_result_id",
    "compound_id",
    "relation",
    "value",
    "unit",
    "standard_value",
    "standard_unit",
    "p_value",
    "p_relation",
    "validity",
    "validity_reason",
)


def correct_result(
    db: Database,
    result_id: int,
    *,
    reason: str,
    actor: str = "",
    value: float | None = None,
    unit: str = "",
    relation: str = "",
    scale: str = "",
    compound_id: str = "",
) -> int:
    """Replace one value, its unit, its relation or the compound it belongs to; return the new id.

    The old row stays with its file, row and text; the new one has the same source and the next
    revision. Nothing else of the row changes.

    Parameters
    ----------
    reason
        Why; it may not be empty.
    value, unit, relation, scale
        What is right. A value and a relation are on the scale that the file gave the result in, so
        that 6.05 corrects a pIC50 of 8.05; with a `unit` they are linear. `scale` says otherwise:
        ``linear``, ``log10``, ``p`` (-log10 of mol/L).
    actor
        Who says so; by default whom the project file was opened for.

    Raises
    ------
    NotFoundError
        If there is no such result or compound.
    StoreError
        If the result was superseded already: the error names the one that counts.
    InputError
        If nothing is to be changed, or the value is none that the assay can report.
    """
    with db.write(origin=f"correct result {result_id}") as con:
        row = _current(con, result_id, place=str(db.path))
        spoken = scale or ("linear" if unit else str(row["scale"]))
        given = {
            "value": row["value"] if value is None else _linear(row, float(value), spoken, unit),
            "unit": unit or row["unit"],
            "relation": _linear_relation(relation, spoken) if relation else row["relation"],
            "compound_id": compound_id or row["compound_id"],
        }
        if all(row[name] == entry for name, entry in given.items()):
            raise InputError(
                f"result {result_id} is to be corrected to what it is",
                remedy="give another value, unit, relation or compound",
            )
        known = con.execute(
            "SELECT 1 FROM compound WHERE compound_id = ?", [given["compound_id"]]
        ).fetchall()
        if not known:
            raise NotFoundError("compound", str(given["compound_id"]), place=db.path.name)
        corrected = row | given | _scaled(row, given)
        frame = pd.DataFrame([corrected | {"old_result_id": result_id}])[list(_CORRECTED)]
        return supersede_results(con, frame, actor=actor or db.actor, reason=reason)[result_id]


def mark_result(
    db: Database, result_id: int, validity: str, *, reason: str, actor: str = ""
) -> int:
    """Call one result valid, suspect or invalid and return the id of the row that says so.

    What is invalid does not count in aggregates and models any more; what is suspect counts and is
    counted. The value itself is not touched.

    Raises
    ------
    InputError
        If `validity` is none of the three, or is what the result has.
    NotFoundError
        If there is no such result.
    StoreError
        If the result was superseded already.
    """
    if validity not in VALIDITIES:
        raise InputError(f"validity {validity!r}", remedy=f"one of {', '.join(VALIDITIES)}")
    with db.write(origin=f"mark result {result_id}") as con:
        row = _current(con, result_id, place=str(db.path))
        if row["validity"] == validity:
            raise InputError(f"result {result_id} is {validity} already", remedy="leave it")
        why = "" if validity == "valid" else reason
        marked = row | {
            "validity": validity,
            "validity_reason": why,
            "old_result_id": result_id,
        }
        frame = pd.DataFrame([marked])[list(_CORRECTED)]
        return supersede_results(con, frame, actor=actor or db.actor, reason=reason)[result_id]


def supersede_results(
    con: duckdb.DuckDBPyConnection, frame: pd.DataFrame, *, actor: str, reason: str
) -> dict[int, int]:
    """Append corrected rows, each with the next revision, and let the old ones point to them.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    frame
        ``old_result_id, compound_id, relation, value, unit, standard_value, standard_unit,
        p_value, p_relation, validity, validity_reason``, one row a result that counts.

    Returns
    -------
    dict
        Old result id to new one.

    Raises
    ------
    StoreError
        If `actor` or `reason` is empty, or a result is missing or superseded already.
    """
    if not actor.strip() or not reason.strip():
        raise StoreError(
            "a correction without a name or a reason",
            remedy="say who corrects, and why: give actor= and reason=",
        )
    with registered(con, "new_frame", frame):
        before = _count(con)
        con.execute(_INSERT)
        if _count(con) - before != len(frame):
            raise StoreError(
                "a result that is to be corrected is missing, or was superseded already",
                remedy="ask load_history for the one that counts",
            )
        con.execute(_CORRECTION, {"actor": actor.strip(), "reason": reason.strip()})
        con.execute(_POINT)
        pairs = con.execute(
            "SELECT c.old_result_id, max(c.new_result_id) FROM correction c "
            "JOIN new_frame n ON n.old_result_id = c.old_result_id GROUP BY ALL"
        ).fetchall()
    return {int(old): int(new) for old, new in pairs}


def load_corrections(db: Database) -> pd.DataFrame:
    """Return every correction: who, when, why, from which value to which, and the source row."""
    return db.query(_CORRECTIONS)


def load_history(db: Database, result_id: int) -> pd.DataFrame:
    """Return every revision of the row that a result is of, the file's own first.

    Raises
    ------
    NotFoundError
        If there is no such result.
    """
    frame = db.query(_HISTORY, [result_id])
    if frame.empty:
        raise NotFoundError("result", str(result_id), place=db.path.name)
    return frame


def _count(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM result").fetchall()[0][0])


def _current(con: duckdb.DuckDBPyConnection, result_id: int, *, place: str) -> dict[str, object]:
    cursor = con.execute(_ONE, [result_id])
    names = [column[0] for column in cursor.description or ()]
    rows = cursor.fetchall()
    if not rows:
        raise NotFoundError("result", str(result_id), place=place)
    row = dict(zip(names, rows[0], strict=True))
    if row["superseded_by"] is not None:
        raise StoreError(
            f"result {result_id} was superseded by {row['superseded_by']}",
            place=place,
            remedy="correct the one that counts",
        )
    return row


def _linear(row: dict[str, object], value: float, scale: str, unit: str) -> float:
    """Return a corrected value in the unit that it is stored in."""
    if scale not in SCALES:
        raise InputError(f"scale {scale!r}", remedy=f"one of {', '.join(SCALES)}")
    if scale == "linear":
        return value
    if scale == "log10":
        return _power(value)
    if scale == "-log10":
        return _power(-value)
    if row["p_value"] is None:
        raise InputError("the result is no potency", remedy="give the value in its unit")
    if not LOWEST_P <= value <= HIGHEST_P:
        raise InputError(
            f"{value:g} is no -log10(mol/L)", remedy="if it is a concentration, give its unit"
        )
    return concentration(value, unit or str(row["unit"]))


def _power(exponent: float) -> float:
    if abs(exponent) > LARGEST_LOG:
        raise InputError(f"{exponent:g} is no decadic logarithm", remedy="correct the value")
    return float(10.0**exponent)


def _linear_relation(relation: str, scale: str) -> str:
    return flipped_relation(relation) if scale in ("p", "-log10") else relation


def _scaled(row: dict[str, object], given: dict[str, object]) -> dict[str, object]:
    """Return the standard value and the p value that belong to a corrected value."""
    value = float(str(given["value"]))
    unit, relation = str(given["unit"]), str(given["relation"])
    if not math.isfinite(value):
        raise InputError(f"the value {value!r} is not finite", remedy="mark the result invalid")
    flipped = flipped_relation(relation)
    if row["p_value"] is not None:
        spelled = canonical_unit(unit)
        return {
            "unit": spelled,
            "standard_value": measure(value, spelled).standard_value,
            "p_value": pactivity(value, spelled),
            "p_relation": flipped,
        }
    scaled = measure(value, unit, str(row["dimension"] or ""))
    if math.isnan(scaled.standard_value):
        raise InputError(
            f"{unit} needs the compound's weight",
            remedy=f"give the value in {scaled.standard_unit}",
        )
    return {
        "unit": scaled.unit,
        "standard_value": scaled.standard_value,
        "standard_unit": scaled.standard_unit,
    }
