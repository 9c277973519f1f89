"""Every name that a project file holds: what must not stand in text that leaves the house."""

from typing import Final

from molagent.store.database import Database

__all__ = ["load_inside_names", "load_target_names"]

_NAMES: Final = """
SELECT name FROM compound_raw UNION SELECT alias FROM compound_alias
UNION SELECT name FROM source_file
UNION SELECT regexp_replace(name, '\\.[^.]*$', '') FROM source_file
UNION SELECT name FROM raw_file
UNION SELECT document_id FROM document UNION SELECT title FROM document
UNION SELECT authors FROM document UNION SELECT patent_number FROM document
UNION SELECT source FROM assay UNION SELECT cell_line FROM assay_protocol
UNION SELECT lot FROM batch UNION SELECT supplier FROM batch UNION SELECT note FROM batch
UNION SELECT run_id FROM run UNION SELECT operator FROM run UNION SELECT note FROM run
UNION SELECT barcode FROM plate UNION SELECT sample FROM well
UNION SELECT order_id FROM batch_order UNION SELECT placed_by FROM batch_order
UNION SELECT supplier FROM batch_order UNION SELECT note FROM batch_order
UNION SELECT name FROM order_line UNION SELECT series FROM series
UNION SELECT snapshot FROM snapshot UNION SELECT note FROM snapshot
UNION SELECT name FROM campaign UNION SELECT publication_number FROM overlap
    WHERE coalesce(visibility, 'own') <> 'public'
UNION SELECT title FROM overlap WHERE coalesce(visibility, 'own') <> 'public'
UNION SELECT matched_name FROM overlap WHERE coalesce(visibility, 'own') <> 'public'
UNION SELECT source FROM overlap WHERE coalesce(visibility, 'own') <> 'public'
UNION SELECT assignee FROM overlap WHERE coalesce(visibility, 'own') <> 'public'
"""
_TARGETS: Final = """
SELECT target FROM assay UNION SELECT target_id FROM target UNION SELECT name FROM target
UNION SELECT gene FROM target UNION SELECT uniprot FROM target UNION SELECT chembl_id FROM target
"""


def load_inside_names(db: Database) -> tuple[str, ...]:
    """Return names of compounds, files, documents, people, batches, runs, orders and series."""
    return _texts(db, _NAMES)


def load_target_names(db: Database) -> tuple[str, ...]:
    """Return what targets are called."""
    return _texts(db, _TARGETS)


def _texts(db: Database, sql: str) -> tuple[str, ...]:
    with db.read() as con:
        rows = con.execute(sql).fetchall()
    return tuple(sorted({text.strip() for (text,) in rows if text and text.strip()}))
