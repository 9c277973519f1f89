"""The plan in the making: proposals checked against bounds and known ids, the plan put together.

No number of a plan comes from free text: every one stands in a validated action, and every id in
it was seen in the summary or in a tool result.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from molagent.agents.actions import AcceptPlan, AskAgain
from molagent.agents.bounds import Line, PlanBounds, spread
from molagent.agents.choices import Choices, Grounds, PlanAction
from molagent.agents.known_ids import KnownIds
from molagent.errors import PolicyError
from molagent.records import CycleSummary, Plan, PlanStep

__all__ = ["PlanDraft", "Proposed", "Question"]

# Fewer decorations than this do not show a series' structure-activity relation.
MIN_PER_SCAFFOLD = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A valid action that an agent proposed, numbered in the order of arrival."""

    proposal_id: str
    actor: str
    action: PlanAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A proposal that the chair sent back."""

    proposal_id: str
    actor: str
    question: str


class PlanDraft:
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
        self._grounds = Grounds(bounds=bounds, known=self.known, objectives=summary.objectives)

    def propose(self, actor: str, action: PlanAction) -> Proposed:
        """Take in one proposal.

        Raises
        ------
        PolicyError
            If it leaves a bound or names an unknown id; the message says which.
        """
        self.check_sources(action.sources)
        if violation := action.check(self._grounds):
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
            for target in sorted(proposed.action.targets):
                if target in taken:
                    raise PolicyError(
                        f"{taken[target]} and {proposed.proposal_id} both set the {target}; "
                        "accept one of them",
                        place="accept_plan",
                    )
                taken[target] = proposed.proposal_id
        plan, filled = self._assembled(proposed.action for proposed in chosen)
        plan = replace(plan, stop=action.stop)
        if violation := self.bounds.violation(plan):
            raise PolicyError(violation, place="accept_plan")
        self.acceptance, self.plan, self.filled = action, plan, filled
        return plan

    def accepted_ids(self) -> frozenset[str]:
        """Return which proposals the chair accepted."""
        return frozenset(self.acceptance.accepted if self.acceptance is not None else ())

    def check_sources(self, sources: Iterable[str]) -> None:
        """Refuse sources that no agent was shown.

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

    def _assembled(self, actions: Iterable[PlanAction]) -> tuple[Plan, dict[str, object]]:
        """Return the plan, and what was filled in where no choice was made."""
        choices = Choices.of_plan(self.base)
        for action in actions:
            choices = action.apply(choices)
        filled: dict[str, object] = {}
        steps = [
            step
            for line, count in choices.mix.items()
            for step in self._steps(line, count, choices, filled)
        ]
        return replace(choices.plan, steps=tuple(steps)), filled

    def _steps(
        self, line: Line, count: int, choices: Choices, filled: dict[str, object]
    ) -> list[PlanStep]:
        """Return the steps of one generator and mode: seeded edits, a decoration a series."""
        own = [step for step in self.base.steps if (step.generator, step.mode) == line]
        first = own[0] if own else PlanStep(generator=line[0], mode=line[1], count=count)
        if line[1] == "edit":
            chosen = choices.seeds or first.seed_ids
            chosen = chosen or self._best("compound_id", "seed_ids", filled)
            own = [replace(first, seed_ids=chosen[: self.bounds.max_seeds])]
        elif line[1] == "decorate":
            before = tuple(step.scaffold_id for step in own if step.scaffold_id is not None)
            if choices.series or not before:
                series = choices.series or self._best("scaffold_id", "scaffold_ids", filled)
                own = [replace(first, scaffold_id=name) for name in series]
            own = own[: max(1, min(self.bounds.max_scaffolds, count // MIN_PER_SCAFFOLD))]
        return spread(own or [first], count)

    def _best(self, entry: str, name: str, filled: dict[str, object]) -> tuple[str, ...]:
        """Return ids of the best compounds known; noted in `filled`, as no agent chose them."""
        best = self.summary.leaders or self.summary.measured
        ids = tuple(dict.fromkeys(str(row[entry]) for row in best if row.get(entry)))
        limit = self.bounds.max_seeds if entry == "compound_id" else self.bounds.max_scaffolds
        filled[name] = list(ids[:limit])
        return ids[:limit]
