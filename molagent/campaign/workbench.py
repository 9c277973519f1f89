"""The read-only tools a policy may call: ids in, numbers out, each answer with its source."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final

import pandas as pd

from molagent.campaign.pool import SIGN, nearest_measured
from molagent.campaign.shown_evidence import (
    shown_judgements,
    shown_searched,
    stopped_apart,
)
from molagent.campaign.summary import View, leaders
from molagent.chem.scaffolds import scaffold_id
from molagent.errors import InputError, NotFoundError
from molagent.records import CycleSummary
from molagent.store.cycles import CampaignStore

__all__ = ["StoreWorkbench"]

Answer = dict[str, object]
_MAX_LIMIT: Final = 100


class StoreWorkbench:
    """Answers from the store, for the state after one cycle.

    Parameters
    ----------
    store, summary, view
        The campaign's memory, what the policy was told, and how the pool stands.
    measured
        As :func:`molagent.campaign.pool.load_measured` gives it.
    claims
        Claim id to ``title``, ``publication_number`` and ``sentence``.
    """

    def __init__(
        self,
        store: CampaignStore,
        summary: CycleSummary,
        view: View,
        measured: pd.DataFrame,
        claims: Mapping[str, Mapping[str, object]],
    ) -> None:
        self._store = store
        self._summary = summary
        self._view = view
        self._measured = measured
        self._claims = claims
        # Nothing is written while a policy asks, and it asks the same tables again and again.
        self._load = cache(store.load)
        self._tools: dict[str, Callable[..., Answer]] = {
            "claim": self._claim,
            "compound": self._compound,
            "funnel": self._funnel,
            "generator_yield": self._generator_yield,
            "history": self._history,
            "leaders": self._leaders,
            "model_trust": self._model_trust,
            "neighbours": self._neighbours,
            "overlap_summary": self._overlap_summary,
            "series": self._series,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The tools' names."""
        return tuple(self._tools)

    def call(self, tool: str, arguments: Mapping[str, object]) -> Mapping[str, object]:
        """Run one tool.

        Raises
        ------
        NotFoundError
            If there is no such tool, compound, endpoint or claim.
        InputError
            If the arguments do not fit.
        """
        if tool not in self._tools:
            raise NotFoundError("tool", tool, known=self.names)
        try:
            with self._store.db.read():
                answer = self._tools[tool](**arguments)
        except TypeError as error:
            raise InputError(f"{tool}: {error}", remedy="see the tool's arguments") from error
        return {**answer, "source": f"cycle {self._summary.cycle}: {tool}"}

    def _funnel(self) -> Answer:
        top = list(self._summary.failures.items())[:12]
        return {
            "left": [{"stage": name, "n": n} for name, n in self._summary.funnel],
            "reasons": [{"reason": reason, "n": n} for reason, n in top],
        }

    def _leaders(self, limit: int = 10) -> Answer:
        return {"leaders": list(leaders(self._store, self._view, _bounded(limit)))}

    def _compound(self, compound_id: str) -> Answer:
        proposal = self._proposal(compound_id)
        predictions = self._view.predictions
        mine = predictions[predictions["proposal_id"] == compound_id]
        judged = self._load("judgement")
        judged = judged[judged["proposal_id"] == compound_id]
        judged = shown_judgements(judged, self._load("overlap"))
        return {
            "compound_id": compound_id,
            "cycle": int(proposal["cycle"]),
            "generator": proposal["generator"],
            "mode": proposal["mode"],
            "scaffold_id": scaffold_id(proposal["scaffold"]),
            "parents": list(proposal["parents"]),
            "predictions": [
                {
                    "endpoint": row["endpoint"],
                    "mean": _number(row["mean"]),
                    "std": _number(row["std"]),
                    "in_domain": bool(row["in_domain"]),
                    "model_hash": row["model_hash"],
                }
                for row in mine.to_dict("records")
            ],
            "judgements": [
                {"filter": row["filter"], "verdict": row["verdict"], "reason": row["reason"]}
                for row in judged.sort_values("ordinal").to_dict("records")
            ],
            "neighbours": self._nearest(proposal["smiles"], 1),
        }

    def _series(self, limit: int = 10) -> Answer:
        ranking = self._view.ranking.dropna(subset=["desirability"])
        proposals = self._load("proposal")[["proposal_id", "scaffold"]]
        merged = ranking.merge(proposals, on="proposal_id")
        merged["series"] = [scaffold_id(scaffold) for scaffold in merged["scaffold"]]
        grouped = merged[merged["series"] != ""].groupby("series")["desirability"]
        table = grouped.agg(["count", "max", "mean"]).sort_values("max", ascending=False)
        return {
            "series": [
                {
                    "scaffold_id": str(row["series"]),
                    "n": int(row["count"]),
                    "best": _number(row["max"]),
                    "mean": _number(row["mean"]),
                }
                for row in table.head(_bounded(limit)).reset_index().to_dict("records")
            ],
            "n_series": len(table),
        }

    def _model_trust(self, endpoint: str) -> Answer:
        if endpoint not in self._summary.models:
            raise NotFoundError("endpoint", endpoint, known=self._summary.models)
        predictions = self._view.predictions
        ids = [row["compound_id"] for row in self._summary.leaders]
        mine = predictions[
            (predictions["endpoint"] == endpoint) & predictions["proposal_id"].isin(ids)
        ]
        share = float(mine["in_domain"].mean()) if len(mine) else None
        return {
            "endpoint": endpoint,
            **self._summary.models[endpoint],
            "leaders_in_domain": _number(share),
        }

    def _generator_yield(self) -> Answer:
        return {
            "generators": [
                {"generator": key, **counts} for key, counts in self._summary.generators.items()
            ]
        }

    def _overlap_summary(self) -> Answer:
        overlaps = self._load("overlap", self._summary.cycle)
        first = overlaps[overlaps["ordinal"] == 0]
        levels = first["level"].value_counts()
        return {
            "checked": len(first),
            "levels": {str(level): int(n) for level, n in levels.items()},
            "stopped_by": [
                {"claim_id": claim, "n": n} for claim, n in self._summary.claims.items()
            ],
            "not_public": stopped_apart(overlaps, self._load("judgement", self._summary.cycle)),
            "searched": shown_searched(str(first["searched"].iloc[0]) if len(first) else ""),
        }

    def _claim(self, claim_id: str) -> Answer:
        if claim_id not in self._claims:
            raise NotFoundError("claim", claim_id, known=self._claims)
        return {"claim_id": claim_id, **self._claims[claim_id]}

    def _neighbours(self, compound_id: str) -> Answer:
        return {
            "compound_id": compound_id,
            "neighbours": self._nearest(self._proposal(compound_id)["smiles"], 5),
        }

    def _history(self) -> Answer:
        plans = self._load("plan").sort_values(["cycle", "revision"])
        return {
            "best_by_cycle": list(self._summary.best_by_cycle),
            "cycle": self._summary.cycle,
            "cycles_planned": self._summary.cycles_planned,
            "plans": [
                {"cycle": int(row["cycle"]), "steps": _mix_of(row["plan"])}
                for row in plans.to_dict("records")
            ],
        }

    def _proposal(self, compound_id: str) -> pd.Series:
        proposals = self._load("proposal")
        found = proposals[proposals["proposal_id"] == compound_id]
        if found.empty:
            best = [str(row["compound_id"]) for row in self._summary.leaders[:5]]
            raise NotFoundError("compound", compound_id, known=best)
        return found.iloc[0]

    def _nearest(self, smiles: str, count: int) -> list[Answer]:
        (found,) = nearest_measured([smiles], self._measured, count=count)
        skip = {"compound_id", "smiles", "inchikey", "scaffold", "scaffold_id"}
        endpoints = [
            name for name in self._measured.columns if name not in skip and not name.endswith(SIGN)
        ]
        return [
            {
                "compound_id": str(self._measured["compound_id"].iloc[row]),
                "similarity": _number(similarity),
                **{name: _number(self._measured[name].iloc[row]) for name in endpoints},
            }
            for row, similarity in found
        ]


def _bounded(limit: object) -> int:
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= _MAX_LIMIT:
        raise InputError(f"limit {limit!r} is not within 1 and {_MAX_LIMIT}", remedy="ask for less")
    return limit


def _number(value: object) -> float | None:
    """Round for reading; None where there is no number, never 0."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    return round(float(value), 3)  # type: ignore[arg-type]


def _mix_of(plan: Mapping[str, object]) -> dict[str, int]:
    """Return ``generator:mode`` to count of a stored plan."""
    mix: dict[str, int] = {}
    steps = plan["steps"]
    assert isinstance(steps, list)  # noqa: S101 - the plan was written by this package
    for step in steps:
        key = f"{step['generator']}:{step['mode']}"
        mix[key] = mix.get(key, 0) + int(step["count"])
    return mix
