"""Rows of results: completed, put in, superseded. What a value must say before it is stored."""

from typing import Final

import duckdb
import numpy as np
import pandas as pd

from molagent.errors import StoreError
from molagent.store.arrow import registered
from molagent.store.assay_protocols import resolve_assays
from molagent.store.batches import require_batches
from molagent.store.database import Database
from molagent.store.receipts import RESULT_COLUMNS, RESULT_EXTRA_COLUMNS
from molagent.units import DIMENSIONS

__all__ = [
    "CONFLICT_LOG_UNITS",
    "completed_results",
    "counted_values",
    "insert_results",
    "supersede_file",
]

# Exact values of one compound in one assay that are further apart than this contradict each
# other: a tenfold difference is beyond what repeated measurement explains.
CONFLICT_LOG_UNITS: Final = 1.0

_STANDARD_UNIT, _NANOMOLAR = DIMENSIONS["concentration"]
_DEFAULTS: Final[dict[str, object]] = {
    "validity": "valid",
    "validity_reason": "",
    "source_column": "",
    "scale": "linear",
}

# What a file's own rows say of each other was flagged when it was read; here they also meet the
# values that other files brought: their median, which one wild value among them does not move.
_INSERT: Final = """
INSERT INTO result
    (compound_id, assay_id, relation, value, unit, original, original_unit, original_relation,
     source_column, scale, tested_at_nm, source_note, standard_value, standard_unit, p_value,
     p_relation, flag, validity, validity_reason, batch_id, run_id, document_id, measured_on,
     file_id, source_row)
WITH earlier AS (
    SELECT compound_id, assay_id,
           median(p_value) FILTER (p_relation = '=') AS middle
    FROM result
    WHERE superseded_by IS NULL AND validity <> 'invalid' AND file_id NOT IN ($replaces, $file_id)
    GROUP BY compound_id, assay_id
)
SELECT
    c.compound_id, f.assay_id, f.relation, f.value, f.unit, f.original, f.original_unit,
    f.original_relation, coalesce(f.source_column, ''), coalesce(f.scale, 'linear'),
    CAST(nullif(CAST(f.tested_at_nm AS VARCHAR), '') AS DOUBLE),
    nullif(CAST(f.source_note AS VARCHAR), ''), f.standard_value, f.standard_unit, f.p_value,
    f.p_relation,
    CASE
        WHEN f.flag NOT IN ('', 'duplicate') THEN f.flag
        WHEN f.p_relation = '=' AND abs(f.p_value - e.middle) > $limit THEN 'conflict'
        WHEN f.flag = '' AND e.compound_id IS NOT NULL THEN 'duplicate'
        ELSE f.flag
    END,
    f.validity, f.validity_reason, f.batch_id, f.run_id, f.document_id,
    CAST(f.measured_on AS DATE), $file_id, f.source_row
FROM named_frame f
JOIN compound c ON substance_key(c.inchikey, c.substance) = f.inchikey
LEFT JOIN earlier e ON e.compound_id = c.compound_id AND e.assay_id = f.assay_id
ORDER BY f.source_row
"""
# To twelve digits: 0.5 uM and 500 nM are one value, whatever their last bit.
_COUNTED: Final = """
SELECT count(*), coalesce(bit_xor(hash(said)), 0) FROM (
    SELECT DISTINCT (
        compound_id, assay_id, coalesce(p_relation, relation),
        printf('%.12g', coalesce(p_value, standard_value)), measured_on
    ) AS said
    FROM result WHERE superseded_by IS NULL AND validity <> 'invalid'
)
"""
# The old row points to the new one of its compound and assay, or to the new file's first row where
# that compound is not in it any more: either way it no longer counts.
_SUPERSEDE: Final = """
UPDATE result AS r SET superseded_by = coalesce(
    (SELECT min(n.result_id) FROM result n
     WHERE n.file_id = $file_id AND n.compound_id = r.compound_id AND n.assay_id = r.assay_id),
    (SELECT min(n.result_id) FROM result n WHERE n.file_id = $file_id)
)
WHERE r.result_id IN (
    SELECT result_id FROM result WHERE file_id = $replaces AND superseded_by IS NULL
    ORDER BY result_id LIMIT $rows
)
"""
# One row group. In a table with a trigger DuckDB 2.0 turns an update into a delete and an insert,
# and fails where a statement's rows go beyond the end of a row group that the transaction has
# begun: so each statement stops where a row group ends.
_GROUP_ROWS: Final = 122_880


