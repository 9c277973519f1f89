"""BindingDB exports, SDF and TSV: curated structures and values with patent and example number.

Gilson et al. 2016, doi:10.1093/nar/gkv1072. Rows of journals name no patent and are passed by.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from molagent.ingest.patents.columns import find_columns, map_columns
from molagent.ingest.patents.rows import GivenActivity, GivenRow, RefusedRow, SkippedRow
from molagent.ingest.patents.sourcekinds import PatentFile, PatentFormat, Rows
from molagent.ingest.sdf import MOLBLOCK

__all__ = ["BINDINGDB"]

_NAMES: Final = {
    "structure": ("Ligand SMILES", MOLBLOCK),
    "patent": ("Patent Number",),
    "target": ("Target Name", "Target Name Assigned by Curator or DataSource"),
    "id": ("BindingDB MonomerID",),
    "name": ("BindingDB Ligand Name",),
    "organism": ("Target Source Organism According to Curator or DataSource",),
    "entry": ("BindingDB Reactant_set_id",),
    "doi": ("BindingDB Entry DOI",),
    "ph": ("pH",),
    "temperature": ("Temp C", "Temp (C)"),
    "institution": ("Institution",),
    "published": ("Date of publication",),
}
_VALUE: Final = re.compile(r"(?P<quantity>Ki|IC50|Kd|EC50|kon|koff) \((?P<unit>[^)]+)\)")
_PATENT_IN_NAME: Final = re.compile(r"^(?P<patent>[A-Z]{2}[0-9A-Z-]+)\s*,\s*(?P<label>.+)$")
_UNITS: Final = {"M-1-s-1": "1/M/s", "s-1": "1/s"}


def _recognises(file: PatentFile) -> bool:
    return {"structure", "patent", "target", "entry"} <= set(
        find_columns(file.table.header, _NAMES)
    )


def _columns(file: PatentFile) -> dict[str, str]:
    needed = ("structure", "patent", "target")
    return map_columns(file.table.header, _NAMES, required=needed, place=file.table.name)


def _rows(file: PatentFile) -> Rows:
    """Yield one row a record of a patent."""
    table, columns = file.table, _columns(file)
    places = {title: place for place, title in enumerate(table.header)}
    values = {
        title: (found["quantity"], _UNITS.get(found["unit"], found["unit"]))
        for title in table.header
        if (found := _VALUE.fullmatch(title))
    }
    for row in table.records():
        place = f"{table.name}:{row.number}"
        if row.fault:
            yield RefusedRow(place=place, reason=row.fault, raw=_raw(row.cells))
            continue
        cells = {title: row.cells[at].strip() for title, at in places.items()}
        given = {role: cells[title] for role, title in columns.items()}
        if not given["patent"]:
            yield SkippedRow(place=place)
        elif not given["structure"]:
            yield RefusedRow(place=place, reason="the record has no structure", raw=_raw(row.cells))
        else:
            # A molblock's first lines are a name, so it is taken as it stands.
            smiles = row.cells[places[columns["structure"]]]
            yield _given(given, smiles, cells, values, place)


def _given(
    given: Mapping[str, str],
    smiles: str,
    cells: Mapping[str, str],
    values: Mapping[str, tuple[str, str]],
    place: str,
) -> GivenRow:
    conditions = [f"pH {given['ph']}"] if given.get("ph") else []
    if temperature := given.get("temperature", "").removesuffix("C").strip():
        conditions.append(f"{temperature} C")
    reference = given.get("entry") or given.get("doi") or None
    return GivenRow(
        given_number=given["patent"],
        smiles=smiles,
        place=place,
        source_id=f"BDBM{given['id']}" if given.get("id") else None,
        route="curated",
        label=_label(given.get("name", "")),
        publication_date=_day(given.get("published", "")),
        assignees=(given["institution"],) if given.get("institution") else (),
        activities=tuple(
            GivenActivity(
                target=given["target"],
                quantity=quantity,
                original=cells[title],
                unit=unit,
                organism=given.get("organism") or None,
                assay=", ".join(conditions) or None,
                reference=reference,
            )
            for title, (quantity, unit) in values.items()
            if cells[title]
        ),
    )


def _label(name: str) -> str | None:
    """Return the example number of a ligand's name: ``US20240109915, Example 22``."""
    first = name.split("::", 1)[0].strip()
    found = _PATENT_IN_NAME.match(first)
    return (found["label"] if found else first) or None


def _day(text: str) -> date | None:
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
        r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
    ):
        if found := re.fullmatch(pattern, text):
            try:
                return date(int(found["y"]), int(found["m"]), int(found["d"]))
            except ValueError:
                return None
    return None


def _raw(cells: object) -> str:
    return str(cells)[:500]


BINDINGDB: Final = PatentFormat(
    name="bindingdb",
    title="BindingDB",
    licence="BindingDB, curated rows CC BY 3.0",
    recognises=_recognises,
    columns=_columns,
    rows=_rows,
)
