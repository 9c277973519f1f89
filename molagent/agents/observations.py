"""What each role saw, in words: numbers copied from tool results, nothing computed but shares."""

from collections.abc import Callable, Mapping
from typing import Any

from molagent.agents.brief import quoted
from molagent.agents.evidence import ShownEvidence
from molagent.agents.readings import (
    by_domain,
    generator_yields,
    number_text,
    standing_shares,
    trust,
)

__all__ = ["OBSERVATIONS"]

SEARCHED_LIMIT = 120
HEADLINES = ("r2", "rmse", "auroc", "spearman", "coverage_90")


def _data(evidence: ShownEvidence) -> str:
    words = []
    for _, answer in trust(evidence):
        card = answer.value
        numbers = [f"{card['n_train']} compounds"] if card.get("n_train") else []
        numbers += [
            f"{name} {card[name]:.2f}"
            for name in HEADLINES
            if isinstance(card.get(name), int | float)
        ]
        trusted = "not reliable" if card.get("reliable") is False else "in use"
        words.append(
            f"The {answer.arguments['endpoint']} model is {trusted} ({', '.join(numbers)})."
        )
    found = evidence.get("neighbours")
    near = evidence.rows("neighbours", "neighbours")[:1]
    if found is not None and near:
        values = [
            f"{name} {value:.2f}"
            for name, value in near[0].items()
            if isinstance(value, int | float) and name != "similarity"
        ]
        words.append(
            f"Nearest measured compound to {found.arguments['compound_id']} is "
            f"{near[0].get('compound_id')} (similarity {number_text(near[0].get('similarity'))}; "
            f"measured {', '.join(values) or 'nothing'})."
        )
    return " ".join(words)


def _property(evidence: ShownEvidence) -> str:
    words = [
        f"{share:.0%} of the leaders lie in the domain of {answer.arguments['endpoint']}"
        for _, answer in trust(evidence)
        if isinstance(share := answer.value.get("leaders_in_domain"), int | float)
    ]
    reasons = evidence.rows("funnel", "reasons")
    if reasons:
        top = max(reasons, key=lambda row: (int(row.get("n", 0)), str(row.get("reason"))))
        words.append(f"most structures left for '{top.get('reason')}' ({top.get('n')})")
    text = "; ".join(words)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _patent(evidence: ShownEvidence) -> str:
    answer = evidence.get("overlap_summary")
    if answer is None:
        return ""
    levels = answer.value.get("levels")
    unknown = levels.get("not_checked", 0) if isinstance(levels, Mapping) else 0
    words = f"{answer.value.get('checked')} structures were searched in {_searched(answer.value)}"
    words += f", of them {unknown} not checked: unknown, not clear" if unknown else ""
    rows = evidence.rows("overlap_summary", "stopped_by")
    if rows:
        top = max(rows, key=lambda row: (int(row.get("n", 0)), str(row.get("claim_id"))))
        words += f"; {top.get('claim_id')} stopped most, {top.get('n')}"
    return words + "."


def _searched(answer: Mapping[str, Any]) -> str:
    return quoted(str(answer.get("searched") or "an unnamed collection"), SEARCHED_LIMIT)


def _design(evidence: ShownEvidence) -> str:
    stood = standing_shares(evidence)
    words = [
        f"{':'.join(line)} {passed} of {proposed} passed"
        + (f" ({stood[line]:.0%} of what it made stands)" if line in stood else "")
        + f", {leaders} lead"
        for line, (proposed, passed, leaders) in generator_yields(evidence).items()
    ]
    answer = evidence.get("history")
    bests = answer.value.get("best_by_cycle") if answer is not None else None
    if bests:
        words.append(f"best by cycle {', '.join(number_text(best) for best in bests)}")
    inside, outside = by_domain(evidence)
    if outside:
        words.append(f"{len(inside)} of {len(inside) + len(outside)} leaders in domain")
    return "; ".join(words) + "." if words else ""


OBSERVATIONS: Mapping[str, Callable[[ShownEvidence], str]] = {
    "data_analyst": _data,
    "property_scientist": _property,
    "patent_analyst": _patent,
    "designer": _design,
}
