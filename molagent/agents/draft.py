"""The plan in the making: proposals checked against bounds and known ids, the plan put together.

No number of a plan comes from free text: every one stands in a validated action, and every id in
it was seen in the summary or in a tool result.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from molagent.agents.actions import (
    AcceptPlan,
    Action,
    AskAgain,
    AvoidClaim,
    ChooseScaffold,
    ChooseSeeds,
    SetExploration,
    SetMix,
    SetWeights,
)
from molagent.agents.bounds import Line, PlanBounds, line_counts, spread
from molagent.agents.known_ids import KnownIds
from molagent.errors import PolicyError
from molagent.records import CycleSummary, Plan, PlanStep

__all__ = ["Draft", "Proposed", "Question"]

# Fewer decorations than this do not show a series' structure-activity relation.
MIN_PER_SCAFFOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A valid action that an agent proposed, numbered in the order of arrival."""

    proposal_id: str
    actor: str
    action: Action

    @property
    def targets(self) -> frozenset[str]:
        """Settings it touches; two accepted proposals may not share one."""
        if isinstance(self.action, SetWeights):
            return frozenset(f"weight of {item.objective}" for item in self.action.weights)
        if isinstance(self.action, AvoidClaim):
            return frozenset({f"claim {self.action.claim_id}"})
        return frozenset({self.action.name.partition("_")[2]})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A proposal that the chair sent back."""

    proposal_id: str
    actor: str
    question: str


class Draft:
    """Collects proposals and puts the accepted ones together.

    Parameters
    ----------
    summary
        Its leaders, claims and objectives are known from the start.
    bounds
        What a plan may be.
    """

    def __init__(self, summary: CycleSummary, bounds: PlanBounds) -> None:
        self.summary = summary
        self.bounds = bounds
        self.base = bounds.fitted(summary.plan)
        self.base_was_fitted = self.base != summary.plan
        self.proposed: list[Proposed] = []
        self.questions: list[Question] = []
        self.acceptance: AcceptPlan | None = None
        self.plan: Plan | None = None
        self.filled: dict[str, object] = {}
        self.known = KnownIds()
        self.known.learn([*summary.leaders, *summary.measured])
        self.known.claims.update(summary.claims)
        for step in self.base.steps:
            self.known.compounds.update(step.seed_ids)
            if step.scaffold_id is not None:
                self.known.scaffolds.add(step.scaffold_id)
        self._checks: Mapping[type[Action], Callable[[Any], str]] = {
            SetMix: self._mix_violation,
            ChooseSeeds: self._seeds_violation,
            ChooseScaffold: self._scaffold_violation,
            SetWeights: self._weights_violation,
            AvoidClaim: self._claim_violation,
            SetExploration: self._exploration_violation,
        }

    def propose(self, actor: str, action: Action) -> Proposed:
        """Take in one proposal.

        Raises
        ------
        PolicyError
            If it leaves a bound or names an unknown id; the message says which.
        """
        self.check_sources(action.sources)
        violation = self._checks[type(action)](action)
        if violation:
            raise PolicyError(violation, place=action.name)
        proposed = Proposed(proposal_id=f"A{len(self.proposed) + 1}", actor=actor, action=action)
        self.proposed.append(proposed)
        return proposed

    def ask_again(self, action: AskAgain) -> Question:
        """Send a proposal back, each one at most once.

        Raises
        ------
        PolicyError
            If there is no such proposal or it was sent back before.
        """
        self.check_sources(action.sources)
        proposed = self._get((action.proposal_id,))[0]
        if any(question.actor == proposed.actor for question in self.questions):
            raise PolicyError(f"{proposed.actor} was asked once already", place="ask_again")
        question = Question(
            proposal_id=proposed.proposal_id, actor=proposed.actor, question=action.question
        )
        self.questions.append(question)
        return question

    def accept(self, action: AcceptPlan) -> Plan:
        """Put the accepted proposals together; nothing is kept when that fails.

        Raises
        ------
        PolicyError
            If two accepted proposals contradict each other or the result leaves a bound.
        """
        self.check_sources(action.sources)
        chosen = self._get(action.accepted)
        taken: dict[str, str] = {}
        for proposed in chosen:
            for target in sorted(proposed.targets):
                if target in taken:
                    raise PolicyError(
                        f"{taken[target]} and {proposed.proposal_id} both set the {target}; "
                        "accept one of them",
                        place="accept_plan",
                    )
                taken[target] = proposed.proposal_id
        plan, filled = self._assembled([proposed.action for proposed in chosen])
        plan = replace(plan, stop=action.stop)
        violation = self.bounds.violation(plan)
        if not violation and len(plan.avoid_claims) > self.bounds.max_claims:
            violation = f"more than {self.bounds.max_claims} claims to avoid"
        if violation:
            raise PolicyError(violation, place="accept_plan")
        self.acceptance, self.plan, self.filled = action, plan, filled
        return plan

    def accepted_ids(self) -> frozenset[str]:
        """Return which proposals the chair accepted."""
        return frozenset(self.acceptance.accepted if self.acceptance is not None else ())

    def check_sources(self, sources: Iterable[str]) -> None:
        """Refuse sources that nobody was shown.

        Raises
        ------
        PolicyError
            If an id is not known.
        """
        proposals = {proposed.proposal_id for proposed in self.proposed}
        for source in sources:
            if source not in self.known and source not in proposals:
                raise PolicyError(
                    f"source {source!r} was not shown in this decision; cite the `call` of a tool "
                    "result or a compound id",
                    place="sources",
                )

    def _get(self, proposal_ids: Iterable[str]) -> list[Proposed]:
        by_id = {proposed.proposal_id: proposed for proposed in self.proposed}
        wanted = list(dict.fromkeys(proposal_ids))
        for proposal_id in wanted:
            if proposal_id not in by_id:
                known = ", ".join(by_id) or "none yet"
                raise PolicyError(f"no proposal {proposal_id!r}; there is: {known}")
        return [by_id[proposal_id] for proposal_id in wanted]

    def _assembled(self, actions: list[Action]) -> tuple[Plan, dict[str, object]]:
        plan, weights, claims = self.base, dict(self.base.weights), list(self.base.avoid_claims)
        counts: dict[Line, int] = line_counts(self.base.steps)
        seeds: tuple[str, ...] = ()
        scaffolds: tuple[str, ...] = ()
        for action in actions:
            if isinstance(action, SetMix):
                counts = {(item.generator, item.mode): item.count for item in action.steps}
            elif isinstance(action, ChooseSeeds):
                seeds = tuple(dict.fromkeys(action.compound_ids))
            elif isinstance(action, ChooseScaffold):
                scaffolds = tuple(dict.fromkeys(action.scaffold_ids))
            elif isinstance(action, SetExploration):
                plan = replace(plan, exploration=action.exploration)
            elif isinstance(action, SetWeights):
                weights |= {item.objective: item.weight for item in action.weights}
            elif isinstance(action, AvoidClaim) and action.claim_id not in claims:
                claims.append(action.claim_id)
        filled: dict[str, object] = {}
        steps = [
            step
            for line, count in counts.items()
            for step in self._steps(line, count, seeds, scaffolds, filled)
        ]
        plan = replace(plan, steps=tuple(steps), weights=weights, avoid_claims=tuple(claims))
        return plan, filled

    def _steps(
        self,
        line: Line,
        count: int,
        seeds: tuple[str, ...],
        scaffolds: tuple[str, ...],
        filled: dict[str, object],
    ) -> list[PlanStep]:
        """Return the steps of one generator and mode: seeded edits, a decoration a series."""
        own = [step for step in self.base.steps if (step.generator, step.mode) == line]
        first = own[0] if own else PlanStep(generator=line[0], mode=line[1], count=count)
        if line[1] == "edit":
            chosen = seeds or first.seed_ids or self._best("compound_id", "seed_ids", filled)
            own = [replace(first, seed_ids=chosen[: self.bounds.max_seeds])]
        elif line[1] == "decorate":
            before = tuple(step.scaffold_id for step in own if step.scaffold_id is not None)
            if scaffolds or not before:
                series = scaffolds or self._best("scaffold_id", "scaffold_ids", filled)
                own = [replace(first, scaffold_id=name) for name in series]
            own = own[: max(1, min(self.bounds.max_scaffolds, count // MIN_PER_SCAFFOLD))]
        return spread(own or [first], count)

    def _best(self, entry: str, name: str, filled: dict[str, object]) -> tuple[str, ...]:
        """Return ids of the best compounds known, where nobody chose any; on record as filled."""
        best = self.summary.leaders or self.summary.measured
        ids = tuple(dict.fromkeys(str(row[entry]) for row in best if row.get(entry)))
        limit = self.bounds.max_seeds if entry == "compound_id" else self.bounds.max_scaffolds
        filled[name] = list(ids[:limit])
        return ids[:limit]

    def _mix_violation(self, action: SetMix) -> str:
        lines = [(item.generator, item.mode) for item in action.steps]
        if len(set(lines)) != len(lines):
            return "a generator mode stands twice in the mix"
        return self.bounds.mix_violation(
            {(item.generator, item.mode): item.count for item in action.steps}
        )

    def _seeds_violation(self, action: ChooseSeeds) -> str:
        if len(set(action.compound_ids)) > self.bounds.max_seeds:
            return f"{len(set(action.compound_ids))} seeds; at most {self.bounds.max_seeds}"
        unknown = sorted(set(action.compound_ids) - self.known.compounds)
        if unknown:
            return f"unknown compound ids {', '.join(unknown)}; use ids from tool results"
        return ""

    def _scaffold_violation(self, action: ChooseScaffold) -> str:
        if len(set(action.scaffold_ids)) > self.bounds.max_scaffolds:
            return f"{len(set(action.scaffold_ids))} series; at most {self.bounds.max_scaffolds}"
        unknown = sorted(set(action.scaffold_ids) - self.known.scaffolds)
        if unknown:
            known = ", ".join(sorted(self.known.scaffolds)) or "none"
            return f"unknown scaffold ids {', '.join(unknown)}; known: {known}"
        return ""

    def _weights_violation(self, action: SetWeights) -> str:
        objectives = [item.objective for item in action.weights]
        if len(set(objectives)) != len(objectives):
            return "an objective stands twice in the weights"
        for item in action.weights:
            if item.objective not in self.summary.objectives:
                known = ", ".join(sorted(self.summary.objectives)) or "none"
                return f"no objective {item.objective!r}; known: {known}"
            if outside := self.bounds.weight_violation(item.objective, item.weight):
                return outside
        return ""

    def _claim_violation(self, action: AvoidClaim) -> str:
        if action.claim_id in self.known.publications - self.known.claims:
            return f"{action.claim_id} is a publication; name one of its claims"
        if action.claim_id not in self.known.claims:
            known = ", ".join(sorted(self.known.claims)) or "none"
            return f"unknown claim id {action.claim_id!r}; known: {known}"
        return ""

    def _exploration_violation(self, action: SetExploration) -> str:
        return self.bounds.exploration_violation(action.exploration)
