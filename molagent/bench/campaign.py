"""The main job measured: wall time, peak memory, reproducibility, and survival of SIGKILL."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from molagent.errors import MolagentError
from molagent.project import Project

__all__ = ["KillReport", "RunReport", "bench_campaign", "bench_kills", "same_shortlist"]

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
    """Kill a campaign with SIGKILL once in every stage of its first cycle, and resume it.

    A stage is known to have begun when the one before it has printed its line. After the stages of
    cycle 1 the campaign is killed in ``decide`` of each later cycle, in ``select`` and in
    ``report``, and then left to finish.
    """
    folder = out / "killed"
    start = ["run", str(config), "--out", str(folder)]
    resume = ["resume", "--project", str(folder)]
    killed: list[str] = []
    began, peak = time.monotonic(), 0.0
    lines = _stages_of(baseline.folder)
    targets = [name for name in lines if name.startswith(("ingest", "cycle 1", "report"))]
    targets += [name for name in lines if name.endswith(("decide", "select"))]
    for target in sorted(set(targets), key=lines.index):
        before = lines[lines.index(target) - 1] if lines.index(target) else ""
        if _killed_after(start if not killed else resume, before):
            killed.append(target)
    _, peak = _watched([*resume, "--quiet"])
    run = _report(folder, time.monotonic() - began, peak)
    return KillReport(killed_in=tuple(killed), same=same_shortlist([baseline, run]), run=run)


def same_shortlist(reports: Sequence[RunReport]) -> bool:
    """Return True if all runs chose the same compounds, in the same order, for the same worth."""
    return len({report.shortlist for report in reports}) == 1


def _stages_of(folder: Path) -> list[str]:
    """Return the stages of a finished run as the terminal names them, in order."""
    stages = Project.open(folder).stages().to_dict("records")
    plain = {"ingest", "report"}
    return [
        row["stage"] if row["stage"] in plain else f"cycle {row['cycle']}: {row['stage']}"
        for row in stages
    ]


def _killed_after(arguments: Sequence[str], line: str) -> bool:
    """Start molagent, wait until it has printed `line` (at once if ''), kill it.

    Returns False if it ended before that.
    """
    process = subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-u", "-m", "molagent", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    if not line:
        time.sleep(3.0)  # imports are over by then, and ingest has begun
    else:
        for printed in process.stdout:
            if printed.startswith(line):
                break
        time.sleep(_POLL_S)
    ended = process.poll() is not None
    for child in psutil.Process(process.pid).children(recursive=True) if not ended else []:
        child.send_signal(signal.SIGKILL)
    process.kill()
    process.wait()
    process.stdout.close()
    return not ended


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
