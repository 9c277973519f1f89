"""`molagent data`: assay data into a project file and out of it, with every number's source."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molagent.cli.display import progress_display
from molagent.cli.frames import show_frame
from molagent.cli.interrupts import watch_for_interrupts
from molagent.errors import InputError

if TYPE_CHECKING:
    from molagent.project.assaydata import AssayData

__all__ = [
    "HERE",
    "DataFile",
    "DecimalSign",
    "SheetName",
    "data_app",
    "open_data",
    "show_guessed_columns",
]

data_app = typer.Typer(help="Assay data: in, out, and where it is from.", no_args_is_help=True)

DataFile = Annotated[
    Path,
    typer.Option(
        "--project",
        "-p",
        envvar="MOLAGENT_PROJECT",
        help="Project file, or a folder that holds project.duckdb.",
    ),
]
HERE = Path()
DecimalSign = Annotated[
    str, typer.Option(help="Decimal sign of the numbers: . or ,; decided over each column.")
]
SheetName = Annotated[str, typer.Option(help="Sheet of a workbook; the first with a table.")]


def open_data(path: Path, *, create: bool = False, actor: str = "") -> "AssayData":
    """Open the project file that a command works on."""
    from molagent.project.assaydata import AssayData

    return AssayData.open(path, create=create, actor=actor)


@data_app.command()
def columns(
    file: Annotated[Path, typer.Argument(help="Any file that ingest reads.", show_default=False)],
    layout: Annotated[
        str, typer.Option(help="A shipped layout's name, or a TOML file; guessed without it.")
    ] = "",
    sheet: SheetName = "",
) -> None:
    """Show how a file would be read: each column, what it is taken for, and examples."""
    from molagent.ingest.intake import show_layout

    show_frame(show_layout(file, layout or None, **_said(sheet=sheet)))


@data_app.command()
def layouts() -> None:
    """List the layouts that ship."""
    from molagent.ingest.layouts import shipped_layouts

    for name, layout in shipped_layouts().items():
        typer.echo(f"{name:24} {layout.describes}")


@data_app.command()
def ingest(
    files: Annotated[list[Path], typer.Argument(help="One or more files.", show_default=False)],
    *,
    project: DataFile = HERE,
    layout: Annotated[
        str, typer.Option(help="A shipped layout's name, or a TOML file; guessed without it.")
    ] = "",
    smiles: Annotated[str, typer.Option(help="Column of structures.")] = "",
    name: Annotated[str, typer.Option(help="Column of compound names.")] = "",
    value: Annotated[str, typer.Option(help="Column of values.")] = "",
    unit: Annotated[str, typer.Option(help="Unit of all values.")] = "",
    scale: Annotated[
        str, typer.Option(help="Of the values: linear, p, log10, -log10, or class for 0 and 1.")
    ] = "",
    unit_column: Annotated[str, typer.Option(help="Column of units.")] = "",
    relation: Annotated[str, typer.Option(help="Column of relations.")] = "",
    endpoint: Annotated[str, typer.Option(help="Name of the endpoint, as jak1_pic50.")] = "",
    quantity: Annotated[str, typer.Option(help="IC50, Ki, solubility and so on.")] = "",
    target: Annotated[str, typer.Option(help="Target of the assay.")] = "",
    replaces: Annotated[str, typer.Option(help="Earlier file that this one corrects.")] = "",
    decimal: DecimalSign = "",
    sheet: SheetName = "",
    keep_raw: Annotated[
        bool, typer.Option("--keep-raw", help="Keep the file's bytes in the project.")
    ] = False,
    create: Annotated[
        bool, typer.Option("--create", help="Make the project file if there is none.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be taken; write nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Store it also where the guess is not certain.")
    ] = False,
    actor: Annotated[str, typer.Option(help="Who stands in the audit trail.")] = "",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that standardise.", show_default=False)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Read files into the project: every row ends as a result or as a rejection with its reason.

    What is not named is guessed, and shown before anything is stored. The exit code is 1 where a
    file has rows and none of them is taken.
    """
    from molagent.ingest.waiting import start_ahead

    watch_for_interrupts()
    if all(file.is_file() for file in files):
        start_ahead()  # it gets ready while this process imports what reading needs
    from molagent.cli.terminal import show_receipt
    from molagent.project.assaydata import AssayData

    given = {
        "smiles": smiles,
        "name_column": name,
        "value": value,
        "unit": unit,
        "scale": scale,
        "unit_column": unit_column,
        "relation_column": relation,
        "endpoint": endpoint,
        "quantity": quantity,
        "target": target,
    }
    chosen: dict[str, Any] = {key: text for key, text in given.items() if text}
    if layout and chosen:
        raise InputError(
            f"--layout {layout} and columns ({', '.join(sorted(chosen))}) are both given",
            remedy="give one of them",
        )
    chosen |= _said(decimal=decimal, sheet=sheet)
    for file in files:
        if not layout:
            show_guessed_columns(file, chosen, confirmed=yes or dry_run)
    nothing_taken = False
    with AssayData.opened(project, create=create, actor=actor) as data:
        for file in files:
            known = None if dry_run else data.find_receipt(file, layout or None, **chosen)
            if known is not None:
                typer.echo(known.sentence)
                continue
            with progress_display(quiet=quiet) as progress:
                intake = data.read(
                    file, layout or None, progress=progress, workers=workers, **chosen
                )
                receipt = (
                    intake.receipt
                    if dry_run
                    else data.store(intake, file, replaces=replaces, keep_raw=keep_raw, confirm=yes)
                )
            show_receipt(receipt, intake.rejections, dry_run=dry_run)
            nothing_taken |= not receipt.accepted
    if nothing_taken:
        raise typer.Exit(1)


