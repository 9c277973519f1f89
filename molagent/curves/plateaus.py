"""Where a curve ends: levelled off beside a locked asymptote, or fallen from its maximum.

A locked asymptote, top or bottom, is refuted where three things hold. The curve, fitted freely,
comes within a tenth of its own plateau at two tested concentrations; that plateau is known (SE
below 5 %) and differs from the lock by more than 10 %, more than controls of one assay differ; and
the gain of fit would come by chance once in a hundred curves (F test on the nested models). Of
drawn curves with noise of 4 % at 8 or 10 concentrations, that finds 92 % of the tops at 60 %, and
calls 0.1 % of those at 100 % refuted.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.stats import f as fisher

from molagent.curves.logistic import BOTTOM, TOP, logistic
from molagent.curves.precision import squares, standard_errors
from molagent.curves.rules import CurveRules
from molagent.curves.series import Series
from molagent.records import BoolArray, FloatArray

__all__ = ["LEAST_DOSES", "falling", "plateaus_refuted", "strays_below"]

LEAST_DOSES: Final = 4

_PLATEAU_SHARE: Final = 0.9
_PLATEAU_DOSES: Final = 2
_OTHER_PLATEAU: Final = 10.0
_PLATEAU_SE: Final = 5.0
_CHANCE: Final = 0.01
_FALL_ERRORS: Final = 3.0


def plateaus_refuted(
    points: Series,
    used: BoolArray,
    locked: FloatArray,
    freed: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    rules: CurveRules,
    places: Sequence[int] = (TOP,),
) -> BoolArray:
    """Return where the points have levelled off elsewhere than at some locked asymptotes.

    Parameters
    ----------
    locked, freed
        The parameters with the asymptotes of `places` locked, and with them fitted; of `freed` the
        `bounds`.
    places
        `TOP`, `BOTTOM` or both; all of them must be refuted.
    """
    count = used.sum(axis=1)
    k = (bounds[0] < bounds[1]).sum(axis=1)
    freedom = np.maximum(count - k, 1)
    before = squares(points, used, locked)
    after = np.maximum(squares(points, used, freed), freedom * (rules.noise_floor / 3.0) ** 2)
    gain = (before - after) / len(places)
    refuted: BoolArray = (fisher.sf(gain / (after / freedom), len(places), freedom) < _CHANCE) & (
        count > k
    )
    doses = points.dose_places()
    _, used_count, _ = points.dose_means(used)
    share = (logistic(freed, np.nan_to_num(doses)) - freed[:, [BOTTOM]]) / (
        freed[:, [TOP]] - freed[:, [BOTTOM]]
    )
    errors = standard_errors(points, used, freed, bounds)
    for place in places:
        near = share >= _PLATEAU_SHARE if place == TOP else share <= 1.0 - _PLATEAU_SHARE
        lock = rules.top if place == TOP else rules.bottom
        refuted &= (near & (used_count > 0)).sum(axis=1) >= _PLATEAU_DOSES
        refuted &= np.abs(freed[:, place] - (lock or 0.0)) > _OTHER_PLATEAU
        refuted &= errors[:, place] < _PLATEAU_SE
    refuted &= freed[:, TOP] >= rules.least_response
    return refuted


def strays_below(points: Series, used: BoolArray, rules: CurveRules) -> BoolArray:
    """Return curves whose two lowest concentrations both lie on one side of the locked bottom.

    Only of these may the bottom be refuted, and few curves are: the others are not fitted again.
    """
    mean, count, _ = points.dose_means(used)
    n_doses = (count > 0).sum(axis=1)
    rank = np.cumsum(count > 0, axis=1)  # from the highest concentration down
    lowest = (count > 0) & (rank > (n_doses - _PLATEAU_DOSES)[:, None])
    off = np.where(lowest, np.nan_to_num(mean) - (rules.bottom or 0.0), np.nan)
    above = (np.where(lowest, off, np.inf) > _OTHER_PLATEAU / 2.0).all(axis=1)
    below = (np.where(lowest, off, -np.inf) < -_OTHER_PLATEAU / 2.0).all(axis=1)
    strays: BoolArray = (n_doses >= LEAST_DOSES) & (above | below)
    return strays


def falling(points: Series, used: BoolArray, rules: CurveRules) -> BoolArray:
    """Return points at high concentration where the response has fallen from its maximum."""
    mean, count, squares = points.dose_means(used)
    known = count > 0
    freedom = np.maximum((count - 1).clip(min=0).sum(axis=1), 1)
    noise = np.maximum(np.sqrt(squares.sum(axis=1) / freedom), rules.noise_floor)
    filled = np.where(known, mean, -np.inf)
    peak = np.argmax(filled, axis=1)
    highest = filled[np.arange(len(filled)), peak] if filled.size else np.zeros(0)
    fall = highest[:, None] - np.where(known, mean, np.inf)
    error = noise[:, None] * np.sqrt(1.0 / np.maximum(count, 1) + 1.0)
    # Doses are numbered from the highest concentration down.
    beyond = np.arange(filled.shape[1])[None, :] < peak[:, None]
    falls = known & beyond & (fall > rules.fall) & (fall > _FALL_ERRORS * error)
    falls &= (highest > 2.0 * rules.least_response)[:, None]
    # Everything beyond the first fall goes with it: the curve is no longer the same experiment.
    first = np.where(falls.any(axis=1), falls.shape[1] - 1 - np.argmax(falls[:, ::-1], axis=1), -1)
    gone = np.arange(filled.shape[1])[None, :] <= first[:, None]
    left = (known & ~gone).sum(axis=1)
    gone[left < LEAST_DOSES] = False
    gone_points: BoolArray = (
        used & (points.dose >= 0) & np.take_along_axis(gone, np.maximum(points.dose, 0), axis=1)
    )
    return gone_points
