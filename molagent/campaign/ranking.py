"""Ranking a pool by the target product profile, from predictions or from measured values."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from molagent.campaign.pool import nearest_measured
from molagent.config import ObjectiveConfig
from molagent.errors import ConfigError
from molagent.select.desirability import combine

__all__ = ["check_profile", "counted_weights", "measured_leaders", "rank_pool"]

_COLUMNS = ["proposal_id", "desirability", "components", "nearest_id", "nearest_similarity"]


def check_profile(profile: Sequence[ObjectiveConfig], doubts: Mapping[str, str]) -> None:
    """Refuse a profile with an endpoint that cannot carry an objective.

    Raises
    ------
    ConfigError
        If an endpoint has no predictor, or only an unreliable one that the profile does not
        explicitly allow.
    """
    for objective in profile:
        if objective.endpoint not in doubts:
            raise ConfigError(
                f"objective {objective.name!r}: nothing predicts {objective.endpoint!r}",
                place="[[profile]]",
                remedy=f"use one of {', '.join(sorted(doubts))}",
            )
        doubt = doubts[objective.endpoint]
        if doubt and not objective.allow_unreliable:
            raise ConfigError(
                f"objective {objective.name!r}: the model of {objective.endpoint!r} is unreliable, "
                f"{doubt}",
                place="[[profile]]",
                remedy="leave it out, or set allow_unreliable = true: shown then, it earns nothing",
            )


def counted_weights(
    profile: Sequence[ObjectiveConfig],
    doubts: Mapping[str, str],
    multipliers: Mapping[str, float],
) -> dict[str, float]:
    """Return the factor on each objective's weight: 0 where its model failed its checks.

    Where every model failed there is nothing better to go by, and the factors stay as they are.

    Examples
    --------
    >>> potency = ObjectiveConfig(
    ...     name="potency", endpoint="pki", direction="maximise", low=6, high=9
    ... )
    >>> clearance = ObjectiveConfig(
    ...     name="clearance", endpoint="clint", direction="minimise", low=20, high=100
    ... )
    >>> counted_weights([potency, clearance], {"pki": "", "clint": "R2 0.28"}, {"potency": 2.0})
    {'potency': 2.0, 'clearance': 0.0}
    """
    factors = {o.name: multipliers.get(o.name, 1.0) for o in profile}
    trusted = {o.name for o in profile if not doubts[o.endpoint]}
    if not any(factors[name] > 0 for name in trusted):
        return factors
    return {name: factor if name in trusted else 0.0 for name, factor in factors.items()}


def rank_pool(
    pool: pd.DataFrame,
    predictions: pd.DataFrame,
    profile: Sequence[ObjectiveConfig],
    doubts: Mapping[str, str],
    multipliers: Mapping[str, float],
    measured: pd.DataFrame,
) -> pd.DataFrame:
    """Return desirability, its components and the nearest measured compound of each proposal."""
    if pool.empty:
        return pd.DataFrame(columns=_COLUMNS)
    check_profile(profile, doubts)
    ids = list(pool["proposal_id"])
    wide = {
        column: predictions.pivot_table(
            index="proposal_id", columns="endpoint", values=column, dropna=False
        ).reindex(ids)
        for column in ("mean", "std")
    }
    values = {o.endpoint: _column(wide["mean"], o.endpoint) for o in profile}
    factors = counted_weights(profile, doubts, multipliers)
    overall, parts = combine(profile, values, factors)
    nearest = nearest_measured(list(pool["smiles"]), measured)
    rows = []
    for row, name in enumerate(ids):
        components = {
            o.name: {
                "endpoint": o.endpoint,
                "value": float(values[o.endpoint][row]),
                "std": float(_column(wide["std"], o.endpoint)[row]),
                # What carries no weight earns nothing: there is no mark to show.
                "desirability": float(parts[o.name][row]) if factors[o.name] else np.nan,
                "weight": o.weight * factors[o.name],
            }
            for o in profile
        }
        index, similarity = nearest[row][0] if nearest[row] else (None, None)
        near = None if index is None else str(measured["compound_id"].iloc[index])
        rows.append((name, float(overall[row]), components, near, similarity))
    return pd.DataFrame(rows, columns=_COLUMNS)


def measured_leaders(
    measured: pd.DataFrame,
    profile: Sequence[ObjectiveConfig],
    derived: Mapping[str, tuple[str, str]],
    *,
    limit: int,
) -> list[dict[str, object]]:
    """Return the best measured compounds, best first.

    They are ranked on the objectives whose endpoint was measured, or is the difference of two that
    were. Those that have all of them come first; one that lacks some is ranked on the rest, behind.
    """
    table = measured.copy()
    for endpoint, (minuend, subtrahend) in derived.items():
        table[endpoint] = table[minuend] - table[subtrahend]
    known = [o for o in profile if o.endpoint in table.columns]
    if not known or table.empty:
        return []
    endpoints = [o.endpoint for o in known]
    present = table[endpoints].notna()
    table["n_known"] = present.sum(axis=1)
    table["desirability"] = np.nan
    # One group a pattern of what is known: compounds of a group are ranked on the same objectives.
    pattern = present.apply(lambda row: "".join("x" if flag else "-" for flag in row), axis=1)
    for _, rows in table[table["n_known"] > 0].groupby(pattern):
        mine = [o for o in known if rows[o.endpoint].notna().all()]
        values = {o.endpoint: rows[o.endpoint].to_numpy(dtype=np.float64) for o in mine}
        table.loc[rows.index, "desirability"] = combine(mine, values)[0]
    best = table.dropna(subset=["desirability"]).sort_values(
        ["n_known", "desirability", "compound_id"], ascending=[False, False, True]
    )
    return [
        {
            "compound_id": str(row["compound_id"]),
            "desirability": round(float(row["desirability"]), 4),
            "scaffold_id": row["scaffold_id"],
            **{name: round(float(row[name]), 3) for name in endpoints if pd.notna(row[name])},
        }
        for row in best.head(limit).to_dict("records")
    ]


def _column(wide: pd.DataFrame, endpoint: str) -> np.ndarray:
    """Return one endpoint's column; all NaN where nothing was predicted."""
    if endpoint not in wide.columns:
        return np.full(len(wide), np.nan)
    return wide[endpoint].to_numpy(dtype=np.float64)
