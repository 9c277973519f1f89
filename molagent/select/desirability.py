"""Desirability of a compound over a target product profile, 0 to 1.

Derringer and Suich 1980, doi:10.1080/00224065.1980.11980968: each objective is mapped to 0..1 and
the weighted geometric mean is taken, so that one objective at 0 cannot be bought back by others.
An estimate that is not known (NaN) gives an unknown desirability, never a zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.errors import InputError
from molagent.records import FloatArray

__all__ = ["DIRECTIONS", "FLOOR", "Objective", "combine", "desirability_of"]

DIRECTIONS: Final = ("maximise", "minimise", "range")

# What falls short of an objective altogether keeps this much, so that of two failing compounds
# the one that is better elsewhere still ranks higher and a search has a slope to follow.
FLOOR: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """One line of a target product profile.

    Attributes
    ----------
    direction
        ``maximise``: desirability rises from `low` (0) to `high` (1). ``minimise``: it falls from
        `low` (1) to `high` (0). ``range``: it is 1 from `low` to `high` and falls to 0 over one
        width of the range on either side.
    weight
        Exponent in the geometric mean, above 0.
    """

    name: str
    endpoint: str
    direction: str
    low: float
    high: float
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what would silently rank the wrong way round."""
        if self.direction not in DIRECTIONS:
            raise InputError(
                f"direction {self.direction!r} of {self.name!r} is not known",
                remedy=f"use one of {', '.join(DIRECTIONS)}",
            )
        if not self.low < self.high:
            raise InputError(
                f"low ({self.low}) of {self.name!r} is not below high ({self.high})",
                remedy="swap them, or choose another direction",
            )
        if self.weight <= 0:
            raise InputError(f"weight {self.weight} of {self.name!r} is not above zero")


def desirability_of(objective: Objective, values: FloatArray) -> FloatArray:
    """Return the desirability of values of any shape, ``FLOOR`` to 1; NaN stays NaN.

    Examples
    --------
    >>> potency = Objective(name="p", endpoint="pki", direction="maximise", low=6, high=8)
    >>> desirability_of(potency, np.array([5.0, 7.0, 9.0, np.nan])).round(2).tolist()
    [0.01, 0.5, 1.0, nan]
    """
    width = objective.high - objective.low
    rising = (values - objective.low) / width
    if objective.direction == "maximise":
        raw = rising
    elif objective.direction == "minimise":
        raw = 1.0 - rising
    else:
        raw = np.minimum(1.0 + rising, 2.0 - rising)
    return np.asarray(np.clip(raw, FLOOR, 1.0), dtype=np.float64)


def combine(
    objectives: Sequence[Objective],
    values: Mapping[str, FloatArray],
    multipliers: Mapping[str, float] | None = None,
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the weighted geometric mean and each objective's own desirability.

    Parameters
    ----------
    objectives
        The profile, at least one.
    values
        Endpoint to values; all of one shape, ``N`` or ``draws x N``.
    multipliers
        Objective name to a factor on its weight; 1 where it is missing.

    Raises
    ------
    InputError
        If there is no objective, or an endpoint has no values.
    """
    if not objectives:
        raise InputError("the profile has no objective", remedy="state at least one")
    missing = [o.endpoint for o in objectives if o.endpoint not in values]
    if missing:
        raise InputError(
            f"endpoint {missing[0]!r} has no values", remedy="add a predictor or leave it out"
        )
    factors = multipliers or {}
    weights = np.array([o.weight * factors.get(o.name, 1.0) for o in objectives])
    parts = {o.name: desirability_of(o, values[o.endpoint]) for o in objectives}
    logs = np.stack([np.log(parts[o.name]) for o in objectives])
    overall = np.exp(np.tensordot(weights / weights.sum(), logs, axes=1))
    return overall, parts
