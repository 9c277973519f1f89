"""Verification: whether the audit trail is whole, and the tables what it says they are."""

import time
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import duckdb

from molagent.errors import StoreError
from molagent.store.audit import AuditHead
from molagent.store.audited_tables import AuditProblem, find_table_problems
from molagent.store.database import Database, frame_of
from molagent.store.models import broken_runs
from molagent.store.raw_files import find_raw_problems
from molagent.store.unsigned import UnsignedWrite, find_unsigned

__all__ = ["AuditProblem", "AuditReport", "UnsignedWrite", "verify_audit"]

# The hashes are computed from the text here and not by the file's own macros: those might have
# been changed with the rows. Form 1 kept who, when and why with each entry, form 2 keeps them with
# the link (``schema/audit.sql``).
_FIRST_FORM: Final = """
SELECT coalesce(max(last_seq), 0) FROM audit_link k
WHERE NOT EXISTS (FROM audit_link o WHERE o.form <> 1 AND o.link <= k.link)
"""
_BROKEN_ENTRIES: Final = """
WITH broken AS (
    SELECT seq FROM audit_entry
    WHERE seq > $first_form AND hash IS DISTINCT FROM unhex(sha256(concat(
        seq, chr(10), table_name, chr(10), action, chr(10), to_json(row_key), chr(10),
        columns, chr(10), before, chr(10), after)))
    UNION ALL
    SELECT e.seq FROM audit_entry e LEFT JOIN audit_link k USING (link)
    WHERE e.seq <= $first_form AND e.hash IS DISTINCT FROM unhex(sha256(concat(
        k.prev_hash, chr(10), e.seq, chr(10), epoch_us(k.recorded_at), chr(10), to_json(k.actor),
        chr(10), to_json(k.origin), chr(10), e.table_name, chr(10), e.action, chr(10),
        to_json(e.row_key), chr(10), e.columns, e.before, chr(10), e.after)))
)
SELECT e.seq, e.link, e.table_name, e.row_key, e.action, coalesce(k.actor, '?') AS actor,
       strftime(k.recorded_at, '%Y-%m-%d %H:%M') AS at
FROM broken JOIN audit_entry e USING (seq) LEFT JOIN audit_link k USING (link)
ORDER BY e.seq LIMIT $limit
"""
_BROKEN_LINKS: Final = """
WITH chain AS (
    SELECT *, lag(link) OVER w AS before_link, lag(last_seq) OVER w AS before_seq,
           lag(hash) OVER w AS before_hash
    FROM audit_link WINDOW w AS (ORDER BY link)
),
found AS (
    SELECT link, count(*) AS n, min(seq) AS first_found, max(seq) AS last_found,
           sha256(string_agg(lower(hex(hash)), '' ORDER BY seq)) AS digest
    FROM audit_entry GROUP BY link
)
SELECT c.link, c.first_seq, c.last_seq, c.last_seq - c.first_seq + 1 AS expected,
       coalesce(f.n, 0) AS n,
       c.link IS DISTINCT FROM coalesce(before_link + 1, 0) AS misplaced,
       c.first_seq IS DISTINCT FROM coalesce(before_seq + 1, 0) AS gap,
       c.prev_hash IS DISTINCT FROM coalesce(before_hash, '') AS detached,
       c.hash IS DISTINCT FROM CASE c.form
           WHEN 1 THEN sha256(concat(
               c.prev_hash, chr(10), c.link, chr(10), c.first_seq, chr(10), c.last_seq, chr(10),
               c.digest))
           WHEN 2 THEN sha256(concat(
               '2', chr(10), c.prev_hash, chr(10), c.link, chr(10), epoch_us(c.recorded_at),
               chr(10), to_json(c.actor), chr(10), to_json(c.origin), chr(10), c.first_seq,
               chr(10), c.last_seq, chr(10), c.digest)) END AS changed,
       c.link > 0 AND (coalesce(f.n, 0) <> c.last_seq - c.first_seq + 1
                       OR f.first_found <> c.first_seq OR f.last_found <> c.last_seq) AS incomplete,
       c.link > 0 AND f.digest IS DISTINCT FROM c.digest AS other_entries
FROM chain c LEFT JOIN found f USING (link)
WHERE misplaced OR gap OR detached OR changed OR incomplete OR other_entries
ORDER BY c.link LIMIT $limit
"""
_COUNTS: Final = """
SELECT (SELECT count(*) FROM audit_entry) AS entries,
       (SELECT count(*) FROM audit_link) AS links,
       (SELECT max_by([CAST(link AS VARCHAR), CAST(last_seq AS VARCHAR), hash], link)
        FROM audit_link) AS head,
       (SELECT count(*) FROM audit_entry e LEFT JOIN audit_link k USING (link)
        WHERE k.link IS NULL OR k.link = 0 OR e.seq NOT BETWEEN k.first_seq AND k.last_seq)
           AS beyond
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What a verification found.

    Attributes
    ----------
    entries, links
        How many the trail has.
    head
        The newest link: keep it elsewhere, and a later verification can tell that nothing before
        it was cut off or written anew. None where the trail has no link.
    problems
        The first of each kind, the chain's own first, in the order of the trail.
    unsigned
        What was written past molagent, of later links than a head that was kept: the trail tells of
        it, and is whole.
    seconds
        What the verification took.
    """

    entries: int
    links: int
    head: AuditHead | None
    problems: tuple[AuditProblem, ...]
    seconds: float
    unsigned: tuple[UnsignedWrite, ...] = ()

    @property
    def whole(self) -> bool:
        """True if the trail is as it was written, and the tables what it says."""
        return not self.problems

    @property
    def signed(self) -> bool:
        """True if nothing was written past molagent."""
        return not self.unsigned

    @property
    def sentence(self) -> str:
        """The report in one sentence."""
        counts = f"{self.entries:,} entries in {self.links:,} links"
        if self.whole:
            past = sum(write.entries for write in self.unsigned)
            doubt = f"; {past:,} of them without origin, written past molagent" if past else ""
            return f"audit trail whole: {counts}, head {self.head}{doubt}"
        return f"audit trail broken ({counts}): {self.problems[0].message}"

    def require_whole(self) -> None:
        """Raise unless nothing was found.

        Raises
        ------
        StoreError
            With the first problem.
        """
        if self.problems:
            raise StoreError(
                self.problems[0].message,
                place="audit trail",
                remedy="keep the file as evidence and work on with a backup",
            )


