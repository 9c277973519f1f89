"""Turning matches into overlap records, with bibliography, source and reason."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Final

from molagent.patents.dating import describe_dating
from molagent.patents.markush.claims import Claim, ClaimStatus
from molagent.patents.markush.matching import ClaimMatch, what_would_leave
from molagent.records import Mention, Overlap, OverlapLevel, PatentRelease, PublicationRecord

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EVIDENCE_COLUMNS",
    "evidence_frame",
    "overlap_of_claim",
    "overlap_of_mentions",
    "sort_key",
    "without_folders",
]

EVIDENCE_COLUMNS: Final = (
    "structure",
    "smiles",
    *(field.name for field in fields(Overlap)),
)

# A search that failed stands above "not found", so that a reader sees it first.
_RANK: Final = {
    level: rank
    for rank, level in enumerate(
        (
            *(
                x
                for x in OverlapLevel
                if x not in (OverlapLevel.NOT_FOUND, OverlapLevel.NOT_CHECKED)
            ),
            OverlapLevel.NOT_CHECKED,
            OverlapLevel.NOT_FOUND,
        )
    )
}
_TOLD: Final = ("source", "reason", "searched")
_ONLY_A_PATH: Final = re.compile(r"(/|[A-Za-z]:[/\\]|\\\\)[^:;|]+")
_PART: Final = r"[^\s/\\:;,|=#()\[\]]+"
# Two parts or more: "/" alone stands between words, and in SMILES parts hold brackets or bonds.
_PATH: Final = re.compile(
    rf"(?:file://|(?<![\w/.:*)\]]))(?:[A-Za-z]:[/\\]|\\\\|/)(?:{_PART}[/\\])+(?:{_PART})?"
)
_ROUTES: Final = ("own", "curated", "text", "image", "attachment")
_SECTIONS: Final = ("claims", "description", "abstract", "title", "image", "attachment")


def sort_key(overlap: Overlap) -> tuple[int, float]:
    """Return what evidence is sorted by: rung, then similarity."""
    similarity = 0.0 if math.isnan(overlap.similarity) else -overlap.similarity
    return _RANK[overlap.level], similarity


def overlap_of_mentions(
    mentions: Sequence[Mention],
    publication: PublicationRecord | None,
    release: PatentRelease,
    *,
    level: OverlapLevel,
    parent: str,
    similarity: float,
    relation: str = "",
    reason: str,
    searched: str,
    as_of: date | None = None,
    further: int = 0,
) -> Overlap:
    """Return the record of one compound in one publication.

    Notes of the publication and of the mention are part of the reason, and so is what its number
    says of a date that was not read.

    Parameters
    ----------
    mentions
        Of one compound in one publication, at least one.
    publication
        None if the release has the mention but not the header.
    parent
        Standardised parent of the compound; shown where the structure as given was not kept.
    """
    first = mentions[0]
    names = dict.fromkeys(mention.label or mention.source_id for mention in mentions)
    return Overlap(
        level=level,
        searched=searched,
        publication_number=first.publication_number or None,
        title=publication.title if publication else None,
        assignee="; ".join(publication.assignees) or None if publication else None,
        publication_date=_iso(publication),
        family_id=publication.family_id if publication else None,
        kind=publication.kind if publication else None,
        section=_joined((s for m in mentions for s in m.sections), _SECTIONS),
        route=_joined((m.route for m in mentions), _ROUTES),
        relation=relation,
        release=release.release,
        licence=release.licence,
        visibility=release.visibility,
        further=further,
        matched_name=", ".join(name for name in names if name) or None,
        matched_smiles=first.raw_smiles or parent,
        similarity=similarity,
        source=(publication.url if publication else None) or release.source,
        reason=_sentences(
            reason,
            *dict.fromkeys(mention.note for mention in mentions),
            publication.note if publication else "",
            describe_dating(publication, as_of),
        ),
    )


def overlap_of_claim(
    claim: Claim,
    match: ClaimMatch,
    publication: PublicationRecord | None,
    *,
    searched: str,
    release: PatentRelease | None = None,
    as_of: date | None = None,
) -> Overlap:
    """Return the record of a claim that a structure is inside, with what keeps it there.

    Where the claim could not be tried the record says so, and where another tautomer would be
    inside, that the structure may be.

    `publication` is None if the collection has the claim but not its bibliography.
    """
    level, lead = _standing(claim, match)
    return Overlap(
        level=level,
        searched=searched,
        publication_number=claim.publication_number,
        title=publication.title if publication else None,
        assignee="; ".join(publication.assignees) or None if publication else None,
        publication_date=_iso(publication),
        family_id=publication.family_id if publication else None,
        kind=publication.kind if publication else _kind(claim.publication_number),
        section="claims" if claim.claim.isdigit() else claim.claim,
        route="curated",
        release=release.release if release else "",
        licence=release.licence if release else "",
        visibility=release.visibility if release else "public",
        claim_id=claim.claim_id,
        relation="tautomer" if match.tautomer or match.hint else "",
        assignment=match.assignment,
        source=claim.source,
        reason=_sentences(
            lead,
            *what_would_leave(claim, match.assignment),
            claim.note,
            describe_dating(publication, as_of),
        ),
    )


def _standing(claim: Claim, match: ClaimMatch) -> tuple[OverlapLevel, str]:
    which = f"claim {claim.claim} ({claim.kind})"
    if match.not_tried:
        return OverlapLevel.NOT_CHECKED, f"{which} was not tried: {match.not_tried}"
    confirmed = claim.status is ClaimStatus.CONFIRMED
    if match.hint:
        draft = "" if confirmed else ", a draft reading"
        said = f"outside {which} as drawn{draft}, but its tautomer {match.hint} would be inside"
        return OverlapLevel.IN_DRAFT_CLAIM, said
    drawn = f", drawn as its tautomer {match.tautomer}" if match.tautomer else ""
    if confirmed:
        return OverlapLevel.IN_CONFIRMED_CLAIM, f"inside {which} as read{drawn}"
    return OverlapLevel.IN_DRAFT_CLAIM, f"may be inside {which}, a draft reading{drawn}"


def evidence_frame(
    smiles_list: Sequence[str],
    found: Sequence[Sequence[Overlap]],
    names: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return one row a piece of evidence, in input order, strongest first.

    Parameters
    ----------
    names
        What the structures are called; their numbers from 1 by default.

    Returns
    -------
    pandas.DataFrame
        :data:`EVIDENCE_COLUMNS`; ``similarity`` is NaN where it does not apply, ``assignment`` a
        dict of site to group.
    """
    import pandas as pd

    labels = names if names is not None else [str(at) for at in range(1, len(smiles_list) + 1)]
    rows = [
        {"structure": name, "smiles": smiles, **_row(overlap)}
        for name, smiles, overlaps in zip(labels, smiles_list, found, strict=True)
        for overlap in overlaps
    ]
    return pd.DataFrame(rows, columns=list(EVIDENCE_COLUMNS))


