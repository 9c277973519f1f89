"""Rules of the three who read evidence: data analyst, property scientist, patent analyst."""

from collections.abc import Mapping
from typing import Any

from molagent.agents.advice import THRESHOLDS, Advice, Rule
from molagent.agents.evidence import Evidence
from molagent.agents.readings import (
    best_series,
    bounded_exploration,
    by_domain,
    can_run,
    listed_ids,
    number_text,
    spread_over_series,
    weight_of,
)

__all__ = ["DATA_RULES", "PATENT_RULES", "PROPERTY_RULES"]


# --- data analyst -------------------------------------------------------------------------------


def _weigh_by_reliability(evidence: Evidence) -> Advice | None:
    weights, words, sources = [], [], []
    low, high = evidence.bound("weight")
    for answer in evidence.all("model_trust"):
        endpoint = str(answer.arguments.get("endpoint"))
        if endpoint not in evidence.brief["objectives"]:
            continue
        now = weight_of(evidence, endpoint)
        reliable = answer.value.get("reliable")
        wanted = max(low, min(high, THRESHOLDS.weight_down))
        if reliable is False and now > wanted:
            weights.append({"objective": endpoint, "weight": wanted})
            words.append(
                f"The {endpoint} model is not reliable ({answer.value.get('reason') or 'see card'}"
                f"), so its weight goes from {now:g} to {wanted:g}."
            )
        elif reliable is True and now < 1.0 <= high:
            weights.append({"objective": endpoint, "weight": 1.0})
            words.append(f"The {endpoint} model is reliable again; its weight returns to 1.")
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


def _seed_from_supported_leaders(evidence: Evidence) -> Advice | None:
    inside, outside = by_domain(evidence)
    if not inside or not outside:
        return None
    seeds = spread_over_series(inside, int(evidence.bound("seeds")))
    return Advice(
        action="choose_seeds",
        arguments={"compound_ids": seeds},
        reason=(
            f"{len(outside)} of {len(inside) + len(outside)} leaders lie outside the models' "
            f"domain; edits start from {listed_ids(seeds)}, which lie inside it."
        ),
        sources=evidence.cite("leaders"),
    )


# --- property scientist -------------------------------------------------------------------------


def _explore_less_out_of_domain(evidence: Evidence) -> Advice | None:
    shares = [
        (float(answer.value["leaders_in_domain"]), answer)
        for answer in evidence.all("model_trust")
        if isinstance(answer.value.get("leaders_in_domain"), int | float)
        and answer.arguments.get("endpoint") in evidence.brief["objectives"]
    ]
    if not shares:
        return None
    share, answer = min(shares, key=lambda item: (item[0], item[1].call))
    now = float(evidence.brief["current_plan"]["exploration"])
    wanted = bounded_exploration(evidence, now - THRESHOLDS.exploration_step)
    if share >= THRESHOLDS.in_domain_share or wanted >= now:
        return None
    return Advice(
        action="set_exploration",
        arguments={"exploration": wanted},
        reason=(
            f"Only {share:.0%} of the leaders lie in the domain of "
            f"{answer.arguments['endpoint']}, so exploration goes from {now:g} to {wanted:g}."
        ),
        sources=(answer.call,),
    )


def _weigh_what_fails(evidence: Evidence) -> Advice | None:
    failures = [
        (int(row.get("count", 0)), str(row.get("reason", "")))
        for row in evidence.rows("funnel", "failures")
    ]
    total = sum(count for count, _ in failures)
    _, high = evidence.bound("weight")
    for count, reason in sorted(failures, reverse=True):
        if not total or count / total <= THRESHOLDS.failure_share:
            break
        for objective in sorted(evidence.brief["objectives"]):
            now = weight_of(evidence, objective)
            wanted = min(high, THRESHOLDS.weight_up)
            if objective in reason and now < wanted and _is_reliable(evidence, objective):
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


def _is_reliable(evidence: Evidence, endpoint: str) -> bool:
    return all(
        answer.value.get("reliable") is not False
        for answer in evidence.all("model_trust")
        if answer.arguments.get("endpoint") == endpoint
    )


# --- patent analyst -----------------------------------------------------------------------------


def _heaviest_claim(evidence: Evidence) -> tuple[Mapping[str, Any], int, int] | None:
    """Return the claim that stopped most, its count, and how many were checked."""
    answer = evidence.get("overlap_summary")
    stopped = [row for row in evidence.rows("overlap_summary", "stopped") if row.get("claim_id")]
    if answer is None or not stopped:
        return None
    checked = int(answer.value.get("checked") or 0)
    row = max(stopped, key=lambda r: (int(r.get("count", 0)), str(r["claim_id"])))
    return row, int(row.get("count", 0)), checked


def _avoid_heavy_claim(evidence: Evidence) -> Advice | None:
    found = _heaviest_claim(evidence)
    if found is None:
        return None
    row, count, checked = found
    claim = str(row["claim_id"])
    if not checked or count / checked <= THRESHOLDS.claim_share:
        return None
    if claim in evidence.brief["current_plan"]["avoid_claims"]:
        return None
    title = next(
        (a.value.get("title") for a in evidence.all("claim") if a.value.get("claim_id") == claim),
        None,
    )
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


def _decorate_beside_claim(evidence: Evidence) -> Advice | None:
    found = _heaviest_claim(evidence)
    if found is None or _avoid_heavy_claim(evidence) is None or not can_run(evidence, "decorate"):
        return None
    _, count, checked = found
    overlapping = {
        str(row.get("scaffold_id"))
        for row in evidence.rows("leaders", "leaders")
        if str(row.get("overlap", "not_found")) not in {"not_found", "similar"}
    }
    for row in best_series(evidence):
        if str(row["scaffold_id"]) not in overlapping:
            return Advice(
                action="choose_scaffold",
                arguments={"scaffold_id": str(row["scaffold_id"])},
                reason=(
                    f"{count} of {checked} structures met the same claim; series "
                    f"{row['scaffold_id']} (best desirability {number_text(row.get('best'))}) has "
                    "no leader with overlap evidence, so it is decorated instead."
                ),
                sources=evidence.cite("series", "leaders", "overlap_summary"),
            )
    return None


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
        says="Then the best series without overlap evidence is decorated.",
        target="scaffold",
        advise=_decorate_beside_claim,
    ),
)
