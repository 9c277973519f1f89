"""The most likely mean of exact and censored values.

An exact value enters the likelihood by its density, a bound by the probability of lying beyond it
(Tobin 1958, doi:10.2307/1907382).
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from molagent.errors import InputError
from molagent.records import FloatArray

__all__ = ["IntArray", "censored_means", "group_extreme"]

IntArray: TypeAlias = npt.NDArray[np.int64]

_STEPS: Final = 60


def censored_means(
    value: FloatArray, sign: FloatArray, group: IntArray, sd: float
) -> tuple[FloatArray, FloatArray]:
    """Return the most likely mean of each group of exact and censored values, and its error.

    Parameters
    ----------
    value
        Measured values or bounds, shape ``(n,)``.
    sign
        0 for an exact value, -1 where the truth lies below `value`, +1 where it lies above.
    group
        Which group each belongs to, 0 to g - 1.
    sd
        The SD of one measurement about its group's mean, above 0.

    Returns
    -------
    tuple
        Means and standard errors, shape ``(g,)``. The likelihood is log-concave in the mean, so
        the most likely one is found by halving the interval in which its slope changes sign. A
        group with bounds in one direction only has none: its mean is infinite and its error NaN.

    Examples
    --------
    Two measurements of 6.0, then the same and a third that found less than 5.5:

    >>> mean, se = censored_means(
    ...     np.array([6.0, 6.0, 6.0, 6.0, 5.5]), np.array([0.0, 0, 0, 0, -1]),
    ...     np.array([0, 0, 1, 1, 1]), 0.3,
    ... )
    >>> mean.round(2).tolist()
    [6.0, 5.78]
    """
    labels = group
    count = int(labels.max()) + 1 if len(labels) else 0
    if not np.isfinite(sd) or sd <= 0:
        raise InputError(f"the SD of a repeat is {sd!r}", remedy="give one above 0")
    exact = sign == 0
    lows = np.full(count, -np.inf)
    highs = np.full(count, np.inf)
    np.maximum.at(lows, labels[sign > 0], value[sign > 0])
    np.minimum.at(highs, labels[sign < 0], value[sign < 0])
    smallest = group_extreme(value, labels, count, np.minimum)
    largest = group_extreme(value, labels, count, np.maximum)
    n_exact = np.bincount(labels, weights=exact, minlength=count)
    solvable = (n_exact > 0) | (np.isfinite(lows) & np.isfinite(highs))
    # The slope is positive left of everything that was said and negative right of it.
    reach = 10.0 * sd + (largest - smallest)
    left, right = smallest - reach, largest + reach
    for _ in range(_STEPS):
        middle = (left + right) / 2.0
        rising = _slope(value, sign, labels, middle, sd) > 0
        left = np.where(rising, middle, left)
        right = np.where(rising, right, middle)
    mean = (left + right) / 2.0
    # Without bounds that is the arithmetic mean: said to the last digit, as it was measured.
    alone = (n_exact > 0) & (n_exact == np.bincount(labels, minlength=count))
    total = np.bincount(labels, weights=value, minlength=count)
    mean = np.where(alone, total / np.maximum(n_exact, 1), mean)
    curvature = _curvature(value, sign, labels, mean, sd)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(curvature > 0, 1.0 / np.sqrt(curvature), np.nan)
    unbounded = np.where(np.isfinite(highs), -np.inf, np.inf)
    return np.where(solvable, mean, unbounded), np.where(solvable, error, np.nan)


def group_extreme(value: FloatArray, labels: IntArray, count: int, pick: np.ufunc) -> FloatArray:
    """Return each group's smallest or largest value, shape ``(count,)``; infinite where empty."""
    start = np.inf if pick is np.minimum else -np.inf
    answer = np.full(count, start)
    pick.at(answer, labels, value)
    return answer


def _slope(
    value: FloatArray, sign: FloatArray, labels: IntArray, mean: FloatArray, sd: float
) -> FloatArray:
    """Return the derivative of the log likelihood by the mean, shape ``(g,)``."""
    z = (value - mean[labels]) / sd
    # P(truth reads above the bound) = ndtr(-z), below it = ndtr(z); its log's slope is the hazard.
    part = np.where(sign == 0, z, sign * _hazard(np.where(sign > 0, -z, z)))
    slope = np.bincount(labels, weights=part / sd, minlength=len(mean))
    return np.asarray(slope, dtype="float64")


def _curvature(
    value: FloatArray, sign: FloatArray, labels: IntArray, mean: FloatArray, sd: float
) -> FloatArray:
    """Return the negative second derivative of the log likelihood, shape ``(g,)``."""
    z = (value - mean[labels]) / sd
    u = np.where(sign > 0, -z, z)
    hazard = _hazard(u)
    part = np.where(sign == 0, 1.0, hazard * (hazard + u))
    bend = np.bincount(labels, weights=part / sd**2, minlength=len(mean))
    return np.asarray(bend, dtype="float64")


def _hazard(u: FloatArray) -> FloatArray:
    """Return phi(u) / Phi(u) without underflow in the far tail."""
    from scipy.special import log_ndtr

    answer: FloatArray = np.exp(-0.5 * u**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(u))
    return answer
