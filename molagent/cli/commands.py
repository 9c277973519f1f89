"""The commands: thin verbs over `molagent.project`; heavy imports wait until they are needed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from molagent.cli.data import (
    HERE,
    DecimalSign,
    SheetName,
    open_data,
    show_guessed_columns,
)
from molagent.cli.display import progress_display
from molagent.cli.frames import show_frame
from molagent.cli.governance import data_app
from molagent.cli.interrupts import watch_for_interrupts
from molagent.cli.models import models_app
from molagent.cli.optimise import optimise_command
from molagent.cli.patents import patents_app
from molagent.cli.patience import patient_command
from molagent.cli.replay import replay_command
from molagent.cli.structures import given_structures
from molagent.cli.train import train_app
from molagent.errors import InputError, MolagentError
from molagent.formulas import csv_text

if TYPE_CHECKING:
    from molagent.project.project import Project

__all__ = ["app", "main"]

EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="molagent",
    help="From assay data to a reasoned shortlist of molecules, offline by default.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(train_app, name="train")
app.add_typer(data_app, name="data")
app.add_typer(models_app, name="models")
app.add_typer(patents_app, name="patents")
app.command("optimise")(optimise_command)
app.command("replay")(replay_command)

ConfigPath = Annotated[Path, typer.Argument(help="Campaign file (TOML).", show_default=False)]
Folder = Annotated[
    Path | None,
    typer.Option(
        "--project",
        "-p",
        envvar="MOLAGENT_PROJECT",
        help="Project folder; without it the only one under runs/.",
        show_default=False,
    ),
]
# Of commands that take nothing else, the folder may also stand by itself, as everybody types it.
Place = Annotated[
    Path | None, typer.Argument(help="Project folder, as of --project.", show_default=False)
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be taken; write nothing.")]
Structures = Annotated[list[str], typer.Argument(help="SMILES, or one file with a column of them.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only the result.")]


def _open(folder: Path | None) -> "Project":
    from molagent.project.project import Project

    return Project.open(folder or _only_project())


def _only_project() -> Path:
    """Return the one project under runs/, or say which there are."""
    found = sorted(path.parent for path in Path("runs").glob("*/project.duckdb"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise InputError(
            "there is no project under runs/", remedy="run a campaign first, or give --project"
        )
    names = ", ".join(str(path) for path in found)
    raise InputError(f"there are several projects ({names})", remedy="choose one with --project")


@app.command()
def run(
    config: ConfigPath,
    policy: Annotated[
        str | None, typer.Option(help="'agents', 'fixed' or a plugin's, instead of the file's.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Output folder, instead of the file's.", show_default=False)
    ] = None,
    quiet: Quiet = False,  # noqa: FBT002 - a flag
) -> None:
    """Run a campaign from its file to a shortlist and a report."""
    watch_for_interrupts()
    from molagent.project.project import Project

    project = Project.create(config, policy=policy, folder=out)
    _finish(project, quiet=quiet)


@app.command()
def resume(
    place: Place = None,
    folder: Folder = None,
    quiet: Quiet = False,  # noqa: FBT002 - a flag
) -> None:
    """Go on with a campaign that was interrupted, or that new measurements have come for."""
    watch_for_interrupts()
    _finish(_open(place or folder), quiet=quiet)


def _finish(project: "Project", *, quiet: bool) -> None:
    from molagent.cli.terminal import show_result

    try:
        with progress_display(quiet=quiet) as progress:
            result = project.run(progress)
    except KeyboardInterrupt:
        typer.echo(
            f"\nInterrupted. What was finished is kept; go on with:\n"
            f"  molagent resume --project {project.folder}",
            err=True,
        )
        raise typer.Exit(EXIT_INTERRUPTED) from None
    show_result(project, result)


@app.command()
def tell(
    results: Annotated[
        Path, typer.Argument(help="CSV, XLSX, SDF or JSON of values.", show_default=False)
    ],
    folder: Folder = None,
    replaces: Annotated[
        str, typer.Option(help="Name of an earlier results file that this one corrects.")
    ] = "",
    refuse_unknown: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option("--refuse-unknown", help="Reject ids that the project does not know."),
    ] = False,
    dry_run: DryRun = False,  # noqa: FBT002 - a flag
    decimal: DecimalSign = "",
    sheet: SheetName = "",
) -> None:
    """Bring measured values back; `molagent resume` then runs the next cycle with them."""
    from molagent.cli.terminal import show_receipt

    project = _open(folder)
    receipt, rejections = project.tell(
        results,
        replaces=replaces,
        dry_run=dry_run,
        unknown_ids="refuse" if refuse_unknown else "take",
        decimal=decimal,
        sheet=sheet,
    )
    show_receipt(receipt, rejections, dry_run=dry_run)
    if not dry_run and receipt.accepted and project.store.waits_to_learn():
        typer.echo(f"Next: molagent resume --project {project.folder}")


@app.command("init")
def init_command(
    data: Annotated[Path, typer.Argument(help="A file of measured values.", show_default=False)],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            help="The campaign file; the data file's name by default.", show_default=False
        ),
    ] = None,
    smiles: Annotated[str, typer.Option(help="Column of structures.")] = "",
    name: Annotated[str, typer.Option(help="Column of compound names.")] = "",
    value: Annotated[str, typer.Option(help="Column of values.")] = "",
    unit: Annotated[str, typer.Option(help="Unit of all values.")] = "",
    relation: Annotated[str, typer.Option(help="Column of relations.")] = "",
    endpoint: Annotated[str, typer.Option(help="Name of the endpoint, as jak1_pic50.")] = "",
    quantity: Annotated[str, typer.Option(help="Ki, IC50, EC50 or Kd.")] = "",
    target: Annotated[str, typer.Option(help="Target of the assay.")] = "",
    decimal: DecimalSign = "",
    sheet: SheetName = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Go on where the guess is not certain.")
    ] = False,
) -> None:
    """Write a commented campaign file from a data file: columns, series, motifs, a profile.

    What is not named is guessed, and shown.
    """
    from molagent.project.drafting import draft_campaign

    given = {
        "smiles": smiles,
        "name_column": name,
        "value": value,
        "unit": unit,
        "relation_column": relation,
        "endpoint": endpoint,
        "quantity": quantity,
        "target": target,
        "decimal": decimal,
        "sheet": sheet,
    }
    chosen = {key: text for key, text in given.items() if text}
    show_guessed_columns(data, chosen, confirmed=yes)
    draft = draft_campaign(data, out or Path(f"{data.stem}.toml"), confirm=yes, **chosen)
    for each in draft.series:
        typer.echo(f"{each.series} {each.name}: {len(each.smiles)} potent compounds")
        for rule in each.rules:
            typer.echo(f"  {rule.kind} {rule.sentence}")
    for path in draft.files:
        typer.echo(str(path))
    typer.echo(f"Next: molagent check {draft.campaign}")


@app.command()
def check(config: ConfigPath) -> None:
    """Read a campaign file and its data; say what a run would take and reject, and can do."""
    from molagent.cli.terminal import show_receipt
    from molagent.config import load_config
    from molagent.project.intake import dry_run
    from molagent.project.prospects import model_prospects
    from molagent.project.series_prospects import series_prospects

    checked, intakes = load_config(config), dry_run(config)
    for result in intakes:
        show_receipt(result.receipt, result.rejections, dry_run=True)
    for sentence in (*model_prospects(checked, intakes), *series_prospects(checked, intakes)):
        typer.echo(sentence)


@app.command()
def status(place: Place = None, folder: Folder = None) -> None:
    """Show which stages are done and how the cycles went."""
    from molagent.cli.terminal import show_status
    from molagent.project.folder import read_status

    show_status(read_status(place or folder or _only_project()))


@app.command()
def why(
    compound_id: Annotated[str, typer.Argument(help="For example P2-0031.")], folder: Folder = None
) -> None:
    """Explain one proposal: origin, predictions, verdicts, evidence, choice."""
    from molagent.cli.terminal import show_why

    show_why(_open(folder).why(compound_id))


@app.command()
def mark(
    state: Annotated[
        str,
        typer.Argument(
            help="planned, ordered, made, shipped, received, failed, or cancelled, which frees it."
        ),
    ],
    compound_ids: Annotated[list[str], typer.Argument(help="For example P2-0031 P2-0044.")],
    supplier: Annotated[str, typer.Option(help="Who makes them.")] = "",
    note: Annotated[str, typer.Option(help="For example why a synthesis failed.")] = "",
    folder: Folder = None,
) -> None:
    """Record what became of proposals; what is on its way is not proposed or chosen again."""
    marked = _open(folder).mark(compound_ids, state, supplier=supplier, note=note)
    typer.echo(f"{marked} marked as {state}")


@app.command()
def predict(structures: Structures, folder: Folder = None) -> None:
    """Say what the campaign's models think of my own structures; nothing is stored."""
    show_frame(_open(folder).predict(given_structures(structures)))


