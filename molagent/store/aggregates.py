"""One value a compound, with censored measurements counted for what they say.

A value reported as ``> 30 uM`` says something: leaving it out makes a compound look more active
than it was measured to be, and taking it as 30 makes it look better known. Here it enters the
likelihood.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.records import BoolArray, FloatArray
from molagent.store.assays import endpoints
from molagent.store.censoring import IntArray, censored_means, group_extreme
from molagent.store.database import Database

__all__ = ["AGGREGATE_COLUMNS", "aggregate_results"]

AGGREGATE_COLUMNS: Final = (
    "compound_id",
    "smiles",
    "scaffold",
    "relation",
    "value",
    "unit",
    "se",
    "sd",
    "n_exact",
    "n_censored",
    "n_suspect",
    "contradicted",
    "assay_ids",
    "assay_spread",
)
# The SD of a repeat where the data has too few of them to tell: pooled over the replicates of the
# COVID Moonshot's pIC50 it is 0.2.
_LOG_SD: Final = 0.2
# From so many degrees of freedom on, the assay's own repeats say what their SD is.
_LEAST_REPEATS: Final = 10
_MEASURED: Final = """
SELECT r.compound_id, c.smiles, c.scaffold, r.assay_id, r.relation, r.value, r.unit, r.validity
FROM result_current r JOIN compound c USING (compound_id)
WHERE r.endpoint = $endpoint AND r.validity <> 'invalid'
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
    """Return one value a compound, estimated from its exact and its censored measurements.

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
        The SD of a repeat, in log units for concentrations, else in the unit. By default that of
        the assay's own repeats, pooled, where there are ten degrees of freedom, and else 0.2 log
        units.

    Returns
    -------
    pandas.DataFrame
        Columns `AGGREGATE_COLUMNS`, ordered by compound. Where an exact value exists, `value` is
        the most likely mean given all of them and `relation` is ``=``; `se` is its standard error.
        Where only bounds in one direction exist, the tightest stands with its sign and `se` is
        NaN; bounds from both sides give ``~`` and the most likely value between. `sd` is of the
        compound's own exact values. `contradicted` says that a bound shuts out the exact mean by
        more than two SDs. `assay_spread` is how far the assays' own exact means lie apart, NaN for
        one.

    Raises
    ------
    NotFoundError
        If there is no such endpoint or assay.
    StoreError
        If values of several assays or units would have to be pooled, or the SD of a repeat is
        needed and not known.
    """
    rows = db.query(_MEASURED, {"endpoint": endpoint})
    if rows.empty and endpoint not in endpoints(db):
        raise NotFoundError("endpoint", endpoint, known=endpoints(db), place=db.path.name)
    unknown = sorted(set(assays) - set(rows["assay_id"]))
    if unknown:
        raise NotFoundError("assay with results", unknown[0], known=sorted(set(rows["assay_id"])))
    if assays:
        rows = rows[rows["assay_id"].isin(assays)]
    if not suspect:
        rows = rows[rows["validity"] == "valid"]
    if rows.empty:
        return pd.DataFrame(columns=list(AGGREGATE_COLUMNS))
    _require_one(rows, pool=pool, place=db.path.name)
    return _aggregate(rows.reset_index(drop=True), sd)


