"""Measured values: stored with their file and row, read back one value a compound."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.compounds import COMPOUND_COLUMNS, register_compounds
from molagent.store.database import Database, registered
from molagent.store.receipts import (
    ASSAY_COLUMNS,
    ASSAY_EXTRA_COLUMNS,
    REJECTION_COLUMNS,
    STRUCTURE_COLUMNS,
    IngestReceipt,
    IngestResult,
)
from molagent.store.results import CONFLICT_LOG_UNITS, insert_results, supersede_file
from molagent.store.sources import SourceFile, load_sources, register_source

__all__ = [
    "CONFLICT_LOG_UNITS",
    "endpoints",
    "load_assays",
    "load_endpoint",
    "load_rejections",
    "load_sources",
    "trace_result",
    "write_ingest",
    "write_ingests",
]

_ASSAY_CONFLICT: Final = """
SELECT a.endpoint, a.target, a.quantity, f.target, f.quantity
FROM assay_frame f JOIN assay a ON a.assay_id = f.endpoint
WHERE a.quantity <> f.quantity OR a.target <> f.target
"""
_DIMENSION_CONFLICT: Final = """
SELECT p.assay_id, CAST(p.dimension AS VARCHAR), p.unit, f.dimension, f.standard_unit
FROM assay_frame f JOIN assay_protocol p ON p.assay_id = f.endpoint
WHERE CAST(p.dimension AS VARCHAR) <> f.dimension OR p.unit <> f.standard_unit
"""
_PROTOCOL_CONFLICT: Final = """
WITH newest AS (
    SELECT *, row_number() OVER (PARTITION BY endpoint ORDER BY version DESC) AS age
    FROM assay_protocol
)
SELECT p.assay_id, coalesce(p.readout, p.protocol), coalesce(f.readout, f.protocol)
FROM assay_frame f JOIN newest p ON p.endpoint = f.endpoint AND p.age = 1
WHERE p.organism <> f.organism OR p.cell_line <> f.cell_line OR p.format <> f.format
   OR p.readout <> f.readout OR p.protocol <> f.protocol
   OR CAST(p.better AS VARCHAR) <> f.better
"""
_INSERT_ASSAY: Final = """
INSERT INTO assay (assay_id, endpoint, target, quantity, source, licence)
SELECT endpoint, endpoint, target, quantity, source, licence FROM assay_frame
WHERE endpoint NOT IN (SELECT assay_id FROM assay)
"""
_INSERT_PROTOCOL: Final = """
INSERT INTO assay_protocol
    (assay_id, endpoint, version, dimension, unit, organism, cell_line, format, readout, better,
     protocol)
SELECT endpoint, endpoint, 1, dimension, standard_unit, organism, cell_line, format, readout,
       better, protocol
FROM assay_frame WHERE endpoint NOT IN (SELECT assay_id FROM assay_protocol)
"""
# A row may bring several values and stands in the file once.
_INSERT_RAW: Final = """
INSERT INTO compound_raw (file_id, source_row, compound_id, raw_smiles, name)
SELECT DISTINCT ON (f.source_row) $file_id, f.source_row, c.compound_id, f.raw_smiles, f.name
FROM raw_frame f JOIN compound c USING (inchikey)
ORDER BY f.source_row
"""
_INSERT_REJECTION: Final = """
INSERT INTO rejection (file_id, source_row, field, kind, reason, raw)
SELECT $file_id, source_row, field, kind, reason, raw FROM rejection_frame
"""
_ENDPOINT: Final = """
SELECT compound_id, smiles, scaffold, p_relation, p_value, n_exact, n, sd,
       assay_id, relation, value, unit, n_censored, n_suspect, contradicted
FROM result_agg WHERE endpoint = $endpoint AND ($assay_id = '' OR assay_id = $assay_id)
ORDER BY compound_id
"""
_ENDPOINTS: Final = """
SELECT a.endpoint, any_value(a.target) AS target, any_value(a.quantity) AS quantity,
       any_value(a.source) AS source, any_value(a.licence) AS licence,
       count(r.result_id) AS n_results, count(DISTINCT r.compound_id) AS n_compounds,
       count(DISTINCT a.assay_id) AS n_versions,
       CAST(any_value(p.dimension) AS VARCHAR) AS dimension, any_value(p.unit) AS unit
