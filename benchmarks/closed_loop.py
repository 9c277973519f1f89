"""Closed loops: what a way of choosing makes of its measurements, round after round.

A campaign starts from 150 compounds of the lower part of what exists. Each round it chooses, a
hidden judge says what was measured (:mod:`benchmarks.hidden_judge`), and the next round learns from
it. All ways have equal numbers of measured compounds. What counts is the true desirability of what
was chosen, as a share of the way from the best that the start holds to the best that exists.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from benchmarks.hidden_judge import World
from benchmarks.pmo.baselines import mol_ga
from benchmarks.pmo.budget import BudgetSpent
from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.config import CampaignConfig, parse_config
from molagent.errors import NotFoundError
from molagent.learn.evaluation import Z_90
from molagent.project.project import Project
from molagent.protocols import Progress
from molagent.records import FloatArray

__all__ = ["LOOP_TARGETS", "WAYS", "LoopRow", "bench_closed_loop", "mean_of_loops"]

#: Two kinases, two aminergic receptors, a protease and a transporter of MoleculeACE; how compounds
#: are chosen was settled on three others (PI3K alpha, histamine H3, the glucocorticoid receptor).
LOOP_TARGETS: Final = (
    "CHEMBL2147_Ki",
    "CHEMBL262_Ki",
    "CHEMBL214_Ki",
    "CHEMBL234_Ki",
    "CHEMBL244_Ki",
    "CHEMBL228_Ki",
)
_START: Final = 150
_PARENTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRow:
    """One loop.

    Attributes
    ----------
    round
        From 1.
    chosen
        Mean true desirability of what this round chose, 0..1.
    way_up
        `chosen` as a share of the way from `start` to `possible`.
    best_known
        Mean true desirability of the best that were measured so far, as many as a round chooses.
    pool
        Mean true desirability of the best of all that could have been chosen; None without a pool.
    start, possible
        Of the best that the start holds, and of the best that exist, as many as a round chooses.
    said, hits
        Hits that the campaign expected of this round, and how many there were; None where it says
        nothing.
    covered
        Share of this round's measured values within the 90 % intervals that the campaign showed.
    """

    target: str
    way: str
    seed: int
    round: int
    chosen: float
    way_up: float
    best_known: float
    pool: float | None
    start: float
    possible: float
    said: float | None = None
    hits: int | None = None
    covered: float | None = None


def bench_closed_loop(
    folder: Path,
    *,
    out: Path,
    targets: Sequence[str] = LOOP_TARGETS,
    ways: Sequence[str] = ("molagent", "random", "analogues", "mol-ga"),
    seeds: Sequence[int] = (0,),
    rounds: int = 4,
    compounds: int = 24,
    per_cycle: int = 400,
    progress: Progress,
) -> Iterator[LoopRow]:
    """Play projects from 150 weak compounds on, with a hidden judge for a laboratory.

    Parameters
    ----------
    folder
        MoleculeACE's benchmark_data.
    out
        Folder for the projects.
    targets
        Names of MoleculeACE's files.
    ways
        Names of :data:`WAYS`: the campaign as it ships, ways to choose from its pool, proposers
        alone, and what needs no campaign.
    seeds
        A split into the judge's and the campaign's compounds, a start and a campaign each.
    rounds, compounds
        How often compounds are measured, and how many.
    per_cycle
        Proposals a round.
    """
    for name in ways:
        if name not in WAYS:
            raise NotFoundError("way", name, known=WAYS)
    progress.start("loops", len(targets) * len(seeds) * len(ways) * rounds)
    for target in targets:
        for seed in seeds:
            world = World.of(folder, target, seed=seed)
            for way in ways:
                place = out / f"{target}-{way.replace(' ', '-')}-{seed}"
                loop = _Loop(world, place, rounds, compounds, per_cycle, seed)
                for row in loop.play(way):
                    progress.advance(note=f"{target} {way} {row.round}: {row.chosen:.3f}")
                    yield row
    progress.finish()


def mean_of_loops(rows: Sequence[LoopRow]) -> pd.DataFrame:
    """Return the last round's figures, a row a way; of all rounds what the intervals covered."""
    table = pd.DataFrame([{name: getattr(row, name) for name in _MEANS} for row in rows])
    last = table[table["round"] == table["round"].max()]
    told = last.groupby("way", sort=False)
    means: pd.DataFrame = told[["chosen", "way_up", "best_known", "pool"]].mean()
    covered = table.dropna(subset=["covered"]).groupby("way")["covered"].mean()
    return means.assign(covered=covered, loops=told.size())


