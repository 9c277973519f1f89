"""Turning matches into overlap records, with bibliography, source and reason."""

from molagent.patents.compounds import Entry
from molagent.patents.markush.claims import Claim, ClaimStatus
from molagent.patents.markush.matching import ClaimMatch, what_would_leave
from molagent.patents.publications import Publication
from molagent.records import Overlap, OverlapLevel

__all__ = ["overlap_of_claim", "overlap_of_compound"]


def overlap_of_compound(
    entry: Entry, level: OverlapLevel, *, similarity: float, reason: str, searched: str
) -> Overlap:
    """Return the record of a named compound; notes of the publication are part of the reason."""
    publication, compound = entry.publication, entry.compound
    return Overlap(
        level=level,
        searched=searched,
        publication_number=publication.publication_number,
        title=publication.title,
        assignee=publication.assignee,
        publication_date=_iso(publication),
        family_id=publication.family_id,
        section=compound.section,
        matched_name=compound.name,
        matched_smiles=compound.smiles,
        similarity=similarity,
        source=publication.source,
        reason=_sentences(reason, compound.note, publication.note),
    )


def overlap_of_claim(
    claim: Claim, match: ClaimMatch, publication: Publication | None, *, searched: str
) -> Overlap:
    """Return the record of a claim that a structure is inside, with what keeps it there.

    `publication` is None if the collection has the claim but not its bibliography.
    """
    confirmed = claim.status is ClaimStatus.CONFIRMED
    which = f"claim {claim.claim} ({claim.kind})"
    lead = f"inside {which} as read" if confirmed else f"may be inside {which}, a draft reading"
    return Overlap(
        level=OverlapLevel.IN_CONFIRMED_CLAIM if confirmed else OverlapLevel.IN_DRAFT_CLAIM,
        searched=searched,
        publication_number=claim.publication_number,
        title=publication.title if publication else None,
        assignee=publication.assignee if publication else None,
        publication_date=_iso(publication) if publication else None,
        family_id=publication.family_id if publication else None,
        section="claims" if claim.claim.isdigit() else claim.claim,
        claim_id=claim.claim_id,
        assignment=match.assignment,
        source=claim.source,
        reason=_sentences(lead, *what_would_leave(claim, match.assignment), claim.note),
    )


def _sentences(*parts: str) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part)


def _iso(publication: Publication) -> str | None:
    return publication.publication_date.isoformat() if publication.publication_date else None
