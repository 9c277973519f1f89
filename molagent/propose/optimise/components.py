"""One component of an objective: a name, how it is computed, and which values are wanted."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from molagent.desirability import check_preference, desirability
from molagent.errors import InputError
from molagent.propose.optimise.isolated import IsolatedFunction
from molagent.protocols import Filter, Predictor
from molagent.records import FloatArray, Verdict

__all__ = ["Evaluate", "ObjectiveComponent", "from_filter", "from_predictor"]

Evaluate = Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveComponent:
    """What is computed of a structure, and what its value is worth.

    Attributes
    ----------
    evaluate
        ``N`` SMILES to ``N`` numbers in input order, NaN or None where it cannot tell. It may
        raise: the structures at fault are found and stay unknown. An
        :class:`~molagent.propose.optimise.isolated.IsolatedFunction` runs in a process of its own.
    direction
        In words: ``maximise`` (0 at `low`, 1 from `high`), ``minimise`` (1 up to `low`, 0 from
        `high`) or ``range`` (1 between `low` and `high`).
    low, high
        In `unit`.
    weight
        Above 0; its share of the weighted geometric mean.
    timeout_s
        Longest time for one call, whatever the length of its batch; None sets no limit. A call in
        this process cannot be ended, only left behind; an isolated one is killed.
    missing
        What a missing value means, for the note beside it: "outside the model's domain".

    Examples
    --------
    >>> import numpy as np
    >>> size = ObjectiveComponent(
    ...     name="length", evaluate=lambda smiles_list: [len(s) for s in smiles_list],
    ...     direction="range", low=5, high=9, unit="characters",
    ... )
    >>> size.desirability(np.array([7.0, 10.0]))
    array([1. , 0.5])
    """

    name: str
    evaluate: Evaluate
    direction: str
    low: float
    high: float
    weight: float = 1.0
    timeout_s: float | None = None
    unit: str = ""
    missing: str = "no value"

    def __post_init__(self) -> None:
        """Refuse a component that means nothing."""
        if not self.name.strip():
            raise InputError("a component of the objective has no name", remedy="give it one")
        check_preference(self.name, self.direction, self.low, self.high, self.weight)
        if self.timeout_s is not None and not 0 < self.timeout_s < math.inf:
            raise InputError(
                f"timeout_s {self.timeout_s:g} is not a time",
                place=self.name,
                remedy="give seconds above 0, or leave it out",
            )

    @property
    def isolated(self) -> bool:
        """Whether it runs in a process of its own."""
        return isinstance(self.evaluate, IsolatedFunction)

    def desirability(self, values: FloatArray) -> FloatArray:
        """Return the desirability of each value, 0..1; NaN stays NaN."""
        return desirability(values, self.direction, self.low, self.high)


def from_predictor(
    predictor: Predictor,
    *,
    direction: str,
    low: float,
    high: float,
    name: str = "",
    weight: float = 1.0,
    timeout_s: float | None = None,
    inside_domain: bool = True,
) -> ObjectiveComponent:
    """Return a component that takes a predictor's mean.

    Parameters
    ----------
    name
        The predictor's endpoint by default.
    inside_domain
        Whether an estimate outside the model's domain is unknown (NaN). A generator that is
        rewarded for such estimates drifts to where the model knows nothing.
    """

    def mean(smiles_list: Sequence[str]) -> FloatArray:
        frame = predictor.predict(smiles_list)
        if not inside_domain:
            return frame.mean
        known: FloatArray = np.where(frame.in_domain, frame.mean, np.nan)
        return known

    return ObjectiveComponent(
        name=name or predictor.endpoint,
        evaluate=mean,
        direction=direction,
        low=low,
        high=high,
        weight=weight,
        timeout_s=timeout_s,
        unit=str(predictor.card.get("unit", "")),
        missing=f"outside the domain of the model of {predictor.endpoint}",
    )


def from_filter(
    judge: Filter, *, name: str = "", weight: float = 1.0, timeout_s: float | None = None
) -> ObjectiveComponent:
    """Return a component that is 1 where a filter passes a structure and 0 where it fails.

    An unknown verdict stays unknown (NaN): it never counts as passed.
    """
    worth = {Verdict.PASS: 1.0, Verdict.FAIL: 0.0, Verdict.UNKNOWN: math.nan}

    def passed(smiles_list: Sequence[str]) -> list[float]:
        return [worth[judgement.verdict] for judgement in judge.judge(smiles_list)]

    return ObjectiveComponent(
        name=name or judge.name,
        evaluate=passed,
        direction="maximise",
        low=0.0,
        high=1.0,
        weight=weight,
        timeout_s=timeout_s,
        unit="1 if passed",
        missing=f"the verdict of {judge.name} is unknown",
    )
