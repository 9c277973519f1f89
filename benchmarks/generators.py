"""Each generator of the default mix: what it makes of a target's best compounds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from benchmarks.chemistry import judge_of_target, target_campaign
from benchmarks.chemistry_figures import ChemistryJudge
from molagent.campaign.cores import carried, decoration_core
from molagent.campaign.pool import RELATION
from molagent.chem.scaffolds import ROOM_TO_DECORATE, murcko_scaffold
from molagent.project.generators import build_generators
from molagent.project.screening import build_screen, gate_filters
from molagent.project.series_rules import kept_patterns, kept_series, potency_endpoint
from molagent.project.wishes import campaign_size
from molagent.protocols import NullProgress, Progress
from molagent.records import Constraints, PotentSeries, ProposalRequest, SeedCompound
from molagent.screen.funnel import Funnel

__all__ = ["GeneratorRow", "bench_generators"]

_SEEDS: Final = 40
_CORES: Final = 4  # as a campaign's first plan decorates


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorRow:
    """One line of the mix on one target; shares 0..1 as of ``chemistry``.

    Attributes
    ----------
    stands
        Share of what it made that passes the gate.
    passes
        Share of what it made that passes every filter but the models' domain and patents.
    seconds
        CPU time, what it learns from the measured compounds included.
    """

    target: str
    line: str
    made: int
    attempts: int
    seconds: float
    stands: float
    passes: float
    bad: float
    ready: float
    unstable: float
    ring: float
    motif: float
    core: float
    open_stereo: float


def bench_generators(
    folder: Path,
    *,
    out: Path,
    targets: Sequence[str] = ("JAK1", "CHEMBL4005_Ki"),
    count: int = 200,
    table: Path | None = None,
    progress: Progress,
) -> list[GeneratorRow]:
    """Let each generator make structures from the best 40 training compounds of targets.

    Parameters
    ----------
    folder
        MoleculeACE's benchmark_data.
    out
        Folder for the targets' training data.
    targets
        Names of MoleculeACE's files, or JAK1 for the README's campaign.
    count
        Structures a generator.
    table
        A table of ``molagent train replacements`` that has not seen a target's held-out compounds;
        the one that ships has seen them.
    """
    rows = []
    for target in targets:
        place = out / target
        place.mkdir(parents=True, exist_ok=True)
        config = target_campaign(folder, target, place, 0, per_cycle=count, cycles=1)
        if table is not None:
            changed = config.generate.model_copy(update={"replacements": str(table.resolve())})
            config = config.model_copy(update={"generate": changed})
        judge = judge_of_target(target, folder, place)
        known, endpoint = judge.measured, potency_endpoint(config)
        measured = known[["compound_id", "smiles"]].assign(
            **{str(endpoint): known["p_value"], f"{endpoint}{RELATION}": known["p_relation"]}
        )
        generators = build_generators(config, place, partial(_same, measured))
        gate = Funnel(gate_filters(config, measured))
        funnel = build_screen(config, place, None, measured)
        kept = kept_patterns(config, measured)
        series = kept_series(config, measured)
        best = known.sort_values("p_value", ascending=False, kind="stable").head(_SEEDS)
        largest = campaign_size(config, measured).atoms
        progress.start(target, len(config.generate.mix))
        for line in config.generate.mix:
            name, mode = line.split(":")
            requests = _requests(mode, best, kept, series, measured, count=count, largest=largest)
            started = time.process_time()
            batches = [generators[name].propose(request, NullProgress()) for request in requests]
            seconds = time.process_time() - started
            made = [each.smiles for batch in batches for each in batch.proposals]
            smiles = list(dict.fromkeys(made))
            rows.append(
                _row(
                    judge,
                    line,
                    smiles,
                    sum(batch.attempts for batch in batches),
                    seconds,
                    _passing(gate, smiles),
                    _passing(funnel, smiles),
                )
            )
            progress.advance()
        progress.finish()
    return rows


def _same(frame: pd.DataFrame) -> pd.DataFrame:
    return frame


def _passing(screen: Funnel, smiles: list[str]) -> float:
    judged = screen.run(smiles, NullProgress())
    passed = sum(all(each.verdict == "pass" for each in answers) for answers in judged)
    return passed / max(len(smiles), 1)


def _requests(
    mode: str,
    best: pd.DataFrame,
    kept: tuple[str, ...],
    series: tuple[PotentSeries, ...],
    measured: pd.DataFrame,
    *,
    count: int,
    largest: int,
) -> list[ProposalRequest]:
    """Return what a campaign would ask: of decoration a part for each of the first cores."""
    seeds = tuple(
        SeedCompound(smiles=smiles, compound_id=name, keep=kept)
        for name, smiles in zip(best["compound_id"], best["smiles"], strict=True)
    )
    cores: list[str | None] = [None]
    if mode == "decorate":
        scaffolds = list(dict.fromkeys(murcko_scaffold(seed.smiles) for seed in seeds))[:_CORES]
        known = {murcko_scaffold(smiles) for smiles in measured["smiles"]}
        room = largest - ROOM_TO_DECORATE
        grown = (decoration_core(each, known, series, room) for each in scaffolds)
        cores = [core for core in grown if core]
    return [
        ProposalRequest(
            count=count // len(cores),
            seed=1 + number,
            cycle=1,
            mode=mode,
            seeds=seeds if mode == "edit" else (),
            scaffold=core,
            max_heavy_atoms=largest,
            exclude=frozenset(measured["smiles"]),
            constraints=Constraints(required=carried(kept, core)),
        )
        for number, core in enumerate(cores)
    ]


def _row(
    judge: ChemistryJudge,
    line: str,
    smiles: list[str],
    attempts: int,
    seconds: float,
    stands: float,
    passes: float,
) -> GeneratorRow:
    names = ("bad", "ready", "unstable", "ring", "motif", "core", "open_stereo")
    faults = judge.faults(smiles).mean() if smiles else pd.Series(float("nan"), index=names)
    return GeneratorRow(
        target=judge.target,
        line=line,
        made=len(smiles),
        attempts=attempts,
        seconds=round(seconds, 1),
        stands=stands,
        passes=passes,
        **{name: float(faults[name]) for name in names},
    )
