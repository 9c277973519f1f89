"""Reads a release folder: mentions by row of the index, publications by number, families."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

import duckdb
import pandas as pd

from molagent.closing import Closing
from molagent.errors import FileFormatError
from molagent.records import Mention, PatentRelease, PublicationRecord
from molagent.store.arrow import Parameters, frame_of
from molagent.store.faults import store_error
from molagent.store.patents.manifest import DATABASE, INDEX, Manifest, read_manifest

__all__ = ["SECTION_BITS", "PatentStore"]

#: Bit of each section in ``mention.sections``.
SECTION_BITS: Final = {
    "claims": 1,
    "description": 2,
    "abstract": 4,
    "title": 8,
    "image": 16,
    "attachment": 32,
}
_MENTIONS: Final = """
SELECT m."row", p.publication_number, m.sections, m.route, m.label, s.source_id, s.smiles,
       c.reason
FROM mention m
JOIN (SELECT unnest(?::BIGINT[]) AS "row") wanted USING ("row")
JOIN patent p USING (patent_id)
JOIN source_compound s USING (source_no)
JOIN compound c ON c."row" = m."row"
QUALIFY ? IS NULL OR row_number() OVER (
    PARTITION BY m."row" ORDER BY m.sections & 1 DESC, p.publication_date NULLS LAST,
    p.publication_number, m.source_no
) <= ?
ORDER BY m."row", m.sections & 1 DESC, p.publication_date NULLS LAST, p.publication_number,
         m.source_no
"""
_PUBLICATIONS: Final = """
SELECT publication_number, country, kind, publication_date, family_id, title, assignees, cpc, url
FROM patent WHERE publication_number IN (SELECT unnest(?::VARCHAR[]))
ORDER BY publication_number, publication_date NULLS LAST
"""
_FAMILIES: Final = """
SELECT family_id, count(*) AS publications, min(publication_date) AS first_published,
       list(publication_number ORDER BY publication_date NULLS LAST, publication_number) AS numbers,
       list_distinct(flatten(list(assignees))) AS assignees
FROM patent WHERE family_id IS NOT NULL GROUP BY family_id ORDER BY first_published, family_id
"""
_NAMED_BY: Final = """
SELECT DISTINCT p.publication_number, m."row"
FROM patent p JOIN mention m USING (patent_id)
WHERE p.publication_number = ? OR p.publication_number LIKE ?
ORDER BY p.publication_number, m."row"
"""
_ACTIVITIES: Final = """
SELECT p.publication_number, p.publication_date, s.source_id, s.smiles, s."row", c.parent,
       a.target, a.organism, a.quantity, a.original, a.unit, a.label, a.assay, a.reference, a.place
