"""Drafts of Markush claims on the command line: import, draft, test, confirm, reject."""

import csv
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from molagent.cli.texts import read_text
from molagent.errors import FileFormatError, InputError

if TYPE_CHECKING:
    from molagent.patents.markush.drafting.drafts import ClaimDraft
    from molagent.patents.markush.importing.claims import ClaimImport, Origin

__all__ = ["add_draft_commands"]

# More than any claim has; a program that writes without end is cut off here and refused later.
_LONGEST: Final = 4_000_000
_SHOWN: Final = 20
_MOLFILES: Final = (".mol", ".rgf", ".sdf")

File = Annotated[Path, typer.Argument(help="A claim file (TOML).", show_default=False)]
By = Annotated[str, typer.Option(help="Who does it.", show_default=False)]
On = Annotated[str, typer.Option(help="When, as YYYY-MM-DD; today by default.")]


def add_draft_commands(app: typer.Typer) -> None:
    """Register the verbs that write claim files."""
    app.command("import")(claims_import)
    app.command("draft")(claims_draft)
    app.command("add-tests")(claims_add_tests)
    app.command("confirm")(claims_confirm)
    app.command("reject")(claims_reject)


def claims_import(
    drawing: Annotated[
        str,
        typer.Argument(
            help="CXSMILES, an RGROUP molfile (V3000), or a CSV of exemplified compounds.",
            show_default=False,
        ),
    ],
    publication: Annotated[str, typer.Option(help="Publication number, in any spelling.")],
    source: Annotated[str, typer.Option(help="Page or file it was read from.")],
    out: Annotated[Path, typer.Option(help="The draft to write (TOML).")],
    by: By,
    *,
    claim: Annotated[str, typer.Option(help="Which claim, or what else it is.")] = "1",
    kind: Annotated[str, typer.Option(help="What is claimed.")] = "compound",
    table: Annotated[
        Path | None, typer.Option(help="CSV of site,group for a CXSMILES.", show_default=False)
    ] = None,
    core: Annotated[str, typer.Option(help="What exemplified compounds share.")] = "",
    column: Annotated[str, typer.Option(help="The CSV's column of structures.")] = "smiles",
    text: Annotated[Path | None, typer.Option(help="File of the claim's own words.")] = None,
    on: On = "",
) -> None:
    """Import a draft from a drawing with its groups, or from exemplified compounds."""
    from molagent.patents.markush.drafting.drafts import write_draft
    from molagent.patents.markush.importing.claims import Origin

    origin = Origin(
        publication_number=publication,
        claim=claim,
        source=source,
        read_on=_day(on),
        kind=kind,
        text=read_text(text) if text else "",
    )
    found = _imported(drawing, table, core, column, origin)
    draft = write_draft(found.tables, out, by=by, on=_day(on), place=drawing)
    for note in found.notes:
        typer.echo(f"note: {note}")
    for smiles, reason in found.left_out[:_SHOWN]:
        typer.echo(f"left out: {smiles}  {reason}")
    if len(found.left_out) > _SHOWN:
        typer.echo(f"and {len(found.left_out) - _SHOWN} more")
    _show_draft(draft)


def claims_draft(
    content: Annotated[str, typer.Argument(help="A TOML or JSON file, or - for standard input.")],
    out: Annotated[Path, typer.Option(help="The draft to write (TOML).")],
    by: By,
    on: On = "",
) -> None:
    """Take a claim drafted by a person or an agent, as data. A draft covers nothing."""
    from molagent.patents.markush.drafting.drafts import write_draft

    said = sys.stdin.read(_LONGEST) if content == "-" else read_text(Path(content))
    place = "standard input" if content == "-" else content
    _show_draft(write_draft(said, out, by=by, on=_day(on), place=place))


def claims_add_tests(
    file: File,
    by: By,
    member: Annotated[list[str] | None, typer.Option(help="SMILES that is inside.")] = None,
    non_member: Annotated[list[str] | None, typer.Option(help="SMILES that is outside.")] = None,
    on: On = "",
) -> None:
    """Add structures from the publication to a draft's members and non-members."""
    from molagent.patents.markush.drafting.drafts import add_members

    _show_draft(
        add_members(
            file,
            members=tuple(member or ()),
            non_members=tuple(non_member or ()),
            by=by,
            on=_day(on),
        )
    )


