"""Differences of values of which some are only bounds.

``p < 5`` beside ``p = 7`` is a difference of more than 2, not of 2; two upper bounds say nothing
about which compound is the better one.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from molagent.errors import InputError
from molagent.records import FloatArray
from molagent.sar.measured import ABOVE, BELOW, EXACT, UNKNOWN

__all__ = ["difference", "least_size", "normal_mean", "sign"]

TextArray = npt.NDArray[np.str_]

# (relation of the first, relation of the second) -> relation of second minus first.
_RELATION: Final = {
    (EXACT, EXACT): EXACT,
    (EXACT, BELOW): BELOW,
    (EXACT, ABOVE): ABOVE,
    (BELOW, EXACT): ABOVE,
    (ABOVE, EXACT): BELOW,
    (BELOW, ABOVE): ABOVE,
    (ABOVE, BELOW): BELOW,
}
_TOLERANCE: Final = 1e-6
_MOST_ROUNDS: Final = 500
_ROUNDING: Final = 1e-9


def difference(
    first: pd.Series | FloatArray,
    first_relation: pd.Series | TextArray,
    second: pd.Series | FloatArray,
    second_relation: pd.Series | TextArray,
) -> tuple[FloatArray, TextArray]:
    """Return second minus first, and what is known of it.

    Parameters
    ----------
    first, second
        Values in log units, N each.
    first_relation, second_relation
        ``=``, ``<``, ``>`` or ``~``, N each.

    Returns
    -------
    tuple of arrays, N each
        The difference (NaN where nothing is known) and its relation: ``>`` where it is a lower
        bound, ``<`` where it is an upper bound, ``~`` where two bounds point the same way.

    Examples
    --------
    >>> delta, relation = difference(
    ...     np.array([5.0, 5.0]), np.array(["<", "<"]), np.array([7.0, 6.0]), np.array(["=", "<"])
    ... )
    >>> delta.tolist(), relation.tolist()
    ([2.0, nan], ['>', '~'])
    """
    delta = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    one, other = np.asarray(first_relation, dtype=str), np.asarray(second_relation, dtype=str)
    relation = np.full(delta.shape, UNKNOWN, dtype="<U1")
    for (left, right), answer in _RELATION.items():
        relation[(one == left) & (other == right)] = answer
    relation[np.isnan(delta)] = UNKNOWN
    return np.where(relation == UNKNOWN, np.nan, delta), relation


def least_size(delta: FloatArray, relation: TextArray) -> FloatArray:
    """Return how large a difference is at least, without its sign; NaN where nothing is known.

    Examples
    --------
    >>> least_size(np.array([-2.0, 2.0, 2.0]), np.array(["=", ">", "<"])).tolist()
    [2.0, 2.0, 0.0]
    """
    size = np.abs(delta)
    outward = (relation == EXACT) | (sign(delta, relation) != 0)
    return np.where(relation == UNKNOWN, np.nan, np.where(outward, size, 0.0))


def sign(delta: FloatArray, relation: TextArray) -> npt.NDArray[np.int_]:
    """Return 1 where the second value is higher for certain, -1 where lower, else 0."""
    # What is left of two equal values by the rounding of a subtraction is no difference.
    delta = np.where(np.abs(delta) < _ROUNDING, 0.0, delta)
    up = (delta > 0) & np.isin(relation, [EXACT, ABOVE])
    down = (delta < 0) & np.isin(relation, [EXACT, BELOW])
    up |= (delta == 0) & (relation == ABOVE)
    down |= (delta == 0) & (relation == BELOW)
    answer: npt.NDArray[np.int_] = up.astype(int) - down.astype(int)
    return answer


def normal_mean(delta: FloatArray, relation: TextArray) -> tuple[float, float]:
    """Return mean and standard deviation of a normal distribution that made values and bounds.

    Maximum likelihood for censored values by expectation and maximisation (Tobin 1958,
    doi:10.2307/1907382; Dempster et al. 1977, doi:10.1111/j.2517-6161.1977.tb01600.x). Without
    bounds these are the mean and the standard deviation with divisor N.

    Raises
    ------
    InputError
        With fewer than two exact values: then the spread is not determined.

    Examples
    --------
    >>> values, relations = np.array([0.0, 1.0, 2.0]), np.array(["=", "=", ">"])
    >>> mean, sd = normal_mean(values, relations)
    >>> bool(mean > values.mean())
    True
    """
    exact = delta[relation == EXACT]
    if len(exact) < 2:  # a spread needs two values
        raise InputError(f"{len(exact)} exact values", remedy="two are needed for a spread")
    above, below = delta[relation == ABOVE], delta[relation == BELOW]
    n = len(exact) + len(above) + len(below)
    mean, sd = float(exact.mean()), max(float(exact.std()), 1e-3)
    for _ in range(_MOST_ROUNDS):
        # Expected value and square of a normal above a, and below b by mirroring.
        first_a, second_a = _tail(above, mean, sd)
        first_b, second_b = _tail(-below, -mean, sd)
        new_mean = (exact.sum() + first_a.sum() - first_b.sum()) / n
        square = (exact**2).sum() + second_a.sum() + second_b.sum()
        new_sd = float(np.sqrt(max(square / n - new_mean**2, 1e-6)))
        moved = max(abs(new_mean - mean), abs(new_sd - sd))
        mean, sd = float(new_mean), new_sd
        if moved < _TOLERANCE:
            break
    return mean, sd


def _tail(bound: FloatArray, mean: float, sd: float) -> tuple[FloatArray, FloatArray]:
    """Return expectation of x and of x² given x > bound."""
    z = (bound - mean) / sd
    hazard = np.exp(norm.logpdf(z) - norm.logsf(z))
    first = mean + sd * hazard
    variance = np.maximum(sd**2 * (1 + z * hazard - hazard**2), 0.0)
    return first, variance + first**2
