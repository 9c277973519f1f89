"""Dataset snapshots: which results counted, under one name and one hash, for good.

A snapshot lists the results that counted and the hash of each row's content; its own SHA-256
covers the list. A model trained on it can be trained on it again: a row that was flagged or
corrected since is read back from the audit trail as it was. Nothing is deleted by going back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.store.database import Database, frame_of

__all__ = [
    "Restoration",
    "Snapshot",
    "create_snapshot",
    "diff_snapshots",
    "load_snapshot",
    "load_snapshots",
    "restore_snapshot",
]

# A result's content and how the trail's JSON is read back into it. `superseded_by` is no content:
# a snapshot holds what counted when it was taken.
_COLUMNS: Final = {
    "result_id": "BIGINT",
    "compound_id": "VARCHAR",
    "assay_id": "VARCHAR",
    "relation": "VARCHAR",
    "value": "DOUBLE",
    "unit": "VARCHAR",
    "original": "VARCHAR",
    "standard_value": "DOUBLE",
    "standard_unit": "VARCHAR",
    "p_value": "DOUBLE",
    "p_relation": "VARCHAR",
    "flag": "VARCHAR",
    "validity": "VARCHAR",
    "validity_reason": "VARCHAR",
    "batch_id": "VARCHAR",
    "measured_on": "DATE",
    "file_id": "VARCHAR",
    "source_row": "INTEGER",
    "revision": "INTEGER",
}
_NAMES: Final = ", ".join(_COLUMNS)
_STRUCTURE: Final = "{" + ", ".join(f'"{name}": "{kind}"' for name, kind in _COLUMNS.items()) + "}"
# The compound's key is hashed with the row: an id alone would not say which structure was measured.
_CONTENT: Final = (
    "sha256(to_json({"
    + ", ".join(f"'{name}': r.{name}" for name in _COLUMNS)
    + ", 'inchikey': c.inchikey}))"
)
_CURRENT_HASHES: Final = f"""
SELECT r.result_id, {_CONTENT} AS row_sha256
FROM result r JOIN compound c USING (compound_id) JOIN assay a USING (assay_id)
WHERE r.superseded_by IS NULL AND (len($endpoints) = 0 OR a.endpoint IN (SELECT unnest($endpoints)))
"""  # noqa: S608
_CURRENT_SHA: Final = f"""
SELECT sha256(coalesce(string_agg(row_sha256, '' ORDER BY result_id), '')) FROM ({_CURRENT_HASHES})
"""  # noqa: S608
_TAKE: Final = f"""
INSERT INTO snapshot_result
SELECT $snapshot, result_id, row_sha256 FROM ({_CURRENT_HASHES}) ORDER BY result_id
"""  # noqa: S608
_HEADER: Final = f"""
INSERT INTO snapshot
    (snapshot, sha256, n_results, note, endpoints, audit_link, audit_seq, audit_hash)
SELECT $snapshot, sha256(coalesce(string_agg(q.row_sha256, '' ORDER BY q.result_id), '')),
       count(q.result_id), $note, $endpoints,
       any_value(h.link), any_value(h.last_seq), any_value(h.hash)
FROM audit_head h LEFT JOIN ({_CURRENT_HASHES}) q ON true
"""  # noqa: S608
_SNAPSHOTS: Final = """
SELECT s.snapshot, s.sha256, s.n_results, s.note, s.endpoints, s.audit_seq, s.created_at,
       coalesce(e.actor, '') AS actor
FROM snapshot s
LEFT JOIN audit_entry e
    ON e.table_name = 'snapshot' AND e.row_key = s.snapshot AND e.action = 'insert'
