"""Parents of raw structures: standardised in killable processes, answered in input order."""

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import pandas as pd

from molagent.chem.molecules import MAX_HEAVY_ATOMS
from molagent.chem.standardize import standardizer_version
from molagent.errors import MolagentError
from molagent.ingest import parent_worker
from molagent.protocols import NullProgress, Progress

__all__ = ["PARENT_COLUMNS", "ParentFinder", "find_parents"]

PARENT_COLUMNS: Final = (
    "smiles",
    "inchikey",
    "connectivity",
    "scaffold",
    "reason",
    "standardizer",
)
# Starting a second process takes longer than standardising this many structures in one.
_ONE_PROCESS_BELOW: Final = 400
# The longest SMILES of real drugs spend about 4 characters a heavy atom (stereo, charges, rings).
_CHARACTERS_PER_ATOM: Final = 10
# A line of 70 characters an atom and as many bonds, with room for V3000 and query lines.
_MOLBLOCK_CHARACTERS_PER_ATOM: Final = 400
_START_LIMIT_S: Final = 120.0
_POLL_S: Final = 0.02
_SHOWN: Final = 60
# Sent ahead of the answers, so that a process never waits for the next structure; below what a
# pipe holds, so that sending never waits for a process.
_SENT_AHEAD: Final = 32
_SENT_BYTES: Final = 1 << 15
# Answers that are remembered: a library of that size repeats its structures within it.
_REMEMBERED: Final = 200_000

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
        Structures as they stand in a file: SMILES or molblocks.
    workers
        Processes; by default one a CPU, and one for fewer than 400 different structures. 0
        standardises in this process, where `limit_s` cannot be enforced: for tests only.
    limit_s
        Longest time for one structure; what takes longer is refused and its process ended.
    max_atoms
        Largest number of heavy atoms. Text too long for that is refused without parsing it.

    Returns
    -------
    pandas.DataFrame
        `PARENT_COLUMNS`; ``reason`` is '' where there is a parent, else why there is none.
    """
    with ParentFinder(
        progress=progress, workers=workers, limit_s=limit_s, max_atoms=max_atoms
    ) as finder:
        return finder.find(raw_smiles)


class ParentFinder:
    """Standardises structures chunk by chunk: processes live on, and answers are remembered.

    Parameters are those of :func:`find_parents`.

    Examples
    --------
    >>> with ParentFinder(workers=0) as finder:
    ...     finder.find(["NCc1ccccc1.Cl", "NCc1ccccc1"])["smiles"].tolist()
    ['NCc1ccccc1', 'NCc1ccccc1']
    """

    def __init__(
        self,
        *,
        progress: Progress | None = None,
        workers: int | None = None,
        limit_s: float = 10.0,
        max_atoms: int = MAX_HEAVY_ATOMS,
    ) -> None:
        self._progress = progress or NullProgress()
        self._workers = workers
        self._limit_s = limit_s
        self._max_atoms = max_atoms
        self._slots: list[_Slot] = []
        self._answers: OrderedDict[str, _Fields] = OrderedDict()

    def __enter__(self) -> Self:
        """Return the finder; processes start when they are needed."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Keep one process for the next finder, or after an error none."""
        self.close(keep_one=kind is None)

    def close(self, *, keep_one: bool = True) -> None:
        """End the processes; one may wait for the next finder for some minutes."""
        slots, self._slots = self._slots, []
        for slot in slots:
            if keep_one and slot.is_ready:
                keep_one = False
                _keep(slot)
            else:
                slot.close()
                slot.end()

    def find(self, raw_smiles: Sequence[str]) -> pd.DataFrame:
        """Return `PARENT_COLUMNS` for each structure, in input order.

        Raises
        ------
        MolagentError
            If the processes do not start.
        """
        # A file names the same structure often: one answer serves all its rows.
        unique = dict.fromkeys(raw_smiles)
        self._progress.start("standardise", len(unique))
        answers: dict[str, _Fields] = {}
        for smiles in unique:
            if (known := self._answers.get(smiles)) is not None:
                answers[smiles] = known
            elif reason := _too_long(smiles, self._max_atoms):
                answers[smiles] = ("", "", "", "", reason)
        self._progress.advance(len(answers))
        tasks = [smiles for smiles in unique if smiles not in answers]
        answers.update(zip(tasks, self._standardized(tasks), strict=True))
        self._remember(answers, tasks)
        refused = sum(bool(fields[-1]) for fields in answers.values())
        self._progress.finish(f"{len(unique) - refused} parents, {refused} refused")
        frame = pd.DataFrame(
            [answers[smiles] for smiles in raw_smiles],
            columns=list(PARENT_COLUMNS[:-1]),
            dtype="str",
        )
        return frame.assign(standardizer=standardizer_version())

    def _standardized(self, tasks: Sequence[str]) -> list[_Fields]:
        if not tasks:
            return []
        workers = self._workers
        if workers is None:
            workers = _cpus() if len(tasks) >= _ONE_PROCESS_BELOW else 1
        if workers == 0:
            fields = []
            for smiles in tasks:
                fields.append(parent_worker.parent_fields(smiles, self._max_atoms))
                self._progress.advance()
            return fields
        while len(self._slots) < min(workers, len(tasks)):
            self._slots.append(_kept(self._max_atoms) or _Slot(self._max_atoms))
        for slot in self._slots:
            slot.limit_s = self._limit_s
        try:
            return _Pool(tasks, self._slots[:workers]).run(self._progress)
        except BaseException:
            # On an interrupt too: no process may outlive the call.
            self.close(keep_one=False)
            raise

    def _remember(self, answers: dict[str, _Fields], tasks: Sequence[str]) -> None:
        for smiles in tasks:
            self._answers[smiles] = answers[smiles]
        while len(self._answers) > _REMEMBERED:
            self._answers.popitem(last=False)


