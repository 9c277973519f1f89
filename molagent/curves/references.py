"""A compound that is on every plate tells whether an assay still measures what it measured."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import theilslopes

from molagent.errors import InputError

__all__ = ["reference_drift"]

_LEAST_RUNS: Final = 5
_NORMAL: Final = 1.4826


def reference_drift(
    values: pd.DataFrame,
    order: str = "read_order",
    by: Sequence[str] = ("sample",),
    *,
    limit_log: float = 0.48,
    sigmas: float = 3.0,
) -> pd.DataFrame:
    """Judge each value of a reference compound against its own history.

    Parameters
    ----------
    values
        ``p_value`` (-log10 mol/L), the columns `by`, and `order`; ``p_relation`` if there, and then
        only ``=`` counts.
    order
        What to sort by: a date or a count.
    limit_log
        Log units from the median that no run may be off; 0.48 is threefold.
    sigmas
        Robust standard deviations (Shewhart's three) that no run may be off.

    Returns
    -------
    pandas.DataFrame
        The given rows sorted, with ``reference_median``, ``deviation`` (log units), ``sigma``
        (deviations in robust SD), ``trend`` (log units from the first to the last run, Theil and
        Sen), ``verdict`` and ``reason``. With fewer than five runs the verdict is ``unknown``.
    """
    missing = [name for name in ("p_value", order, *by) if name not in values]
    if missing:
        raise InputError(
            f"no column {', '.join(map(repr, missing))} among the reference values",
            remedy="give p_value, what to order by, and the compound",
        )
    exact = values
    if "p_relation" in values:
        exact = values[values["p_relation"] == "="]
    exact = exact.dropna(subset=["p_value"]).sort_values([*by, order], kind="stable")
    parts = [
        _judged(part, limit_log, sigmas)
        for _, part in exact.groupby(list(by), sort=False, observed=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else _judged(exact, limit_log, sigmas)


def _judged(part: pd.DataFrame, limit_log: float, sigmas: float) -> pd.DataFrame:
    value = part["p_value"].to_numpy(dtype=float)
    median = float(np.median(value)) if len(value) else float("nan")
    off = value - median
    spread = float(_NORMAL * np.median(np.abs(off))) if len(value) else float("nan")
    trend = float("nan")
    if len(value) >= _LEAST_RUNS:
        trend = float(theilslopes(value).slope * (len(value) - 1))
    sigma = np.divide(off, spread, out=np.full(len(off), np.nan), where=spread > 0)
    verdicts, reasons = [], []
    for distance, ratio in zip(off, sigma, strict=True):
        verdict, reason = _verdict(len(value), float(distance), float(ratio), (limit_log, sigmas))
        verdicts.append(verdict)
        reasons.append(reason)
    return part.assign(
        reference_median=median,
        deviation=off,
        sigma=sigma,
        trend=trend,
        verdict=verdicts,
        reason=reasons,
    )


def _verdict(
    count: int, distance: float, ratio: float, limits: tuple[float, float]
) -> tuple[str, str]:
    limit_log, sigmas = limits
    if count < _LEAST_RUNS:
        return "unknown", f"{count} runs of the reference, {_LEAST_RUNS} are needed"
    if abs(distance) > limit_log:
        return "fail", f"{distance:+.2f} log units from its median, {limit_log:g} are allowed"
    # A reference that repeats within a hair would fail a run for nothing: both must be off.
    if abs(ratio) > sigmas and abs(distance) > limit_log / 2:
        return "fail", f"{ratio:+.1f} standard deviations from its median"
    return "pass", ""