ORDER BY s.created_at, s.snapshot
"""
# The rows of $snapshot with their hashes now and, where those differ, as the trail knew them when
# the snapshot was taken.
_ROWS: Final = f"""
WITH listed AS (SELECT result_id, row_sha256 FROM snapshot_result WHERE snapshot = $snapshot),
now AS (
    SELECT {", ".join(f"r.{name}" for name in _COLUMNS)}, {_CONTENT} AS sha, l.row_sha256
    FROM listed l JOIN result r USING (result_id) JOIN compound c USING (compound_id)
),
told AS (
    SELECT from_json(arg_max_null(e.after, e.seq), '{_STRUCTURE}') AS row
    FROM audit_entry e
    WHERE e.table_name = 'result'
      AND e.seq <= (SELECT audit_seq FROM snapshot WHERE snapshot = $snapshot)
      AND e.row_key IN (SELECT CAST(result_id AS VARCHAR) FROM now WHERE sha <> row_sha256)
    GROUP BY e.row_key
),
earlier AS (
    SELECT r.*, {_CONTENT} AS sha, l.row_sha256
    FROM (SELECT unnest(row) FROM told) r
    JOIN listed l USING (result_id) JOIN compound c USING (compound_id)
),
rows AS (
    SELECT {_NAMES}, sha, row_sha256, false AS changed FROM now WHERE sha = row_sha256
    UNION ALL BY NAME
    SELECT {_NAMES}, sha, row_sha256, true AS changed FROM earlier
)
SELECT {", ".join(f"r.{name}" for name in _COLUMNS)}, c.smiles, c.inchikey, a.endpoint, r.changed,
       r.sha = r.row_sha256 AS proved
