"""Patent overlap: what publications say about a structure, as evidence and never as a verdict.

``publications`` and ``claims`` read a folder of records; ``ladder`` climbs from exact matches to
similarity; ``gate`` turns the evidence into a filter; ``markush`` reads claims back as sentences.
"""

from molagent.patents.gate import PatentFilter, explain_overlap
from molagent.patents.ladder import PatentLadder, UncheckedIndex, load_patent_index
from molagent.patents.markush.claims import Claim, ClaimStatus, read_claim, read_claims
from molagent.patents.markush.matching import (
    ClaimMatch,
    describe_claim,
    match_claim,
    what_would_leave,
)
from molagent.patents.publications import (
    Collection,
    NamedCompound,
    Publication,
    normalize_publication_number,
    read_collection,
)

__all__ = [
    "Claim",
    "ClaimMatch",
    "ClaimStatus",
    "Collection",
    "NamedCompound",
    "PatentFilter",
    "PatentLadder",
    "Publication",
    "UncheckedIndex",
    "describe_claim",
    "explain_overlap",
    "load_patent_index",
    "match_claim",
    "normalize_publication_number",
    "read_claim",
    "read_claims",
    "read_collection",
    "what_would_leave",
]
