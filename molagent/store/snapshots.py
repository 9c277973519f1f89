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
    "CURRENT_HASHES",
    "Snapshot",
    "create_snapshot",
    "find_snapshot",
    "get_snapshot",
    "load_snapshot",
    "load_snapshots",
    "snapshot_rows",
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
    + ", 'inchikey': substance_key(c.inchikey, c.substance)}))"
)
# Results that count, of $endpoints or all, with the hash of each.
CURRENT_HASHES: Final = f"""
SELECT r.result_id, {_CONTENT} AS row_sha256
FROM result r JOIN compound c USING (compound_id) JOIN assay a USING (assay_id)
WHERE r.superseded_by IS NULL AND (len($endpoints) = 0 OR a.endpoint IN (SELECT unnest($endpoints)))
"""  # noqa: S608
_TAKE: Final = f"""
INSERT INTO snapshot_result
SELECT $snapshot, result_id, row_sha256 FROM ({CURRENT_HASHES}) ORDER BY result_id
"""  # noqa: S608
_HEADER: Final = f"""
INSERT INTO snapshot
    (snapshot, sha256, n_results, note, endpoints, audit_link, audit_seq, audit_hash)
SELECT $snapshot, sha256(coalesce(string_agg(q.row_sha256, '' ORDER BY q.result_id), '')),
       count(q.result_id), $note, $endpoints,
       any_value(h.link), any_value(h.last_seq), any_value(h.hash)
FROM audit_head h LEFT JOIN ({CURRENT_HASHES}) q ON true
"""  # noqa: S608
_SAME: Final = f"""
SELECT s.snapshot FROM snapshot s
WHERE s.sha256 = (SELECT sha256(coalesce(string_agg(q.row_sha256, '' ORDER BY q.result_id), ''))
                  FROM ({CURRENT_HASHES}) q)
ORDER BY s.created_at, s.snapshot LIMIT 1
"""  # noqa: S608
_SNAPSHOTS: Final = """
SELECT s.snapshot, s.sha256, s.n_results, s.note, s.endpoints, s.audit_seq, s.created_at,
       coalesce(e.actor, '') AS actor
FROM snapshot s
LEFT JOIN audit_trail e
    ON e.table_name = 'snapshot' AND e.row_key = s.snapshot AND e.action = 'insert'
ORDER BY s.created_at, s.snapshot
"""
# The rows of $snapshot with their hashes now and, where those differ, as the trail knew them when
# the snapshot was taken. The concentration of a test is younger than the hashes of many files, and
# stands outside them: the trail keeps it.
_ROWS: Final = f"""
WITH listed AS (SELECT result_id, row_sha256 FROM snapshot_result WHERE snapshot = $snapshot),
now AS (
    SELECT {", ".join(f"r.{name}" for name in _COLUMNS)}, {_CONTENT} AS sha, l.row_sha256
    FROM listed l JOIN result r USING (result_id) JOIN compound c USING (compound_id)
),
told AS (
    SELECT from_json(arg_max_null(e.after, e.seq), '{_STRUCTURE}') AS row
    FROM audit_trail e
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
       t.tested_at_nm, r.sha = r.row_sha256 AS proved
FROM rows r JOIN compound c USING (compound_id) JOIN assay a USING (assay_id)
LEFT JOIN (SELECT result_id, tested_at_nm FROM result) t USING (result_id)
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
    return get_snapshot(db, name)


def find_snapshot(db: Database, *, endpoints: Sequence[str] = ()) -> str:
    """Return the name of the first snapshot that holds what counts now; '' if none does.

    Parameters
    ----------
    endpoints
        What counts of these; of all without.
    """
    rows = db.query(_SAME, {"endpoints": list(endpoints)})
    return "" if rows.empty else str(rows["snapshot"].iloc[0])


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
    snapshot = get_snapshot(db, name)
    with db.read() as con:
        frame = snapshot_rows(con, snapshot)
    if endpoint:
        frame = frame[frame["endpoint"] == endpoint].reset_index(drop=True)
    return frame


def get_snapshot(db: Database, name: str) -> Snapshot:
    """Return one snapshot.

    Raises
    ------
    NotFoundError
        If there is none of that name.
    """
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


def snapshot_rows(con: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> pd.DataFrame:
    """Return a snapshot's results as they were when it was taken, as :func:`load_snapshot` does.

    Raises
    ------
    StoreError
        If a row cannot be proved to be what it was.
    """
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
