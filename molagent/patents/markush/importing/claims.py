"""Imports: drawings with R labels and tables of groups become draft claims.

Whatever the source (CXSMILES with a table, an RGROUP molfile, exemplified compounds), it is reduced
here to a core whose numbered atoms lost their R labels, and sites that say what stood there. An
import is a draft; its members and non-members are for a person to fill.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from rdkit import Chem

from molagent.errors import FileFormatError, InputError
from molagent.patents.markush.claims import parse_claim
from molagent.patents.markush.drafting.files import Tables
from molagent.patents.markush.importing.drawings import (
    LabelledCore,
    expand_links,
    number_core,
    read_drawing,
)
from molagent.patents.markush.importing.groups import EntryReading, read_group
from molagent.patents.publications import normalize_publication_number

__all__ = [
    "ClaimImport",
    "Origin",
    "draft_from_readings",
    "import_cxsmiles",
    "number_cores",
    "read_substituents",
]

_MOST_DEPTH: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a claim comes from; who reads the draft later must find the page again.

    Attributes
    ----------
    publication_number
        In any spelling.
    claim
        ``"1"``, or what else it is: ``"abstract"``, ``"formula I"``.
    source
        Page, file or register entry.
    text
        What was read, in its own words; empty where only a drawing was imported.
    """

    publication_number: str
    claim: str
    source: str
    read_on: date
    text: str = ""
    kind: str = "compound"

    def __post_init__(self) -> None:
        """Refuse a source that cannot be looked up again."""
        normalize_publication_number(self.publication_number)
        if not self.source.strip():
            raise InputError("the source is not named", remedy="give the page or file it is from")

    @property
    def claim_id(self) -> str:
        """Return for example ``US-5770603/1``."""
        return f"{normalize_publication_number(self.publication_number)}/{self.claim}"


@dataclass(frozen=True, slots=True)
class ClaimImport:
    """A draft claim as tables, and what a reader of it must know.

    Attributes
    ----------
    tables
        For :func:`~molagent.patents.markush.drafting.drafts.write_draft`.
    notes
        What was dropped or assumed; also part of the draft's interpretation.
    left_out
        Structures that could not become part of it, with the reason (exemplified compounds only).
    """

    tables: Tables
    notes: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