_MEANS: Final = ("way", "round", "chosen", "way_up", "best_known", "pool", "covered")


@dataclass(frozen=True, slots=True)
class _Loop:
    world: World
    place: Path
    rounds: int
    count: int
    per_cycle: int
    seed: int

    def play(self, way: str) -> Iterator[LoopRow]:
        """Play all rounds of one way."""
        known = self.world.start(_START, seed=self.seed)
        start = self._best(known["smiles"].tolist())
        possible = self.world.possible(self.count)
        played = self._bred(known) if way == _BRED else self._campaign(known, WAYS[way])
        for number, found in enumerate(played, start=1):
            worth = float(self.world.worth(found.chosen).mean())
            fresh = pd.DataFrame({"smiles": found.chosen})
            known = pd.concat([known, fresh], ignore_index=True)
            yield LoopRow(
                target=self.world.target,
                way=way,
                seed=self.seed,
                round=number,
                chosen=worth,
                way_up=(worth - start) / (possible - start),
                best_known=self._best(known["smiles"].tolist()),
                pool=self._best(found.pool) if found.pool else None,
                start=start,
                possible=possible,
                said=found.said,
                hits=None if found.said is None else self.world.hits(found.chosen),
                covered=found.covered,
            )

    def _best(self, smiles: Sequence[str]) -> float:
        return float(np.sort(self.world.worth(smiles))[-self.count :].mean())

    def _campaign(self, known: pd.DataFrame, way: "Way") -> Iterator["_Played"]:
        """Play a campaign: choose, tell, and let it run a cycle more."""
        self.place.mkdir(parents=True, exist_ok=True)
        nanomolar = 10.0 ** (9.0 - known["p_value"])
        known.assign(value=nanomolar).to_csv(self.place / "start.csv", index=False)
        config = self._config(way)
        project = Project.create(config, base=self.place, policy="fixed", folder=self.place / "run")
        for number in range(1, self.rounds + 1):
            project.run()
            ready = _Round(project, _pool(project, known), known, self.count, self.seed + number)
            chosen = way.choose(ready)
            smiles = chosen["smiles"].tolist()
            values = self.world.measure(smiles, seed=self.seed * 100 + number)
            pool = ready.pool["smiles"].tolist()
            if way.choose is _shortlist:
                yield _Played(smiles, pool, _expected(project), _covered(project, values))
            else:
                yield _Played(smiles, pool)
            if number == self.rounds:
                return
            fresh = pd.DataFrame({"smiles": smiles, "p_value": values})
            known = pd.concat([known, fresh], ignore_index=True)
            told = chosen[["proposal_id"]].assign(
                endpoint="potency", value=10.0 ** (9.0 - values), unit="nM"
            )
            told.to_csv(self.place / f"round{number}.csv", index=False)
            project.tell(self.place / f"round{number}.csv")

    def _config(self, way: "Way") -> CampaignConfig:
        settings: dict[str, Any] = {
            "project": {"name": "closed_loop", "goal": "a closed loop", "seed": self.seed},
            "assays": [
                {
                    "file": "start.csv", "endpoint": "potency", "target": self.world.target,
                    "quantity": "Ki", "smiles_column": "smiles", "value_column": "value",
                    "unit": "nM", "source": f"MoleculeACE 3.0.0, {self.world.target}",
                    "licence": "CC BY-SA 3.0",
                }
            ],
            "profile": self.world.profile,
            "screen": {"admet_panel": False},
            "steer": {"policy": "fixed", "cycles": 1},
            # As `molagent init` writes it: four are made for each one kept, and the models choose.
            "generate": {"per_cycle": self.per_cycle, "oversample": 4},
            "select": {"count": self.count},
        }  # fmt: skip
        for section, told in way.settings.items():
            settings[section] = {**settings.get(section, {}), **told}
        return parse_config(settings)

    def _bred(self, known: pd.DataFrame) -> Iterator["_Played"]:
        """Breed from what is known; a round's children are what is measured."""
        values = dict(zip(known["smiles"], known["p_value"], strict=True))
        asked: list[str] = []
        budget = self.rounds * self.count

        def score(smiles_list: Sequence[str]) -> list[float]:
            fresh = [each for each in smiles_list if each not in values][: budget - len(asked)]
            measured = self.world.measure(fresh, seed=self.seed * 100 + len(asked))
            values.update(zip(fresh, measured.tolist(), strict=True))
            asked.extend(fresh)
            if len(asked) >= budget:
                raise BudgetSpent
            worth = self.world.worth_of([values[each] for each in smiles_list], smiles_list)
            return [float(each) for each in worth]

        start = known["smiles"].tolist()
        mol_ga(score, start, seed=self.seed, initial=len(start), offspring=self.count)
        for first in range(0, len(asked), self.count):
            yield _Played(asked[first : first + self.count], [])


