"""The executive summary: five sentences computed from the data, in plain words."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from molagent.errors import StructureError
from molagent.report.content import ReportContent
from molagent.report.modelcard import split_metrics
from molagent.report.ordering import pieces
from molagent.report.panel import likely_unwanted
from molagent.report.wording import (
    LEVEL_WORDS,
    as_mapping,
    count,
    is_unknown,
    label,
    nanomolar,
    number,
    percent,
    typeset,
)
from molagent.sar.scaffolds import core_ring_system

__all__ = ["brief"]

_FOUND_NOTHING = frozenset({"not_found", "not_checked"})
_NAMED_OBJECTIVES = 3
_NAMED_REASONS = 3
_NAMED_ALARMS = 4


def brief(content: ReportContent) -> list[tuple[str, str]]:
    """Return ``(heading, sentence)`` pairs: the batch, its profile, patents, chemistry, trust.

    Parameters
    ----------
    content
        The report's data; what is missing is said to be missing.
    """
    if content.shortlist.empty:
        return [("Batch", "No compound was shortlisted."), ("Funnel", _losses(content))]
    return [
        ("Batch", _batch(content)),
        *([("Hits", _hits(content))] if content.hits else []),
        *([("Liabilities", _panel(content))] if content.panel else []),
        ("Profile", _profile(content)),
        ("Chemistry", _chemistry(content)),
        ("Ordering", _ordering(content)),
        ("Patents", _patents(content)),
        ("Trust", _trust(content)),
    ]


def _batch(content: ReportContent) -> str:
    n = len(content.shortlist)
    text = f"{_compounds(n)} {'is' if n == 1 else 'are'} proposed for synthesis"
    if not content.funnel.empty:
        first = content.funnel.sort_values("ordinal").groupby("cycle").first()["entered"]
        cycles = content.funnel["cycle"].nunique()
        text += (
            f", chosen from {count(first.sum())} proposals of {cycles} design "
            f"cycle{'s' if cycles != 1 else ''}"
        )
    best = content.trajectory.dropna(subset=["desirability"])
    best_by_cycle = best.groupby("cycle")["desirability"].max()
    if len(best_by_cycle) > 1:
        text += (
            f"; the best desirability went from {number(best_by_cycle.iloc[0])} in cycle "
            f"{best_by_cycle.index[0]} to {number(best_by_cycle.iloc[-1])} in cycle "
            f"{best_by_cycle.index[-1]}"
        )
    return " ".join(part for part in (f"{text}.", _losses(content)) if part)


def _hits(content: ReportContent) -> str:
    return (
        f"{typeset(content.spell(content.hits))}. Counted over joint draws of the models, with the "
        "spread that is shown beside each prediction: that of a new measurement."
    )


def _losses(content: ReportContent) -> str:
    if content.failures.empty:
        return ""
    by_filter = content.failures.groupby("filter")["n"].sum().sort_values(ascending=False)
    leading = [f"{name} ({count(n)})" for name, n in by_filter.head(_NAMED_REASONS).items()]
    return f"Most structures left the funnel at {_listed(leading)}."


def _profile(content: ReportContent) -> str:
    parts = []
    ranked = sorted(content.profile, key=lambda item: -float(item.get("weight") or 0))
    for objective in ranked[:_NAMED_OBJECTIVES]:
        means = _shortlisted_means(content, str(objective.get("endpoint")))
        title = content.title(str(objective.get("endpoint")))
        if means.empty:
            parts.append(f"{title} unknown")
            continue
        endpoint = str(objective.get("endpoint"))
        molar = nanomolar(endpoint, means.median())
        parts.append(
            f"{title} {number(means.median(), 1)}{f' (about {molar})' if molar else ''}, from "
            f"{number(means.min(), 1)} to {number(means.max(), 1)}"
        )
    if not parts:
        return "No target profile was given."
    median = content.shortlist["desirability"].median()
    return (
        f"Median predictions: {'; '.join(parts)}. "
        f"Median desirability is {number(median)} on a scale from 0 to 1."
    )


def _shortlisted_means(content: ReportContent, endpoint: str) -> pd.Series:
    rows = content.predictions
    chosen = rows["proposal_id"].isin(content.shortlist["proposal_id"])
    return rows[chosen & (rows["endpoint"] == endpoint)]["mean"].dropna()


def _patents(content: ReportContent) -> str:
    levels = content.shortlist["overlap_level"].map(
        lambda level: "not_checked" if is_unknown(level) or not level else str(level)
    )
    tally = levels.value_counts()
    order = [level for level in LEVEL_WORDS if level in tally.index]
    found = [
        f"{tally[level]} × {LEVEL_WORDS[level]}" for level in order if level not in _FOUND_NOTHING
    ]
    if list(tally.index) == ["not_checked"]:
        every = _compounds(len(levels))
        return f"Nothing was searched: patent evidence is unknown for all {every}."
    n_found = int(sum(tally[level] for level in order if level not in _FOUND_NOTHING))
    text = f"Evidence was found for {n_found} of {_compounds(len(levels))}"
    text += f": {_listed(found)}." if found else "."
    if n := int(tally.get("not_found", 0)):
        text += (
            f" For {n}, nothing was found in what was searched, which does not show that nothing "
            "exists."
        )
    if n := int(tally.get("not_checked", 0)):
        text += f" {n} {'was' if n == 1 else 'were'} not checked: unknown, no all-clear."
    return text


def _chemistry(content: ReportContent) -> str:
    scaffolds = content.shortlist["scaffold"].nunique()
    cores = pd.Series([_core(smiles) for smiles in content.shortlist["smiles"]]).value_counts()
    text = f"The batch has {_several(len(cores), 'core')} (largest ring systems)"
    if len(cores) > 1:
        text += f", the commonest {cores.iloc[0]} times"
    text += f", and {_several(scaffolds, 'scaffold')}"
    explored = int((content.shortlist["place"] == "explore").sum())
    if explored:
        text += f"; {_several(explored, 'place')} went to what teaches most about the pool"
    similarity = content.shortlist["nearest_similarity"].dropna()
    if not similarity.empty:
        text += (
            "; similarity to the nearest measured compound is "
            f"{number(similarity.median())} in the median, from {number(similarity.min())} to "
            f"{number(similarity.max())}"
        )
    outside = _outside(content)
    if outside:
        text += (
            f"; {outside} of {_compounds(len(content.shortlist))} lie outside the domain of at "
            "least one model that steers, where predictions are extrapolations"
        )
    return f"{text}."


def _core(smiles: object) -> str:
    try:
        return core_ring_system(str(smiles))
    except StructureError:
        return ""


def _ordering(content: ReportContent) -> str:
    makings = [as_mapping(making) for making in content.shortlist["make"]]
    ways = pd.Series([str(making.get("how", "")) for making in makings]).value_counts()
    n = len(content.shortlist)
    if list(ways.index) == [""]:
        text = "Routes were not looked for."
    else:
        routes = int(ways.get("route", 0))
        text = f"Reaction templates give a route to {routes} of {_compounds(n)}"
        if analogues := int(ways.get("analogue", 0)):
            text += f", and a makeable analogue of {analogues}"
        if lost := int(ways.get("not found", 0)):
            text += f"; for {lost} none was found, which does not show that there is none"
        text += ". "
        buy = pieces(content)
        outside = sum(not one.block_id for one in buy)
        if buy:
            text += (
                f"The purchase list has {_several(len(buy), 'piece')}, "
                f"{outside} of them to be found at a vendor or made."
            )
    together = content.shortlist["order"].fillna("").str.contains("separate").sum()
    if together:
        text += (
            f" {_compounds(int(together))} {'is' if together == 1 else 'are'} to be made as a "
            "racemate or mixture and separated: the scores do not tell the isomers apart."
        )
    return text.strip()


def _several(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' if n != 1 else ''}"


def _outside(content: ReportContent) -> int:
    rows = content.predictions
    ours = rows[rows["proposal_id"].isin(content.shortlist["proposal_id"])]
    doubtful = {str(item["endpoint"]) for item in content.profile if not item.get("reliable", True)}
    steering = ours[~ours["endpoint"].isin({*content.panel, *doubtful})]
    outside = steering[~steering["in_domain"].astype(bool)]
    return int(outside["proposal_id"].nunique())


def _panel(content: ReportContent) -> str:
    found = likely_unwanted(content)
    n = len(content.shortlist)
    if not found:
        return (
            "No reliable model beside the profile finds an unwanted outcome more likely than not."
        )
    named = [f"{words} for {some} of {n}" for words, some in found[:_NAMED_ALARMS]]
    rest = len(found) - _NAMED_ALARMS
    more = f"; {rest} further endpoint{'s' if rest > 1 else ''} for fewer" if rest > 0 else ""
    return (
        f"Predicted more likely than not, by models that did not steer: {_listed(named)}{more}. "
        "Check these before ordering a synthesis."
    )


def _trust(content: ReportContent) -> str:
    doubtful = [item for item in content.profile if not item.get("reliable", True)]
    panel = set(content.panel)
    steering = [card for card in content.cards if str(card.get("endpoint")) not in panel]
    parts = [_accuracy(card) for card in steering if _r2(card) is not None]
    text = f"On held-out data: {'; '.join(parts[:_NAMED_OBJECTIVES])}. " if parts else ""
    if doubtful:
        named = [
            f"{content.title(str(item.get('endpoint')))} ({item.get('reason') or 'no reason'})"
            for item in doubtful
        ]
        text += f"Not reliable, and greyed below: {typeset(_listed(named))}."
    elif content.cards:
        text += "Every objective rests on a model that passed its checks."
    return text.strip() or "No model cards were given, so how good the models are is unknown."


def _accuracy(card: Mapping[str, Any]) -> str:
    found = _r2(card)
    if found is None:
        return ""
    split, metrics = found
    text = f"{label(str(card['endpoint']))} R² {number(metrics['r2'])}"
    if not is_unknown(metrics.get("rmse")):
        text += f", RMSE {number(metrics['rmse'])}"
    # The intervals that are shown are the recalibrated ones.
    covers = metrics.get("coverage_90_recalibrated", metrics.get("coverage_90"))
    if not is_unknown(covers):
        text += f", 90 % intervals cover {percent(covers)}"
    return f"{text}{f' ({label(split)} split)' if split else ''}"


def _r2(card: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """Return the hardest split that has an R², with its figures."""
    for split, figures in split_metrics(card).items():
        if "r2" in figures:
            return split, figures
    return None


def _compounds(n: int) -> str:
    return f"{n} compound{'s' if n != 1 else ''}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
