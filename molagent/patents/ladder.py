"""The evidence ladder: what publications and disclosures say about a structure.

Strongest first: named in claims, named elsewhere, a salt, charge, isotopic form, stereoisomer or
tautomer of a named compound, inside a confirmed Markush claim, perhaps inside a draft, same
scaffold, similar. Below them stand "not checked", which says why, and "not found", which always
says what was searched. None of it is a legal verdict.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Final

from molagent.errors import InputError, NotFoundError
from molagent.patents.claim_outlines import outline_claim
from molagent.patents.climbing import Climber
from molagent.patents.compounds import collection_release, collection_source, publication_header
from molagent.patents.dating import is_surely_later
from molagent.patents.evidence import overlap_of_claim, sort_key
from molagent.patents.markush.claims import Claim, ClaimStatus, read_claims
from molagent.patents.markush.claimset import ClaimSet
from molagent.patents.markush.matching import match_claim
from molagent.patents.publications import Collection, read_collection
from molagent.patents.queries import Query, read_query
from molagent.patents.regions import OutsideClaim
from molagent.patents.releases import PatentSource, UncheckedSource, open_to, unchecked_source
from molagent.patents.unchecked import UncheckedIndex
from molagent.protocols import PatentIndex
from molagent.records import Overlap, OverlapLevel, PatentRelease, PublicationRecord, Region

__all__ = ["PatentLadder", "load_patent_index"]

_BATCH: Final = 1_000
_REMEMBERED: Final = 20_000
_FEW: Final = 10_000

_SeenClaim = tuple[Claim, PublicationRecord | None, PatentRelease | None]


class PatentLadder:
    """Evidence from any number of collections, and from Markush claims.

    Parameters
    ----------
    collection
        Hand-read publications and the compounds they name.
    claims
        Markush claims; rejected ones are left out.
    sources
        Further collections: releases on disk, disclosures.
    client
        Whom the answers are for: a client's disclosures are searched for that client alone, the
        house's own for None alone; see :func:`molagent.patents.releases.open_to`.
    as_of
        Publications of a later date are not seen, nor are their claims. One without a date is
        seen unless its number says that it came later; where nothing says whether it was out, the
        evidence says that its date is not known.
    top
        How many relatives (same scaffold, similar) are shown of each source.
    most
        How many publications of one compound are shown on a rung of a source.
    at_least
        Least similarity that counts as similar in the collection.
    relatives
        Whether scaffold and similarity are looked at; without them a ladder over millions of
        structures is several times as fast.

    Raises
    ------
    InputError
        If a source has a visibility that is not known.
    """

    def __init__(
        self,
        collection: Collection | None = None,
        claims: Sequence[Claim] = (),
        *,
        sources: Sequence[PatentSource | UncheckedSource] = (),
        client: str | None = None,
        as_of: date | None = None,
        top: int = 3,
        most: int = 25,
        at_least: float = 0.4,
        relatives: bool = True,
    ) -> None:
        self.collection = collection
        self.client = client
        self.as_of = as_of
        self.top = top
        self.at_least = at_least
        self.relatives = relatives
        own = []
        if collection and (not claims or any(p.compounds for p in collection.publications)):
            own = [collection_source(collection, at_least=at_least)]
        visible = open_to([*own, *sources], client)
        checked = [_checked(source) for source in visible]
        self.sources = tuple(source for source in checked if isinstance(source, PatentSource))
        self.unchecked = tuple(s for s in checked if isinstance(s, UncheckedSource))
        standing = [claim for claim in claims if claim.status is not ClaimStatus.REJECTED]
        if not (self.sources or self.unchecked or standing):
            raise InputError(
                "there is nothing to search", remedy="give a collection, claims or a release"
            )
        seen = list(self._seen_claims(standing))
        self.claims = tuple(claim for claim, _, _ in seen)
        self._n_later_claims = len(standing) - len(seen)
        self._claims = {each[0].claim_id: each for each in seen}
        self._claim_set = ClaimSet([claim for claim, _, _ in self._claims.values()])
        self._climbers = tuple(
            Climber(source, searched=self.searched, top=top, most=most, as_of=as_of)
            for source in self.sources
        )
        self._answers: dict[str, tuple[Overlap, ...]] = {}

    @property
    def releases(self) -> tuple[PatentRelease, ...]:
        """What is searched."""
        return tuple(source.release for source in self.sources)

    @property
    def release(self) -> str:
        """Which collections, and of which date, are searched."""
        return "; ".join(release.release for release in self.releases) or "claims only"

    @property
    def scope(self) -> str:
        """What the collections cover."""
        return "; ".join(release.scope for release in self.releases) or "claims only"

    @cached_property
    def searched(self) -> str:
        """Release, scope and depth of every source, for every answer."""
        confirmed = sum(claim.status is ClaimStatus.CONFIRMED for claim in self.claims)
        parts = [source.describe(top=self.top, relatives=self.relatives) for source in self.sources]
        if self.claims or self.collection or self._n_later_claims:
            drafts, later = len(self.claims) - confirmed, self._n_later_claims
            left_out = f", {later} of later publications left out" if later else ""
            parts.append(f"{confirmed} confirmed and {drafts} draft claims{left_out}")
        if self.as_of:
            parts.append(f"publications up to {self.as_of}")
        parts += [f"NOT searched: {source.name}" for source in self.unchecked]
        return " | ".join(parts)

    def get_claim(self, claim_id: str) -> Claim | None:
        """Return a claim by its id, None if it is not in the collection."""
        return next((claim for claim in self.claims if claim.claim_id == claim_id), None)

    def find_overlap(self, smiles_list: Sequence[str]) -> list[tuple[Overlap, ...]]:
        """Return evidence, strongest first, one non-empty tuple a structure in input order."""
        different = dict.fromkeys(smiles_list)
        answers = {s: self._answers[s] for s in different if s in self._answers}
        new = [smiles for smiles in different if smiles not in answers]
        for start in range(0, len(new), _BATCH):
            answers |= self._climb(new[start : start + _BATCH])
        # A campaign asks twice: its filter for the verdict, then the campaign for the evidence.
        self._answers |= {smiles: answers[smiles] for smiles in new[-_REMEMBERED:]}
        for smiles in list(self._answers)[: max(0, len(self._answers) - _REMEMBERED)]:
            del self._answers[smiles]
        return [answers[smiles] for smiles in smiles_list]

    def describe_claims(self) -> dict[str, dict[str, object]]:
        """Return, by claim id, what a policy may read of a claim: read back, not its own text."""
        publications = self.collection.publications if self.collection else ()
        titles = {each.publication_number: each.title for each in publications}
        return {
            claim.claim_id: {
                "publication_number": claim.publication_number,
                "title": titles.get(claim.publication_number),
                "status": str(claim.status),
                "sentence": outline_claim(claim),
            }
            for claim in self.claims
        }

    def is_inside(self, smiles: str, claim_ids: Sequence[str]) -> bool:
        """Return whether a structure lies inside one of these claims; unknown ids are passed over.

        Drafts count as confirmed claims do, and so does a claim that cannot be tried on it: what
        is asked is where not to propose.
        """
        claims = (self.get_claim(claim_id) for claim_id in claim_ids)
        return any(
            match.inside or bool(match.not_tried)
            for match in (match_claim(claim, smiles) for claim in claims if claim is not None)
        )

    def regions(self, claim_ids: Sequence[str]) -> tuple[Region, ...]:
        """Return claims as regions that a generator keeps out of, in this order.

        Raises
        ------
        NotFoundError
            If there is no claim of an id: nothing can be kept out of what is not there.
        """
        found = [(claim_id, self.get_claim(claim_id)) for claim_id in claim_ids]
        for claim_id, claim in found:
            if claim is None:
                raise NotFoundError("claim", claim_id, known=sorted(self._claims))
        return tuple(OutsideClaim(claim) for _, claim in found if claim is not None)

    def _climb(self, smiles_list: Sequence[str]) -> dict[str, tuple[Overlap, ...]]:
        read = {smiles: read_query(smiles) for smiles in smiles_list}
        queries = [query for query in read.values() if isinstance(query, Query)]
        named: list[list[Overlap]] = [[] for _ in queries]
        for climber in self._climbers:
            for found, overlaps in zip(named, climber.find_named(queries), strict=True):
                found.extend(overlaps)
        evidence = [
            [*found, *self._inside_claims(query)]
            for query, found in zip(queries, named, strict=True)
        ]
        nearest = self._add_relatives(queries, named, evidence)
        answers = {
            query.smiles: self._answer(found, near)
            for query, found, near in zip(queries, evidence, nearest, strict=True)
        }
        answers |= {
            smiles: (self._unchecked(reason),)
            for smiles, reason in read.items()
            if isinstance(reason, str)
        }
        return answers

    def _add_relatives(
        self,
        queries: Sequence[Query],
        named: Sequence[Sequence[Overlap]],
        evidence: Sequence[list[Overlap]],
    ) -> list[float]:
        """Add relatives of structures that nothing names; return how near the nearest is."""
        nearest = [float("nan")] * len(queries)
        unnamed = [
            at
            for at, overlaps in enumerate(named)
            if all(overlap.level is OverlapLevel.NOT_CHECKED for overlap in overlaps)
        ]
        if not self.relatives or not unnamed:
            return nearest
        for climber in self._climbers:
            found = climber.find_relatives([queries[at] for at in unnamed])
            for at, relatives in zip(unnamed, found, strict=True):
                evidence[at].extend(relatives.overlaps)
                if not nearest[at] >= relatives.nearest:  # NaN is not nearer than anything
                    nearest[at] = relatives.nearest
        return nearest

    def _answer(self, found: Sequence[Overlap], nearest: float) -> tuple[Overlap, ...]:
        evidence = [*found, *self._not_searched()]
        if not found and (self._climbers or self._claims or self._n_later_claims):
            few = sum(release.n_compounds for release in self.releases) < _FEW
            said = "nothing on any rung"
            evidence.append(
                Overlap(
                    level=OverlapLevel.NOT_FOUND,
                    searched=self.searched,
                    release=self.release,
                    similarity=nearest,
                    reason=f"{said}; in a collection of this size that says little"
                    if few
                    else f"{said} of what was searched; no database holds every publication",
                )
            )
        return tuple(sorted(evidence, key=sort_key))

    def _not_searched(self) -> Iterator[Overlap]:
        for source in self.unchecked:
            yield Overlap(
                level=OverlapLevel.NOT_CHECKED,
                searched=self.searched,
                release=source.name,
                visibility=source.visibility,
                reason=source.reason,
            )

    def _unchecked(self, reason: str) -> Overlap:
        return Overlap(level=OverlapLevel.NOT_CHECKED, searched=self.searched, reason=reason)

    def _inside_claims(self, query: Query) -> Iterator[Overlap]:
        if not self._claims:
            return
        for match in self._claim_set.match(query.for_claims):
            claim, publication, release = self._claims[match.claim_id]
            yield overlap_of_claim(
                claim,
                match,
                publication,
                release=release,
                searched=self.searched,
                as_of=self.as_of,
            )

    def _seen_claims(self, claims: Sequence[Claim]) -> Iterator[_SeenClaim]:
        """Yield the claims, without those that surely came after `as_of`, with their headers."""
        for claim in claims:
            publication, release = self._find_header(claim.publication_number)
            if not is_surely_later(publication, self.as_of):
                yield claim, publication, release

    def _find_header(self, number: str) -> tuple[PublicationRecord | None, PatentRelease | None]:
        if self.collection and (own := self.collection.find_publication(number)):
            return publication_header(own), collection_release(self.collection)
        for source in self.sources:
            if found := source.mentions.find_publications([number]).get(number):
                return found, source.release
        return None, None


def load_patent_index(folder: Path | None) -> PatentIndex:
    """Return the index of a collection folder; without one, an index that checks nothing.

    Raises
    ------
    FileFormatError
        If the folder has a collection that cannot be read: a broken one is not an empty one.
    """
    if folder is None:
        return UncheckedIndex("no patent collection is configured")
    if not (folder / "publications.toml").is_file():
        return UncheckedIndex(f"{folder} holds no publications.toml")
    collection = read_collection(folder)
    claims = read_claims(folder)
    if not collection.publications and not claims:
        return UncheckedIndex(f"{folder} holds no publications")
    return PatentLadder(collection, claims)


def _checked(source: PatentSource | UncheckedSource) -> PatentSource | UncheckedSource:
    return (unchecked_source(source) or source) if isinstance(source, PatentSource) else source
