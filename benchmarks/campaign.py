"""The main job measured: wall time, peak memory, reproducibility, and survival of SIGKILL."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from molagent.errors import MolagentError
from molagent.project.project import Project
from molagent.protocols import NullProgress

__all__ = [
    "Assassin",
    "KillReport",
    "RunReport",
    "bench_campaign",
    "bench_killed_runs",
    "bench_kills",
    "bench_runs",
    "compare_runs",
    "same_shortlist",
]

EXAMPLE: Final = Path("examples/jak1_selective.toml")
_POLL_S: Final = 0.1
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One run of a campaign in processes of its own.

    Attributes
    ----------
    peak_mib
        Largest sum of resident memory over the process and its children, seen every 0.1 s.
    shortlist
        ``(rank, proposal id, SMILES, desirability)``.
    """

    folder: Path
    seconds: float
    peak_mib: float
    shortlist: tuple[tuple[int, str, str, float], ...]

    def rows(self) -> dict[str, object]:
        """Return the run with its shortlist in three figures."""
        worth = [desirability for *_, desirability in self.shortlist]
        return {
            "folder": str(self.folder),
            "seconds": self.seconds,
            "peak_mib": self.peak_mib,
            "chosen": len(worth),
            "best": max(worth, default=None),
            "mean": sum(worth) / max(1, len(worth)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class KillReport:
    """A campaign killed once in every stage and resumed to its end.

    Attributes
    ----------
    killed_in
        The stage that was running at each kill.
    """

    killed_in: tuple[str, ...]
    same: bool
    run: RunReport


def bench_runs(
    *, out: Path, config: Path = EXAMPLE, runs: int = 2, policy: str | None = None
) -> list[RunReport]:
    """Wall time and peak memory of a campaign, and whether its runs agree.

    Parameters
    ----------
    out
        Empty folder for the runs.
    config
        Campaign file.
    runs
        How often it is run.
    policy
        Instead of the file's.
    """
    return bench_campaign(config, out, runs=runs, policy=policy)


def compare_runs(reports: Sequence[RunReport]) -> dict[str, object]:
    """Return whether all runs chose the same compounds; unknown of a single one."""
    same = same_shortlist(reports) if len(reports) > 1 else None
    return {"runs": len(reports), "same_shortlist": same}


def bench_killed_runs(*, out: Path, config: Path = EXAMPLE) -> dict[str, object]:
    """Kill a campaign with SIGKILL in every stage, resume it, and compare the shortlists.

    Parameters
    ----------
    out
        Empty folder for the runs.
    config
        Campaign file.
    """
    (baseline,) = bench_campaign(config, out, runs=1)
    report = bench_kills(config, out, baseline)
    return {"killed_in": list(report.killed_in), "same_shortlist": report.same}


def bench_campaign(
    config: Path, out: Path, *, runs: int = 2, policy: str | None = None
) -> list[RunReport]:
    """Run a campaign `runs` times, each from nothing, into ``out/run-<n>``.

    Raises
    ------
    MolagentError
        If a run fails; the message holds the end of what it printed.
    """
    reports = []
    for number in range(1, runs + 1):
        folder = out / f"run-{number}"
        options = ["--policy", policy] if policy else []
        seconds, peak = _watched(["run", str(config), "--out", str(folder), "--quiet", *options])
        reports.append(_report(folder, seconds, peak))
    return reports


def bench_kills(config: Path, out: Path, baseline: RunReport) -> KillReport:
    """Kill a campaign with SIGKILL once in every stage, and resume it each time.

    A process kills itself half way through the stage, by the time that stage took in `baseline`.
    The next one resumes, finishes it, and is killed in the stage after; the last one finishes.
    """
    folder = out / "killed"
    Project.create(config, folder=folder)
    began = time.monotonic()
    killed = [
        stage
        for stage, seconds in _stages_of(baseline.folder).items()
        if _dies_in(folder, stage, seconds / 2)
    ]
    _, peak = _watched(["resume", "--project", str(folder), "--quiet"])
    run = _report(folder, time.monotonic() - began, peak)
    return KillReport(killed_in=tuple(killed), same=same_shortlist([baseline, run]), run=run)


class Assassin(NullProgress):
    """Kills its own process some seconds after a stage has begun."""

    def __init__(self, stage: str, delay_s: float) -> None:
        self._stage = stage
        self._delay_s = delay_s

    def start(self, stage: str, total: int | None = None) -> None:  # noqa: ARG002 - a protocol
        """Set the timer when the stage begins."""
        if stage == self._stage:
            threading.Timer(self._delay_s, os.kill, (os.getpid(), signal.SIGKILL)).start()


def same_shortlist(reports: Sequence[RunReport]) -> bool:
    """Return True if all runs chose the same compounds, in the same order, for the same worth."""
    return len({report.shortlist for report in reports}) == 1


def _stages_of(folder: Path) -> dict[str, float]:
    """Return the stages of a finished run as they are announced, in order, with their seconds."""
    plain = {"ingest", "report"}
    return {
        row["stage"] if row["stage"] in plain else f"cycle {row['cycle']}: {row['stage']}": float(
            row["seconds"]
        )
        for row in Project.open(folder).stages().to_dict("records")
    }


def _dies_in(folder: Path, stage: str, delay_s: float) -> bool:
    """Resume a campaign in a process that kills itself in `stage`; True if SIGKILL ended it."""
    code = (
        "import sys, pathlib\n"
        "from benchmarks.campaign import Assassin\n"
        "from molagent.project.project import Project\n"
        "folder, stage, delay = sys.argv[1:]\n"
        "Project.open(pathlib.Path(folder)).run(Assassin(stage, float(delay)))\n"
    )
    arguments = [sys.executable, "-c", code, str(folder), stage, str(delay_s)]
    ended = subprocess.run(arguments, capture_output=True, check=False)  # noqa: S603 - our own code
    return ended.returncode == -signal.SIGKILL


def _watched(arguments: Sequence[str]) -> tuple[float, float]:
    """Run molagent and return seconds and peak MiB of the whole process tree."""
    began = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "molagent", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _resident_mib(process.pid))
        time.sleep(_POLL_S)
    output = process.communicate()[0]
    if process.returncode:
        raise MolagentError(
            f"`molagent {' '.join(arguments)}` ended with {process.returncode}: {output[-500:]}",
            remedy="run it by hand to see the whole output",
        )
    return time.monotonic() - began, peak


def _resident_mib(pid: int) -> float:
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
        return float(sum(member.memory_info().rss for member in family)) / _MIB
    except psutil.NoSuchProcess:
        return 0.0  # it ended between the two looks


def _report(folder: Path, seconds: float, peak: float) -> RunReport:
    frame = Project.open(folder).shortlist()
    rows = tuple(
        (int(row["rank"]), str(row["proposal_id"]), str(row["smiles"]), float(row["desirability"]))
        for row in frame.to_dict("records")
    )
    return RunReport(folder=folder, seconds=seconds, peak_mib=peak, shortlist=rows)
