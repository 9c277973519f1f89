"""Releases of patent data on the command line: sync, import, list, and their measured values."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molagent.cli.data import HERE
from molagent.cli.display import progress_display
from molagent.cli.frames import show_frame
from molagent.cli.interrupts import watch_for_interrupts
from molagent.errors import InputError

if TYPE_CHECKING:
    from molagent.store.patents.totals import ReleaseTotals

Into = Annotated[Path, typer.Option(help="Release folder.", show_default=False)]
Folder = Annotated[
    Path, typer.Argument(help="Release folder, or one that holds some.", show_default=False)
]
Workers = Annotated[
    int | None, typer.Option(min=0, help="Processes; by default one a CPU.", show_default=False)
]
Limit = Annotated[float, typer.Option(min=0.1, help="Longest time for one structure, seconds.")]
Atoms = Annotated[int, typer.Option(min=1, max=250, help="Largest number of heavy atoms.")]


def add_release_commands(app: typer.Typer) -> None:
    """Register the verbs of releases."""
    app.command("sync")(sync)
    app.command("import")(import_file)
    app.command("releases")(releases)
    app.command("flagged")(flagged)
    app.command("activities")(activities)


def sync(
    *,
    scope: Annotated[
        str,
        typer.Option(
            help='What to take: "cpc:A61P,C07D since:2000 country:US,EP assignee:pfizer", or all.',
            show_default=False,
        ),
    ],
    into: Into,
    release: Annotated[str, typer.Option(help="Its date, 2026-09-08; the latest without it.")] = "",
    source: Annotated[
        Path | None,
        typer.Option(help="Folder of the bulk files: no network.", show_default=False),
    ] = None,
    downloads: Annotated[
        Path | None,
        typer.Option(help="Where fetched files are kept.", show_default="INTO/downloads"),
    ] = None,
    base_url: Annotated[
        str, typer.Option(help="A mirror of the download area.", show_default=False)
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Fetch without asking.")] = False,
    memory: Annotated[str, typer.Option(help="Limit of memory for the tables.")] = "1GB",
    workers: Workers = None,
    limit_s: Limit = 10.0,
    max_atoms: Atoms = 250,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Make a searchable release of SureChEMBL's bulk files. Nothing of yours is sent."""
    from molagent.ingest.patents.remote import BULK_DATA, fetch_release, plan_release
    from molagent.ingest.patents.structures import StructureComputer
    from molagent.ingest.patents.sync import sync_release
    from molagent.store.patents.scope import Scope

    wanted = Scope.parse(scope)  # before anything is fetched
    urls: dict[str, str] = {}
    watch_for_interrupts()
    if source is None:
        plan = plan_release(release or "latest", base_url=base_url or BULK_DATA)
        typer.echo(plan.words)
        typer.echo("Only the addresses of these files are sent.")
        if not yes:
            typer.confirm("Fetch them?", abort=True)
        with progress_display(quiet=quiet) as progress:
            source = fetch_release(plan, downloads or into / "downloads", progress=progress)
        release, urls = plan.release, plan.urls
        typer.echo(f"The files stay in {source} for other scopes; remove them when you like.")
    with progress_display(quiet=quiet) as progress:
        report = sync_release(
            wanted,
            into,
            source,
            release=release,
            urls=urls,
            memory=memory,
            computer=StructureComputer(workers=workers, limit_s=limit_s, max_atoms=max_atoms),
            progress=progress,
        )
    for row in report.rows:
        typer.echo(f"{row['count']:>12,}  {row['what']}")
    _show_notes(report.totals)
    typer.echo(f"{report.totals.release.release}, {report.totals.release.scope}: {into}")


def import_file(
    file: Annotated[Path, typer.Argument(help="The file.", show_default=False)],
    *,
    into: Into,
    format: Annotated[  # noqa: A002 - the option's name
        str,
        typer.Option(help="Kind; guessed without it, a wrong one is answered with all."),
    ] = "",
    visibility: Annotated[
        str, typer.Option(help='public, own, or "client NAME".', show_default=False)
    ] = "",
    document: Annotated[
        str, typer.Option(help="Document of disclosures, where the file has no column.")
    ] = "",
    licence: Annotated[str, typer.Option(help="Line to print beside every answer.")] = "",
    workers: Workers = None,
    limit_s: Limit = 10.0,
    max_atoms: Atoms = 250,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Add a file of patent data, or of own disclosures, to a release folder."""
    from molagent.ingest.patents.formats import open_patent_file
    from molagent.ingest.patents.importing import import_file as read_file
    from molagent.ingest.patents.structures import StructureComputer

    seen_by, _, client = visibility.partition(" ")
    given = open_patent_file(
        file, format, document=document, client=client.strip(), visibility=seen_by
    )
    how = "looks like" if given.guessed else "is read as"
    typer.echo(f"{file.name} {how} {given.format.title} ({given.format.name})")
    for role, title in given.columns.items():
        typer.echo(f"  {role:12} {title}")
    computer = StructureComputer(workers=workers, limit_s=limit_s, max_atoms=max_atoms)
    watch_for_interrupts()
    with progress_display(quiet=quiet) as progress:
        totals = read_file(
            file,
            into,
            format=given.format.name,
            visibility=seen_by,
            client=client.strip(),
            document=document,
            licence=licence,
            computer=computer,
            progress=progress,
        )
    release = totals.release
    typer.echo(
        f"{release.n_publications:,} publications, {release.n_compounds:,} structures "
        f"({totals.added:,} new), {release.n_mentions:,} mentions, "
        f"{totals.n_activities:,} measured values, {totals.refused:,} refused rows"
    )
    for flag, count in totals.flags.items():
        typer.echo(f"{count:>12,}  flagged {flag}")
    _show_notes(totals)


def releases(
    folder: Folder,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare the files with their SHA-256.")
    ] = False,
) -> None:
    """List what a folder holds: release, scope, licence, counts; exit 1 if one is not whole."""
    from molagent.ingest.patents.listing import list_releases

    frame = list_releases(folder, verify=verify)
    if frame.empty:
        raise InputError(
            "there is no release", place=str(folder), remedy="make one with `molagent patents sync`"
        )
    show_frame(frame)
    if frame["fault"].fillna("").ne("").any():
        raise typer.Exit(1)


def flagged(folder: Folder) -> None:
    """Show structures that are kept with a doubt: what it is, and the structure as given."""
    from molagent.store.patents.reader import PatentStore

    with PatentStore.open(folder) as store:
        show_frame(store.flagged())


def activities(
    folder: Folder,
    *,
    into: Annotated[
        Path, typer.Option(help="Project file, or a folder that holds project.duckdb.")
    ] = HERE,
    publication: Annotated[str, typer.Option(help="Only of this one.")] = "",
    create: Annotated[bool, typer.Option("--create", help="Make the project file.")] = False,
    actor: Annotated[str, typer.Option(help="Who stands in the audit trail.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Store the measured values of a release as literature assays of a project."""
    from molagent.cli.data import open_data
    from molagent.ingest.patents.activities import store_activities

    watch_for_interrupts()
    data = open_data(into, create=create, actor=actor)
    with progress_display(quiet=quiet) as progress:
        receipt = store_activities(data.db, folder, publication=publication, progress=progress)
    typer.echo(receipt.sentence)


def _show_notes(totals: "ReleaseTotals") -> None:
    for note in totals.notes:
        typer.echo(f"note: {note}")