FROM rows r JOIN compound c USING (compound_id) JOIN assay a USING (assay_id)
ORDER BY r.result_id
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A named, hashed list of results.

    Attributes
    ----------
    sha256
        Of the rows' content, in order of their ids: two snapshots with the same hash hold the same
        data.
    endpoints
        Of which it was taken; empty for all.
    """

    name: str
    sha256: str
    n_results: int
    note: str
    endpoints: tuple[str, ...]
    created_at: datetime
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoration:
    """What going back to a snapshot changed.

    Attributes
    ----------
    returned
        Results that count again.
    set_aside
        Results that count no longer; their ``superseded_by`` is ``-restoration_id``.
    reverted
        Results whose validity or flag was set back.
    """

    restoration_id: int
    snapshot: str
    returned: int
    set_aside: int
    reverted: int


def create_snapshot(
    db: Database, name: str, *, endpoints: Sequence[str] = (), note: str = ""
) -> Snapshot:
    """List the results that count now, under a name that is never used again.

    Parameters
    ----------
    endpoints
        Only results of these; all without.
    note
        What it is for.

    Raises
    ------
    InputError
        If the name is empty or taken.
    NotFoundError
        If there is no such endpoint.
    """
    if not name.strip():
        raise InputError("a snapshot needs a name", remedy="name what it is for: 'training 1'")
    known = db.query("SELECT DISTINCT endpoint FROM assay ORDER BY 1")["endpoint"].tolist()
    for endpoint in endpoints:
        if endpoint not in known:
            raise NotFoundError("endpoint", endpoint, known=known, place=db.path.name)
    parameters = {"snapshot": name, "endpoints": list(endpoints)}
    with db.write(origin=f"create snapshot {name}") as con:
        if con.execute("SELECT 1 FROM snapshot WHERE snapshot = ?", [name]).fetchall():
            raise InputError(
                f"there is a snapshot {name!r} already",
                place=db.path.name,
                remedy="give another name: a snapshot is never changed",
            )
        con.execute(_HEADER, {**parameters, "note": note})
        con.execute(_TAKE, parameters)
    return _get_snapshot(db, name)


def load_snapshots(db: Database) -> pd.DataFrame:
    """Return the snapshots, oldest first.

    Returns
    -------
    pandas.DataFrame
        ``snapshot, sha256, n_results, note, endpoints, audit_seq, created_at, actor``.
    """
    return db.query(_SNAPSHOTS)


def load_snapshot(db: Database, name: str, *, endpoint: str = "") -> pd.DataFrame:
    """Return the results of a snapshot as they were when it was taken.

    Parameters
    ----------
    endpoint
        Only results of that one.

    Returns
    -------
    pandas.DataFrame
        The columns of a result, and ``smiles, inchikey, endpoint``, by ``result_id``; ``changed``
        is True where the row was changed since and is given here as it was.

    Raises
    ------
    NotFoundError
        If there is no such snapshot.
    StoreError
        If a row is not, and was not by the audit trail, what the snapshot was taken of.
    """
    snapshot = _get_snapshot(db, name)
    with db.read() as con:
        frame = _rows(con, snapshot)
    if endpoint:
        frame = frame[frame["endpoint"] == endpoint].reset_index(drop=True)
    return frame


def diff_snapshots(db: Database, before: str, after: str = "") -> pd.DataFrame:
    """Compare two snapshots, or a snapshot with what counts now.

    Parameters
    ----------
    before, after
        Names; `after` empty means now.

    Returns
    -------
    pandas.DataFrame
        One row a difference: ``change, result_id, new_result_id, compound_id, endpoint,
        old_value, new_value, old_validity, new_validity``. `change` is ``superseded`` (another
        result took its place, `new_result_id`), ``removed`` (it counts no longer, and nothing took
        its place), ``changed`` (the same result, another content), ``added``. Values are p values
        where there are any, else in the standard unit.

    Raises
    ------
    NotFoundError
        If there is no such snapshot.
    """
    if after:
        _get_snapshot(db, after)
    endpoints = list(_get_snapshot(db, before).endpoints)
    parameters = {"before": before, "after": after, "endpoints": endpoints}
    return db.query(_DIFF, parameters)


def restore_snapshot(db: Database, name: str, *, reason: str) -> Restoration:
    """Let exactly the results of a snapshot count again, with the validity they had.

    A snapshot of some endpoints touches only those. Nothing is deleted; the trail has every row
    before and after, and a snapshot taken of the present first leads back here.

    Parameters
    ----------
    reason
        Why; kept with the restoration.

    Raises
    ------
    InputError
        If no reason is given.
    NotFoundError
        If there is no such snapshot.
    StoreError
        If the snapshot's rows cannot be proved to be what they were.
    """
    if not reason.strip():
        raise InputError("a restoration needs a reason", remedy="say why the data go back")
    snapshot = _get_snapshot(db, name)
    with db.write(origin=f"restore snapshot {name}") as con:
        rows = _rows(con, snapshot)
        number = int(con.execute("SELECT nextval('restoration_seq')").fetchall()[0][0])
        endpoints = list(snapshot.endpoints)
        parameters = {"snapshot": name, "number": number, "endpoints": endpoints}
        reverted = _revert(con, rows)
        set_aside = con.execute(_SET_ASIDE, parameters).fetchall()
        returned = con.execute(_RETURN, {"snapshot": name}).fetchall()
        _require_restored(con, snapshot)
        counts = (int(returned[0][0]), int(set_aside[0][0]), reverted)
        con.execute(_RESTORATION, [number, name, reason, *counts])
    return Restoration(
        restoration_id=number,
        snapshot=name,
        returned=counts[0],
        set_aside=counts[1],
        reverted=counts[2],
    )


_RESTORATION: Final = """
INSERT INTO restoration (restoration_id, snapshot, reason, returned, set_aside, reverted)
VALUES (?, ?, ?, ?, ?, ?)
"""
# A result that a row of the snapshot has replaced, or is about to, points to that row; any other
# one to the restoration.
_SET_ASIDE: Final = """
UPDATE result AS r SET superseded_by = coalesce(
    (SELECT min(o.result_id) FROM result o
     JOIN snapshot_result s ON s.snapshot = $snapshot AND s.result_id = o.result_id
     WHERE o.superseded_by = r.result_id AND o.compound_id = r.compound_id
       AND o.assay_id = r.assay_id),
    -$number)
WHERE r.superseded_by IS NULL
  AND r.result_id NOT IN (SELECT result_id FROM snapshot_result WHERE snapshot = $snapshot)
  AND (len($endpoints) = 0
       OR r.assay_id IN (SELECT a.assay_id FROM assay a
                         WHERE a.endpoint IN (SELECT unnest($endpoints))))
"""
_RETURN: Final = """
UPDATE result SET superseded_by = NULL
WHERE superseded_by IS NOT NULL
  AND result_id IN (SELECT result_id FROM snapshot_result WHERE snapshot = $snapshot)
