"""What was computed of raw structures, so that the next sync computes only what is new."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

import duckdb
import pyarrow as pa

__all__ = ["QUALITY_FLAGS", "STRUCTURE_SCHEMA", "StructureCache"]

#: Why a structure is doubtful; all are kept. The first two have a parent and are searched.
QUALITY_FLAGS: Final = (
    "pseudo_element",  # U, V, W, Re, ...: more likely a letter of a Markush drawing
    "attachment",  # an open attachment point: a fragment, not a compound
    "polymer",  # repeat units
    "unparsable",
    "too_large",
    "hung",  # took longer than the limit
    "crashed",  # took its process down
)

STRUCTURE_SCHEMA: Final = pa.schema(
    [
        ("smiles", pa.string()),  # as given
        ("written", pa.string()),  # as SMILES, where a molblock was given
        ("parent", pa.string()),
        ("inchikey", pa.string()),
        ("connectivity", pa.string()),
        ("without_stereo", pa.string()),
        ("without_tautomers", pa.string()),
        ("words", pa.binary()),  # 16 little-endian uint64
        ("flag", pa.string()),
        ("reason", pa.string()),
    ]
)

_CREATE: Final = """
CREATE TABLE IF NOT EXISTS known.setting (settings VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS known.structure (
    smiles            VARCHAR NOT NULL,
    written           VARCHAR,
    parent            VARCHAR,
    inchikey          VARCHAR,
    connectivity      VARCHAR,
    without_stereo    VARCHAR,
    without_tautomers VARCHAR,
    words             BLOB,
    flag              VARCHAR NOT NULL,
    reason            VARCHAR NOT NULL
);
"""


# A molblock is known by the SMILES it was read as too: that is what the release keeps of it.
_ADD: Final = """
INSERT INTO known.structure
SELECT * FROM (
    SELECT * FROM computed
    UNION ALL BY NAME
    SELECT DISTINCT ON (written) * REPLACE (written AS smiles, NULL AS written) FROM computed
    WHERE written IS NOT NULL AND written NOT IN (SELECT smiles FROM computed)
) new
WHERE NOT EXISTS (SELECT 1 FROM known.structure k WHERE k.smiles = new.smiles)
"""


class StructureCache:
    """The attached database ``known`` of a build: raw structure to parent, keys, fingerprint.

    Parameters
    ----------
    con
        Connection with ``known`` attached for writing.
    settings
        Versions and limits; what was computed with others is forgotten.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, settings: Mapping[str, object]) -> None:
        self._con = con
        con.execute(_CREATE)
        text = json.dumps(dict(settings), sort_keys=True)
        stored = con.execute("SELECT settings FROM known.setting").fetchall()
        self.forgotten = 0
        if stored != [(text,)]:
            self.forgotten = _count(con, "SELECT count(*) FROM known.structure")
            con.execute("DELETE FROM known.structure")
            con.execute("DELETE FROM known.setting")
            con.execute("INSERT INTO known.setting VALUES (?)", [text])

    def __len__(self) -> int:
        """Return how many structures are known."""
        return _count(self._con, "SELECT count(*) FROM known.structure")

    def find_missing(self) -> int:
        """List the structures of the build that are not known, and return how many there are."""
        self._con.execute(
            "CREATE OR REPLACE TEMP TABLE missing AS "
            "SELECT row_number() OVER () AS place, s.smiles "
            "FROM (SELECT DISTINCT smiles FROM given_compound) s "
            "ANTI JOIN known.structure k ON k.smiles = s.smiles"
        )
        return _count(self._con, "SELECT count(*) FROM missing")

    def missing(self, batch: int) -> Iterator[list[str]]:
        """Yield what :meth:`find_missing` listed, each structure once; add them in between."""
        first = 0
        while rows := self._con.execute(
            "SELECT smiles FROM missing WHERE place > ? AND place <= ? ORDER BY place",
            [first, first + batch],
        ).fetchall():
            yield [smiles for (smiles,) in rows]
            first += batch

    def add(self, rows: pa.Table) -> None:
        """Store computed structures; committed at once, so that a killed sync goes on from here."""
        self._con.register("computed", rows.cast(STRUCTURE_SCHEMA))
        self._con.execute(_ADD)
        self._con.unregister("computed")


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    # All rows are fetched: DuckDB takes no other statement while a result is unfinished.
    ((found,),) = con.execute(sql).fetchall()
    return int(found)
