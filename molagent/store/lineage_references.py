"""Lineage of what a result refers to: the vial, the run and the document."""

from typing import Final

import duckdb

from molagent.store.lineage_tree import Source, one_row, signature

__all__ = ["reference_sources"]

_BATCH: Final = """
SELECT b.*, s.name AS file FROM result r JOIN batch b USING (batch_id)
LEFT JOIN source_file s ON s.file_id = b.file_id WHERE r.result_id = $result_id
"""
_RUN: Final = """
SELECT u.*, s.name AS file FROM result r JOIN run u USING (run_id)
LEFT JOIN source_file s ON s.file_id = u.file_id WHERE r.result_id = $result_id
"""
_DOCUMENT: Final = """
SELECT d.* FROM result r JOIN document d USING (document_id) WHERE r.result_id = $result_id
"""
# Kind, how it is found, and which of its columns are told by which name.
_REFERENCES: Final = (
    (
        "batch",
        _BATCH,
        {
            "supplier": "supplier",
            "lot": "lot",
            "salt": "salt",
            "purity": "purity",
            "stereo_note": "stereo",
            "shipped_on": "shipped on",
            "received_on": "received on",
        },
    ),
    ("run", _RUN, {"run_on": "run on", "operator": "operator", "instrument": "instrument"}),
    (
        "document",
        _DOCUMENT,
        {
            "kind": "kind",
            "title": "title",
            "authors": "authors",
            "journal": "journal",
            "year": "year",
            "doi": "doi",
            "patent_number": "patent",
            "uri": "uri",
        },
    ),
)


def reference_sources(con: duckdb.DuckDBPyConnection, result_id: int) -> list[Source]:
    """Return the vial, the run and the document that a result refers to."""
    found = []
    for kind, sql, names in _REFERENCES:
        row = one_row(con, sql, {"result_id": result_id})
        if row is None:
            continue
        facts = {fact: row[column] for column, fact in names.items()}
        if row.get("file") is not None:
            number = row.get("source_row")
            facts["from"] = row["file"] if number is None else f"{row['file']}:{int(number)}"
        key = str(row[f"{kind}_id"])
        found.append(Source(kind=kind, label=key, facts={**facts, **signature(con, kind, key)}))
    return found
