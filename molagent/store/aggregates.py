"""One value a compound, read from a project file or from a snapshot of it."""

from collections.abc import Sequence
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.assays import endpoints
from molagent.store.database import Database, frame_of
from molagent.store.one_value import AGGREGATE_COLUMNS, P_UNIT, one_value
from molagent.store.snapshots import load_snapshot

__all__ = [
    "aggregate_results",
    "aggregate_snapshot",
    "assay_values",
    "learning_frame",
]

_MEASURED: Final = """
SELECT r.compound_id, c.smiles, c.scaffold, r.assay_id, r.endpoint, r.relation, r.value, r.unit,
       r.validity, x.tested_at_nm
FROM result_current r JOIN compound c USING (compound_id) JOIN result x USING (result_id)
WHERE ($endpoint = '' OR r.endpoint = $endpoint) AND ($assay_id = '' OR r.assay_id = $assay_id)
ORDER BY r.compound_id, r.result_id
"""


def aggregate_results(
    db: Database,
    endpoint: str,
    *,
    assays: Sequence[str] = (),
    pool: bool = False,
    suspect: bool = True,
    sd: float | None = None,
) -> pd.DataFrame:
    """Return one value a compound from the results that count.

    Parameters
    ----------
    assays
        Assay ids to take; all versions of the endpoint's protocol by default.
    pool
        Average values of several protocols. Without it they are refused: nobody averages two
        assays without saying so.
    suspect
        Whether results marked as suspect count.
    sd
        The SD of a repeat, see :func:`~molagent.store.one_value.one_value`.

    Returns
    -------
    pandas.DataFrame
        What :func:`~molagent.store.one_value.one_value` makes of them, ordered by compound.

    Raises
    ------
    NotFoundError
        If there is no such endpoint or assay.
    StoreError
        If values of several assays, units or concentrations would have to be pooled.
    """
    rows = db.query(_MEASURED, {"endpoint": endpoint, "assay_id": ""})
    if rows.empty and endpoint not in endpoints(db):
        raise NotFoundError("endpoint", endpoint, known=endpoints(db), place=db.path.name)
    rows = rows[rows["validity"] != "invalid"]
    unknown = sorted(set(assays) - set(rows["assay_id"]))
    if unknown:
        raise NotFoundError("assay with results", unknown[0], known=sorted(set(rows["assay_id"])))
    if assays:
        rows = rows[rows["assay_id"].isin(assays)]
    if not suspect:
        rows = rows[rows["validity"] == "valid"]
    _require_one(rows, pool=pool, place=db.path.name)
    return one_value(rows, sd=sd)


def aggregate_snapshot(db: Database, snapshot: str, endpoint: str) -> pd.DataFrame:
    """Return one value a compound from the results of a snapshot, as they were then.

    Returns
    -------
    pandas.DataFrame
        As of :func:`aggregate_results`; empty where the snapshot holds no result of the endpoint.

    Raises
    ------
    NotFoundError
        If there is no such snapshot.
    StoreError
        If it holds values of several assays or units.
    """
    rows = load_snapshot(db, snapshot, endpoint=endpoint)
    scaffolds = db.query("SELECT compound_id, scaffold FROM compound")
    on_p = rows["p_value"].notna()
    rows = rows.assign(
        relation=rows["p_relation"].where(on_p, rows["relation"]),
        value=rows["p_value"].where(on_p, rows["standard_value"]),
        unit=rows["standard_unit"].where(~on_p, P_UNIT),
    ).merge(scaffolds, on="compound_id", how="left")
    _require_one(rows[rows["validity"] != "invalid"], pool=False, place=f"snapshot {snapshot}")
    return one_value(rows)


def assay_values(
    con: duckdb.DuckDBPyConnection, *, endpoint: str = "", assay_id: str = ""
) -> pd.DataFrame:
    """Return one value a compound of every assay, or of an endpoint's or one; none is pooled.

    Where an assay holds tests at several concentrations, a compound has a value at each of them.

    Returns
    -------
    pandas.DataFrame
        ``assay_id, endpoint``, the columns `AGGREGATE_COLUMNS`, ``n`` (results that count), and
        ``p_relation, p_value``, which are missing where the assay measures no potency.
    """
    rows = frame_of(con, _MEASURED, {"endpoint": endpoint, "assay_id": assay_id})
    parts = [
        one_value(part).assign(assay_id=str(name), endpoint=part["endpoint"].iloc[0])
        for (name, *_), part in rows.assign(tested=_concentrations(rows)).groupby(
            ["assay_id", "unit", "tested"], sort=True
        )
    ]
    columns = ["assay_id", "endpoint", *AGGREGATE_COLUMNS]
    frame = pd.concat(parts)[columns] if parts else pd.DataFrame(columns=columns)
    frame = frame.assign(n=frame["n_exact"] + frame["n_censored"])
    potency = frame["unit"] == P_UNIT
    return frame.assign(
        p_relation=frame["relation"].where(potency, None), p_value=frame["value"].where(potency)
    ).reset_index(drop=True)


def learning_frame(values: pd.DataFrame) -> pd.DataFrame:
    """Return aggregated values under the names that models, explanations and SAR read.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, smiles, p_relation, p_value, n_exact, n, sd, assay_id``. For an endpoint
        that is no potency `p_value` holds its value, in its own unit.
    """
    return pd.DataFrame(
        {
            "compound_id": values["compound_id"],
            "smiles": values["smiles"],
            "p_relation": values["relation"],
            "p_value": values["value"],
            "n_exact": values["n_exact"],
            "n": values["n_exact"] + values["n_censored"],
            "sd": values["sd"],
            "assay_id": [", ".join(ids) for ids in values["assay_ids"]],
        }
    )


def _require_one(rows: pd.DataFrame, *, pool: bool, place: str) -> None:
    units = sorted(set(rows["unit"]))
    if len(units) > 1:
        raise StoreError(
            f"the values are in {len(units)} units ({', '.join(units)})",
            place=place,
            remedy="name one assay with assays=",
        )
    for assay_id, part in rows.groupby("assay_id"):
        doses = sorted(set(_concentrations(part)) - {0.0})
        if len(doses) > 1:
            raise StoreError(
                f"{assay_id} holds tests at {len(doses)} concentrations "
                f"({', '.join(f'{dose:g} nM' for dose in doses)}), which are not one value",
                place=place,
                remedy="read the file again with an endpoint for each of them (`--replaces`)",
            )
    assays = sorted(set(rows["assay_id"]))
    if len(assays) > 1 and not pool:
        raise StoreError(
            f"the values are by {len(assays)} protocols ({', '.join(assays)})",
            place=place,
            remedy="name one with assays=, or say pool=True",
        )


def _concentrations(rows: pd.DataFrame) -> "pd.Series[float]":
    """Return at which concentrations results were tested in nM, 0 where nothing is said."""
    # To six digits: 10 uM and 10,000 nM are one.
    return rows["tested_at_nm"].astype("float64").fillna(0.0).map(lambda nm: float(f"{nm:.6g}"))
