"""Releases of patent data on the command line: sync, import, list."""

import typer


def add_release_commands(app: typer.Typer) -> None:
    """Register the verbs of releases."""
