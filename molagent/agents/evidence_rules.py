"""Rules of the three who read evidence: data analyst, property scientist, patent analyst."""

import re
from collections.abc import Mapping

from molagent.agents.advice import THRESHOLDS, Advice, Rule
from molagent.agents.evidence import ShownEvidence
from molagent.agents.known_ids import listed_ids
from molagent.agents.readings import (
    advised_exploration,
    best_series,
    by_domain,
    can_run,
    number_text,
    seeds_from,
    trust,
    weight_of,
)

__all__ = ["DATA_RULES", "PATENT_RULES", "PROPERTY_RULES"]

# Levels that are no evidence against a series; "not_checked" is unknown and is none of them.
CLEAR = frozenset({"not_found", "similar"})

# How the funnel's reasons for leaving the models' domain begin.
DOMAIN_FILTER = "domain:"


# --- data analyst -------------------------------------------------------------------------------


def _weigh_by_reliability(evidence: ShownEvidence) -> Advice | None:
    weights, words, sources = [], [], []
    low, high = evidence.bound("weight")
    for objective, answer in trust(evidence):
        endpoint = answer.arguments["endpoint"]
        now = weight_of(evidence, objective)
        reliable = answer.value.get("reliable")
        wanted = max(low, min(high, THRESHOLDS.weight_down))
        if reliable is False and now > wanted:
            weights.append({"objective": objective, "weight": wanted})
            words.append(
                f"The {endpoint} model is not reliable ({answer.value.get('reason') or 'see card'}"
                f"), so the weight of {objective} goes from {now:g} to {wanted:g}."
            )
        elif reliable is True and now < 1.0 <= high:
            weights.append({"objective": objective, "weight": 1.0})
            words.append(
                f"The {endpoint} model is reliable; the weight of {objective} returns to 1."
            )
        else:
            continue
        sources.append(answer.call)
    if not weights:
        return None
    return Advice(
        action="set_weights",
        arguments={"weights": weights},
        reason=" ".join(words),
        sources=tuple(sources),
    )


def _seed_from_supported_leaders(evidence: ShownEvidence) -> Advice | None:
    inside, outside = by_domain(evidence)
    if not inside or not outside:
        return None
    seeds, stay = seeds_from(evidence, inside)
    return Advice(
        action="choose_seeds",
        arguments={"compound_ids": seeds},
        reason=(
            f"{len(outside)} of {len(inside) + len(outside)} leaders lie outside the models' "
            f"domain; edits start from those inside it ({listed_ids(seeds[: len(seeds) - stay])}"
            f"), and {stay} measured seeds stay."
        ),
        sources=evidence.cite("leaders"),
    )


# --- property scientist -------------------------------------------------------------------------


def _explore_less_out_of_domain(evidence: ShownEvidence) -> Advice | None:
    shares = [
        (float(answer.value["leaders_in_domain"]), answer)
        for _, answer in trust(evidence)
        if isinstance(answer.value.get("leaders_in_domain"), int | float)
    ]
    if not shares:
        return None
    share, answer = min(shares, key=lambda item: (item[0], item[1].call))
    if share >= THRESHOLDS.in_domain_share:
        return None
    return advised_exploration(
        evidence,
        -THRESHOLDS.exploration_step,
        f"Only {share:.0%} of the leaders lie in the domain of {answer.arguments['endpoint']}",
        (answer.call,),
    )


def _explore_less_when_many_leave_the_domain(evidence: ShownEvidence) -> Advice | None:
    stages = {
        str(row.get("stage")): int(row.get("n", 0)) for row in evidence.rows("funnel", "left")
    }
    outside = sum(
        int(row.get("n", 0))
        for row in evidence.rows("funnel", "reasons")
        if str(row.get("reason")).startswith(DOMAIN_FILTER)
    )
    proposed = stages.get("proposed", 0)
    if not proposed or 1 - outside / proposed >= THRESHOLDS.in_domain_share:
        return None
    return advised_exploration(
        evidence,
        -THRESHOLDS.exploration_step,
        f"{outside} of {proposed} proposals left the models' domain",
        evidence.cite("funnel"),
    )


def _weigh_what_fails(evidence: ShownEvidence) -> Advice | None:
    failures = [
        (int(row.get("n", 0)), str(row.get("reason", "")))
        for row in evidence.rows("funnel", "reasons")
        # A structure outside the domain has no prediction to weigh.
        if not str(row.get("reason")).startswith(DOMAIN_FILTER)
    ]
    total = sum(count for count, _ in failures)
    wanted = min(evidence.bound("weight")[1], THRESHOLDS.weight_up)
    for count, reason in sorted(failures, reverse=True):
        if not total or count / total <= THRESHOLDS.failure_share:
            break
        for objective, answer in trust(evidence):
            now = weight_of(evidence, objective)
            # Like reasons are counted together, with their numbers taken out.
            endpoint = re.sub(r"\d+", "#", answer.arguments["endpoint"])
            named = endpoint in re.sub(r"\d+", "#", reason) or objective in reason
            if named and now < wanted and answer.value.get("reliable") is not False:
                return Advice(
                    action="set_weights",
                    arguments={"weights": [{"objective": objective, "weight": wanted}]},
                    reason=(
                        f"{count} of {total} structures left the funnel for '{reason}', so the "
                        f"weight of {objective} goes from {now:g} to {wanted:g}."
                    ),
                    sources=evidence.cite("funnel"),
                )
    return None


