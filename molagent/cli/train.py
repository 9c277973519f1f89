"""``molagent train``: the generator, its fine-tuning on own compounds, and its model card."""

from pathlib import Path
from typing import Annotated

import typer

from molagent.cli.display import progress_display

__all__ = ["train_app"]

train_app = typer.Typer(help="Train generators and describe them.", no_args_is_help=True)

Data = Annotated[
    list[Path], typer.Option(help="SMILES or CSV file, repeatable.", show_default=False)
]
Out = Annotated[Path, typer.Option(help="Folder for weights and checkpoints.", show_default=False)]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
Seed = Annotated[int, typer.Option()]


@train_app.command("generator")
def train_generator_command(
    *,
    data: Data,
    out: Out,
    limit: Annotated[
        list[int] | None,
        typer.Option(help="How many structures of each file, in the files' order; 0 takes all."),
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.1, help="Wall time; or --steps.")] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Optimiser steps; such a run is reproducible.")
    ] = None,
    seed: Seed = 1,
    start: Annotated[
        str | None,
        typer.Option("--from", help="Model folder to train on from, or 'shipped'."),
    ] = None,
    size: Annotated[str | None, typer.Option(help="small, or large for a GPU.")] = None,
    qed: Annotated[
        int, typer.Option(min=0, help="Structures of each file with QED as a condition; 0: all.")
    ] = 0,
    rate: Annotated[
        float | None, typer.Option(help="Peak learning rate; lower when training on.")
    ] = None,
    device: Device = "cpu",
) -> None:
    """Train the graph generator; run again with the same folder to resume."""
    from molagent.propose.training import TrainingSettings, train_generator

    peak = rate or (6e-4 if start else TrainingSettings.learning_rate)
    if minutes is None and steps is None:
        minutes = 60.0
    with progress_display(quiet=False) as progress:
        report = train_generator(
            data,
            out,
            progress,
            minutes=minutes,
            steps=steps,
            seed=seed,
            limits=[count or None for count in limit or []],
            start=start,
            network=size,
            qed=qed,
            settings=TrainingSettings(learning_rate=peak, device=device),
        )
    typer.echo(f"{report.steps} steps, held-out loss {report.held_out_nll:.4f}: {report.folder}")
