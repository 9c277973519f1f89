"""`molagent bench`: the commands behind every figure of BENCHMARKS.md."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Annotated

import typer

from molagent.cli.display import progress_display

__all__ = ["bench_app"]

bench_app = typer.Typer(help="Measure; every figure of BENCHMARKS.md.", no_args_is_help=True)

Out = Annotated[Path, typer.Option(help="Empty folder for the runs.", show_default=False)]
Config = Annotated[Path, typer.Argument(help="Campaign file.")]
Seed = Annotated[int, typer.Option(help="Seed.")]

EXAMPLE = Path("examples/jak1_selective.toml")
ADMET_SAMPLE = Path("data/jak/jak1_ki.csv")


@bench_app.command()
def sampling(
    core: Annotated[
        list[str] | None, typer.Option(help="Core to decorate, repeatable; [*] marks exits.")
    ] = None,
    parents: Annotated[Path, typer.Option(help="CSV with parents for the edits.")] = ADMET_SAMPLE,
    samples: Annotated[int, typer.Option(min=10)] = 5_000,
    seed: Seed = 0,
) -> None:
    """Structures a second of the graph generator, beside the graph GA in the same run."""
    from molagent.bench.generation import bench_sampling

    cores = core or ["c1ncc2cc[nH]c2n1", "[*]N1CCC([*])CC1"]
    with progress_display(quiet=False) as progress:
        reports = bench_sampling(
            cores, _smiles_of(parents)[:100], samples=samples, seed=seed, progress=progress
        )
    _show(reports)


@bench_app.command()
def moses(
    train: Annotated[Path, typer.Option(help="MOSES training molecules.", show_default=False)],
    reference: Annotated[
        list[Path], typer.Option(help="MOSES test and scaffold test.", show_default=False)
    ],
    samples: Annotated[int, typer.Option(min=100)] = 30_000,
    seed: Seed = 0,
    frechet: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option(help="Measure the Frechet ChemNet distance; needs molagent[bench].")
    ] = True,
) -> None:
    """Compare de novo samples with held-out molecules, a training sample beside them."""
    from molagent.bench.chemnet import ChemNet
    from molagent.bench.moses import bench_moses

    chemnet = ChemNet() if frechet else None
    with progress_display(quiet=False) as progress:
        reports = bench_moses(
            train, reference, samples=samples, seed=seed, chemnet=chemnet, progress=progress
        )
    _show(reports)


@bench_app.command()
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
    from molagent.bench.constrained import bench_constrained, published_rows
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
    _show(reports)
    _show(published_rows())


@bench_app.command()
def conditioning(
    samples: Annotated[int, typer.Option(min=10, help="For each request.")] = 1_000,
    seed: Seed = 0,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of a trained model; without it the shipped one.")
    ] = None,
) -> None:
    """Properties of samples that were asked for a mass, a logP or a QED."""
    from molagent.bench.finetuning import bench_conditioning
    from molagent.propose.sampler import GraphGenerator

    with progress_display(quiet=False) as progress:
        reports = bench_conditioning(
            samples=samples, seed=seed, generator=GraphGenerator(weights), progress=progress
        )
    _show(reports)


@bench_app.command()
def finetuning(
    data: Annotated[Path, typer.Argument(help="SMILES file.")],
    out: Out,
    count: Annotated[int, typer.Option(min=2, help="Compounds to take.")] = 100_000,
    steps: Annotated[int, typer.Option(min=1)] = 100,
    start: Annotated[str, typer.Option("--from", help="Model folder, or 'shipped'.")] = "shipped",
) -> None:
    """Peak memory and wall time of fine-tuning, in a process of its own."""
    from molagent.bench.finetuning import bench_finetuning

    _show([bench_finetuning(data, out, count=count, steps=steps, base=start)])


@bench_app.command()
def moleculeace(
    folder: Annotated[Path, typer.Argument(help="Folder of CHEMBL*.csv files.")],
    target: Annotated[list[str] | None, typer.Option(help="Only these, repeatable.")] = None,
) -> None:
    """RMSE, cliff RMSE and interval coverage of the local model on MoleculeACE."""
    from molagent.bench.predictors import bench_moleculeace

    with progress_display(quiet=False) as progress:
        report = bench_moleculeace(folder, target, progress)
    _show(report.targets)
    _show(
        [
            {
                "targets": len(report.targets),
                "rmse": report.rmse,
                "rmse_cliff": report.rmse_cliff,
                "coverage_90": report.coverage_90,
            }
        ]
    )


@bench_app.command()
def admet(
    data: Annotated[Path, typer.Option(help="CSV with a smiles column.")] = ADMET_SAMPLE,
    count: Annotated[int, typer.Option(min=10)] = 300,
) -> None:
    """ADMET-AI endpoints by the fast path, beside stock admet-ai in the same run."""
    from molagent.bench.predictors import bench_admet

    _show([bench_admet(_smiles_of(data)[:count])])


@bench_app.command()
def screens(
    data: Annotated[
        Path | None, typer.Option(help="CSV with a smiles column; approved drugs without it.")
    ] = None,
) -> None:
    """Share of known compounds that each filter stops."""
    from molagent.bench.screens import approved_drugs, bench_screens

    _show(bench_screens(approved_drugs() if data is None else _smiles_of(data)))


@bench_app.command()
def ladder(
    data: Annotated[Path, typer.Option(help="CSV with a smiles column.")] = ADMET_SAMPLE,
    patents: Annotated[Path, typer.Option(help="Folder of publications.")] = Path("data/patents"),
) -> None:
    """Structures a processor second of the patent evidence ladder."""
    from molagent.bench.screens import bench_ladder
    from molagent.project import open_patents

    _show([bench_ladder(_smiles_of(data), open_patents(patents))])


@bench_app.command()
def campaign(
    out: Out,
    config: Config = EXAMPLE,
    runs: Annotated[int, typer.Option(min=1)] = 2,
    policy: Annotated[str | None, typer.Option(help="Instead of the file's.")] = None,
) -> None:
    """Wall time and peak memory of a campaign, and whether its runs agree."""
    from molagent.bench.campaign import bench_campaign, same_shortlist

    reports = bench_campaign(config, out, runs=runs, policy=policy)
    _show([_run_row(report) for report in reports])
    _show([{"runs": runs, "same_shortlist": same_shortlist(reports) if runs > 1 else None}])


@bench_app.command()
def kills(out: Out, config: Config = EXAMPLE) -> None:
    """Kill a campaign with SIGKILL in every stage, resume it, and compare the shortlists."""
    from molagent.bench.campaign import bench_campaign, bench_kills

    (baseline,) = bench_campaign(config, out, runs=1)
    report = bench_kills(config, out, baseline)
    _show([{"killed_in": list(report.killed_in), "same_shortlist": report.same}])


def _run_row(report: object) -> Mapping[str, object]:
    assert is_dataclass(report)  # noqa: S101 - for the type checker
    row = asdict(report)  # type: ignore[arg-type]
    return {
        "folder": str(row["folder"]),
        "seconds": row["seconds"],
        "peak_mib": row["peak_mib"],
        "chosen": len(row["shortlist"]),
        "best": max((entry[3] for entry in row["shortlist"]), default=None),
        "mean": sum(entry[3] for entry in row["shortlist"]) / max(1, len(row["shortlist"])),
    }


def _smiles_of(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as lines:
        return [row["smiles"] for row in csv.DictReader(lines)]


def _show(rows: Iterable[object]) -> None:
    """Print one JSON object a row, so that a figure can be copied and a run compared."""
    for row in rows:
        data = asdict(row) if is_dataclass(row) and not isinstance(row, type) else row
        typer.echo(json.dumps(_rounded(data), ensure_ascii=False))


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {str(key): _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
