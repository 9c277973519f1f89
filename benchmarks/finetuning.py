"""What conditions achieve; what fine-tuning costs in memory and time, in a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from molagent.errors import MolagentError
from molagent.propose.sampler import GraphGenerator
from molagent.propose.training.conditioning import ConditionReport, measure_conditions
from molagent.protocols import NullProgress, Progress

__all__ = ["MemoryReport", "bench_conditioning", "bench_finetuning"]

_POLL_S: Final = 0.2
_MIB: Final = 2**20


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
    samples: int = 1_000,
    seed: int = 0,
    strength: float = 2.0,
    weights: Path | None = None,
    progress: Progress | None = None,
) -> list[ConditionReport]:
    """Properties of samples that were asked for a mass, a logP or a QED.

    Parameters
    ----------
    samples
        For each request.
    seed
        Of each request.
    strength
        How hard to steer; 1 as trained.
    weights
        Folder of a trained model; None takes the shipped weights.
    """
    return measure_conditions(
        samples=samples,
        seed=seed,
        strength=strength,
        generator=GraphGenerator(weights),
        progress=progress,
    )


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
