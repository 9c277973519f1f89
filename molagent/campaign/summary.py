"""What a policy is told after a cycle: ids, counts and numbers, never a structure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from molagent.campaign.pool import verdicts
from molagent.campaign.shown_evidence import public_claims, shown_judgements
from molagent.campaign.yields import line_yields
from molagent.chem.scaffolds import scaffold_id
from molagent.records import CycleSummary, Plan
from molagent.store.cycles import CampaignStore

__all__ = [
    "N_LEADERS",
    "View",
    "card_headline",
    "failure_counts",
    "funnel_counts",
    "leaders",
    "summarise",
]

N_LEADERS: Final = 30
# Proposals are numbered by cycle, P1-0001; every other id is a measured compound's or a lead's.
PROPOSAL_ID: Final = re.compile(r"P\d+-\d+$")
_NUMBER: Final = re.compile(r"(?<!\w)[-+]?\d+(?:\.\d+)?(?!\w)")  # not the 1 of jak1_pki
_HEADLINE: Final = ("n_train", "kind", "unit", "reliable", "reason", "model_hash")


@dataclass(frozen=True, slots=True)
class View:
    """How the pool stands: the ranking after a cycle and the newest predictions."""

    ranking: pd.DataFrame
    predictions: pd.DataFrame


def funnel_counts(store: CampaignStore, cycle: int) -> tuple[tuple[str, int], ...]:
    """Return ``(stage, structures left)``: proposed, then each filter in order, then ranked."""
    judgements = store.load("judgement", cycle)
    proposals = store.load("proposal", cycle)
    counts = [("proposed", len(proposals))]
    for (_, name), group in judgements.groupby(["ordinal", "filter"], sort=True):
        counts.append((str(name), int((group["verdict"] != "fail").sum())))
    passed = verdicts(judgements).eq("pass").sum() if len(judgements) else 0
    return (*counts, ("ranked", int(passed)))


def failure_counts(judgements: pd.DataFrame) -> dict[str, int]:
    """Return ``filter: reason`` to count; numbers are taken out so that like reasons add up."""
    failed = judgements[judgements["verdict"] != "pass"]
    kinds = [
        f"{name}: {_NUMBER.sub('#', reason)}"
        for name, reason in zip(failed["filter"], failed["reason"], strict=True)
    ]
    return {str(kind): int(n) for kind, n in pd.Series(kinds, dtype=str).value_counts().items()}


def leaders(
    store: CampaignStore, view: View, limit: int = N_LEADERS
) -> tuple[dict[str, object], ...]:
    """Return the best proposals, best first."""
    if view.ranking.empty:
        return ()
    ranking = view.ranking.dropna(subset=["desirability"]).sort_values(
        ["desirability", "proposal_id"], ascending=[False, True]
    )
    proposals = {row["proposal_id"]: row for row in store.load("proposal").to_dict("records")}
    overlaps = store.load("overlap")
    level = overlaps[overlaps["ordinal"] == 0].set_index("proposal_id")["level"]
    rows: list[dict[str, object]] = []
    for row in ranking.head(limit).to_dict("records"):
        name = str(row["proposal_id"])
        proposal = proposals[name]
        mine = view.predictions[view.predictions["proposal_id"] == name]
        rows.append(
            {
                "compound_id": name,
                "desirability": round(float(row["desirability"]), 4),
                "cycle": int(proposal["cycle"]),
                "one_step": _is_one_step(proposal["parents"]),
                "generator": proposal["generator"],
                "mode": proposal["mode"],
                "scaffold_id": scaffold_id(proposal["scaffold"]),
                "overlap": level.get(name, "not_checked"),
                "nearest_id": row["nearest_id"],
                "nearest_similarity": _rounded(row["nearest_similarity"]),
                "in_domain": bool(mine["in_domain"].all()),
                **{str(p["endpoint"]): _rounded(p["mean"]) for p in mine.to_dict("records")},
            }
        )
    return tuple(rows)


def _is_one_step(parents: Sequence[str]) -> bool:
    """Return whether a proposal was made of measured compounds: what is made of it may be ordered.

    Children of proposals, and what grew from nothing or on a core, rest on predictions alone.
    """
    return bool(parents) and not any(PROPOSAL_ID.match(name) for name in parents)


def card_headline(card: Mapping[str, Any]) -> dict[str, object]:
    """Return the few numbers of a model card that a policy needs."""
    return {
        **{key: card.get(key) for key in _HEADLINE},
        **{str(key): value for key, value in card.get("metrics", {}).items()},
    }


def summarise(
    store: CampaignStore,
    cycle: int,
    view: View,
    *,
    seed: int,
    cycles_planned: int,
    plan: Plan,
    objectives: Mapping[str, float],
    measured: Sequence[Mapping[str, object]],
    notes: Sequence[str] = (),
) -> CycleSummary:
    """Build the summary of `cycle` from the store."""
    judgements, overlaps = store.load("judgement", cycle), store.load("overlap", cycle)
    best = leaders(store, view)
    cards = store.load("model_card").sort_values("cycle").drop_duplicates("endpoint", keep="last")
    cards = cards[cards["endpoint"].isin(set(view.predictions["endpoint"]))]
    return CycleSummary(
        cycle=cycle,
        cycles_planned=cycles_planned,
        seed=seed,
        funnel=funnel_counts(store, cycle),
        failures=failure_counts(shown_judgements(judgements, overlaps)),
        leaders=best,
        generators=line_yields(store, cycle, best),
        models={
            str(row["endpoint"]): card_headline(row["card"]) for row in cards.to_dict("records")
        },
        claims=public_claims(overlaps, judgements),
        objectives=dict(objectives),
        best_by_cycle=_best_by_cycle(store, view, cycle),
        plan=plan,
        measured=tuple(measured),
        notes=tuple(notes),
    )


def _best_by_cycle(store: CampaignStore, view: View, cycle: int) -> tuple[float, ...]:
    """Return, per cycle, the best desirability among what that cycle itself proposed."""
    proposals = store.load("proposal")[["proposal_id", "cycle"]]
    ranking = view.ranking[["proposal_id", "desirability"]]
    merged = ranking.merge(proposals, on="proposal_id")
    top = merged.groupby("cycle")["desirability"].max()
    return tuple(round(float(top.get(n, float("nan"))), 4) for n in range(1, cycle + 1))


def _rounded(value: object, digits: int = 3) -> float | None:
    """Round for reading; None where there is no number, never 0."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    return round(float(value), digits)  # type: ignore[arg-type]