@dataclass(frozen=True, slots=True)
class _Played:
    """What a round chose, from which pool, and what it said of it."""

    chosen: list[str]
    pool: list[str]
    said: float | None = None
    covered: float | None = None


@dataclass(frozen=True, slots=True)
class _Round:
    """What there is to choose from: `pool` has ``proposal_id, smiles``."""

    project: Project
    pool: pd.DataFrame
    known: pd.DataFrame
    count: int
    seed: int


def _pool(project: Project, known: pd.DataFrame) -> pd.DataFrame:
    ranked = project.sql(
        "SELECT proposal_id, proposal.smiles AS smiles FROM ranking JOIN proposal USING"
        " (campaign_id, proposal_id) WHERE ranking.cycle = (SELECT max(cycle) FROM ranking)"
        " AND desirability IS NOT NULL ORDER BY proposal_id"
    )
    return ranked[~ranked["smiles"].isin(known["smiles"])].reset_index(drop=True)


def _expected(project: Project) -> float | None:
    stages = project.stages()
    detail = stages[stages["stage"] == "select"]["detail"].iloc[-1]
    return None if not detail.get("goals") else float(detail["goals"][0]["expected"])


def _covered(project: Project, measured: FloatArray) -> float:
    short = project.shortlist()
    width = Z_90 * short["potency_std"].to_numpy(dtype=float)
    return float((np.abs(measured - short["potency"].to_numpy(dtype=float)) <= width).mean())


def _shortlist(ready: _Round) -> pd.DataFrame:
    return ready.project.shortlist()[["proposal_id", "smiles"]].reset_index(drop=True)


def _at_random(ready: _Round) -> pd.DataFrame:
    return ready.pool.sample(min(ready.count, len(ready.pool)), random_state=ready.seed)


def _nearest(ready: _Round) -> pd.DataFrame:
    """Return the nearest analogues of the best five that were measured, without a model."""
    best = ready.known.nlargest(_PARENTS, "p_value")["smiles"].tolist()
    near = tanimoto(morgan_bits(ready.pool["smiles"].tolist()), morgan_bits(best)).max(axis=1)
    return ready.pool.iloc[np.argsort(-near, kind="stable")[: ready.count]]


@dataclass(frozen=True, slots=True)
class Way:
    """How compounds are chosen.

    Attributes
    ----------
    settings
        Sections of the campaign file, where they are not the defaults.
    choose
        From the campaign's pool.
    """

    settings: Mapping[str, Mapping[str, Any]]
    choose: Callable[[_Round], pd.DataFrame] = _shortlist


_BRED: Final = "mol-ga"
_ALONE: Final = ("replace:edit", "series:edit", "transforms:edit", "reactions:edit", "edits:edit")

#: Name -> what differs from the campaign as it ships.
WAYS: Final[Mapping[str, Way]] = {
    "molagent": Way({}),
    **{
        each.replace("_", " "): Way({"select": {"strategy": each}})
        for each in ("thompson", "greedy", "upper_bound", "probability_of_hit")
    },
    "not oversampled": Way({"generate": {"oversample": 1}}),
    "random": Way({}, _at_random),
    "analogues": Way({}, _nearest),
    **{
        f"{name.partition(':')[0]} alone": Way({"generate": {"mix": {name: 1.0}}})
        for name in _ALONE
    },
    _BRED: Way({}),
}
