"""Verification: whether the audit trail is whole, and the tables what it says they are."""

import json
import re
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import duckdb
import pandas as pd

from molagent.errors import StoreError
from molagent.store.audit import AuditHead
from molagent.store.database import Database, frame_of
from molagent.store.migrations import known_migrations

__all__ = ["AuditProblem", "AuditReport", "verify_audit"]

# The hashes are computed from the text here and not by the file's own macros: those might have
# been changed with the rows.
_BROKEN_ENTRIES: Final = """
SELECT seq, 'changed' AS kind, table_name, row_key, action, actor, recorded_at
FROM audit_entry
WHERE hash IS DISTINCT FROM sha256(concat(
    prev_hash, chr(10), seq, chr(10), epoch_us(recorded_at), chr(10), to_json(actor), chr(10),
    to_json(origin), chr(10), table_name, chr(10), action, chr(10), to_json(row_key), chr(10),
    before, chr(10), after))
ORDER BY seq LIMIT $limit
"""
_BROKEN_LINKS: Final = """
WITH chain AS (
    SELECT *, lag(link) OVER w AS before_link, lag(last_seq) OVER w AS before_seq,
           lag(hash) OVER w AS before_hash
    FROM audit_link WINDOW w AS (ORDER BY link)
),
found AS (
    SELECT k.link, count(*) AS n,
           count(DISTINCT e.seq) AS n_seq,
           sha256(string_agg(e.hash, '' ORDER BY e.seq)) AS digest,
           bool_and(e.prev_hash = k.prev_hash) AS holds
    FROM audit_entry e ASOF JOIN audit_link k ON e.seq >= k.first_seq
    WHERE k.link > 0 AND e.seq <= k.last_seq GROUP BY k.link
)
SELECT c.link, c.first_seq, c.last_seq, c.last_seq - c.first_seq + 1 AS expected,
       coalesce(f.n, 0) AS n,
       c.link IS DISTINCT FROM coalesce(before_link + 1, 0) AS misplaced,
       c.first_seq IS DISTINCT FROM coalesce(before_seq + 1, 0) AS gap,
       c.prev_hash IS DISTINCT FROM coalesce(before_hash, '') AS detached,
       c.hash IS DISTINCT FROM sha256(concat(
           c.prev_hash, chr(10), c.link, chr(10), c.first_seq, chr(10), c.last_seq, chr(10),
           c.digest)) AS changed,
       c.link > 0 AND coalesce(f.n, 0) <> c.last_seq - c.first_seq + 1 AS incomplete,
       c.link > 0 AND (f.digest IS DISTINCT FROM c.digest OR f.n <> f.n_seq
                       OR NOT f.holds) AS other_entries
FROM chain c LEFT JOIN found f USING (link)
WHERE misplaced OR gap OR detached OR changed OR incomplete OR other_entries
ORDER BY c.link LIMIT $limit
"""
_COUNTS: Final = """
SELECT (SELECT count(*) FROM audit_entry) AS entries,
       (SELECT count(*) FROM audit_link) AS links,
       (SELECT max_by([CAST(link AS VARCHAR), CAST(last_seq AS VARCHAR), hash], link)
        FROM audit_link) AS head,
       (SELECT count(*) FROM audit_entry e ASOF LEFT JOIN audit_link k ON e.seq >= k.first_seq
        WHERE k.link IS NULL OR k.link = 0 OR e.seq > k.last_seq) AS beyond
"""
_SCHEMA: Final = """
SELECT 'trigger' AS kind, trigger_name AS name, sql FROM duckdb_triggers()
UNION ALL SELECT 'macro', function_name, concat(CAST(parameters AS VARCHAR), macro_definition)
FROM duckdb_functions() WHERE NOT internal AND function_type = 'macro'
UNION ALL SELECT 'view', view_name, sql FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT 'table', table_name, sql FROM duckdb_tables() WHERE NOT internal
"""
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?")
_KEYS: Final = """
SELECT c.table_name, c.constraint_column_names AS columns
FROM duckdb_constraints() c
WHERE c.constraint_type = 'PRIMARY KEY'
  AND 'audit_' || c.table_name || '_insert' IN (SELECT trigger_name FROM duckdb_triggers())
ORDER BY c.table_oid
"""
# A row of the trail's last word against the row that is there. `{table}` and `{columns}` are names
# from the catalogue of the file's own schema, quoted; never a caller's text.
_DIFFERENCES: Final = """
WITH told AS (
    SELECT row_key, arg_max_null(after, seq) AS after, max(seq) AS seq
    FROM audit_entry WHERE table_name = $table_name GROUP BY row_key
),
there AS (SELECT concat_ws('/', {columns}) AS row_key, to_json(t) AS now FROM {table} t)
SELECT coalesce(a.row_key, b.row_key) AS row_key, a.seq, a.after, b.now
FROM told a FULL JOIN there b ON a.row_key = b.row_key
WHERE a.after IS DISTINCT FROM b.now
ORDER BY a.seq, row_key
"""
_SNAPSHOTS: Final = """
SELECT s.snapshot, s.n_results, count(r.result_id) AS n
FROM snapshot s LEFT JOIN snapshot_result r USING (snapshot)
GROUP BY s.snapshot, s.sha256, s.n_results
HAVING count(r.result_id) <> s.n_results
    OR sha256(coalesce(string_agg(r.row_sha256, '' ORDER BY r.result_id), '')) <> s.sha256
ORDER BY s.snapshot LIMIT $limit
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProblem:
    """One place where the trail, or what it speaks of, is not as it was written.

    Attributes
    ----------
    kind
        ``entry`` (its text was changed), ``link`` (broken, missing, without its entries), ``row``
        (a table of facts is not what the trail says), ``schema`` (a trigger, macro, view or table
        is not as molagent made it), ``snapshot``, ``head`` (not the trail that a kept head is of).
    message
        What is wrong, in one sentence.
    link, seq
        Number of the link and of the entry, where there is one.
    table_name, row_key
        The row spoken of.
    """

    kind: str
    message: str
    link: int | None = None
    seq: int | None = None
    table_name: str = ""
    row_key: str = ""


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
    seconds
        What the verification took.
    """

    entries: int
    links: int
    head: AuditHead | None
    problems: tuple[AuditProblem, ...]
    seconds: float

    @property
    def whole(self) -> bool:
        """True if nothing was found."""
        return not self.problems

    @property
    def sentence(self) -> str:
        """The report in one sentence."""
        counts = f"{self.entries:,} entries in {self.links:,} links"
        if self.whole:
            return f"audit trail whole: {counts}, head {self.head}"
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
    list that was changed. Not found without `head`: a tail that was cut off with the rows it speaks
    of, or a trail that was written anew from its beginning with all its hashes.

    Parameters
    ----------
    db
        The project.
    head
        A head that was kept elsewhere: the trail must still contain it.
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
            *_head_problems(con, kept),
            *_schema_problems(con),
            *_row_problems(con, limit),
            *_snapshot_problems(con, limit),
        ]
    return AuditReport(
        entries=int(counts["entries"]),
        links=int(counts["links"]),
        head=None if newest is None else AuditHead(int(newest[0]), int(newest[1]), newest[2]),
        problems=tuple(problems),
        seconds=time.perf_counter() - started,
    )


