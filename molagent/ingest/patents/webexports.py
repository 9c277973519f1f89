"""SureChEMBL's web exports: one row a name of a structure in a patent, with counts by section.

Papadatos et al. 2016, doi:10.1093/nar/gkv1253.
"""

from typing import Final

from molagent.ingest.patents.columns import find_columns, map_columns
from molagent.ingest.patents.rows import GivenRow, RefusedRow, section_bits
from molagent.ingest.patents.sourcekinds import PatentFile, PatentFormat, Rows

__all__ = ["WEB_EXPORT"]

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


def _recognises(file: PatentFile) -> bool:
    return {"patent", "structure", "id", "claims"} <= set(find_columns(file.table.header, _NAMES))


def _columns(file: PatentFile) -> dict[str, str]:
    needed = ("patent", "structure")
    return map_columns(file.table.header, _NAMES, required=needed, place=file.table.name)


def _rows(file: PatentFile) -> Rows:
    """Yield one row a structure and name in a patent."""
    table, columns = file.table, _columns(file)
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


WEB_EXPORT: Final = PatentFormat(
    name="surechembl-export",
    title="SureChEMBL web export",
    licence="SureChEMBL; CC BY-SA 3.0 (exports before 2025) or CC BY 4.0",
    recognises=_recognises,
    columns=_columns,
    rows=_rows,
)
