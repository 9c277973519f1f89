"""What a later release says of structures that an earlier one did not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from molagent.chem.identity import inchikey
from molagent.chem.standardize import standardize_smiles
from molagent.errors import StructureError
from molagent.patents.climbing import Climber
from molagent.patents.dating import is_surely_later
from molagent.patents.evidence import overlap_of_mentions
from molagent.patents.queries import Query, read_query
from molagent.patents.releases import PatentSource
from molagent.records import Mention, Overlap

__all__ = ["CHANGES", "News", "find_news"]

CHANGES: Final = {
    "new publication": "the earlier release does not have the publication",
    "new compound": "the earlier release has the publication, without this compound",
    "now in claims": "the earlier release has both, and the compound not in the claims",
    "no longer there": "the earlier release has it, the later one has not",
}
# A compound in more publications, or a structure with more neighbours, is looked at as far as this.
_MOST: Final = 2_000
_NEAREST: Final = 200


@dataclass(frozen=True, slots=True)
class News:
    """What changed between two releases for some structures.

    Attributes
    ----------
    found
        For each structure, the change (a key of :data:`CHANGES`) and the evidence of it.
    notes
        What a reader must know before relying on it: scopes that differ, limits that were met.
    """

    found: tuple[tuple[tuple[str, Overlap], ...], ...]
    notes: tuple[str, ...]


def find_news(
    earlier: PatentSource,
    later: PatentSource,
    smiles_list: Sequence[str],
    *,
    as_of: date | None = None,
) -> News:
    """Return what two releases say differently of structures, one tuple a structure in order.

    Publications of a compound are compared one by one, by the compound's standard InChIKey, so that
    nothing hangs on how many relatives an answer shows.
    """
    read = [read_query(smiles) for smiles in smiles_list]
    queries = [query for query in read if isinstance(query, Query)]
    ahead = iter(_Comparison(earlier, later, as_of).find(queries))
    back = iter(_Comparison(later, earlier, as_of).find(queries))
    found: list[tuple[tuple[str, Overlap], ...]] = []
    for query in read:
        if isinstance(query, str):
            found.append(())
            continue
        gone = [overlap for change, overlap in next(back) if change != "now in claims"]
        found.append((*next(ahead), *(("no longer there", overlap) for overlap in gone)))
    unread = [
        f"{smiles} was not compared: {reason}"
        for smiles, reason in zip(smiles_list, read, strict=True)
        if isinstance(reason, str)
    ]
    return News(tuple(found), (*_notes(earlier, later, found), *unread))


class _Comparison:
    """What the second of two releases has and the first has not."""

    def __init__(self, known: PatentSource, asked: PatentSource, as_of: date | None) -> None:
        self._known, self._asked, self._as_of = known, asked, as_of
        self._climber = Climber(
            asked,
            searched=asked.describe(top=_NEAREST, relatives=True),
            top=_NEAREST,
            most=_MOST,
            as_of=as_of,
        )
        self._mentioned: dict[tuple[bool, str], dict[str, tuple[Mention, ...]]] = {}

    def find(self, queries: Sequence[Query]) -> list[tuple[tuple[str, Overlap], ...]]:
        """Return for each structure what is new, strongest first."""
        if not queries:
            return []
        named = self._climber.find_named(queries)
        related = self._climber.find_relatives(queries)
        return [
            tuple(self._changes(found, relatives.overlaps))
            for found, relatives in zip(named, related, strict=True)
        ]

    def _changes(
        self, named: Sequence[Overlap], related: Sequence[Overlap]
    ) -> Iterator[tuple[str, Overlap]]:
        for overlap in named:
            if change := self._change(overlap):
                yield change, overlap
        own = {overlap.matched_smiles for overlap in named}
        for overlap in related:
            # The compound itself is its own nearest neighbour.
            if overlap.matched_smiles in own or (named and overlap.similarity >= 1.0):
                continue
            for each in self._every_publication(overlap):
                if change := self._change(each):
                    yield change, each

    def _change(self, overlap: Overlap) -> str:
        number = overlap.publication_number or ""
        known = self._mentions(overlap.matched_smiles or "", asked=False)
        if number not in known:
            published = self._known.mentions.find_publications([number])
            return "new compound" if number in published else "new publication"
        before = {section for mention in known[number] for section in mention.sections}
        now = "claims" in (overlap.section or "")
        return "now in claims" if now and "claims" not in before else ""

    def _every_publication(self, overlap: Overlap) -> Iterator[Overlap]:
        """Yield a relative once a publication: an answer shows one and counts the others."""
        smiles = overlap.matched_smiles or ""
        mentions = self._mentions(smiles, asked=True)
        headers = self._asked.mentions.find_publications(list(mentions))
        for number, found in mentions.items():
            header = headers.get(number)
            if not is_surely_later(header, self._as_of):
                yield overlap_of_mentions(
                    found,
                    header,
                    self._asked.release,
                    level=overlap.level,
                    parent=smiles,
                    similarity=overlap.similarity,
                    reason=overlap.reason,
                    searched=overlap.searched,
                    as_of=self._as_of,
                )

    def _mentions(self, smiles: str, *, asked: bool) -> Mapping[str, tuple[Mention, ...]]:
        """Return where one of the releases mentions a compound, by publication."""
        if (asked, smiles) not in self._mentioned:
            source = self._asked if asked else self._known
            try:
                key = inchikey(standardize_smiles(smiles))
            except StructureError:
                key = ""
            [rows] = source.index.find_keys("inchikey", [key]) if key else [()]
            found = source.mentions.find_mentions(rows)
            self._mentioned[asked, smiles] = _by_publication(
                m for row in found.values() for m in row
            )
        return self._mentioned[asked, smiles]


def _by_publication(mentions: Iterable[Mention]) -> dict[str, tuple[Mention, ...]]:
    found: dict[str, tuple[Mention, ...]] = {}
    for mention in mentions:
        number = mention.publication_number
        found[number] = (*found.get(number, ()), mention)
    return found


def _notes(
    earlier: PatentSource,
    later: PatentSource,
    found: Sequence[Sequence[tuple[str, Overlap]]],
) -> list[str]:
    notes = [f"{earlier.release.release} against {later.release.release}"]
    if earlier.release.scope != later.release.scope:
        notes.append(
            f"the scopes differ ({earlier.release.scope}; {later.release.scope}): what looks new "
            "may have been published before and be in scope only now"
        )
    if any(len(each) >= _NEAREST for each in found):
        notes.append(f"of each structure the {_NEAREST} nearest were looked at, and more changed")
    return notes
