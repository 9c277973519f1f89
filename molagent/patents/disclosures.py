"""What is known and not published: the house's own disclosures, and each client's.

A file of disclosures is a CSV, one structure a row. They are searched by the same ladder as
publications, and are seen by whom they belong to: a client's by that client alone, the house's own
in house alone (see :func:`molagent.patents.releases.open_to`).

======== =====================================================================================
column   meaning
======== =====================================================================================
smiles   the structure; required
name     compound number or name
document notebook page, invention disclosure, poster; the file's name by default
date     when it was disclosed, YYYY-MM-DD; empty where not known
client   whose it is; empty for the house's own
note     what a reader must know
======== =====================================================================================
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError, StructureError
from molagent.formulas import unguarded_row
from molagent.patents.compounds import MentionTable, SmallIndex, find_parent
from molagent.patents.releases import PatentSource, UncheckedSource
from molagent.records import Mention, PatentRelease, PublicationRecord

__all__ = ["Disclosure", "disclosure_sources", "read_disclosures"]

_COLUMNS: Final = ("smiles", "name", "document", "date", "client", "note")
_LICENCE: Final = "confidential; not published"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One structure that somebody disclosed to the house, or the house to somebody.

    Attributes
    ----------
    client
        Whose it is; '' for the house's own.
    place
        ``file:row`` it was read from.
    """

    smiles: str
    document: str
    place: str
    name: str = ""
    disclosed_on: date | None = None
    client: str = ""
    note: str = ""


def read_disclosures(path: Path) -> tuple[Disclosure, ...]:
    """Read a file of disclosures; structures are not looked at yet.

    Raises
    ------
    FileFormatError
        If the file cannot be read, has other columns, a row without a structure, or a date that
        is none. The message names file and row.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"the file of disclosures cannot be read ({error})",
            place=str(path),
            remedy="check the path, and save it as UTF-8",
        ) from error
    lines = csv.reader(text.splitlines(), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(lines, [])]
        _check_header(header, path)
        return tuple(
            _read_row(dict(zip(header, unguarded_row(cells), strict=True)), path, row)
            for row, cells in enumerate(lines, start=2)
            if any(cell.strip() for cell in cells)
        )
    except (csv.Error, ValueError) as error:
        raise FileFormatError(
            f"not a CSV with one cell a column ({error})",
            place=f"{path}:{lines.line_num}",
            remedy="quote cells that hold commas",
        ) from error


def disclosure_sources(
    disclosures: Sequence[Disclosure], *, name: str = "disclosures"
) -> tuple[PatentSource | UncheckedSource, ...]:
    """Return one source for each party: the house and every client.

    A structure that cannot be read is counted as unreadable, which every answer then says.

    Parameters
    ----------
    name
        What the collection is called, for example the file's name.
    """
    parties = dict.fromkeys(each.client for each in disclosures)
    return tuple(
        _source_of(client, [each for each in disclosures if each.client == client], name)
        for client in parties
    )


def _check_header(header: Sequence[str], path: Path) -> None:
    unknown = sorted(set(header) - set(_COLUMNS))
    if "smiles" not in header or unknown or len(set(header)) != len(header):
        wrong = f"unknown column {unknown[0]!r}" if unknown else "no column 'smiles', or one twice"
        raise FileFormatError(
            wrong, place=f"{path}:1", remedy=f"the columns are {', '.join(_COLUMNS)}"
        )


def _read_row(cells: dict[str, str], path: Path, row: int) -> Disclosure:
    place = f"{path.name}:{row}"
    values = {name: cell.strip() for name, cell in cells.items()}
    if not values["smiles"]:
        raise FileFormatError("no structure", place=place, remedy="give a SMILES or drop the row")
    day = values.get("date", "")
    try:
        disclosed_on = date.fromisoformat(day) if day else None
    except ValueError as error:
        raise FileFormatError(
            f"date {day!r} is no day", place=place, remedy="write it as YYYY-MM-DD"
        ) from error
    return Disclosure(
        smiles=values["smiles"],
        document=values.get("document") or path.stem,
        place=place,
        name=values.get("name", ""),
        disclosed_on=disclosed_on,
        client=values.get("client", ""),
        note=values.get("note", ""),
    )


def _source_of(
    client: str, disclosures: Sequence[Disclosure], name: str
) -> PatentSource | UncheckedSource:
    rows: dict[str, int] = {}
    mentions = list(_mentions(disclosures, rows))
    index = SmallIndex(tuple(rows))
    headers = {
        _number(each): PublicationRecord(
            publication_number=_number(each),
            publication_date=each.disclosed_on,
            title=each.document,
            assignees=(client,) if client else (),
        )
        for each in disclosures
    }
    whose = f"of {client}" if client else "of the house"
    release = PatentRelease(
        release=f"{name} {whose}",
        scope=f"{len(disclosures)} disclosed structures",
        licence=_LICENCE,
        source=name,
        built_on=date.today(),  # noqa: DTZ011 - the day in the reader's own calendar
        n_publications=len(headers),
        n_compounds=len(rows) + len(disclosures) - len(mentions),
        n_mentions=len(mentions),
        n_unreadable=len(disclosures) - len(mentions),
        visibility="client" if client else "own",
        client=client,
    )
    if not rows:
        return UncheckedSource(
            name=release.release,
            reason=f"none of the {len(disclosures)} structures of {release.release} can be read",
            visibility=release.visibility,
            client=client,
        )
    return PatentSource(
        index=index,
        mentions=MentionTable(release, mentions, list(headers.values())),
        structures=index.structures,
    )


def _mentions(disclosures: Sequence[Disclosure], rows: dict[str, int]) -> Iterator[Mention]:
    """Yield a mention for each readable structure; `rows` fills with parents."""
    for each in disclosures:
        try:
            parent = find_parent(each.smiles)
        except StructureError:
            continue
        yield Mention(
            row=rows.setdefault(parent, len(rows)),
            publication_number=_number(each),
            route="own",
            label=each.name or None,
            source_id=each.place,
            raw_smiles=each.smiles,
            note=each.note,
        )


def _number(disclosure: Disclosure) -> str:
    """Return what stands where a publication has its number: document and day.

    Two days of one document are two disclosures: only one of them may be seen on a date.
    """
    day = disclosure.disclosed_on
    return f"{disclosure.document} ({day})" if day else disclosure.document
