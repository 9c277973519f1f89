"""Patent evidence on the command line: check structures, sync releases, read claims, report."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molagent.cli.patent_claims import claims_app
from molagent.cli.patent_reading import ask
from molagent.cli.patent_releases import add_release_commands
from molagent.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from molagent.project.patents import Patents

patents_app = typer.Typer(help="Look up patent evidence.", no_args_is_help=True)
patents_app.add_typer(claims_app, name="claims")
claims_app.command()(ask)
add_release_commands(patents_app)

_COLLECTION = Path("data/patents")

Structures = Annotated[
    list[str] | None,
    typer.Argument(
        help="One or more SMILES or InChI; check also takes InChIKeys, publication numbers, and "
        "names with --names.",
        show_default=False,
    ),
]
File = Annotated[
    Path | None,
    typer.Option(help="CSV with a column of SMILES, instead.", exists=True, dir_okay=False),
]
Data = Annotated[
    Path | None,
    typer.Option(help="Folder of publications and claims; data/patents if nothing is named."),
]
Releases = Annotated[
    list[Path] | None, typer.Option("--release", help="Release folder; may be given repeatedly.")
]
Disclosures = Annotated[Path | None, typer.Option(help="CSV of what is known and not published.")]
Client = Annotated[str, typer.Option(help="Whom the answers are for; in house by default.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="Publications of a later date are not seen."),
]
AtLeast = Annotated[
    float | None, typer.Option(min=0.0, max=1.0, help="Least similarity that counts.")
]


@patents_app.command("check")
def patents_check(
    smiles: Structures = None,
    *,
    file: File = None,
    data: Data = None,
    release: Releases = None,
    disclosures: Disclosures = None,
    client: Client = "",
    as_of: AsOf = None,
    at_least: AtLeast = None,
    names: Annotated[
        Path | None,
        typer.Option(help="File of names and their SMILES, looked up here; nothing is sent."),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the evidence as an HTML page.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the evidence as CSV.")] = None,
) -> None:
    """Show the evidence ladder for structures. Evidence, not legal advice."""
    from molagent.cli.terminal import show_overlaps
    from molagent.project.patents import listed
    from molagent.project.structure_queries import read_names

    structures = _structures(smiles, file)
    patents = _open(data, release, disclosures, client, as_of, at_least)
    known = read_names(names) if names is not None else None
    if report is None and csv is None:
        answers = patents.ask(listed(structures)[1], names=known)
        for asked, _ in answers:
            if asked.note and asked.is_structure:
                typer.echo(f"{asked.text}: {asked.note}, {asked.smiles}", err=True)
        show_overlaps([asked.text for asked, _ in answers], [found for _, found in answers])
        return
    for path in (report, csv):
        if path is not None:
            typer.echo(patents.report(path, structures, names=known))


@patents_app.command("news")
def patents_news(
    earlier: Annotated[Path, typer.Argument(help="Folder of the earlier release.")],
    later: Annotated[Path, typer.Argument(help="Folder of the later release.")],
    smiles: Structures = None,
    *,
    file: File = None,
    project: Annotated[
        Path | None,
        typer.Option("--project", "-p", help="A campaign's folder: its shortlist is asked about."),
    ] = None,
    as_of: AsOf = None,
    report: Annotated[Path | None, typer.Option(help="Write evidence and news as a page.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the news as CSV.")] = None,
) -> None:
    """Show what a later release says of structures that an earlier one did not."""
    from molagent.cli.frames import show_frame
    from molagent.project.patents import Patents
    from molagent.report.patent_evidence import write_evidence_csv

    if project is None:
        structures = _structures(smiles, file)
    elif smiles or file is not None:
        raise InputError("give structures, or a project, not both", remedy="leave one out")
    else:
        from molagent.project.project import Project

        structures = Project.open(project).shortlist()
    patents = Patents.open(releases=[later], as_of=as_of.date() if as_of else None, strict=True)
    found = patents.news(structures, earlier)
    for note in found.attrs["notes"]:
        typer.echo(note, err=True)
    if csv is not None:
        typer.echo(write_evidence_csv(found, csv))
    if report is not None:
        typer.echo(patents.report(report, structures, title="What is new", since=earlier))
    if csv is None and report is None:
        shown = ["change", "structure", "level", "publication_number", "publication_date"]
        show_frame(found[[*shown, "assignee", "section", "similarity", "matched_smiles"]])
        if found.empty:
            typer.echo("nothing is new: both releases say the same of these structures", err=True)


@patents_app.command("landscape")
def patents_landscape(
    smiles: Structures = None,
    *,
    file: File = None,
    data: Data = None,
    release: Releases = None,
    disclosures: Disclosures = None,
    client: Client = "",
    as_of: AsOf = None,
    at_least: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Least similarity to the series.")
    ] = 0.4,
    report: Annotated[Path, typer.Option(help="HTML page to write.")] = Path("landscape.html"),
) -> None:
    """Show which families, assignees and dates crowd a series."""
    from molagent.report.patent_landscape import write_landscape

    patents = _open(data, release, disclosures, client, as_of, None)
    found = patents.landscape(_structures(smiles, file), at_least=at_least)
    for source in patents.ladder.unchecked:
        typer.echo(f"NOT searched: {source.name}: {source.reason}", err=True)
    typer.echo(write_landscape(found, report))


@patents_app.command("substructure")
def patents_substructure(
    smarts: Annotated[str, typer.Argument(help="The pattern, SMARTS.", show_default=False)],
    release: Annotated[list[Path], typer.Option("--release", help="Release folder; repeatable.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="Most compounds of a release.")] = 100,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time for a release.")] = 60.0,
) -> None:
    """List compounds of releases that hold a pattern, and say how far the search came."""
    from molagent.cli.frames import show_frame
    from molagent.project.patents import Patents

    found = Patents.open(releases=release, strict=True).find_substructure(
        smarts, limit=limit, seconds=seconds
    )
    show_frame(found)
    for line in (*found.attrs["searched"], *found.attrs["notes"]):
        typer.echo(line, err=True)


@patents_app.command("prepare")
def patents_prepare(
    release: Annotated[Path, typer.Argument(help="Release folder.")],
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
) -> None:
    """Compute skeletons and scaffolds of a release once: its ladder is then faster."""
    from molagent.project.patent_releases import prepare_release

    keys = prepare_release(release, workers=workers)
    typer.echo(
        f"{len(keys.skeletons):,} skeletons and {len(keys.scaffold_rows):,} scaffolds of "
        f"{keys.rows:,} compounds"
    )


def _open(
    data: Path | None,
    releases: list[Path] | None,
    disclosures: Path | None,
    client: str,
    as_of: datetime | None,
    at_least: float | None,
) -> "Patents":
    from molagent.project.patents import Patents

    if data is None and not releases and disclosures is None:
        data = _COLLECTION
    return Patents.open(
        collection=data,
        releases=releases or (),
        disclosures=disclosures,
        client=client or None,
        as_of=as_of.date() if as_of else None,
        at_least=at_least,
    )


def _structures(smiles: list[str] | None, file: Path | None) -> "list[str] | pd.DataFrame":
    if bool(smiles) == (file is not None):
        raise InputError(
            "give either structures or a file of them",
            remedy="molagent patents check SMILES, or --file compounds.csv",
        )
    if file is None:
        return smiles or []
    from molagent.project.structure_files import read_structure_file

    return read_structure_file(file)
