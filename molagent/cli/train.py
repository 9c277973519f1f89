"""``molagent train``: the generator, its fine-tuning on own compounds, and its model card."""

from dataclasses import replace
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
    from molagent.propose.training.generator import PolicyTrainingSettings, train_generator

    settings = PolicyTrainingSettings(device=device)
    if start:  # trained weights lose less by a low rate that comes slowly
        settings = replace(settings, learning_rate=6e-4, warmup=300)
    if rate:
        settings = replace(settings, learning_rate=rate)
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
            settings=settings,
        )
    typer.echo(f"{report.steps} steps, held-out loss {report.held_out_nll:.4f}: {report.folder}")


@train_app.command("finetune")
def finetune_command(
    *,
    data: Annotated[
        Path, typer.Option(help="SMILES or CSV file; the first column counts.", show_default=False)
    ],
    out: Out,
    start: Annotated[
        str, typer.Option("--from", help="Model folder to start from, or 'shipped'.")
    ] = "shipped",
    activity: Annotated[
        str | None, typer.Option(help="Column of a CSV to condition on; higher is better.")
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(min=0.1, help="Longest run; without it 5 epochs, 500 steps at least."),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Longest run in optimiser steps.")
    ] = None,
    keep_prior: Annotated[
        float, typer.Option(min=0.0, max=0.9, help="Share of traces from the start's own samples.")
    ] = 0.2,
    batch_size: Annotated[int, typer.Option(min=1)] = 64,
    seed: Seed = 1,
    device: Device = "cpu",
) -> None:
    """Teach a trained generator a project's own compounds; run again to resume."""
    from molagent.propose.training.corpus import read_activity, read_smiles
    from molagent.propose.training.finetuning import fine_tune, fine_tuning_settings

    smiles = read_smiles(data)
    settings = fine_tuning_settings(len(smiles), batch_size=batch_size)
    with progress_display(quiet=False) as progress:
        report = fine_tune(
            smiles,
            out=out,
            progress=progress,
            base=start,
            name=data.name,
            activity=read_activity(data, activity) if activity else None,
            epochs=epochs,
            steps=steps,
            seed=seed,
            keep_prior=keep_prior,
            settings=replace(settings, device=device, bfloat16=device == "cuda"),
        )
    for reason, count in report.unsupported.items():
        typer.echo(f"left out {count}: {reason}")
    typer.echo(
        f"{report.taught} of {report.compounds} compounds, held-out loss "
        f"{report.held_out_before:.4f} before, {report.held_out_after:.4f} after "
        f"{report.steps} steps: {report.folder}"
    )


@train_app.command("replacements")
def replacements_command(
    *,
    data: Data,
    out: Annotated[Path, typer.Option(help="The table, .npz.", show_default=False)],
    without: Annotated[
        list[Path] | None,
        typer.Option(help="Files of compounds that are not counted, repeatable."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
) -> None:
    """Count which parts real compounds have where: the table of the generator `replace`."""
    from molagent.propose.training.replacements import count_replacements

    with progress_display(quiet=False) as progress:
        table = count_replacements(data, out, progress, without=without or (), workers=workers)
    counted = sum(int(str(source["counted"])) for source in table.sources)
    typer.echo(
        f"{len(table.parts)} parts at {len(table.keys)} places of {counted} compounds: {out}"
    )


@train_app.command("card")
def card_command(
    folder: Annotated[Path, typer.Argument(help="Model folder.", show_default=False)],
    samples: Annotated[
        int, typer.Option(min=0, help="Measure what conditions achieve, with so many samples each.")
    ] = 0,
    seed: Seed = 0,
) -> None:
    """Write the model card of a generator, HTML and JSON, beside its weights."""
    from molagent.propose.training.card import write_figures
    from molagent.report.generatorcard import write_generator_card

    if samples:
        from molagent.propose.sampler import GraphGenerator
        from molagent.propose.training.conditioning import (
            measure_conditions,
            summarise_conditions,
        )

        with progress_display(quiet=False) as progress:
            rows = measure_conditions(
                samples=samples, seed=seed, generator=GraphGenerator(folder), progress=progress
            )
        write_figures(folder, summarise_conditions(rows))
    for path in write_generator_card(folder):
        typer.echo(str(path))
