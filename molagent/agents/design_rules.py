"""Rules of the designer: where the next cycle's proposals come from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from molagent.agents.advice import THRESHOLDS, Advice, Rule
from molagent.agents.evidence import ShownEvidence
from molagent.agents.known_ids import listed_ids
from molagent.agents.readings import (
    advised_exploration,
    advised_mix,
    best_series,
    by_domain,
    can_run,
    generator_yields,
    moved_mix,
    number_text,
    seeds_from,
    shifted_mix,
    standing_shares,
)

__all__ = ["DESIGN_RULES"]


def _hold_de_novo(evidence: ShownEvidence) -> Advice | None:
    """Answer the chair: bring the mix back without the de novo share it objected to."""
    questions = [
        row for row in evidence.rows("proposals", "questions") if row.get("actor") == "designer"
    ]
    if not questions:
        return None
    moved = shifted_mix(
        evidence, "de_novo", "edit", THRESHOLDS.small_shift_share, whatever_stands=True
    )
    counts = moved or evidence.mix
    return advised_mix(
        counts,
        f"The chair sent {questions[-1]['proposal']} back; the de novo share does not grow",
        (*evidence.cite("proposals", "generator_yield"), str(questions[-1]["proposal"])),
    )


def _leave_low_yield(evidence: ShownEvidence) -> Advice | None:
    edits = sum(
        leaders
        for (_, mode), (_, _, leaders) in generator_yields(evidence).items()
        if mode == "edit"
    )
    for (generator, mode), stood in standing_shares(evidence).items():
        low = mode == "de_novo" and stood < THRESHOLDS.low_pass_rate
        counts = shifted_mix(evidence, "de_novo", "edit", THRESHOLDS.shift_share) if low else None
        if counts is not None and edits:
            return advised_mix(
                counts,
                f"Of what {generator}:{mode} made {stood:.0%} stands after all filters, while "
                f"edits hold {edits} leaders; share moves to edits",
                evidence.cite("generator_yield"),
            )
    return None


def _stalled(evidence: ShownEvidence) -> tuple[float, float] | None:
    """Return the best before and after the last cycle if it gained next to nothing."""
    answer = evidence.get("history")
    bests = answer.value.get("best_by_cycle") if answer is not None else None
    numbers = [best for best in bests or () if isinstance(best, int | float)]
    if len(numbers) < 2:  # nothing to compare
        return None
    before, after = max(numbers[:-1]), max(numbers)
    return (before, after) if after - before < THRESHOLDS.stall_gain else None


def _widen_when_stalled(evidence: ShownEvidence) -> Advice | None:
    stalled = _stalled(evidence)
    counts = shifted_mix(evidence, "edit", "de_novo", THRESHOLDS.shift_share) if stalled else None
    if stalled is None or counts is None:
        return None
    return advised_mix(
        counts,
        f"The best desirability went from {stalled[0]:.3f} to {stalled[1]:.3f}; share moves to de "
        "novo",
        evidence.cite("history", "generator_yield"),
    )


def _explore_when_stalled(evidence: ShownEvidence) -> Advice | None:
    stalled = _stalled(evidence)
    if stalled is None:
        return None
    return advised_exploration(
        evidence,
        THRESHOLDS.exploration_step,
        f"The best desirability went from {stalled[0]:.3f} to {stalled[1]:.3f}",
        evidence.cite("history"),
    )


def _crowded(evidence: ShownEvidence) -> tuple[str, int, int] | None:
    """Return the series that holds too many leaders, its count and all leaders."""
    leaders = evidence.rows("leaders", "leaders")
    counts = Counter(str(row.get("scaffold_id")) for row in leaders if row.get("scaffold_id"))
    if not counts:
        return None
    scaffold, count = max(counts.items(), key=lambda item: (item[1], item[0]))
    crowded = count / len(leaders) > THRESHOLDS.series_share
    return (scaffold, count, len(leaders)) if crowded and len(leaders) > 1 else None


def _decorate_other_series(evidence: ShownEvidence) -> Advice | None:
    crowded = _crowded(evidence)
    if crowded is None:
        return None
    others = [row for row in best_series(evidence) if row["scaffold_id"] != crowded[0]]
    return _decorate(
        evidence, others, f"Series {crowded[0]} holds {crowded[1]} of {crowded[2]} leaders."
    )


def _decorate_best_series(evidence: ShownEvidence) -> Advice | None:
    return _decorate(evidence, best_series(evidence), "The best series have changed.")


def _decorate(
    evidence: ShownEvidence, series: Sequence[Mapping[str, Any]], why: str
) -> Advice | None:
    chosen = [str(row["scaffold_id"]) for row in series[: int(evidence.bound("scaffolds"))]]
    steps = evidence.brief["current_plan"]["steps"]
    before = {step["scaffold_id"] for step in steps if step["scaffold_id"]}
    if not chosen or set(chosen) == before or not can_run(evidence, "decorate"):
        return None
    return Advice(
        action="choose_scaffold",
        arguments={"scaffold_ids": chosen},
        reason=(
            f"{why} {listed_ids(chosen)} are decorated next, as far as the share goes (best "
            f"desirability {number_text(series[0].get('best'))})."
        ),
        sources=evidence.cite("leaders", "series"),
    )


def _share_to_decorate(evidence: ShownEvidence) -> Advice | None:
    crowded = _crowded(evidence)
    counts = (
        shifted_mix(evidence, "edit", "decorate", THRESHOLDS.small_shift_share) if crowded else None
    )
    if crowded is None or counts is None or _decorate_other_series(evidence) is None:
        return None
    return advised_mix(
        counts,
        f"Series {crowded[0]} holds {crowded[1]} of {crowded[2]} leaders; share moves to "
        "decorating others",
        evidence.cite("leaders", "generator_yield"),
    )


def _follow_the_yield(evidence: ShownEvidence) -> Advice | None:
    rates = {
        line: stood for line, stood in standing_shares(evidence).items() if line in evidence.lines
    }
    if len(rates) < 2:  # nothing to compare
        return None
    best = max(sorted(rates), key=lambda line: rates[line])
    worst = min(sorted(rates), key=lambda line: rates[line])
    if rates[best] <= THRESHOLDS.yield_ratio * rates[worst]:
        return None
    counts = moved_mix(evidence, worst, best, THRESHOLDS.small_shift_share)
    if counts is None:
        return None
    return advised_mix(
        counts,
        f"Of what {':'.join(best)} made {rates[best]:.0%} stands after all filters, of "
        f"{':'.join(worst)} {rates[worst]:.0%}; share follows",
        evidence.cite("generator_yield"),
    )


def _seed_from_leaders(evidence: ShownEvidence) -> Advice | None:
    inside, outside = by_domain(evidence)
    if not can_run(evidence, "edit"):
        return None
    seeds, stay = seeds_from(evidence, inside or outside)
    before = {seed for step in evidence.brief["current_plan"]["steps"] for seed in step["seed_ids"]}
    if not seeds or set(seeds) == before:
        return None
    where = "inside" if inside else "all outside"
    return Advice(
        action="choose_seeds",
        arguments={"compound_ids": seeds},
        reason=(
            f"Edits start from the best leaders, {where} the models' domain and at most "
            f"{THRESHOLDS.seeds_per_series} a series ({listed_ids(seeds[: len(seeds) - stay])}); "
            f"{stay} measured seeds stay."
        ),
        sources=evidence.cite("leaders"),
    )


DESIGN_RULES: tuple[Rule, ...] = (
    Rule(
        name="hold_de_novo",
        says="A mix that the chair sent back returns without more de novo share.",
        target="mix",
        advise=_hold_de_novo,
        answers=True,
    ),
    Rule(
        name="leave_low_yield",
        says="If under 10 % of de novo structures stand while edits lead, share moves to edits.",
        target="mix",
        advise=_leave_low_yield,
    ),
    Rule(
        name="widen_when_stalled",
        says="If the best gained under 0.01, share moves to de novo where as much of it stands.",
        target="mix",
        advise=_widen_when_stalled,
    ),
    Rule(
        name="share_to_decorate",
        says="If one series holds over half of the leaders, share moves to decorating another "
        "where as much of that stands.",
        target="mix",
        advise=_share_to_decorate,
    ),
    Rule(
        name="follow_the_yield",
        says="Otherwise a tenth of the cycle follows the better yield of compounds that stand.",
        target="mix",
        advise=_follow_the_yield,
    ),
    Rule(
        name="explore_when_stalled",
        says="If the best gained under 0.01, exploration rises.",
        target="exploration",
        advise=_explore_when_stalled,
    ),
    Rule(
        name="decorate_other_series",
        says="If one series holds over half of the leaders, the best others are decorated.",
        target="scaffold",
        advise=_decorate_other_series,
    ),
    Rule(
        name="decorate_best_series",
        says="Otherwise the best series are decorated.",
        target="scaffold",
        advise=_decorate_best_series,
    ),
    Rule(
        name="seed_from_leaders",
        says="Edits start from the best leaders in domain, at most two a series.",
        target="seeds",
        advise=_seed_from_leaders,
    ),
)