def verify_audit(
    db: Database, *, head: AuditHead | str | None = None, limit: int = 20
) -> AuditReport:
    """Follow the audit trail and compare the tables of facts with its last word on each row.

    Found are: a changed, deleted, added or reordered entry or link; a row of a table of facts that
    was changed past the trail; a dropped or rewritten trigger, macro, view or table; a snapshot's
    list that was changed; predictions that are not those that were stored; a kept file whose bytes
    are not those that were read. Named are writes without an origin. Not found without
    `head`: a tail that was cut off with the rows it speaks of, or a trail that was written anew
    from its beginning with all its hashes.

    Parameters
    ----------
    db
        The project.
    head
        A head that was kept elsewhere: the trail must still contain it. Writes without an origin
        up to it are known, and not named again.
    limit
        At most so many problems of each kind.

    Returns
    -------
    AuditReport
        With the first broken link or entry as the first problem.

    Raises
    ------
    InputError
        If `head` is no head.
    """
    kept = AuditHead.parse(head) if isinstance(head, str) else head
    started = time.perf_counter()
    with db.read() as con:
        counts = frame_of(con, _COUNTS).iloc[0]
        newest = counts["head"]
        problems = [
            *_chain_problems(con, limit),
            *_beyond(int(counts["beyond"])),
            *(lost := _head_problems(con, kept)),
            *find_table_problems(con, limit),
            *_prediction_problems(con, limit),
            *islice(_raw_file_problems(con, db.path), limit),
        ]
        unsigned = find_unsigned(con, after=kept.link if kept and not lost else 0)
    return AuditReport(
        entries=int(counts["entries"]),
        links=int(counts["links"]),
        head=None if newest is None else AuditHead(int(newest[0]), int(newest[1]), newest[2]),
        problems=tuple(problems),
        seconds=time.perf_counter() - started,
        unsigned=tuple(unsigned),
    )