def claims_confirm(
    file: File,
    by: By,
    on: On = "",
    *,
    program: Annotated[
        bool, typer.Option("--program", help="A program confirms it; recorded as one.")
    ] = False,
    note: Annotated[str, typer.Option(help="What the confirmation rests on.")] = "",
) -> None:
    """Stand behind a reading: refused unless its members and non-members say so."""
    from molagent.patents.markush.drafting.drafts import confirm_claim

    claim = confirm_claim(file, by=by, on=_day(on), program=program, note=note)
    typer.echo(f"{claim.claim_id} confirmed by {claim.confirmed_by} on {claim.confirmed_on}")
    if file.resolve().parent.name != "claims":
        typer.echo("It is searched once it lies in the folder claims/ of a collection.")


def claims_reject(
    file: File,
    by: By,
    reason: Annotated[str, typer.Option(help="What is wrong with the reading.")],
    on: On = "",
) -> None:
    """Reject a reading: the file stays for the record, and is never matched."""
    from molagent.patents.markush.drafting.drafts import reject_claim

    claim = reject_claim(file, by=by, on=_day(on), reason=reason)
    typer.echo(f"{claim.claim_id} rejected by {by}")


def _imported(
    drawing: str, table: Path | None, core: str, column: str, origin: "Origin"
) -> "ClaimImport":
    from molagent.patents.markush.importing.claims import import_cxsmiles, read_substituents
    from molagent.patents.markush.importing.examples import import_examples
    from molagent.patents.markush.importing.molfiles import import_rgroup_file

    path = Path(drawing) if len(drawing) < 255 else None  # no longer file name
    suffix = path.suffix.lower() if path is not None and path.is_file() else ""
    if suffix in _MOLFILES and path is not None:
        return import_rgroup_file(read_text(path), origin=origin)
    if suffix == ".csv" and path is not None:
        if not core:
            raise InputError("what the compounds share is not said", remedy="give --core")
        return import_examples(_column(path, column), core, origin=origin)
    if path is not None and path.suffix.lower() in (*_MOLFILES, ".csv"):
        raise InputError("there is no such file", place=drawing, remedy="check the path")
    if table is None:
        raise InputError("the groups of a CXSMILES are not given", remedy="give --table site,group")
    rows = [row for row in csv.reader(read_text(table).splitlines()) if row]
    if rows and [cell.strip().lower() for cell in rows[0][:2]] == ["site", "group"]:
        rows = rows[1:]
    if short := next((row for row in rows if len(row) < 2), None):  # two columns
        raise FileFormatError(
            f"row {short!r} has no group", place=str(table), remedy="write site,group"
        )
    return import_cxsmiles(
        drawing, read_substituents((row[0], row[1]) for row in rows), origin=origin
    )


def _column(path: Path, name: str) -> list[str]:
    rows = list(csv.DictReader(read_text(path).splitlines()))
    if not rows or name not in rows[0]:
        raise FileFormatError(
            f"there is no column {name!r}",
            place=str(path),
            remedy=f"name one with --column: {', '.join(rows[0]) if rows else 'the file is empty'}",
        )
    return [row[name] for row in rows if (row[name] or "").strip()]


def _show_draft(draft: "ClaimDraft") -> None:
    from molagent.patents.markush.sentences import read_back

    typer.echo(read_back(draft.claim).text)
    for test in draft.failed:
        kind = "member" if test.expected else "non-member"
        typer.echo(f"wrong: {kind} {test.smiles}: {test.why}")
    for lacking in draft.missing:
        typer.echo(f"before it can be confirmed: {lacking}")
    typer.echo(f"written to {draft.path}; a draft covers nothing until somebody confirms it")


def _day(text: str) -> date:
    if not text:
        return date.today()  # noqa: DTZ011 - a day as the person's calendar has it
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no day", remedy="write it as YYYY-MM-DD") from error
