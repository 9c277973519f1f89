"""What a patent collection holds, and what a search in it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from typing import Final

__all__ = [
    "OVERLAP_COLUMNS",
    "Mention",
    "Overlap",
    "OverlapLevel",
    "PatentRelease",
    "PublicationRecord",
]


class OverlapLevel(StrEnum):
    """Rungs of the evidence ladder, strongest first. None of them is a legal verdict."""

    EXACT_IN_CLAIMS = "exact_in_claims"
    EXACT_ELSEWHERE = "exact_elsewhere"
    VARIANT = "variant"
    IN_CONFIRMED_CLAIM = "in_confirmed_claim"
    IN_DRAFT_CLAIM = "in_draft_claim"
    SAME_SCAFFOLD = "same_scaffold"
    SIMILAR = "similar"
    NOT_FOUND = "not_found"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """One piece of patent evidence.

    Attributes
    ----------
    searched
        Release, scope and depth of the search: without it "not found" means nothing.
    kind
        Kind code of the publication (``A1`` an application, ``B2`` a grant), None if not known.
    section
        Where it was found, joined by commas (``claims, description``); None if not known.
    route
        How the structure was extracted: ``text``, ``image``, ``attachment``, ``curated``, ``own``.
    relation
        What differs, for a variant: of ``component`` (the compound is one of several that the
        publication has together), ``salt``, ``charge``, ``isotope``, ``stereo`` and ``tautomer``,
        joined by commas.
    release, licence, visibility
        Of the collection that holds the evidence; see :class:`PatentRelease`.
    further
        How many more publications stand on the same rung for the same compound, not shown.
    assignment
        Site name to SMILES of the group that fills it, for a Markush claim.
    similarity
        Tanimoto, 1024-bit Morgan radius 2; NaN where it does not apply.
    """

    level: OverlapLevel
    searched: str
    publication_number: str | None = None
    title: str | None = None
    assignee: str | None = None
    publication_date: str | None = None
    family_id: str | None = None
    kind: str | None = None
    section: str | None = None
    route: str | None = None
    relation: str = ""
    release: str = ""
    licence: str = ""
    visibility: str = "public"
    further: int = 0
    claim_id: str | None = None
    matched_name: str | None = None
    matched_smiles: str | None = None
    similarity: float = float("nan")
    assignment: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None
    reason: str = ""


OVERLAP_COLUMNS: Final = tuple(each.name for each in fields(Overlap))
"""A piece of evidence as a row: its fields, wherever it is stored or reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatentRelease:
    """One searchable collection: without these words "not found" means nothing.

    Attributes
    ----------
    release
        Name and date of what was read, ``SureChEMBL 2026-09-08``.
    scope
        Which part of it, in words (``cpc A61P, C07D; since 2000-01-01``).
    licence
        The line to print beside every answer.
    source
        Where the files came from.
    visibility
        ``public``, ``own`` (the project's disclosures) or ``client`` (one client's, never shown to
        another).
    client
        Whose disclosures they are, where `visibility` is ``client``.
    n_unreadable
        Structures among `n_compounds` that are kept but could not be searched.
    """

    release: str
    scope: str
    licence: str
    source: str
    built_on: date
    n_publications: int
    n_compounds: int
    n_mentions: int
    n_unreadable: int = 0
    visibility: str = "public"
    client: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationRecord:
    """The bibliographic header of one publication; None is "not known", never "none".

    Attributes
    ----------
    publication_number
        ``CC-NUMBER-KIND``, as ``patents.publications.normalize_publication_number`` writes it.
    published_after, published_by
        Earliest and latest day on which it can have appeared, both included, as its number says;
        None where there is no such bound or none was kept. A date that was read goes before them.
    family_id
        Simple family; None where the source has none.
    url
        Where it can be read.
    note
        What a reader must know with it, for example that it was revoked.
    """

    publication_number: str
    country: str | None = None
    kind: str | None = None
    publication_date: date | None = None
    published_after: date | None = None
    published_by: date | None = None
    family_id: str | None = None
    title: str | None = None
    assignees: tuple[str, ...] = ()
    cpc: tuple[str, ...] = ()
    url: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One structure in one publication.

    Attributes
    ----------
    row
        Row of the structure in the compound index of the release, from 0.
    sections
        Of ``claims``, ``description``, ``abstract``, ``title``, ``image``, ``attachment``; empty
        if not known. ``claims`` says that it was found there, not that a claim covers it.
    route
        How it was read: ``text``, ``image``, ``attachment``, ``curated`` or ``own``.
    label
        Name or example number, as given.
    source_id
        Id in the source (``SCHEMBL...``, BindingDB monomer id).
    raw_smiles
        The structure as given, before standardisation.
    note
        What a reader must know with it.
    """

    row: int
    publication_number: str
    sections: tuple[str, ...] = ()
    route: str = "text"
    label: str | None = None
    source_id: str | None = None
    raw_smiles: str | None = None
    note: str = ""
