"""Desirability of a target product profile (Derringer and Suich 1980).

Each objective maps its endpoint to 0 (unacceptable) .. 1 (fully met); the profile is their weighted
geometric mean. The transform itself is :mod:`molagent.desirability`.
"""

from collections.abc import Mapping, Sequence

from molagent.config import ObjectiveConfig
from molagent.desirability import desirability, weighted_geometric_mean
from molagent.errors import InputError
from molagent.records import FloatArray

__all__ = ["combine"]


def combine(
    objectives: Sequence[ObjectiveConfig],
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
    >>> from molagent.config import ObjectiveConfig
    >>> potency = ObjectiveConfig(
    ...     name="JAK1", endpoint="jak1_pki", direction="maximise", low=7, high=9
    ... )
    >>> herg = ObjectiveConfig(
    ...     name="hERG", endpoint="herg", direction="minimise", low=0.2, high=0.6
    ... )
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
        parts[objective.name] = desirability(
            values[objective.endpoint], objective.direction, objective.low, objective.high
        )
        weights[objective.name] = objective.weight * factors.get(objective.name, 1.0)
    overall = weighted_geometric_mean([parts[name] for name in weights], list(weights.values()))
    return overall, parts