def _too_long(text: str, max_atoms: int) -> str:
    molblock = "M  END" in text
    per_atom = _MOLBLOCK_CHARACTERS_PER_ATOM if molblock else _CHARACTERS_PER_ATOM
    if len(text) <= max_atoms * per_atom:
        return ""
    return (
        f"{text[:_SHOWN]!r}... has {len(text)} characters, more than {max_atoms} heavy atoms "
        "need; leave out polymers and biologics"
    )


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


# The one process that waits for the next finder: small files need no start of their own.
_waiting: list["_Slot"] = []


def _keep(slot: "_Slot") -> None:
    if not _waiting:
        atexit.register(_end_waiting)
    _end_waiting()
    _waiting.append(slot)


def _kept(max_atoms: int) -> "_Slot | None":
    if _waiting and _waiting[0].fits(max_atoms):
        return _waiting.pop()
    return None


def _end_waiting() -> None:
    while _waiting:
        slot = _waiting.pop()
        slot.close()
        slot.end()


class _Pool:
    """Threads that each drive one process, watched from the calling thread.

    ``concurrent.futures`` cannot end one stuck process without losing the others' work, and
    ``multiprocessing`` imports the caller's main module again, which breaks plain scripts.
    """

    def __init__(self, tasks: Sequence[str], slots: "Sequence[_Slot]") -> None:
        self._tasks = tasks
        self._open = deque(range(len(tasks)))
        self._lock = threading.Lock()
        self._answers: list[_Fields | None] = [None] * len(tasks)
        self._slots = slots
        self._finished = threading.Event()

    def run(self, progress: Progress) -> list[_Fields]:
        before = sum(slot.done for slot in self._slots)
        threads = [
            threading.Thread(target=self._drive, args=(slot,), daemon=True) for slot in self._slots
        ]
        for thread in threads:
            thread.start()
        try:
            reported = self._watch(threads, progress, before)
        except BaseException:
            self._open.clear()
            for slot in self._slots:
                slot.close()
            for thread in threads:
                thread.join()
            raise
        answers = [fields for fields in self._answers if fields is not None]
        if len(answers) < len(self._tasks):
            raise MolagentError(
                "the standardisation processes do not start",
                remedy="free memory, or standardise in this process with workers=0",
            )
        progress.advance(len(answers) - reported)
        return answers

    def _watch(self, threads: Sequence[threading.Thread], progress: Progress, before: int) -> int:
        reported = 0
        while any(thread.is_alive() for thread in threads):
            self._finished.wait(_POLL_S)
            for slot in self._slots:
                slot.end_if_late()
            done = sum(slot.done for slot in self._slots) - before
            if done > reported:
                progress.advance(done - reported)
                reported = done
        return reported

    def _drive(self, slot: "_Slot") -> None:
        while batch := self._take():
            answers = slot.ask([self._tasks[index] for index in batch])
            for index, fields in zip(batch, answers, strict=False):
                self._answers[index] = fields
            # What was sent behind a structure that ended the process goes back.
            with self._lock:
                self._open.extendleft(reversed(batch[len(answers) :]))
            if not answers:
                return
        if not self._open:
            self._finished.set()

    def _take(self) -> list[int]:
        """Take some tasks: few near the end, so that no process is left with all of them."""
        with self._lock:
            most = min(_SENT_AHEAD, max(1, len(self._open) // (4 * len(self._slots))))
            batch: list[int] = []
            size = 0
            while self._open and len(batch) < most and size < _SENT_BYTES:
                batch.append(self._open.popleft())
                size += len(self._tasks[batch[-1]])
            return batch


class _Slot:
    """One process and its deadline; a stuck or crashed process is replaced."""

    def __init__(self, max_atoms: int) -> None:
        self.limit_s = 10.0
        self._max_atoms = max_atoms
        self._worker = parent_worker.__file__
        self._owner = os.getpid()
        self._process: subprocess.Popen[str] | None = None
        self._deadline = float("inf")
        self._lock = threading.Lock()
        self._closed = False
        self.done = 0

    @property
    def is_ready(self) -> bool:
        """Whether its process runs and waits."""
        return not self._closed and self._process is not None and self._process.poll() is None

    def fits(self, max_atoms: int) -> bool:
        """Return whether it can serve another finder of this process."""
        same = self._max_atoms == max_atoms and self._worker == parent_worker.__file__
        return same and self._owner == os.getpid() and self.is_ready

    def ask(self, structures: Sequence[str]) -> list[_Fields]:
        """Return the fields of the first structures: all, or up to one that ended the process.

        Nothing is returned if no process could be started.
        """
        process = self._process or self._start()
        if process is None:
            return []
        answers: list[_Fields] = []
        sent = self._send(process, structures)
        while sent and len(answers) < len(structures) and (answer := self._receive(process)):
            smiles, key, connectivity, scaffold, reason = json.loads(answer)
            answers.append((smiles, key, connectivity, scaffold, reason))
            self.done += 1
        if len(answers) == len(structures):
            with self._lock:
                self._deadline = float("inf")
            return answers
        late = self._deadline == float("-inf")
        return_code = self.end()
        if self._closed:
            return answers
        if return_code == 0 and not late:
            # It had waited long enough and left: no structure is at fault.
            return answers or self.ask(structures)
        self.done += 1
        return [*answers, self._refusal(structures[len(answers)], return_code, late=late)]

    def _refusal(self, raw: str, return_code: int, *, late: bool) -> _Fields:
        shown = raw if len(raw) <= _SHOWN else f"{raw[:_SHOWN]}..."
        why = (
            f"took longer than {self.limit_s:g} s"
            if late
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
                    [sys.executable, "-P", self._worker, str(self._max_atoms)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                    env=environment,
                )
            except OSError:
                return None
            self._process = process
            self._deadline = time.monotonic() + _START_LIMIT_S
        if self._receive(process):
            return process
        self.end()
        return None

    def _send(self, process: subprocess.Popen[str], structures: Sequence[str]) -> bool:
        with self._lock:
            self._deadline = time.monotonic() + self.limit_s
        try:
            stdin = _pipe(process.stdin)
            stdin.write("".join(json.dumps(text) + "\n" for text in structures))
            stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def _receive(self, process: subprocess.Popen[str]) -> str:
        """Return the next answer, '' if the process ended; the next structure's time begins."""
        answer = ""
        with contextlib.suppress(BrokenPipeError, ValueError):
            answer = _pipe(process.stdout).readline()
        with self._lock:
            if not answer.endswith("\n") or self._deadline == float("-inf"):
                return ""
            self._deadline = time.monotonic() + self.limit_s
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