def _aggregate(rows: pd.DataFrame, sd: float | None) -> pd.DataFrame:
    codes, compounds = pd.factorize(rows["compound_id"])
    labels = codes.astype("int64")
    value = rows["value"].to_numpy("float64")
    relation = rows["relation"].to_numpy(str)
    sign = np.where(
        np.isin(relation, ("<", "<=")), -1.0, np.where(np.isin(relation, (">", ">=")), 1.0, 0.0)
    )
    exact: BoolArray = relation == "="
    grouped = rows[exact].groupby(labels[exact])["value"]
    every = pd.RangeIndex(len(compounds))
    n_exact = grouped.size().reindex(every, fill_value=0).to_numpy()
    n_rows = np.bincount(labels, minlength=len(compounds))
    # Approximate values count only where there is nothing better.
    counted = ~((relation == "~") & (n_exact[labels] > 0))
    spread = grouped.std().reindex(every).to_numpy()
    mean_exact = grouped.mean().reindex(every).to_numpy()
    repeat = _repeat_sd(rows, exact, labels, sd)
    needed = bool(((sign != 0) & (n_exact[labels] > 0)).any())
    if np.isnan(repeat) and needed:
        raise StoreError(
            "how far repeats of this assay lie apart is not known, so bounds and exact values "
            "cannot be weighed",
            remedy="give sd=, the SD of a repeat in the assay's unit",
        )
    scale = 1.0 if np.isnan(repeat) else repeat
    mean, error = censored_means(value[counted], sign[counted], labels[counted], scale)
    below = group_extreme(np.where(sign < 0, value, np.inf), labels, len(compounds), np.minimum)
    above = group_extreme(np.where(sign > 0, value, -np.inf), labels, len(compounds), np.maximum)
    only_below = np.isneginf(mean)
    only_above = np.isposinf(mean)
    approximate = ~only_below & ~only_above & (n_exact == 0)
    first = rows.groupby(labels)[["smiles", "scaffold", "unit"]].first()
    return pd.DataFrame(
        {
            "compound_id": compounds,
            "smiles": first["smiles"].to_numpy(),
            "scaffold": first["scaffold"].to_numpy(),
            "relation": np.select([only_below, only_above, approximate], ["<", ">", "~"], "="),
            "value": np.where(only_below, below, np.where(only_above, above, mean)),
            "unit": first["unit"].to_numpy(),
            "se": np.where(np.isnan(repeat) | approximate, np.nan, error),
            "sd": spread,
            "n_exact": n_exact,
            "n_censored": n_rows - n_exact,
            "n_suspect": np.bincount(
                labels, weights=rows["validity"] == "suspect", minlength=len(compounds)
            ).astype("int64"),
            "contradicted": _contradicted(mean_exact, below, above, scale),
            "assay_ids": [tuple(sorted(set(part))) for _, part in rows["assay_id"].groupby(labels)],
            "assay_spread": _assay_spread(rows[exact], labels[exact], len(compounds)),
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
    assays = sorted(set(rows["assay_id"]))
    if len(assays) > 1 and not pool:
        raise StoreError(
            f"the values are by {len(assays)} protocols ({', '.join(assays)})",
            place=place,
            remedy="name one with assays=, or say pool=True",
        )


def _repeat_sd(
    rows: pd.DataFrame, exact: BoolArray, labels: IntArray, given: float | None
) -> float:
    """Return the SD of a repeat: given, pooled over the repeats in one assay, or the default."""
    if given is not None:
        return float(given)
    repeats = rows[exact].groupby([labels[exact], rows.loc[exact, "assay_id"]])["value"]
    freedom = int((repeats.size() - 1).sum())
    if freedom >= _LEAST_REPEATS:
        pooled = float(np.sqrt((repeats.var().fillna(0.0) * (repeats.size() - 1)).sum() / freedom))
        if pooled > 0:
            return pooled
    return _LOG_SD if rows["unit"].iloc[0] == "-log10(M)" else float("nan")


def _contradicted(mean: FloatArray, ceiling: FloatArray, floor: FloatArray, sd: float) -> BoolArray:
    """Return where an exact mean lies beyond a bound by more than two SDs, or bounds cross."""
    shut_out = (mean - ceiling > 2 * sd) | (floor - mean > 2 * sd)
    answer: BoolArray = shut_out | (floor - ceiling > 2 * sd)
    return answer


def _assay_spread(exact: pd.DataFrame, labels: IntArray, count: int) -> FloatArray:
    means = exact.groupby([labels, exact["assay_id"]])["value"].mean()
    if means.empty:
        return np.full(count, np.nan)
    by_compound = means.groupby(level=0)
    spread = (by_compound.max() - by_compound.min()).where(by_compound.size() > 1)
    return np.asarray(spread.reindex(pd.RangeIndex(count)), dtype="float64")
