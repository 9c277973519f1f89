"""`python -m benchmarks`: the commands behind every figure of BENCHMARKS.md."""

from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands_data import data_bench_app
from benchmarks.commands_generators import generators_app
from benchmarks.commands_patents import patents_bench_app
from benchmarks.rows import show_rows
from molagent.cli.display import progress_display
from molagent.cli.structures import smiles_column

__all__ = ["bench_app"]

bench_app = typer.Typer(help="Measure; every figure of BENCHMARKS.md.", no_args_is_help=True)
# Their commands stand beside the others: `python -m benchmarks pmo`.
bench_app.registered_commands += generators_app.registered_commands
bench_app.registered_commands += data_bench_app.registered_commands
bench_app.registered_commands += patents_bench_app.registered_commands

Out = Annotated[Path, typer.Option(help="Empty folder for the runs.", show_default=False)]
Config = Annotated[Path, typer.Argument(help="Campaign file.")]
Seed = Annotated[int, typer.Option(help="Seed.")]

EXAMPLE = Path("examples/jak1_selective.toml")
ADMET_SAMPLE = Path("data/jak/jak1_ki.csv")


@bench_app.command()
def moleculeace(
    folder: Annotated[Path, typer.Argument(help="Folder of CHEMBL*.csv files.")],
    target: Annotated[list[str] | None, typer.Option(help="Only these, repeatable.")] = None,
    *,
    consensus: Annotated[
        bool, typer.Option("--consensus", help="Also with boosted trees as a second opinion.")
    ] = False,
) -> None:
    """RMSE, cliff RMSE and interval coverage of the local model on MoleculeACE."""
    from benchmarks.predictors import bench_moleculeace

    with progress_display(quiet=False) as progress:
        report = bench_moleculeace(folder, target, progress, consensus=consensus)
    show_rows(report.targets)
    show_rows(
        [
            {
                "targets": len(report.targets),
                "rmse": report.rmse,
                "rmse_cliff": report.rmse_cliff,
                "coverage_90": report.coverage_90,
                "rmse_consensus": report.rmse_consensus,
                "rmse_cliff_consensus": report.rmse_cliff_consensus,
            }
        ]
    )


@bench_app.command()
def admet(
    data: Annotated[Path, typer.Option(help="CSV with a smiles column.")] = ADMET_SAMPLE,
    count: Annotated[int, typer.Option(min=10)] = 300,
) -> None:
    """ADMET-AI endpoints by the fast path, beside stock admet-ai in the same run."""
    from benchmarks.admet import bench_admet

    show_rows([bench_admet(smiles_column(data)[:count])])


@bench_app.command()
def screens(
    data: Annotated[
        Path | None, typer.Option(help="CSV with a smiles column; approved drugs without it.")
    ] = None,
) -> None:
    """Share of known compounds that each filter stops."""
    from benchmarks.screens import approved_drugs, bench_screens

    show_rows(bench_screens(approved_drugs() if data is None else smiles_column(data)))


@bench_app.command()
def campaign(
    out: Out,
    config: Config = EXAMPLE,
    runs: Annotated[int, typer.Option(min=1)] = 2,
    policy: Annotated[str | None, typer.Option(help="Instead of the file's.")] = None,
) -> None:
    """Wall time and peak memory of a campaign, and whether its runs agree."""
    from benchmarks.campaign import bench_campaign, same_shortlist

    reports = bench_campaign(config, out, runs=runs, policy=policy)
    show_rows([_run_row(report) for report in reports])
    show_rows([{"runs": runs, "same_shortlist": same_shortlist(reports) if runs > 1 else None}])


@bench_app.command()
def kills(out: Out, config: Config = EXAMPLE) -> None:
    """Kill a campaign with SIGKILL in every stage, resume it, and compare the shortlists."""
    from benchmarks.campaign import bench_campaign, bench_kills

    (baseline,) = bench_campaign(config, out, runs=1)
    report = bench_kills(config, out, baseline)
    show_rows([{"killed_in": list(report.killed_in), "same_shortlist": report.same}])


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
