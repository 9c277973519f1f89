"""PMO runs: one method on one task with one seed, resumable, every call kept."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import torch
from rdkit import Chem
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from benchmarks.pmo.baselines import BASELINES
from benchmarks.pmo.budget import BudgetSpent, CallBudget, top_auc
from benchmarks.pmo.oracles import ORACLE_NAMES, load_oracle
from molagent.errors import InputError, NotFoundError
from molagent.learn.surrogate import CountSurrogate
from molagent.propose.optimise.agent import AgentSettings
from molagent.propose.optimise.optimiser import Optimiser
from molagent.propose.optimise.scores import ScoreBatch
from molagent.propose.optimise.settings import OptimiserSettings
from molagent.propose.sampler import GraphGenerator
from molagent.propose.training.corpus import read_smiles
from molagent.propose.weights import LoadedPolicy
from molagent.protocols import NullProgress, Progress

__all__ = ["METHODS", "PmoReport", "PmoTask", "bench_pmo", "sum_reports"]

MOLAGENT: Final = "molagent"
WITHOUT_GA: Final = "molagent-no-ga"
WITHOUT_LEARNING: Final = "molagent-no-learning"
WITHOUT_RETRACING: Final = "molagent-no-retracing"
WITHOUT_PRETRAINING: Final = "molagent-no-pretraining"
WITHOUT_PRERANKING: Final = "molagent-no-prerank"
OURS: Final = (
    MOLAGENT,
    WITHOUT_GA,
    WITHOUT_LEARNING,
    WITHOUT_RETRACING,
    WITHOUT_PRETRAINING,
    WITHOUT_PRERANKING,
)
# PMO trains its priors on ZINC250k; the policy is asked for that style.
PMO_CORPUS: Final = "zinc250k"
METHODS: Final = (*OURS, *BASELINES)


@dataclass(frozen=True, kw_only=True)
class PmoTask:
    """One run.

    Parameters
    ----------
    method
        One of `METHODS`.
    oracle
        One of the 23 names.
    seed
        Seed of everything random.
    calls
        The budget.
    """

    method: str
    oracle: str
    seed: int
    calls: int

    @property
    def name(self) -> str:
        """File name of the run's rows."""
        return f"{self.method}-{self.oracle}-{self.calls}-{self.seed}"


@dataclass(frozen=True, kw_only=True)
class PmoReport:
    """What one run reached.

    Parameters
    ----------
    auc_top10
        PMO's figure of merit, in [0, 1].
    top1, top10, top100
        Best value, and means of the best, at the end.
    calls_made
        Calls the run used.
    seconds
        Processor time.
    weights
        Hash of the prior; "" for baselines.
    prerank
        Candidates for each call; 1 where nothing was ranked.
    """

    method: str
    oracle: str
    seed: int
    calls: int
    auc_top10: float
    top1: float
    top10: float
    top100: float
    calls_made: int
    seconds: float
    weights: str = ""
    prerank: int = 1