def completed_results(frame: pd.DataFrame, *, place: str = "") -> pd.DataFrame:
    """Return result rows with every column of the table's, the missing ones filled.

    Parameters
    ----------
    frame
        Columns `RESULT_COLUMNS` and any of `RESULT_EXTRA_COLUMNS`.

    Returns
    -------
    pandas.DataFrame
        With `standard_value` in nM where there is a p value and none was given.

    Raises
    ------
    StoreError
        If a row has neither a p value nor a standard value: it would not say what was measured.

    Examples
    --------
    >>> row = {"unit": ["uM"], "value": [2.5], "p_value": [5.6], "source_row": [2]}
    >>> completed_results(pd.DataFrame(row))[["standard_value", "standard_unit"]].values.tolist()
    [[2500.0, 'nM']]
    """
    columns = [name for name in (*RESULT_COLUMNS, *RESULT_EXTRA_COLUMNS) if name in frame.columns]
    answer = frame[columns].copy()
    for name in RESULT_EXTRA_COLUMNS:
        if name not in answer.columns:
            answer[name] = pd.Series(
                [_DEFAULTS.get(name)] * len(answer), index=answer.index, dtype=object
            )
    value = pd.to_numeric(answer["standard_value"], errors="raise").astype("float64")
    unit = answer["standard_unit"].astype(object)
    needed = (value.isna() & answer["p_value"].notna()).to_numpy()
    factors = answer["unit"].map(_NANOMOLAR).astype("float64")
    p_value = answer["p_value"].astype("float64")
    from_p = np.power(10.0, 9.0 - p_value)
    molar = (answer["value"].astype("float64") * factors).where(factors.notna(), from_p)
    answer["standard_value"] = value.mask(needed, molar)
    answer["standard_unit"] = unit.mask(needed, _STANDARD_UNIT)
    lacking = answer[answer["standard_value"].isna() | answer["standard_unit"].isna()]
    if len(lacking):
        row = int(lacking["source_row"].iloc[0])
        raise StoreError(
            f"{len(lacking)} results have neither a p value nor a standard value with its unit",
            place=f"{place}:{row}" if place else f"row {row}",
            remedy="give standard_value and standard_unit",
        )
    return answer


def counted_values(db: Database) -> tuple[int, int]:
    """Return how many different values count in the project, and a hash of them.

    A value is a compound's in an assay: relation, number and day, whatever file it came from.
    """
    with db.read() as con:
        count, digest = con.execute(_COUNTED).fetchall()[0]
    return int(count), int(digest)


def insert_results(
    con: duckdb.DuckDBPyConnection,
    frame: pd.DataFrame,
    *,
    file_id: str,
    replaces: str = "",
    place: str = "",
) -> int:
    """Append result rows of one source file and return how many.

    Parameters
    ----------
    con
        A connection from :meth:`molagent.store.database.Database.write`.
    frame
        As :func:`completed_results` takes it; `endpoint` is an endpoint (then the newest version
        of its protocol is meant) or an assay id.
    replaces
        A file whose values are not to be met as earlier ones.

    Raises
    ------
    StoreError
        If a column is missing, an endpoint has no assay, a structure was not registered, or a row
        breaks a rule of the table.
    """
    if missing := [name for name in RESULT_COLUMNS if name not in frame.columns]:
        raise StoreError(
            f"results lack {', '.join(missing)}",
            place=place,
            remedy=f"give the columns {', '.join(RESULT_COLUMNS)}",
        )
    if frame.empty:
        return 0
    completed = completed_results(frame, place=place)
    names = resolve_assays(con, completed["endpoint"], place=place)
    require_batches(con, completed["batch_id"], place=place)
    named = completed.assign(assay_id=completed["endpoint"].map(names))
    parameters = {"file_id": file_id, "limit": CONFLICT_LOG_UNITS, "replaces": replaces}
    with registered(con, "named_frame", named):
        before = _count(con)
        con.execute(_INSERT, parameters)
        inserted = _count(con) - before
    if inserted != len(named):
        raise StoreError(
            f"{len(named) - inserted} of {len(named)} results are of structures that are not "
            "registered",
            place=place,
            remedy="register the compounds in the same transaction first",
        )
    return inserted


def supersede_file(con: duckdb.DuckDBPyConnection, *, replaces: str, file_id: str) -> None:
    """Let the values of file `replaces` count no longer, in favour of those of `file_id`."""
    count = "SELECT count(*) FROM result WHERE file_id = ?"
    room = _GROUP_ROWS - con.execute(count, [file_id]).fetchall()[0][0] % _GROUP_ROWS
    while con.execute(f"{count} AND superseded_by IS NULL", [replaces]).fetchall()[0][0]:
        con.execute(_SUPERSEDE, {"file_id": file_id, "replaces": replaces, "rows": room})
        room = _GROUP_ROWS


def _count(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM result").fetchall()[0][0])
