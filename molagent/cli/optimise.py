"""`molagent optimise`: let the generator learn what a campaign's profile rewards."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molagent.cli.display import progress_display
from molagent.cli.interrupts import watch_for_interrupts

if TYPE_CHECKING:
    from molagent.propose.optimise.diversity import BucketSettings

__all__ = ["optimise_command"]

_EXIT_INTERRUPTED = 130


def optimise_command(
    config: Annotated[Path, typer.Argument(help="Campaign file (TOML).", show_default=False)],
    *,
    calls: Annotated[
        int, typer.Option(min=1, help="Structures to score, those it starts from included.")
    ] = 1000,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed, instead of the file's.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Project folder, instead of the file's.", show_default=False),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run; --calls may be raised.")
    ] = False,
    run: Annotated[str, typer.Option(help="Name of the run; by default its seed.")] = "",
    objective: Annotated[
        Path | None,
        typer.Option(help="TOML file of components, instead of the profile."),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of the policy to start from.")
    ] = None,
    diversity: Annotated[
        str, typer.Option(help="Discount what is alike: none, murcko, topological or similarity.")
    ] = "none",
    bucket: Annotated[
        int, typer.Option(min=1, help="Good structures of a kind until it is worth nothing.")
    ] = 25,
    core: Annotated[
        str, typer.Option(help="What stays: a core, or two to link; [*] marks where to grow.")
    ] = "",
    around: Annotated[
        bool, typer.Option("--around", help="Change the project's actives around the core.")
    ] = False,
    outside: Annotated[
        list[str] | None,
        typer.Option(
            help="Claim id of the campaign's collection to keep out of; repeatable.",
            show_default=False,
        ),
    ] = None,
    proposals: Annotated[int, typer.Option(min=1, help="New structures in a step.")] = 32,
    updates: Annotated[int, typer.Option(min=0, help="Most policy updates a step.")] = 4,
    prerank: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Candidates for each structure scored, ranked by what was scored so far: 8, or as "
            "the run began; 0 or 1 ranks none.",
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress, only the result.")
    ] = False,
) -> None:
    """Let the generator learn, call by call, what a campaign's profile rewards."""
    watch_for_interrupts()
    from molagent.cli.terminal import show_optimised
    from molagent.project.project import Project
    from molagent.records import Constraints

    project = Project.create(config, folder=out)
    settings = _diversity(diversity, bucket)
    constraints = Constraints(frozen=core) if core else None
    if outside:
        constraints = project.patents.claims.keep_outside(outside, constraints)
    try:
        with progress_display(quiet=quiet) as progress:
            result = project.optimise(
                calls,
                seed=seed,
                run=run,
                resume=resume,
                objective=objective,
                weights=weights,
                diversity=settings,
                constraints=constraints,
                mode="around" if around else "",
                proposals=proposals,
                updates=updates,
                prerank=prerank,
                progress=progress,
            )
    except KeyboardInterrupt:
        typer.echo(
            "\nInterrupted. Every finished step is kept; go on with the same command and --resume.",
            err=True,
        )
        raise typer.Exit(_EXIT_INTERRUPTED) from None
    show_optimised(result)


def _diversity(kind: str, bucket: int) -> "BucketSettings | None":
    if kind == "none":
        return None
    from molagent.propose.optimise.diversity import BucketSettings

    return BucketSettings(kind=kind, bucket_size=bucket)
