"""Entries of the audit trail without an origin: somebody wrote past molagent.

The triggers write them like any other, so the trail stays whole. Every write of molagent's says
what it does, so an entry that does not is another program's: a DuckDB shell, a script, `TRUNCATE`.
"""

from dataclasses import dataclass
from typing import Final

import duckdb

__all__ = ["UnsignedWrite", "find_unsigned"]

# An earlier molagent left out the origin of some writes and signed them with a name; what was
# written since this one's tables were made has to have one whatever the name.
_LINKS: Final = """
SELECT link FROM audit_link
WHERE link > $after AND coalesce(origin, '') = ''
  AND (coalesce(actor, 'unknown') = 'unknown'
       OR recorded_at >= (SELECT max(applied_at) FROM migration))
ORDER BY link
"""
_WRITES: Final = """
SELECT e.link, strftime(k.recorded_at, '%Y-%m-%d %H:%M') AS at, coalesce(k.actor, 'unknown'),
       e.table_name, e.action, count(*), arg_min(e.row_key, e.seq)
FROM audit_entry e JOIN audit_link k USING (link)
WHERE e.link IN (SELECT unnest($links))
GROUP BY ALL ORDER BY e.link
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedWrite:
    """One statement that was written past molagent.

    Attributes
    ----------
    link
        Its link in the trail.
    at
        When, in UTC: ``2026-11-30 19:20``.
    actor
        Who, as the trail says; ``unknown`` for another program.
    table_name, action, entries
        What was done to how many rows: ``insert``, ``update`` or ``delete``.
    row_key
        The first of the rows.
    """

    link: int
    at: str
    actor: str
    table_name: str
    action: str
    entries: int
    row_key: str

    @property
    def message(self) -> str:
        """The write in one sentence."""
        rows = f"{self.entries:,} rows" if self.entries > 1 else "1 row"
        return (
            f"{self.action} of {rows} of {self.table_name} (first {self.row_key}) by {self.actor}, "
            f"{self.at} UTC, link {self.link}: written past molagent, no origin"
        )


def find_unsigned(con: duckdb.DuckDBPyConnection, *, after: int = 0) -> list[UnsignedWrite]:
    """Return the writes without an origin, in the order of the trail.

    Parameters
    ----------
    after
        Only of later links than this one.
    """
    links = [link for (link,) in con.execute(_LINKS, {"after": after}).fetchall()]
    if not links:
        return []
    return [
        UnsignedWrite(
            link=link,
            at=at,
            actor=actor,
            table_name=table,
            action=action,
            entries=entries,
            row_key=key,
        )
        for link, at, actor, table, action, entries, key in con.execute(
            _WRITES, {"links": links}
        ).fetchall()
    ]
