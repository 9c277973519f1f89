"""Rules of the chair: which proposals stand, which contradict, what to ask again."""

from collections.abc import Mapping
from typing import Any

from molagent.agents.advice import Advice
from molagent.agents.evidence import Evidence
from molagent.agents.readings import listed_ids

__all__ = ["chair_advice"]

# Whose word counts first on a setting that two may touch: measured data before predictions,
# domain before ambition, overlap evidence before convenience.
PRECEDENCE: Mapping[str, tuple[str, ...]] = {
    "set_exploration": ("property_scientist", "designer"),
    "choose_scaffold": ("patent_analyst", "designer"),
    "choose_seeds": ("data_analyst", "designer"),
    "set_weights": ("data_analyst", "property_scientist"),
}

Row = Mapping[str, Any]


def chair_advice(evidence: Evidence) -> Advice:
    """Return the chair's next action: a question where one is due, else the choice."""
    return _question(evidence) or _choice(evidence)


def _question(evidence: Evidence) -> Advice | None:
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


def _choice(evidence: Evidence) -> Advice:
    proposals = evidence.rows("proposals", "proposals")
    taken: dict[str, Row] = {}
    accepted: list[Row] = []
    turned_down: list[str] = []
    for row in sorted(proposals, key=_rank):
        rivals = [taken[target] for target in _targets(row) if target in taken]
        if rivals:
            turned_down.append(f"{_named(row)}, because {_why(row, rivals[0])}")
            continue
        accepted.append(row)
        taken |= dict.fromkeys(_targets(row), row)
    accepted.sort(key=lambda row: _ordinal(row["proposal"]))
    if accepted:
        words = f"Accepted {'; '.join(_named(row) for row in accepted)}."
    elif proposals:
        words = "Nothing was accepted; the plan in force goes on."
    else:
        words = "Nobody asked for a change; the plan in force goes on."
    if turned_down:
        words += f" Turned down {'; '.join(turned_down)}."
    ids = [str(row["proposal"]) for row in accepted]
    return Advice(
        action="accept_plan",
        arguments={"accepted": ids},
        reason=words,
        sources=(*evidence.cite("proposals", "history"), *ids),
    )


def _rank(row: Row) -> tuple[int, int]:
    """Sort by precedence of the actor, then the later proposal first: it corrects the earlier."""
    order = PRECEDENCE.get(row["action"], ())
    place = order.index(row["actor"]) if row["actor"] in order else len(order)
    return place, -_ordinal(row["proposal"])


def _ordinal(proposal: str) -> int:
    return int(proposal.removeprefix("A"))


def _targets(row: Row) -> list[str]:
    if row["action"] == "set_weights":
        return [f"weight of {item['objective']}" for item in row["parameters"]["weights"]]
    if row["action"] == "avoid_claim":
        return [f"claim {row['parameters']['claim_id']}"]
    return [str(row["action"])]


def _why(row: Row, rival: Row) -> str:
    if row["parameters"] == rival["parameters"]:
        return f"{rival['proposal']} asks for the same"
    if row["actor"] == rival["actor"]:
        return f"{rival['proposal']} corrects it"
    return f"{rival['proposal']} of {rival['actor']} sets the same on stronger evidence"


def _named(row: Row) -> str:
    return f"{row['proposal']} of {row['actor']}: {_worded(row)}"


def _worded(row: Row) -> str:
    """Return what a proposal asks for in a few words."""
    asked = row["parameters"]
    if row["action"] == "set_mix":
        return ", ".join(f"{s['count']} {s['generator']}:{s['mode']}" for s in asked["steps"])
    if row["action"] == "choose_seeds":
        return f"{len(asked['compound_ids'])} seeds"
    if row["action"] == "choose_scaffold":
        return f"series {listed_ids(asked['scaffold_ids'])}"
    if row["action"] == "set_weights":
        return ", ".join(f"weight of {w['objective']} {w['weight']:g}" for w in asked["weights"])
    if row["action"] == "avoid_claim":
        return f"avoid {asked['claim_id']}"
    return f"exploration {asked['exploration']:g}"


def _de_novo(steps: list[Row]) -> int:
    return sum(int(step["count"]) for step in steps if step["mode"] == "de_novo")