# --- patent analyst -----------------------------------------------------------------------------


def _heavy(evidence: ShownEvidence) -> tuple[str, int, int] | None:
    """Return the claim or publication that stopped a large share, its count, all checked."""
    answer = evidence.get("overlap_summary")
    rows = [row for row in evidence.rows("overlap_summary", "stopped_by") if row.get("claim_id")]
    if answer is None or not rows:
        return None
    levels = answer.value.get("levels")
    unknown = int(levels.get("not_checked", 0)) if isinstance(levels, Mapping) else 0
    checked = int(answer.value.get("checked") or 0) - unknown
    top = max(rows, key=lambda row: (int(row.get("n", 0)), str(row["claim_id"])))
    count = int(top.get("n", 0))
    heavy = checked > 0 and count / checked > THRESHOLDS.claim_share
    return (str(top["claim_id"]), count, checked) if heavy else None


def _avoid_heavy_claim(evidence: ShownEvidence) -> Advice | None:
    heavy = _heavy(evidence)
    if heavy is None or heavy[0] in evidence.brief["current_plan"]["avoid_claims"]:
        return None
    claim, count, checked = heavy
    read = [a for a in evidence.all("claim") if a.value.get("claim_id") == claim]
    if not read:
        # A publication stopped them, not a claim that could be designed around.
        return None
    title = read[-1].value.get("title")
    named = f" ('{title}')" if title else ""
    return Advice(
        action="avoid_claim",
        arguments={"claim_id": claim},
        reason=(
            f"Claim {claim}{named} stopped {count} of {checked} checked structures "
            f"({count / checked:.0%}), so the next cycle designs around it."
        ),
        sources=evidence.cite("overlap_summary", "claim"),
    )


def _decorate_beside_claim(evidence: ShownEvidence) -> Advice | None:
    heavy = _heavy(evidence)
    if heavy is None or not can_run(evidence, "decorate"):
        return None
    overlapping = {
        str(row.get("scaffold_id"))
        for row in evidence.rows("leaders", "leaders")
        if str(row.get("overlap", "not_checked")) not in CLEAR
    }
    series = [row for row in best_series(evidence) if row["scaffold_id"] not in overlapping]
    if not series:
        return None
    chosen = [str(row["scaffold_id"]) for row in series[: int(evidence.bound("scaffolds"))]]
    return Advice(
        action="choose_scaffold",
        arguments={"scaffold_ids": chosen},
        reason=(
            f"{heavy[0]} stopped {heavy[1]} of {heavy[2]} checked structures; "
            f"{listed_ids(chosen)} (best desirability {number_text(series[0].get('best'))}) have "
            "no leader with overlap evidence and are decorated instead."
        ),
        sources=evidence.cite("series", "leaders", "overlap_summary"),
    )


DATA_RULES: tuple[Rule, ...] = (
    Rule(
        name="weigh_by_reliability",
        says="An objective whose model is not reliable weighs less until it is.",
        target="weights",
        advise=_weigh_by_reliability,
    ),
    Rule(
        name="seed_from_supported_leaders",
        says="If some leaders lie in the models' domain and others do not, seed from the first.",
        target="seeds",
        advise=_seed_from_supported_leaders,
    ),
)

PROPERTY_RULES: tuple[Rule, ...] = (
    Rule(
        name="explore_less_out_of_domain",
        says="If most leaders lie outside a model's domain, explore less.",
        target="exploration",
        advise=_explore_less_out_of_domain,
    ),
    Rule(
        name="explore_less_when_many_leave_the_domain",
        says="If most proposals left the funnel for being out of domain, explore less.",
        target="exploration",
        advise=_explore_less_when_many_leave_the_domain,
    ),
    Rule(
        name="weigh_what_fails",
        says="A property that causes many failures and is a reliable objective weighs more.",
        target="weights",
        advise=_weigh_what_fails,
    ),
)

PATENT_RULES: tuple[Rule, ...] = (
    Rule(
        name="avoid_heavy_claim",
        says="A claim that stopped more than 30 % of the checked structures is avoided.",
        target="claim",
        advise=_avoid_heavy_claim,
    ),
    Rule(
        name="decorate_beside_claim",
        says="Then the best series without overlap evidence are decorated.",
        target="scaffold",
        advise=_decorate_beside_claim,
    ),
)
