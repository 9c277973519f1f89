"""`--wait`, which every command has: how long it waits for a project file that another has open."""

import os
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from molagent.store.turns import WAIT_VARIABLE

__all__ = ["patient_command"]


def patient_command(app: typer.Typer) -> TyperGroup:
    """Return the app's command with `--wait` as an option of each of its commands.

    Raises
    ------
    TypeError
        If the app is no group of commands.
    """
    root = typer.main.get_command(app)
    if not isinstance(root, TyperGroup):
        raise TypeError("the app has one command only")
    _add(root)
    return root


def _add(group: TyperGroup) -> None:
    for command in group.commands.values():
        if isinstance(command, TyperGroup):
            _add(command)
        elif isinstance(command, TyperCommand):
            option = _option()
            option.expose_value = False  # the command itself need not know
            command.params.append(option)


def _option() -> TyperOption:
    alone = typer.Typer(add_completion=False)
    alone.command()(_asked)
    option = typer.main.get_command(alone).params[0]
    if not isinstance(option, TyperOption):
        raise TypeError("the option is none of typer's")
    return option


def _keep(seconds: float | None) -> float | None:
    if seconds is not None:
        os.environ[WAIT_VARIABLE] = f"{seconds:g}"
    return seconds


def _asked(
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait",
            min=0.0,
            callback=_keep,
            help="Seconds to wait for a project file that another program has open (120).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Declare the option; never called."""
