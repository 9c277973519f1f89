"""Publications as they were read: numbers, bibliography, and the compounds they name.

A collection is a folder with ``publications.toml`` and, optionally, ``claims/*.toml``. Nothing in
it is inferred: a field that was not read is absent, and an absent date is not "no date".
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles
from molagent.errors import FileFormatError, InputError, StructureError

__all__ = [
    "SECTIONS",
    "Collection",
    "NamedCompound",
    "Publication",
    "find_pseudo_atoms",
    "normalize_publication_number",
    "read_collection",
    "read_toml",
    "take_fields",
]

SECTIONS: Final = ("claims", "description", "abstract", "title")

# What medicinal chemistry and its counter-ions are made of. Anything else in a patent's structure
# is more likely a letter of a Markush drawing (U, V, W, Re, ...) that was read as an element.
_EXPECTED_ELEMENTS: Final = frozenset(
    {"H", "B", "C", "N", "O", "F", "Si", "P", "S", "Cl", "Se", "Br", "I"}
    | {"Li", "Na", "K", "Mg", "Ca", "Zn", "Al", "Ba", "Ag", "Bi", "Fe", "Pt", "As", "Te"}
)

_WORDS: Final = re.compile(r"\b(PATENT|PAT|PUBLICATION|APPLICATION|APPL|NO|NUMBER)\b\.?", re.I)
_NUMBER: Final = re.compile(
    r"(?P<country>[A-Z]{2})(?P<prefix>RE|PP|PI|MU|D|I)?(?P<digits>\d{4,14})(?P<kind>[A-Z]\d?)?"
)
_REISSUE: Final = re.compile(r"RE\d{5}([A-Z]\d?)?")  # written without a country, always US
_CENTURY_TURN: Final = 78  # the first PCT applications were published in 1978
_EP_DIGITS: Final = 7
_WO_SERIAL_DIGITS: Final = 6
_US_SERIAL_DIGITS: Final = 7
_YEAR_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCompound:
    """A compound a publication names; `section` is where the name was read, or None."""

    name: str
    smiles: str
    smiles_source: str
    section: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One publication, with the page it was read on and what of it was read."""

    publication_number: str
    source: str
    read: str
    read_on: date
    title: str | None = None
    assignee: str | None = None
    publication_date: date | None = None
    family_id: str | None = None
    note: str = ""
    compounds: tuple[NamedCompound, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Every publication of one release, and what the release covers."""

    release: str
    scope: str
    licence: str
    publications: tuple[Publication, ...]

    def find_publication(self, number: str) -> Publication | None:
        """Return the publication of this number, whether or not either has a kind code."""
        wanted = _without_kind(normalize_publication_number(number))
        for publication in self.publications:
            if _without_kind(publication.publication_number) == wanted:
                return publication
        return None


def normalize_publication_number(text: str) -> str:
    """Return a publication number as ``CC-NUMBER-KIND``; without kind if it is not given.

    US applications are padded to year and seven digits, WO to year and six, EP to seven digits.

    Raises
    ------
    InputError
        If no country code and number can be made out.

    Examples
    --------
    >>> normalize_publication_number("US 6,635,762 B1")
    'US-6635762-B1'
    >>> normalize_publication_number("WO/2015/032423")
    'WO-2015032423'
    >>> normalize_publication_number("WO 01/42246 A2")
    'WO-2001042246-A2'
    """
    compact = re.sub(r"[\s,./\-]", "", _WORDS.sub(" ", text.upper()))
    if _REISSUE.fullmatch(compact):
        compact = f"US{compact}"
    found = _NUMBER.fullmatch(compact)
    if found is None:
        raise InputError(
            f"{text!r} is not a publication number",
            remedy="write country, number and kind, for example US-6635762-B1",
        )
    country, prefix = found["country"], found["prefix"] or ""
    number = prefix + _canonical_digits(country, found["digits"])
    return "-".join(part for part in (country, number, found["kind"]) if part)


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

    Raises
    ------
    FileFormatError
        Naming the file, the record and the remedy.
    """
    path = folder / "publications.toml"
    data = read_toml(path)
    top = take_fields(data, {"collection", "publication"}, set(), place=str(path))
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
    return Collection(publications=publications, **head)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    FileFormatError
        If it is missing, unreadable or not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileFormatError(
            f"the file cannot be read ({error.strerror})", place=str(path), remedy="check the path"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"the file is not TOML ({error})", place=str(path), remedy="correct the line"
        ) from error


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


def _canonical_digits(country: str, digits: str) -> str:
    if country == "WO":
        return _canonical_wo(digits)
    if country == "EP":
        return digits.lstrip("0").zfill(_EP_DIGITS)
    if country == "US":
        # 20190100538 is an application (year, serial); 6635762 and 06635762 are grants.
        if len(digits) >= _YEAR_DIGITS + _US_SERIAL_DIGITS - 1 and digits.startswith("20"):
            return digits[:_YEAR_DIGITS] + digits[_YEAR_DIGITS:].zfill(_US_SERIAL_DIGITS)
        return digits.lstrip("0")
    return digits


def _canonical_wo(digits: str) -> str:
    """Before mid 2002 the year has two digits and the serial number five."""
    if digits.startswith(("19", "20")) and len(digits) > _YEAR_DIGITS + 4:
        year, serial = digits[:_YEAR_DIGITS], digits[_YEAR_DIGITS:]
    else:
        year = ("19" if int(digits[:2]) >= _CENTURY_TURN else "20") + digits[:2]
        serial = digits[2:]
    return year + serial.lstrip("0").zfill(_WO_SERIAL_DIGITS)


def _without_kind(number: str) -> str:
    return "-".join(number.split("-")[:2])


def _read_publication(record: Mapping[str, Any], *, place: str) -> Publication:
    if "publication_number" in record:
        place = f"{place} ({record['publication_number']})"
    fields = take_fields(
        record,
        {
            "publication_number",
            "title",
            "assignee",
            "publication_date",
            "family_id",
            "source",
            "read",
            "read_on",
            "note",
            "compound",
        },
        {"publication_number", "source", "read", "read_on"},
        place=place,
    )
    for name in ("publication_date", "read_on"):
        if name in fields and type(fields[name]) is not date:
            raise FileFormatError(
                f"{name} is {fields[name]!r}",
                place=place,
                remedy="write it as YYYY-MM-DD, unquoted",
            )
    compounds = tuple(
        _read_compound(compound, place=f"{place}, compound {position}")
        for position, compound in enumerate(fields.pop("compound", []), start=1)
    )
    try:
        fields["publication_number"] = normalize_publication_number(fields["publication_number"])
    except InputError as error:
        raise FileFormatError(error.message, place=place, remedy="correct the number") from error
    return Publication(compounds=compounds, **fields)


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
        number = _without_kind(publication.publication_number)
        if number in seen:
            raise FileFormatError(
                f"{publication.publication_number} stands twice",
                place=str(path),
                remedy="merge the two records",
            )
        seen.add(number)
