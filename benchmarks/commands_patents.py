"""`python -m benchmarks`, patents: keys, similarity, Markush claims, the ladder, exports."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.rows import show_rows
from molagent.cli.display import progress_display
from molagent.cli.structures import smiles_column

__all__ = ["patents_bench_app"]

patents_bench_app = typer.Typer()

ClaimFolders = Annotated[list[Path], typer.Argument(help="Folders of claim files.")]


@patents_bench_app.command("markush-claims")
def markush_claims(folders: ClaimFolders) -> None:
    """Members found and near misses wrongly hit, of those written out for each claim."""
    from benchmarks.markush import bench_claims

    show_rows(bench_claims(folders).to_dict("records"))


@patents_bench_app.command("markush-fuzz")
def markush_fuzz(
    folders: ClaimFolders,
    count: Annotated[int, typer.Option(min=1)] = 10_000,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """Members and broken members drawn from each claim's definition, all of them matched."""
    from benchmarks.markush import claim_files, fuzz_claim

    # A row as soon as it is there: all of them take a quarter of an hour.
    for path in claim_files(folders):
        show_rows([fuzz_claim(path, count, seed=seed)])


@patents_bench_app.command("markush-speed")
def markush_speed(
    folders: ClaimFolders,
    molecules: Annotated[Path, typer.Option(help="CSV with a smiles column.")],
    claims: Annotated[int, typer.Option(min=1)] = 1_000,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """Microseconds a molecule and claim, one by one and as a set with variants of the claims."""
    from benchmarks.markush import bench_claim_speed

    table = bench_claim_speed(folders, smiles_column(molecules), n_claims=claims, seed=seed)
    show_rows(table.to_dict("records"))


@patents_bench_app.command("patent-pairs")
def patent_pairs() -> None:
    """Salt, charge, tautomer, stereo and deuterated pairs on the rungs of the evidence ladder."""
    from benchmarks.identity_pairs import identity_pairs

    show_rows(identity_pairs().to_dict("records"))


@patents_bench_app.command("patent-ladder")
def patent_ladder(
    structures: Annotated[Path, typer.Argument(help="SMILES, one a line: the scope.")],
    folder: Annotated[Path, typer.Option(help="Release to write, or to take as it is.")],
    new: Annotated[int, typer.Option(min=1, help="Structures left out of the scope.")] = 1_800,
    known: Annotated[int, typer.Option(min=0, help="Structures within it.")] = 200,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """Structures a second of the whole evidence ladder, from SMILES, over a scope on disk."""
    from dataclasses import asdict
    from importlib.util import find_spec

    from benchmarks.patent_ladder import ladder_speed, molbloom_speed
    from benchmarks.patent_scope import build_scope, read_scope, sample_queries

    given = list(dict.fromkeys(read_scope(structures)))
    scope, asked = sample_queries(given, known=known, new=new, seed=seed)
    if not (folder / "release.json").is_file():
        build_scope(scope, folder, keyed=max(known, 1_000), seed=seed)
    rows = [
        asdict(ladder_speed(folder, asked, workers=workers, relatives=relatives))
        for relatives in (True, False)
    ]
    show_rows(rows)
    if find_spec("molbloom") is not None:
        show_rows([molbloom_speed(scope, asked)])


@patents_bench_app.command("patent-export")
def patent_export(
    file: Annotated[Path, typer.Argument(help="An export of patent data.")],
    workers: Annotated[int, typer.Option(min=1)] = 2,
    limit_s: Annotated[float, typer.Option(help="Longest time for one structure.")] = 10.0,
    max_atoms: Annotated[int, typer.Option(help="Largest number of heavy atoms.")] = 250,
) -> None:
    """Read one export to the end: what is kept, what is flagged, what it costs."""
    from benchmarks.patent_exports import bench_patent_export

    with progress_display(quiet=False) as progress:
        found = bench_patent_export(
            file, workers=workers, limit_s=limit_s, max_atoms=max_atoms, progress=progress
        )
    show_rows([found])


@patents_bench_app.command("patent-keys")
def patent_keys(
    keys: Annotated[int, typer.Option(min=1_000, help="Keys in the array.")] = 31_000_000,
    structures: Annotated[
        Path | None,
        typer.Option(
            help="CSV or Parquet with SMILES whose real keys must be found.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """Look-ups of identity keys a second of CPU time, beside a DuckDB join."""
    from benchmarks.patent_index import bench_keys
    from benchmarks.patent_similarity import query_smiles

    real = query_smiles(structures)[:2_000] if structures else ()
    with progress_display(quiet=False) as progress:
        table = bench_keys(n_keys=keys, real=real, seed=seed, progress=progress)
    show_rows(table.to_dict("records"))


@patents_bench_app.command("patent-similarity")
def patent_similarity(
    moses: Annotated[Path, typer.Argument(help="Folder with MOSES' three .csv.gz files.")],
    cache: Annotated[Path, typer.Option(help="Folder to keep the fingerprints in.")],
    queries: Annotated[
        Path | None,
        typer.Option(
            help="CSV or Parquet with SMILES; else the collection itself.", show_default=False
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Queries, and the size of a batch.")] = 100,
    threshold: Annotated[
        list[float] | None,
        typer.Option(help="Smallest similarity, repeatable.", show_default="0.7"),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """CPU milliseconds a query over 1.94 million fingerprints, beside RDKit and FPSim2."""
    from benchmarks.patent_similarity import bench_similarity, query_smiles

    with progress_display(quiet=False) as progress:
        table = bench_similarity(
            moses,
            cache,
            queries=query_smiles(queries) if queries else (),
            count=count,
            thresholds=threshold or [0.7],
            seed=seed,
            progress=progress,
        )
    show_rows(table.to_dict("records"))


@patents_bench_app.command("claim-steering")
def claim_steering(
    claim: Annotated[Path, typer.Argument(help="A claim file.")],
    core: Annotated[str, typer.Option(help="What decorations grow on, with [*:1].")],
    site: Annotated[str, typer.Option(help="The site to keep out of what the claim allows.")],
    count: Annotated[int, typer.Option(min=10, help="Proposals a request.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """Proposals inside a claim, free and kept out of it, and proposals per second."""
    from benchmarks.claim_steering import bench_claim_generation

    with progress_display(quiet=False) as progress:
        table = bench_claim_generation(
            claim, core=core, site=site, count=count, seed=seed, progress=progress
        )
    show_rows(table.to_dict("records"))


@patents_bench_app.command("claim-optimise")
def claim_optimise(
    claim: Annotated[Path, typer.Argument(help="A claim file.")],
    calls: Annotated[int, typer.Option(min=50, help="Structures scored a run.")] = 400,
    seed: Annotated[int, typer.Option(help="Seed.")] = 0,
) -> None:
    """Structures inside a claim in a run towards one of its members, with and without steering."""
    from benchmarks.claim_steering import bench_claim_optimisation

    with progress_display(quiet=False) as progress:
        table = bench_claim_optimisation(claim, calls=calls, seed=seed, progress=progress)
    show_rows(table.to_dict("records"))
