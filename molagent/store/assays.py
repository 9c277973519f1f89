"""Measured values: stored with their file and row, read back one value a compound."""

from typing import Final

import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.database import Database
from molagent.store.ingests import write_ingest, write_ingests
from molagent.store.results import CONFLICT_LOG_UNITS
from molagent.store.sources import load_sources

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
