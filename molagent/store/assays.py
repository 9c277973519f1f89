"""Measured values: stored with their file and row, read back one value a compound."""

from dataclasses import replace
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.compounds import COMPOUND_COLUMNS, register_compounds
from molagent.store.database import Database, registered
from molagent.store.receipts import (
    ASSAY_COLUMNS,
    REJECTION_COLUMNS,
    RESULT_COLUMNS,
    IngestReceipt,
    IngestResult,
)

__all__ = [
    "CONFLICT_LOG_UNITS",
    "endpoints",
    "load_assays",
    "load_endpoint",
    "load_rejections",
    "load_sources",
    "trace_result",
    "write_ingest",
]

# Exact values of one compound in one assay that are further apart than this contradict each
# other: a tenfold difference is beyond what repeated measurement explains.
CONFLICT_LOG_UNITS: Final = 1.0

_ASSAY_CONFLICT: Final = """
SELECT a.endpoint, a.target, a.quantity, f.target, f.quantity
FROM assay_frame f JOIN assay a ON a.assay_id = f.endpoint
WHERE a.quantity <> f.quantity OR a.target <> f.target
"""
_INSERT_ASSAY: Final = """
INSERT INTO assay (assay_id, endpoint, target, quantity, source, licence)
SELECT endpoint, endpoint, target, quantity, source, licence FROM assay_frame
WHERE endpoint NOT IN (SELECT assay_id FROM assay)
"""
_INSERT_SOURCE: Final = """
INSERT INTO source_file
    (file_id, name, sha256, bytes, encoding, delimiter, mapping, n_rows, accepted, rejected)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_RAW: Final = """
INSERT INTO compound_raw (file_id, source_row, compound_id, raw_smiles, name)
SELECT DISTINCT ON (f.source_row) $file_id, f.source_row, c.compound_id, f.raw_smiles, f.name
FROM result_frame f JOIN compound c USING (inchikey)
ORDER BY f.source_row
"""
# What a file's own rows say of each other was flagged when it was read; here they also meet the
# values that other files brought.
_INSERT_RESULT: Final = """
INSERT INTO result
    (compound_id, assay_id, relation, value, unit, original, p_value, p_relation, flag,
     file_id, source_row)
WITH earlier AS (
    SELECT compound_id, assay_id,
           min(p_value) FILTER (p_relation = '=') AS lowest,
           max(p_value) FILTER (p_relation = '=') AS highest
    FROM result WHERE superseded_by IS NULL AND file_id <> $replaces
    GROUP BY compound_id, assay_id
)
SELECT
    c.compound_id, f.endpoint, f.relation, f.value, f.unit, f.original, f.p_value, f.p_relation,
    CASE
        WHEN f.p_relation = '=' AND greatest(f.p_value - e.lowest, e.highest - f.p_value) > $limit
            THEN 'conflict'
        WHEN f.flag = '' AND e.compound_id IS NOT NULL THEN 'duplicate'
        ELSE f.flag
    END,
    $file_id, f.source_row
FROM result_frame f
JOIN compound c USING (inchikey)
LEFT JOIN earlier e ON e.compound_id = c.compound_id AND e.assay_id = f.endpoint
ORDER BY f.source_row
"""
# The old row points to the new one of its compound and assay, or to the new file's first row where
# that compound is not in it any more: either way it no longer counts.
_SUPERSEDE: Final = """
UPDATE result AS r SET superseded_by = coalesce(
    (SELECT min(n.result_id) FROM result n
     WHERE n.file_id = $file_id AND n.compound_id = r.compound_id AND n.assay_id = r.assay_id),
    (SELECT min(n.result_id) FROM result n WHERE n.file_id = $file_id)
)
WHERE r.file_id = $replaces AND r.superseded_by IS NULL
"""
_INSERT_REJECTION: Final = """
INSERT INTO rejection (file_id, source_row, kind, reason, raw)
SELECT $file_id, source_row, kind, reason, raw FROM rejection_frame
"""
_ENDPOINT: Final = """
SELECT compound_id, smiles, scaffold, p_relation, p_value, n_exact, n, sd
FROM result_agg WHERE endpoint = ? ORDER BY compound_id
"""
_ENDPOINTS: Final = """
SELECT a.endpoint, a.target, a.quantity, a.source, a.licence,
       count(r.result_id) AS n_results, count(DISTINCT r.compound_id) AS n_compounds
FROM assay a LEFT JOIN result r ON r.assay_id = a.assay_id AND r.superseded_by IS NULL
GROUP BY ALL ORDER BY a.endpoint
"""
_REJECTIONS: Final = """
SELECT s.name AS file, r.source_row, r.kind, r.reason, r.raw, r.file_id
FROM rejection r JOIN source_file s USING (file_id)
ORDER BY s.read_at, s.name, r.source_row
"""
_SOURCES: Final = """
SELECT file_id, name, sha256, bytes, encoding, delimiter, mapping, n_rows, accepted, rejected,
       read_at
FROM source_file ORDER BY read_at, name
"""
_TRACE: Final = """
SELECT s.name AS file, r.source_row, w.raw_smiles, w.name, r.original, r.relation, r.value, r.unit,
       r.p_relation, r.p_value, r.flag, r.file_id
