"""The audit trail: who changed which row of a table of facts, when, from what to what.

Triggers write it (``audit_triggers.py``), so it holds whatever wrote: the command line, a
notebook, another program. One statement appends an entry for each of its rows and one link for all
of them; an entry's hash covers its text, a link's hash covers its entries' hashes in their order,
who, when and why, and the link before. :func:`molagent.store.verify.verify_audit` follows it.

What a chain inside one file cannot show: that its tail, together with the rows the tail speaks of,
was cut off, or that the whole file was written anew by somebody who can compute SHA-256. Both show
once a head of the trail, three values in one line, was kept elsewhere (:func:`load_audit_head`).
"""

from dataclasses import dataclass
from typing import Final, Self

import pandas as pd

from molagent.errors import InputError, StoreError
from molagent.store.database import Database

__all__ = ["AuditHead", "load_audit", "load_audit_head"]

_HEAD: Final = "SELECT link, last_seq, hash FROM audit_head"
_ENTRIES: Final = """
WITH chosen AS (
    SELECT e.seq FROM audit_entry e LEFT JOIN audit_link k USING (link)
    WHERE ($table_name = '' OR e.table_name = $table_name)
      AND ($row_key = '' OR e.row_key = $row_key)
      AND ($actor = '' OR k.actor = $actor)
    ORDER BY e.seq DESC LIMIT $newest
)
SELECT seq, recorded_at, actor, origin, table_name, action, row_key, before, after
FROM audit_trail JOIN chosen USING (seq) ORDER BY seq
"""
_HASH_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest link of a trail: kept elsewhere, it holds everything up to it in place.

    Attributes
    ----------
    link
        Number of the newest link; 0 is the project's first.
    entries
        Entries up to it.
    hash
        SHA-256 of the link, 64 hex digits.
    """

    link: int
    entries: int
    hash: str

    def __str__(self) -> str:
        """Return the head in one word, for a notebook, a report or a mail: ``12:3400:9f3c...``."""
        return f"{self.link}:{self.entries}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what :meth:`__str__` wrote.

        Raises
        ------
        InputError
            If the text is no head.

        Examples
        --------
        >>> AuditHead.parse("2:7:" + "0" * 64).entries
        7
        """
        parts = text.strip().split(":")
        if (
            len(parts) != len(("link", "entries", "hash"))
            or not (parts[0].isdecimal() and parts[1].isdecimal())
            or len(parts[2]) != _HASH_LENGTH
        ):
            raise InputError(
                f"{text[:80]!r} is not the head of an audit trail",
                remedy="give link:entries:hash as the verification printed it",
            )
        return cls(int(parts[0]), int(parts[1]), parts[2])


def load_audit_head(db: Database) -> AuditHead:
    """Return the newest link of the trail.

    Raises
    ------
    StoreError
        If the trail has no link at all.
    """
    frame = db.query(_HEAD)
    if frame.empty:
        raise StoreError(
            "the audit trail has lost all its links",
            place=str(db.path),
            remedy="take the project file from a backup",
        )
    row = frame.iloc[0]
    return AuditHead(int(row["link"]), int(row["last_seq"]), str(row["hash"]))


def load_audit(
    db: Database,
    *,
    table_name: str = "",
    row_key: str = "",
    actor: str = "",
    newest: int = 1_000,
) -> pd.DataFrame:
    """Return the trail's entries, oldest first.

    Parameters
    ----------
    table_name, row_key, actor
        Only entries of that table, that row (the primary key, parts joined by ``/``), that writer.
    newest
        At most so many, the newest ones.

    Returns
    -------
    pandas.DataFrame
        ``seq, recorded_at, actor, origin, table_name, action, row_key, before, after``; the last
        two are the row as JSON text, None before it was there and after it was deleted.
    """
    parameters = {
        "table_name": table_name,
        "row_key": row_key,
        "actor": actor,
        "newest": newest,
    }
    return db.query(_ENTRIES, parameters)