def read_substituents(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return site to groups from (site, group) pairs, for example of a CSV file; order is kept.

    Examples
    --------
    >>> read_substituents([("R1", "*C"), ("R1", "H"), ("R2", "cyano")])
    {'R1': ['*C', 'H'], 'R2': ['cyano']}
    """
    table: dict[str, list[str]] = {}
    for number, (site, group) in enumerate(rows, start=1):
        label = site.strip().removeprefix("_")
        if not label or not group.strip():
            raise FileFormatError(
                "a site or its group is empty",
                place=f"row {number}",
                remedy="write both, H for none",
            )
        table.setdefault(label, []).append(group.strip())
    return table


def import_cxsmiles(
    drawing: str, substituents: Mapping[str, Sequence[object]], *, origin: Origin
) -> ClaimImport:
    """Return a draft from a core with R labels and a table of what each label may be.

    Parameters
    ----------
    drawing
        CXSMILES with ``_R1`` labels (``*c1ccccc1 |$_R1;;;;;;$|``) or SMILES with ``[*:1]``. A
        position that varies is written as in CXSMILES: ``*-*.c1ccccc1 |$_R1;;...$,m:1:2.3|``. An
        atom that repeats (``LN:``) gives one core for each number of repeats.
    substituents
        Label to groups: SMILES with ``*`` where they are attached, ``H``, words of the claim
        language, usual abbreviations (``OMe``, ``CF3``) or predicates. A group may carry labels
        of its own (``*CC* |$;;;_R5$|``).
    origin
        Publication, claim and page.

    Raises
    ------
    FileFormatError
        Naming the label, the group or the part of the drawing that cannot be read.

    Examples
    --------
    >>> origin = Origin(publication_number="US-1234567", claim="1", source="page 12",
    ...                 read_on=date(2026, 11, 22))
    >>> found = import_cxsmiles("*c1ccncc1 |$_R1;;;;;;$|", {"R1": ["OMe", "Cl"]}, origin=origin)
    >>> found.tables["core"], found.tables["site"][0]["group"]
    ('c1c[cH:1]ccn1', {'one_of': [{'fragment': '*OC'}, {'halogen': ['Cl']}]})
    """
    place = origin.claim_id
    cores = number_cores(read_drawing(drawing, place=f"{place}: core"), place=f"{place}: core")
    text = origin.text or f"Drawing and table as imported: {drawing}"
    table = {
        label: [read_group(group, place=f"{place}: {label}") for group in groups]
        for label, groups in substituents.items()
    }
    return draft_from_readings(cores, table, origin=origin, text=text)


def number_cores(mol: Chem.Mol, *, place: str) -> list[LabelledCore]:
    """Return the cores of a drawing, several where an atom of it repeats; all have one numbering.

    Raises
    ------
    FileFormatError
        If the repeated part carries a label, so that positions would differ.
    """
    cores = [number_core(each, place=place) for each in expand_links(mol, place=place)]
    if any(core.places != cores[0].places for core in cores):
        raise FileFormatError(
            "an atom that repeats carries a label",
            place=place,
            remedy="draw each number of repeats",
        )
    return cores


def draft_from_readings(
    cores: Sequence[LabelledCore],
    table: Mapping[str, Sequence[EntryReading]],
    *,
    origin: Origin,
    text: str,
    interpretation: str = "",
    notes: Sequence[str] = (),
    members: Sequence[str] = (),
    non_members: Sequence[str] = (),
) -> ClaimImport:
    """Return the draft of numbered cores and what was read for each of their labels.

    Raises
    ------
    FileFormatError
        If a label has no groups, the table names a label that is not drawn, or the result is no
        claim.
    """
    place = origin.claim_id
    reader = _Sites(table, place)
    sites = reader.sites_of(cores[0])
    if left := sorted(set(table) - reader.used):
        raise FileFormatError(
            f"the table has groups for {', '.join(left)}, which the drawing does not show",
            place=place,
            remedy="draw the label, or leave its groups out",
        )
    notes = tuple(dict.fromkeys((*notes, *cores[0].notes, *reader.notes)))
    said = interpretation or (
        "Imported from a drawing and its table of groups; every combination of the groups is taken "
        "to be claimed. What the drawing does not show carries hydrogen."
    )
    tables: Tables = {
        "claim_id": origin.claim_id,
        "publication_number": normalize_publication_number(origin.publication_number),
        "claim": origin.claim,
        "kind": origin.kind,
        "status": "draft",
        "source": origin.source,
        "read_on": origin.read_on,
        "text": text,
        "interpretation": " ".join((said, *(f"{note[0].upper()}{note[1:]}." for note in notes))),
        "members": list(members),
        "non_members": list(non_members),
        "core": cores[0].smiles if len(cores) == 1 else [core.smiles for core in cores],
        "site": sites,
    }
    parse_claim(tables, place="import")
    del tables["status"]
    return ClaimImport(tables, notes)


class _Sites:
    """Turns labels into site tables, groups with labels of their own included."""

    def __init__(self, table: Mapping[str, Sequence[EntryReading]], place: str) -> None:
        self._table = table
        self._place = place
        self.used: set[str] = set()
        self.notes: list[str] = []

    def sites_of(self, core: LabelledCore, inside: tuple[str, ...] = ()) -> list[Tables]:
        sites = []
        for label, occurrences in core.places.items():
            predicate, optional = self._predicate(label, inside)
            for number, positions in enumerate(occurrences, start=1):
                name = label if len(occurrences) == 1 else f"{label}.{number}"
                site: Tables = {"name": name, "positions": list(positions)}
                if predicate is None:
                    continue
                sites.append(site | {"count": [0, 1] if optional else 1, "group": predicate})
        return sites

    def _predicate(self, label: str, inside: tuple[str, ...]) -> tuple[object | None, bool]:
        """Return what a label may be, and whether it may be hydrogen; None if only hydrogen."""
        if label in inside or len(inside) >= _MOST_DEPTH:
            raise FileFormatError(
                f"{label} is defined by itself ({' > '.join((*inside, label))})",
                place=self._place,
                remedy="write the repeats out",
            )
        readings = self._table.get(label, ())
        if not readings:
            raise FileFormatError(
                f"the drawing shows {label}, and the table has no groups for it",
                place=self._place,
                remedy="add its groups, H for none",
            )
        self.used.add(label)
        values = [self._value(reading, (*inside, label)) for reading in readings if reading.present]
        values = [value for n, value in enumerate(values) if value not in values[:n]]
        optional = any(not reading.present for reading in readings)
        if not values:
            return None, True
        return (values[0] if len(values) == 1 else {"one_of": values}), optional

    def _value(self, reading: EntryReading, inside: tuple[str, ...]) -> Any:  # noqa: ANN401 - TOML
        self.notes.extend(reading.notes)
        if reading.core is None:
            return reading.predicate
        core = reading.core
        return {"template": {"core": core.smiles, "site": self.sites_of(core, inside)}}
