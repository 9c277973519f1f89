"""The actions an agent may take: typed, validated, bounded.

A language model steers by calling one of these as a tool. Whatever does not validate, or leaves
the :class:`PlanBounds` the chemist set, comes back to it as a tool error that names the bound.

A new action touches these files:

1. ``agents/actions.py``: its class, with who may take it, its check, what it sets and its words;
2. ``records/plans.py``: the field of :class:`Plan` that it sets;
3. the stage in ``campaign/`` that does what the field says;
4. ``agents/bounds.py``, if the chemist bounds it by a number;
5. the prompt of each role in ``agents/prompts/`` that may take it;
6. ``agents/evidence_rules.py`` or ``agents/design_rules.py``, for the playbook to take it.

The tool, its description, the brief, the roles, the chair's rules, the store and the report take
it from there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from molagent.agents.bounds import Line, PlanBounds
from molagent.agents.choices import Action, Choices, Grounds, PlanAction, Words
from molagent.agents.known_ids import listed_ids

__all__ = [
    "ACTIONS",
    "AcceptPlan",
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
    "read_action",
]


class MixStep(BaseModel):
    """How many proposals one generator makes in one mode."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    generator: str
    mode: str
    count: int = Field(gt=0)


class SetMix(PlanAction):
    """Counts per generator and mode."""

    name = "set_mix"
    title = "Share out the cycle's proposals over generators and modes."
    actors = ("designer",)

    steps: tuple[MixStep, ...] = Field(min_length=1)

    @classmethod
    def bound_words(cls, bounds: PlanBounds) -> str:
        """Return the total, the range of one step and the lines that may run."""
        return (
            f"Counts add up to exactly {bounds.per_cycle}; each has {bounds.min_per_step} to "
            f"{bounds.most_per_step}. Allowed: {', '.join(_line_names(bounds))}."
        )

    @classmethod
    def bound_values(cls, bounds: PlanBounds) -> dict[str, object]:
        """Return the total, the lines that may run and the range of one of them."""
        return {
            "per_cycle": bounds.per_cycle,
            "lines": _line_names(bounds),
            "count_of_a_line": [bounds.min_per_step, bounds.most_per_step],
        }

    def check(self, grounds: Grounds) -> str:
        """Refuse a line named twice, one that may not run, and counts outside the bounds."""
        if len(self._counts) != len(self.steps):
            return "a generator mode stands twice in the mix"
        return grounds.bounds.mix_violation(self._counts)

    def apply(self, choices: Choices) -> Choices:
        """Replace the mix."""
        return replace(choices, mix=self._counts)

    def in_words(self) -> str:
        """Return the counts."""
        return ", ".join(f"{item.count} {item.generator}:{item.mode}" for item in self.steps)

    @property
    def _counts(self) -> dict[Line, int]:
        return {(item.generator, item.mode): item.count for item in self.steps}


