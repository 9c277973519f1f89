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
    hit
        The value from which the objective counts as reached, for the expected number of hits. Left
        out, it is halfway between `low` and `high`; a range is reached between the two.
    allow_unreliable
        Keep an objective whose model failed its checks. Its predictions are shown as unreliable and
        earn no desirability. Without it the campaign stops and says why.
    """

    name: str
    endpoint: Name
    direction: Literal["maximise", "minimise", "range"]
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    weight: float = Field(default=1.0, gt=0.0, le=10.0)
    hit: float | None = Field(default=None, allow_inf_nan=False)
    allow_unreliable: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        if self.hit is not None and self.direction == "range":
            raise ValueError("a range is reached between low and high: leave hit out")
        return self

    @property
    def mark(self) -> float:
        """The value from which the objective counts as reached."""
        return (self.low + self.high) / 2.0 if self.hit is None else self.hit
