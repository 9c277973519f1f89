"""The actions an agent may take: typed, validated, bounded.

A language model steers by calling one of these as a tool. Whatever does not validate, or leaves
the :class:`PlanBounds` the chemist set, comes back to it as a tool error that names the bound.
"""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from molagent.agents.bounds import PlanBounds

__all__ = [
    "ACTIONS",
    "AcceptPlan",
    "Action",
    "AskAgain",
    "AvoidClaim",
    "ChooseScaffold",
    "ChooseSeeds",
    "MixStep",
    "ObjectiveWeight",
    "PlanBounds",
    "SetExploration",
    "SetMix",
    "SetWeights",
]

REASON_LIMIT = 600


def _capped(text: object) -> object:
    """Shorten over-long model text: a long reason is no reason to refuse an action."""
    if isinstance(text, str) and len(text) > REASON_LIMIT:
        return text[: REASON_LIMIT - 1] + "…"
    return text


class Action(BaseModel):
    """One thing an agent wants; ``reason`` in words, ``sources`` by id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ClassVar[str]
    title: ClassVar[str]

    reason: Annotated[str, BeforeValidator(_capped)] = Field(
        min_length=1, description="one or two sentences that cite ids and numbers from tool results"
    )
    sources: tuple[str, ...] = Field(
        default=(), max_length=40, description="tool call ids and compound ids this rests on"
    )

    def parameters(self) -> dict[str, object]:
        """Return what is asked for, without the reason and its sources."""
        return self.model_dump(mode="json", exclude={"reason", "sources"})


class MixStep(BaseModel):
    """How many proposals one generator makes in one mode."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    generator: str
    mode: str
    count: int = Field(gt=0)


class SetMix(Action):
    """Counts per generator and mode."""

    name = "set_mix"
    title = "Share out the cycle's proposals over generators and modes."

    steps: tuple[MixStep, ...] = Field(min_length=1)


class ChooseSeeds(Action):
    """Compounds that edits start from."""

    name = "choose_seeds"
    title = "Choose the compounds that the edit mode starts from, by id."

    compound_ids: tuple[str, ...] = Field(min_length=1)


class ChooseScaffold(Action):
    """Series that are decorated."""

    name = "choose_scaffold"
    title = "Choose the series that the decorate mode grows, by scaffold id."

    scaffold_ids: tuple[str, ...] = Field(min_length=1)


class ObjectiveWeight(BaseModel):
    """Multiplier of one objective's weight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: str
    weight: float = Field(allow_inf_nan=False)


class SetWeights(Action):
    """Objective weight multipliers."""

    name = "set_weights"
    title = "Multiply the weight of one or more objectives; 1.0 is the campaign's own weight."

    weights: tuple[ObjectiveWeight, ...] = Field(min_length=1)


class AvoidClaim(Action):
    """Claim to design around."""

    name = "avoid_claim"
    title = "Design around a patent claim that stopped structures, by claim id."

    claim_id: str


class SetExploration(Action):
    """Greedy to exploring."""

    name = "set_exploration"
    title = "Set how far selection trusts the predicted means (0) or samples their spread (1)."

    exploration: float = Field(allow_inf_nan=False)


class AskAgain(Action):
    """A question back to one agent."""

    name = "ask_again"
    title = "Send one proposal back to the agent that made it, with a question."

    proposal_id: str
    question: Annotated[str, BeforeValidator(_capped)] = Field(min_length=1)


class AcceptPlan(Action):
    """The chair's choice among the proposals."""

    name = "accept_plan"
    title = "Accept proposals by id (A1, A2, ...); what is not accepted keeps its previous setting."

    accepted: tuple[str, ...] = ()
    stop: bool = False


ACTIONS: Mapping[str, type[Action]] = {
    action.name: action
    for action in (
        SetMix,
        ChooseSeeds,
        ChooseScaffold,
        SetWeights,
        AvoidClaim,
        SetExploration,
        AskAgain,
        AcceptPlan,
    )
}