class ObjectiveWeight(BaseModel):
    """Multiplier of one objective's weight."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: str
    weight: float = Field(allow_inf_nan=False)


class SetWeights(PlanAction):
    """Objective weight multipliers."""

    name = "set_weights"
    title = "Multiply the weight of one or more objectives; 1.0 is the campaign's own weight."
    actors = ("data_analyst", "property_scientist")

    weights: tuple[ObjectiveWeight, ...] = Field(min_length=1)

    @classmethod
    def bound_words(cls, bounds: PlanBounds) -> str:
        """Return the range of a multiplier."""
        return f"Each from {bounds.weight_min:g} to {bounds.weight_max:g}."

    @classmethod
    def bound_values(cls, bounds: PlanBounds) -> dict[str, object]:
        """Return the range of a multiplier."""
        return {"weight": [bounds.weight_min, bounds.weight_max]}

    @property
    def targets(self) -> frozenset[str]:
        """The weight of each objective: two proposals may set different ones."""
        return frozenset(f"weight of {item.objective}" for item in self.weights)

    def check(self, grounds: Grounds) -> str:
        """Refuse an objective named twice or not in the profile, and weights out of bounds."""
        objectives = [item.objective for item in self.weights]
        if len(set(objectives)) != len(objectives):
            return "an objective stands twice in the weights"
        for item in self.weights:
            if item.objective not in grounds.objectives:
                return f"no objective {item.objective!r}; known: {_listed(grounds.objectives)}"
            if outside := grounds.bounds.weight_violation(item.objective, item.weight):
                return outside
        return ""

    def apply(self, choices: Choices) -> Choices:
        """Set these weights; others stay as they are."""
        weights = {item.objective: item.weight for item in self.weights}
        plan = choices.plan
        return replace(choices, plan=replace(plan, weights={**plan.weights, **weights}))

    def in_words(self) -> str:
        """Return each objective with its multiplier."""
        return ", ".join(f"weight of {item.objective} {item.weight:g}" for item in self.weights)


class SetExploration(PlanAction):
    """Greedy to exploring."""

    name = "set_exploration"
    title = "Set how far selection trusts the predicted means (0) or samples their spread (1)."
    actors = ("property_scientist", "designer")

    exploration: float = Field(allow_inf_nan=False)

    @classmethod
    def bound_words(cls, bounds: PlanBounds) -> str:
        """Return the range."""
        return f"From {bounds.exploration_min:g} to {bounds.exploration_max:g}."

    @classmethod
    def bound_values(cls, bounds: PlanBounds) -> dict[str, object]:
        """Return the range."""
        return {"exploration": [bounds.exploration_min, bounds.exploration_max]}

    def check(self, grounds: Grounds) -> str:
        """Refuse a value out of bounds."""
        return grounds.bounds.exploration_violation(self.exploration)

    def apply(self, choices: Choices) -> Choices:
        """Set the exploration."""
        return replace(choices, plan=replace(choices.plan, exploration=self.exploration))

    def in_words(self) -> str:
        """Return the value."""
        return f"exploration {self.exploration:g}"


class ChooseSeeds(PlanAction):
    """Compounds that edits start from."""

    name = "choose_seeds"
    title = "Choose the compounds that the edit mode starts from, by id."
    actors = ("data_analyst", "designer")

    compound_ids: tuple[str, ...] = Field(min_length=1)

    @classmethod
    def bound_words(cls, bounds: PlanBounds) -> str:
        """Return how many there may be."""
        return f"At most {bounds.max_seeds}."

    @classmethod
    def bound_values(cls, bounds: PlanBounds) -> dict[str, object]:
        """Return how many there may be."""
        return {"seeds": bounds.max_seeds}

    def check(self, grounds: Grounds) -> str:
        """Refuse more seeds than allowed, and ids that no tool has shown."""
        wanted, most = set(self.compound_ids), grounds.bounds.max_seeds
        if len(wanted) > most:
            return f"{len(wanted)} seeds; at most {most}"
        if unknown := wanted - grounds.known.compounds:
            return f"unknown compound ids {_listed(unknown)}; use ids from tool results"
        return ""

    def apply(self, choices: Choices) -> Choices:
        """Replace the seeds."""
        return replace(choices, seeds=tuple(dict.fromkeys(self.compound_ids)))

    def in_words(self) -> str:
        """Return how many there are."""
        return f"{len(self.compound_ids)} seeds"


class ChooseScaffold(PlanAction):
    """Series that are decorated."""

    name = "choose_scaffold"
    title = "Choose the series that the decorate mode grows, by scaffold id."
    actors = ("patent_analyst", "designer")

    scaffold_ids: tuple[str, ...] = Field(min_length=1)

    @classmethod
    def bound_words(cls, bounds: PlanBounds) -> str:
        """Return how many there may be."""
        return f"At most {bounds.max_scaffolds}."

    @classmethod
    def bound_values(cls, bounds: PlanBounds) -> dict[str, object]:
        """Return how many there may be."""
        return {"scaffolds": bounds.max_scaffolds}

    def check(self, grounds: Grounds) -> str:
        """Refuse more series than allowed, and ids that no tool has shown."""
        wanted, most = set(self.scaffold_ids), grounds.bounds.max_scaffolds
        if len(wanted) > most:
            return f"{len(wanted)} series; at most {most}"
        if unknown := wanted - grounds.known.scaffolds:
            known = _listed(grounds.known.scaffolds)
            return f"unknown scaffold ids {_listed(unknown)}; known: {known}"
        return ""

    def apply(self, choices: Choices) -> Choices:
        """Replace the series."""
        return replace(choices, series=tuple(dict.fromkeys(self.scaffold_ids)))

    def in_words(self) -> str:
        """Return the first of their ids."""
        return f"series {listed_ids(self.scaffold_ids)}"


class AvoidClaim(PlanAction):
    """Claim to design around."""

    name = "avoid_claim"
    title = "Design around a patent claim that stopped structures, by claim id."
    actors = ("patent_analyst",)

    claim_id: str

    @property
    def targets(self) -> frozenset[str]:
        """The claim: two proposals may avoid different ones."""
        return frozenset({f"claim {self.claim_id}"})

    def check(self, grounds: Grounds) -> str:
        """Refuse a publication in place of its claim, and a claim that no tool has shown."""
        known = grounds.known
        if self.claim_id in known.publications - known.claims:
            return f"{self.claim_id} is a publication; name one of its claims"
        if self.claim_id not in known.claims:
            return f"unknown claim id {self.claim_id!r}; known: {_listed(known.claims)}"
        return ""

    def apply(self, choices: Choices) -> Choices:
        """Add the claim to those that are avoided."""
        claims = tuple(dict.fromkeys((*choices.plan.avoid_claims, self.claim_id)))
        return replace(choices, plan=replace(choices.plan, avoid_claims=claims))

    def in_words(self) -> str:
        """Return the claim's id."""
        return f"avoid {self.claim_id}"


