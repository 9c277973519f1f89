"""Records to table rows: how verdicts, overlaps, plans and decisions are stored."""

import dataclasses
import math
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from molagent.records import (
    OVERLAP_COLUMNS,
    Decision,
    Judgement,
    Overlap,
    Plan,
    PlanStep,
    PredictionFrame,
)

__all__ = [
    "decision_rows",
    "domain_rows",
    "judgement_rows",
    "overlap_rows",
    "plan_from_json",
    "plan_row",
    "prediction_rows",
    "transcript_rows",
]

_JUDGEMENT = ["proposal_id", "ordinal", "filter", "verdict", "reason", "evidence"]
_PREDICTION = ["proposal_id", "endpoint", "mean", "std", "in_domain", "model_hash"]


def judgement_rows(
    proposal_ids: Sequence[str], judged: Sequence[Sequence[Judgement]]
) -> pd.DataFrame:
    """Return one row a structure and filter it reached."""
    rows = [
        (name, ordinal, j.filter, str(j.verdict), j.reason, list(j.evidence))
        for name, judgements in zip(proposal_ids, judged, strict=True)
        for ordinal, j in enumerate(judgements)
    ]
    return pd.DataFrame(rows, columns=_JUDGEMENT)


def prediction_rows(proposal_ids: Sequence[str], frames: Sequence[PredictionFrame]) -> pd.DataFrame:
    """Return one row a structure and endpoint; NaN stays NaN and is stored as NULL."""
    parts = [
        pd.DataFrame(
            {
                "proposal_id": list(proposal_ids),
                "endpoint": frame.endpoint,
                "mean": frame.mean,
                "std": frame.std,
                "in_domain": frame.in_domain,
                "model_hash": frame.model_hash,
            }
        )
        for frame in frames
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_PREDICTION)


def domain_rows(
    predictions: pd.DataFrame, endpoints: Collection[str], *, ordinal: int
) -> pd.DataFrame:
    """Judge predicted structures by the domain of the models that the assays gave.

    Outside it an estimate falls back to the mean of what was measured, which for a good series is
    a flattering number about nothing: the verdict is *unknown*.
    """
    mine = predictions[predictions["endpoint"].isin(endpoints)]
    rows: list[tuple[object, ...]] = []
    for name, group in mine.groupby("proposal_id", sort=False):
        outside = sorted(group.loc[~group["in_domain"].astype(bool), "endpoint"])
        verdict = "unknown" if outside else "pass"
        reason = (
            f"outside the domain of {', '.join(outside)}"
            if outside
            else "inside the domain of every model of the assays"
        )
        rows.append((name, ordinal, "domain", verdict, reason, []))
    return pd.DataFrame(rows, columns=_JUDGEMENT)


def overlap_rows(
    proposal_ids: Sequence[str], found: Sequence[Sequence[Overlap]], *, depth: int
) -> pd.DataFrame:
    """Return the `depth` strongest pieces of evidence of each structure."""
    rows = [
        {
            **{column: getattr(overlap, column) for column in OVERLAP_COLUMNS},
            "level": str(overlap.level),
            "similarity": None if math.isnan(overlap.similarity) else overlap.similarity,
            "assignment": dict(overlap.assignment),
            "proposal_id": name,
            "ordinal": ordinal,
        }
        for name, overlaps in zip(proposal_ids, found, strict=True)
        for ordinal, overlap in enumerate(overlaps[:depth])
    ]
    return pd.DataFrame(rows, columns=["proposal_id", "ordinal", *OVERLAP_COLUMNS])


def plan_row(plan: Plan, cycle: int, revision: int) -> pd.DataFrame:
    """Return a plan as the one row that is stored."""
    return pd.DataFrame([{"cycle": cycle, "revision": revision, "plan": dataclasses.asdict(plan)}])


def plan_from_json(data: Mapping[str, object]) -> Plan:
    """Return the plan that :func:`plan_row` stored."""
    steps = tuple(
        PlanStep(**{**step, "seed_ids": tuple(step["seed_ids"])})
        for step in data["steps"]  # type: ignore[attr-defined]
    )
    rest = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in data.items()
        if key != "steps"
    }
    return Plan(steps=steps, **rest)  # type: ignore[arg-type]


def decision_rows(decisions: Sequence[Decision], *, start: int) -> pd.DataFrame:
    """Return decisions in order, numbered from `start`."""
    return pd.DataFrame(
        [
            {
                "ordinal": start + position,
                "cycle": decision.cycle,
                "actor": decision.actor,
                "action": decision.action,
                "reason": decision.reason,
                "sources": list(decision.sources),
                "parameters": dict(decision.parameters),
            }
            for position, decision in enumerate(decisions)
        ]
    )


def transcript_rows(
    transcript: Sequence[Mapping[str, object]], *, cycle: int, start: int
) -> pd.DataFrame:
    """Return what the agents said, in order, numbered from `start`."""
    return pd.DataFrame(
        [
            {
                "ordinal": start + position,
                "cycle": cycle,
                "actor": entry["actor"],
                "kind": entry["kind"],
                "content": entry["content"],
            }
            for position, entry in enumerate(transcript)
        ],
        columns=["ordinal", "cycle", "actor", "kind", "content"],
    )
