"""Commands from the benches' own signatures: types are options, docstrings are the help."""

import inspect
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import GenericAlias
from typing import Annotated, Any, Final, get_args, get_origin

import typer

from benchmarks.names import BENCHES, Bench
from benchmarks.rows import read_smiles_file, show_rows
from molagent.cli.display import progress_display
from molagent.protocols import Progress

__all__ = ["as_command", "find_bench", "help_of"]

_PLAIN: Final = (int, float, bool, str, Path)
# One parameter of a numpy docstring: its names, then indented text.
_ENTRY: Final = re.compile(r"^(\w+(?:, \w+)*)(?: : .*)?\n((?:    .*\n|\n)+)", re.MULTILINE)


def find_bench(name: str) -> Callable[..., Any]:
    """Return the function of a bench."""
    module, _, function = BENCHES[name].place.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"benchmarks.{module}"), function)
    return found


def help_of(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return the first line of a docstring, and what it says of each parameter."""
    text = inspect.getdoc(function) or ""
    _, _, section = text.partition("Parameters\n----------\n")
    section = re.split(r"\n\n\w+\n-+\n", section)[0] + "\n"
    said = {}
    for names, words in _ENTRY.findall(section):
        said.update(dict.fromkeys(names.split(", "), " ".join(words.split())))
    return text.partition("\n")[0], said


def as_command(bench: Bench, function: Callable[..., Any]) -> Callable[..., None]:
    """Return a bench as a typer command that prints its rows.

    A parameter without a default is an argument, any other an option, a keyword without a default
    an option that must be given. :data:`~benchmarks.rows.Smiles` are read from a file. A
    :class:`~molagent.protocols.Progress` is the terminal's; what cannot be said on a command line
    keeps its default.
    """
    _, said = help_of(function)
    taken = {
        name: (kind, parameter)
        for name, parameter in inspect.signature(function).parameters.items()
        if (kind := _type_of(parameter, function)) is not None
    }
    files = {name for name, (kind, _) in taken.items() if get_origin(kind) is Annotated}
    shown = [name for name, (kind, _) in taken.items() if kind is Progress]

    def command(**arguments: object) -> None:
        for name in files & arguments.keys():
            path = arguments.pop(name)
            if isinstance(path, Path):
                arguments[name] = read_smiles_file(path)
        with progress_display(quiet=not shown) as progress:
            found = function(**arguments, **dict.fromkeys(shown, progress))
            show_rows(found)
        if bench.summary:
            show_rows(getattr(import_module(function.__module__), bench.summary)(found))

    asked = [
        _as_typer(parameter, Path if name in files else kind, said.get(name, ""))
        for name, (kind, parameter) in taken.items()
        if name not in shown
    ]
    command.__signature__ = inspect.Signature(asked)  # type: ignore[attr-defined]
    return command


def _type_of(parameter: inspect.Parameter, function: Callable[..., Any]) -> object:
    """Return the type of a parameter without None; None where a command line has no words for it.

    A sequence is a list; what is read from a file stays annotated.
    """
    kind = parameter.annotation
    if isinstance(kind, str):  # of a module with postponed annotations
        kind = eval(kind, function.__globals__)  # noqa: S307 - our own source
    if type(None) in get_args(kind):
        (kind, *others) = (each for each in get_args(kind) if each is not type(None))
        if others:
            return None
    if get_origin(kind) is Sequence:
        (item,) = get_args(kind)
        return GenericAlias(list, (item,)) if item in _PLAIN else None
    return kind if kind in (*_PLAIN, Progress) or get_origin(kind) is Annotated else None


def _as_typer(parameter: inspect.Parameter, kind: Any, words: str) -> inspect.Parameter:  # noqa: ANN401
    default, required = parameter.default, parameter.default is inspect.Parameter.empty
    if kind is Path and not isinstance(default, Path) and not required:
        default = None  # the bench's own, which is no file
    shape = (
        typer.Argument(help=words, show_default=False)
        if required and parameter.kind is not inspect.Parameter.KEYWORD_ONLY
        else typer.Option(help=words)
    )
    return inspect.Parameter(
        parameter.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=list(default) if isinstance(default, tuple) else default,
        annotation=Annotated[kind | None if default is None else kind, shape],
    )
