"""What an action is: its words, its check, what it sets, and the choices that it changes."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from molagent.agents.bounds import Line, PlanBounds, line_counts
from molagent.agents.known_ids import KnownIds
from molagent.records import Plan

__all__ = ["Action", "Choices", "Grounds", "PlanAction", "Words"]

REASON_LIMIT = 600


def _capped(text: object) -> object:
    """Shorten over-long model text instead of refusing the action for it."""
    if isinstance(text, str) and len(text) > REASON_LIMIT:
        return text[: REASON_LIMIT - 1] + "…"
    return text


Words = Annotated[str, BeforeValidator(_capped)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What an action is checked against.

    Attributes
    ----------
    known
        Ids that an action may name.
    objectives
        Objective name to its weight in the campaign file.
    """

    bounds: PlanBounds
    known: KnownIds
    objectives: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the next plan is put together from.

    Attributes
    ----------
    plan
        Everything but its steps is taken as it stands here.
    mix
        Proposals of each generator and mode.
    seeds, series
        What was chosen to edit and to decorate; empty to keep what is in force.
    """

    plan: Plan
    mix: Mapping[Line, int]
    seeds: tuple[str, ...] = ()
    series: tuple[str, ...] = ()

    @classmethod
    def of_plan(cls, plan: Plan) -> "Choices":
        """Return the choices that leave `plan` as it is."""
        return cls(plan=plan, mix=line_counts(plan.steps))


class Action(BaseModel):
    """One thing an agent wants; ``reason`` in words, ``sources`` by id.

    Attributes
    ----------
    name, title
        What it is called as a tool, and what that tool does.
    actors
        The roles that may take it. Where two of them disagree, the chair's rules prefer the
        first named: measured data before predictions, domain before ambition, overlap evidence
        before convenience.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    title: ClassVar[str]
    actors: ClassVar[tuple[str, ...]]

    reason: Words = Field(
        min_length=1, description="one or two sentences that cite ids and numbers from tool results"
    )
    sources: tuple[str, ...] = Field(
        default=(), max_length=40, description="tool call ids and compound ids this rests on"
    )

    @classmethod
    def bound_words(cls, bounds: PlanBounds) -> str:
        """Return the bounds in words, for the tool's description; empty where there are none."""
        del bounds
        return ""

    @classmethod
    def bound_values(cls, bounds: PlanBounds) -> dict[str, object]:
        """Return the bounds by name, for the brief."""
        del bounds
        return {}

    def parameters(self) -> dict[str, object]:
        """Return what is asked for, without the reason and its sources."""
        return self.model_dump(mode="json", exclude={"reason", "sources"})


class PlanAction(Action):
    """An action that changes the next plan once the chair has accepted it."""

    @property
    def targets(self) -> frozenset[str]:
        """Settings it touches; two accepted proposals may not share one."""
        return frozenset({self.name.partition("_")[2]})

    @abstractmethod
    def check(self, grounds: Grounds) -> str:
        """Return the bound it leaves or the id that is not known; empty if it may be taken."""

    @abstractmethod
    def apply(self, choices: Choices) -> Choices:
        """Return the choices with what it asks for."""

    @abstractmethod
    def in_words(self) -> str:
        """Return what it asks for in a few words."""
