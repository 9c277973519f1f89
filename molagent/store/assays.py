"""Measured values: stored with their file and row, read back one value a compound."""

from collections.abc import Sequence
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
    "load_table",
    "trace_result",
    "write_ingest",
    "write_ingests",
]

_ENDPOINT: Final = """
WITH dated AS (
    SELECT compound_id, assay_id, min(measured_on) AS measured_on
    FROM result_current WHERE endpoint = $endpoint AND validity <> 'invalid'
    GROUP BY compound_id, assay_id
)
SELECT g.compound_id, g.smiles, g.scaffold, g.p_relation, g.p_value, g.n_exact, g.n, g.sd,
       g.assay_id, g.relation, g.value, g.unit, g.n_censored, g.n_suspect, g.contradicted,
       d.measured_on
FROM result_agg g LEFT JOIN dated d USING (compound_id, assay_id)
WHERE g.endpoint = $endpoint AND ($assay_id = '' OR g.assay_id = $assay_id)
ORDER BY g.compound_id
"""
_TABLE: Final = """
SELECT g.compound_id, g.smiles, g.endpoint, g.assay_id, g.relation, g.value, g.n, g.unit
FROM result_agg g WHERE list_contains($endpoints, g.endpoint) ORDER BY g.compound_id
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
        ``assay_id, relation, value, unit, n_censored, n_suspect, contradicted`` and
        ``measured_on``, the first day (None where no file said one). Where exact values exist,
        `value` is their mean and `sd` their standard deviation (NaN for one); where
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


def load_table(db: Database, names: Sequence[str] = ()) -> pd.DataFrame:
    """Return compounds by endpoints: the table that a project meeting looks at.

    Parameters
    ----------
    names
        Endpoints, or versions where one has values by several protocols (``jak1_pic50@1``,
        ``jak1_pic50@2``); all endpoints by default.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles``, then for each name its value (NaN where it was not measured), and
        in a column of the same name with `` relation`` the sign: ``=``, ``<``, ``>``, ``~`` or
        None. Concentrations are on the p scale. The units are in ``frame.attrs["units"]``.

    Raises
    ------
    NotFoundError
        If a name is no endpoint of the project.
    StoreError
        If an endpoint has values by several protocols, or an assay in several units: they are not
        averaged in silence.
    """
    known = endpoints(db)
    wanted = list(names) or list(known)
    for name in wanted:
        if name.partition("@")[0] not in known:
            raise NotFoundError("endpoint", name, known=known, place=db.path.name)
    rows = db.query(_TABLE, {"endpoints": [name.partition("@")[0] for name in wanted]})
    parts = [_column(rows, name, place=db.path.name) for name in wanted]
    first = rows[["compound_id", "smiles"]].drop_duplicates().set_index("compound_id")
    table = pd.concat([first, *(part for part, _ in parts)], axis=1).sort_index()
    table = table[table.notna().iloc[:, 1:].any(axis=1)] if wanted else table
    answer = table.rename_axis("compound_id").reset_index()
    answer.attrs["units"] = {name: unit for name, (_, unit) in zip(wanted, parts, strict=True)}
    return answer


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


def _column(rows: pd.DataFrame, name: str, *, place: str) -> tuple[pd.DataFrame, str]:
    """Return one endpoint's values and signs by compound, and their unit ('' for no value)."""
    endpoint, version = name.partition("@")[::2]
    # The first version has the endpoint's own name.
    assay_id = endpoint if version == "1" else name
    part = rows[rows["assay_id"] == assay_id] if version else rows[rows["endpoint"] == endpoint]
    held = sorted(set(part["assay_id"]))
    units = sorted(set(part["unit"]))
    if len(held) > 1 or len(units) > 1:
        what = f"by {len(held)} protocols ({', '.join(held)})" if len(held) > 1 else f"in {units}"
        raise StoreError(
            f"endpoint {name} has values {what}",
            place=place,
            remedy="name one assay; values of two protocols are not averaged in silence",
        )
    indexed = part.set_index("compound_id")[["value", "relation"]]
    return (
        indexed.rename(columns={"value": name, "relation": f"{name} relation"}),
        units[0] if units else "",
    )