FROM assay a
LEFT JOIN assay_protocol p USING (assay_id)
LEFT JOIN result r ON r.assay_id = a.assay_id AND r.superseded_by IS NULL
GROUP BY a.endpoint ORDER BY a.endpoint
"""
_REJECTIONS: Final = """
SELECT s.name AS file, r.source_row, r.kind, r.reason, r.raw, r.file_id, r.field
FROM rejection r JOIN source_file s USING (file_id)
ORDER BY s.read_at, s.name, r.source_row, r.field
"""
_TRACE: Final = """
SELECT s.name AS file, r.source_row, w.raw_smiles, w.name, r.original, r.relation, r.value, r.unit,
       r.p_relation, r.p_value, r.flag, r.file_id, r.assay_id, r.result_id, r.revision, r.validity
FROM result r
JOIN assay a USING (assay_id)
JOIN source_file s USING (file_id)
LEFT JOIN compound_raw w ON w.file_id = r.file_id AND w.source_row = r.source_row
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
        If an endpoint of the file is in the project with another target, quantity or dimension, or
        there is nothing to replace, or nothing to replace it with.
    """
    with db.write() as con:
        return _write_one(con, ingest_result, replaces)


def write_ingests(db: Database, ingest_results: Sequence[IngestResult]) -> list[IngestReceipt]:
    """Store several read files in one transaction: all of them, or on any error none.

    For a delivery of files that belong together, such as compounds beside their values.

    Returns
    -------
    list of IngestReceipt
        One a file, in order; see :func:`write_ingest`.
    """
    with db.write() as con:
        return [_write_one(con, result, "") for result in ingest_results]


def load_endpoint(db: Database, endpoint: str, *, assay: str = "") -> pd.DataFrame:
    """Return one value a compound, ordered by compound id.

    Parameters
    ----------
    assay
        The assay id of one version of the endpoint's protocol. Needed where values of several
        versions are in the project: they are not averaged in silence (see
        :func:`molagent.store.aggregates.aggregate_results` for doing it by name).

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, scaffold, p_relation, p_value, n_exact, n, sd``, then
        ``assay_id, relation, value, unit, n_censored, n_suspect, contradicted``. Where exact
        values exist, `value` is their mean and `sd` their standard deviation (NaN for one); where
        only censored ones exist it is the tightest bound. Concentrations are on the p scale, where
        ``<`` means less active, and stand in `p_value` too; all else is in `unit`, and `p_value`
        is NaN. `contradicted` says that a bound shuts the value out.

    Raises
    ------
    NotFoundError
        If the project has no such endpoint or assay.
    StoreError
        If the endpoint has values of several protocol versions and `assay` names none.
    """
    frame = db.query(_ENDPOINT, {"endpoint": endpoint, "assay_id": assay})
    versions = sorted(set(frame["assay_id"]))
    if len(versions) > 1:
        raise StoreError(
            f"endpoint {endpoint} has values by {len(versions)} protocols ({', '.join(versions)})",
            place=db.path.name,
            remedy="name one with assay=; values of two protocols are not averaged in silence",
        )
    if frame.empty:
        known = endpoints(db)
        if endpoint not in known:
            raise NotFoundError("endpoint", endpoint, known=known, place=db.path.name)
        if assay:
            rows = db.query("SELECT assay_id FROM assay WHERE endpoint = ?", [endpoint])
            if assay not in set(rows["assay_id"]):
                raise NotFoundError("assay", assay, known=sorted(rows["assay_id"]))
    return frame


def endpoints(db: Database) -> tuple[str, ...]:
    """Return the names of the endpoints the project has assays for, sorted."""
    return tuple(load_assays(db)["endpoint"])


def load_assays(db: Database) -> pd.DataFrame:
    """Return the endpoints, one row each.

    Returns
    -------
    pandas.DataFrame
        ``endpoint, target, quantity, source, licence, n_results, n_compounds, n_versions,
        dimension, unit``; see :func:`molagent.store.assay_protocols.load_protocols` for the
        versions.
    """
    return db.query(_ENDPOINTS)


def load_rejections(db: Database) -> pd.DataFrame:
    """Return every rejected row or cell: file, source_row, kind, reason, raw, file_id, field."""
    return db.query(_REJECTIONS)


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


def _write_one(
    con: duckdb.DuckDBPyConnection, result: IngestResult, replaces: str
) -> IngestReceipt:
    receipt = result.receipt
    known = con.execute("SELECT 1 FROM source_file WHERE file_id = ?", [receipt.file_id]).fetchall()
    if known:
        return replace(receipt, known=True)
    _require_replaceable(con, replaces, result)
    before = _count_compounds(con)
    _insert_assays(con, result.assays, place=result.name)
    register_compounds(con, result.compounds[list(COMPOUND_COLUMNS)])
    register_source(con, _source_of(result))
    _insert_rows(con, result, replaces)
    flags = dict(
        con.execute(
            "SELECT flag, count(*) FROM result WHERE file_id = ? GROUP BY flag", [receipt.file_id]
        ).fetchall()
    )
    return replace(
        receipt,
        written=True,
        new_compounds=_count_compounds(con) - before,
        duplicates=flags.get("duplicate", 0),
        conflicts=flags.get("conflict", 0),
    )


def _count_compounds(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM compound").fetchall()[0][0])


def _insert_assays(con: duckdb.DuckDBPyConnection, assays: pd.DataFrame, *, place: str) -> None:
    if assays.empty:
        return
    frame = assays[list(ASSAY_COLUMNS)].copy()
    for name in ASSAY_EXTRA_COLUMNS:
        default = {"dimension": "concentration", "standard_unit": "nM"}.get(name)
        frame[name] = (
            assays[name]
            if name in assays.columns
            else pd.Series([default] * len(assays), index=assays.index, dtype=object)
        )
    with registered(con, "assay_frame", frame):
        for endpoint, target, quantity, other, given in con.execute(_ASSAY_CONFLICT).fetchall():
            raise _assay_clash(endpoint, f"{quantity} of {target}", f"{given} of {other}", place)
        for assay_id, kind, unit, other, given in con.execute(_DIMENSION_CONFLICT).fetchall():
            raise _assay_clash(assay_id, f"{kind} in {unit}", f"{other} in {given}", place)
        for assay_id, ours, theirs in con.execute(_PROTOCOL_CONFLICT).fetchall():
            raise StoreError(
                f"assay {assay_id} is done in another way ({ours}) than the file says ({theirs})",
                place=place,
                remedy="register the new protocol as its next version, or give it another endpoint",
            )
        con.execute(_INSERT_ASSAY)
        con.execute(_INSERT_PROTOCOL)


def _assay_clash(endpoint: str, held: str, brought: str, place: str) -> StoreError:
    return StoreError(
        f"endpoint {endpoint} holds {held}, the file brings {brought}",
        place=place,
        remedy="give it an endpoint of its own: assays are never pooled",
    )


def _source_of(result: IngestResult) -> SourceFile:
    return SourceFile(
        name=result.name,
        sha256=result.sha256,
        bytes=result.bytes,
        kind=result.kind,
        n_rows=result.n_rows,
        accepted=result.accepted,
        rejected=len(result.rejections),
        mapping=result.mapping,
        encoding=result.encoding,
        delimiter=result.delimiter,
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
    raw = [result.results[list(STRUCTURE_COLUMNS)]] if len(result.results) else []
    if result.structures is not None and len(result.structures):
        raw.append(result.structures[list(STRUCTURE_COLUMNS)])
    if raw:
        with registered(con, "raw_frame", pd.concat(raw, ignore_index=True)):
            con.execute(_INSERT_RAW, {"file_id": result.file_id})
    if len(result.results):
        insert_results(
            con, result.results, file_id=result.file_id, replaces=replaces, place=result.name
        )
        if replaces:
            supersede_file(con, replaces=replaces, file_id=result.file_id)
    if len(result.rejections):
        frame = result.rejections[list(REJECTION_COLUMNS)].copy()
        frame["field"] = result.rejections.get("field", "")
        with registered(con, "rejection_frame", frame):
            con.execute(_INSERT_REJECTION, {"file_id": result.file_id})
