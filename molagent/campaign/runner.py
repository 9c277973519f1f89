"""The wheel: fit, propose, screen, rank, decide; then select.

A stage reads what earlier stages stored and stores its own rows in one transaction. So a campaign
that is killed anywhere continues with the stage it was in, and ends at the same result.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from molagent.campaign.frames import (
    decision_rows,
    domain_rows,
    judgement_rows,
    overlap_rows,
    plan_row,
    transcript_rows,
)
from molagent.campaign.parts import Parts
from molagent.campaign.pool import latest_predictions, load_pool, verdicts
from molagent.campaign.proposing import propose
from molagent.campaign.ranking import rank_pool
from molagent.campaign.selecting import select_batch
from molagent.campaign.stages import CYCLE_STAGES, stage_seed
from molagent.campaign.state import State, Transcript
from molagent.campaign.summary import View
from molagent.chem.interrupts import keep_interrupts
from molagent.config import CampaignConfig
from molagent.errors import StoreError
from molagent.protocols import Progress
from molagent.records import Decision, Stage
from molagent.store.cycles import CampaignStore
from molagent.store.models import version_ids

__all__ = ["Campaign"]

Tables = dict[str, pd.DataFrame]
Outcome = tuple[Tables, dict[str, object]]

# Of the evidence ladder, this many rows are kept for every structure that was checked.
_EVIDENCE_DEPTH: Final = 5


class Campaign:
    """Runs the cycles of one campaign against its store.

    Parameters
    ----------
    config, store, parts, progress
        What to do, where it is remembered, with which objects, and who is told.
    """

    def __init__(
        self, config: CampaignConfig, store: CampaignStore, parts: Parts, progress: Progress
    ) -> None:
        self._config = config
        self._store = store
        self._parts = parts
        self._progress = progress
        self._state = State(config, store, parts, progress)
        self._done: set[tuple[int, str]] = set()

    def run(self) -> int:
        """Run every stage that is not done yet and return the last cycle's number.

        Raises
        ------
        StoreError
            If the campaign was never started.
        """
        header = self._store.header()
        if header is None:
            raise StoreError("the campaign was never started", remedy="use `molagent run`")
        cycles = int(header["cycles"])
        done = self._store.stages()[["cycle", "stage"]]
        self._done = set(done.itertuples(index=False, name=None))
        for cycle in range(1, cycles + 1):
            for stage in CYCLE_STAGES:
                self._do(cycle, stage)
        self._do(cycles, Stage.SELECT)
        return cycles

    def _do(self, cycle: int, stage: Stage) -> None:
        if (cycle, stage.value) in self._done:
            return
        started = time.monotonic()
        work = {
            Stage.FIT: self._fit,
            Stage.REPLAN: self._replan,
            Stage.PROPOSE: self._propose,
            Stage.SCREEN: self._screen,
            Stage.RANK: self._rank,
            Stage.DECIDE: self._decide,
            Stage.SELECT: self._select,
        }[stage]
        self._progress.start(f"cycle {cycle}: {stage}")
        with keep_interrupts():
            tables, detail = work(cycle)
        self._store.finish_stage(
            cycle, stage, seconds=time.monotonic() - started, detail=detail, tables=tables
        )
        self._done.add((cycle, stage.value))
        self._progress.finish(", ".join(f"{k} {v}" for k, v in detail.items() if _short(v)))

    def _fit(self, cycle: int) -> Outcome:
        predictors = [*self._state.predictors, *self._parts.panel()]
        cards = [dict(predictor.card) for predictor in predictors]
        stored = self._store.load("model_card")
        stored = stored[stored["cycle"] < cycle].sort_values("cycle")
        hashes = dict(zip(stored["endpoint"], stored["model_hash"], strict=True))
        if all(hashes.get(card["endpoint"]) == card["model_hash"] for card in cards):
            return {}, {"refitted": False}
        versions = version_ids(self._store.db)
        for card in cards:
            if version := versions.get((card["endpoint"], card["model_hash"])):
                card["version"] = version
        rows = [
            {"endpoint": card["endpoint"], "model_hash": card["model_hash"], "card": card}
            for card in cards
        ]
        return {"model_card": pd.DataFrame(rows)}, {
            "refitted": True,
            "models": len(rows),
            "versions": [card["version"] for card in cards if "version" in card],
        }

    def _replan(self, cycle: int) -> Outcome:
        """Give cycle 1 its plan, and a later cycle a new one if measured values came back."""
        if cycle == 1:
            return {"plan": plan_row(self._state.first_plan(), 1, 0)}, {"reason": "first cycle"}
        if not self._state.detail(cycle, Stage.FIT).get("refitted"):
            return {}, {"reason": "no new data"}
        pool = self._pool()
        fresh = self._state.predict(pool)
        view = self._view(cycle - 1, pool, fresh)
        plan, decisions, transcript = self._state.ask(cycle - 1, view)
        tables = self._decided(cycle - 1, decisions, transcript)
        tables["plan"] = plan_row(plan, cycle, len(self._store.load("plan", cycle)))
        tables["prediction"] = fresh
        return tables, {
            "reason": "measured values came back",
            "predicted_anew": len(pool),
            "drift": _drift(self._predictions(), fresh),
        }

    def _propose(self, cycle: int) -> Outcome:
        generate, plan = self._config.generate, self._state.plan(cycle)
        kept_out_of = dict.fromkeys((*self._config.screen.outside, *plan.avoid_claims))
        frame, detail = propose(
            plan,
            self._parts.generators,
            self._state.known(),
            cycle=cycle,
            seed=self._config.project.seed,
            limits=self._state.limits,
            patents=self._parts.patents,
            avoid_claims=tuple(kept_out_of),
            oversample=generate.oversample,
            gate=self._state.screens.gate,
            preference=self._state.preference,
            progress=self._progress,
        )
        limits = self._state.limits
        size = {"max_heavy_atoms": limits.max_heavy_atoms, "why_max_heavy_atoms": limits.why_max}
        return {"proposal": frame}, {"proposed": len(frame), **size, **detail}

    def _screen(self, cycle: int) -> Outcome:
        proposals = self._store.load("proposal", cycle)
        ids = list(proposals["proposal_id"])
        judged = judgement_rows(
            ids, self._state.screens.funnel.run(list(proposals["smiles"]), self._progress)
        )
        kept = proposals[proposals["proposal_id"].map(verdicts(judged)).eq("pass")]
        predictions = self._state.predict(kept)
        if self._config.screen.domain:
            judged = pd.concat([judged, self._domain(judged, predictions)], ignore_index=True)
        tables = {"judgement": judged, "prediction": predictions}
        reached = judged.loc[judged["filter"] == "patents", "proposal_id"]
        checked = proposals[proposals["proposal_id"].isin(reached)]
        if len(checked):
            found = self._parts.patents.find_overlap(list(checked["smiles"]))
            tables["overlap"] = overlap_rows(
                list(checked["proposal_id"]), found, depth=_EVIDENCE_DEPTH
            )
        passed = int(verdicts(judged).eq("pass").sum())
        return tables, {"judged": len(ids), "passed": passed}

    def _rank(self, cycle: int) -> Outcome:
        self._open_predictors()
        with self._store.db.read():
            ranking = self._view(cycle, self._pool()).ranking
        known = ranking["desirability"].dropna()
        best = None if known.empty else round(float(known.max()), 4)
        detail: dict[str, object] = {
            "ranked": len(known),
            "unknown": len(ranking) - len(known),
            "best": best,
        }
        return {"ranking": ranking}, detail

    def _decide(self, cycle: int) -> Outcome:
        self._open_predictors()
        with self._store.db.read():
            view = View(self._store.load("ranking", cycle), self._predictions())
        plan, decisions, transcript = self._state.ask(cycle, view)
        tables = self._decided(cycle, decisions, transcript)
        tables["plan"] = plan_row(plan, cycle + 1, 0)
        return tables, {"policy": self._parts.policy.name, "decisions": len(decisions)}

    def _select(self, cycle: int) -> Outcome:
        predictors = self._state.predictors
        with self._store.db.read():
            pool, ranking = self._pool(), self._store.load("ranking", cycle)
            # What is decided after the last cycle is for the next one, and moves nothing here.
            plan, chosen = self._state.plan(cycle), self._store.load("proposal")
        batch, detail = select_batch(
            self._store,
            pool,
            ranking,
            predictors,
            self._config,
            plan,
            stage_seed(self._config.project.seed, cycle, Stage.SELECT),
        )
        chosen = chosen[chosen["proposal_id"].isin(batch["proposal_id"])]
        panel = self._state.predict(chosen, self._parts.panel())
        structures = chosen.set_index("proposal_id")["smiles"]
        made = self._parts.make([str(structures[name]) for name in batch["proposal_id"]])
        batch = batch.assign(make=pd.Series(list(made), batch.index, dtype=object))
        return {"shortlist": batch, "prediction": panel}, detail

    def _open_predictors(self) -> None:
        """Open the models before a block that reads: a damaged one is fitted again and written."""
        _ = self._state.predictors

    def _domain(self, judged: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
        ordinal = 0 if judged.empty else int(judged["ordinal"].max()) + 1
        return domain_rows(predictions, domain_endpoints(self._config), ordinal=ordinal)

    def _pool(self) -> pd.DataFrame:
        measured = list(self._state.measured["smiles"])
        with self._store.db.read():
            return load_pool(self._store, measured, self._state.taken())

    def _view(self, cycle: int, pool: pd.DataFrame, fresh: pd.DataFrame | None = None) -> View:
        """Rank the pool under the plan of `cycle`, with newer predictions where there are any."""
        predictions = self._predictions(fresh)
        ranking = rank_pool(
            pool,
            predictions,
            self._config.profile,
            self._state.doubts,
            self._state.plan(cycle).weights,
            self._state.measured,
        )
        return View(ranking, predictions)

    def _predictions(self, fresh: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return the newest predictions that steer; the shortlist's panel does not."""
        steering = {predictor.endpoint for predictor in self._state.predictors}
        frame = latest_predictions(self._store, fresh)
        return frame[frame["endpoint"].isin(steering)]

    def _decided(self, cycle: int, decisions: Sequence[Decision], transcript: Transcript) -> Tables:
        """Return decisions and messages, numbered after those the cycle already has."""
        own = [replace(decision, cycle=cycle) for decision in decisions]
        with self._store.db.read():
            decided = len(self._store.load("decision", cycle))
            written = len(self._store.load("transcript", cycle))
        tables = {
            "decision": decision_rows(own, start=decided),
            "transcript": transcript_rows(transcript, cycle=cycle, start=written),
        }
        return {name: frame for name, frame in tables.items() if len(frame)}


def domain_endpoints(config: CampaignConfig) -> set[str]:
    """Return the assays that the profile rests on: a proposal has to be in their models' domain."""
    measured = {assay.endpoint for assay in config.assays}
    derived = {d.endpoint: {d.minuend, d.subtrahend} for d in config.derived}
    wanted = {o.endpoint for o in config.profile}
    return set().union(*(derived.get(name, {name}) for name in wanted)) & measured


def _drift(old: pd.DataFrame, new: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return, for each endpoint, how far the refitted models moved on the pool."""
    both = old.merge(new, on=["proposal_id", "endpoint"], suffixes=("_old", "_new"))
    both["step"] = both["mean_new"] - both["mean_old"]
    return {
        str(endpoint): {
            "n": float(rows["step"].count()),
            "mean": float(rows["step"].mean()),
            "rms": float((rows["step"] ** 2).mean() ** 0.5),
        }
        for endpoint, rows in both.groupby("endpoint")
        if rows["step"].notna().any()
    }


def _short(value: object) -> bool:
    return not isinstance(value, Mapping | list | tuple)
