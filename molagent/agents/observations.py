"""What each role saw, in words: numbers copied from tool results, nothing computed but shares."""

from collections.abc import Callable, Mapping

from molagent.agents.evidence import Evidence
from molagent.agents.readings import by_domain, number_text

__all__ = ["OBSERVATIONS"]


def _data(evidence: Evidence) -> str:
    words = []
    for answer in evidence.all("model_trust"):
        card = answer.value
        metrics = card.get("metrics")
        numbers = ", ".join(
            f"{name} {value:.2f}"
            for name, value in (metrics.items() if isinstance(metrics, Mapping) else ())
            if isinstance(value, int | float)
        )
        trust = "not reliable" if card.get("reliable") is False else "in use"
        words.append(f"The {answer.arguments['endpoint']} model is {trust} ({numbers}).")
    compound, near = evidence.get("compound"), evidence.rows("neighbours", "neighbours")[:1]
    if compound is not None and near:
        words.append(
            f"Nearest measured compound to {compound.arguments['compound_id']} is "
            f"{near[0].get('compound_id')} (similarity {number_text(near[0].get('similarity'))}, "
            f"measured {number_text(near[0].get('value'))})."
        )
    return " ".join(words)


def _property(evidence: Evidence) -> str:
    shares = [
        f"{share:.0%} of the leaders lie in the domain of {answer.arguments['endpoint']}"
        for answer in evidence.all("model_trust")
        if isinstance(share := answer.value.get("leaders_in_domain"), int | float)
    ]
    failures = evidence.rows("funnel", "failures")
    if failures:
        top = max(failures, key=lambda row: (int(row.get("count", 0)), str(row.get("reason"))))
        shares.append(f"most structures left for '{top.get('reason')}' ({top.get('count')})")
    text = "; ".join(shares)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _patent(evidence: Evidence) -> str:
    answer = evidence.get("overlap_summary")
    if answer is None:
        return ""
    rows = evidence.rows("overlap_summary", "stopped")
    checked, unknown = answer.value.get("checked"), answer.value.get("not_checked")
    words = f"{checked} structures were checked"
    words += f" and {unknown} were not, which is unknown, not clear" if unknown else ""
    if rows:
        top = max(rows, key=lambda row: (int(row.get("count", 0)), str(row.get("claim_id"))))
        name = top.get("claim_id") or top.get("publication_number")
        words += f"; {name} stopped most, {top.get('count')} ({top.get('level')})"
    return words + "."


def _design(evidence: Evidence) -> str:
    words = [
        f"{row.get('generator')} {row.get('mode')}: {row.get('passed')} of "
        f"{row.get('proposed')} passed, {row.get('leaders')} lead"
        for row in evidence.rows("generator_yield", "generators")
    ]
    bests = [number_text(row.get("best")) for row in evidence.rows("history", "cycles")]
    if bests:
        words.append(f"best by cycle {', '.join(bests)}")
    inside, outside = by_domain(evidence)
    if outside:
        words.append(f"{len(inside)} of {len(inside) + len(outside)} leaders in domain")
    return "; ".join(words) + "." if words else ""


OBSERVATIONS: Mapping[str, Callable[[Evidence], str]] = {
    "data_analyst": _data,
    "property_scientist": _property,
    "patent_analyst": _patent,
    "designer": _design,
}
