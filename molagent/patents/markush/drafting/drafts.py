"""From a draft to a claim somebody stands behind.

An agent, an import or a person drafts a claim as data (TOML or JSON, never code). A draft never
counts as covering a structure. Confirming runs the claim's members and non-members first; who did
what, and when, stays in the file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from molagent.errors import FileFormatError, InputError
from molagent.patents.markush.claims import Claim, ClaimStatus, parse_claim, read_claim
from molagent.patents.markush.drafting.files import (
    Tables,
    edit_claim_file,
    parse_tables,
    write_claim_file,
)
from molagent.patents.markush.members import MemberTest, missing_tests, run_members
from molagent.toml_texts import read_toml

__all__ = [
    "ClaimDraft",
    "add_members",
    "confirm_claim",
    "open_draft",
    "reject_claim",
    "write_draft",
]

# People are called Ai, Bot and Claude: these words count only as programs are called by them.
_PROGRAM: Final = re.compile(
    r"(?i:\b(agents?|assistant|chatbot|chatgpt|copilot|gpt(-?\d\S*)?|llama|llm|language model|"
    r"model|pipeline|program|robot|script|software|system|workflow)\b)"
    r"|\bAI\b|\bbots?$|^(?i:claude|gemini|mistral)([\s-]*(\d|(?i:opus|sonnet|haiku|pro|large)).*)?$"
)
_HEAD: Final = (
    "A DRAFT: it covers nothing until somebody confirms it.\n"
    "Fill members and non_members from the publication, then: molagent patents claims confirm"
)


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """A claim file as it stands, whether or not it passes its own tests.

    Attributes
    ----------
    tests
        Its members and non-members, tried.
    missing
        What its tests lack before it can be confirmed; see
        :func:`~molagent.patents.markush.members.missing_tests`.
    """

    path: Path
    claim: Claim
    tests: tuple[MemberTest, ...]
    missing: tuple[str, ...]

    @property
    def failed(self) -> tuple[MemberTest, ...]:
        """The members that fall outside, the non-members that fall inside, and what hangs."""
        return tuple(test for test in self.tests if not test.passed)


def open_draft(path: Path) -> ClaimDraft:
    """Read a claim file without refusing it for its tests.

    Raises
    ------
    FileFormatError
        If the file is not a claim file; the message gives the place and the remedy.
    """
    claim = parse_claim(_tables(path), place=str(path))
    tests = run_members(claim)
    return ClaimDraft(path, claim, tests, missing_tests(tests, varies=bool(claim.sites)))


def write_draft(
    content: str | Mapping[str, Any], path: Path, *, by: str, on: date, place: str = "draft"
) -> ClaimDraft:
    """Write a draft from text (TOML or JSON) or tables, after checking that it is a claim.

    Parameters
    ----------
    content
        What the claim says. It is read as data; nothing in it is run, and it cannot say of itself
        that it is confirmed.
    path
        A new file.
    by, on
        Who drafted it; a program may give its own name, because a draft is not relied on.
    place
        Where `content` comes from, for the messages.

    Raises
    ------
    FileFormatError
        If the content is not a claim, or says that it is confirmed.
    InputError
        If no name is given, or the file exists.
    """
    tables = parse_tables(content, place=place) if isinstance(content, str) else dict(content)
    if tables.get("status", "draft") != "draft" or {"confirmed_by", "confirmed_on"} & set(tables):
        raise FileFormatError(
            "a draft says of itself that it is more than a draft",
            place=place,
            remedy="leave out status, confirmed_by and confirmed_on; a person confirms it later",
        )
    event = _event("drafted", by, on)
    tables = {"members": [], "non_members": [], **tables, "status": "draft"}
    tables["history"] = [*tables.get("history", []), event]
    parse_claim(tables, place=place)
    write_claim_file(path, tables, head=_HEAD)
    return open_draft(path)


def add_members(
    path: Path,
    *,
    members: tuple[str, ...] = (),
    non_members: tuple[str, ...] = (),
    by: str,
    on: date,
) -> ClaimDraft:
    """Add structures to the tests of a draft; one that is listed already is not added again.

    Raises
    ------
    InputError
        If the claim is confirmed: its tests are part of what was confirmed.
    """
    draft = open_draft(path)
    if draft.claim.status is ClaimStatus.CONFIRMED:
        raise InputError(
            f"claim {draft.claim.claim_id} is confirmed with the tests it has",
            place=str(path),
            remedy="write a new draft",
        )
    changes: Tables = {
        "members": list(dict.fromkeys((*draft.claim.members, *members))),
        "non_members": list(dict.fromkeys((*draft.claim.non_members, *non_members))),
    }
    counts = f"{len(members)} members, {len(non_members)} non-members"
    edit_claim_file(path, changes, _event("tests added", by, on, counts))
    return open_draft(path)


def confirm_claim(path: Path, *, by: str, on: date, program: bool = False, note: str = "") -> Claim:
    """Mark a claim as confirmed, if its members and non-members say so.

    Parameters
    ----------
    by
        Who stands behind the reading: a person.
    on
        When; not in the future.
    program
        Set where `by` is a program after all. It is then recorded as one.
    note
        What the confirmation rests on, for the history.

    Raises
    ------
    InputError
        If a test fails or there are too few, `by` looks like a program and is not marked as one,
        the date lies in the future, or the claim uses ``any_group``.
    """
    draft = open_draft(path)
    claim, place = draft.claim, f"{path}: claim {draft.claim.claim_id}"
    who = _person(by, program=program)
    if on > date.today():  # noqa: DTZ011 - a day as the person's calendar has it
        raise InputError(f"{on} lies in the future", place=place, remedy="give the day it was done")
    if claim.status is ClaimStatus.CONFIRMED:
        raise InputError(
            f"it was confirmed by {claim.confirmed_by} on {claim.confirmed_on}",
            place=place,
            remedy="reject it first, if the reading changed",
        )
    _require_passed(draft, place)
    event = _event("confirmed", who, on, note)
    before = path.read_text(encoding="utf-8")
    edit_claim_file(path, {"status": "confirmed", "confirmed_by": who, "confirmed_on": on}, event)
    try:
        return read_claim(path)
    except FileFormatError:
        # What a confirmed claim may not say is known where claims are read; the file stays a draft.
        path.write_text(before, encoding="utf-8")
        raise


def reject_claim(path: Path, *, by: str, on: date, reason: str) -> Claim:
    """Mark a claim as rejected: it stays in its folder for the record and is never matched.

    Raises
    ------
    InputError
        If no name or no reason is given, or it was rejected before.
    """
    draft = open_draft(path)
    place = f"{path}: claim {draft.claim.claim_id}"
    if draft.claim.status is ClaimStatus.REJECTED:
        raise InputError("it was rejected before", place=place, remedy="read its history")
    if not reason.strip():
        raise InputError("a rejection needs a reason", place=place, remedy="say what is wrong")
    changes = {"status": "rejected", "confirmed_by": None, "confirmed_on": None}
    edit_claim_file(path, changes, _event("rejected", by, on, reason))
    return read_claim(path)


def _tables(path: Path) -> Tables:
    if path.suffix != ".json":
        return read_toml(path)
    try:
        return parse_tables(path.read_text(encoding="utf-8"), place=str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"the file cannot be read ({error})", place=str(path), remedy="check the path"
        ) from error


def _require_passed(draft: ClaimDraft, place: str) -> None:
    if draft.failed:
        first = draft.failed[0]
        word = "member" if first.expected else "non-member"
        more = f" ({len(draft.failed) - 1} more)" if len(draft.failed) > 1 else ""
        raise InputError(
            f"{word} {first.smiles} {_outcome(first)}{more}",
            place=place,
            remedy="correct the claim or the list",
        )
    if draft.missing:
        raise InputError(
            "; ".join(draft.missing),
            place=place,
            remedy="add structures from the publication to members and non_members",
        )


def _outcome(test: MemberTest) -> str:
    if test.inside is None:
        return f"could not be tried ({test.why})"
    return f"falls {'inside' if test.inside else 'outside'} ({test.why})"


def _person(by: str, *, program: bool) -> str:
    name = by.strip()
    if not name:
        raise InputError("nobody is named", remedy="say who confirms it")
    if program:
        return f"program {name.removeprefix('program ')}"
    if found := _PROGRAM.search(name):
        raise InputError(
            f"{name!r} reads like the name of a program ({found[0]!r})",
            remedy="a person confirms a claim; mark a program as one, and it is recorded as one",
        )
    return name


def _event(what: str, by: str, on: date, note: str = "") -> Tables:
    if not by.strip():
        raise InputError("nobody is named", place=what, remedy="say who did it")
    event: Tables = {"what": what, "by": by.strip(), "on": on}
    return event | {"note": note.strip()} if note.strip() else event
