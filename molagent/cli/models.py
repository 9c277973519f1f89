"""`molagent models`: models by version, trained on snapshots, asked and explained."""

from pathlib import Path
from typing import Annotated

import typer

from molagent.cli.data import HERE, DataFile, open_data
from molagent.cli.display import progress_display
from molagent.cli.frames import show_frame
from molagent.cli.interrupts import watch_for_interrupts
from molagent.cli.structures import given_structures, smiles_column
from molagent.errors import InputError
from molagent.formulas import csv_text

__all__ = ["models_app"]

models_app = typer.Typer(
    help="Models of the project's assays, those of its campaign too.", no_args_is_help=True
)

Endpoint = Annotated[str, typer.Argument(help="Its name.", show_default=False)]
Version = Annotated[int, typer.Option(min=0, help="Version; 0 is the newest.")]


@models_app.command()
def train(
    endpoints: Annotated[list[str], typer.Argument(help="What to learn.", show_default=False)],
    *,
    project: DataFile = HERE,
    snapshot: Annotated[
        str, typer.Option(help="Data to learn from; without it a snapshot is taken now.")
    ] = "",
    kind: Annotated[
        str, typer.Option(help="local: one model each; message_passing: one network for all.")
    ] = "local",
    candidate: Annotated[
        list[str] | None,
        typer.Option(
            help="Of local: what is compared, as gp, gp-chiral, consensus; repeatable.",
            show_default=False,
        ),
    ] = None,
    second: Annotated[
        list[str] | None,
        typer.Option(
            help="ENDPOINT=OTHER: another assay that informs it, for `two-part+second`; "
            "repeatable.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    cards: Annotated[
        Path | None, typer.Option(help="Folder to write the model cards to.", show_default=False)
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Train on a snapshot and register the next version; earlier ones and what they said stay."""
    from molagent.report.modelcard import write_card

    watch_for_interrupts()
    shelf = open_data(project).models
    with progress_display(quiet=quiet) as progress:
        made = shelf.train(
            endpoints,
            snapshot=snapshot,
            kind=kind,
            candidates=candidate or (),
            second=_pairs(second or []),
            seed=seed,
            reason=reason,
            progress=progress,
        )
    for version in made:
        card = version.card
        verdict = "reliable" if card["reliable"] else f"not reliable: {card['reason']}"
        typer.echo(f"{version.version_id}  {version.kind}  snapshot {version.snapshot}  {verdict}")
        if cards is not None:
            for path in write_card(card, cards):
                typer.echo(f"  {path}")


@models_app.command("list")
def list_(
    endpoint: Annotated[str, typer.Argument(help="Only of this one.")] = "",
    project: DataFile = HERE,
) -> None:
    """List the versions, oldest first."""
    found = open_data(project).models.versions(endpoint)
    show_frame(found.drop(columns=["card", "settings"], errors="ignore"))


@models_app.command()
def card(
    endpoint: Endpoint,
    *,
    project: DataFile = HERE,
    version: Version = 0,
    out: Annotated[Path, typer.Option(help="Folder to write the card to.")] = Path("cards"),
) -> None:
    """Write a model's card: data, what was compared, held-out figures, whether to rely on it.

    Of an endpoint that a campaign asks elsewhere, as ADMET-AI, it is the card that it stored.
    """
    from molagent.report.modelcard import write_card

    for path in write_card(open_data(project).models.card(endpoint, version=version), out):
        typer.echo(str(path))


@models_app.command()
def predict(
    endpoint: Endpoint,
    structures: Annotated[
        list[str], typer.Argument(help="SMILES, or one CSV with a column `smiles`.")
    ],
    *,
    project: DataFile = HERE,
    version: Version = 0,
    months_ahead: Annotated[
        float | None,
        typer.Option(min=0.0, help="When they will be measured; intervals widen with it."),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Do not keep what was said in the project.")
    ] = False,
) -> None:
    """Ask a model: mean, spread, 90 % interval and domain band of each structure."""
    asked = given_structures(structures)
    shelf = open_data(project).models
    show_frame(
        shelf.predict(
            endpoint,
            asked,
            version=version,
            months_ahead=months_ahead,
            purpose="command line",
            keep=not forget,
        )
    )


@models_app.command()
def choose(
    endpoint: Endpoint,
    candidates: Annotated[Path, typer.Argument(help="CSV with a column `smiles`.")],
    *,
    project: DataFile = HERE,
    count: Annotated[int, typer.Option(min=1, help="Compounds to choose.")] = 24,
    plates: Annotated[int, typer.Option(min=0, help="Fill so many plates instead.")] = 0,
    plate: Annotated[str, typer.Option(help="96 or 384 wells; controls keep theirs.")] = "384",
    wells: Annotated[int, typer.Option(min=1, help="Wells a compound, with `--plates`.")] = 1,
    threshold: Annotated[
        float | None, typer.Option(help="What a hit reaches; then hits are counted.")
    ] = None,
    strategy: Annotated[
        str, typer.Option(help="upper_bound, thompson, greedy, probability_of_hit.")
    ] = "upper_bound",
    explore: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share chosen for what it teaches.")
    ] = 0.2,
    per_scaffold: Annotated[int, typer.Option(min=1, help="Most of one scaffold.")] = 3,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    version: Version = 0,
    out: Annotated[Path | None, typer.Option(help="Write the batch as CSV.")] = None,
) -> None:
    """Choose which compounds to test next, each with its reason, and count expected hits."""
    from molagent.select.plates import compounds_on

    chosen, selection = open_data(project).models.choose(
        endpoint,
        smiles_column(candidates),
        count=compounds_on(plates, plate, wells_per_compound=wells) if plates else count,
        threshold=threshold,
        strategy=strategy,
        explore=explore,
        per_scaffold=per_scaffold,
        seed=seed,
        version=version,
    )
    show_frame(chosen)
    if selection.hits is not None:
        typer.echo(f"{selection.hits}.")
    if selection.batch.shortfall:
        typer.echo(selection.batch.shortfall)
    if out is not None:
        out.write_text(csv_text(chosen), encoding="utf-8", newline="")
        typer.echo(str(out))


@models_app.command()
def explain(
    endpoint: Endpoint,
    smiles: Annotated[str, typer.Argument(help="A structure.", show_default=False)],
    *,
    project: DataFile = HERE,
    version: Version = 0,
    out: Annotated[Path, typer.Option(help="The page.")] = Path("explanation.html"),
) -> None:
    """Write why a model says what it says: atoms, neighbours, and what argues against."""
    from molagent.report.explanation import write_explanation

    found = open_data(project).models.explain(endpoint, smiles, version=version)
    typer.echo(str(write_explanation(found, out)))


@models_app.command()
def compare(
    endpoint: Endpoint,
    old: Annotated[int, typer.Argument(min=1, help="A version.", show_default=False)],
    new: Annotated[int, typer.Argument(min=0, help="Another; 0 is the newest.")] = 0,
    project: DataFile = HERE,
) -> None:
    """Hold two versions against each other on the structures that both were asked about.

    What a campaign predicted by them counts, and what `molagent models predict` kept.
    """
    shelf = open_data(project).models
    found = shelf.compare(endpoint, old, new)
    show_frame(found)
    typer.echo(shelf.drift(endpoint, old, new, comparison=found))


def _pairs(texts: list[str]) -> dict[str, str]:
    """Return ``ENDPOINT=OTHER`` texts as a mapping."""
    if wrong := [text for text in texts if text.count("=") != 1 or text.strip("=") != text]:
        raise InputError(f"{wrong[0]!r} is not ENDPOINT=OTHER", remedy="write jak1_pki=jak2_pki")
    return dict(text.split("=") for text in texts)
