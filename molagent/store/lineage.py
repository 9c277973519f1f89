"""Where a number comes from: one call from any value of a project to the rows of the files."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import duckdb

from molagent.errors import InputError, NotFoundError
from molagent.store.database import Database
from molagent.store.lineage_measured import (
    compound_source,
    curve_source,
    result_source,
    snapshot_source,
    value_sources,
)
from molagent.store.lineage_predicted import (
    desirability_source,
    estimate_source,
    model_source,
    prediction_source,
    proposal_source,
)
from molagent.store.lineage_tree import Source

__all__ = ["REFERENCES", "find_source"]

# What a value may be named by.
REFERENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "result": "result:12",
        "value": "value:MA-000001/jak1_pki",
        "compound": "compound:MA-000001",
        "curve": "curve:3",
        "proposal": "proposal:P1-0001",
        "prediction": "prediction:P1-0001/jak1_pki, or of a compound",
        "desirability": "desirability:P1-0001",
        "model": "model:jak1_pki/v3",
        "snapshot": "snapshot:training 1",
    }
)


def find_source(db: Database, reference: str) -> Source:
    """Return what a value was made from, down to the rows of files.

    Parameters
    ----------
    reference
        ``kind:key`` as in `REFERENCES`. Where a proposal's number is used by several campaigns,
        the campaign's id goes before it: ``prediction:3f2a.../P1-0001/jak1_pki``.

    Returns
    -------
    Source
        A tree: ``print(source)`` shows it, ``source.to_dict()`` is ready for JSON,
        ``source.rows()`` lists the files and rows.

    Raises
    ------
    InputError
        If the reference is none.
    NotFoundError
        If there is no such value.
    """
    kind, _, key = (part.strip() for part in reference.partition(":"))
    if kind not in _FINDERS or not key:
        raise InputError(
            f"{reference!r} names no value",
            remedy="give " + "; ".join(REFERENCES.values()),
        )
    with db.read() as con:
        return _FINDERS[kind](con, key)


def _number(key: str) -> int:
    if not key.isdecimal():
        raise InputError(f"{key!r} is not the number of a row", remedy="give a number: result:12")
    return int(key)


def _value(con: duckdb.DuckDBPyConnection, key: str) -> Source:
    compound_id, endpoint = _split(key)
    values = value_sources(con, compound_id, endpoint)
    if not values:
        known = con.execute("SELECT DISTINCT endpoint FROM assay").fetchall()
        raise NotFoundError(
            f"{endpoint} value", compound_id, known=[str(name) for (name,) in known]
        )
    made = compound_source(con, compound_id)
    if len(values) == 1:
        only = values[0]
        return Source(
            kind=only.kind, label=only.label, facts=only.facts, sources=(*only.sources, made)
        )
    # Versions of an assay are never pooled: each has a value of its own.
    return Source(
        kind="values",
        label=key,
        facts={"assays": len(values)},
        sources=(*values, made),
    )


def _prediction(con: duckdb.DuckDBPyConnection, key: str) -> Source:
    owner, endpoint = _split(key)
    campaign_id, _, name = owner.rpartition("/")
    if not campaign_id:
        estimate = estimate_source(con, name, endpoint)
        if estimate is not None:
            return estimate
    return prediction_source(con, name, endpoint, campaign_id)


def _split(key: str) -> tuple[str, str]:
    owner, slash, endpoint = key.rpartition("/")
    if not (slash and owner and endpoint):
        raise InputError(f"{key!r} names no endpoint", remedy="give both: value:MA-000001/jak1_pki")
    return owner, endpoint


def _of_proposal(
    find: Callable[[duckdb.DuckDBPyConnection, str, str], Source],
) -> Callable[[duckdb.DuckDBPyConnection, str], Source]:
    def _found(con: duckdb.DuckDBPyConnection, key: str) -> Source:
        campaign_id, _, proposal_id = key.rpartition("/")
        return find(con, proposal_id, campaign_id)

    return _found


_FINDERS: Final[Mapping[str, Callable[[duckdb.DuckDBPyConnection, str], Source]]] = (
    MappingProxyType(
        {
            "result": lambda con, key: result_source(con, _number(key)),
            "value": _value,
            "compound": compound_source,
            "curve": lambda con, key: curve_source(con, _number(key)),
            "proposal": _of_proposal(proposal_source),
            "prediction": _prediction,
            "desirability": _of_proposal(desirability_source),
            "model": model_source,
            "snapshot": snapshot_source,
        }
    )
)
