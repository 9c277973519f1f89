"""Readings that several rules share: mixes, series, domains, all from tool answers."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from molagent.agents.advice import THRESHOLDS, Advice
from molagent.agents.evidence import Answer, Line, ShownEvidence

__all__ = [
    "advised_exploration",
    "advised_mix",
    "best_series",
    "by_domain",
    "can_run",
    "generator_yields",
    "moved_mix",
    "number_text",
    "seeds_from",
    "shifted_mix",
    "spread_over_series",
    "standing_shares",
    "trust",
    "weight_of",
]

# Proposals are numbered by cycle, P1-0001; every other id is a measured compound's.
PROPOSAL = re.compile(r"P\d+-\d+$")


def generator_yields(evidence: ShownEvidence) -> dict[Line, tuple[int, int, int]]:
    """Return proposed, passed and leading compounds of each generator and mode."""
    yields: dict[Line, tuple[int, int, int]] = {}
    for row in evidence.rows("generator_yield", "generators"):
        generator, _, mode = str(row.get("generator")).partition(":")
        yields[(generator, mode)] = (
            int(row.get("proposed", 0)),
            int(row.get("passed", 0)),
            int(row.get("leaders", 0)),
        )
    return yields


def standing_shares(evidence: ShownEvidence) -> dict[Line, float]:
    """Return what share of each line's compounds stands after all filters, where it was measured.

    The gate judges everything that a line made, the other filters what the models chose of it.
    """
    shares: dict[Line, float] = {}
    for row in evidence.rows("generator_yield", "generators"):
        proposed = int(row.get("proposed", 0))
        made = int(row.get("made", proposed))
        gated = int(row.get("gated", made))
        generator, _, mode = str(row.get("generator")).partition(":")
        if made >= THRESHOLDS.enough_proposed and (proposed or not gated):
            passed = int(row.get("passed", 0)) / proposed if proposed else 0.0
            shares[(generator, mode)] = gated / made * passed
    return shares


def can_run(evidence: ShownEvidence, mode: str) -> bool:
    """Return whether any generator may run in `mode`."""
    return any(line_mode == mode for _, line_mode in evidence.lines)


def best_series(evidence: ShownEvidence) -> list[Mapping[str, Any]]:
    """Return the series by best desirability, best first."""
    rows = [row for row in evidence.rows("series", "series") if row.get("scaffold_id")]
    return sorted(rows, key=lambda row: (-float(row.get("best") or 0.0), str(row["scaffold_id"])))


def by_domain(
    evidence: ShownEvidence,
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the leaders inside and outside the models' domain, in order."""
    leaders = [row for row in evidence.rows("leaders", "leaders") if row.get("compound_id")]
    inside = [row for row in leaders if in_domain(row)]
    return inside, [row for row in leaders if not in_domain(row)]


def in_domain(leader: Mapping[str, Any]) -> bool:
    """Return whether no endpoint says that the leader is out of its domain."""
    endpoints = leader.get("endpoints")
    nested = endpoints.values() if isinstance(endpoints, Mapping) else ()
    flags = [leader.get("in_domain"), *(e.get("in_domain") for e in nested if isinstance(e, dict))]
    return False not in flags


def spread_over_series(leaders: Sequence[Mapping[str, Any]], limit: int) -> list[str]:
    """Return the first leaders' ids, a few a series at most."""
    taken: Counter[str] = Counter()
    seeds: list[str] = []
    for row in leaders:
        series = str(row.get("scaffold_id"))
        if taken[series] < THRESHOLDS.seeds_per_series and len(seeds) < limit:
            taken[series] += 1
            seeds.append(str(row["compound_id"]))
    return seeds


def advised_exploration(
    evidence: ShownEvidence, step: float, why: str, sources: Sequence[str]
) -> Advice | None:
    """Return the advice to move exploration by `step`, or None where the bounds allow no move."""
    now = float(evidence.brief["current_plan"]["exploration"])
    low, high = evidence.bound("exploration")
    wanted = round(max(float(low), min(float(high), now + step)), 2)
    if (wanted - now) * step <= 0.0:
        return None
    return Advice(
        action="set_exploration",
        arguments={"exploration": wanted},
        reason=f"{why}, so exploration goes from {now:g} to {wanted:g}.",
        sources=tuple(sources),
    )


