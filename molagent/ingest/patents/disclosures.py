"""Own and clients' disclosures: a table of structures with the document that names them."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from molagent.errors import FileFormatError, InputError
from molagent.ingest.patents.columns import find_columns, map_columns
from molagent.ingest.patents.rows import GivenRow, RefusedRow, section_bits
from molagent.ingest.patents.sourcekinds import PatentFile, PatentFormat, Rows
from molagent.ingest.sdf import MOLBLOCK

__all__ = ["DISCLOSURES", "names_documents"]

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


def _recognises(file: PatentFile) -> bool:
    if file.document:
        return True
    return {"structure", "document"} <= set(find_columns(file.table.header, _NAMES))


def names_documents(file: PatentFile) -> bool:
    """Return whether a column says which document names each structure."""
    return "document" in find_columns(file.table.header, _NAMES)


def _columns(file: PatentFile) -> dict[str, str]:
    needed = ("structure",) if file.document else ("structure", "document")
    return map_columns(file.table.header, _NAMES, required=needed, place=file.table.name)


def _rows(file: PatentFile) -> Rows:
    """Yield one row a structure; the file's document stands for all rows that name none.

    Raises
    ------
    FileFormatError
        If a column says that a row belongs to somebody else than the file's client ('' for the
        house): what is imported is seen by one party.
    """
    table, columns = file.table, _columns(file)
    places = {role: table.header.index(title) for role, title in columns.items()}
    for row in table.records():
        place = f"{table.name}:{row.number}"
        _check_client(row.cells, places.get("client"), file.client, place)
        if row.fault:
            yield RefusedRow(place=place, reason=row.fault, raw=", ".join(row.cells)[:500])
            continue
        try:
            given = {role: row.cells[at].strip() for role, at in places.items()}
            yield GivenRow(
                given_number=_filled(given.get("document") or file.document, "names no document"),
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


DISCLOSURES: Final = PatentFormat(
    name="disclosures",
    title="disclosures",
    licence="confidential",
    recognises=_recognises,
    columns=_columns,
    rows=_rows,
    own=True,
)
