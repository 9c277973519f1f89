"""What a candidate is worth trying, one number each, from joint posterior draws.

Draws serve every endpoint and every profile alike: a desirability is not Gaussian, and a sum of
hits in a batch needs the correlations. For a normal posterior the formulas of Jones et al. 1998
(doi:10.1023/A:1008306431147) come out in the limit of many draws.
"""

import numpy as np

from molagent.errors import InputError
from molagent.records import FloatArray

__all__ = [
    "expected_improvement",
    "known_columns",
    "probability_of_hit",
    "top_share",
    "upper_bound",
]


def known_columns(draws: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return ``N``: True where every draw of a candidate is a number.

    Raises
    ------
    InputError
        If `draws` is not ``draws x N`` with at least one draw.
    """
    if draws.ndim != 2:
        raise InputError(f"draws have {draws.ndim} dimensions", remedy="give draws x N")
    if not len(draws):
        raise InputError("there are no draws", remedy="draw at least once")
    return np.asarray(np.isfinite(draws).all(axis=0), dtype=bool)


def probability_of_hit(draws: FloatArray, threshold: float) -> FloatArray:
    """Return how probable it is that the true value reaches `threshold`; ``N``, 0..1 or NaN.

    Examples
    --------
    >>> probability_of_hit(np.array([[6.0, 7.5], [7.2, np.nan]]), 7.0)
    array([0.5, nan])
    """
    known = known_columns(draws)
    return np.where(known, (draws >= threshold).mean(axis=0), np.nan)


def expected_improvement(draws: FloatArray, best: float) -> FloatArray:
    """Return by how much the true value is expected to exceed `best`; ``N``, >= 0 or NaN.

    Examples
    --------
    >>> expected_improvement(np.array([[6.0, 8.0], [7.0, 9.0]]), 7.5)
    array([0., 1.])
    """
    known = known_columns(draws)
    return np.where(known, np.maximum(draws - best, 0.0).mean(axis=0), np.nan)


def upper_bound(draws: FloatArray, kappa: float = 1.0) -> FloatArray:
    """Return mean plus `kappa` standard deviations; ``N`` or NaN.

    Examples
    --------
    >>> upper_bound(np.array([[6.0, 5.0], [8.0, 5.0]]))
    array([8., 5.])
    """
    known_columns(draws)
    result: FloatArray = draws.mean(axis=0) + kappa * draws.std(axis=0)
    return result


def top_share(draws: FloatArray, count: int, measured: FloatArray | None = None) -> FloatArray:
    """Return in which share of draws a candidate is among the best `count`; ``N``, 0..1 or NaN.

    Parameters
    ----------
    draws
        ``draws x N``.
    count
        How many are "the best", for example a twentieth of the pool.
    measured
        Values already measured, which compete for the places.

    Examples
    --------
    >>> top_share(np.array([[6.0, 7.0, 5.0], [6.0, 5.0, 7.0]]), 1)
    array([0. , 0.5, 0.5])
    """
    known = known_columns(draws)
    values = np.where(known, draws, -np.inf)
    rivals = np.empty(0) if measured is None else measured[np.isfinite(measured)]
    field = np.concatenate([values, np.tile(rivals, (len(draws), 1))], axis=1)
    size = min(count, int(known.sum()) + len(rivals))
    if size < 1:
        return np.where(known, 0.0, np.nan)
    border = -np.partition(-field, size - 1, axis=1)[:, size - 1 : size]
    return np.where(known, (values >= border).mean(axis=0), np.nan)
