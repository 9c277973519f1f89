"""SureChEMBL's web exports: one row a name of a structure in a patent, with counts by section.

Papadatos et al. 2016, doi:10.1093/nar/gkv1253.
"""

from collections.abc import Iterator
from typing import Final

from molagent.ingest.patents.columns import find_columns, map_columns
from molagent.ingest.patents.rows import GivenRow, RefusedRow, SkippedRow, section_bits
from molagent.ingest.tables import Table

__all__ = ["is_web_export", "web_export_columns", "web_export_rows"]

_NAMES: Final = {
    "patent": ("SCPN", "Patent ID", "patent_number"),
    "structure": ("smiles",),
    "id": ("chemical_id", "SureChEMBL ID"),
    "name": ("annotation_reference", "Chemical Name"),
    "type": ("type",),
    "claims": ("claims_count",),
    "description": ("description_count",),
    "abstract": ("abstract_count",),
    "title": ("title_count",),
}
_SECTIONS: Final = ("claims", "description", "abstract", "title")
_ROUTES: Final = {
    "": "text",
    "TEXT": "text",
    "IMAGE": "image",
    "ATTACHMENT": "attachment",
    "MOLATTACHMENT": "attachment",
}


def is_web_export(header: tuple[str, ...]) -> bool:
    """Return whether a file's columns are those of a web export."""
    return {"patent", "structure", "id", "claims"} <= set(find_columns(header, _NAMES))


def web_export_columns(table: Table) -> dict[str, str]:
    """Return role to title.

    Raises
    ------
    FileFormatError
        If the file has no structures or no patent numbers.
    """
    return map_columns(table.header, _NAMES, required=("patent", "structure"), place=table.name)


def web_export_rows(table: Table) -> Iterator[GivenRow | RefusedRow | SkippedRow]:
    """Yield one row a structure and name in a patent."""
    columns = web_export_columns(table)
    places = {role: table.header.index(title) for role, title in columns.items()}
    for row in table.records():
        place = f"{table.name}:{row.number}"
        if row.fault:
            yield RefusedRow(place=place, reason=row.fault, raw="\t".join(row.cells))
            continue
        given = {role: row.cells[at].strip() for role, at in places.items()}
        route = _ROUTES.get(given.get("type", "").upper())
        reason = ""
        if not given["structure"]:
            reason = "the row has no structure"
        elif not given["patent"]:
            reason = "the row names no patent"
        elif route is None:
            reason = f"unknown type {given['type']!r}: known are TEXT, IMAGE and MOLATTACHMENT"
        if reason or route is None:
            yield RefusedRow(place=place, reason=reason, raw="\t".join(row.cells))
            continue
        found = ",".join(name for name in _SECTIONS if given.get(name, "0") not in ("", "0"))
        yield GivenRow(
            given_number=given["patent"],
            smiles=given["structure"],
            place=place,
            source_id=_schembl(given.get("id", "")),
            sections=section_bits(found) | section_bits("" if route == "text" else route),
            route=route,
            label=given.get("name") or None,
        )


def _schembl(text: str) -> str | None:
    return f"SCHEMBL{text}" if text.isdigit() else text or None
