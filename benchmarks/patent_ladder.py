"""The evidence ladder measured: the whole climb from SMILES over a release folder."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.patent_scope import build_scope, read_scope, sample_queries
from molagent.errors import InputError
from molagent.patents.ladder import PatentLadder
from molagent.project.patents import Patents

__all__ = ["LadderSpeed", "ladder_speed", "molbloom_speed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderSpeed:
    """The whole ladder from SMILES over N structures.

    Attributes
    ----------
    structures, scope
        How many were asked about, and how many they were compared with.
    workers
        Processes, each with the release mapped.
    wall_s, cpu_s
        Opening left out; CPU time of all processes.
    per_second
        Structures a second of wall time.
    per_cpu_second
        Structures a second of CPU time; what `workers` cores could do is that many times it.
    levels
        How many structures have their strongest evidence on each rung.
    """

    structures: int
    scope: int
    workers: int
    relatives: bool
    wall_s: float
    cpu_s: float
    per_second: float
    per_cpu_second: float
    levels: dict[str, int]


def ladder_speed(
    folder: Path,
    smiles_list: Sequence[str],
    *,
    workers: int = 2,
    relatives: bool = True,
    batch: int = 500,
) -> LadderSpeed:
    """Time the whole ladder: standardising, keys, exact look-up, scaffold, similarity, evidence.

    Raises
    ------
    InputError
        If there is nothing to ask about.
    """
    if not smiles_list:
        raise InputError("no structure to ask about")
    parts = [list(smiles_list[at::workers]) for at in range(workers)]
    context = get_context("spawn")
    with ExitStack() as stack:
        # One pool a process: each opens the release once, and keeps it for its part.
        pools = [
            stack.enter_context(ProcessPoolExecutor(1, mp_context=context)) for _ in range(workers)
        ]
        # It opens and compiles before the clock starts.
        ready = [pool.submit(_open_release, folder, relatives) for pool in pools]
        scopes = [future.result() for future in ready]
        began = time.perf_counter()
        running = [
            pool.submit(_climb, part, batch) for pool, part in zip(pools, parts, strict=True)
        ]
        done = [future.result() for future in running]
        wall = time.perf_counter() - began
    cpu = sum(seconds for seconds, _ in done)
    levels: dict[str, int] = {}
    for _, counts in done:
        for level, count in counts.items():
            levels[level] = levels.get(level, 0) + count
    return LadderSpeed(
        structures=len(smiles_list),
        scope=scopes[0],
        workers=workers,
        relatives=relatives,
        wall_s=wall,
        cpu_s=cpu,
        per_second=len(smiles_list) / wall,
        per_cpu_second=len(smiles_list) / cpu,
        levels=levels,
    )


def molbloom_speed(scope: Sequence[str], smiles_list: Sequence[str]) -> dict[str, Any]:
    """Time molbloom's yes or no for the same structures, over a filter of the same scope.

    Raises
    ------
    InputError
        If molbloom is not installed.
    """
    if find_spec("molbloom") is None:
        raise InputError("molbloom is not installed", remedy="pip install molbloom")
    from molbloom import CustomFilter, canon  # type: ignore[import-not-found]

    bloom = CustomFilter(16 * len(scope), len(scope), "scope")
    for smiles in scope:
        bloom.add(smiles)
    # As it writes them itself; canonical text of the whole scope would take minutes.
    for smiles in set(smiles_list) & set(scope):
        bloom.add(canon(smiles))
    began = time.process_time()
    found = sum(canon(smiles) in bloom for smiles in smiles_list)
    seconds = time.process_time() - began
    return {
        "structures": len(smiles_list),
        "scope": len(scope),
        "found": found,
        "per_cpu_second": len(smiles_list) / seconds,
    }


# -- one process -----------------------------------------------------------------------------------

_opened: dict[str, PatentLadder] = {}


def _open_release(folder: Path, relatives: bool) -> int:  # noqa: FBT001 - sent to a process
    ladder = Patents.open(releases=[folder], relatives=relatives, strict=True).ladder
    ladder.find_overlap(["CCO", "Cc1ccc(NC(=O)c2ccccc2)cc1"])
    _opened["ladder"] = ladder
    return ladder.releases[0].n_compounds


def _climb(smiles_list: Sequence[str], batch: int) -> tuple[float, dict[str, int]]:
    ladder = _opened["ladder"]
    levels: dict[str, int] = {}
    began = time.process_time()
    for start in range(0, len(smiles_list), batch):
        for overlaps in ladder.find_overlap(smiles_list[start : start + batch]):
            level = str(overlaps[0].level)
            levels[level] = levels.get(level, 0) + 1
    return time.process_time() - began, levels


def bench_ladder(
    structures: Path,
    *,
    folder: Path,
    new: int = 1_800,
    known: int = 200,
    workers: int = 2,
    seed: int = 0,
) -> Iterator[object]:
    """Structures a second of the whole evidence ladder, from SMILES, over a scope on disk.

    Parameters
    ----------
    structures
        SMILES, one a line: the scope.
    folder
        Release to write, or to take as it is.
    new
        Structures left out of the scope.
    known
        Structures within it.
    workers
        Processes.
    seed
        Of the draw.
    """
    given = list(dict.fromkeys(read_scope(structures)))
    scope, asked = sample_queries(given, known=known, new=new, seed=seed)
    if not (folder / "release.json").is_file():
        build_scope(scope, folder, keyed=max(known, 1_000), seed=seed)
    for relatives in (True, False):
        yield ladder_speed(folder, asked, workers=workers, relatives=relatives)
    if find_spec("molbloom") is not None:
        yield molbloom_speed(scope, asked)
