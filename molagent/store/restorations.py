"""What changed since a snapshot, and the way back to it; nothing is deleted on the way."""

from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import InputError, StoreError
from molagent.store.database import Database, frame_of, registered
from molagent.store.snapshots import (
    CURRENT_HASHES,
    Snapshot,
    get_snapshot,
    snapshot_rows,
)

__all__ = ["Restoration", "diff_snapshots", "restore_snapshot"]

# DuckDB 2.0.0 fails where one transaction rewrites more than a row group of an audited table.
_MOST_ROWS: Final = 100_000

_CURRENT_SHA: Final = f"""
SELECT sha256(coalesce(string_agg(row_sha256, '' ORDER BY result_id), '')) FROM ({CURRENT_HASHES})
"""  # noqa: S608
_DIFF: Final = f"""
WITH current AS ({CURRENT_HASHES}),
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
    -- A row that a corrected file left out points to that file's first row: no successor. One that
    -- was put to another compound by a correction has the row of the file in common.
    JOIN result o ON o.result_id = s.result_id
    JOIN result r ON r.result_id = s.successor AND r.assay_id = o.assay_id
        AND (r.compound_id = o.compound_id
             OR (r.file_id = o.file_id AND r.source_row = o.source_row
                 AND r.source_column = o.source_column))
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
SELECT change, result_id, new_result_id FROM differing
ORDER BY change, coalesce(result_id, new_result_id)
"""  # noqa: S608
_NOW: Final = """
SELECT r.result_id, r.compound_id, a.endpoint, r.p_value, r.standard_value, r.validity
FROM result r JOIN assay a USING (assay_id) WHERE r.superseded_by IS NULL
"""
_IDS: Final = ("result_id", "new_result_id")
# The state that a restoration brings about, for the rows that are not in it yet. A result that a
# row of the snapshot was replaced by points back to that row; any other one to the restoration.
_PLAN: Final = """
CREATE TEMP TABLE restored AS
WITH listed AS (SELECT result_id FROM snapshot_result WHERE snapshot = $snapshot)
SELECT r.result_id, NULL AS superseded_by, b.result_id IS NOT NULL AS reverted,
       coalesce(b.validity, CAST(r.validity AS VARCHAR)) AS validity,
       coalesce(b.validity_reason, r.validity_reason) AS validity_reason,
       coalesce(b.flag, r.flag) AS flag
FROM result r SEMI JOIN listed USING (result_id) LEFT JOIN reverted_frame b USING (result_id)
WHERE r.superseded_by IS NOT NULL OR b.result_id IS NOT NULL
UNION ALL
SELECT r.result_id,
       coalesce((SELECT min(o.result_id) FROM result o SEMI JOIN listed USING (result_id)
                 WHERE o.superseded_by = r.result_id AND o.compound_id = r.compound_id
                   AND o.assay_id = r.assay_id), -$number),
       false, CAST(r.validity AS VARCHAR), r.validity_reason, r.flag
FROM result r JOIN assay a USING (assay_id)
WHERE r.superseded_by IS NULL
  AND r.result_id NOT IN (SELECT result_id FROM listed)
  AND (len($endpoints) = 0 OR a.endpoint IN (SELECT unnest($endpoints)))
"""
_COUNTS: Final = """
SELECT count(*) FILTER (t.superseded_by IS NULL AND r.superseded_by IS NOT NULL),
       count(*) FILTER (t.superseded_by IS NOT NULL), count(*) FILTER (t.reverted), count(*)
FROM restored t JOIN result r USING (result_id)
"""
# One statement: a row that is rewritten twice in a transaction counts twice towards the limit.
_APPLY: Final = """
UPDATE result AS r
SET superseded_by = t.superseded_by, validity = t.validity,
    validity_reason = t.validity_reason, flag = t.flag
FROM restored t WHERE t.result_id = r.result_id
"""
_RESTORATION: Final = """
INSERT INTO restoration (restoration_id, snapshot, reason, returned, set_aside, reverted)
VALUES (?, ?, ?, ?, ?, ?)
"""


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
    older = get_snapshot(db, before)
    newer = get_snapshot(db, after) if after else None
    parameters = {"before": before, "after": after, "endpoints": list(older.endpoints)}
    with db.read() as con:
        frame = frame_of(con, _DIFF, parameters).astype(dict.fromkeys(_IDS, "Int64"))
        old = _told(snapshot_rows(con, older))
        new = _told(frame_of(con, _NOW) if newer is None else snapshot_rows(con, newer))
    first = old.reindex(frame["result_id"]).reset_index(drop=True)
    second = new.reindex(frame["new_result_id"]).reset_index(drop=True)
    return frame.assign(
        compound_id=first["compound_id"].fillna(second["compound_id"]),
        endpoint=first["endpoint"].fillna(second["endpoint"]),
        old_value=first["counted"],
        new_value=second["counted"],
        old_validity=first["validity"],
        new_validity=second["validity"],
    )


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
        If the snapshot's rows cannot be proved to be what they were, or more results would change
        than one transaction can rewrite.
    """
    if not reason.strip():
        raise InputError("a restoration needs a reason", remedy="say why the data go back")
    snapshot = get_snapshot(db, name)
    with db.write(origin=f"restore snapshot {name}") as con:
        number = int(con.execute("SELECT nextval('restoration_seq')").fetchall()[0][0])
        returned, set_aside, reverted = _apply(con, snapshot, number)
        _require_restored(con, snapshot)
        con.execute(_RESTORATION, [number, name, reason, returned, set_aside, reverted])
    return Restoration(
        restoration_id=number,
        snapshot=name,
        returned=returned,
        set_aside=set_aside,
        reverted=reverted,
    )


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows by id, with the value that is compared."""
    counted = rows["p_value"].fillna(rows["standard_value"])
    return rows.assign(counted=counted).astype({"result_id": "Int64"}).set_index("result_id")


def _apply(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, number: int) -> tuple[int, int, int]:
    rows = snapshot_rows(con, snapshot)
    columns = ["result_id", "validity", "validity_reason", "flag"]
    parameters = {
        "snapshot": snapshot.name,
        "number": number,
        "endpoints": list(snapshot.endpoints),
    }
    with registered(con, "reverted_frame", rows.loc[rows["changed"], columns].astype(_TYPES)):
        con.execute(_PLAN, parameters)
    returned, set_aside, reverted, total = con.execute(_COUNTS).fetchall()[0]
    if total > _MOST_ROWS:
        raise StoreError(
            f"{total} results would change at once, at most {_MOST_ROWS} can",
            remedy="take snapshots of single endpoints and restore those",
        )
    con.execute(_APPLY)
    con.execute("DROP TABLE restored")
    return int(returned), int(set_aside), int(reverted)


_TYPES: Final = {"result_id": "int64", "validity": "str", "validity_reason": "str", "flag": "str"}


def _require_restored(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> None:
    sha = con.execute(_CURRENT_SHA, {"endpoints": list(snapshot.endpoints)}).fetchall()[0][0]
    if sha != snapshot.sha256:
        raise StoreError(
            f"what would count is not what snapshot {snapshot.name!r} was taken of",
            remedy="verify the audit trail: a value, not only its validity, was changed in place",
        )
