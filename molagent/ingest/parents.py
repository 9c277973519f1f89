"""Parents of raw structures: standardised in killable processes, answered in input order."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import pandas as pd

from molagent.chem.molecules import MAX_HEAVY_ATOMS
from molagent.chem.standardize import standardizer_version
from molagent.errors import MolagentError
from molagent.ingest import parent_worker
from molagent.protocols import NullProgress, Progress

__all__ = ["PARENT_COLUMNS", "find_parents"]

PARENT_COLUMNS: Final = (
    "smiles",
    "inchikey",
    "connectivity",
    "scaffold",
    "reason",
    "standardizer",
)
# Starting the processes takes longer than standardising this many structures in place.
_INLINE_BELOW: Final = 200
# The longest SMILES of real drugs spend about 4 characters a heavy atom (stereo, charges, rings).
_CHARACTERS_PER_ATOM: Final = 10
_START_LIMIT_S: Final = 120.0
_POLL_S: Final = 0.05
_SHOWN: Final = 60

_Fields = tuple[str, str, str, str, str]


def find_parents(
    raw_smiles: Sequence[str],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    limit_s: float = 10.0,
    max_atoms: int = MAX_HEAVY_ATOMS,
) -> pd.DataFrame:
    """Return the standardised parent of each structure, one row a structure in input order.

    Parameters
    ----------
    raw_smiles
        Structures as they stand in a file.
    workers
        Processes; by default one a CPU, and none for fewer than 200 different structures. 0
        standardises in this process, where `limit_s` cannot be enforced.
    limit_s
        Longest time for one structure; what takes longer is refused and its process ended.
    max_atoms
        Largest number of heavy atoms. Text too long for that is refused without parsing it.

    Returns
    -------
    pandas.DataFrame
        `PARENT_COLUMNS`; ``reason`` is '' where there is a parent, else why there is none.
    """
    shown = progress or NullProgress()
    # A file names the same structure often: one answer serves all its rows.
    unique = list(dict.fromkeys(raw_smiles))
    shown.start("standardise", len(unique))
    answers = {
        smiles: ("", "", "", "", _too_long(smiles, max_atoms))
        for smiles in unique
        if len(smiles) > max_atoms * _CHARACTERS_PER_ATOM
    }
    shown.advance(len(answers))
    tasks = [smiles for smiles in unique if smiles not in answers]
    if workers is None:
        workers = _cpus() if len(tasks) >= _INLINE_BELOW else 0
    if workers > 0:
        pool = _Pool(tasks, min(workers, max(1, len(tasks))), limit_s, max_atoms)
        answers.update(zip(tasks, pool.run(shown), strict=True))
    else:
        for smiles in tasks:
            answers[smiles] = parent_worker.parent_fields(smiles, max_atoms)
            shown.advance()
    refused = sum(bool(fields[-1]) for fields in answers.values())
    shown.finish(f"{len(unique) - refused} parents, {refused} refused")
    frame = pd.DataFrame(
        [answers[smiles] for smiles in raw_smiles], columns=list(PARENT_COLUMNS[:-1]), dtype="str"
    )
    return frame.assign(standardizer=standardizer_version())


def _too_long(smiles: str, max_atoms: int) -> str:
    return (
        f"{smiles[:_SHOWN]!r}... has {len(smiles)} characters, more than {max_atoms} heavy atoms "
        "need; leave out polymers and biologics"
    )


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


class _Pool:
    """Threads that each drive one process, watched from the calling thread.

    ``concurrent.futures`` cannot end one stuck process without losing the others' work, and
    ``multiprocessing`` imports the caller's main module again, which breaks plain scripts.
    """

    def __init__(self, tasks: Sequence[str], size: int, limit_s: float, max_atoms: int) -> None:
        self._tasks = tasks
        self._open = deque(range(len(tasks)))
        self._answers: list[_Fields | None] = [None] * len(tasks)
        self._slots = [_Slot(limit_s, max_atoms) for _ in range(size)]

    def run(self, progress: Progress) -> list[_Fields]:
        threads = [
            threading.Thread(target=self._drive, args=(slot,), daemon=True) for slot in self._slots
        ]
        for thread in threads:
            thread.start()
        try:
            reported = self._watch(threads, progress)
        finally:
            # On an interrupt too: no process may outlive the call.
            self._open.clear()
            for slot in self._slots:
                slot.close()
            for thread in threads:
                thread.join()
            for slot in self._slots:
                slot.end()
        answers = [fields for fields in self._answers if fields is not None]
        if len(answers) < len(self._tasks):
            raise MolagentError(
                "the standardisation processes do not start",
                remedy="free memory, or standardise in this process with workers=0",
            )
        progress.advance(len(answers) - reported)
        return answers

    def _watch(self, threads: Sequence[threading.Thread], progress: Progress) -> int:
        reported = 0
        while any(thread.is_alive() for thread in threads):
            time.sleep(_POLL_S)
            for slot in self._slots:
                slot.end_if_late()
            if (done := sum(slot.done for slot in self._slots)) > reported:
                progress.advance(done - reported)
                reported = done
        return reported

    def _drive(self, slot: "_Slot") -> None:
        while self._open:
            try:
                index = self._open.popleft()
            except IndexError:  # another thread took the last one
                return
            fields = slot.ask(self._tasks[index])
            if fields is None:
                self._open.appendleft(index)
                return
            self._answers[index] = fields
            slot.done += 1


class _Slot:
    """One process and its deadline; a stuck or crashed process is replaced."""

    def __init__(self, limit_s: float, max_atoms: int) -> None:
        self._limit_s = limit_s
        self._max_atoms = max_atoms
        self._process: subprocess.Popen[str] | None = None
        self._deadline = float("inf")
        self._lock = threading.Lock()
        self._closed = False
        self.done = 0

    def ask(self, raw_smiles: str) -> _Fields | None:
        """Return the parent's fields, or None if no process could be started."""
        process = self._process or self._start()
        if process is None:
            return None
        answer = self._exchange(process, json.dumps(raw_smiles), self._limit_s)
        if answer:
            smiles, key, connectivity, scaffold, reason = json.loads(answer)
            return smiles, key, connectivity, scaffold, reason
        return_code = self.end()
        if self._closed:
            return None
        shown = raw_smiles if len(raw_smiles) <= _SHOWN else f"{raw_smiles[:_SHOWN]}..."
        why = (
            f"took longer than {self._limit_s:g} s"
            if self._deadline == float("-inf")
            else f"ended the standardisation process (code {return_code})"
        )
        return "", "", "", "", f"{shown!r} {why}; leave the row out or simplify the structure"

    def end_if_late(self) -> None:
        """End the process if its structure has had its time."""
        with self._lock:
            if self._process is not None and time.monotonic() > self._deadline:
                self._deadline = float("-inf")
                self._process.kill()

    def close(self) -> None:
        """Kill the process and start no other; what it was asked stays unanswered."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()

    def _start(self) -> subprocess.Popen[str] | None:
        root = str(Path(__file__).parents[2])
        inherited = os.environ.get("PYTHONPATH")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root]),
            # As many processes as CPUs: numeric libraries must not add threads to each.
            "OMP_NUM_THREADS": "1",
        }
        with self._lock:
            if self._closed:
                return None
            try:
                process = subprocess.Popen(  # noqa: S603 - our own file, no shell
                    [sys.executable, "-P", parent_worker.__file__, str(self._max_atoms)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                    env=environment,
                )
            except OSError:
                return None
            self._process = process
        if self._exchange(process, "", _START_LIMIT_S):
            return process
        self.end()
        return None

    def _exchange(self, process: subprocess.Popen[str], line: str, limit_s: float) -> str:
        """Send a line, if there is one, and return the next answer; '' if the process ended."""
        with self._lock:
            self._deadline = time.monotonic() + limit_s
        answer = ""
        with contextlib.suppress(BrokenPipeError, ValueError):
            if line:
                stdin = _pipe(process.stdin)
                stdin.write(line + "\n")
                stdin.flush()
            answer = _pipe(process.stdout).readline()
        with self._lock:
            late = self._deadline == float("-inf")
            if not answer.endswith("\n"):
                return ""
            self._deadline = float("inf")
        if late:
            # It answered in the very moment it was ended: the next structure needs a new process.
            self.end()
        return answer

    def end(self) -> int:
        """End the process and return its code."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        for stream in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                _pipe(stream).close()
        return process.wait()


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise BrokenPipeError
    return stream
