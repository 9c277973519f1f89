"""Patent overlap: what publications say about a structure, as evidence and never as a verdict.

``publications`` and ``claims`` read a folder of records, ``disclosures`` what is not published;
``releases`` is what a ladder can search; ``ladder`` climbs from exact matches to similarity;
``evidence`` puts it into rows; ``gate`` turns it into a filter; ``landscape`` counts what crowds a
series; ``markush`` reads claims back as sentences.
"""

from molagent.patents.disclosures import Disclosure, disclosure_sources, read_disclosures
from molagent.patents.evidence import evidence_frame
from molagent.patents.gate import PatentFilter, explain_overlap
from molagent.patents.ladder import PatentLadder, UncheckedIndex, load_patent_index
from molagent.patents.landscape import Landscape, survey
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
from molagent.patents.releases import Source, UncheckedSource

__all__ = [
    "Claim",
    "ClaimMatch",
    "ClaimStatus",
    "Collection",
    "Disclosure",
    "Landscape",
    "NamedCompound",
    "PatentFilter",
    "PatentLadder",
    "Publication",
    "Source",
    "UncheckedIndex",
    "UncheckedSource",
    "describe_claim",
    "disclosure_sources",
    "evidence_frame",
    "explain_overlap",
    "load_patent_index",
    "match_claim",
    "normalize_publication_number",
    "read_claim",
    "read_claims",
    "read_collection",
    "read_disclosures",
    "survey",
    "what_would_leave",
]
