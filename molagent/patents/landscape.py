"""Patents as data: which families, assignees and dates crowd the neighbourhood of a series."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.errors import InputError
from molagent.patents.dating import describe_years, is_surely_later, publication_days
from molagent.patents.ladder import PatentLadder
from molagent.patents.landscape_counts import count_assignees, count_families, count_years
from molagent.patents.queries import Query, read_query
from molagent.patents.releases import PatentSource
from molagent.records import FloatArray, Mention, PublicationRecord

__all__ = ["COMPOUND_COLUMNS", "Landscape", "principal_coordinates", "survey"]

COMPOUND_COLUMNS: Final = (
    "release",
    "row",
    "smiles",
    "name",
    "similarity",
    "nearest",
    "publication_number",
    "kind",
    "publication_date",
    "published_after",
    "published_by",
    "published",
    "family",
    "assignee",
    "title",
    "section",
    "x",
    "y",
)
_UNKNOWN: Final = "not known"


@runtime_checkable
class _ActivityReader(Protocol):
    """A release that holds measured values."""

    def activities(self, publication: str = "") -> pd.DataFrame:
        """Return the values that publications report, with the row of the index."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landscape:
    """What lies around a series.

    Attributes
    ----------
    series
        Structures of the series that could be read: ``smiles, x, y``.
    compounds
        One row a compound and publication, nearest first: :data:`COMPOUND_COLUMNS`. `similarity`
        is that to the nearest structure of the series; x and y are its place on the map. `family`
        is the publication's number where its family is not known. `published_after` and
        `published_by` are the earliest and the latest day of publication: its date, or what its
        number says where no date was read; `published` is the same in words.
    families
        ``family, publications, compounds, nearest, first_published, last_published, no_date_read,
        assignees, numbers``, nearest first. First and last are of dates that were read;
        `no_date_read` says in words when the other publications came out.
    assignees
        ``assignee, families, publications, compounds, nearest, first_published,
        last_published, no_date_read, written``, most families first; names that differ in case,
        punctuation and legal form only are counted as one, and `written` has all of them.
    years
        ``year, published, families, publications, compounds``, earliest first. Publications whose
        date was not read stand in rows of their own, ``2011-2013 (by number)`` or ``not known``;
        their year is <NA> unless the number leaves one only.
    activities
        Measured values of these compounds where a release holds them; empty otherwise.
    unread
        Structures of the series that were left out, and why.
    searched
        Release, scope and depth, in words.
    """

    series: pd.DataFrame
    compounds: pd.DataFrame
    families: pd.DataFrame
    assignees: pd.DataFrame
    years: pd.DataFrame
    activities: pd.DataFrame
    unread: tuple[tuple[str, str], ...]
    at_least: float
    most: int
    searched: str


def survey(
    ladder: PatentLadder, smiles_list: Sequence[str], *, at_least: float = 0.4, most: int = 500
) -> Landscape:
    """Return what a ladder's collections hold around a series.

    Parameters
    ----------
    ladder
        Its visibility and its date hold here too.
    smiles_list
        The series: own compounds, or one lead.
    at_least
        Least similarity to the nearest structure of the series.
    most
        At most so many compounds of a collection, the nearest.

    Raises
    ------
    InputError
        If no structure of the series can be read.
    """
    read = {smiles: read_query(smiles) for smiles in dict.fromkeys(smiles_list)}
    queries = [query for query in read.values() if isinstance(query, Query)]
    unread = tuple((smiles, why) for smiles, why in read.items() if isinstance(why, str))
    if not queries:
        raise InputError(
            "no structure of the series can be read", remedy="; ".join(map(str, unread))
        )
    rows: list[dict[str, object]] = []
    activities = []
    for source in ladder.sources:
        near = _neighbours(source, queries, at_least, most)
        found = _rows(source, near, queries, ladder.as_of)
        rows += found
        activities.append(_activities(source, found))
    compounds = pd.DataFrame(rows, columns=[c for c in COMPOUND_COLUMNS if c not in {"x", "y"}])
    compounds = compounds.sort_values(
        ["similarity", "publication_date"], ascending=[False, True], kind="stable"
    ).reset_index(drop=True)
    parents = list(dict.fromkeys([*(query.parent for query in queries), *compounds["smiles"]]))
    places = dict(zip(parents, principal_coordinates(parents).tolist(), strict=True))
    compounds[["x", "y"]] = [places[smiles] for smiles in compounds["smiles"]] or np.empty((0, 2))
    return Landscape(
        series=pd.DataFrame(
            [(query.smiles, *places[query.parent]) for query in queries],
            columns=["smiles", "x", "y"],
        ),
        compounds=compounds,
        families=count_families(compounds),
        assignees=count_assignees(compounds),
        years=count_years(compounds),
        activities=pd.concat(activities, ignore_index=True) if activities else pd.DataFrame(),
        unread=unread,
        at_least=at_least,
        most=most,
        searched=ladder.searched,
    )