def _chain_problems(con: duckdb.DuckDBPyConnection, limit: int) -> list[AuditProblem]:
    bounds = frame_of(con, "SELECT link, first_seq, last_seq FROM audit_link ORDER BY link")
    found = [
        AuditProblem(
            kind="entry",
            message=(
                f"entry {row['seq']} ({row['action']} of {row['table_name']} {row['row_key']} by "
                f"{row['actor']}, {row['recorded_at']:%Y-%m-%d %H:%M} UTC) is not as it was written"
            ),
            link=_link_of(bounds, int(row["seq"])),
            seq=int(row["seq"]),
            table_name=row["table_name"],
            row_key=row["row_key"],
        )
        for row in frame_of(con, _BROKEN_ENTRIES, {"limit": limit}).to_dict("records")
    ]
    for row in frame_of(con, _BROKEN_LINKS, {"limit": limit}).to_dict("records"):
        link = int(row["link"])
        seq, message = _link_message(con, row)
        found.append(AuditProblem(kind="link", message=message, link=link, seq=seq))
    far = len(bounds) + 1
    found.sort(key=lambda problem: (far if problem.link is None else problem.link, problem.kind))
    if bounds.empty:
        found.insert(0, AuditProblem(kind="link", message="the trail has no link", link=0))
    return found