def _chain_problems(con: duckdb.DuckDBPyConnection, limit: int) -> list[AuditProblem]:
    links = con.execute("SELECT count(*) FROM audit_link").fetchall()[0][0]
    first_form = con.execute(_FIRST_FORM).fetchall()[0][0]
    broken = frame_of(con, _BROKEN_ENTRIES, {"limit": limit, "first_form": first_form})
    found = [
        AuditProblem(
            kind="entry",
            message=(
                f"entry {row['seq']} ({row['action']} of {row['table_name']} {row['row_key']} by "
                f"{row['actor']}, {row['at']} UTC) is not as it was written"
            ),
            link=int(row["link"]),
            seq=int(row["seq"]),
            table_name=row["table_name"],
            row_key=row["row_key"],
        )
        for row in broken.to_dict("records")
    ]
    for row in frame_of(con, _BROKEN_LINKS, {"limit": limit}).to_dict("records"):
        link = int(row["link"])
        seq, message = _link_message(con, row)
        found.append(AuditProblem(kind="link", message=message, link=link, seq=seq))
    found.sort(key=lambda problem: (problem.link or 0, problem.kind))
    if not links:
        found.insert(0, AuditProblem(kind="link", message="the trail has no link", link=0))
    return found


def _prediction_problems(con: duckdb.DuckDBPyConnection, limit: int) -> list[AuditProblem]:
    return [
        AuditProblem(
            kind="prediction",
            message=f"the predictions of run {run} of {version} are not those that were stored "
            f"({found} rows, then {stored})",
            table_name="model_prediction",
            row_key=str(run),
        )
        for run, version, stored, found in broken_runs(con)[:limit]
    ]


def _raw_file_problems(con: duckdb.DuckDBPyConnection, place: Path) -> Iterator[AuditProblem]:
    for digest, message in find_raw_problems(con, place):
        yield AuditProblem(kind="raw file", message=message, table_name="raw_file", row_key=digest)


def _link_message(
    con: duckdb.DuckDBPyConnection, row: Mapping[Hashable, Any]
) -> tuple[int | None, str]:
    """Say what is wrong with a link, the plainest reason first."""
    link, first, last = int(row["link"]), int(row["first_seq"]), int(row["last_seq"])
    if row["misplaced"]:
        return None, f"before link {link} a link is missing, or one is there twice"
    if row["changed"]:
        return None, f"link {link} is not as it was written"
    if row["detached"] or row["gap"]:
        return None, f"link {link} does not follow link {link - 1}: one of the two was replaced"
    if row["incomplete"]:
        missing = con.execute(
            "SELECT min(s) FROM range(?, ?) t(s)"
            " WHERE s NOT IN (SELECT seq FROM audit_entry WHERE link = ?)",
            [first, last + 1, link],
        ).fetchall()[0][0]
        said = f"link {link} closes over entries {first} to {last}, of which {row['n']} are there"
        if missing is None:
            return None, said
        return int(missing), f"{said}; the first that is missing is {missing}"
    return None, f"the entries {first} to {last} are not those that link {link} closed over"


def _beyond(count: int) -> list[AuditProblem]:
    if not count:
        return []
    return [AuditProblem(kind="link", message=f"{count} entries belong to no link")]


def _head_problems(con: duckdb.DuckDBPyConnection, head: AuditHead | None) -> list[AuditProblem]:
    if head is None:
        return []
    rows = con.execute(
        "SELECT last_seq, hash FROM audit_link WHERE link = ?", [head.link]
    ).fetchall()
    if rows == [(head.entries, head.hash)]:
        return []
    message = (
        f"the trail is not the one whose head was kept: its link {head.link} is another"
        if rows
        else f"the trail was cut off: the head that was kept is link {head.link}, which is gone"
    )
    return [AuditProblem(kind="head", message=message, link=head.link)]