def bench_pmo(
    out: Path,
    *,
    methods: Sequence[str] = (MOLAGENT,),
    oracles: Sequence[str] = ORACLE_NAMES,
    seeds: Sequence[int] = (0,),
    calls: int = 10_000,
    models: Path | None = None,
    start: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[PmoReport]:
    """Run methods on tasks; finished runs are read back, an interrupted run of ours goes on.

    Parameters
    ----------
    out
        Folder: for each run a Parquet file of all calls and a JSON report.
    methods, oracles, seeds
        What to run, every combination.
    calls
        Budget of each run.
    models
        Folder of the DRD2, GSK3-beta and JNK3 models.
    start
        SMILES file that baselines draw their first structures from (ZINC250k); ours start from
        nothing.
    workers
        Runs at a time, one process each.
    progress
        Receives every finished run.

    Returns
    -------
    list
        One report a run, in the order of methods, oracles and seeds.

    Raises
    ------
    InputError
        If a baseline has no starting file, or a model is missing, before anything is run.
    NotFoundError
        If a method is unknown.
    """
    tasks = [
        PmoTask(method=method, oracle=oracle, seed=seed, calls=calls)
        for method in methods
        for oracle in oracles
        for seed in seeds
    ]
    _check(methods, oracles, models, start)
    out.mkdir(parents=True, exist_ok=True)
    display = progress or NullProgress()
    display.start("PMO", len(tasks))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        pending = {pool.submit(_run, task, out, models, start): task for task in tasks}
        reports = {}
        for done in as_completed(pending):
            task = pending[done]
            reports[task] = done.result()
            display.advance(1, f"{task.name} {reports[task].auc_top10:.3f}")
    display.finish()
    return [reports[task] for task in tasks]


def sum_reports(reports: Sequence[PmoReport]) -> list[dict[str, object]]:
    """Return the sum over tasks of every method and budget; tasks are means over their seeds."""
    sums = []
    for method, calls in dict.fromkeys((r.method, r.calls) for r in reports):
        own = [r for r in reports if (r.method, r.calls) == (method, calls)]
        tasks = {name: [r.auc_top10 for r in own if r.oracle == name] for name in ORACLE_NAMES}
        means = [sum(values) / len(values) for values in tasks.values() if values]
        sums.append(
            {
                "method": method,
                "calls": calls,
                "tasks": len(means),
                "seeds": sorted({r.seed for r in own}),
                "sum_auc_top10": sum(means),
                "weights": sorted({r.weights for r in own}),
            }
        )
    return sums


def _check(
    methods: Sequence[str], oracles: Sequence[str], models: Path | None, start: Path | None
) -> None:
    for method in methods:
        if method not in METHODS:
            raise NotFoundError("PMO method", method, known=METHODS)
        if method in BASELINES and start is None:
            raise InputError(
                f"{method} draws its first structures from a file",
                remedy="give --start with ZINC250k, one SMILES a line",
            )
    for oracle in oracles:
        load_oracle(oracle, models)


def _run(task: PmoTask, out: Path, models: Path | None, start: Path | None) -> PmoReport:
    """Run one task in a process of its own, on one thread."""
    report_file = out / f"{task.name}.json"
    if report_file.exists():
        return _read_back(task, report_file)
    torch.set_num_threads(1)
    begun = time.process_time()
    with threadpool_limits(1):
        if task.method in OURS:
            rows, weights = _optimise(task, out, models)
        else:
            rows, weights = _baseline(task, models, start), ""
    report = _report(task, rows, time.process_time() - begun, weights)
    rows.to_parquet(out / f"{task.name}.parquet", index=False)
    partial = report_file.with_suffix(".partial")
    partial.write_text(json.dumps(asdict(report), indent=1), encoding="utf-8")
    partial.replace(report_file)
    return report


def _read_back(task: PmoTask, path: Path) -> PmoReport:
    """Return a finished run; one of other weights or candidates would pass for one of these."""
    report = PmoReport(**json.loads(path.read_text(encoding="utf-8")))
    wanted = _candidates(task.method)
    if report.prerank != wanted:
        raise InputError(
            f"the run chose among {report.prerank} candidates a call, not {wanted}",
            place=str(path),
            remedy="use another folder",
        )
    if task.method in OURS and task.method != WITHOUT_PRETRAINING:
        weights = GraphGenerator().model.model_hash
        if report.weights != weights:
            raise InputError(
                f"the run was made with weights {report.weights}, not {weights}",
                place=str(path),
                remedy="use another folder",
            )
    return report


def _report(task: PmoTask, rows: pd.DataFrame, seconds: float, weights: str) -> PmoReport:
    values = rows["value"].to_numpy(dtype=np.float64)
    best = np.sort(values)[::-1]
    return PmoReport(
        **asdict(task),
        auc_top10=top_auc(values.tolist(), calls=task.calls),
        top1=float(best[:1].mean()),
        top10=float(best[:10].mean()),
        top100=float(best[:100].mean()),
        calls_made=len(values),
        seconds=seconds,
        weights=weights,
        prerank=_candidates(task.method),
    )


def _candidates(method: str) -> int:
    if method in BASELINES or method == WITHOUT_PRERANKING:
        return 1
    return OptimiserSettings(calls=1, seed=0).prerank


def _baseline(task: PmoTask, models: Path | None, start: Path | None) -> pd.DataFrame:
    budget = CallBudget(load_oracle(task.oracle, models), task.calls)
    library = read_smiles(start) if start is not None else []
    with suppress(BudgetSpent):  # how every run is meant to end
        BASELINES[task.method](budget, library, seed=task.seed, **_scaled(task))
    return _rows(task, budget.values, {})


def _scaled(task: PmoTask) -> dict[str, int]:
    """Return Mol GA's sizes: as published at 10,000 calls, in proportion at fewer.

    With its first population of 1,000 it would spend a budget of 1,000 on screening.
    """
    if task.method != "mol_ga":
        return {}
    return {"initial": max(task.calls // 10, 10), "offspring": max(task.calls // 100, 5)}


def _optimise(task: PmoTask, out: Path, models: Path | None) -> tuple[pd.DataFrame, str]:
    oracle = load_oracle(task.oracle, models)

    def score(smiles_list: Sequence[str]) -> ScoreBatch:
        return ScoreBatch(total=oracle([Chem.MolFromSmiles(s) for s in smiles_list]))

    model, settings = _variant(task, GraphGenerator().model)
    run = Optimiser(score, model, settings, surrogate=CountSurrogate())
    checkpoint = out / f"{task.name}.checkpoint"
    run.run(checkpoint=checkpoint, every=50)
    checkpoint.unlink()
    values = {row.smiles: row.total for row in run.buffer.rows}
    sources = {row.smiles: row.source for row in run.buffer.rows}
    return _rows(task, values, sources), model.model_hash


def _variant(task: PmoTask, model: LoadedPolicy) -> tuple[LoadedPolicy, OptimiserSettings]:
    """Return prior and settings of a method: the whole design, or without one part of it."""
    zinc = [n for name, n in model.sources.items() if name.startswith(PMO_CORPUS)]
    corpus = zinc[0] if zinc else 0
    settings = OptimiserSettings(
        calls=task.calls, seed=task.seed, corpus=corpus, prerank=_candidates(task.method)
    )
    if task.method == WITHOUT_GA:
        settings = replace(settings, operators=("policy", "regrow"))
    elif task.method == WITHOUT_LEARNING:
        settings = replace(settings, agent=AgentSettings(updates=0))
    elif task.method == WITHOUT_RETRACING:
        settings = replace(settings, agent=AgentSettings(retrace=False))
    elif task.method == WITHOUT_PRETRAINING:
        torch.manual_seed(task.seed)
        fresh = type(model.policy)(model.policy.settings, model.vocabulary).eval()
        model = replace(model, policy=fresh, model_hash="untrained")
    return model, settings


def _rows(task: PmoTask, values: Mapping[str, float], sources: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": task.method,
            "oracle": task.oracle,
            "seed": task.seed,
            "call": range(1, len(values) + 1),
            "smiles": list(values),
            "value": list(values.values()),
            "source": [sources.get(smiles, task.method) for smiles in values],
        }
    )
