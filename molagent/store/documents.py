"""Documents: where a value was published or written down."""

from typing import Final

from molagent.store.arrow import Rows, as_pandas, registered
from molagent.store.database import Database
from molagent.store.frames import DOCUMENT

__all__ = ["register_documents"]

_REGISTER: Final = """
INSERT INTO document
    (document_id, kind, title, authors, journal, year, doi, patent_number, uri, sha256, licence)
SELECT document_id, kind, title, authors, journal, year, doi, patent_number, uri, sha256, licence
FROM document_frame
WHERE document_id NOT IN (SELECT document_id FROM document)
RETURNING document_id
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
