"""A process that answers line by line and can be killed at any moment.

A thread that hangs cannot be ended, and one that crashes in C++ takes the run with it; a
structure of a million atoms and a docking program do both. ``concurrent.futures`` cannot end one
stuck process without losing the others' work, and ``multiprocessing`` imports the caller's main
module again, which breaks plain scripts.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping
from typing import IO, Final

__all__ = ["START_LIMIT_S", "LineProcess"]

START_LIMIT_S: Final = 120.0
"""How long a process may take until it says that it is ready."""
_NEVER: Final = float("inf")


class LineProcess:
    """A Python file in a process of its own: texts go in and answers come out, one a line.

    It has a process group of its own: what it starts is killed with it, and Ctrl-C comes to the
    caller alone. It ends when this object goes, and at the latest when Python does.

    Parameters
    ----------
    path, arguments
        The file and what it is called with. What it writes to standard error is dropped.
    environment
        Variables beside the inherited ones.

    Raises
    ------
    OSError
        If the system starts no process.
    """

    def __init__(
        self, path: str, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self._lock = threading.Lock()
        self._deadline = _NEVER
        self._late = False
        self._process = subprocess.Popen(  # noqa: S603 - our own file, no shell
            [sys.executable, "-P", path, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process, os.getpid())

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def is_late(self) -> bool:
        """Whether it was killed because an answer took too long."""
        return self._late

    def allow(self, limit_s: float | None) -> None:
        """Let the next answer take so long from now, or as long as it likes."""
        with self._lock:
            self._deadline = _NEVER if limit_s is None else time.monotonic() + limit_s

    def end_if_late(self) -> None:
        """Kill it if the answer has had its time; somebody who waits for none has to call this."""
        with self._lock:
            due = time.monotonic() > self._deadline
        if due:
            self.end_late()

    def end_late(self) -> None:
        """Kill it: its answer has had its time."""
        with self._lock:
            self._late = True
            self._deadline = _NEVER
        _kill(self._process)

    def send(self, *lines: str) -> bool:
        """Write lines and return whether they could be written."""
        try:
            stdin = _pipe(self._process.stdin)
            stdin.write("".join(f"{line}\n" for line in lines))
            stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def receive(self) -> str:
        """Wait for the next line and return it; '' if the process ended or was late."""
        answer = ""
        with contextlib.suppress(BrokenPipeError, ValueError):
            answer = _pipe(self._process.stdout).readline()
        return answer if answer.endswith("\n") and not self._late else ""

    def kill(self) -> None:
        """Kill it; whoever waits for an answer gets none."""
        _kill(self._process)

    def end(self) -> int:
        """Kill it if it runs, close its pipes and return its code."""
        self._end()
        return self._process.wait()


def _kill(process: subprocess.Popen[str]) -> None:
    if process.returncode is not None:  # it was waited for: its id may belong to another by now
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _end(process: subprocess.Popen[str], owner: int) -> None:
    if os.getpid() != owner:  # a fork's copy of the object is not the one that started it
        return
    _kill(process)
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):
            _pipe(stream).close()
    process.wait()


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise BrokenPipeError
    return stream
