"""Gives structures their rows, in the order of the index, and sorts mentions by them."""

from collections.abc import Iterator
from typing import Final

import duckdb
import pyarrow as pa

__all__ = ["count_changes", "create_staged", "number_rows", "read_index_rows"]

# What is filled row by row waits in temporary tables; the final ones are written once and sorted.
_STAGED: Final = """
CREATE TEMP TABLE given_compound (source_no BIGINT, source_id VARCHAR, smiles VARCHAR);
CREATE TEMP TABLE given_mention (
    patent_id BIGINT, source_no BIGINT, sections UTINYINT, route VARCHAR, label VARCHAR,
    place VARCHAR
);
"""
_NUMBER_ROWS: Final = """
CREATE TEMP TABLE numbered AS
WITH used AS (
    SELECT k.smiles, k.parent, k.inchikey, k.flag, k.reason
    FROM (SELECT DISTINCT smiles FROM given_compound) s JOIN known.structure k USING (smiles)
), together AS (
    SELECT parent, any_value(inchikey) AS inchikey, min(flag) AS flag, min(reason) AS reason,
           NULL AS smiles
    FROM used WHERE parent IS NOT NULL GROUP BY parent
    UNION ALL
    SELECT NULL, NULL, flag, reason, smiles FROM used WHERE parent IS NULL
)
SELECT row_number() OVER (ORDER BY parent IS NULL, inchikey, parent, smiles) - 1 AS "row",
       parent, inchikey, flag, reason, smiles
FROM together;

INSERT INTO main.compound
SELECT "row", parent, inchikey, flag, reason FROM numbered ORDER BY "row";

INSERT INTO main.source_compound
SELECT s.source_no, s.source_id, coalesce(k.written, s.smiles), n."row"
FROM given_compound s JOIN known.structure k USING (smiles) JOIN numbered n ON n.parent = k.parent
UNION ALL
SELECT s.source_no, s.source_id, s.smiles, n."row"
FROM given_compound s JOIN numbered n ON n.smiles = s.smiles
ORDER BY 1;
"""


_MENTIONS: Final = """
INSERT INTO main.mention
SELECT s."row", m.patent_id, m.source_no, m.sections, m.route, m.label, m.place
FROM given_mention m JOIN main.source_compound s USING (source_no)
ORDER BY s."row", (m.sections & 1) DESC, m.patent_id;
"""
# A later file of the same source repeats rows of the earlier one, a molblock perhaps as a SMILES.
_MENTIONS_MERGED: Final = """
INSERT INTO main.mention
SELECT s."row", m.patent_id, min(m.source_no), bit_or(m.sections), m.route, m.label, min(m.place)
FROM given_mention m JOIN main.source_compound s USING (source_no)
GROUP BY s."row", m.patent_id, s.source_id, s.smiles, m.route, m.label
ORDER BY s."row", (bit_or(m.sections) & 1) DESC, m.patent_id;
"""
_ACTIVITIES_MERGED: Final = """
DELETE FROM main.activity WHERE rowid NOT IN (
    SELECT min(rowid) FROM main.activity
    GROUP BY patent_id, coalesce(reference, place), target, quantity, original, label
);
"""
_INDEX: Final = """
SELECT c."row", c.parent, k.inchikey, k.connectivity, k.without_stereo, k.without_tautomers, k.words
FROM main.compound c
LEFT JOIN (
    SELECT parent, any_value(inchikey) AS inchikey, any_value(connectivity) AS connectivity,
           any_value(without_stereo) AS without_stereo,
           any_value(without_tautomers) AS without_tautomers, any_value(words) AS words
    FROM known.structure SEMI JOIN main.compound USING (parent)
    GROUP BY parent
) k USING (parent)
ORDER BY c."row"
"""
# Unreadable structures have no parent to compare by: they are told by what was given.
_CHANGES: Final = """
WITH now AS (
    SELECT DISTINCT coalesce(c.parent, s.smiles) AS name
    FROM main.compound c JOIN source_compound s USING ("row")
), earlier AS (
    SELECT DISTINCT coalesce(c.parent, s.smiles) AS name
    FROM before.compound c JOIN before.source_compound s USING ("row")
)
SELECT count(*) FILTER (earlier.name IS NULL),
       count(*) FILTER (now.name IS NOT NULL AND earlier.name IS NOT NULL),
       count(*) FILTER (now.name IS NULL)
FROM now FULL JOIN earlier ON now.name = earlier.name
"""


def create_staged(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that structures and mentions wait in."""
    con.execute(_STAGED)


def number_rows(con: duckdb.DuckDBPyConnection, *, merge: bool) -> None:
    """Fill ``compound``, ``source_compound`` and ``mention`` from what waits.

    Parameters
    ----------
    merge
        Take rows that later files repeat once.
    """
    con.execute(_NUMBER_ROWS)
    con.execute(_MENTIONS_MERGED if merge else _MENTIONS)
    if merge:
        con.execute(_ACTIVITIES_MERGED)


def read_index_rows(con: duckdb.DuckDBPyConnection, batch: int) -> Iterator[pa.RecordBatch]:
    """Yield what the index holds of each row of ``compound``, in order."""
    yield from con.sql(_INDEX).to_arrow_reader(batch)


def count_changes(con: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """Return how many structures were added, kept and dropped since ``before``."""
    ((added, kept, dropped),) = con.execute(_CHANGES).fetchall()
    return int(added), int(kept), int(dropped)