FROM result r
JOIN assay a USING (assay_id)
JOIN source_file s USING (file_id)
JOIN compound_raw w ON w.file_id = r.file_id AND w.source_row = r.source_row
WHERE r.compound_id = $compound_id AND a.endpoint = $endpoint AND r.superseded_by IS NULL
ORDER BY s.read_at, s.name, r.source_row
"""


def write_ingest(db: Database, ingest_result: IngestResult, *, replaces: str = "") -> IngestReceipt:
    """Store one read file in one transaction.

    Parameters
    ----------
    replaces
        The ``file_id`` (see :func:`load_sources`) of a file that this one corrects. Its results
        stay in the table but count no longer; without it they would be averaged with the new ones.

    Returns
    -------
    IngestReceipt
        With ``known`` set, and nothing written, if the same file was stored before with the same
        mapping.

    Raises
    ------
    StoreError
        If an endpoint of the file is in the project with another target or quantity, or there is
        nothing to replace, or nothing to replace it with.
    """
    receipt = ingest_result.receipt
    with db.write() as con:
        known = con.execute(
            "SELECT 1 FROM source_file WHERE file_id = ?", [receipt.file_id]
        ).fetchall()
        if known:
            return replace(receipt, known=True)
        _require_replaceable(con, replaces, ingest_result)
        before = _count_compounds(con)
        _insert_assays(con, ingest_result.assays, place=ingest_result.name)
        register_compounds(con, ingest_result.compounds[list(COMPOUND_COLUMNS)])
        _insert_source(con, ingest_result)
        _insert_rows(con, ingest_result, replaces)
        new_compounds = _count_compounds(con) - before
        flags = dict(
            con.execute(
                "SELECT flag, count(*) FROM result WHERE file_id = ? GROUP BY flag",
                [receipt.file_id],
            ).fetchall()
        )
    return replace(
        receipt,
        written=True,
        new_compounds=new_compounds,
        duplicates=flags.get("duplicate", 0),
        conflicts=flags.get("conflict", 0),
    )


def load_endpoint(db: Database, endpoint: str) -> pd.DataFrame:
    """Return one value a compound, ordered by compound id.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, scaffold, p_relation, p_value, n_exact, n, sd``. Where exact values
        exist, `p_value` is their mean and `sd` their standard deviation (NaN for one); where only
        censored ones exist it is the tightest bound. `p_relation` is on the p scale: ``<`` means
        less active than `p_value`.

    Raises
    ------
    NotFoundError
        If the project has no such endpoint.
    """
    frame = db.query(_ENDPOINT, [endpoint])
    if frame.empty:
        known = endpoints(db)
        if endpoint not in known:
            raise NotFoundError("endpoint", endpoint, known=known, place=db.path.name)
    return frame


def endpoints(db: Database) -> tuple[str, ...]:
    """Return the names of the endpoints the project has assays for, sorted."""
    return tuple(load_assays(db)["endpoint"])


def load_assays(db: Database) -> pd.DataFrame:
    """Return the assays: endpoint, target, quantity, source, licence, n_results, n_compounds."""
    return db.query(_ENDPOINTS)


def load_rejections(db: Database) -> pd.DataFrame:
    """Return every rejected row: file, source_row, kind, reason, raw, file_id."""
    return db.query(_REJECTIONS)


def load_sources(db: Database) -> pd.DataFrame:
    """Return every file that was read, with its hash, encoding, mapping and counts."""
    return db.query(_SOURCES)


def trace_result(db: Database, compound_id: str, endpoint: str) -> pd.DataFrame:
    """Return every raw row behind one value: file, row, structure and value as they stood there.

    Raises
    ------
    NotFoundError
        If the compound has no result for the endpoint.
    """
    frame = db.query(_TRACE, {"compound_id": compound_id, "endpoint": endpoint})
    if frame.empty:
        raise NotFoundError(
            f"{endpoint} result", compound_id, known=endpoints(db), place=db.path.name
        )
    return frame


def _count_compounds(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM compound").fetchall()[0][0])


def _insert_assays(con: duckdb.DuckDBPyConnection, assays: pd.DataFrame, *, place: str) -> None:
    if assays.empty:
        return
    with registered(con, "assay_frame", assays[list(ASSAY_COLUMNS)]):
        clashes = con.execute(_ASSAY_CONFLICT).fetchall()
        for endpoint, target, quantity, new_target, new_quantity in clashes:
            raise StoreError(
                f"endpoint {endpoint} holds {quantity} of {target}, the file brings "
                f"{new_quantity} of {new_target}",
                place=place,
                remedy="give it an endpoint of its own: assays are never pooled",
            )
        con.execute(_INSERT_ASSAY)


def _insert_source(con: duckdb.DuckDBPyConnection, result: IngestResult) -> None:
    con.execute(
        _INSERT_SOURCE,
        [
            result.file_id,
            result.name,
            result.sha256,
            result.bytes,
            result.encoding,
            result.delimiter,
            result.mapping_json,
            result.n_rows,
            len(result.results),
            len(result.rejections),
        ],
    )


def _require_replaceable(
    con: duckdb.DuckDBPyConnection, replaces: str, result: IngestResult
) -> None:
    if not replaces:
        return
    known = con.execute("SELECT name FROM source_file WHERE file_id = ?", [replaces]).fetchall()
    if not known:
        raise NotFoundError("source file", replaces, place=result.name)
    if result.results.empty:
        raise StoreError(
            f"no row of the file is taken, so it cannot replace {known[0][0]}",
            place=result.name,
            remedy="correct its rows",
        )


def _insert_rows(con: duckdb.DuckDBPyConnection, result: IngestResult, replaces: str) -> None:
    file_id = {"file_id": result.file_id}
    if len(result.results):
        with registered(con, "result_frame", result.results[list(RESULT_COLUMNS)]):
            con.execute(_INSERT_RAW, file_id)
            con.execute(
                _INSERT_RESULT, {**file_id, "limit": CONFLICT_LOG_UNITS, "replaces": replaces}
            )
        if replaces:
            con.execute(_SUPERSEDE, {**file_id, "replaces": replaces})
    if len(result.rejections):
        with registered(con, "rejection_frame", result.rejections[list(REJECTION_COLUMNS)]):
            con.execute(_INSERT_REJECTION, file_id)
