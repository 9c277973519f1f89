"""What goes into the decision table: one record an agent, with reasons and sources."""

from collections.abc import Mapping

from molagent.agents.brief import plan_parameters, quoted
from molagent.agents.draft import PlanDraft, Proposed
from molagent.agents.roles import CHAIR, ROLES
from molagent.agents.session import DecisionOutcome, Session
from molagent.records import Decision

__all__ = ["decisions_of", "fallback_decision"]

REASON_LIMIT = 1_200

_ENDED: Mapping[DecisionOutcome, str] = {
    DecisionOutcome.TURNS_EXHAUSTED: "the turns were used up before a valid plan was accepted",
    DecisionOutcome.TOKENS_EXHAUSTED: "the token budget was used up before a plan was accepted",
    DecisionOutcome.CALLS_EXHAUSTED: "the tool calls were used up before a plan was accepted",
    DecisionOutcome.TIME_EXHAUSTED: "the time was used up before a plan was accepted",
}


def decisions_of(session: Session, last_message: Mapping[str, str]) -> tuple[Decision, ...]:
    """Return one decision for each agent that spoke, the chair's last.

    Parameters
    ----------
    last_message
        Actor to closing words; the reason where an agent proposed nothing.
    """
    draft = session.draft
    decisions = [
        _agent_decision(session, role.name, last_message[role.name])
        for role in ROLES
        if role.name != CHAIR and role.name in last_message
    ]
    if draft.acceptance is not None and draft.plan is not None:
        accepted = draft.accepted_ids()
        parameters: dict[str, object] = {
            "accepted": list(draft.acceptance.accepted),
            "not_accepted": [
                proposed.proposal_id
                for proposed in draft.proposed
                if proposed.proposal_id not in accepted
            ],
            "plan": plan_parameters(draft.plan),
        }
        if draft.filled:
            parameters["filled_in_from_best"] = dict(draft.filled)
        if draft.base_was_fitted:
            parameters["previous_plan_was_moved_inside_the_bounds"] = True
        decisions.append(
            Decision(
                cycle=session.summary.cycle,
                actor=CHAIR,
                action="accept_plan",
                reason=quoted(draft.acceptance.reason, REASON_LIMIT),
                sources=_sources(session, CHAIR, draft.acceptance.sources),
                parameters=parameters,
            )
        )
    return tuple(decisions)


def fallback_decision(session: Session, outcome: DecisionOutcome | None) -> Decision:
    """Return the chair's decision when no plan was accepted."""
    ended = _ENDED[outcome or DecisionOutcome.TURNS_EXHAUSTED]
    draft = session.draft
    return Decision(
        cycle=session.summary.cycle,
        actor=CHAIR,
        action="keep_last_plan",
        reason=f"The last valid plan stays, because {ended}.",
        sources=tuple(session.calls_by[CHAIR]),
        parameters={
            "outcome": str(outcome),
            "not_accepted": [proposed.proposal_id for proposed in draft.proposed],
            "tokens": session.tokens,
            "refusals": dict(session.refusals),
            "plan": plan_parameters(draft.base),
        },
    )


def _agent_decision(session: Session, actor: str, closing: str) -> Decision:
    own = [proposed for proposed in session.draft.proposed if proposed.actor == actor]
    if not own:
        refused = session.refusals[actor]
        lead = f"{refused} proposals were out of bounds and none was taken. " if refused else ""
        return Decision(
            cycle=session.summary.cycle,
            actor=actor,
            action="no_change",
            reason=quoted(lead + closing, REASON_LIMIT),
            sources=tuple(session.calls_by[actor]),
            parameters={"refusals": refused} if refused else {},
        )
    cited = [source for proposed in own for source in proposed.action.sources]
    parameters: dict[str, object] = {
        proposed.proposal_id: _proposal_parameters(session.draft, proposed) for proposed in own
    }
    if session.refusals[actor]:
        parameters["refusals"] = session.refusals[actor]
    return Decision(
        cycle=session.summary.cycle,
        actor=actor,
        action=", ".join(dict.fromkeys(proposed.action.name for proposed in own)),
        reason=quoted(" ".join(proposed.action.reason for proposed in own), REASON_LIMIT),
        sources=_sources(session, actor, cited),
        parameters=parameters,
    )


def _proposal_parameters(draft: PlanDraft, proposed: Proposed) -> dict[str, object]:
    return {
        "action": proposed.action.name,
        **proposed.action.parameters(),
        "accepted": proposed.proposal_id in draft.accepted_ids(),
    }


def _sources(session: Session, actor: str, cited: "list[str] | tuple[str, ...]") -> tuple[str, ...]:
    """Return what was cited; an agent that cites nothing rests on every call it made."""
    return tuple(dict.fromkeys(cited or session.calls_by[actor]))