@app.command()
def score(
    structures: Structures,
    folder: Folder = None,
    table: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--table", help="A row a structure, instead of text.")
    ] = False,
) -> None:
    """Judge my own structures as proposals: estimates, every filter, patents, desirability."""
    scores = _open(folder).score(given_structures(structures))
    if table:
        show_frame(scores.summary)
    else:
        typer.echo(str(scores))


@app.command()
def report(
    place: Place = None,
    folder: Folder = None,
    since: Annotated[
        Path | None, typer.Option(help="Folder of an earlier release of patents.")
    ] = None,
    release: Annotated[
        Path | None, typer.Option(help="With --since: folder of the later release.")
    ] = None,
) -> None:
    """Write the report and the exports again, with what is new in patents if asked."""
    if (since is None) != (release is None):
        raise InputError(
            "one release is given, and two are compared", remedy="give both --since and --release"
        )
    compared = None if since is None or release is None else (since, release)
    for path in _open(place or folder).write_deliverables(since=compared):
        typer.echo(str(path))


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="A SELECT over the project file.")],
    folder: Folder = None,
) -> None:
    """Query any project file, of a campaign or of assay data alone, read-only, as CSV."""
    place = folder or (_only_project() if Path("runs").is_dir() else HERE)
    typer.echo(csv_text(open_data(place).sql(query)), nl=False)


@app.command()
def plugins() -> None:
    """List generators, predictors, filters and policies, and who provides them."""
    from molagent.project.plugins import installed_plugins

    for kind, name, source in installed_plugins():
        typer.echo(f"{kind:12} {name:16} {source}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a bad input is one sentence and exit code 2, never a traceback."""
    try:
        patient_command(app)(arguments)
    except MolagentError as error:
        _refuse(str(error))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _refuse(f"{where}{error.strerror or error}; check the path, its permissions and the disk")
    except MemoryError:
        _refuse("the memory that this process may use is full; give it more, or a smaller file")
    except RecursionError:
        _refuse("the input is nested too deeply to be read; nest less")


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"molagent: {sentence}", err=True)
    sys.exit(EXIT_BAD_INPUT)
