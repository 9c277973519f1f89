"""Intervals that hold for compounds newer and farther than those a model was fitted on.

Split conformal prediction (Lei et al. 2018, doi:10.1080/01621459.2017.1307116) asks how large a
held-out residual is in units of its predicted standard deviation. It promises coverage for rows
that resemble the held-out ones, and the newest compounds of a project resemble the latest of them
most. So where dates are known the residuals are *out of time*: each slice is predicted from what
was measured before it, and recent slices weigh more (Barber et al. 2023,
doi:10.1214/23-AOS2276). Difficulty is the model's own standard deviation and the domain band: a
farther band is never surer than a nearer one.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

from molagent.learn.domain import BANDS, band_names, row_scales
from molagent.learn.evaluation import Z_90, HeldOut
from molagent.records import BoolArray, FloatArray

__all__ = [
    "forward_coverage",
    "forward_scales",
    "reaches",
    "recency_weights",
    "weighted_quantile",
]

_LEVEL: Final = 0.9
# Fewer effective rows than this say little about a 90 % quantile.
_MIN_ROWS: Final = 25.0
_HALF_LIFE: Final = 2.0


def weighted_quantile(scores: FloatArray, weights: FloatArray, level: float = _LEVEL) -> float:
    """Return the conformal quantile of weighted scores; the largest score where they run out.

    The new row counts with the largest weight, as in the unweighted ``ceil(level * (n + 1))``.

    Parameters
    ----------
    scores, weights
        ``N``; weights above zero.

    Examples
    --------
    >>> weighted_quantile(np.arange(1.0, 100.0), np.ones(99))
    90.0
    >>> weighted_quantile(np.array([1.0, 5.0]), np.array([1.0, 1.0]))
    5.0
    """
    order = np.argsort(scores)
    total = float(weights.sum() + weights.max())
    reached = np.cumsum(weights[order]) / total
    # Rounding must not push an exact quantile one row on.
    place = int(np.searchsorted(reached, level - 1e-12))
    return float(scores[order][min(place, len(scores) - 1)])


def reaches(held_out: HeldOut) -> FloatArray:
    """Return how many standard deviations an interval must reach to hold each row, ``N``.

    0 for a limit whose side the mean is already on; NaN where nothing was predicted.
    """
    result: FloatArray = np.abs(held_out.error(held_out.mean)) / held_out.std
    return result


def recency_weights(periods: FloatArray, half_life: float = _HALF_LIFE) -> FloatArray:
    """Return ``0.5 ** (age / half_life)``, the age in slices before the last one.

    Examples
    --------
    >>> recency_weights(np.array([1.0, 3.0, 5.0]), half_life=2.0).tolist()
    [0.25, 0.5, 1.0]
    """
    weights: FloatArray = 0.5 ** ((periods.max() - periods) / half_life)
    return weights


def forward_scales(held_out: HeldOut) -> dict[str, float]:
    """Return the factor on the standard deviation for each band, and for ``all`` rows.

    Parameters
    ----------
    held_out
        Of :func:`~molagent.learn.evaluation.forward_splits`; its folds are slices in time. Only
        measured values are looked at: an interval holds a limit far too easily.
    """
    rows = held_out.done
    if not rows.any():
        return {"all": 1.0, **{band.name: 1.0 for band in BANDS}}
    scores = reaches(held_out)[rows] / Z_90
    weights = recency_weights(held_out.fold[rows].astype(np.float64))
    names = np.array(band_names(held_out.similarity[rows]), dtype=object)
    scales = {"all": weighted_quantile(scores, weights)}
    nearer = 0.0
    for band in BANDS:
        own: BoolArray = names == band.name
        known = float(weights[own].sum()) >= _MIN_ROWS
        nearer = max(nearer, weighted_quantile(scores[own], weights[own]) if known else 0.0)
        scales[band.name] = nearer or scales["all"]
    return scales


def forward_coverage(held_out: HeldOut) -> tuple[float | None, int]:
    """Return the coverage of 90 % intervals on the last slice, and how many rows that is.

    The intervals are recalibrated on the slices before it; None where there is none.
    """
    periods = np.unique(held_out.fold[held_out.done])
    if len(periods) < 2:  # the last needs one before it
        return None, 0
    last = held_out.done & (held_out.fold == periods[-1])
    scales = forward_scales(held_out.subset(held_out.fold < periods[-1]))
    held = scaled_reach(held_out, scales)[last] <= Z_90
    return float(held.mean()), int(last.sum())


def scaled_reach(held_out: HeldOut, scales: Mapping[str, float]) -> FloatArray:
    """Return :func:`reaches` in units of the recalibrated standard deviation, ``N``."""
    result: FloatArray = reaches(held_out) / row_scales(band_names(held_out.similarity), scales)
    return result
