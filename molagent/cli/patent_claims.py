"""Markush claims on the command line."""

import typer

claims_app = typer.Typer(
    help="Read, draw, import and confirm Markush claims.", no_args_is_help=True
)
