"""Documents: where a value was published or written down."""

from typing import Final

import pandas as pd

from molagent.store.arrow import Rows, as_pandas, registered
from molagent.store.database import Database
from molagent.store.frames import DOCUMENT

__all__ = ["load_documents", "register_documents"]

_REGISTER: Final = """
INSERT INTO document
    (document_id, kind, title, authors, journal, year, doi, patent_number, uri, sha256, licence)
SELECT document_id, kind, title, authors, journal, year, doi, patent_number, uri, sha256, licence
FROM document_frame
WHERE document_id NOT IN (SELECT document_id FROM document)
RETURNING document_id
"""
_LOAD: Final = """
SELECT d.*, count(r.result_id) AS n_results
FROM document d LEFT JOIN result r ON r.document_id = d.document_id AND r.superseded_by IS NULL
GROUP BY ALL ORDER BY d.document_id
"""


def register_documents(db: Database, rows: Rows) -> int:
    """Register documents that the project lacks and return how many those were; idempotent.

    Parameters
    ----------
    rows
        Columns `molagent.store.frames.DOCUMENT`: ``document_id, kind, title`` and any of
        ``authors, journal, year, doi, patent_number, uri, sha256, licence``.
    """
    frame = DOCUMENT.completed(as_pandas(rows))
    with db.write(origin="documents") as con, registered(con, "document_frame", frame):
        return len(con.execute(_REGISTER).fetchall())


def load_documents(db: Database) -> pd.DataFrame:
    """Return the documents: the columns of `DOCUMENT` and ``n_results``."""
    return db.query(_LOAD)