class AskAgain(Action):
    """A question back to one agent."""

    name = "ask_again"
    title = "Send one proposal back to the agent that made it, with a question."
    actors = ("chair",)

    proposal_id: str
    question: Words = Field(min_length=1)


class AcceptPlan(Action):
    """The chair's choice among the proposals."""

    name = "accept_plan"
    title = "Accept proposals by id (A1, A2, ...); what is not accepted keeps its previous setting."
    actors = ("chair",)

    accepted: tuple[str, ...] = ()
    stop: bool = False

    @classmethod
    def bound_words(cls, bounds: PlanBounds) -> str:
        """Say whether the campaign may be stopped."""
        return "" if bounds.allow_stop else "stop must be false."

    @classmethod
    def bound_values(cls, bounds: PlanBounds) -> dict[str, object]:
        """Say whether the campaign may be stopped."""
        return {"stop_allowed": bounds.allow_stop}


# The order of the brief's bounds and of a role's tools.
ACTIONS: Final[Mapping[str, type[Action]]] = {
    action.name: action
    for action in (
        SetMix,
        SetWeights,
        SetExploration,
        ChooseSeeds,
        ChooseScaffold,
        AvoidClaim,
        AskAgain,
        AcceptPlan,
    )
}


def read_action(name: str, parameters: Mapping[str, object], reason: str) -> PlanAction:
    """Return a plan action from its name and what :meth:`Action.parameters` gave."""
    action = ACTIONS[name].model_validate({**parameters, "reason": reason})
    if not isinstance(action, PlanAction):
        raise TypeError(f"{name} does not change a plan")
    return action


def _line_names(bounds: PlanBounds) -> list[str]:
    return [f"{generator}:{mode}" for generator, mode in bounds.lines]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