def _said(**options: str) -> dict[str, str]:
    """Return what is said of a file beside which column is what."""
    return {key: text for key, text in options.items() if text}


def show_guessed_columns(file: Path, chosen: dict[str, Any], *, confirmed: bool) -> None:
    """Show how a file is taken; refuse it where that is not certain and nobody confirmed."""
    from molagent.cli.terminal import show_guess
    from molagent.ingest.intake import require_certain, show_layout
    from molagent.ingest.reading_plan import find_layout

    found = find_layout(file, **chosen)
    if found.doubts:
        show_frame(show_layout(file, **chosen))
    show_guess(found.note, found.doubts)
    if not confirmed:
        require_certain(found.doubts, place=file.name)


@data_app.command()
def points(
    file: Annotated[Path, typer.Argument(help="One row a point.", show_default=False)],
    endpoint: Annotated[str, typer.Argument(help="What the curves measure.", show_default=False)],
    *,
    project: DataFile = HERE,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Rows to keep, as COLUMN=TEXT; may be repeated.", show_default=False),
    ] = None,
    columns: Annotated[
        str, typer.Option(help="TOML layout of a table of points; guessed without it.")
    ] = "",
    decimal: DecimalSign = "",
    sheet: SheetName = "",
    report: Annotated[
        bool, typer.Option("--report", help="Store the potencies of the fits as results too.")
    ] = False,
    ic50: Annotated[
        str,
        typer.Option(
            help="Which half effect curves report that level off elsewhere than at the controls: "
            "relative (half of their own way) or absolute (50 %). Without it they report nothing."
        ),
    ] = "",
) -> None:
    """Read dose-response points, fit a curve to each series and store both."""
    kept: dict[str, list[str]] = {}
    for text in where or []:
        column, equals, wanted = text.partition("=")
        if not equals:
            raise InputError(f"--where {text!r} has no '='", remedy="write COLUMN=TEXT")
        kept.setdefault(column, []).append(wanted)
    from molagent.curves import CurveRules

    found = open_data(project).dose_response.ingest_points(
        file,
        endpoint,
        columns=columns or None,
        where=kept or None,
        rules=CurveRules(ic50=ic50),
        report=report,
        decimal=decimal,
        sheet=sheet,
    )
    typer.echo(found.sentence)
    for note in found.notes:
        typer.echo(f"  {note}")


