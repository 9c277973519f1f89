"""The endpoints that a project has assays for, and the rows that its files were refused."""

from typing import Final

import pandas as pd

from molagent.store.database import Database
from molagent.store.results import CONFLICT_LOG_UNITS
from molagent.store.sources import load_sources

__all__ = [
    "CONFLICT_LOG_UNITS",
    "endpoints",
    "load_assays",
    "load_known_potencies",
    "load_rejections",
    "load_sources",
    "value_units",
]

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
_KNOWN: Final = """
SELECT substance_key(c.inchikey, c.substance) AS inchikey, r.endpoint, r.p_value
FROM result_current r JOIN compound c USING (compound_id)
WHERE r.p_value IS NOT NULL AND r.validity <> 'invalid'
"""
_UNITS: Final = """
SELECT DISTINCT endpoint, unit FROM result_current
WHERE validity <> 'invalid' AND value IS NOT NULL ORDER BY endpoint, unit
"""
_REJECTIONS: Final = """
SELECT s.name AS file, r.source_row, r.kind, r.reason, r.raw, r.file_id, r.field
FROM rejection r JOIN source_file s USING (file_id)
ORDER BY s.read_at, s.name, r.source_row, r.field
"""


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


def value_units(db: Database) -> dict[str, list[str]]:
    """Return endpoint to the units of its values that count, sorted; potencies on the p scale."""
    rows = db.query(_UNITS)
    return {str(name): list(part["unit"]) for name, part in rows.groupby("endpoint")}


def load_known_potencies(db: Database) -> pd.DataFrame:
    """Return ``inchikey, endpoint, p_value`` of every potency that counts, to hold a file to."""
    return db.query(_KNOWN)


def load_rejections(db: Database) -> pd.DataFrame:
    """Return every rejected row or cell: file, source_row, kind, reason, raw, file_id, field."""
    return db.query(_REJECTIONS)