FROM activity a
JOIN patent p USING (patent_id)
JOIN source_compound s USING (source_no)
JOIN compound c USING ("row")
WHERE ? = '' OR p.publication_number = ?
ORDER BY p.publication_number, a.target, a.quantity, a.place
"""


class PatentStore(Closing):
    """A release folder, read-only; implements :class:`molagent.protocols.MentionReader`.

    It stays the release it was opened as, also when a sync puts another one into its place.

    Examples
    --------
    >>> from molagent.store.patents.reader import PatentStore
    >>> with PatentStore.open("patents/surechembl") as store:  # doctest: +SKIP
    ...     store.find_mentions([12])
    """

    def __init__(self, folder: Path, manifest: Manifest, con: duckdb.DuckDBPyConnection) -> None:
        self.folder = folder
        self.manifest = manifest
        self._con = con
        # DuckDB runs one statement of a connection at a time; a notebook's threads share a store.
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path | str, *, memory: str = "512MB") -> Self:
        """Open a finished release.

        Raises
        ------
        FileFormatError
            If there is none, it was not finished, or its files are not the ones it was written
            with.
        StoreError
            If its tables cannot be read.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        try:
            # A connection of its own in memory: two releases that followed each other under one
            # path are two files.
            con = duckdb.connect(config={"memory_limit": memory, "threads": 2})
            con.execute("SET enable_progress_bar = false")
            con.execute("SET python_enable_replacements = false")
            con.execute("ATTACH ? AS release_file (READ_ONLY)", [str(folder / DATABASE)])
            con.execute("USE release_file")
            con.execute("SET enable_external_access = false")
            found = con.execute("SELECT build FROM main.release").fetchall()
        except duckdb.Error as error:
            raise store_error(error, folder / DATABASE) from error
        if found != [(manifest.build,)]:
            con.close()
            raise FileFormatError(
                "release.json and patents.duckdb are of two different syncs",
                place=str(folder),
                remedy="run the sync or import into this folder again",
            )
        return cls(folder, manifest, con)

    def close(self) -> None:
        """Close the file."""
        self._con.close()

    @property
    def release(self) -> PatentRelease:
        """What is searched."""
        return self.manifest.release

    @property
    def index_folder(self) -> Path:
        """The index whose rows are the rows of ``compound``."""
        return self.folder / INDEX

    def find_mentions(
        self, rows: Sequence[int], *, most: int | None = None
    ) -> dict[int, tuple[Mention, ...]]:
        """Return the mentions of rows of the index; a row without any is absent.

        Parameters
        ----------
        most
            At most so many a row, those in claims and then the earliest first; by default all. A
            solvent is mentioned in a million publications.
        """
        found: dict[int, list[Mention]] = {}
        wanted = sorted({int(row) for row in rows})
        for row, number, sections, route, label, source_id, smiles, note in self._fetch(
            _MENTIONS, [wanted, most, most]
        ):
            found.setdefault(row, []).append(
                Mention(
                    row=row,
                    publication_number=number,
                    sections=tuple(name for name, bit in SECTION_BITS.items() if sections & bit),
                    route=route,
                    label=label,
                    source_id=source_id,
                    raw_smiles=smiles,
                    note=note,
                )
            )
        return {row: tuple(mentions) for row, mentions in found.items()}

    def find_publications(self, numbers: Sequence[str]) -> dict[str, PublicationRecord]:
        """Return the headers of publications by normalised number; an unknown one is absent."""
        records: dict[str, PublicationRecord] = {}
        for number, country, kind, day, family, title, assignees, cpc, url in self._fetch(
            _PUBLICATIONS, [sorted(set(numbers))]
        ):
            records.setdefault(
                number,
                PublicationRecord(
                    publication_number=number,
                    country=country,
                    kind=kind,
                    publication_date=day,
                    family_id=family,
                    title=title,
                    assignees=tuple(assignees),
                    cpc=tuple(cpc),
                    url=url,
                ),
            )
        return records

    def named_by(self, number: str, *, without_kind: bool = False) -> dict[str, list[int]]:
        """Return the rows that a publication names, by its number; none if it is not there.

        Parameters
        ----------
        number
            Normalised.
        without_kind
            Whether every printing under the number counts, as A1 and B2.
        """
        found: dict[str, list[int]] = {}
        like = f"{number}-%" if without_kind else number
        for publication, row in self._fetch(_NAMED_BY, [number, like]):
            found.setdefault(publication, []).append(row)
        return found

    def families(self) -> pd.DataFrame:
        """Return ``family_id, publications, first_published, numbers, assignees``, oldest first.

        Publications whose family is not known are in none.
        """
        return self.frame(_FAMILIES)

    def activities(self, publication: str = "") -> pd.DataFrame:
        """Return the measured values that publications report, with the row of the file.

        Parameters
        ----------
        publication
            Its normalised number; by default all.

        Returns
        -------
        pandas.DataFrame
            ``publication_number, publication_date, source_id, smiles, row, parent, target,
            organism, quantity, original, unit, label, assay, reference, place``; ``original`` is
            the text as it stands there (``>10000``).
        """
        return self.frame(_ACTIVITIES, [publication, publication])

    def refusals(self) -> pd.DataFrame:
        """Return rows of the source files that could not be used: ``place, reason, raw``."""
        return self.frame("SELECT place, reason, raw FROM refusal ORDER BY place")

    def flagged(self) -> pd.DataFrame:
        """Return doubtful structures: ``row, flag, reason, smiles, source_id``."""
        return self.frame(
            'SELECT c."row", c.flag, c.reason, s.smiles, s.source_id FROM compound c '
            "JOIN source_compound s USING (\"row\") WHERE c.flag <> '' "
            'ORDER BY c."row", s.source_id'
        )

    def builds(self) -> pd.DataFrame:
        """Return every sync of this folder, oldest first, with what it added and dropped."""
        return self.frame("SELECT * FROM build ORDER BY built_at")

    def frame(self, sql: str, parameters: Parameters = ()) -> pd.DataFrame:
        """Run a read-only query on the tables of the release and return a frame.

        Raises
        ------
        StoreError
            If the SQL is wrong or would write.
        """
        try:
            with self._lock:
                return frame_of(self._con, sql, parameters)
        except duckdb.Error as error:
            raise store_error(error, self.folder / DATABASE) from error

    def _fetch(self, sql: str, parameters: Parameters) -> list[tuple]:  # type: ignore[type-arg]
        try:
            with self._lock:
                return self._con.execute(sql, parameters).fetchall()
        except duckdb.Error as error:
            raise store_error(error, self.folder / DATABASE) from error
