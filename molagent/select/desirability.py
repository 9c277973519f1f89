"""Desirability of a target product profile (Derringer and Suich 1980).

Each objective maps its endpoint to 0 (unacceptable) .. 1 (fully met); the profile is their weighted
geometric mean, so that one unacceptable value makes the whole unacceptable
(doi:10.1080/00224065.1980.11980968). An unknown value (NaN) stays unknown: it is neither 0 nor 1.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.errors import InputError, NotFoundError
from molagent.records import FloatArray

__all__ = ["DIRECTIONS", "Objective", "combine"]

DIRECTIONS: Final = ("maximise", "minimise", "range")
# A range fades to 0 over this share of its width on either side.
_TAIL: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One line of a target product profile.

    Attributes
    ----------
    direction
        ``maximise`` (0 at `low`, 1 from `high`), ``minimise`` (1 up to `low`, 0 from `high`) or
        ``range`` (1 between `low` and `high`, fading to 0 over half the width on either side).
    low, high
        In the endpoint's unit; `low` below `high`.
    weight
        Above 0; its share of the geometric mean.
    allow_unreliable
        Whether an endpoint whose card says it is not reliable may be used.

    Examples
    --------
    >>> potency = Objective(name="JAK1", endpoint="jak1_pki", direction="maximise", low=7, high=9)
    >>> potency.desirability(np.array([6.0, 8.0, 9.5, np.nan]))
    array([0. , 0.5, 1. , nan])
    """

    name: str
    endpoint: str
    direction: str
    low: float
    high: float
    weight: float = 1.0
    allow_unreliable: bool = False

    def __post_init__(self) -> None:
        """Refuse an objective that means nothing."""
        if self.direction not in DIRECTIONS:
            raise NotFoundError("direction", self.direction, known=DIRECTIONS, place=self.name)
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InputError(
                f"low {self.low:g} is not below high {self.high:g}",
                place=self.name,
                remedy="give two finite limits in rising order",
            )
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise InputError(
                f"weight {self.weight:g} is not above 0",
                place=self.name,
                remedy="leave the objective out instead",
            )

    def desirability(self, values: FloatArray) -> FloatArray:
        """Return the desirability of each value, same shape, 0..1; NaN stays NaN."""
        width = self.high - self.low
        if self.direction == "maximise":
            raw = (values - self.low) / width
        elif self.direction == "minimise":
            raw = (self.high - values) / width
        else:
            outside = np.maximum(self.low - values, values - self.high)
            raw = 1.0 - np.maximum(outside, 0.0) / (_TAIL * width)
        clipped: FloatArray = np.clip(raw, 0.0, 1.0)
        return clipped


def combine(
    objectives: Sequence[Objective],
    values: Mapping[str, FloatArray],
    multipliers: Mapping[str, float] | None = None,
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the desirability of the profile, and of each objective.

    Parameters
    ----------
    values
        Endpoint to ``N`` values or ``draws x N`` draws, all of one shape.
    multipliers
        Objective name to a factor on its weight; 0 leaves the objective out.

    Returns
    -------
    overall
        Same shape as the values, 0..1; NaN where an objective with a weight is unknown.
    parts
        Objective name to its own desirability.

    Raises
    ------
    InputError
        If an endpoint has no values, or no objective has a weight.

    Examples
    --------
    >>> potency = Objective(name="JAK1", endpoint="jak1_pki", direction="maximise", low=7, high=9)
    >>> herg = Objective(name="hERG", endpoint="herg", direction="minimise", low=0.2, high=0.6)
    >>> overall, _ = combine(
    ...     [potency, herg], {"jak1_pki": np.array([9.0, 9.0]), "herg": np.array([0.5, np.nan])}
    ... )
    >>> overall
    array([0.5, nan])
    """
    factors = multipliers or {}
    parts: dict[str, FloatArray] = {}
    weights: dict[str, float] = {}
    for objective in objectives:
        if objective.endpoint not in values:
            raise InputError(
                f"there are no values of {objective.endpoint!r}",
                place=objective.name,
                remedy="give the endpoint a predictor",
            )
        parts[objective.name] = objective.desirability(values[objective.endpoint])
        weights[objective.name] = objective.weight * factors.get(objective.name, 1.0)
    total = sum(weights.values())
    if not total > 0 or min(weights.values()) < 0:
        raise InputError(
            "the weights of the objectives do not add up to more than 0",
            remedy="give at least one objective a weight, and none a negative one",
        )
    with np.errstate(divide="ignore"):
        logs = [
            weight / total * np.log(parts[name]) for name, weight in weights.items() if weight > 0
        ]
    # exp(-inf) is 0: one unacceptable objective; NaN + -inf stays NaN: unknown.
    overall: FloatArray = np.minimum(np.exp(np.sum(logs, axis=0)), 1.0)
    return overall, parts
