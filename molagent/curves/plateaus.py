"""Where a curve ends: levelled off beside its locked top, or fallen from its maximum.

A locked top is refuted where three things hold. The curve, fitted freely, comes within a tenth of
its own top at two tested concentrations; that top is known (SE below 5 %) and differs from the lock
by more than 10 %, more than controls of one assay differ; and the gain of fit would come by chance
once in ten thousand curves (F test on the nested models).
"""

from typing import Final

import numpy as np
from scipy.stats import f as fisher

from molagent.curves.logistic import BOTTOM, TOP, logistic
from molagent.curves.precision import squares, standard_errors
from molagent.curves.rules import CurveRules
from molagent.curves.series import Series
from molagent.records import BoolArray, FloatArray

__all__ = ["LEAST_DOSES", "falling", "top_refuted"]

LEAST_DOSES: Final = 4

_PLATEAU_SHARE: Final = 0.9
_PLATEAU_DOSES: Final = 2
_OTHER_TOP: Final = 10.0
_TOP_SE: Final = 5.0
_CHANCE: Final = 1e-4
_FALL_ERRORS: Final = 3.0


def top_refuted(
    points: Series,
    used: BoolArray,
    locked: FloatArray,
    freed: FloatArray,
    bounds: tuple[FloatArray, FloatArray],
    rules: CurveRules,
) -> BoolArray:
    """Return where the points have levelled off somewhere else than at the locked top."""
    count = used.sum(axis=1)
    k = 5 - sum(rules.locked.values())
    freedom = np.maximum(count - k, 1)
    before = squares(points, used, locked)
    after = np.maximum(squares(points, used, freed), freedom * (rules.noise_floor / 3.0) ** 2)
    chance = fisher.sf((before - after) / (after / freedom), 1, freedom)
    places = points.dose_places()
    _, used_count, _ = points.dose_means(used)
    share = (logistic(freed, np.nan_to_num(places)) - freed[:, [BOTTOM]]) / (
        freed[:, [TOP]] - freed[:, [BOTTOM]]
    )
    levelled = ((share >= _PLATEAU_SHARE) & (used_count > 0)).sum(axis=1) >= _PLATEAU_DOSES
    other = np.abs(freed[:, TOP] - (rules.top or 0.0)) > _OTHER_TOP
    some = freed[:, TOP] >= rules.least_response
    errors = standard_errors(points, used, freed, bounds)
    refuted: BoolArray = (
        (chance < _CHANCE) & levelled & other & some & (errors[:, TOP] < _TOP_SE) & (count > k)
    )
    return refuted


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
