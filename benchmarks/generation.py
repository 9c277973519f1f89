"""Generators measured: speed and constraints side by side."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdkit import Chem

from benchmarks.rows import Smiles, read_smiles_file
from molagent.propose.edits import EditGenerator
from molagent.propose.sampler import GraphGenerator
from molagent.propose.seeds import parse_seed
from molagent.protocols import NullProgress, Progress
from molagent.records import ProposalRequest, SeedCompound

__all__ = ["SamplingReport", "bench_sampling"]

PARENTS: Final = Path("data/jak/jak1_ki.csv")


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingReport:
    """One generator in one mode.

    Attributes
    ----------
    per_second
        Structures built a second of wall time, canonical SMILES included.
    valid
        Share of the samples that parse; None for the genetic algorithm, which tries again inside
        until a child is valid.
    unique
        Share of the valid samples that are distinct; for the genetic algorithm the share of
        attempts that gave a new structure.
    core_kept
        Share of the samples that contain the core unchanged and no dummy; None without a core.
    """

    generator: str
    mode: str
    core: str
    samples: int
    seconds: float
    per_second: float
    valid: float | None
    unique: float
    core_kept: float | None


def _keeps(smiles: str, core: Chem.Mol) -> bool:
    mol = Chem.MolFromSmiles(smiles)
    return "*" not in smiles and bool(mol.HasSubstructMatch(core))


def _sampled(
    name: str, mode: str, core: str, samples: Sequence[str | None], seconds: float
) -> SamplingReport:
    readable = [s for s in samples if s is not None and Chem.MolFromSmiles(s) is not None]
    kept = None
    if core:
        pattern = Chem.MolFromSmiles(parse_seed(core).smiles)
        kept = sum(_keeps(s, pattern) for s in readable) / len(samples)
    return SamplingReport(
        generator=name,
        mode=mode,
        core=core,
        samples=len(samples),
        seconds=seconds,
        per_second=len(samples) / seconds,
        valid=len(readable) / len(samples),
        unique=len(set(readable)) / max(len(readable), 1),
        core_kept=kept,
    )


def bench_sampling(
    cores: Sequence[str] = ("c1ncc2cc[nH]c2n1", "[*]N1CCC([*])CC1"),
    parents: Smiles | None = None,
    *,
    samples: int = 5_000,
    seed: int = 0,
    generator: GraphGenerator | None = None,
    progress: Progress | None = None,
) -> list[SamplingReport]:
    """Time the graph policy from nothing and on every core, and the genetic algorithm beside it.

    Parameters
    ----------
    cores
        Cores to decorate, with or without ``[*]``.
    parents
        Seeds of the genetic algorithm, equal weights; 100 JAK1 inhibitors without them.
    samples
        Structures a row.
    seed
        Seed of every row.
    generator
        The graph generator; None takes the shipped weights. Each generator runs on one thread.
    progress
        Receives one step a row.
    """
    report = progress or NullProgress()
    graph = generator or GraphGenerator()
    graph.sample(1, seed=seed)  # loads the weights outside the clock
    rows = []
    report.start("sampling", len(cores) + 2)
    for core in (None, *cores):
        begun = time.perf_counter()
        found = graph.sample(samples, seed=seed, scaffold=core)
        mode = "de_novo" if core is None else "decorate"
        rows.append(_sampled("graph", mode, core or "", found, time.perf_counter() - begun))
        report.advance()
    rows.append(_edits(parents or read_smiles_file(PARENTS)[:100], samples, seed))
    report.finish()
    return rows


def _edits(parents: Sequence[str], samples: int, seed: int) -> SamplingReport:
    seeds = tuple(
        SeedCompound(smiles=smiles, compound_id=str(number))
        for number, smiles in enumerate(parents)
    )
    request = ProposalRequest(count=samples, seed=seed, cycle=0, mode="edit", seeds=seeds)
    begun = time.perf_counter()
    batch = EditGenerator().propose(request, NullProgress())
    seconds = time.perf_counter() - begun
    return SamplingReport(
        generator="edits",
        mode="edit",
        core="",
        samples=batch.attempts,
        seconds=seconds,
        per_second=batch.attempts / seconds,
        valid=None,
        unique=len(batch.proposals) / batch.attempts,
        core_kept=None,
    )
