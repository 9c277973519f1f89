"""What conditions and fine-tuning do: values achieved against values asked, memory and speed."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import psutil
from rdkit import Chem

from molagent.errors import MolagentError
from molagent.propose.conditions import NAMES, STRENGTH, Conditions, describe_mol
from molagent.propose.sampler import GraphGenerator
from molagent.protocols import NullProgress, Progress

__all__ = [
    "ASKED",
    "ConditionReport",
    "MemoryReport",
    "bench_conditioning",
    "bench_finetuning",
    "summarise_conditioning",
]

ASKED: Final[tuple[Mapping[str, float], ...]] = (
    {},
    {"logp": 1.0},
    {"logp": 3.0},
    {"logp": 5.0},
    {"mw": 250.0},
    {"mw": 350.0},
    {"mw": 450.0},
    {"qed": 0.5},
    {"qed": 0.9},
    {"mw": 400.0, "logp": 2.0},
)
_POLL_S: Final = 0.2
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionReport:
    """Samples of one request.

    Attributes
    ----------
    asked
        Properties asked for; empty for the policy without a request.
    strength
        How hard the samples were steered.
    valid, unique
        Share of samples that are molecules, and of distinct ones among these.
    mean, deviation
        Of every property over the valid samples: mw in g/mol, logp, qed.
    error
        Mean absolute difference from what was asked, of the properties asked for.
    error_unasked
        The same difference for samples of the policy without a request.
    """

    asked: Mapping[str, float]
    strength: float
    samples: int
    valid: float
    unique: float
    mean: Mapping[str, float]
    deviation: Mapping[str, float]
    error: Mapping[str, float]
    error_unasked: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryReport:
    """One fine-tuning run in a process of its own.

    Attributes
    ----------
    compounds, taught
        Compounds given and those that can be built.
    steps
        Optimiser steps taken.
    seconds
        Wall time, start of the process and packing included.
    peak_mib
        Largest sum of resident memory over the process and its children, seen every 0.2 s. Pages
        that processes share are counted for each.
    held_out_before, held_out_after
        Nats an event of compounds kept out of training.
    """

    compounds: int
    taught: int
    steps: int
    seconds: float
    peak_mib: float
    held_out_before: float
    held_out_after: float


def bench_conditioning(
    *,
    samples: int = 500,
    seed: int = 0,
    strength: float = STRENGTH,
    asked: Sequence[Mapping[str, float]] = ASKED,
    generator: GraphGenerator | None = None,
    progress: Progress | None = None,
) -> list[ConditionReport]:
    """Ask for properties, and measure what the samples have.

    Parameters
    ----------
    samples
        Molecules a request.
    seed
        Seed of every request.
    strength
        How hard to steer, see `Conditions`.
    asked
        Requests; the policy without a request is sampled beside them.
    generator
        What to measure; None takes the shipped weights.
    progress
        Receives one step a request.
    """
    graph, report = generator or GraphGenerator(), progress or NullProgress()
    report.start("conditioning", len(asked) + 1)
    unasked = _sample(graph, samples, seed, None)[1]
    report.advance()
    rows = []
    for request in asked:
        conditions = Conditions(**request, strength=strength) if request else None
        drawn, values = _sample(graph, samples, seed, conditions)
        valid = [smiles for smiles in drawn if smiles is not None]
        rows.append(
            ConditionReport(
                asked=dict(request),
                strength=strength,
                samples=samples,
                valid=len(valid) / samples,
                unique=len(set(valid)) / max(len(valid), 1),
                mean=_by_name(values, np.mean),
                deviation=_by_name(values, np.std),
                error={name: _error(values, name, value) for name, value in request.items()},
                error_unasked={
                    name: _error(unasked, name, value) for name, value in request.items()
                },
            )
        )
        report.advance()
    report.finish()
    return rows


def summarise_conditioning(rows: Sequence[ConditionReport]) -> dict[str, object]:
    """Return the mean properties achieved, a row a request, for a model card."""
    return {
        "conditions asked for, and means of the samples": [
            {
                "asked": ", ".join(f"{k} {v:g}" for k, v in row.asked.items()) or "nothing",
                **row.mean,
                "valid": row.valid,
                "unique": round(row.unique, 4),
                "samples": row.samples,
                "strength": row.strength,
            }
            for row in rows
        ]
    }


def _sample(
    graph: GraphGenerator, count: int, seed: int, conditions: Conditions | None
) -> tuple[list[str | None], np.ndarray]:
    drawn = graph.sample(count, seed=seed, conditions=conditions)
    mols = [Chem.MolFromSmiles(smiles) for smiles in drawn if smiles is not None]
    return drawn, np.array([describe_mol(mol) for mol in mols if mol is not None])


def _by_name(values: np.ndarray, measure: Callable[[np.ndarray], float]) -> dict[str, float]:
    names = NAMES[:-1]  # nobody has measured the samples' activity
    return {name: round(float(measure(values[:, i])), 3) for i, name in enumerate(names)}


def _error(values: np.ndarray, name: str, value: float) -> float:
    return round(float(np.abs(values[:, NAMES.index(name)] - value).mean()), 3)


def bench_finetuning(
    data: Path,
    out: Path,
    *,
    count: int = 100_000,
    steps: int = 100,
    workers: int = 0,
    base: str = "shipped",
) -> MemoryReport:
    """Fine-tune on the first `count` compounds of a file and watch the memory of all processes.

    Parameters
    ----------
    data
        SMILES file.
    out
        Folder for the run.
    count
        Compounds.
    steps
        Optimiser steps; memory has settled after a few dozen.
    workers
        Processes that draw traces.
    base
        Model folder, or ``shipped``.

    Raises
    ------
    MolagentError
        If the run fails; the message holds the end of what it printed.
    """
    out.mkdir(parents=True, exist_ok=True)
    result, log = out / "report.json", out / "log"
    arguments = [str(data), str(out / "run"), str(count), str(steps), str(workers), base]
    began, peak = time.monotonic(), 0
    with log.open("w", encoding="utf-8") as handle:
        process = psutil.Popen(
            [sys.executable, "-m", __name__, *arguments, str(result)],
            stdout=handle,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            peak = max(peak, _resident(process))
            time.sleep(_POLL_S)
    if process.returncode != 0:
        tail = log.read_text(encoding="utf-8")[-500:]
        raise MolagentError(f"fine-tuning ended with code {process.returncode}: {tail}")
    seconds = time.monotonic() - began
    facts = json.loads(result.read_text(encoding="utf-8"))
    return MemoryReport(seconds=round(seconds, 1), peak_mib=round(peak / _MIB, 1), **facts)


def _resident(process: psutil.Process) -> int:
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in family:
        try:
            total += int(member.memory_info().rss)
        except psutil.NoSuchProcess:
            continue
    return total


def _measure(arguments: Sequence[str]) -> None:
    """Run the fine-tuning that `bench_finetuning` watches."""
    from dataclasses import replace

    from molagent.propose.training.corpus import read_smiles
    from molagent.propose.training.finetuning import fine_tune, fine_tuning_settings

    data, out, count, steps, workers, base, result = arguments
    smiles = read_smiles(Path(data))[: int(count)]
    report = fine_tune(
        smiles,
        out=Path(out),
        progress=NullProgress(),
        base=base,
        steps=int(steps),
        settings=replace(fine_tuning_settings(len(smiles)), workers=int(workers)),
    )
    kept = ("compounds", "taught", "steps", "held_out_before", "held_out_after")
    facts = {name: value for name, value in asdict(report).items() if name in kept}
    Path(result).write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    _measure(sys.argv[1:])
