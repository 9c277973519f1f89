"""A function in a process of its own: what hangs is killed, what crashes is started again.

A thread that hangs cannot be ended, and one that crashes in C++ takes the run with it; docking
programs and the like do both. The function is named, not passed: a name needs no pickle, and the
new process does not run the caller's main module again.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

from molagent.errors import InputError, MolagentError
from molagent.propose.optimise import isolated_worker

__all__ = ["ComponentCrashError", "IsolatedFunction"]

_START_LIMIT_S: Final = 120.0


class ComponentCrashError(MolagentError):
    """A function in its own process raised, or its process ended."""


class IsolatedFunction:
    """Calls ``module:function`` or ``path/to/file.py:function`` in a process that can be killed.

    Parameters
    ----------
    entry
        The function takes a list of SMILES and returns a list of numbers. Naming it runs its code:
        name only what you would run yourself.
    folder
        Where a relative ``.py`` path starts from.

    Raises
    ------
    InputError
        If `entry` names no function, or its file is missing.

    Examples
    --------
    >>> with IsolatedFunction("builtins:reversed") as backwards:
    ...     backwards(["CCO", "CCN"])
    ['CCN', 'CCO']
    """

    def __init__(self, entry: str, *, folder: Path = Path()) -> None:
        place, _, name = entry.rpartition(":")
        if not place or not name.isidentifier():
            raise InputError(
                f"{entry!r} does not name a function",
                remedy="write 'module:function' or 'path/to/file.py:function'",
            )
        if place.endswith(".py"):
            place = str((folder / place).resolve())
            if not Path(place).is_file():
                raise InputError("there is no such file", place=place, remedy="check the path")
        self.entry = f"{place}:{name}"
        self._process: subprocess.Popen[str] | None = None
        self._finalizer: weakref.finalize[Any, Any] | None = None

    def __call__(self, smiles_list: Sequence[str]) -> object:
        """Call the function without a time limit."""
        return self.call(smiles_list, None)

    def call(self, smiles_list: Sequence[str], timeout_s: float | None) -> object:
        """Call the function.

        Raises
        ------
        TimeoutError
            If there is no answer within `timeout_s`; the process is killed.
        ComponentCrashError
            If the function raised, its process ended, or it cannot be found.
        """
        process = self._process or self._start()
        answer = self._exchange(process, json.dumps(list(smiles_list)), timeout_s)
        if "values" not in answer:
            raise ComponentCrashError(answer["error"])
        return answer["values"]

    def close(self) -> None:
        """End the process; the next call starts another."""
        if self._finalizer is not None:
            self._finalizer()
        self._process = self._finalizer = None

    def __enter__(self) -> "IsolatedFunction":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(  # noqa: S603 - our own file, no shell
            [sys.executable, "-P", isolated_worker.__file__, self.entry],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            # A group of its own: what the function starts is killed with it, and Ctrl-C comes here.
            start_new_session=True,
        )
        self._process = process
        # Ends the process when this object goes, and at the latest when Python does.
        self._finalizer = weakref.finalize(self, _end, process)
        answer = self._exchange(process, "", _START_LIMIT_S)
        if "error" in answer:
            self.close()
            raise ComponentCrashError(f"{self.entry} cannot be used ({answer['error']})")
        return process

    def _exchange(
        self, process: subprocess.Popen[str], line: str, timeout_s: float | None
    ) -> dict[str, Any]:
        """Send a line, if there is one, and return the next answer."""
        late = threading.Event()
        timer = threading.Timer(timeout_s or 0.0, _kill_late, (process, late))
        answer = ""
        if timeout_s is not None:
            timer.start()
        try:
            with contextlib.suppress(BrokenPipeError, ValueError):
                if line:
                    _pipe(process.stdin).write(line + "\n")
                    _pipe(process.stdin).flush()
                answer = _pipe(process.stdout).readline()
        except BaseException:
            # An interrupt: the answer that is still to come must not be taken for the next one.
            self.close()
            raise
        finally:
            timer.cancel()
        if answer.endswith("\n") and not late.is_set():
            parsed: dict[str, Any] = json.loads(answer)
            return parsed
        self.close()
        if late.is_set():
            raise TimeoutError(f"no answer within {timeout_s:g} s")
        raise ComponentCrashError(f"its process ended with code {process.returncode}")


def _kill_late(process: subprocess.Popen[str], late: threading.Event) -> None:
    late.set()
    _kill(process)


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _end(process: subprocess.Popen[str]) -> None:
    # Before it is waited for: until then its id cannot belong to another process.
    _kill(process)
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(BrokenPipeError):
            _pipe(stream).close()
    process.wait()


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise BrokenPipeError
    return stream
