"""How long short commands take from the shell: what one waits for before anything is computed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from molagent.errors import InputError

__all__ = ["StartupRow", "bench_startup"]

_HERE: Final = Path(__file__).parents[1]
_THREE_ROWS: Final = (
    "smiles,ic50_nM\nCC(=O)Oc1ccccc1C(=O)O,120\nOc1ccccc1,50\nCCOc1ccccc1,300\n"  # aspirin first
)
_ASPIRIN: Final = "CC(=O)Oc1ccccc1C(=O)O"


@dataclass(frozen=True, slots=True)
class StartupRow:
    """One command, in both trees if there are two.

    Attributes
    ----------
    seconds, seconds_beside
        Median wall time; NaN without a second tree.
    ratio
        Median of the ratios of runs that followed each other.
    """

    command: str
    runs: int
    seconds: float
    seconds_beside: float
    ratio: float


def bench_startup(folder: Path, *, beside: Path | None = None, runs: int = 5) -> list[StartupRow]:
    """Time `status`, an ingest of three rows and `patents check` of one structure.

    Parameters
    ----------
    folder
        Folder of a finished campaign; it is copied, once for each tree.
    beside
        Another checkout of molagent, timed in turn with this one.
    runs
        Of each command; one more comes first and does not count.
    """
    if not (folder / "project.duckdb").is_file():
        raise InputError(f"{folder} holds no project", remedy="give a finished campaign's folder")
    trees = [_HERE, *([beside.resolve()] if beside else [])]
    with tempfile.TemporaryDirectory() as here:
        places = [_prepare(Path(here) / str(at), folder) for at in range(len(trees))]
        rows = []
        for name, arguments in (
            ("status", ("status", "--project", "run")),
            ("data ingest", ("data", "ingest", "three.csv", "-p", "new.duckdb", "--create", "-q")),
            ("patents check", ("patents", "check", _ASPIRIN, "--data", "patents")),
        ):
            taken: list[list[float]] = [[] for _ in trees]
            for _ in range(runs + 1):
                for at, (tree, place) in enumerate(zip(trees, places, strict=True)):
                    (place / "new.duckdb").unlink(missing_ok=True)
                    taken[at].append(_seconds(tree, place, arguments))
            rows.append(_row(name, [each[1:] for each in taken]))
    return rows


def _prepare(place: Path, folder: Path) -> Path:
    place.mkdir()
    (place / "three.csv").write_text(_THREE_ROWS, encoding="utf-8")
    shutil.copytree(folder, place / "run")
    shutil.copytree(_HERE / "data" / "patents", place / "patents")
    return place


def _seconds(tree: Path, place: Path, arguments: Sequence[str]) -> float:
    # As installed: compiled once. Some containers forbid that, and each run would compile anew.
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "molagent", *arguments],
        cwd=place,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def _row(command: str, taken: Sequence[Sequence[float]]) -> StartupRow:
    ours = taken[0]
    theirs = taken[1] if len(taken) > 1 else [float("nan")] * len(ours)
    return StartupRow(
        command=command,
        runs=len(ours),
        seconds=median(ours),
        seconds_beside=median(theirs),
        ratio=median(one / other for one, other in zip(ours, theirs, strict=True)),
    )