def shifted_mix(
    evidence: ShownEvidence,
    from_mode: str,
    to_mode: str,
    share: float,
    *,
    whatever_stands: bool = False,
) -> dict[Line, int] | None:
    """Return the mix with a share moved from one mode to another, or None where it cannot.

    The largest line of `from_mode` gives whose compounds stand no better after all filters than
    those of the line that takes; what was not measured stands in no line's way.

    Parameters
    ----------
    whatever_stands
        The largest line gives whatever stood of either, as where the chair asks for the move.
    """
    mix = evidence.mix
    takers = [line for line in evidence.lines if line[1] == to_mode]
    if not takers:
        return None
    taker = max(takers, key=lambda line: mix.get(line, 0))
    stood = {} if whatever_stands else standing_shares(evidence)
    reached = stood.get(taker, 1.0)
    givers = [line for line in mix if line[1] == from_mode and stood.get(line, 0.0) <= reached]
    if not givers:
        return None
    giver = max(sorted(givers), key=lambda line: mix[line])
    return moved_mix(evidence, giver, taker, share)


def moved_mix(
    evidence: ShownEvidence, giver: Line, taker: Line, share: float
) -> dict[Line, int] | None:
    """Return the mix with a share moved, or None where no bound allows it."""
    mix = dict(evidence.mix)
    low, high = evidence.bound("count_of_a_line")
    wanted = int(share * evidence.bound("per_cycle"))
    # The giver keeps at least one step's minimum: a mode without proposals teaches nothing.
    amount = min(wanted, mix.get(giver, 0) - low, high - mix.get(taker, 0))
    if amount <= 0 or mix.get(taker, 0) + amount < low:
        return None
    mix[giver] -= amount
    mix[taker] = mix.get(taker, 0) + amount
    return mix


def advised_mix(counts: Mapping[Line, int], why: str, sources: Sequence[str]) -> Advice:
    """Return the advice to set a mix; its reason is `why`, and the mix in words."""
    lines = sorted(counts.items())
    steps = [
        {"generator": generator, "mode": mode, "count": count} for (generator, mode), count in lines
    ]
    words = ", ".join(f"{count} {':'.join(line)}" for line, count in lines)
    return Advice(
        action="set_mix",
        arguments={"steps": steps},
        reason=f"{why}: {words}.",
        sources=tuple(sources),
    )


def seeds_from(
    evidence: ShownEvidence, leaders: Sequence[Mapping[str, Any]]
) -> tuple[list[str], int]:
    """Return seeds: leaders first, then what stays of the seeds in force, and how many stay.

    Of leaders only those that were made of measured compounds: children of proposals rest on
    predictions alone.
    """
    limit = int(evidence.bound("seeds"))
    before = [
        str(seed) for step in evidence.brief["current_plan"]["steps"] for seed in step["seed_ids"]
    ]
    # Of the seeds in force only measured compounds may stay, and they keep a share of the places.
    # A proposal that led before and leads no longer is dropped.
    measured = [seed for seed in dict.fromkeys(before) if not PROPOSAL.match(seed)]
    kept = min(len(measured), int(limit * THRESHOLDS.measured_seed_share))
    near = [row for row in leaders if row.get("one_step", True)]
    seeds = spread_over_series(near, limit - kept)
    if not seeds:
        return [], 0
    stay = [seed for seed in measured if seed not in seeds][: limit - len(seeds)]
    return seeds + stay, len(stay)


def trust(evidence: ShownEvidence) -> list[tuple[str, Answer]]:
    """Return each objective with what ``model_trust`` says of its endpoint."""
    answers = {a.arguments.get("endpoint"): a for a in evidence.all("model_trust")}
    return [
        (objective, answers[endpoint])
        for objective, endpoint in evidence.endpoints.items()
        if endpoint in answers
    ]


def number_text(value: object) -> str:
    """Return a number as text, or ``unknown``."""
    return f"{value:.3f}" if isinstance(value, int | float) else "unknown"


def weight_of(evidence: ShownEvidence, objective: str) -> float:
    """Return the multiplier an objective has in the plan in force."""
    return float(evidence.brief["current_plan"]["weights"].get(objective, 1.0))
