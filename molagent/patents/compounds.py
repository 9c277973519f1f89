"""A few hundred structures held in memory, searched like a release on disk.

Hand-read collections and disclosures are of this size. Rows are different parents; what a
publication says of one of them is a mention.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.molecules import parse_smiles
from molagent.chem.standardize import standardize_smiles
from molagent.errors import StructureError
from molagent.patents.index.keys import IdentityKeys, identity_keys
from molagent.patents.index.similarity import SimilarRow
from molagent.patents.markush.preparing import MAX_ATOMS
from molagent.patents.publications import Collection, Publication, find_pseudo_atoms
from molagent.patents.releases import PatentSource
from molagent.patents.structurekeys import StructureKeys
from molagent.records import Mention, PatentRelease, PublicationRecord

__all__ = [
    "MentionTable",
    "SmallIndex",
    "collection_release",
    "collection_source",
    "find_parent",
    "publication_header",
]

_NO_KEYS: Final[tuple[int, ...]] = ()


class SmallIndex:
    """Parents in memory, one a row; identity keys are computed when the first is asked for.

    Examples
    --------
    >>> index = SmallIndex(["CCO", "Oc1ccccn1"])
    >>> index.find_keys("connectivity", ["LFQSCWFLJHTTHZ"])
    [(0,)]
    >>> index.find_similar_bits(morgan_bits(["CCO"]), at_least=0.5)
    [(SimilarRow(row=0, similarity=1.0),)]
    """

    def __init__(self, parents: Sequence[str]) -> None:
        self._parents = tuple(parents)
        self._bits = morgan_bits(self._parents)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self._parents)

    def parent(self, row: int) -> str | None:
        """Return the parent of a row."""
        return self._parents[row]

    def find_keys(self, depth: str, keys: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the rows of each key; `depth` is a field of ``IdentityKeys``."""
        rows: dict[str, list[int]] = {}
        for row, own in enumerate(self._keys):
            if own is not None:
                rows.setdefault(getattr(own, depth), []).append(row)
        return [tuple(rows.get(key, _NO_KEYS)) for key in keys]

    def find_similar_bits(
        self, bits: npt.NDArray[np.uint64], *, at_least: float, top: int | None = None
    ) -> list[tuple[SimilarRow, ...]]:
        """Return the nearest rows of each fingerprint, most similar first, ties by row."""
        answers: list[tuple[SimilarRow, ...]] = []
        for row in tanimoto(bits, self._bits):
            order = np.argsort(-row, kind="stable")[:top]
            answers.append(
                tuple(SimilarRow(int(at), float(row[at])) for at in order if row[at] >= at_least)
            )
        return answers

    @cached_property
    def structures(self) -> StructureKeys:
        """Skeletons and scaffolds of the rows."""
        return StructureKeys.from_parents(self._parents)

    @cached_property
    def _keys(self) -> tuple[IdentityKeys | None, ...]:
        return tuple(_keys_or_none(parent) for parent in self._parents)


class MentionTable:
    """Mentions and headers held in memory."""

    def __init__(
        self,
        release: PatentRelease,
        mentions: Sequence[Mention],
        publications: Sequence[PublicationRecord],
    ) -> None:
        self._release = release
        self._by_row: dict[int, list[Mention]] = {}
        for mention in mentions:
            self._by_row.setdefault(mention.row, []).append(mention)
        self._headers = {record.publication_number: record for record in publications}

    @property
    def release(self) -> PatentRelease:
        """What is searched."""
        return self._release

    def find_mentions(
        self, rows: Sequence[int], *, most: int | None = None
    ) -> dict[int, tuple[Mention, ...]]:
        """Return the first `most` mentions of rows; a row without any is absent."""
        return {row: tuple(self._by_row[row][:most]) for row in rows if row in self._by_row}

    def find_publications(self, numbers: Sequence[str]) -> dict[str, PublicationRecord]:
        """Return the headers of publications by number; an unknown number is absent."""
        return {number: self._headers[number] for number in numbers if number in self._headers}


def collection_source(collection: Collection, *, at_least: float | None = None) -> PatentSource:
    """Return a folder of hand-read publications as a source of the ladder."""
    rows: dict[str, int] = {}
    mentions = [
        Mention(
            row=rows.setdefault(find_parent(compound.smiles), len(rows)),
            publication_number=publication.publication_number,
            sections=(compound.section,) if compound.section else (),
            route="curated",
            label=compound.name,
            raw_smiles=compound.smiles,
            note=compound.note,
        )
        for publication in collection.publications
        for compound in publication.compounds
    ]
    index = SmallIndex(tuple(rows))
    release = replace(
        collection_release(collection), n_compounds=len(rows), n_mentions=len(mentions)
    )
    headers = [publication_header(publication) for publication in collection.publications]
    return PatentSource(
        index=index,
        mentions=MentionTable(release, mentions, headers),
        structures=index.structures,
        at_least=at_least,
    )


def collection_release(collection: Collection) -> PatentRelease:
    """Return what a collection says of itself, without counts of its compounds."""
    return PatentRelease(
        release=collection.release,
        scope=collection.scope,
        licence=collection.licence,
        source="publications.toml",
        built_on=max((p.read_on for p in collection.publications), default=date.min),
        n_publications=len(collection.publications),
        n_compounds=0,
        n_mentions=0,
    )


def publication_header(publication: Publication) -> PublicationRecord:
    """Return the bibliographic header of a hand-read publication."""
    country, *rest = publication.publication_number.split("-")
    return PublicationRecord(
        publication_number=publication.publication_number,
        country=country,
        kind=rest[1] if len(rest) > 1 else None,
        publication_date=publication.publication_date,
        published_after=publication.published_after,
        published_by=publication.published_by,
        family_id=publication.family_id,
        title=publication.title,
        assignees=(publication.assignee,) if publication.assignee else (),
        url=publication.source,
        note=publication.note,
    )


@lru_cache(maxsize=65_536)
def find_parent(smiles: str) -> str:
    """Return the standardised parent of a structure as the ladder compares it.

    Raises
    ------
    StructureError
        If it cannot be read, is too large, or has letters of a drawing read as elements.
    """
    mol = parse_smiles(smiles, max_atoms=MAX_ATOMS)
    if strange := find_pseudo_atoms(mol):
        raise StructureError(
            f"the structure has {', '.join(strange)}: letters of a drawing read as elements, or "
            "outside what can be searched",
            remedy="draw it in full, or leave it out",
        )
    return standardize_smiles(smiles, max_atoms=MAX_ATOMS)


def _keys_or_none(parent: str) -> IdentityKeys | None:
    try:
        return identity_keys(parent)
    except StructureError:
        # It stays findable by scaffold and similarity; the release counts it as unreadable.
        return None
