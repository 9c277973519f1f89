"""`molagent data`, continued: corrections, snapshots, the audit trail, series and exports."""

from pathlib import Path
from typing import Annotated

import typer

from molagent.cli.data import HERE, DataFile, data_app, open_data
from molagent.cli.frames import show_frame

__all__ = ["data_app"]

_EXIT_BROKEN = 1
_EXIT_UNSIGNED = 3
_MOST_WRITES = 20

Reason = Annotated[str, typer.Option(help="Why; it stays beside the row.", show_default=False)]
Actor = Annotated[str, typer.Option(help="Who; by default the user of this machine.")]


@data_app.command()
def correct(
    result_id: Annotated[int, typer.Argument(help="Number of the result.", show_default=False)],
    *,
    reason: Reason,
    project: DataFile = HERE,
    value: Annotated[
        float | None, typer.Option(help="The right value.", show_default=False)
    ] = None,
    unit: Annotated[str, typer.Option(help="Its unit, if that changes.")] = "",
    relation: Annotated[str, typer.Option(help="Its relation, if that changes.")] = "",
    scale: Annotated[
        str,
        typer.Option(help="Of the value: linear, p, log10; by default the file's, or the unit's."),
    ] = "",
    actor: Actor = "",
) -> None:
    """Replace one value by a new row that says who and why; the old one stays beside it."""
    data = open_data(project, actor=actor)
    new = data.correct(
        result_id, reason=reason, value=value, unit=unit, relation=relation, scale=scale
    )
    show_frame(data.history(new))


@data_app.command()
def mark(
    result_id: Annotated[int, typer.Argument(help="Number of the result.", show_default=False)],
    validity: Annotated[str, typer.Argument(help="valid, suspect, invalid.", show_default=False)],
    *,
    reason: Reason,
    project: DataFile = HERE,
    actor: Actor = "",
) -> None:
    """Call one result valid, suspect or invalid."""
    data = open_data(project, actor=actor)
    show_frame(data.history(data.mark(result_id, validity, reason=reason)))


@data_app.command()
def snapshot(
    name: Annotated[str, typer.Argument(help="A name that is never used again.")],
    *,
    project: DataFile = HERE,
    endpoint: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.", show_default=False)
    ] = None,
    note: Annotated[str, typer.Option(help="What for.")] = "",
    actor: Actor = "",
) -> None:
    """List what counts now under a name and a SHA-256, for good."""
    made = open_data(project, actor=actor).snapshot(name, endpoints=endpoint or (), note=note)
    typer.echo(f"{made.name}: {made.n_results} results, SHA-256 {made.sha256}")


@data_app.command()
def diff(
    before: Annotated[str, typer.Argument(help="A snapshot.", show_default=False)],
    after: Annotated[str, typer.Argument(help="Another; without it what counts now.")] = "",
    project: DataFile = HERE,
) -> None:
    """Show what changed between two snapshots, or since one."""
    show_frame(open_data(project).diff(before, after))


@data_app.command()
def restore(
    name: Annotated[str, typer.Argument(help="A snapshot.", show_default=False)],
    *,
    reason: Reason,
    project: DataFile = HERE,
    actor: Actor = "",
) -> None:
    """Let exactly the results of a snapshot count again; nothing is deleted on the way."""
    done = open_data(project, actor=actor).restore(name, reason=reason)
    typer.echo(
        f"{name}: {done.returned} results count again, {done.set_aside} no longer, "
        f"{done.reverted} have the validity they had"
    )


@data_app.command()
def audit(
    *,
    project: DataFile = HERE,
    head: Annotated[
        str, typer.Option(help="A head that was kept elsewhere: shows a tail that was cut off.")
    ] = "",
    trail: Annotated[bool, typer.Option("--trail", help="Show the entries too.")] = False,
) -> None:
    """Verify the audit trail: 0 if it is whole, 1 if broken, 3 if something wrote past molagent."""
    data = open_data(project)
    if trail:
        show_frame(data.audit())
    report = data.verify(head or None)
    typer.echo(report.sentence)
    for problem in report.problems:
        typer.echo(f"  {problem.kind}: {problem.message}")
    for write in report.unsigned[:_MOST_WRITES]:
        typer.echo(f"  unsigned: {write.message}")
    if len(report.unsigned) > _MOST_WRITES:
        typer.echo(f"  unsigned: {len(report.unsigned) - _MOST_WRITES:,} more; see --trail")
    if not report.whole:
        raise typer.Exit(_EXIT_BROKEN)
    if not report.signed:
        raise typer.Exit(_EXIT_UNSIGNED)


@data_app.command()
def series(
    name: Annotated[str, typer.Argument(help="Its name.", show_default=False)],
    *,
    project: DataFile = HERE,
    core: Annotated[str, typer.Option(help="SMARTS that its compounds have.")] = "",
    compound: Annotated[
        list[str] | None, typer.Option(help="A compound id; may be repeated.", show_default=False)
    ] = None,
    confidential: Annotated[
        bool, typer.Option("--confidential", help="Roles do not see it unless they may.")
    ] = False,
) -> None:
    """Name a set of compounds, by which a role sees data and an export leaves data out."""
    count = open_data(project).define_series(
        name, core=core, compound_ids=compound or (), confidential=confidential
    )
    typer.echo(f"{name}: {count} compounds")


@data_app.command()
def export(
    out: Annotated[Path, typer.Argument(help="The new project file.", show_default=False)],
    without: Annotated[
        list[str], typer.Option(help="A series to leave out; may be repeated.", show_default=False)
    ],
    project: DataFile = HERE,
) -> None:
    """Write a new project file in which nothing of some series is left."""
    typer.echo(open_data(project).export(out, without=without).sentence)
