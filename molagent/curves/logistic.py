"""The four-parameter logistic, its derivatives, and a solver for many curves at once.

response = bottom + (top - bottom) / (1 + 10^(hill * (p_concentration - p_ac50)))

with ``p_concentration = -log10(mol/L)``. Thousands of curves of twenty points each cost more in
calls than in arithmetic, so one Levenberg-Marquardt loop moves all of them together: every array
has the curve as its first axis, and a curve that has converged leaves the loop.

Sources: K. Levenberg 1944, doi:10.1090/qam/10666; D. Marquardt 1963, doi:10.1137/0111030.
"""

import math
from typing import Final

import numpy as np
from scipy.special import expit

from molagent.records import BoolArray, FloatArray

__all__ = [
    "BOTTOM",
    "HILL",
    "PARAMETERS",
    "P_AC50",
    "TOP",
    "half_way",
    "jacobian",
    "logistic",
    "solve",
    "starts",
]

# Places of the parameters along the last axis of every parameter array.
P_AC50: Final = 0
HILL: Final = 1
TOP: Final = 2
BOTTOM: Final = 3
PARAMETERS: Final = {"p_ac50": P_AC50, "hill": HILL, "top": TOP, "bottom": BOTTOM}

_HALF: Final = 50.0  # percent between the controls
_LN10: Final = math.log(10.0)
_STEPS: Final = 200
_START_HILLS: Final = (0.5, 1.0, 2.0, 4.0)
_START_PLACES: Final = 25
_EASED, _STIFFENED, _STIFFEST = 0.3, 4.0, 1e12
_SMALL_STEP: Final = 1e-9
_SMALL_GAIN: Final = 1e-13


def logistic(parameters: FloatArray, p_concentration: FloatArray) -> FloatArray:
    """Return the responses of curves.

    Parameters
    ----------
    parameters
        ``n x 4``: p_ac50, hill, top, bottom.
    p_concentration
        ``n x m``: -log10(mol/L).

    Returns
    -------
    FloatArray
        ``n x m``, in the unit of top and bottom.

    Examples
    --------
    >>> logistic(np.array([[6.0, 1.0, 100.0, 0.0]]), np.array([[7.0, 6.0, 5.0]])).round(1).tolist()
    [[9.1, 50.0, 90.9]]
    """
    share = _share(parameters, p_concentration)
    bottom = parameters[:, BOTTOM, None]
    responses: FloatArray = bottom + (parameters[:, TOP, None] - bottom) * share
    return responses


def jacobian(parameters: FloatArray, p_concentration: FloatArray) -> FloatArray:
    """Return the derivatives of :func:`logistic` by its parameters, ``n x m x 4``."""
    share = _share(parameters, p_concentration)
    span = parameters[:, TOP, None] - parameters[:, BOTTOM, None]
    steep = _LN10 * span * share * (1.0 - share)
    return np.stack(
        [
            steep * parameters[:, HILL, None],
            steep * (parameters[:, P_AC50, None] - p_concentration),
            share,
            1.0 - share,
        ],
        axis=-1,
    )


def starts(
    p_concentration: FloatArray, response: FloatArray, used: BoolArray, fixed: FloatArray
) -> FloatArray:
    """Return the best of a grid of curves for each set of points.

    The grid is judged by absolute deviations: one wild point must not choose the start.

    Parameters
    ----------
    p_concentration, response, used
        ``n x m``; what is not used counts for nothing.
    fixed
        ``n x 4``: the value of a locked parameter, NaN for a free one.

    Returns
    -------
    FloatArray
        ``n x 4``.
    """
    x = np.where(used, p_concentration, np.nan)
    low, high = np.nanmin(x, axis=1), np.nanmax(x, axis=1)
    y = np.where(used, response, np.nan)
    best = np.empty((len(x), 4))
    best[:, TOP] = np.where(np.isnan(fixed[:, TOP]), np.nanmax(y, axis=1), fixed[:, TOP])
    best[:, BOTTOM] = np.where(np.isnan(fixed[:, BOTTOM]), np.nanmin(y, axis=1), fixed[:, BOTTOM])
    trial = best.copy()
    least = np.full(len(x), np.inf)
    for place in np.linspace(-0.15, 1.15, _START_PLACES):
        for hill in _START_HILLS:
            trial[:, P_AC50], trial[:, HILL] = low + place * (high - low), hill
            trial = np.where(np.isnan(fixed), trial, fixed)
            cost = np.nansum(np.abs(y - logistic(trial, p_concentration)), axis=1)
            better = cost < least
            best[better], least[better] = trial[better], cost[better]
    return best


