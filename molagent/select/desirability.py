"""Desirability of a target product profile (Derringer and Suich 1980).

Each objective maps its endpoint to 0 (unacceptable) .. 1 (fully met); the profile is their weighted
geometric mean. The transform itself is :mod:`molagent.desirability`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from molagent.desirability import (
    DIRECTIONS,
    check_preference,
    desirability,
    weighted_geometric_mean,
)
from molagent.errors import InputError
from molagent.records import FloatArray

__all__ = ["DIRECTIONS", "Objective", "combine"]


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
    >>> import numpy as np
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
        check_preference(self.name, self.direction, self.low, self.high, self.weight)

    def desirability(self, values: FloatArray) -> FloatArray:
        """Return the desirability of each value, same shape, 0..1; NaN stays NaN."""
        return desirability(values, self.direction, self.low, self.high)


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
    >>> import numpy as np
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
    overall = weighted_geometric_mean([parts[name] for name in weights], list(weights.values()))
    return overall, parts
