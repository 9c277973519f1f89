"""One line of the target product profile."""

from typing import Literal, Self

from pydantic import Field, model_validator

from molagent.config.section import Name, Section

__all__ = ["ObjectiveConfig"]


class ObjectiveConfig(Section):
    """One line of the target product profile.

    ``low`` and ``high`` are where desirability begins and is full (maximise), or is full and ends
    (minimise), or the range within which it is full (range).

    Attributes
    ----------
    name
        What the objective is called in the report.
    endpoint
        An assay, a derived endpoint, a registered model, one of ADMET-AI, a computed property or a
        plugin.
    direction
        Which values are wanted.
    low
        In the endpoint's unit; below `high`.
    high
        In the endpoint's unit.
    weight
        How much the objective counts in the geometric mean of the profile.
    allow_unreliable
        Use a model that failed its checks. Without it the campaign stops and says why.
    """

    name: str
    endpoint: Name
    direction: Literal["maximise", "minimise", "range"]
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    weight: float = Field(default=1.0, gt=0.0, le=10.0)
    allow_unreliable: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        return self