def solve(
    p_concentration: FloatArray,
    response: FloatArray,
    weight: FloatArray,
    start: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
) -> FloatArray:
    """Return the parameters of least weighted squares, between bounds.

    Parameters
    ----------
    p_concentration, response, weight
        ``n x m``; weight 0 leaves a point out, and its response may then be anything finite.
    start
        ``n x 4``; moved into the bounds first.
    bounds
        Lowest and highest values, each ``n x 4``; equal ones lock a parameter.
    """
    low, high = bounds
    found = np.clip(start, low, high)
    stiffness = np.full(len(found), 1e-3)
    cost = _cost(found, p_concentration, response, weight)
    active = np.arange(len(found))
    for _ in range(_STEPS):
        if active.size == 0:
            break
        here, x, y, w = found[active], p_concentration[active], response[active], weight[active]
        step = _step(here, x, y, w, (low[active], high[active]), stiffness[active])
        there = np.clip(here + step, low[active], high[active])
        reached = _cost(there, x, y, w)
        gained = reached <= cost[active]
        small = np.max(np.abs(there - here), axis=1) < _SMALL_STEP
        done = gained & (small | (cost[active] - reached <= _SMALL_GAIN * (1.0 + reached)))
        found[active[gained]], cost[active[gained]] = there[gained], reached[gained]
        stiffness[active] *= np.where(gained, _EASED, _STIFFENED)
        active = active[~done & (stiffness[active] < _STIFFEST)]
    return found


def half_way(parameters: FloatArray) -> FloatArray:
    """Return where curves pass 50 %, on the p scale; -inf where they stay below, inf above it.

    Examples
    --------
    >>> half_way(np.array([[6.0, 1.0, 60.0, 0.0], [6.0, 1.0, 40.0, 0.0]])).round(2).tolist()
    [5.3, -inf]
    """
    top, bottom = parameters[:, TOP], parameters[:, BOTTOM]
    passes = (bottom < _HALF) & (top > _HALF)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = np.log10((top - _HALF) / (_HALF - bottom)) / parameters[:, HILL]
    beyond = np.where(top <= _HALF, -np.inf, np.inf)
    places: FloatArray = np.where(passes, parameters[:, P_AC50] + shift, beyond)
    return places


def _share(parameters: FloatArray, p_concentration: FloatArray) -> FloatArray:
    # expit saturates where 10**x would overflow.
    distance = parameters[:, P_AC50, None] - p_concentration
    share: FloatArray = expit(_LN10 * parameters[:, HILL, None] * distance)
    # Response rises with concentration: a smaller p_concentration is a higher concentration.
    return share


def _cost(parameters: FloatArray, x: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
    costs: FloatArray = np.sum(w * (y - logistic(parameters, x)) ** 2, axis=1)
    return costs


def _step(
    here: FloatArray,
    x: FloatArray,
    y: FloatArray,
    w: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    stiffness: FloatArray,
) -> FloatArray:
    slopes = jacobian(here, x)
    gradient = np.einsum("nmp,nm->np", slopes, w * (y - logistic(here, x)))
    low, high = bounds
    # A parameter that stands at a bound and is pushed beyond it keeps out of this step.
    held = ((here <= low) & (gradient <= 0)) | ((here >= high) & (gradient >= 0))
    slopes = np.where(held[:, None, :], 0.0, slopes)
    normal = np.einsum("nmp,nm,nmq->npq", slopes, w, slopes)
    diagonal = np.einsum("npp->np", normal)
    ridge = stiffness[:, None] * diagonal + np.where(diagonal > 0, 1e-12, 1.0)
    normal = normal + ridge[:, :, None] * np.eye(4)
    step: FloatArray = np.linalg.solve(normal, np.where(held, 0.0, gradient)[:, :, None])[:, :, 0]
    return step