def _row(overlap: Overlap) -> Mapping[str, object]:
    row = {field.name: getattr(overlap, field.name) for field in fields(Overlap)}
    named = {name: without_folders(row[name]) for name in _TOLD if row[name]}
    return row | named | {"level": str(overlap.level), "assignment": dict(overlap.assignment)}


def without_folders(text: str) -> str:
    r"""Return a text with absolute paths cut to their last part: evidence is sent to others.

    Examples
    --------
    >>> without_folders("release sce: broken in /home/jane/releases/sce")
    'release sce: broken in sce'
    >>> without_folders(r"C:\Users\Jane Doe\bulk data"), without_folders("https://a.org/b/c")
    ('bulk data', 'https://a.org/b/c')
    """
    if _ONLY_A_PATH.fullmatch(text):
        return re.split(r"[/\\]", text.rstrip("/\\"))[-1]
    return _PATH.sub(lambda found: re.split(r"[/\\]", found[0])[-1], text)


def _joined(words: object, order: Sequence[str]) -> str | None:
    found = set(words)  # type: ignore[call-overload]
    known = [word for word in order if word in found]
    return ", ".join([*known, *sorted(found - set(known))]) or None


def _sentences(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part)


def _iso(publication: PublicationRecord | None) -> str | None:
    dated = publication is not None and publication.publication_date is not None
    return publication.publication_date.isoformat() if dated else None  # type: ignore[union-attr]


def _kind(number: str) -> str | None:
    parts = number.split("-")
    return parts[2] if len(parts) > 2 else None  # country, number, kind
