"""Markush claims on the command line: read, draw, import, draft, confirm, and what would leave."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from molagent.cli.patent_drafts import add_draft_commands
from molagent.errors import InputError, NotFoundError

if TYPE_CHECKING:
    from molagent.patents.markush.boundary import ClaimBoundary
    from molagent.patents.markush.drafting.drafts import ClaimDraft

__all__ = ["claims_app"]

claims_app = typer.Typer(
    help="Read, draw, import and confirm Markush claims. Evidence, not legal advice.",
    no_args_is_help=True,
)

add_draft_commands(claims_app)

Data = Annotated[Path, typer.Option(help="Folder of publications and claims.")]
Which = Annotated[
    str, typer.Argument(help="A claim's id (US-9249149-B2/1) or its file.", show_default=False)
]
_FOLDER: Final = Path("data/patents")


@claims_app.command("list")
def claims_list(data: Data = _FOLDER) -> None:
    """List claims and drafts of a folder: who stands behind them, and whether their tests pass."""
    import pandas as pd

    from molagent.cli.frames import show_frame

    rows = [
        {
            "claim": draft.claim.claim_id,
            "status": draft.claim.status.value,
            "kind": draft.claim.kind,
            "cores": len(draft.claim.templates),
            "sites": len(draft.claim.sites),
            "tests": f"{len(draft.tests) - len(draft.failed)}/{len(draft.tests)}",
            "missing": "; ".join(draft.missing),
            "confirmed_by": draft.claim.confirmed_by,
            "file": str(draft.path.relative_to(data)),
        }
        for draft in _drafts(data)
    ]
    columns = ["claim", "status", "kind", "cores", "sites", "tests", "missing", "confirmed_by"]
    show_frame(pd.DataFrame(rows, columns=[*columns, "file"]))


@claims_app.command("show")
def claims_show(which: Which, data: Data = _FOLDER) -> None:
    """Read a claim back in English, with its tests and its history."""
    from rich.console import Console
    from rich.markup import escape

    from molagent.patents.markush.sentences import read_back

    draft = _find(which, data)
    console = Console(highlight=False)
    console.print(escape(read_back(draft.claim).text), soft_wrap=True)
    console.print()
    for test in draft.tests:
        mark = "[green]as it should[/green]" if test.passed else "[red]wrong[/red]"
        kind = "member" if test.expected else "non-member"
        console.print(f"{mark}  {kind}  {escape(test.smiles)}", soft_wrap=True)
        console.print(f"    [dim]{escape(test.why)}[/dim]", soft_wrap=True)
    for lacking in draft.missing:
        console.print(f"[yellow]before it can be confirmed: {escape(lacking)}[/yellow]")
    for event in draft.claim.history:
        note = f": {event.note}" if event.note else ""
        console.print(f"{event.on}  {escape(f'{event.what} by {event.by}{note}')}", soft_wrap=True)


@claims_app.command("match")
def claims_match(
    smiles: Annotated[list[str], typer.Argument(help="One or more SMILES.", show_default=False)],
    data: Data = _FOLDER,
    claim: Annotated[
        list[str] | None, typer.Option("--claim", help="Only these claims; all by default.")
    ] = None,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="List claims whose core does not occur, too.")
    ] = False,
) -> None:
    """Say of each structure and claim whether it is inside, and if not, which predicate fails."""
    import pandas as pd

    from molagent.cli.frames import show_frame
    from molagent.patents.markush.boundary import find_outcome

    claims = [_find(which, data).claim for which in claim or ()]
    claims = claims or [draft.claim for draft in _drafts(data) if not draft.failed]
    rows = [find_outcome(each, text) for text in smiles for each in claims]
    columns = ["structure", "claim", "status", "outcome", "distance", "why"]
    frame = pd.DataFrame(rows, columns=columns)
    shown = frame if every else frame[frame["outcome"] != "outside"]
    show_frame(shown)
    if hidden := len(frame) - len(shown):
        typer.echo(f"outside: {hidden} of {len(frame)}, as the core does not occur", err=True)


@claims_app.command("draw")
def claims_draw(
    which: Which,
    out: Annotated[Path, typer.Option(help="HTML with everything, or SVG of the first core.")],
    data: Data = _FOLDER,
) -> None:
    """Draw a claim: its core, its sites in words, its members and non-members."""
    from molagent.report.claim import claim_page, claim_svg
    from molagent.report.files import replace_file

    draft = _find(which, data)
    match out.suffix.lower():
        case ".html":
            text = claim_page([(draft.claim, draft.tests)], title=draft.claim.claim_id)
        case ".svg":
            text = claim_svg(draft.claim)
        case other:
            raise InputError(
                f"{other or 'no suffix'} is not drawn", remedy="end it in .html or .svg"
            )
    typer.echo(str(replace_file(out, text.encode())))


@claims_app.command("leave")
def claims_leave(
    which: Which,
    smiles: Annotated[str, typer.Argument(help="A structure inside the claim.")],
    data: Data = _FOLDER,
    *,
    top: Annotated[int, typer.Option(min=1, max=20, help="Most changes a site.")] = 4,
    beside: Annotated[
        bool, typer.Option("--beside", help="Keep out of every other claim of the folder too.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Draw it into an HTML file.")] = None,
) -> None:
    """Say what keeps a structure inside a claim, and which small changes leave it."""
    from molagent.patents.markush.boundary import find_boundary
    from molagent.report.claim import boundary_html
    from molagent.report.files import replace_file
    from molagent.report.page import page

    claim = _find(which, data).claim
    others = [draft.claim for draft in _drafts(data) if not draft.failed] if beside else []
    boundary = find_boundary(claim, smiles, beside=others, top=top)
    for line in _leave_lines(boundary):
        typer.echo(line)
    typer.echo("Every change was tried on the claim as read. Evidence, not legal advice.")
    if out is not None:
        html = page(claim.claim_id, [boundary_html(smiles, boundary)], kicker="Out of a claim")
        typer.echo(str(replace_file(out, html.encode())))


@claims_app.command("overlap")
def claims_overlap(
    ours: Which,
    theirs: Annotated[str, typer.Argument(help="The other claim: its id or its file.")],
    data: Data = _FOLDER,
    *,
    seconds: Annotated[float, typer.Option(min=1.0, help="Time to look for a structure.")] = 60.0,
    tries: Annotated[int, typer.Option(min=1, help="Most structures to try.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Of the draws.")] = 0,
) -> None:
    """Say whether two claims, drafts too, hold a structure in common: yes with one, no, unknown."""
    from molagent.patents.markush.genus import compare_claims

    mine, other = (_find(which, data).claim for which in (ours, theirs))
    found = compare_claims(mine, other, seconds=seconds, tries=tries, seed=seed)
    typer.echo(f"{found.answer}: {mine.claim_id} and {other.claim_id}, as they were read")
    if found.witness:
        typer.echo(f"  inside both: {found.witness}")
    if found.reason:
        typer.echo(f"  {found.reason}")
    for claim, match in ((mine, found.ours), (other, found.theirs)):
        if match is not None:
            typer.echo(f"  {claim.claim_id} ({claim.status}): {match.why}")
    typer.echo("Evidence about two readings, not legal advice.")


def _drafts(data: Path) -> "list[ClaimDraft]":
    """Return every claim file of a collection, passing or not, drafts folder included."""
    from molagent.patents.markush.drafting.drafts import open_draft

    if not data.is_dir():
        raise InputError("there is no such folder", place=str(data), remedy="give --data")
    folders = (data / "claims", data / "drafts")
    paths = [path for folder in folders for path in sorted(folder.glob("*"))]
    return [open_draft(path) for path in paths if path.suffix in (".toml", ".json")]


def _find(which: str, data: Path) -> "ClaimDraft":
    from molagent.patents.markush.drafting.drafts import open_draft

    path = Path(which)
    if path.suffix in (".toml", ".json") or path.is_file():
        return open_draft(path)
    drafts = {draft.claim.claim_id: draft for draft in _drafts(data)}
    if which not in drafts:
        raise NotFoundError("claim", which, known=drafts, place=str(data))
    return drafts[which]


def _leave_lines(boundary: "ClaimBoundary") -> Iterator[str]:
    if not boundary.inside:
        yield f"outside {boundary.claim_id} as read"
        for failure in boundary.failures or ("its core does not occur",):
            yield f"  {failure}"
    for hold in boundary.holds:
        yield f"{hold.site} = {hold.group}; the claim allows {hold.allowed}"
        if hold.stays:
            yield f"  stays inside with: {'; '.join(hold.stays)}"
        yield from (
            f"  leaves with: {each.change}  {each.smiles}"
            for each in boundary.exits
            if each.site == hold.site
        )
    for each in boundary.exits:
        if each.site == "core":
            yield f"core leaves with: {each.change}  {each.smiles}"
