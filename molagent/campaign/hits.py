"""How many of a batch may reach what the objectives ask, counted in worlds the models believe in.

A world is one joint draw of what would be *measured* (:mod:`molagent.campaign.worlds`). The spread
is that of the predictions as they are shown; what a plan explores does not change it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from molagent.campaign.worlds import SUBTRACTED
from molagent.config import CampaignConfig, ObjectiveConfig
from molagent.protocols import Predictor
from molagent.records import FloatArray
from molagent.records.reliability import overestimate
from molagent.select.hits import ExpectedHits, expected_hits

__all__ = ["Goal", "Promise", "goals", "promise"]

# Between a goal that is reached, 1, and one that is not, 0.
_REACHED = 0.5
_LOG_UNITS = "log units"
_OPPOSITE = {"maximise": "minimise", "minimise": "maximise"}
# In the endpoint's unit; less is not seen in a prediction.
_WORTH_TELLING = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What one objective calls a hit.

    Attributes
    ----------
    words
        ``jak1_pki above 8``.
    own
        Whether the campaign's own data is behind it.
    doubt
        Why its model is not reliable; "" where it is.
    flattery
        By how much chosen compounds were over-predicted on held-out scaffolds; taken off here.
    """

    objective: ObjectiveConfig
    words: str
    own: bool
    doubt: str
    flattery: float = 0.0

    def reached(self, worlds: FloatArray) -> FloatArray:
        """Return 1 where a world reaches the goal, 0 where not, NaN where the value is unknown."""
        objective = self.objective
        if objective.direction == "range":
            met = (worlds >= objective.low) & (worlds <= objective.high)
        elif objective.direction == "maximise":
            met = worlds - self.flattery >= objective.mark
        else:
            met = worlds + self.flattery <= objective.mark
        return np.where(np.isnan(worlds), np.nan, met.astype(np.float64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a batch may bring.

    Attributes
    ----------
    together
        Compounds that reach every goal of `joint` in one world.
    joint
        The goals that are counted together: those of the campaign's own data, else all that are
        reliable.
    alone
        Each goal by itself, in the profile's order.
    """

    together: ExpectedHits
    joint: tuple[Goal, ...]
    alone: tuple[tuple[Goal, ExpectedHits], ...]

    @property
    def sentence(self) -> str:
        """How many hits are expected, with an interval; without a capital and a full stop."""
        hits = self.together
        words = " and ".join(goal.words for goal in self.joint)
        text = (
            f"{hits.expected:.1f} of {hits.count} are expected to be measured with {words}"
            f" ({hits.level:.0%} interval {hits.low:.0f} to {hits.high:.0f})"
        )
        if hits.unknown:
            text += f", and {hits.unknown} have no estimate"
        apart = [
            f"{goal.words} {alone.expected:.1f}"
            for goal, alone in self.alone
            if goal not in self.joint or len(self.joint) > 1
            if not goal.doubt
        ]
        text += f"; each alone: {', '.join(apart)}" if apart else ""
        flattered = [
            f"{goal.objective.endpoint} by {goal.flattery:.2f}"
            for goal, _ in self.alone
            if goal.flattery >= _WORTH_TELLING
        ]
        if flattered:
            text += (
                "; corrected for what such a choice was over-predicted on held-out scaffolds:"
                f" {', '.join(flattered)}"
            )
        doubtful = [goal.objective.endpoint for goal in self.joint if goal.doubt]
        if doubtful:
            text += f"; the model of {' and of '.join(doubtful)} failed its checks"
        return text

    @property
    def rows(self) -> list[dict[str, object]]:
        """One mapping a goal, JSON-able."""
        return [
            {
                "objective": goal.objective.name,
                "endpoint": goal.objective.endpoint,
                "words": goal.words,
                "joint": goal in self.joint,
                "doubt": goal.doubt,
                "flattery": round(goal.flattery, 3),
                "expected": round(alone.expected, 2),
                "low": alone.low,
                "high": alone.high,
                "of": alone.count,
            }
            for goal, alone in self.alone
        ]


def goals(config: CampaignConfig, predictors: Sequence[Predictor]) -> tuple[Goal, ...]:
    """Return what each objective of the profile calls a hit."""
    own = {assay.endpoint for assay in config.assays}
    own |= {derived.endpoint for derived in config.derived}
    cards = {predictor.endpoint: predictor.card for predictor in predictors}
    return tuple(
        Goal(
            objective=objective,
            words=_words(objective, cards[objective.endpoint]),
            own=objective.endpoint in own,
            doubt="" if cards[objective.endpoint]["reliable"] else "failed its checks",
            flattery=_flattery(objective, cards),
        )
        for objective in config.profile
    )


def promise(asked: Sequence[Goal], worlds: Mapping[str, FloatArray]) -> Promise:
    """Count the hits of a batch; `worlds` are of its compounds alone."""
    joint = [goal for goal in asked if goal.own] or [goal for goal in asked if not goal.doubt]
    joint = joint or list(asked)
    reached = {goal: goal.reached(worlds[goal.objective.endpoint]) for goal in asked}
    together = np.min([reached[goal] for goal in joint], axis=0)
    return Promise(
        together=_count(together),
        joint=tuple(joint),
        alone=tuple((goal, _count(met)) for goal, met in reached.items()),
    )


def _flattery(objective: ObjectiveConfig, cards: Mapping[str, Mapping[str, Any]]) -> float:
    """Return by how much a chosen compound's prediction flatters it, in the wanted direction.

    A difference of two predictions, of which nothing was measured, is chosen by the errors of
    both: with errors alike each gives the root of a half of what it gives where it is chosen by
    alone.
    """
    card = cards[objective.endpoint]
    if card.get("kind") != SUBTRACTED:
        return overestimate(card, objective.direction)
    parts = card["derived_from"]
    wanted, opposite = objective.direction, _OPPOSITE.get(objective.direction, "range")
    minuend, subtrahend = (cards.get(str(name), {}) for name in parts)
    return (overestimate(minuend, wanted) + overestimate(subtrahend, opposite)) / math.sqrt(2.0)


def _count(reached: FloatArray) -> ExpectedHits:
    return expected_hits(reached, range(reached.shape[1]), _REACHED)


def _words(objective: ObjectiveConfig, card: Mapping[str, object]) -> str:
    if objective.direction == "range":
        return f"{objective.endpoint} from {objective.low:g} to {objective.high:g}"
    side = "above" if objective.direction == "maximise" else "below"
    words = f"{objective.endpoint} {side} {objective.mark:g}"
    is_ratio = card.get("unit") == _LOG_UNITS and card.get("derived_from")
    return f"{words} ({_fold(objective.mark)})" if is_ratio else words


def _fold(mark: float) -> str:
    """Return a difference of logarithms as a ratio.

    Examples
    --------
    >>> _fold(1.0), _fold(0.75)
    ('10-fold', '5.6-fold')
    """
    ratio = 10.0**mark
    return f"{ratio:.{0 if math.isclose(ratio, round(ratio)) else 1}f}-fold"
