"""One structure in one publication, whatever file it comes from, or the reason why it is not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from molagent.errors import InputError
from molagent.patents.publications import normalize_publication_number

__all__ = ["GivenActivity", "GivenRow", "RefusedRow", "SkippedRow", "number_of", "section_bits"]

#: Names of sections as files write them, and their bit in ``mention.sections``.
_SECTIONS: Final[Mapping[str, int]] = {
    "claims": 1,
    "claim": 1,
    "clms": 1,
    "description": 2,
    "desc": 2,
    "example": 2,
    "examples": 2,
    "abstract": 4,
    "abst": 4,
    "title": 8,
    "ttl": 8,
    "image": 16,
    "attachment": 32,
    "molattachment": 32,
}
_SEPARATOR: Final = re.compile(r"[,;|]")


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenActivity:
    """A measured value beside the structure, text as given."""

    target: str
    quantity: str
    original: str
    unit: str
    organism: str | None = None
    assay: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenRow:
    """One structure in one publication.

    Attributes
    ----------
    given_number
        As the file writes it.
    smiles
        A SMILES or a molblock.
    sections
        Bits, see ``molagent.store.patents.reader.SECTION_BITS``; 0 if not known.
    place
        ``file:row``.
    """

    given_number: str
    smiles: str
    place: str
    source_id: str | None = None
    sections: int = 0
    route: str = "text"
    label: str | None = None
    publication_date: date | None = None
    family_id: str | None = None
    title: str | None = None
    assignees: tuple[str, ...] = ()
    url: str | None = None
    activities: tuple[GivenActivity, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that cannot be used: kept with its reason."""

    place: str
    reason: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedRow:
    """A row that speaks of no publication, such as a journal's value: counted, not kept."""

    place: str


def number_of(given: str, *, own: bool) -> tuple[str, str | None, str | None]:
    """Return a publication's number, country and kind.

    Parameters
    ----------
    own
        Own and clients' disclosures need no publication number: an internal document keeps the
        name it has.

    Raises
    ------
    InputError
        If it is no publication number.

    Examples
    --------
    >>> number_of("US20240109915", own=False)
    ('US-20240109915', 'US', None)
    >>> number_of("memo 2026-03", own=True)
    ('memo 2026-03', None, None)
    """
    try:
        number = normalize_publication_number(given)
    except InputError:
        if not own or not given.strip():
            raise
        return given.strip(), None, None
    country, _, rest = number.partition("-")
    _, _, kind = rest.partition("-")
    return number, country, kind or None


def section_bits(text: str, *, place: str = "") -> int:
    """Return the bits of sections named in a cell; 0 for a blank one.

    Raises
    ------
    InputError
        If a section is not known.

    Examples
    --------
    >>> section_bits("claims, description")
    3
    """
    bits = 0
    for name in filter(None, (part.strip().lower() for part in _SEPARATOR.split(text))):
        if name not in _SECTIONS:
            raise InputError(
                f"{name!r} is not a section of a publication",
                place=place,
                remedy=f"use {', '.join(sorted(_SECTIONS))}",
            )
        bits |= _SECTIONS[name]
    return bits
