"""The command line; the only package that prints."""

from molagent.cli.commands import app, main

__all__ = ["app", "main"]
