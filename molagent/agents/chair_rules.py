"""Rules of the chair: which proposals stand, which contradict, what to ask again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from molagent.agents.actions import read_action
from molagent.agents.advice import Advice
from molagent.agents.choices import PlanAction
from molagent.agents.evidence import ShownEvidence

__all__ = ["chair_advice"]

Row = Mapping[str, Any]


def chair_advice(evidence: ShownEvidence) -> Advice:
    """Return the chair's next action: a question where one is due, else the choice."""
    return _question(evidence) or _choice(evidence)


def _question(evidence: ShownEvidence) -> Advice | None:
    """Send a mix with more de novo back when the domain evidence asks for less exploration."""
    if evidence.rows("proposals", "questions"):
        return None
    proposals = evidence.rows("proposals", "proposals")
    now = float(evidence.brief["current_plan"]["exploration"])
    caution = [
        row
        for row in proposals
        if row["actor"] == "property_scientist"
        and row["action"] == "set_exploration"
        and row["parameters"]["exploration"] < now
    ]
    bold = [
        row
        for row in proposals
        if row["action"] == "set_mix"
        and _de_novo(row["parameters"]["steps"]) > _de_novo(evidence.brief["current_plan"]["steps"])
    ]
    if not caution or not bold:
        return None
    mix, domain = bold[-1], caution[-1]
    return Advice(
        action="ask_again",
        arguments={
            "proposal_id": mix["proposal"],
            "question": (
                f"{domain['proposal']} lowers exploration because leaders leave the models' "
                f"domain, but {mix['proposal']} raises the de novo share. Can the mix stay closer "
                "to what was measured?"
            ),
        },
        reason=f"{mix['proposal']} and {domain['proposal']} pull in opposite directions.",
        sources=(*evidence.cite("proposals"), str(mix["proposal"]), str(domain["proposal"])),
    )


def _choice(evidence: ShownEvidence) -> Advice:
    proposals = [_Proposal.of_row(row) for row in evidence.rows("proposals", "proposals")]
    taken: dict[str, _Proposal] = {}
    accepted: list[_Proposal] = []
    turned_down: list[str] = []
    for proposal in sorted(proposals, key=_Proposal.rank):
        targets = sorted(proposal.action.targets)
        rivals = [taken[target] for target in targets if target in taken]
        if rivals:
            turned_down.append(f"{proposal.in_words()}, because {_why(proposal, rivals[0])}")
            continue
        accepted.append(proposal)
        taken |= dict.fromkeys(targets, proposal)
    accepted.sort(key=lambda proposal: proposal.ordinal)
    if accepted:
        words = f"Accepted {'; '.join(proposal.in_words() for proposal in accepted)}."
    elif proposals:
        words = "Nothing was accepted; the plan in force goes on."
    else:
        words = "No agent asked for a change; the plan in force goes on."
    if turned_down:
        words += f" Turned down {'; '.join(turned_down)}."
    ids = [proposal.name for proposal in accepted]
    return Advice(
        action="accept_plan",
        arguments={"accepted": ids},
        reason=words,
        sources=(*evidence.cite("proposals", "history"), *ids),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposal:
    """A row of the tool ``proposals``, with its action read back."""

    name: str
    actor: str
    action: PlanAction

    @classmethod
    def of_row(cls, row: Row) -> "_Proposal":
        action = read_action(row["action"], row["parameters"], row["reason"])
        return cls(name=str(row["proposal"]), actor=str(row["actor"]), action=action)

    @property
    def ordinal(self) -> int:
        return int(self.name.removeprefix("A"))

    def rank(self) -> tuple[int, int]:
        """Sort by the actor's precedence, then the later proposal first: it corrects the other."""
        return self.action.actors.index(self.actor), -self.ordinal

    def in_words(self) -> str:
        return f"{self.name} of {self.actor}: {self.action.in_words()}"


def _why(proposal: _Proposal, rival: _Proposal) -> str:
    if proposal.action.parameters() == rival.action.parameters():
        return f"{rival.name} asks for the same"
    if proposal.actor == rival.actor:
        return f"{rival.name} corrects it"
    return f"{rival.name} of {rival.actor} sets the same on stronger evidence"


def _de_novo(steps: list[Row]) -> int:
    return sum(int(step["count"]) for step in steps if step["mode"] == "de_novo")
