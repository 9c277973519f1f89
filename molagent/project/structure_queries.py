"""What may be asked about beside SMILES: InChI, InChIKeys, names of a list, publication numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from molagent.chem.molecules import smiles_of_inchi
from molagent.errors import FileFormatError, InputError, StructureError
from molagent.patents.numbers import normalize_publication_number, without_kind

if TYPE_CHECKING:
    from molagent.patents.ladder import PatentLadder

__all__ = ["Asked", "describe_publication", "read_asked", "read_names"]

_INCHIKEY: Final = re.compile(r"(InChIKey=)?([A-Z]{14}-[A-Z]{8}[A-Z]{2}-[A-Z])", re.I)
_PUBLICATION: Final = re.compile(
    r"(?=(?:.*\d){4})[A-Z]{2}[\s\-/]?(RE|PP|D)?[\d\s,./\-]{4,}[A-Z]?\d?", re.I
)
_NAME_TITLES: Final = ("name", "title", "compound", "compound_name", "id")
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """A text that was given where a structure is expected.

    Attributes
    ----------
    text
        As given.
    smiles
        What the ladder is asked: the text itself where nothing better is known.
    note
        How it was read, or why nothing can be said of it; empty for SMILES.
    """

    text: str
    smiles: str
    note: str = ""

    @property
    def is_structure(self) -> bool:
        """Whether the ladder can be asked."""
        return not self.note or self.smiles != self.text


def read_asked(text: str, ladder: PatentLadder, names: Mapping[str, str] | None = None) -> Asked:
    """Return what a text asks about.

    Parameters
    ----------
    names
        Name, in lower case, to SMILES; looked at where the text is not a structure.
    """
    given = text.strip()
    if given.startswith("InChI="):
        try:
            return Asked(text, smiles_of_inchi(given), "read from its InChI")
        except StructureError:
            return Asked(text, text, "an InChI that cannot be read")
    if found := _INCHIKEY.fullmatch(given):
        return _of_key(text, found[2].upper(), ladder)
    if names is not None and (smiles := names.get(given.casefold())):
        return Asked(text, smiles, "looked up by its name")
    if said := describe_publication(given, ladder):
        return Asked(text, text, "; ".join(line.strip() for line in said))
    return Asked(text, text)


def _of_key(text: str, key: str, ladder: PatentLadder) -> Asked:
    for depth, what in (("inchikey", "its InChIKey"), ("connectivity", "the first block of it")):
        wanted = key if depth == "inchikey" else key.split("-", 1)[0]
        for source in ladder.sources:
            [rows] = source.index.find_keys(depth, [wanted])
            for row in rows:
                if parent := source.index.parent(row):
                    name = source.release.release
                    return Asked(text, parent, f"{what} is that of a compound of {name}")
    return Asked(
        text,
        text,
        "an InChIKey names a structure and does not draw it: no parent compound of what is "
        "searched has this one. Give SMILES or InChI, with which claims and similar compounds "
        "are searched too",
    )


def read_names(path: Path | str) -> dict[str, str]:
    """Return names, in lower case, and the SMILES that a table gives them.

    Raises
    ------
    FileFormatError
        If it has no column of structures or none of names, or one name has two structures.
    """
    from molagent.project.structure_files import STRUCTURE_TITLES, read_structure_file

    frame = read_structure_file(path)
    lower = {str(column).lower(): str(column) for column in frame.columns}
    smiles = next((lower[title] for title in STRUCTURE_TITLES if title in lower), "")
    name = next((lower[title] for title in _NAME_TITLES if title in lower), "")
    if not smiles or not name:
        raise FileFormatError(
            f"a list of names needs a column of them and one of structures; there are "
            f"{', '.join(map(str, frame.columns))}",
            place=str(path),
            remedy="call them name and smiles",
        )
    found: dict[str, str] = {}
    for given, structure in zip(frame[name], frame[smiles], strict=True):
        key = str(given).strip().casefold()
        if found.setdefault(key, str(structure)) != str(structure):
            raise FileFormatError(
                f"{given!r} stands for two structures", place=str(path), remedy="leave one"
            )
    return found


def describe_publication(text: str, ladder: PatentLadder) -> tuple[str, ...]:
    """Return what a publication names, in lines; nothing where the text is no publication number.

    Numbers are compared without their kind code where they have none.
    """
    if not _PUBLICATION.fullmatch(text.strip()):
        return ()
    try:
        number = normalize_publication_number(text)
    except InputError:
        return ()
    lines = [*_of_collection(number, ladder), *_of_releases(number, ladder)]
    lines += [
        f"{claim.claim_id}  claim {claim.claim}, {claim.kind}, {claim.status}"
        for claim in ladder.claims
        if _same(claim.publication_number, number)
    ]
    if not lines:
        return (f"{number}: no publication of that number in what is searched: {ladder.searched}",)
    return (number, *(f"  {line}" for line in lines))


def _of_collection(number: str, ladder: PatentLadder) -> list[str]:
    publications = ladder.collection.publications if ladder.collection else ()
    lines = []
    for each in publications:
        if _same(each.publication_number, number):
            day = each.publication_date or "date not read"
            lines.append(
                f"{each.publication_number}  {day}  {each.assignee or ''}  {each.title or ''}"
            )
            lines += [f"names {compound.name}  {compound.smiles}" for compound in each.compounds]
    return lines


def _of_releases(number: str, ladder: PatentLadder) -> list[str]:
    from molagent.store.patents.reader import PatentStore

    lines = []
    for source in ladder.sources:
        if not isinstance(source.mentions, PatentStore):
            continue
        named = source.mentions.named_by(number, without_kind=number == without_kind(number))
        for found, rows in named.items():
            [header] = source.mentions.find_publications([found]).values()
            about = [
                header.publication_date or "no date",
                "; ".join(header.assignees),
                header.title,
            ]
            lines.append("  ".join(str(part) for part in (found, *about) if part))
            lines.append(f"names {len(rows):,} compounds in {source.release.release}")
            lines += [f"  {source.index.parent(row) or '(unreadable)'}" for row in rows[:_SHOWN]]
    return lines


def _same(one: str, other: str) -> bool:
    return one == other or without_kind(one) == other or one == without_kind(other)
