"""Generators: sampling, distribution, constraints, optimisation, synthesis."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.rows import show_rows
from molagent.cli.display import progress_display
from molagent.cli.structures import smiles_column

__all__ = ["generators_app"]

generators_app = typer.Typer()

Out = Annotated[Path, typer.Option(help="Empty folder for the runs.", show_default=False)]
Seed = Annotated[int, typer.Option(help="Seed.")]

PARENTS = Path("data/jak/jak1_ki.csv")


@generators_app.command()
def sampling(
    core: Annotated[
        list[str] | None, typer.Option(help="Core to decorate, repeatable; [*] marks exits.")
    ] = None,
    parents: Annotated[Path, typer.Option(help="CSV with parents for the edits.")] = PARENTS,
    samples: Annotated[int, typer.Option(min=10)] = 5_000,
    seed: Seed = 0,
) -> None:
    """Structures a second of the graph generator, beside the graph GA in the same run."""
    from benchmarks.generation import bench_sampling

    cores = core or ["c1ncc2cc[nH]c2n1", "[*]N1CCC([*])CC1"]
    with progress_display(quiet=False) as progress:
        reports = bench_sampling(
            cores, smiles_column(parents)[:100], samples=samples, seed=seed, progress=progress
        )
    show_rows(reports)


@generators_app.command()
def moses(
    train: Annotated[Path, typer.Option(help="MOSES training molecules.", show_default=False)],
    reference: Annotated[
        list[Path], typer.Option(help="MOSES test and scaffold test.", show_default=False)
    ],
    samples: Annotated[int, typer.Option(min=100)] = 30_000,
    seed: Seed = 0,
    temperature: Annotated[float, typer.Option(help="Above 1 flattens every choice.")] = 1.0,
    frechet: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option(help="Measure the Frechet ChemNet distance; needs molagent[bench].")
    ] = True,
) -> None:
    """Compare de novo samples with held-out molecules, a training sample beside them."""
    from benchmarks.chemnet import ChemNet
    from benchmarks.moses import bench_moses

    chemnet = ChemNet() if frechet else None
    with progress_display(quiet=False) as progress:
        reports = bench_moses(
            train,
            reference,
            samples=samples,
            seed=seed,
            temperature=temperature,
            chemnet=chemnet,
            progress=progress,
        )
    show_rows(reports)


@generators_app.command()
def constrained(
    table: Annotated[
        Path, typer.Argument(help="CSV: name, smiles, and the fragments of each task.")
    ],
    samples: Annotated[int, typer.Option(min=2, help="For each drug and task.")] = 1_000,
    seed: Seed = 0,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a trained model; without it the shipped one.")
    ] = None,
    temperature: Annotated[float, typer.Option(help="Below 1 sharpens every choice.")] = 1.0,
) -> None:
    """Link, extend and decorate fragments of ten drugs, beside GenMol's published figures."""
    from benchmarks.constrained import bench_constrained, published_rows
    from molagent.propose.sampler import GraphGenerator

    with progress_display(quiet=False) as progress:
        reports = bench_constrained(
            table,
            samples,
            seed,
            generator=GraphGenerator(weights),
            progress=progress,
            temperature=temperature,
        )
    show_rows(reports)
    show_rows(published_rows())


@generators_app.command()
def conditioning(
    samples: Annotated[int, typer.Option(min=10, help="For each request.")] = 1_000,
    seed: Seed = 0,
    strength: Annotated[float, typer.Option(help="How hard to steer; 1 as trained.")] = 2.0,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a trained model; without it the shipped one.")
    ] = None,
) -> None:
    """Properties of samples that were asked for a mass, a logP or a QED."""
    from molagent.propose.sampler import GraphGenerator
    from molagent.propose.training.conditioning import measure_conditions

    with progress_display(quiet=False) as progress:
        reports = measure_conditions(
            samples=samples,
            seed=seed,
            strength=strength,
            generator=GraphGenerator(weights),
            progress=progress,
        )
    show_rows(reports)


@generators_app.command()
def finetuning(
    data: Annotated[Path, typer.Argument(help="SMILES file.")],
    out: Out,
    count: Annotated[int, typer.Option(min=2, help="Compounds to take.")] = 100_000,
    steps: Annotated[int, typer.Option(min=1)] = 100,
    start: Annotated[str, typer.Option("--from", help="Model folder, or 'shipped'.")] = "shipped",
) -> None:
    """Peak memory and wall time of fine-tuning, in a process of its own."""
    from benchmarks.finetuning import bench_finetuning

    show_rows([bench_finetuning(data, out, count=count, steps=steps, base=start)])


@generators_app.command()
def pmo(
    out: Annotated[Path, typer.Option(help="Folder for reports and calls; run again to go on.")],
    method: Annotated[
        list[str] | None, typer.Option(help="molagent or a baseline, repeatable.")
    ] = None,
    oracle: Annotated[
        list[str] | None, typer.Option(help="Only these tasks, repeatable; all 23 without it.")
    ] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Seeds, repeatable; 0 without it.")] = None,
    calls: Annotated[int, typer.Option(min=10, help="Budget of each run.")] = 10_000,
    models: Annotated[
        Path | None, typer.Option(help="The unpacked molscore wheel: DRD2, GSK3-beta, JNK3.")
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="ZINC250k, for baselines that start from a library.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1,
) -> None:
    """Practical molecular optimisation: area under the ten best, no prescreen."""
    from benchmarks.pmo.oracles import ORACLE_NAMES
    from benchmarks.pmo.runs import MOLAGENT, bench_pmo, sum_reports

    with progress_display(quiet=False) as progress:
        reports = bench_pmo(
            out,
            methods=method or [MOLAGENT],
            oracles=oracle or ORACLE_NAMES,
            seeds=seed or [0],
            calls=calls,
            models=models,
            start=start,
            workers=workers,
            progress=progress,
        )
    show_rows(reports)
    show_rows(sum_reports(reports))


@generators_app.command()
def synthesis(
    blocks: Annotated[
        Path | None, typer.Option(help="Building blocks, CSV or SMILES; the shipped list without.")
    ] = None,
    proposals: Annotated[int, typer.Option(min=10)] = 2_000,
    seed: Seed = 0,
) -> None:
    """Measure the reaction generator, and how near a makeable analogue of known drugs is."""
    from benchmarks.screens import approved_drugs
    from benchmarks.synthesis import bench_synthesis

    with progress_display(quiet=False) as progress:
        report = bench_synthesis(
            approved_drugs(), blocks=blocks, proposals=proposals, seed=seed, progress=progress
        )
    show_rows([report])