"""
_REVERT: Final = """
UPDATE result AS r
SET validity = b.validity, validity_reason = b.validity_reason, flag = b.flag
FROM (
    SELECT unnest($ids) AS result_id, unnest($validity) AS validity,
           unnest($validity_reason) AS validity_reason, unnest($flag) AS flag
) b
WHERE r.result_id = b.result_id
"""
_DIFF: Final = f"""
WITH current AS ({_CURRENT_HASHES}),
old AS (SELECT result_id, row_sha256 FROM snapshot_result WHERE snapshot = $before),
new AS (
    SELECT result_id, row_sha256 FROM snapshot_result WHERE snapshot = $after
    UNION ALL SELECT result_id, row_sha256 FROM current WHERE $after = ''
),
gone AS (SELECT o.result_id FROM old o ANTI JOIN new n USING (result_id)),
-- Follow the successors until one is in the newer list.
followed AS (
    WITH RECURSIVE step(result_id, successor) AS (
        SELECT g.result_id, r.superseded_by FROM gone g JOIN result r USING (result_id)
        UNION
        SELECT s.result_id, r.superseded_by FROM step s JOIN result r ON r.result_id = s.successor
        WHERE s.successor NOT IN (SELECT result_id FROM new)
    )
    SELECT s.result_id, min(s.successor) AS new_result_id
    FROM step s JOIN new n ON n.result_id = s.successor
    GROUP BY s.result_id
),
differing AS (
    SELECT CASE WHEN f.new_result_id IS NULL THEN 'removed' ELSE 'superseded' END AS change,
           g.result_id, f.new_result_id
    FROM gone g LEFT JOIN followed f USING (result_id)
    UNION ALL
    SELECT 'changed', o.result_id, o.result_id FROM old o JOIN new n USING (result_id)
    WHERE o.row_sha256 <> n.row_sha256
    UNION ALL
    SELECT 'added', NULL, n.result_id FROM new n
    WHERE n.result_id NOT IN (SELECT result_id FROM old)
      AND n.result_id NOT IN (SELECT new_result_id FROM followed)
)
SELECT d.change, d.result_id, d.new_result_id,
       coalesce(o.compound_id, n.compound_id) AS compound_id, a.endpoint,
       coalesce(o.p_value, o.standard_value) AS old_value,
       coalesce(n.p_value, n.standard_value) AS new_value,
       o.validity AS old_validity, n.validity AS new_validity
FROM differing d
LEFT JOIN result o ON o.result_id = d.result_id
LEFT JOIN result n ON n.result_id = d.new_result_id
JOIN assay a ON a.assay_id = coalesce(o.assay_id, n.assay_id)
ORDER BY d.change, coalesce(d.result_id, d.new_result_id)
"""  # noqa: S608


def _get_snapshot(db: Database, name: str) -> Snapshot:
    frame = load_snapshots(db)
    rows = frame[frame["snapshot"] == name].to_dict("records")
    if not rows:
        raise NotFoundError("snapshot", name, known=frame["snapshot"], place=db.path.name)
    row = rows[0]
    return Snapshot(
        name=name,
        sha256=row["sha256"],
        n_results=int(row["n_results"]),
        note=row["note"],
        endpoints=tuple(row["endpoints"]),
        created_at=row["created_at"].to_pydatetime(),
        actor=row["actor"],
    )


def _rows(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> pd.DataFrame:
    frame = frame_of(con, _ROWS, {"snapshot": snapshot.name})
    proved = int(frame["proved"].sum())
    if proved != snapshot.n_results:
        raise StoreError(
            f"{snapshot.n_results - proved} of the {snapshot.n_results} results of snapshot "
            f"{snapshot.name!r} are not what it was taken of",
            place="the audit trail",
            remedy="verify the audit trail: it names what was changed past it",
        )
    return frame.drop(columns="proved")


def _require_restored(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    sha = con.execute(_CURRENT_SHA, {"endpoints": list(snapshot.endpoints)}).fetchall()[0][0]
    if sha != snapshot.sha256:
        raise StoreError(
            f"what would count is not what snapshot {snapshot.name!r} was taken of",
            remedy="verify the audit trail: a value, not only its validity, was changed in place",
        )


def _revert(con: duckdb.DuckDBPyConnection, rows: pd.DataFrame) -> int:
    """Set validity and flag back; other content is never changed in place, only superseded."""
    changed = rows[rows["changed"]]
    if changed.empty:
        return 0
    names = ("validity", "validity_reason", "flag")
    parameters = {name: changed[name].astype(str).tolist() for name in names}
    con.execute(_REVERT, {"ids": [int(i) for i in changed["result_id"]], **parameters})
    return len(changed)
