"""SureChEMBL's bulk release: which files, which columns under which names, which numbers.

Papadatos et al. 2016, doi:10.1093/nar/gkv1253. The names differ between releases and between the
files and their documentation (``smiles`` or ``rdk_smiles``, ``field_name`` or ``fieldname``,
``assignee`` or ``asignee``), so titles are looked up and never written into code.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from molagent.errors import FileFormatError, InputError
from molagent.ingest.patents.columns import map_columns
from molagent.patents.publications import normalize_publication_number
from molagent.store.patents.scope import Scope
from molagent.store.patents.scoping import BulkFile

__all__ = ["FILE_NAMES", "LICENCE", "map_release", "normal_numbers"]

LICENCE: Final = "SureChEMBL, CC BY 4.0"
#: Role to file name; the last one may be absent.
FILE_NAMES: Final = {
    "patents": "patents.parquet",
    "map": "patent_compound_map.parquet",
    "compounds": "compounds.parquet",
    "fields": "fields.parquet",
}
_COLUMNS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "patents": {
        "id": ("id", "patent_id"),
        "number": ("patent_number", "publication_number", "scpn"),
        "country": ("country", "country_code"),
        "date": ("publication_date", "date", "pub_date"),
        "family": ("family_id", "family"),
        "title": ("title",),
        "cpc": ("cpc",),
        "ipcr": ("ipcr",),
        "ipc": ("ipc",),
        "assignee": ("assignee", "asignee", "assignees", "applicant"),
    },
    "map": {
        "patent": ("patent_id", "patent"),
        "compound": ("compound_id", "compound", "schembl_id"),
        "field": ("field_id", "field"),
    },
    "compounds": {
        "id": ("id", "compound_id", "schembl_id"),
        "smiles": ("smiles", "rdk_smiles", "rdkit_smiles", "canonical_smiles"),
    },
    "fields": {"id": ("id", "field_id"), "name": ("field_name", "name")},
}
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "patents": ("id", "number"),
    "map": ("patent", "compound", "field"),
    "compounds": ("id", "smiles"),
    "fields": ("id", "name"),
}


def map_release(folder: Path, scope: Scope) -> dict[str, BulkFile]:
    """Return the files of a release and what their columns are.

    Only columns that the scope asks about have to be there beside ids, numbers and structures.

    Raises
    ------
    FileFormatError
        If files are missing or damaged, or columns cannot be mapped: with all that is missing and
        what is there.
    """
    missing = [
        name
        for role, name in FILE_NAMES.items()
        if role != "fields" and not (folder / name).is_file()
    ]
    if missing:
        there = ", ".join(sorted(path.name for path in folder.glob("*"))) or "nothing"
        raise FileFormatError(
            f"the release lacks {', '.join(missing)}; there is {there}",
            place=str(folder),
            remedy="fetch the missing files",
        )
    files: dict[str, BulkFile] = {}
    faults: list[str] = []
    for role, name in FILE_NAMES.items():
        path = folder / name
        if not path.is_file():
            continue
        required = _REQUIRED[role] + (_asked_for(scope) if role == "patents" else ())
        try:
            columns = map_columns(_header(path), _COLUMNS[role], required=required, place=path.name)
        except FileFormatError as error:
            faults.append(str(error))
            continue
        files[role] = BulkFile(path=path, columns=columns)
    if faults:
        raise FileFormatError(" | ".join(faults), place=str(folder))
    return files


def normal_numbers(given: list[str]) -> tuple[dict[str, str], int]:
    """Return those numbers that change when they are normalised, and how many cannot be."""
    changed: dict[str, str] = {}
    odd = 0
    for number in given:
        try:
            normal = normalize_publication_number(number)
        except InputError:
            odd += 1
            continue
        if normal != number:
            changed[number] = normal
    return changed, odd


def _asked_for(scope: Scope) -> tuple[str, ...]:
    asked = {
        "cpc": scope.cpc,
        "ipcr": scope.ipc,
        "date": scope.since or scope.until,
        "assignee": scope.assignees,
    }
    return tuple(role for role, value in asked.items() if value)


def _header(path: Path) -> list[str]:
    try:
        return [str(name) for name in pq.read_schema(path).names]
    except (pa.ArrowException, OSError) as error:
        raise FileFormatError(
            f"the file is not whole: {error}", place=path.name, remedy="fetch it again"
        ) from error
