"""Calls one function in a process of its own, one batch of SMILES a line.

Run by path, with nothing but the standard library, so that starting costs little. Reads JSON lists
of SMILES; writes ``{"values": [...]}`` or ``{"error": "..."}``, and first ``{"ready": true}`` or
why the function cannot be found. What the function prints goes to standard error.
"""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

__all__ = ["find_function", "main"]


def find_function(entry: str) -> Callable[[Sequence[str]], Any]:
    """Return the function that ``module:function`` or ``path/to/file.py:function`` names."""
    place, _, name = entry.rpartition(":")
    if place.endswith(".py"):
        spec = importlib.util.spec_from_file_location(Path(place).stem, place)
        if spec is None or spec.loader is None:
            raise ImportError(f"{place} is not a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    else:
        module = importlib.import_module(place)
    function: Callable[[Sequence[str]], Any] = getattr(module, name)
    return function


def main(entry: str, answers: TextIO) -> None:
    """Answer lines until the input ends."""
    try:
        function = find_function(entry)
    except Exception as error:  # noqa: BLE001 - a module may raise anything while it is imported
        _write(answers, {"error": _sentence(error)})
        return
    _write(answers, {"ready": True})
    for line in sys.stdin:
        try:
            _write(answers, {"values": _plain(function(json.loads(line)))})
        except Exception as error:  # noqa: BLE001 - it is reported, and the next batch is tried
            _write(answers, {"error": _sentence(error)})


def _plain(values: Any) -> list[Any]:  # noqa: ANN401 - whatever the function returned
    listed = values.tolist() if hasattr(values, "tolist") else list(values)
    return [value.item() if hasattr(value, "item") else value for value in listed]


def _sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer, default=repr) + "\n")
    answers.flush()


if __name__ == "__main__":
    # The answers keep the real standard output; print() of the function must not mix with them.
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    main(sys.argv[1], kept)
