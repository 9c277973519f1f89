"""A function in a process of its own: what hangs is killed, what crashes is started again.

The function is named, not passed: a name needs no pickle, and the new process does not run the
caller's main module again.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from molagent.closing import Closing
from molagent.errors import InputError, MolagentError
from molagent.processes import START_LIMIT_S, LineProcess
from molagent.propose.optimise import isolated_worker

__all__ = ["ComponentCrashError", "IsolatedFunction"]


class ComponentCrashError(MolagentError):
    """A function in its own process raised, or its process ended."""


class IsolatedFunction(Closing):
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
        self._process: LineProcess | None = None

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
        if self._process is not None:
            self._process.end()
        self._process = None

    def _start(self) -> LineProcess:
        process = LineProcess(isolated_worker.__file__, self.entry)
        self._process = process
        answer = self._exchange(process, None, START_LIMIT_S)
        if "error" in answer:
            self.close()
            raise ComponentCrashError(f"{self.entry} cannot be used ({answer['error']})")
        return process

    def _exchange(
        self, process: LineProcess, line: str | None, timeout_s: float | None
    ) -> dict[str, Any]:
        """Send a line, if there is one, and return the next answer."""
        timer = threading.Timer(timeout_s or 0.0, process.end_late)
        if timeout_s is not None:
            timer.start()
        answer = ""
        try:
            if line is None or process.send(line):
                answer = process.receive()
        except BaseException:
            # An interrupt: the answer that is still to come must not be taken for the next one.
            self.close()
            raise
        finally:
            timer.cancel()
        if answer:
            parsed: dict[str, Any] = json.loads(answer)
            return parsed
        code = process.end()
        self.close()
        if process.is_late:
            raise TimeoutError(f"no answer within {timeout_s:g} s")
        raise ComponentCrashError(f"its process ended with code {code}")