@data_app.command()
def plates(
    file: Annotated[Path, typer.Argument(help="Plate reader's export.", show_default=False)],
    endpoint: Annotated[str, typer.Argument(help="What the plates measure.", show_default=False)],
    *,
    project: DataFile = HERE,
    layout: Annotated[
        Path | None,
        typer.Option(help="What is in which well: a file.", show_default=False),
    ] = None,
    columns: Annotated[
        str, typer.Option(help="TOML layout of a table of wells; guessed without it.")
    ] = "",
    decimal: DecimalSign = "",
    run: Annotated[str, typer.Option(help="Name of the run, instead of the file's.")] = "",
    read: Annotated[
        str,
        typer.Option(help="The one read to take of several, by a part of its title."),
    ] = "",
) -> None:
    """Read plates, put wells between the controls, judge every plate and store all of it."""
    data = open_data(project).dose_response
    receipt, rejections = data.ingest_plates(
        file,
        endpoint,
        layout=layout,
        columns=columns or None,
        run_id=run,
        decimal=decimal,
        read=read,
    )
    typer.echo(
        f"{receipt.name}: {receipt.plates} plates with {receipt.wells} wells stored, "
        f"{len(rejections)} rejected" + (", was there already" if receipt.known else "")
    )
    for note in receipt.notes:
        typer.echo(f"  {note}")
    if receipt.unregistered:
        typer.echo(f"  {receipt.unregistered} sample wells stand for no compound of the project")
    show_frame(data.quality())


@data_app.command("list")
def list_(
    what: Annotated[
        str, typer.Argument(help="endpoints, files, kept, rejections, compounds, orders, series.")
    ] = "endpoints",
    project: DataFile = HERE,
) -> None:
    """List what a project holds."""
    data = open_data(project)
    tables = {
        "endpoints": data.assays,
        "files": data.files,
        "kept": data.kept_files,
        "rejections": data.rejections,
        "compounds": data.compounds,
        "orders": data.orders,
        "series": data.series,
        "snapshots": data.snapshots,
        "corrections": data.corrections,
        "curves": data.dose_response.curves,
        "plates": data.dose_response.plates,
    }
    if what not in tables:
        raise InputError(f"{what!r} cannot be listed", remedy=f"one of {', '.join(tables)}")
    show_frame(tables[what]())


@data_app.command()
def kept(
    sha256: Annotated[
        str, typer.Argument(help="Of its bytes; `list kept` shows it.", show_default=False)
    ],
    *,
    project: DataFile = HERE,
    out: Annotated[Path, typer.Option(help="A new file.", show_default=False)],
) -> None:
    """Write a file that was read with --keep-raw back to disk, byte for byte."""
    typer.echo(str(open_data(project).write_kept_file(sha256, out)))


@data_app.command()
def values(
    endpoint: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    *,
    project: DataFile = HERE,
    pool: Annotated[
        bool, typer.Option("--pool", help="Average values of several protocols.")
    ] = False,
) -> None:
    """Show one value a compound, bounds counted for what they say."""
    show_frame(open_data(project).values(endpoint, pool=pool))


@data_app.command()
def trace(
    reference: Annotated[
        str,
        typer.Argument(
            help="result:12, value:MA-000001/jak1_pki, prediction:P1-0001/jak1_pki, curve:3, ...",
            show_default=False,
        ),
    ],
    project: DataFile = HERE,
) -> None:
    """Show where a number comes from, down to the rows of files."""
    typer.echo(str(open_data(project).trace(reference)))


@data_app.command()
def sar(
    endpoint: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    *,
    project: DataFile = HERE,
    out: Annotated[Path, typer.Option(help="The page.")] = Path("sar.html"),
    core: Annotated[str, typer.Option(help="Take all compounds apart at this core.")] = "",
    pool: Annotated[
        bool, typer.Option("--pool", help="Average values of several protocols.")
    ] = False,
) -> None:
    """Write series, R groups, contributions, matched pairs and cliffs as one page."""
    typer.echo(str(open_data(project).sar(endpoint, pool=pool).write_page(out, core=core)))
