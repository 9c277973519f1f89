"""How commands print tables: aligned on a terminal, CSV into a file or a pipe."""

import sys
from typing import TYPE_CHECKING, Final

import typer

from molagent.formulas import csv_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["show_frame"]

_ROWS: Final = 40
_CELL: Final = 60


def show_frame(frame: "pd.DataFrame") -> None:
    """Print a data frame.

    A terminal gets an aligned table of the first rows, and is told how many there are; anything
    else gets all of it as CSV.
    """
    if not sys.stdout.isatty():
        typer.echo(csv_text(frame), nl=False)
        return
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in frame.columns:
        table.add_column(str(column), overflow="fold")
    for row in frame.head(_ROWS).itertuples(index=False, name=None):
        table.add_row(*(escape(_cell(value)) for value in row))
    console = Console(highlight=False)
    console.print(table)
    if len(frame) > _ROWS:
        console.print(f"the first {_ROWS} of {len(frame)} rows; all of them: redirect to a file")


def _cell(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN is not itself
        return ""
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _CELL else f"{text[: _CELL - 3]}..."