def principal_coordinates(parents: Sequence[str]) -> FloatArray:
    """Return a flat map of structures, ``N x 2``, from the Tanimoto distances between them.

    Classical scaling (Torgerson 1952, doi:10.1007/BF02288916; Gower 1966,
    doi:10.1093/biomet/53.3-4.325): the first two principal axes of the doubly centred matrix of
    squared distances, ``1 - Tanimoto`` being the square. Signs are fixed, so that the same
    structures give the same map.
    """
    if len(parents) < 3:  # two points lie on a line
        return np.column_stack([np.arange(len(parents), dtype=float), np.zeros(len(parents))])
    bits = morgan_bits(parents)
    squared = 1.0 - tanimoto(bits, bits)
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    values, vectors = np.linalg.eigh(-0.5 * centred)
    first = vectors[:, [-1, -2]] * np.sqrt(np.maximum(values[[-1, -2]], 0.0))
    signs = np.sign(first[np.abs(first).argmax(axis=0), [0, 1]])
    return np.asarray(first * np.where(signs == 0, 1.0, signs))


def _neighbours(
    source: PatentSource, queries: Sequence[Query], at_least: float, most: int
) -> dict[int, tuple[float, int]]:
    """Return the nearest rows, each with its similarity to the nearest structure, and which."""
    bits: npt.NDArray[np.uint64] = np.array([query.bits for query in queries])
    best: dict[int, tuple[float, int]] = {}
    for at, found in enumerate(source.index.find_similar_bits(bits, at_least=at_least, top=most)):
        for row, similarity in found:
            if similarity > best.get(row, (-1.0, 0))[0]:
                best[row] = similarity, at
    nearest = sorted(best, key=lambda row: (-best[row][0], row))[:most]
    return {row: best[row] for row in nearest}


def _rows(
    source: PatentSource,
    near: Mapping[int, tuple[float, int]],
    queries: Sequence[Query],
    as_of: date | None,
) -> list[dict[str, object]]:
    mentions = source.mentions.find_mentions(sorted(near))
    numbers = {m.publication_number for each in mentions.values() for m in each}
    headers = source.mentions.find_publications(sorted(numbers))
    rows = []
    for row, (similarity, at) in near.items():
        by_number: dict[str, list[Mention]] = {}
        for mention in mentions.get(row, ()):
            by_number.setdefault(mention.publication_number, []).append(mention)
        for number, own in by_number.items():
            header = headers.get(number, PublicationRecord(publication_number=number))
            day = header.publication_date
            if is_surely_later(header, as_of):
                continue
            first, last = publication_days(header)
            names = dict.fromkeys(m.label or m.source_id or "" for m in own)
            rows.append(
                {
                    "release": source.release.release,
                    "row": row,
                    "smiles": source.index.parent(row),
                    "name": ", ".join(name for name in names if name),
                    "similarity": similarity,
                    "nearest": queries[at].smiles,
                    "publication_number": number,
                    "kind": header.kind,
                    "publication_date": day,
                    "published_after": first,
                    "published_by": last,
                    "published": day.isoformat() if day else describe_years(first, last),
                    "family": header.family_id or number,
                    "assignee": "; ".join(header.assignees) or _UNKNOWN,
                    "title": header.title,
                    "section": ", ".join(dict.fromkeys(s for m in own for s in m.sections)),
                }
            )
    return rows


def _activities(source: PatentSource, rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """Return measured values of compounds of the landscape, in the publications it shows."""
    if not isinstance(source.mentions, _ActivityReader) or not rows:
        return pd.DataFrame()
    frame = source.mentions.activities()
    seen = {(row["row"], row["publication_number"]) for row in rows}
    kept = [pair in seen for pair in zip(frame["row"], frame["publication_number"], strict=True)]
    return frame[kept].assign(release=source.release.release)
