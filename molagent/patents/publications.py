"""Reading publications: numbers, bibliography, and the compounds they name.

A collection is a folder with ``publications.toml`` and, optionally, ``claims/*.toml``. Nothing in
it is inferred: a field that was not read is absent, and an absent date is not "no date".
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles
from molagent.errors import FileFormatError, InputError, StructureError
from molagent.patents.bibliography import Collection, LegalEvent, NamedCompound, Publication
from molagent.patents.numbers import (
    normalize_publication_number,
    publication_window,
    without_kind,
)
from molagent.toml_texts import read_toml, typed_fields

__all__ = [
    "SECTIONS",
    "Collection",
    "LegalEvent",
    "NamedCompound",
    "Publication",
    "check_texts",
    "find_pseudo_atoms",
    "normalize_publication_number",
    "read_collection",
    "take_fields",
]

SECTIONS: Final = ("claims", "description", "abstract", "title")

# What medicinal chemistry and its counter-ions are made of. Anything else in a patent's structure
# is more likely a letter of a Markush drawing (U, V, W, Re, ...) that was read as an element.
_EXPECTED_ELEMENTS: Final = frozenset(
    {"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"}
    | {"Li", "Na", "K", "Mg", "Ca", "Zn", "Al", "Ba", "Ag", "Bi", "Fe", "Pt", "As", "Te"}
)

_REQUIRED: Final = frozenset({"publication_number", "source", "read", "read_on"})
_DATES: Final = ("priority_date", "filed_on", "publication_date", "read_on")
_OPTIONAL: Final = frozenset(
    {"title", "assignee", "publication_date", "filed_on", "priority_date", "family_id"}
    | {"series", "classes", "legal", "note", "compound"}
)


_TEXTS: Final = ("source", "title", "assignee", "family_id", "series", "note")


def find_pseudo_atoms(mol: Chem.Mol) -> tuple[str, ...]:
    """Return symbols that are likely letters of a Markush drawing read as elements.

    Examples
    --------
    >>> find_pseudo_atoms(Chem.MolFromSmiles("C1=C[U]=[V][W]=N1", sanitize=False))
    ('U', 'V', 'W')
    """
    symbols = {atom.GetSymbol() for atom in mol.GetAtoms()}
    return tuple(sorted(symbols - _EXPECTED_ELEMENTS))


def read_collection(folder: Path) -> Collection:
    """Read and check ``publications.toml`` of a folder.

    ``[[anchor]]`` tables (number, date, source) are grants of other subjects whose date was read;
    they only narrow the bounds of undated ones.

    Raises
    ------
    FileFormatError
        Naming the file, the record and the remedy.
    """
    path = folder / "publications.toml"
    data = read_toml(path)
    with typed_fields(str(path)):
        return _parse_collection(data, path)


def _parse_collection(data: Mapping[str, Any], path: Path) -> Collection:
    top = take_fields(data, {"collection", "publication", "anchor"}, set(), place=str(path))
    head = take_fields(
        top.get("collection", {}),
        {"release", "scope", "licence"},
        {"release", "scope", "licence"},
        place=f"{path}: [collection]",
    )
    records = top.get("publication", [])
    publications = tuple(
        _read_publication(record, place=f"{path}: publication {position}")
        for position, record in enumerate(records, start=1)
    )
    _check_unique(publications, path)
    anchors = [
        _read_anchor(record, place=f"{path}: anchor {position}")
        for position, record in enumerate(top.get("anchor", []), start=1)
    ]
    return Collection(publications=_with_bounds(publications, anchors), **head)


def take_fields(
    data: Mapping[str, Any], known: set[str], required: set[str], *, place: str
) -> dict[str, Any]:
    """Return `data` as a dict after refusing unknown and missing fields."""
    if unknown := sorted(set(data) - known):
        raise FileFormatError(
            f"unknown field {unknown[0]!r}",
            place=place,
            remedy=f"the fields are {', '.join(sorted(known))}",
        )
    if missing := sorted(required - set(data)):
        raise FileFormatError(
            f"field {missing[0]!r} is missing", place=place, remedy="add it to the record"
        )
    return dict(data)


def check_texts(fields: Mapping[str, Any], names: Iterable[str], *, place: str) -> None:
    """Refuse fields that are there and are no text, as a number without its quotes."""
    for name in names:
        if name in fields and not isinstance(fields[name], str):
            raise FileFormatError(
                f"{name} {fields[name]!r} is no text", place=place, remedy="write it in quotes"
            )


def _read_publication(record: Mapping[str, Any], *, place: str) -> Publication:
    if "publication_number" in record:
        place = f"{place} ({record['publication_number']})"
    fields = take_fields(record, set(_REQUIRED | _OPTIONAL), set(_REQUIRED), place=place)
    _check_dates(fields, place)
    check_texts(fields, _TEXTS, place=place)
    compounds = tuple(
        _read_compound(compound, place=f"{place}, compound {position}")
        for position, compound in enumerate(fields.pop("compound", []), start=1)
    )
    legal = tuple(
        _read_event(event, place=f"{place}, legal {position}")
        for position, event in enumerate(fields.pop("legal", []), start=1)
    )
    fields["publication_number"] = _read_number(fields["publication_number"], place)
    fields["classes"] = tuple(fields.get("classes", ()))
    parts = [fields.get("note", ""), *(event.describe() for event in legal)]
    fields["note"] = ". ".join(part.rstrip(". ") for part in parts if part)
    return Publication(compounds=compounds, legal=legal, **fields)


def _read_number(text: str, place: str) -> str:
    try:
        return normalize_publication_number(text)
    except InputError as error:
        raise FileFormatError(error.message, place=place, remedy="correct the number") from error


def _check_dates(fields: Mapping[str, Any], place: str, names: Iterable[str] = _DATES) -> None:
    """Refuse texts that are not dates, and dates that run backwards."""
    earlier: tuple[str, date] | None = None
    for name in names:
        if name not in fields:
            continue
        day = fields[name]
        if type(day) is not date:
            raise FileFormatError(
                f"{name} is {day!r}", place=place, remedy="write it as YYYY-MM-DD, unquoted"
            )
        if earlier and day < earlier[1]:
            raise FileFormatError(
                f"{name} {day} is before {earlier[0]} {earlier[1]}",
                place=place,
                remedy="look at the page again",
            )
        earlier = (name, day)


def _read_event(record: Mapping[str, Any], *, place: str) -> LegalEvent:
    fields = take_fields(
        record, {"event", "source", "happened_on"}, {"event", "source"}, place=place
    )
    _check_dates(fields, place, ("happened_on",))
    return LegalEvent(**fields)


def _read_anchor(record: Mapping[str, Any], *, place: str) -> tuple[str, date]:
    needed = {"publication_number", "publication_date", "source"}
    fields = take_fields(record, needed, needed, place=place)
    _check_dates(fields, place)
    return _read_number(fields["publication_number"], place), fields["publication_date"]


def _with_bounds(
    publications: tuple[Publication, ...], anchors: Iterable[tuple[str, date]]
) -> tuple[Publication, ...]:
    """Return the publications with the bounds that numbering sets on their dates."""
    dated = dict(anchors)
    dated.update(
        (publication.publication_number, publication.publication_date)
        for publication in publications
        if publication.publication_date
    )
    bounded = []
    for publication in publications:
        day = publication.publication_date
        first, last = (
            (day, day) if day else publication_window(publication.publication_number, dated)
        )
        bounded.append(replace(publication, published_after=first, published_by=last))
    return tuple(bounded)


def _read_compound(record: Mapping[str, Any], *, place: str) -> NamedCompound:
    required = {"name", "smiles", "smiles_source"}
    fields = take_fields(record, required | {"section", "note"}, required, place=place)
    if fields.get("section") not in (None, *SECTIONS):
        raise FileFormatError(
            f"section {fields['section']!r} is not known",
            place=place,
            remedy=f"it is one of {', '.join(SECTIONS)}, or left out",
        )
    try:
        mol = parse_smiles(fields["smiles"])
    except StructureError as error:
        raise FileFormatError(error.message, place=place, remedy="correct the SMILES") from error
    if strange := find_pseudo_atoms(mol):
        raise FileFormatError(
            f"{fields['smiles']!r} has {', '.join(strange)}, likely letters of a drawing",
            place=place,
            remedy="draw the structure in full, or leave the compound out",
        )
    return NamedCompound(**fields)


def _check_unique(publications: tuple[Publication, ...], path: Path) -> None:
    seen: set[str] = set()
    for publication in publications:
        number = without_kind(publication.publication_number)
        if number in seen:
            raise FileFormatError(
                f"{publication.publication_number} stands twice",
                place=str(path),
                remedy="merge the two records",
            )
        seen.add(number)
