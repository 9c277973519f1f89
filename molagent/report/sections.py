"""The report's sections beside the compounds: funnel, models, decisions, provenance, settings."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from molagent.report.content import ReportContent
from molagent.report.drawing import structure_svg
from molagent.report.plots import (
    desirability_by_cycle,
    endpoint_scatter,
    funnel_figure,
)
from molagent.report.wording import (
    UNKNOWN,
    as_items,
    as_mapping,
    count,
    duration,
    is_unknown,
    label,
    nanomolar,
    number,
    typeset,
    unit_words,
    with_unit,
)

__all__ = [
    "CycleView",
    "DecisionView",
    "FunnelView",
    "LeaverView",
    "cycle_views",
    "funnel_views",
    "leaver_views",
    "settings_text",
    "stage_times",
    "trend_figures",
]

_REASONS_SHOWN: Final = 8
_ITEMS_SHOWN: Final = 4
_WORDS_MAX: Final = 200
_LEAVERS_SHOWN: Final = 18
# The name of a rule stands before a colon or the value that broke it: "sa_score: 6.2 > 6".
_RULE_NAME: Final = re.compile(r"\b[a-z]+(_[a-z]+)+(?=:| \d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelView:
    """One cycle's funnel and the commonest reasons for leaving it."""

    cycle: int
    figure: Markup
    reasons: tuple[tuple[str, str, str], ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaverView:
    """A structure that left the funnel, and where."""

    proposal_id: str
    picture: Markup
    filter: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """One decision of the policy or an agent."""

    actor: str
    action: str
    reason: str
    sources: tuple[str, ...]
    parameters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleView:
    """The plan a cycle ran by and what was decided after it."""

    cycle: int
    ran: bool
    steps: tuple[Mapping[str, str], ...]
    plan: tuple[tuple[str, str], ...]
    decisions: tuple[DecisionView, ...]


def funnel_views(content: ReportContent) -> list[FunnelView]:
    """Return the funnel of every cycle with its reasons, commonest first."""
    views = []
    for cycle, rows in content.funnel.groupby("cycle"):
        reasons = content.failures[content.failures["cycle"] == cycle]
        reasons = reasons.sort_values("n", ascending=False, kind="stable")
        views.append(
            FunnelView(
                cycle=int(str(cycle)),
                figure=funnel_figure(rows),
                reasons=tuple(
                    (str(row["filter"]), _plain(content, row["reason"]), count(row["n"]))
                    for row in reasons.head(_REASONS_SHOWN).to_dict("records")
                ),
                more=max(0, len(reasons) - _REASONS_SHOWN),
            )
        )
    return views


def leaver_views(content: ReportContent) -> list[LeaverView]:
    """Return examples of structures that left the funnel, drawn."""
    return [
        LeaverView(
            proposal_id=str(row["proposal_id"]),
            picture=structure_svg(str(row["smiles"]), width=150, height=100, thumbnail=True),
            filter=str(row["filter"]),
            reason=_plain(content, row["reason"]),
        )
        for row in content.leavers.head(_LEAVERS_SHOWN).to_dict("records")
    ]


def _plain(content: ReportContent, reason: object) -> str:
    """Return why a structure left, with the names of rules and endpoints as words."""
    return _RULE_NAME.sub(lambda rule: rule[0].replace("_", " "), content.spell(str(reason)))


def trend_figures(content: ReportContent) -> list[tuple[str, Markup]]:
    """Return captioned figures over all ranked proposals; those without data are left out."""
    ranks = {
        str(name): int(rank)
        for name, rank in zip(
            content.shortlist["proposal_id"], content.shortlist["rank"], strict=True
        )
    }
    figures = [
        (
            "Desirability of every ranked proposal. Grey: middle half of a cycle; line: median; "
            "orange: shortlisted.",
            desirability_by_cycle(content.trajectory, list(ranks)),
        )
    ]
    pair = _compared_endpoints(content)
    if pair:
        x, y = pair
        units = [unit_words(content.card(name).get("unit")) for name in pair]
        same = units[0] == units[1] and all(nanomolar(name, 7.0) for name in pair)
        lines = "; dashed: equal, 10-fold and 100-fold potency" if same else ""
        figures.append(
            (
                f"Predicted {content.title(y)} against predicted {content.title(x)}. "
                f"Orange with rank: shortlisted{lines}.",
                endpoint_scatter(
                    content.trajectory,
                    x,
                    y,
                    ranks,
                    x_label=with_unit(f"predicted {content.title(x)}", units[0]),
                    y_label=with_unit(f"predicted {content.title(y)}", units[1]),
                    same_scale=same,
                ),
            )
        )
    return [(caption, drawn) for caption, drawn in figures if drawn]


def cycle_views(content: ReportContent) -> list[CycleView]:
    """Return plans and decisions by cycle."""
    plans = {int(cycle): as_mapping(plan) for cycle, plan in content.plans}
    decided = {int(c) for c in content.decisions["cycle"].dropna()}
    ran = {int(c) for c in content.funnel["cycle"].dropna()} | decided
    return [
        CycleView(
            cycle=cycle,
            ran=cycle in ran,
            steps=tuple(_step(step) for step in plans.get(cycle, {}).get("steps") or ()),
            plan=_plan_facts(plans.get(cycle, {})),
            decisions=_decisions(content, cycle),
        )
        for cycle in sorted(set(plans) | decided)
    ]


def stage_times(content: ReportContent) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return stage names and, for each cycle, how long each took; '' where a stage did not run."""
    if content.timings.empty:
        return [], []
    stages = [str(s) for s in dict.fromkeys(content.timings["stage"])]
    rows = []
    for cycle, group in content.timings.groupby("cycle"):
        seconds = {str(s): v for s, v in zip(group["stage"], group["seconds"], strict=True)}
        cells = [duration(seconds[s]) if s in seconds else "" for s in stages]
        rows.append((str(cycle), [*cells, duration(group["seconds"].sum())]))
    return stages, rows


def settings_text(settings: Mapping[str, Any]) -> str:
    """Return the settings as indented JSON."""
    return json.dumps(settings, indent=2, ensure_ascii=False, default=str) if settings else ""


def _compared_endpoints(content: ReportContent) -> tuple[str, str] | None:
    """Return the pair worth plotting: two potencies, else what is trusted and weighs most, as y."""
    numeric = [
        str(name)
        for name in content.trajectory.columns
        if name not in {"cycle", "proposal_id", "desirability", "generator", "mode"}
        and pd.api.types.is_numeric_dtype(content.trajectory[name])
        and content.trajectory[name].notna().any()
    ]
    potencies = [name for name in numeric if name.lower().endswith(("_pki", "_pic50", "_pkd"))]
    ranked = sorted(content.profile, key=_doubt_and_weight)
    wanted = [str(item.get("endpoint")) for item in ranked]
    chosen = potencies if len(potencies) > 1 else numeric
    chosen.sort(key=lambda name: wanted.index(name) if name in wanted else len(wanted))
    return (chosen[1], chosen[0]) if len(chosen) > 1 else None


def _doubt_and_weight(objective: Mapping[str, Any]) -> tuple[bool, float]:
    return not objective.get("reliable", True), -float(objective.get("weight") or 0)


def _step(step: object) -> dict[str, str]:
    entry = as_mapping(step)
    seeds = as_items(entry.get("seed_ids"))
    shown = ", ".join(seeds[:_ITEMS_SHOWN]) + (
        f" and {len(seeds) - _ITEMS_SHOWN} more" if len(seeds) > _ITEMS_SHOWN else ""
    )
    return {
        "generator": str(entry.get("generator", UNKNOWN)),
        "mode": str(entry.get("mode", UNKNOWN)).replace("_", " "),
        "count": count(entry.get("count")),
        "temperature": number(entry.get("temperature")),
        "from": shown or str(entry.get("scaffold_id") or "—"),
    }


# Settings of a plan that are shown in words of their own; any other is shown under its name.
_PLAN_WORDED: Final = frozenset({"steps", "exploration", "weights", "avoid_claims", "stop"})


def _plan_facts(plan: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    if not plan:
        return ()
    facts = [("exploration", number(plan.get("exploration")))]
    weights = as_mapping(plan.get("weights"))
    if weights:
        words = ", ".join(f"{label(name)} × {number(value)}" for name, value in weights.items())
        facts.append(("weight multipliers", words))
    avoided = as_items(plan.get("avoid_claims"))
    if avoided:
        facts.append(("designed around", ", ".join(avoided)))
    if plan.get("stop"):
        facts.append(("stop", "the campaign ends here"))
    further = {name: value for name, value in plan.items() if name not in _PLAN_WORDED}
    return (*facts, *_parameters(further))


def _decisions(content: ReportContent, cycle: int) -> tuple[DecisionView, ...]:
    rows = content.decisions[content.decisions["cycle"] == cycle].sort_values("ordinal")
    return tuple(
        DecisionView(
            actor=str(row["actor"]).replace("_", " "),
            action=str(row["action"]).replace("_", " "),
            reason="" if is_unknown(row["reason"]) else content.spell(typeset(str(row["reason"]))),
            sources=tuple(as_items(row["sources"])),
            parameters=_parameters(as_mapping(row["parameters"])),
        )
        for row in rows.to_dict("records")
    )


def _parameters(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return what a decision set, shortened; the plan is shown in full above the next cycle."""
    named = ((name, _short(value)) for name, value in values.items() if name != "plan")
    return tuple((name.replace("_", " "), words) for name, words in named if words)


def _short(value: object) -> str:
    """Return a nested value as a few words; nothing for what is empty.

    Examples
    --------
    >>> _short({"action": "set_mix", "steps": [{"mode": "edit", "count": 66}], "seeds": []})
    'action set_mix, steps mode edit, count 66'
    """
    if isinstance(value, Mapping):
        pairs = ((str(name).replace("_", " "), _short(part)) for name, part in value.items())
        text = ", ".join(f"{name} {words}" for name, words in pairs if words)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        shown = [_short(part) for part in value[:_ITEMS_SHOWN]]
        left = len(value) - len(shown)
        text = "; ".join(word for word in shown if word) + (f" and {left} more" if left else "")
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= _WORDS_MAX else f"{text[: _WORDS_MAX - 1]}…"
