"""The rungs of one source: the same compound, its variants, its scaffold, what is similar."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import chain
from typing import Final, NamedTuple

import numpy as np

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.molecules import parse_smiles
from molagent.errors import StructureError
from molagent.patents.evidence import overlap_of_mentions
from molagent.patents.index.keys import DEPTHS, IdentityKeys
from molagent.patents.literature import Literature
from molagent.patents.mixtures import Component, Mixtures
from molagent.patents.queries import Query
from molagent.patents.releases import PatentSource
from molagent.patents.structurekeys import scaffold_key
from molagent.patents.variants import compare_forms
from molagent.records import Mention, Overlap, OverlapLevel

__all__ = ["Climber", "Relatives"]

# So many rows of a scaffold are compared in a small collection.
_SCAFFOLD_ROWS: Final = 64
# From this similarity on a structure has few neighbours: all are taken, which one scan finds.
_FEW_FROM: Final = 0.6
_WIDER: Final = 8
_LEVELS: Final = list(OverlapLevel)
_SAME: Final = OverlapLevel.SAME_SCAFFOLD
_NEAR: Final = OverlapLevel.SIMILAR


@dataclass(frozen=True, slots=True)
class Relatives:
    """Compounds of the same scaffold and similar ones, and how near the nearest is, or NaN."""

    overlaps: tuple[Overlap, ...]
    nearest: float = float("nan")


class _Candidate(NamedTuple):
    """A row on one of the two lowest rungs, in the order in which it is shown."""

    level: OverlapLevel
    distance: float  # minus the similarity
    row: int


@dataclass(frozen=True, slots=True)
class _Candidates:
    """What stands on the two lowest rungs for one structure.

    Attributes
    ----------
    rows
        Same scaffold first, nearest first.
    nearest
        Similarity of the nearest row, NaN if no row reached the threshold.
    n_same
        How many rows have the scaffold.
    is_all
        Whether `rows` is everything there is.
    """

    rows: list[_Candidate]
    nearest: float
    n_same: int
    is_all: bool


class Climber:
    """Climbs one source with many structures at once.

    Parameters
    ----------
    top
        How many relatives are shown.
    most
        How many publications of one compound are shown on a rung.
    as_of
        Publications of a later date are not seen; those without a date are, unless their number
        says that they came later.
    """

    def __init__(
        self, source: PatentSource, *, searched: str, top: int, most: int, as_of: date | None
    ) -> None:
        self.source = source
        self.searched = searched
        self._top = top
        self._most = most
        self._as_of = as_of

    def find_named(self, queries: Sequence[Query]) -> list[tuple[Overlap, ...]]:
        """Return where each structure, or a variant of it, is mentioned."""
        failed: dict[int, str] = {}
        asked: list[int] = []
        keys: list[IdentityKeys] = []
        for at, query in enumerate(queries):
            if not self._may_match(query):
                continue
            try:
                keys.append(query.keys)
                asked.append(at)
            except StructureError as error:
                failed[at] = str(error)
        rows: list[dict[int, str]] = [{} for _ in queries]
        for at, found in zip(asked, self._rows_by_depth(keys), strict=True):
            rows[at] = found
        held: list[list[Component]] = [[] for _ in queries]
        for at, query in enumerate(queries):
            try:
                held[at] = self._components(query, rows[at])
            except StructureError as error:
                failed[at] = str(error)
        literature = Literature(self.source, self._as_of)
        literature.load({*chain(*rows), *(component.row for component in chain(*held))})
        answers: list[tuple[Overlap, ...]] = [
            (*self._named(query, found, literature), *self._held(query, components, literature))
            for query, found, components in zip(queries, rows, held, strict=True)
        ]
        for at, reason in failed.items():
            answers[at] = (self._unchecked(reason),)
        return answers

    def find_relatives(self, queries: Sequence[Query]) -> list[Relatives]:
        """Return compounds of the same scaffold, then similar ones, `top` in all."""
        literature = Literature(self.source, self._as_of)
        found = self._candidates(queries, self._top)
        shown: list[list[_Candidate]] = [[] for _ in queries]
        taken = [0] * len(queries)
        waiting, window, wanted = list(range(len(queries))), self._top, self._top
        while waiting:
            part = {at: found[at].rows[taken[at] : taken[at] + window] for at in waiting}
            literature.load(c.row for candidates in part.values() for c in candidates)
            wider, again = [], []
            for at, candidates in part.items():
                # What came out after `as_of` gives way to the next nearest.
                shown[at] += [c for c in candidates if literature.publications(c.row)]
                taken[at] += len(candidates)
                if len(shown[at]) < self._top and taken[at] < len(found[at].rows):
                    again.append(at)
                elif len(shown[at]) < min(self._top, taken[at]) and not found[at].is_all:
                    wider.append(at)
            window, wanted = window * _WIDER, wanted * _WIDER
            asked = self._candidates([queries[at] for at in wider], wanted) if wider else []
            for at, more in zip(wider, asked, strict=True):
                found[at], shown[at], taken[at] = more, [], 0
            waiting = again + wider
        return [
            Relatives(
                tuple(self._shown(c, each, literature) for c in kept[: self._top]), each.nearest
            )
            for kept, each in zip(shown, found, strict=True)
        ]

    @cached_property
    def _mixtures(self) -> Mixtures | None:
        """Components of mixtures; None for a large source, of which all would have to be read."""
        return None if self.source.is_large else Mixtures(self.source.index)

    def _components(self, query: Query, named: Mapping[int, str]) -> list[Component]:
        """Return the mixtures that hold a structure, without rows that are it."""
        found = self._mixtures.find(query) if self._mixtures else ()
        return [component for component in found if component.row not in named]

    def _may_match(self, query: Query) -> bool:
        structures = self.source.structures
        return structures is None or structures.may_match(query.parent_mol)

    def _rows_by_depth(self, keys: Sequence[IdentityKeys]) -> list[dict[int, str]]:
        """Return the rows each structure shares a key with, and the strictest depth it does."""
        found: list[dict[int, str]] = [{} for _ in keys]
        if not keys:
            return found
        for depth in DEPTHS:
            answers = self.source.index.find_keys(depth, [getattr(each, depth) for each in keys])
            for rows, matching in zip(found, answers, strict=True):
                for row in matching:
                    rows.setdefault(int(row), depth)
        return found

    def _named(
        self, query: Query, rows: Mapping[int, str], literature: Literature
    ) -> Iterator[Overlap]:
        for row, depth in rows.items():
            parent = self.source.index.parent(row) or query.parent
            [similarity] = _similarities(query, [parent])
            forms = _Forms(query, depth, parent)
            rungs: dict[tuple[OverlapLevel, str, str], dict[str, list[Mention]]] = {}
            for number, mentions in literature.publications(row).items():
                standing = forms.strongest(mentions)
                rungs.setdefault(forms.rung(standing[0]), {})[number] = standing
            for (level, relation, reason), publications in rungs.items():
                for overlap in self._publications(publications, literature, level, parent):
                    yield replace(
                        overlap,
                        similarity=similarity,
                        relation=relation,
                        reason=f"{reason}. {overlap.reason}" if overlap.reason else reason,
                    )

    def _held(
        self, query: Query, components: Sequence[Component], literature: Literature
    ) -> Iterator[Overlap]:
        for row, parent, relation, reason in components:
            [similarity] = _similarities(query, [parent])
            for overlap in self._publications(
                literature.publications(row), literature, OverlapLevel.VARIANT, parent
            ):
                yield replace(
                    overlap,
                    similarity=similarity,
                    relation=relation,
                    reason=f"{reason}. {overlap.reason}" if overlap.reason else reason,
                )

    def _publications(
        self,
        publications: Mapping[str, Sequence[Mention]],
        literature: Literature,
        level: OverlapLevel,
        parent: str,
    ) -> Iterator[Overlap]:
        """Return one record a publication, in order, at most `most`; the first counts the rest."""
        order = sorted(publications, key=lambda each: literature.order(each, publications[each]))
        for place, number in enumerate(order[: self._most]):
            yield overlap_of_mentions(
                publications[number],
                literature.header(number),
                self.source.release,
                level=level,
                parent=parent,
                similarity=float("nan"),
                reason="",
                searched=self.searched,
                as_of=self._as_of,
                further=0 if place else max(0, len(order) - self._most),
            )

    def _candidates(self, queries: Sequence[Query], wanted: int) -> list[_Candidates]:
        """Return rows on the two lowest rungs, nearest first: `wanted` of each, or all."""
        source = self.source
        everything = source.is_large and source.threshold >= _FEW_FROM
        found = source.index.find_similar_bits(
            np.array([query.bits for query in queries]),
            # Of few compounds the nearest is told however far it is.
            at_least=source.threshold if source.is_large else 0.0,
            top=None if everything else wanted,
        )
        answers = []
        for query, neighbours in zip(queries, found, strict=True):
            near = {n.row: n.similarity for n in neighbours if n.similarity >= source.threshold}
            same, n_same = self._same_scaffold(query, near, wanted)
            answers.append(
                _Candidates(
                    rows=[
                        *sorted(_Candidate(_SAME, -value, row) for row, value in same.items()),
                        *sorted(
                            _Candidate(_NEAR, -near[row], row) for row in near.keys() - same.keys()
                        ),
                    ],
                    nearest=neighbours[0].similarity if neighbours else float("nan"),
                    n_same=n_same,
                    is_all=n_same <= len(same) and (everything or len(neighbours) < wanted),
                )
            )
        return answers

    def _same_scaffold(
        self, query: Query, near: Mapping[int, float], wanted: int
    ) -> tuple[dict[int, float], int]:
        """Return rows of the structure's scaffold with their similarity, and how many there are.

        The similar ones among them, and where there are none, some others: a scaffold of a large
        release can have a hundred thousand rows.
        """
        structures, index = self.source.structures, self.source.index
        if not query.scaffold:
            return {}, 0
        if structures is None:
            parents = {row: index.parent(row) for row in near}
            same = {
                row: near[row]
                for row, parent in parents.items()
                if parent and scaffold_key(parse_smiles(parent)) == query.scaffold
            }
            return same, len(same)
        rows = structures.find_scaffold(query.scaffold)
        if not len(rows):
            return {}, 0
        own = np.fromiter(near, dtype=rows.dtype, count=len(near))
        # Rows are sorted; of other types numpy would copy them all.
        places = np.minimum(np.searchsorted(rows, own), len(rows) - 1)
        same = {row: near[row] for row in own[rows[places] == own].tolist()}
        few = wanted if self.source.is_large else max(wanted, _SCAFFOLD_ROWS)
        if not same or not self.source.is_large:
            more = [row for row in rows[:few].tolist() if row not in same]
            same |= zip(
                more, _similarities(query, [index.parent(row) for row in more]), strict=True
            )
        return same, len(rows)

    def _shown(
        self, candidate: _Candidate, candidates: _Candidates, literature: Literature
    ) -> Overlap:
        parent = self.source.index.parent(candidate.row) or ""
        publications = literature.publications(candidate.row)
        first = min(publications, key=lambda each: literature.order(each, publications[each]))
        same = candidate.level is _SAME
        scaffold = "same Murcko scaffold"
        if self._as_of is None and candidates.n_same > 1:
            scaffold += f", which {candidates.n_same:,} compounds of the release have"
        return overlap_of_mentions(
            publications[first],
            literature.header(first),
            self.source.release,
            level=candidate.level,
            parent=parent,
            similarity=-candidate.distance,
            reason=scaffold if same else "similar fingerprint",
            searched=self.searched,
            as_of=self._as_of,
            further=len(publications) - 1,
        )

    def _unchecked(self, reason: str) -> Overlap:
        release = self.source.release
        return Overlap(
            level=OverlapLevel.NOT_CHECKED,
            searched=self.searched,
            release=release.release,
            licence=release.licence,
            visibility=release.visibility,
            reason=f"identity was not checked in release {release.release}: {reason}",
        )


class _Forms:
    """Where the forms of one compound stand that a publication has: each is compared once."""

    def __init__(self, query: Query, depth: str, parent: str) -> None:
        self._query, self._depth, self._parent = query, depth, parent
        self._compared: dict[str | None, tuple[str, str]] = {}

    def rung(self, mention: Mention) -> tuple[OverlapLevel, str, str]:
        """Return level, relation and reason of a mention: the form decides, then the section."""
        raw = mention.raw_smiles
        if raw not in self._compared:
            self._compared[raw] = compare_forms(self._query, self._depth, self._parent, raw)
        relation, reason = self._compared[raw]
        if relation:
            return OverlapLevel.VARIANT, relation, reason
        if "claims" in mention.sections:
            return OverlapLevel.EXACT_IN_CLAIMS, relation, reason
        return OverlapLevel.EXACT_ELSEWHERE, relation, reason

    def strongest(self, mentions: Sequence[Mention]) -> list[Mention]:
        """Return the mentions of one publication that have the form on its highest rung."""
        best = min(mentions, key=lambda mention: _LEVELS.index(self.rung(mention)[0]))
        return [
            best,
            *(m for m in mentions if m is not best and m.raw_smiles == best.raw_smiles),
        ]


def _similarities(query: Query, parents: Sequence[str | None]) -> list[float]:
    """Return the Tanimoto similarity of parents to a structure."""
    if not parents:
        return []
    bits = morgan_bits([parent or "" for parent in parents])
    return [float(value) for value in tanimoto(query.bits[None, :], bits)[0]]
