"""Assay data and predictors: ingest, units, curves, audit, time, selection."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.rows import show_rows
from molagent.cli.display import progress_display
from molagent.cli.structures import smiles_column
from molagent.errors import NotFoundError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["data_bench_app"]

data_bench_app = typer.Typer()

Folder = Annotated[Path, typer.Argument(help="Folder of the data.", show_default=False)]
Seed = Annotated[int, typer.Option(help="Seed.")]


@data_bench_app.command()
def units(
    file: Annotated[Path, typer.Argument(help="Activities with original and standard values.")],
) -> None:
    """Compare what is made of original values and units with ChEMBL's standard values."""
    import pandas as pd

    from benchmarks.units import units_against_chembl

    found = units_against_chembl(file)
    refused, differing = found.pop("refused"), found.pop("differing")
    show_rows([found])
    for table in (refused, differing):
        if isinstance(table, pd.DataFrame):
            _show(table)


@data_bench_app.command()
def ingest(
    file: Annotated[Path, typer.Argument(help="A file with a shipped layout.")],
    rows: Annotated[int, typer.Option(min=100)] = 5_000,
    workers: Annotated[int, typer.Option(min=1)] = 2,
    seed: Seed = 0,
) -> None:
    """Rows a second with standardisation, beside a plain pipeline loop on the same rows."""
    from benchmarks.ingest import ingest_speed

    _show(ingest_speed(file, n_rows=rows, workers=workers, seed=seed))


@data_bench_app.command("large-file")
def large_file(
    structures: Annotated[Path, typer.Argument(help="CSV with a smiles column.")],
    megabytes: Annotated[int, typer.Option(min=1)] = 256,
    workers: Annotated[int, typer.Option(min=1)] = 2,
    row_bytes: Annotated[
        int, typer.Option(min=0, help="Widen each row by a text of so many bytes.")
    ] = 0,
) -> None:
    """Peak memory and time of reading and storing a large CSV."""
    from benchmarks.ingest import large_file as measure

    show_rows(
        [
            measure(
                smiles_column(structures),
                megabytes=megabytes,
                workers=workers,
                row_bytes=row_bytes,
            )
        ]
    )


@data_bench_app.command()
def curves(folder: Folder) -> None:
    """Curve fits beside COVID Moonshot's published IC50."""
    from benchmarks.curves import bench_curves

    with progress_display(quiet=False) as progress:
        report = bench_curves(folder, progress)
    show_rows(report.agreements)
    show_rows(
        [
            {
                "published": report.published,
                "with_points": report.with_points,
                "curves": report.curves,
                "same_r2": report.same_r2,
                "released": report.released,
                "misses": len(report.misses),
            }
        ]
    )


@data_bench_app.command()
def sar(
    folder: Folder,
    before: Annotated[
        list[str] | None, typer.Option(help="Dates to look forward from, as 2021-01-01.")
    ] = None,
) -> None:
    """Seconds of structure-activity tables of COVID Moonshot, and what pairs foretell."""
    from benchmarks.sar import bench_sar_forward, bench_sar_speed, load_dated_values

    frame = load_dated_values(folder)
    _show(bench_sar_speed(frame))
    for day in before or ["2021-01-01", "2021-06-01"]:
        show_rows([{"before": day}, *bench_sar_forward(frame, day)])


@data_bench_app.command("ingest-folder")
def ingest_folder(
    folder: Folder,
    project: Annotated[Path, typer.Option(help="New project file.", show_default=False)],
) -> None:
    """Read every file of a folder by the layout that ships for it, into one project."""
    from benchmarks.ingest import ingest_folder as read_all

    _show(read_all(folder, project))


@data_bench_app.command()
def audit(
    rows: Annotated[int, typer.Option(min=1_000)] = 200_000,
    repeats: Annotated[int, typer.Option(min=1)] = 3,
) -> None:
    """Measure the audit trail: inserts with and without its triggers, and verification."""
    from benchmarks.audit import measure_audit

    _show(measure_audit(rows=rows, repeats=repeats))


@data_bench_app.command()
def moonshot(
    folder: Folder,
    model: Annotated[
        list[str] | None, typer.Option(help="Only these; repeatable.", show_default=False)
    ] = None,
    rolling: Annotated[  # noqa: FBT002 - typer's way to a flag
        bool, typer.Option(help="Also month by month, from what was known before.")
    ] = True,
) -> None:
    """COVID Moonshot's pIC50 forward in time: trained before 2021, tested on 2021 and later."""
    from benchmarks.moonshot import MODELS, bench_moonshot

    with progress_display(quiet=False) as progress:
        scores = bench_moonshot(folder, tuple(model or MODELS), rolling=rolling, progress=progress)
    show_rows(scores)


