"""What the stages of a campaign share: models, measured compounds, plans, and asking the policy."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import pandas as pd

from molagent.campaign.frames import plan_from_json, prediction_rows
from molagent.campaign.parts import Parts, ProposalLimits, Screens
from molagent.campaign.policy import first_plan
from molagent.campaign.proposing import Known
from molagent.campaign.ranking import check_profile, counted_weights, measured_leaders
from molagent.campaign.summary import View, summarise
from molagent.campaign.taken import Taken, load_taken
from molagent.campaign.workbench import StoreWorkbench
from molagent.chem.properties import PROPERTIES
from molagent.chem.scaffolds import murcko_scaffold, scaffold_id
from molagent.config import CampaignConfig
from molagent.errors import PolicyError, StoreError
from molagent.protocols import Predictor, Progress
from molagent.records import Decision, FloatArray, Plan, SeedCompound, Stage
from molagent.records.reliability import doubt_of_card
from molagent.select.desirability import combine
from molagent.store.cycles import CampaignStore

__all__ = ["State"]

Transcript = Sequence[Mapping[str, object]]


class State:
    """Reads the store, and keeps what is costly to make twice in one process."""

    def __init__(
        self, config: CampaignConfig, store: CampaignStore, parts: Parts, progress: Progress
    ) -> None:
        self.config = config
        self.store = store
        self.parts = parts
        self.progress = progress
        self._fitted: Sequence[Predictor] | None = None
        self._measured: pd.DataFrame | None = None
        self._screens: Screens | None = None

    @property
    def predictors(self) -> Sequence[Predictor]:
        """The predictors, fitted or loaded on first use."""
        if self._fitted is None:
            self._fitted = self.parts.fit(self.progress)
        return self._fitted

    @property
    def doubts(self) -> dict[str, str]:
        """Endpoint to why its model card calls it not reliable; '' where it is."""
        return {p.endpoint: doubt_of_card(p.card) for p in self.predictors}

    @property
    def measured(self) -> pd.DataFrame:
        """Measured compounds, one row each."""
        if self._measured is None:
            self._measured = self.parts.measured()
        return self._measured

    @property
    def screens(self) -> Screens:
        """The filters, made on first use."""
        if self._screens is None:
            self._screens = self.parts.screens(self.measured)
        return self._screens

    @cached_property
    def limits(self) -> ProposalLimits:
        """What every proposal must keep to."""
        return self.parts.limits(self.measured)

    @cached_property
    def leads(self) -> tuple[SeedCompound, ...]:
        """What the campaign file starts from; none for the best measured compounds."""
        return tuple(self.parts.leads(self.measured))

    def measured_leaders(self) -> list[dict[str, object]]:
        """Return the best measured compounds, best first; of leads, those that were measured."""
        derived = {d.endpoint: (d.minuend, d.subtrahend) for d in self.config.derived}
        named = {lead.compound_id for lead in self.leads}
        mine = self.measured[self.measured["compound_id"].isin(named)] if named else self.measured
        return measured_leaders(
            mine, self.config.profile, derived, limit=self.config.generate.seeds
        )

    def _starting_points(self) -> list[dict[str, object]]:
        """Return what the first plan starts from: the leads, else the best measured compounds."""
        if not self.leads:
            return self.measured_leaders()
        return [
            {"compound_id": lead.compound_id, "scaffold_id": scaffold_id(_scaffold(lead))}
            for lead in self.leads
        ]

    def detail(self, cycle: int, stage: Stage) -> Mapping[str, object]:
        """Return what a finished stage noted; empty if it is not finished."""
        stages = self.store.stages()
        found = stages[(stages["cycle"] == cycle) & (stages["stage"] == stage)]
        return {} if found.empty else dict(found["detail"].iloc[0])

    def first_plan(self) -> Plan:
        """Return the campaign file's mix, seeded by the best measured compounds."""
        generate = self.config.generate
        return first_plan(
            generate.mix,
            generate.per_cycle,
            generate.temperature,
            generate.seeds,
            self._starting_points(),
        )

    def plan(self, cycle: int) -> Plan:
        """Return the newest plan of a cycle."""
        plans = self.store.load("plan", cycle)
        if plans.empty:
            raise StoreError(f"cycle {cycle} has no plan", remedy="run the campaign from its start")
        return plan_from_json(plans.sort_values("revision").iloc[-1]["plan"])

    def predict(
        self, proposals: pd.DataFrame, predictors: Sequence[Predictor] | None = None
    ) -> pd.DataFrame:
        """Return one row a proposal and endpoint, by the campaign's predictors or by others."""
        chosen = self.predictors if predictors is None else predictors
        smiles = list(proposals["smiles"])
        self.progress.start("predict", len(chosen))
        frames = []
        for predictor in chosen:
            frames.append(predictor.predict(smiles))
            self.progress.advance(note=predictor.endpoint)
        self.progress.finish(f"{len(smiles)} structures")
        return prediction_rows(list(proposals["proposal_id"]), frames)

    def preference(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return what the models of the assays think of structures, before anything is screened.

        The desirability over those objectives that the campaign's own data can judge, and those
        that follow from the structure; NaN outside the models' domain, and everywhere if the
        profile has no objective of the first kind.
        """
        own = {assay.endpoint for assay in self.config.assays}
        own |= {derived.endpoint for derived in self.config.derived}
        if not any(objective.endpoint in own for objective in self.config.profile):
            return np.full(len(smiles_list), np.nan)
        profile = [o for o in self.config.profile if o.endpoint in own or o.endpoint in PROPERTIES]
        needed = {o.endpoint for o in profile}
        values = {}
        for predictor in self.predictors:
            if predictor.endpoint in needed:
                frame = predictor.predict(smiles_list)
                values[predictor.endpoint] = np.where(frame.in_domain, frame.mean, np.nan)
        check_profile(profile, self.doubts)
        return combine(profile, values, counted_weights(profile, self.doubts, {}))[0]

    def known(self) -> Known:
        """Collect what a plan may name and what must not come back."""
        measured = self.measured
        with self.store.db.read():
            proposals, taken = self.store.load("proposal"), self.taken()
            ranking = self.store.load("ranking").sort_values("cycle", kind="stable")
        fitness = {str(row["compound_id"]): row["desirability"] for row in self.measured_leaders()}
        fitness |= dict(zip(ranking["proposal_id"], ranking["desirability"], strict=True))
        leads = {lead.compound_id: lead for lead in self.leads}
        new = [leads[name] for name in leads if name not in set(measured["compound_id"])]
        ids = [
            *measured["compound_id"],
            *proposals["proposal_id"],
            *(lead.compound_id for lead in new),
        ]
        smiles = [*measured["smiles"], *proposals["smiles"], *(lead.smiles for lead in new)]
        scaffolds = {*measured["scaffold"], *proposals["scaffold"], *map(_scaffold, new)}
        kept = tuple(self.parts.kept(measured))
        return Known(
            seeds={
                name: SeedCompound(
                    smiles=text, compound_id=name, weight=_weight(fitness.get(name)), keep=kept
                )
                for name, text in zip(ids, smiles, strict=True)
            },
            scaffolds={scaffold_id(scaffold): scaffold for scaffold in sorted(scaffolds - {""})},
            smiles=frozenset(smiles),
            cores=frozenset({*measured["scaffold"], *map(_scaffold, new)} - {""}),
            kept=kept,
            series=tuple(self.parts.series(measured)),
            inchikeys=frozenset(measured["inchikey"])
            | frozenset(proposals["inchikey"])
            | taken.inchikeys,
        )

    def taken(self, cycle: int | None = None) -> Taken:
        """Return what is on its way, by orders, batches and the shortlists before `cycle`."""
        return load_taken(self.store, list(self.measured["inchikey"]), before=cycle)

    def ask(self, cycle: int, view: View) -> tuple[Plan, tuple[Decision, ...], Transcript]:
        """Ask the policy what to do after `cycle`.

        Raises
        ------
        PolicyError
            If the plan is empty or asks for more than twice what the campaign file allows.
        """
        with self.store.db.read():
            summary = summarise(
                self.store,
                cycle,
                view,
                seed=self.config.project.seed,
                cycles_planned=self.config.steer.cycles,
                plan=self.plan(cycle),
                objectives={o.name: o.weight for o in self.config.profile},
                measured=self.measured_leaders(),
                notes=self.limits.notes,
            )
        self.progress.start(Stage.DECIDE)
        claims = self.parts.patents.describe_claims()
        workbench = StoreWorkbench(self.store, summary, view, self.measured, claims)
        plan, decisions = self.parts.policy.decide(summary, workbench)
        self.progress.finish(decisions[-1].action if decisions else "no decision")
        asked = sum(step.count for step in plan.steps)
        if not 0 < asked <= 2 * self.config.generate.per_cycle:
            raise PolicyError(
                f"policy {self.parts.policy.name!r} asks for {asked} proposals in a cycle",
                remedy=f"the campaign file allows {self.config.generate.per_cycle}",
            )
        return plan, decisions, getattr(self.parts.policy, "transcript", ())


def _weight(fitness: object) -> float:
    """Return a seed's fitness; one whose fitness is not known is the least fit, not zero."""
    least = 1e-3
    value = float(fitness) if isinstance(fitness, int | float) else math.nan
    return least if math.isnan(value) else max(value, least)


def _scaffold(lead: SeedCompound) -> str:
    return murcko_scaffold(lead.smiles)
