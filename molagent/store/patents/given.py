"""Rows of imported files on their way into the tables: publications told apart, mentions joined."""

from typing import Final

import duckdb
import pyarrow as pa

__all__ = ["GIVEN_ACTIVITY", "GIVEN_ROW", "create_given", "resolve_given"]

#: One structure in one publication, as a file has it.
GIVEN_ROW: Final = pa.schema(
    [
        ("number", pa.string()),  # normalised, or an own document's name
        ("given_number", pa.string()),
        ("country", pa.string()),
        ("kind", pa.string()),
        ("publication_date", pa.date32()),
        ("family_id", pa.string()),
        ("title", pa.string()),
        ("assignees", pa.list_(pa.string())),
        ("url", pa.string()),
        ("source_id", pa.string()),
        ("smiles", pa.string()),
        ("sections", pa.uint8()),
        ("route", pa.string()),
        ("label", pa.string()),
        ("place", pa.string()),
    ]
)
#: One measured value beside such a structure.
GIVEN_ACTIVITY: Final = pa.schema(
    [
        ("number", pa.string()),
        ("source_id", pa.string()),
        ("smiles", pa.string()),
        ("target", pa.string()),
        ("organism", pa.string()),
        ("quantity", pa.string()),
        ("original", pa.string()),
        ("unit", pa.string()),
        ("label", pa.string()),
        ("assay", pa.string()),
        ("reference", pa.string()),
        ("place", pa.string()),
    ]
)

_CREATE: Final = """
CREATE TEMP TABLE given_row (
    number VARCHAR, given_number VARCHAR, country VARCHAR, kind VARCHAR, publication_date DATE,
    family_id VARCHAR, title VARCHAR, assignees VARCHAR[], url VARCHAR, source_id VARCHAR,
    smiles VARCHAR, sections UTINYINT, route VARCHAR, label VARCHAR, place VARCHAR
);
CREATE TEMP TABLE given_activity (
    number VARCHAR, source_id VARCHAR, smiles VARCHAR, target VARCHAR, organism VARCHAR,
    quantity VARCHAR, original VARCHAR, unit VARCHAR, label VARCHAR, assay VARCHAR,
    reference VARCHAR, place VARCHAR
);
"""
_RESOLVE: Final = """
INSERT INTO main.patent BY NAME
SELECT (SELECT coalesce(max(patent_id), 0) FROM main.patent)
           + row_number() OVER (ORDER BY number) AS patent_id,
       number AS publication_number, min(given_number) AS given_number, min(country) AS country,
       min(kind) AS kind, min(publication_date) AS publication_date, min(family_id) AS family_id,
       min(title) AS title, coalesce(list_distinct(flatten(list(assignees))), []) AS assignees,
       [] AS cpc, [] AS ipc, min(url) AS url
FROM given_row
WHERE number NOT IN (SELECT publication_number FROM main.patent)
GROUP BY number;

INSERT INTO given_compound
SELECT (SELECT coalesce(max(source_no), 0) FROM given_compound)
           + row_number() OVER (ORDER BY source_id, smiles), source_id, smiles
FROM (
    SELECT DISTINCT source_id, smiles FROM given_row
    EXCEPT SELECT source_id, smiles FROM given_compound
);

INSERT INTO given_mention
SELECT p.patent_id, c.source_no, bit_or(r.sections), r.route, r.label, min(r.place)
FROM given_row r
JOIN main.patent p ON p.publication_number = r.number
JOIN given_compound c ON c.smiles = r.smiles AND c.source_id IS NOT DISTINCT FROM r.source_id
GROUP BY p.patent_id, c.source_no, r.route, r.label;

INSERT INTO main.activity
SELECT p.patent_id, c.source_no, a.target, a.organism, a.quantity, a.original, a.unit, a.label,
       a.assay, a.reference, a.place
FROM given_activity a
JOIN main.patent p ON p.publication_number = a.number
JOIN given_compound c ON c.smiles = a.smiles AND c.source_id IS NOT DISTINCT FROM a.source_id;

DELETE FROM given_row;
DELETE FROM given_activity;
"""


def create_given(con: duckdb.DuckDBPyConnection) -> None:
    """Make the tables that rows of files wait in."""
    con.execute(_CREATE)


def resolve_given(con: duckdb.DuckDBPyConnection) -> None:
    """Bring the waiting rows into the tables of the build.

    A publication that is there already keeps its header; a structure with the same id and text is
    the same.
    """
    con.execute(_RESOLVE)
