"""Where a lineage left a claim: the last compound inside, what stood there, and the step out.

A proposal that is outside a claim often descends from a compound inside it. Who reads the
shortlist wants to see how near the way out was: which group stood at which site before, and what
was changed. It is told from the parents that are stored with each proposal and the claims as they
were read; it says nothing about equivalents, other claims or the law.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from molagent.errors import StructureError
from molagent.patents.markush.claims import Claim
from molagent.patents.markush.matching import ClaimMatch, match_claim

__all__ = ["Ancestor", "Departure", "find_departures"]

# A parent that fails a claim in one place is beside it; in more it is just another compound.
_BESIDE: Final = 1
_MOST_GENERATIONS: Final = 12
_NO_CORE: Final = "its core does not occur"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ancestor:
    """A compound of a lineage.

    Attributes
    ----------
    parents
        Ids of what it was made of; empty for a measured compound.
    step
        What was done to them, in the words of the generator.
    """

    smiles: str
    parents: tuple[str, ...] = ()
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One step of a lineage that left a claim.

    Attributes
    ----------
    claim_id, status
        The claim, and whether somebody confirmed its reading.
    parent_id, parent_smiles
        The last compound inside; beside the claim where `beside` says what it fails.
    assignment
        What stood at each site of the claim, as SMILES; empty for a compound beside it.
    beside
        Why a parent that was never inside is outside, in one place; empty for one inside.
    child_id, child_smiles
        The first compound outside, in the lineage of the one that was asked about.
    step
        What was changed, in the words of the generator.
    reasons
        What the claim says against the child.
    generations
        Steps from the child to the compound that was asked about; 0 where it is the child.
    """

    claim_id: str
    status: str
    parent_id: str
    parent_smiles: str
    assignment: Mapping[str, str]
    beside: str
    child_id: str
    child_smiles: str
    step: str
    reasons: tuple[str, ...]
    generations: int


def find_departures(
    compound_ids: Sequence[str], lineage: Mapping[str, Ancestor], claims: Sequence[Claim]
) -> dict[str, tuple[Departure, ...]]:
    """Return the steps by which the lineages of compounds left claims.

    Parameters
    ----------
    compound_ids
        Compounds of the lineage.
    lineage
        Id to compound. A parent that is not in it is passed over.

    Returns
    -------
    dict
        Compound to its steps, in the order of the claims, each claim's nearest step first. A claim
        that the compound itself is inside of was not left. Where no ancestor was inside any claim,
        the compound's own parents count that fail a claim in one place alone.
    """
    trial = _Trial(lineage)
    return {name: trial.departures(name, claims) for name in compound_ids}


class _Trial:
    """Claims tried on the compounds of a lineage, each once."""

    def __init__(self, lineage: Mapping[str, Ancestor]) -> None:
        self._lineage = lineage
        self._matches: dict[tuple[str, str], ClaimMatch | None] = {}

    def departures(self, compound_id: str, claims: Sequence[Claim]) -> tuple[Departure, ...]:
        outside = [
            claim
            for claim in claims
            if (own := self._match(claim, compound_id)) is not None and not own.inside
        ]
        found = [step for claim in outside for step in self._ways_out(claim, compound_id)]
        if not found:
            found = [step for claim in outside for step in self._beside(claim, compound_id)]
        return tuple(found)

    def _ways_out(self, claim: Claim, compound_id: str) -> Iterator[Departure]:
        """Yield the steps from inside to outside, nearest first, each path up to its first one."""
        outside, seen = [compound_id], {compound_id}
        for generation in range(_MOST_GENERATIONS):
            further: list[str] = []
            for child_id in outside:
                for parent_id in self._parents(child_id):
                    match = self._match(claim, parent_id)
                    if match is None:
                        continue
                    if match.inside:
                        yield self._departure(claim, match, parent_id, child_id, generation)
                    elif parent_id not in seen:
                        seen.add(parent_id)
                        further.append(parent_id)
            outside = further

    def _beside(self, claim: Claim, compound_id: str) -> Iterator[Departure]:
        """Yield the compound's parents that fail the claim in one place."""
        for parent_id in self._parents(compound_id):
            match = self._match(claim, parent_id)
            if match is not None and match.core_found and len(match.failures) == _BESIDE:
                yield self._departure(claim, match, parent_id, compound_id, 0)

    def _departure(
        self, claim: Claim, match: ClaimMatch, parent_id: str, child_id: str, generations: int
    ) -> Departure:
        left = self._match(claim, child_id)
        reasons = left.failures if left is not None and left.core_found else (_NO_CORE,)
        return Departure(
            claim_id=claim.claim_id,
            status=claim.status.value,
            parent_id=parent_id,
            parent_smiles=self._lineage[parent_id].smiles,
            assignment=dict(match.assignment),
            beside="; ".join(match.failures),
            child_id=child_id,
            child_smiles=self._lineage[child_id].smiles,
            step=self._lineage[child_id].step,
            reasons=reasons,
            generations=generations,
        )

    def _parents(self, compound_id: str) -> list[str]:
        return [name for name in self._lineage[compound_id].parents if name in self._lineage]

    def _match(self, claim: Claim, compound_id: str) -> ClaimMatch | None:
        """Return what a claim says of a compound; None where it cannot be tried on it."""
        key = (claim.claim_id, compound_id)
        if key not in self._matches:
            self._matches[key] = _tried(claim, self._lineage[compound_id].smiles)
        return self._matches[key]


def _tried(claim: Claim, smiles: str) -> ClaimMatch | None:
    try:
        match = match_claim(claim, smiles)
    except StructureError:  # too large to try
        return None
    return None if match.not_tried else match
