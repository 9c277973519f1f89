"""`molagent replay`: a programme played again by other ways of choosing."""

from pathlib import Path
from typing import Annotated

import typer

from molagent.cli.data import HERE, DataFile, open_data
from molagent.cli.display import progress_display
from molagent.cli.frames import show_frame

__all__ = ["replay_command"]


def replay_command(
    endpoint: Annotated[str, typer.Argument(help="What was measured.", show_default=False)],
    *,
    project: DataFile = HERE,
    way: Annotated[
        list[str] | None,
        typer.Option(
            help="As made, random, nearest, greedy, thompson, or 'upper bound, a fifth explored'; "
            "repeatable, all without.",
            show_default=False,
        ),
    ] = None,
    start: Annotated[int, typer.Option(min=5, help="Known at the beginning, by date.")] = 50,
    batch: Annotated[int, typer.Option(min=1, help="Compounds chosen a round.")] = 24,
    upto: Annotated[int, typer.Option(min=0, help="Tested in the end; 0 for half of all.")] = 0,
    top: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the compounds that is the best.")
    ] = 0.05,
    lowest: Annotated[
        bool, typer.Option("--lowest", help="Low values are wanted, as of a clearance.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Replays of a way that draws.")] = 5,
    out: Annotated[Path, typer.Option(help="The page.")] = Path("replay.html"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Play a programme again and tell how soon another way of choosing would have had the best."""
    with progress_display(quiet=quiet) as progress:
        found = open_data(project).replay(
            endpoint,
            ways=[each.lower() for each in way or ()],
            start=start,
            batch=batch,
            upto=upto,
            top=top,
            lowest=lowest,
            seeds=seeds,
            progress=progress,
        )
    show_frame(found.needed(0.5))
    typer.echo(found.sentence)
    typer.echo(str(found.picture.write(out)))
