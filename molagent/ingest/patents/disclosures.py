"""Own and clients' disclosures: a table of structures with the document that names them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from molagent.errors import FileFormatError, InputError
from molagent.ingest.patents.columns import find_columns, map_columns
from molagent.ingest.patents.rows import GivenRow, RefusedRow, SkippedRow, section_bits
from molagent.ingest.sdf import MOLBLOCK
from molagent.ingest.tables import Table

__all__ = ["disclosure_columns", "disclosure_rows", "is_disclosure"]

_NAMES: Final = {
    "structure": ("smiles", "structure", "canonical_smiles", MOLBLOCK),
    "document": (
        "publication_number",
        "patent_number",
        "patent",
        "publication",
        "document",
        "disclosure",
    ),
    "name": ("name", "label", "example", "compound_name", "compound"),
    "id": ("id", "compound_id", "registry_number"),
    "section": ("section", "sections"),
    "date": ("publication_date", "date", "disclosed_on"),
    "title": ("document_title", "patent_title"),
    "assignee": ("assignee", "applicant", "owner"),
    "family": ("family_id", "family"),
    "url": ("url", "link"),
    "client": ("client",),
}


def is_disclosure(header: tuple[str, ...]) -> bool:
    """Return whether a file has structures and the documents that name them."""
    return {"structure", "document"} <= set(find_columns(header, _NAMES))


def disclosure_columns(table: Table, document: str = "") -> dict[str, str]:
    """Return role to title.

    Raises
    ------
    FileFormatError
        If the file has no structures, or no documents and `document` is not given.
    """
    required = ("structure",) if document else ("structure", "document")
    return map_columns(table.header, _NAMES, required=required, place=table.name)


def disclosure_rows(
    table: Table, document: str = "", client: str = ""
) -> Iterator[GivenRow | RefusedRow | SkippedRow]:
    """Yield one row a structure; `document` stands for all rows that name none.

    Raises
    ------
    FileFormatError
        If a column says that a row belongs to somebody else than `client` ('' for the house): what
        is imported is seen by one party.
    """
    columns = disclosure_columns(table, document)
    places = {role: table.header.index(title) for role, title in columns.items()}
    for row in table.records():
        place = f"{table.name}:{row.number}"
        _check_client(row.cells, places.get("client"), client, place)
        if row.fault:
            yield RefusedRow(place=place, reason=row.fault, raw=", ".join(row.cells)[:500])
            continue
        try:
            given = {role: row.cells[at].strip() for role, at in places.items()}
            yield GivenRow(
                given_number=_filled(given.get("document") or document, "names no document"),
                smiles=_filled(row.cells[places["structure"]], "has no structure"),
                place=place,
                source_id=given.get("id") or None,
                sections=section_bits(given.get("section", "")),
                route="own",
                label=given.get("name") or None,
                publication_date=_day(given.get("date", "")),
                family_id=given.get("family") or None,
                title=given.get("title") or None,
                assignees=(given["assignee"],) if given.get("assignee") else (),
                url=given.get("url") or None,
            )
        except InputError as error:
            yield RefusedRow(place=place, reason=str(error), raw=", ".join(row.cells)[:500])


def _check_client(cells: Sequence[str], at: int | None, client: str, place: str) -> None:
    if at is None or at >= len(cells) or cells[at].strip() == client:
        return
    whose, meant = cells[at].strip() or "the house", client or "the house"
    raise FileFormatError(
        f"the row belongs to {whose!r}, not to {meant!r}",
        place=place,
        remedy="import one file for each party, or give the whole file as disclosures of a check",
    )


def _filled(text: str, fault: str) -> str:
    if not text.strip():
        raise InputError(f"the row {fault}")
    return text


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a date", remedy="write it as 2026-03-31") from error
