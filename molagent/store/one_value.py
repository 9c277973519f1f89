"""One value a compound, with censored measurements counted for what they say.

A value reported as ``> 30 uM`` says something: leaving it out makes a compound look more active
than it was measured to be, and taking it as 30 makes it look better known. Here it enters the
likelihood. There is no other such rule: campaigns, training, explanations, SAR, lineage and the
API all read what :func:`one_value` returns.
"""

from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import InputError
from molagent.records import BoolArray, FloatArray
from molagent.store.censoring import IntArray, censored_means, group_extreme

__all__ = ["AGGREGATE_COLUMNS", "P_UNIT", "one_value"]

#: The unit of potencies: all are averaged on the p scale, where ``<`` means less active.
P_UNIT: Final = "-log10(M)"
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
_NEEDED: Final = (
    "compound_id",
    "smiles",
    "scaffold",
    "assay_id",
    "relation",
    "value",
    "unit",
    "validity",
)


def one_value(rows: pd.DataFrame, *, sd: float | None = None) -> pd.DataFrame:
    """Return one value a compound from its exact and its censored measurements.

    Parameters
    ----------
    rows
        Results of one endpoint in one unit: ``compound_id, smiles, scaffold, assay_id, relation``
        (``=``, ``<``, ``<=``, ``>``, ``>=`` or ``~``), ``value, unit, validity``; potencies on the
        p scale. Rows that are ``invalid`` or lack a value do not count.
    sd
        The SD of a repeat, in log units for potencies, else in the unit. By default that of the
        assay's own repeats, pooled, where there are ten degrees of freedom, and else 0.2 log
        units. Where it is not known, because few repeats of something that is no potency were
        measured, bounds cannot be weighed against exact values: the value is then the mean of the
        exact ones.

    Returns
    -------
    pandas.DataFrame
        Columns `AGGREGATE_COLUMNS`, ordered by compound. Where an exact value exists, `value` is
        the most likely mean given all of them and `relation` is ``=``; `se` is its standard error.
        Where only bounds in one direction exist, the tightest stands with its sign and `se` is
        NaN; bounds from both sides give ``~`` and the most likely value between, as do approximate
        values, which count only where no exact one does. `sd` is of the compound's own exact
        values. `contradicted` says that a bound shuts out the exact mean by more than two SDs of a
        repeat (at all, where that SD is not known). `assay_spread` is how far the assays' own
        exact means lie apart, NaN for one.

    Raises
    ------
    InputError
        If a column is missing or `sd` is not above 0.

    Examples
    --------
    1 uM, 1 uM and > 3.16 uM:

    >>> rows = pd.DataFrame({"compound_id": "A", "smiles": "C", "scaffold": "", "assay_id": "ki",
    ...     "relation": ["=", "=", "<"], "value": [6.0, 6.0, 5.5], "unit": P_UNIT,
    ...     "validity": "valid"})
    >>> one_value(rows)["value"].round(3).tolist()
    [5.804]
    """
    if missing := [name for name in _NEEDED if name not in rows.columns]:
        raise InputError(
            f"result rows lack {', '.join(missing)}",
            remedy=f"give {', '.join(_NEEDED)}, a row a result",
        )
    kept = rows[(rows["validity"] != "invalid") & rows["value"].notna() & rows["relation"].notna()]
    if kept.empty:
        return pd.DataFrame(columns=list(AGGREGATE_COLUMNS))
    ordered = kept.sort_values("compound_id", kind="stable")
    return _aggregate(ordered.reset_index(drop=True), sd)


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
    below = group_extreme(np.where(sign < 0, value, np.inf), labels, len(compounds), np.minimum)
    above = group_extreme(np.where(sign > 0, value, -np.inf), labels, len(compounds), np.maximum)
    if np.isnan(repeat):
        plain = counted & (sign == 0)
        mean = _unweighed_means(value[plain], labels[plain], below, above)
        error = np.full(len(compounds), np.nan)
    else:
        mean, error = censored_means(value[counted], sign[counted], labels[counted], repeat)
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
            "se": np.where(approximate, np.nan, error),
            "sd": spread,
            "n_exact": n_exact,
            "n_censored": n_rows - n_exact,
            "n_suspect": np.bincount(
                labels, weights=rows["validity"] == "suspect", minlength=len(compounds)
            ).astype("int64"),
            "contradicted": _contradicted(
                mean_exact, below, above, 0.0 if np.isnan(repeat) else repeat
            ),
            "assay_ids": [tuple(sorted(set(part))) for _, part in rows["assay_id"].groupby(labels)],
            "assay_spread": _assay_spread(rows[exact], labels[exact], len(compounds)),
        }
    )


def _unweighed_means(
    value: FloatArray, labels: IntArray, below: FloatArray, above: FloatArray
) -> FloatArray:
    """Return the mean of each compound's values that are no bounds, else what its bounds say.

    That is the middle of the tightest two from both sides, and infinite where they lie on one.
    """
    known = np.bincount(labels, minlength=len(below))
    total = np.bincount(labels, weights=value, minlength=len(below))
    bounded = np.where(np.isfinite(below), -np.inf, np.inf)
    both = np.isfinite(below) & np.isfinite(above)
    between = np.where(both, (np.where(both, below, 0.0) + np.where(both, above, 0.0)) / 2, bounded)
    answer: FloatArray = np.where(known > 0, total / np.maximum(known, 1), between)
    return answer


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
    return _LOG_SD if rows["unit"].iloc[0] == P_UNIT else float("nan")


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
