"""Processes that answer one text a line, watched: what hangs is ended, what crashes is replaced."""

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from molagent.errors import MolagentError
from molagent.processes import START_LIMIT_S, LineProcess

if TYPE_CHECKING:  # numpy stands behind it, and a process is started before anything is imported
    from molagent.protocols import Progress

__all__ = ["Answer", "Refuse", "Worker", "answer_tasks", "cpu_count"]

_POLL_S: Final = 0.02
_SHOWN: Final = 60
# Sent ahead of the answers, so that a process never waits for the next structure; below what a
# pipe holds, so that sending never waits for a process.
_SENT_AHEAD: Final = 32
_SENT_BYTES: Final = 1 << 15

#: What a worker writes for one text: a JSON list of texts.
Answer: TypeAlias = tuple[str, ...]
#: Makes the answer for a text that has none: reason, and whether it took too long.
Refuse: TypeAlias = Callable[[str, bool], Answer]


def cpu_count() -> int:
    """Return how many CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def answer_tasks(
    tasks: Sequence[str], workers: "Sequence[Worker]", progress: "Progress"
) -> list[Answer]:
    """Return one answer a task, in input order.

    Raises
    ------
    MolagentError
        If no process starts.
    """
    return _Pool(tasks, workers).run(progress)


class _Pool:
    """Threads that each drive one process, watched from the calling thread."""

    def __init__(self, tasks: Sequence[str], workers: "Sequence[Worker]") -> None:
        self._tasks = tasks
        self._open = deque(range(len(tasks)))
        self._lock = threading.Lock()
        self._answers: list[Answer | None] = [None] * len(tasks)
        self._workers = workers
        self._finished = threading.Event()

    def run(self, progress: "Progress") -> list[Answer]:
        before = sum(worker.done for worker in self._workers)
        threads = [
            threading.Thread(target=self._drive, args=(worker,), daemon=True)
            for worker in self._workers
        ]
        for thread in threads:
            thread.start()
        try:
            reported = self._watch(threads, progress, before)
        except BaseException:
            self._open.clear()
            for worker in self._workers:
                worker.close()
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

    def _watch(self, threads: Sequence[threading.Thread], progress: "Progress", before: int) -> int:
        reported = 0
        while any(thread.is_alive() for thread in threads):
            self._finished.wait(_POLL_S)
            for worker in self._workers:
                worker.end_if_late()
            done = sum(worker.done for worker in self._workers) - before
            if done > reported:
                progress.advance(done - reported)
                reported = done
        return reported

    def _drive(self, worker: "Worker") -> None:
        while batch := self._take():
            answers = worker.ask([self._tasks[index] for index in batch])
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
            most = min(_SENT_AHEAD, max(1, len(self._open) // (4 * len(self._workers))))
            batch: list[int] = []
            size = 0
            while self._open and len(batch) < most and size < _SENT_BYTES:
                batch.append(self._open.popleft())
                size += len(self._tasks[batch[-1]])
            return batch


class Worker:
    """One process and its deadline; a stuck or crashed process is replaced.

    Parameters
    ----------
    path, arguments
        A Python file to run. It reads JSON texts and writes JSON lists of texts, one a line; a
        first empty list says that it is ready.
    refuse
        Makes the answer for a text that ended the process.
    """

    def __init__(self, path: str, arguments: Sequence[str], refuse: Refuse) -> None:
        self.limit_s = 10.0
        self._path = path
        self._arguments = tuple(arguments)
        self._refuse = refuse
        self._owner = os.getpid()
        self._process: LineProcess | None = None
        self._begun: LineProcess | None = None
        self._lock = threading.Lock()
        self._closed = False
        self.done = 0

    @property
    def is_ready(self) -> bool:
        """Whether its process runs, or begins to."""
        process = self._process or self._begun
        return not self._closed and process is not None and process.is_alive

    def fits(self, path: str, arguments: Sequence[str]) -> bool:
        """Return whether it can serve another caller of this process."""
        same = self._path == path and self._arguments == tuple(arguments)
        return same and self._owner == os.getpid() and self.is_ready

    def ask(self, structures: Sequence[str]) -> list[Answer]:
        """Return the fields of the first structures: all, or up to one that ended the process.

        Nothing is returned if no process could be started.
        """
        process = self._process or self._start()
        if process is None:
            return []
        answers: list[Answer] = []
        process.allow(self.limit_s)
        sent = process.send(*(json.dumps(text) for text in structures))
        while sent and len(answers) < len(structures) and (answer := process.receive()):
            process.allow(self.limit_s)  # the next structure's time begins
            answers.append(tuple(json.loads(answer)))
            self.done += 1
        if len(answers) == len(structures):
            process.allow(None)
            return answers
        return_code = self.end()
        if self._closed:
            return answers
        if return_code == 0 and not process.is_late:
            # It had waited long enough and left: no structure is at fault.
            return answers or self.ask(structures)
        self.done += 1
        refusal = self._refusal(structures[len(answers)], return_code, late=process.is_late)
        return [*answers, refusal]

    def _refusal(self, raw: str, return_code: int, *, late: bool) -> Answer:
        shown = raw if len(raw) <= _SHOWN else f"{raw[:_SHOWN]}..."
        why = (
            f"took longer than {self.limit_s:g} s"
            if late
            else f"ended the standardisation process (code {return_code})"
        )
        return self._refuse(f"{shown!r} {why}; leave the row out or simplify the structure", late)

    def end_if_late(self) -> None:
        """End the process if its structure has had its time."""
        if (process := self._process) is not None:
            process.end_if_late()

    def close(self) -> None:
        """Kill the process and start no other; what it was asked stays unanswered."""
        with self._lock:
            self._closed = True
            for process in (self._process, self._begun):
                if process is not None:
                    process.kill()

    def end(self) -> int:
        """End the process and return its code."""
        with self._lock:
            process, self._process = self._process or self._begun, None
            self._begun = None
        return 0 if process is None else process.end()

    def begin(self) -> None:
        """Start the process without waiting until it is ready; the first question waits."""
        if self._process is None and self._begun is None:
            self._begun = self._spawned()

    def _start(self) -> LineProcess | None:
        with self._lock:
            begun, self._begun = self._begun, None
        # One that was begun earlier may have died unnoticed since.
        return (self._ready(begun) if begun is not None else None) or self._ready(self._spawned())

    def _ready(self, process: LineProcess | None) -> LineProcess | None:
        """Wait until a process says that it is ready; None if it does not."""
        if process is None:
            return None
        with self._lock:
            self._process = process
            if self._closed:
                process.kill()
            process.allow(START_LIMIT_S)
        if process.receive():
            return process
        self.end()
        return None

    def _spawned(self) -> LineProcess | None:
        root = str(Path(__file__).parents[2])
        inherited = os.environ.get("PYTHONPATH")
        environment = {
            "PYTHONPATH": os.pathsep.join([root, inherited] if inherited else [root]),
            # As many processes as CPUs: numeric libraries must not add threads to each.
            "OMP_NUM_THREADS": "1",
        }
        if self._closed:
            return None
        try:
            return LineProcess(self._path, *self._arguments, environment=environment)
        except OSError:
            return None
