"""Points that a curve cannot explain: a robust fit, then a bounded share of false alarms.

After ROUT (Motulsky and Brown 2006, doi:10.1186/1471-2105-7-123): residuals about a robust curve
are scaled by the robust standard deviation, and Benjamini and Hochberg's rule decides which are too
large. One thing is added. Where *all* replicates of a concentration are off the curve to the same
side, it is the curve that is wrong there, and nothing is flagged.
"""

from typing import Final

import numpy as np
from scipy.stats import t as student

from molagent.curves.logistic import logistic, solve
from molagent.curves.rules import CurveRules
from molagent.curves.series import Series
from molagent.records import BoolArray, FloatArray

__all__ = ["find_outliers"]

_REWEIGHTINGS: Final = 12
# The residual below which 68.27 % of a normal distribution lie is its standard deviation.
_ONE_SIGMA: Final = 0.6827
_MOST: Final = 0.3  # of a curve's points; more, and it is the curve that should be doubted


def find_outliers(
    series: Series,
    used: BoolArray,
    start: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    rules: CurveRules,
) -> tuple[BoolArray, FloatArray]:
    """Return which points are outliers, and every point's weight in the robust fit.

    Parameters
    ----------
    series
        n curves of at most m points.
    used
        ``n x m``.
    start, bounds
        As :func:`molagent.curves.logistic.solve` takes them.

    Returns
    -------
    tuple
        Outliers, ``n x m``, and weights 0 to 1, ``n x m``, NaN where there is no point.
    """
    free = (bounds[0] < bounds[1]).sum(axis=1)
    parameters, weight = start, used.astype(float)
    scale = np.full(len(used), rules.noise_floor)
    for _ in range(_REWEIGHTINGS):
        residual = series.response - logistic(parameters, series.p_concentration)
        scale = np.maximum(_robust_deviation(residual, used, free), rules.noise_floor)
        # Cauchy's weights: a point far away pulls no more than one at arm's length.
        weight = np.where(used, 1.0 / (1.0 + (residual / scale[:, None]) ** 2), 0.0)
        parameters = solve(series.p_concentration, series.response, weight, parameters, bounds)
    residual = series.response - logistic(parameters, series.p_concentration)
    flagged = _too_large(residual / scale[:, None], used, free, rules.false_discovery_rate)
    flagged &= ~_shared_by_replicates(series, used, flagged, residual)
    crowded = flagged.sum(axis=1) > _MOST * used.sum(axis=1)
    flagged[crowded] = False
    return flagged, np.where(used, weight, np.nan)


def _robust_deviation(residual: FloatArray, used: BoolArray, free: np.ndarray) -> FloatArray:
    count = used.sum(axis=1)
    ordered = np.sort(np.where(used, np.abs(residual), np.inf), axis=1)
    place = np.clip(np.ceil(_ONE_SIGMA * count).astype(int) - 1, 0, ordered.shape[1] - 1)
    percentile = np.where(count > 0, ordered[np.arange(len(ordered)), place], 0.0)
    corrected: FloatArray = percentile * count / np.maximum(count - free, 1)
    return corrected


def _too_large(
    ratio: FloatArray, used: BoolArray, free: np.ndarray, false_discovery_rate: float
) -> BoolArray:
    count = used.sum(axis=1)
    freedom = np.maximum(count - free, 1)[:, None]
    chance = np.where(used, 2.0 * student.sf(np.abs(ratio), freedom), np.inf)
    order = np.argsort(chance, axis=1, kind="stable")
    rank = np.arange(1, chance.shape[1] + 1)[None, :]
    allowed = false_discovery_rate * rank / np.maximum(count, 1)[:, None]
    below = np.take_along_axis(chance, order, axis=1) <= allowed
    last = np.where(below.any(axis=1), below.shape[1] - np.argmax(below[:, ::-1], axis=1), 0)
    flagged = np.zeros_like(used)
    np.put_along_axis(flagged, order, rank <= last[:, None], axis=1)
    return flagged & used


def _shared_by_replicates(
    series: Series, used: BoolArray, flagged: BoolArray, residual: FloatArray
) -> BoolArray:
    """Return points whose replicates, two or more in all, are flagged to the same side."""
    width = int(series.dose.max(initial=0)) + 1
    member = (series.dose[:, :, None] == np.arange(width)) & used[:, :, None]
    count = member.sum(axis=1)
    shared = np.zeros_like(used)
    for side in (residual > 0, residual < 0):
        alike = (member & (flagged & side)[:, :, None]).sum(axis=1)
        whole = (alike == count) & (count > 1)
        shared |= (member & whole[:, None, :]).any(axis=2)
    return shared
