"""Desirability: what a value is worth, 0 (unacceptable) to 1 (fully met).

One transform a direction and the weighted geometric mean over several, so that one unacceptable
value makes the whole unacceptable (Derringer and Suich 1980, doi:10.1080/00224065.1980.11980968).
An unknown value (NaN) stays unknown: it is neither 0 nor 1. A batch is chosen and a generator is
steered by the same two functions.
"""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from molagent.errors import InputError, NotFoundError
from molagent.records import FloatArray

__all__ = ["DIRECTIONS", "check_preference", "desirability", "weighted_geometric_mean"]

DIRECTIONS: Final = ("maximise", "minimise", "range")
# A range fades to 0 over this share of its width on either side.
_TAIL: Final = 0.5


def desirability(values: FloatArray, direction: str, low: float, high: float) -> FloatArray:
    """Return the desirability of each value, same shape, 0..1; NaN stays NaN.

    Parameters
    ----------
    direction
        ``maximise`` (0 at `low`, 1 from `high`), ``minimise`` (1 up to `low`, 0 from `high`) or
        ``range`` (1 between `low` and `high`, fading to 0 over half the width on either side).
    low, high
        In the unit of `values`; `low` below `high`.

    Examples
    --------
    >>> desirability(np.array([6.0, 8.0, 9.5, np.nan]), "maximise", 7, 9)
    array([0. , 0.5, 1. , nan])
    >>> desirability(np.array([250.0, 425.0, 500.0]), "range", 300, 400)
    array([0. , 0.5, 0. ])
    """
    width = high - low
    if direction == "maximise":
        raw = (values - low) / width
    elif direction == "minimise":
        raw = (high - values) / width
    elif direction == "range":
        outside = np.maximum(low - values, values - high)
        raw = 1.0 - np.maximum(outside, 0.0) / (_TAIL * width)
    else:
        raise NotFoundError("direction", direction, known=DIRECTIONS)
    clipped: FloatArray = np.clip(raw, 0.0, 1.0)
    return clipped


def weighted_geometric_mean(parts: Sequence[FloatArray], weights: Sequence[float]) -> FloatArray:
    """Return the weighted geometric mean of desirabilities of one shape, 0..1.

    NaN where a part with a weight above 0 is NaN, even beside a part that is 0.

    Raises
    ------
    InputError
        If a weight is negative, or none is above 0.

    Examples
    --------
    >>> weighted_geometric_mean([np.array([1.0, 1.0, 0.0]), np.array([0.25, np.nan, 1.0])], [1, 1])
    array([0.5, nan, 0. ])
    """
    total = sum(weights)
    if not total > 0 or min(weights) < 0:
        raise InputError(
            "the weights of the objectives do not add up to more than 0",
            remedy="give at least one objective a weight, and none a negative one",
        )
    with np.errstate(divide="ignore"):
        logs = [
            weight / total * np.log(part)
            for part, weight in zip(parts, weights, strict=True)
            if weight > 0
        ]
    # exp(-inf) is 0: one unacceptable objective; NaN + -inf stays NaN: unknown.
    overall: FloatArray = np.minimum(np.exp(np.sum(logs, axis=0)), 1.0)
    return overall


def check_preference(name: str, direction: str, low: float, high: float, weight: float) -> None:
    """Refuse a preference that means nothing.

    Raises
    ------
    NotFoundError
        If there is no such direction.
    InputError
        If the limits are not finite and rising, or the weight is not above 0.
    """
    if direction not in DIRECTIONS:
        raise NotFoundError("direction", direction, known=DIRECTIONS, place=name)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(
            f"low {low:g} is not below high {high:g}",
            place=name,
            remedy="give two finite limits in rising order",
        )
    if not (math.isfinite(weight) and weight > 0):
        raise InputError(
            f"weight {weight:g} is not above 0",
            place=name,
            remedy="leave the objective out instead",
        )