def _link_of(bounds: pd.DataFrame, seq: int) -> int | None:
    inside = bounds[(bounds["first_seq"] <= seq) & (bounds["last_seq"] >= seq)]
    return None if inside.empty else int(inside["link"].iloc[0])


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
            "SELECT min(s) FROM range(?, ?) t(s) WHERE s NOT IN (SELECT seq FROM audit_entry)",
            [first, last + 1],
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


def _schema_problems(con: duckdb.DuckDBPyConnection) -> Iterator[AuditProblem]:
    there = {(kind, name): sql for kind, name, sql in con.execute(_SCHEMA).fetchall()}
    shipped = _shipped_schema()
    for (kind, name), sql in shipped.items():
        now = there.get((kind, name))
        if now != sql:
            what = "is missing" if now is None else "is not the one molagent made"
            yield AuditProblem(kind="schema", message=f"{kind} {name} {what}")
    for kind, name in sorted(set(there) - set(shipped)):
        if kind == "trigger":
            yield AuditProblem(kind="schema", message=f"trigger {name} is not one of molagent's")


@lru_cache(maxsize=1)
def _shipped_schema() -> dict[tuple[str, str], str]:
    """Return what the migrations make, by making it in memory."""
    con = duckdb.connect(":memory:")
    try:
        con.execute("SET python_enable_replacements = false")
        for migration in known_migrations():
            con.execute(migration.sql)
        return {(kind, name): sql for kind, name, sql in con.execute(_SCHEMA).fetchall()}
    finally:
        con.close()


def _row_problems(con: duckdb.DuckDBPyConnection, limit: int) -> Iterator[AuditProblem]:
    for table_name, columns in con.execute(_KEYS).fetchall():
        sql = _DIFFERENCES.format(
            table=_quoted(table_name), columns=", ".join(f"t.{_quoted(name)}" for name in columns)
        )
        yielded = 0
        for key, seq, after, now in con.execute(sql, {"table_name": table_name}).fetchall():
            if _same_row(after, now):
                continue
            yield AuditProblem(
                kind="row",
                message=f"{table_name} {key} {_difference(after, now)}",
                seq=seq,
                table_name=table_name,
                row_key=key,
            )
            yielded += 1
            if yielded == limit:
                break


def _difference(after: str | None, now: str | None) -> str:
    if now is None:
        return "is gone, and the trail does not say that it was deleted"
    if after is None:
        return "is there, and the trail does not say that it was written"
    told, there = json.loads(after), json.loads(now)
    changed = [name for name in there if not _same(told.get(name), there[name])]
    name = changed[0]
    return f"has {name} {there[name]!r} where the trail says {told.get(name)!r}"


def _same_row(after: str | None, now: str | None) -> bool:
    """Compare rows as values: a column added later is NULL, an instant may be told in any zone."""
    if after is None or now is None:
        return False
    told, there = json.loads(after), json.loads(now)
    return all(_same(told.get(name), there.get(name)) for name in {*told, *there})


def _same(told: object, there: object) -> bool:
    if told == there:
        return True
    if not (isinstance(told, str) and isinstance(there, str)):
        return False
    if not (_INSTANT.fullmatch(told) and _INSTANT.fullmatch(there)):
        return False
    return datetime.fromisoformat(told) == datetime.fromisoformat(there)


def _snapshot_problems(con: duckdb.DuckDBPyConnection, limit: int) -> Sequence[AuditProblem]:
    return [
        AuditProblem(
            kind="snapshot",
            message=f"the list of snapshot {name} is not the one it was taken with "
            f"({n} results, then {expected})",
            table_name="snapshot",
            row_key=name,
        )
        for name, expected, n in con.execute(_SNAPSHOTS, {"limit": limit}).fetchall()
    ]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