@data_bench_app.command()
def moonshot_product(folder: Folder) -> None:
    """Train as `molagent models train` does, before 2021, and test on 2021 and later."""
    from benchmarks.moonshot import bench_product

    show_rows([bench_product(folder)])


@data_bench_app.command()
def moonshot_choices(folder: Folder) -> None:
    """Measure what Moonshot's models are chosen on: months of 2020, tested on its rest."""
    from benchmarks.moonshot import bench_origins

    with progress_display(quiet=False) as progress:
        scores = bench_origins(folder, progress=progress)
    show_rows(scores)


@data_bench_app.command()
def moonshot_floors(folder: Folder) -> None:
    """Split the one-shot error: baselines, and a model told what nobody knew."""
    from benchmarks.moonshot import bench_floors

    _show(bench_floors(folder))


@data_bench_app.command()
def biogen(folder: Folder) -> None:
    """Pearson r of the local models on six ADME endpoints, the files' split."""
    from benchmarks.predictors import bench_biogen

    with progress_display(quiet=False) as progress:
        scores = bench_biogen(folder, progress=progress)
    show_rows(scores)
    names = scores[0].pearson
    show_rows(
        [
            {
                "endpoints": len(scores),
                "mean_pearson": {
                    name: sum(score.pearson[name] for score in scores) / len(scores)
                    for name in names
                },
                "chosen": sum(score.pearson[score.chosen] for score in scores) / len(scores),
            }
        ]
    )


@data_bench_app.command()
def selection(
    folder: Folder,
    seeds: Annotated[int, typer.Option(min=1)] = 20,
    strategy: Annotated[
        list[str] | None, typer.Option(help="Only these; repeatable.", show_default=False)
    ] = None,
) -> None:
    """Replay COVID Moonshot: share of the top 5 % found after 200, 400 and 600 tests."""
    from benchmarks.selection import REPLAY_STRATEGIES, bench_replay, read_moonshot_pool

    wanted = {
        name: settings
        for name, settings in REPLAY_STRATEGIES.items()
        if not strategy or name in strategy
    }
    if not wanted:
        raise NotFoundError("strategy", (strategy or [""])[0], known=REPLAY_STRATEGIES)
    with progress_display(quiet=False) as progress:
        table = bench_replay(read_moonshot_pool(folder), wanted, seeds=seeds, progress=progress)
    _show(table)


@data_bench_app.command("message-passing")
def message_passing(
    folder: Folder,
    *,
    cytochromes: Annotated[
        bool, typer.Option("--cytochromes", help="ChEMBL's CYP tables instead of Biogen's files.")
    ] = False,
    embedding: Annotated[
        bool, typer.Option("--embedding", help="With MiniMol's embedding (extra adme).")
    ] = False,
    seed: Seed = 0,
) -> None:
    """Hold the message-passing ensemble against Gaussian processes on held-out scaffolds."""
    from benchmarks.message_passing import bench_message_passing, biogen_frames, cyp_frames
    from molagent.learn.message_passing.fitting import EnsembleSettings

    frames = cyp_frames(folder, seed=seed) if cytochromes else biogen_frames(folder)
    with progress_display(quiet=False) as progress:
        table = bench_message_passing(
            frames, settings=EnsembleSettings(embedding=embedding), seed=seed, progress=progress
        )
    _show(table)
    show_rows([table.attrs])


@data_bench_app.command()
def vault_curves(folder: Folder) -> None:
    """Fit a vault's counter-screen curves and hold each beside the fit that the vault stored."""
    from dataclasses import asdict

    from benchmarks.vault_curves import bench_vault_curves

    show_rows([asdict(row) for row in bench_vault_curves(folder)])


@data_bench_app.command()
def contributions(
    data: Annotated[Path, typer.Argument(help="CSV with a smiles column.")],
    count: Annotated[int, typer.Option(min=100)] = 1_000,
    seed: Seed = 0,
) -> None:
    """Atom contributions beside a property whose atoms are known, Crippen's logP."""
    from benchmarks.explanation import bench_contributions

    show_rows(bench_contributions(smiles_column(data)[:count], seed=seed))


@data_bench_app.command()
def correction(folder: Folder) -> None:
    """Solubility of ADMET-AI corrected by local measurements, held-out scaffolds."""
    from benchmarks.admet import bench_correction

    _show(bench_correction(folder))


def _show(table: "pd.DataFrame") -> None:
    show_rows(table.reset_index(drop=False).to_dict("records"))
