"""Batches: the stuff in a vial, of which a compound may have several."""

from collections.abc import Iterable
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import StoreError
from molagent.store.arrow import Rows, as_pandas, frame_of, registered
from molagent.store.database import Database
from molagent.store.frames import BATCH
from molagent.store.sources import SourceFile, register_source

__all__ = [
    "load_batches",
    "load_first_dates",
    "load_made",
    "register_batches",
    "register_lots",
    "require_batches",
]

# When a compound came into the world: shipped, received, or else measured for the first time.
_FIRST_DATES: Final = """
SELECT compound_id, min(date) AS date FROM (
    SELECT compound_id, coalesce(shipped_on, received_on) AS date FROM batch
    UNION ALL SELECT compound_id, measured_on FROM result
) WHERE date IS NOT NULL GROUP BY compound_id ORDER BY compound_id
"""
_MADE: Final = """
SELECT c.compound_id, c.smiles, c.inchikey, min(coalesce(b.shipped_on, b.received_on)) AS date
FROM batch b JOIN compound c USING (compound_id)
GROUP BY ALL ORDER BY c.compound_id
"""
# Numbers go on from the highest that the compound has, in input order.
_REGISTER: Final = """
INSERT INTO batch
    (batch_id, compound_id, supplier, lot, salt, purity, amount_mg, stereo_note, shipped_on,
     received_on, file_id, source_row, note)
WITH incoming AS (
    SELECT n.* FROM named_frame n
    WHERE NOT EXISTS (
        SELECT 1 FROM batch b
        WHERE b.compound_id = n.compound_id AND b.supplier = n.supplier AND b.lot = n.lot
    )
    QUALIFY row_number() OVER (PARTITION BY compound_id, supplier, lot ORDER BY ordinal) = 1
),
held AS (
    SELECT compound_id, max(CAST(regexp_extract(batch_id, '-B(\\d+)$', 1) AS INTEGER)) AS number
    FROM batch GROUP BY compound_id
)
SELECT
    format('{}-B{:02d}', i.compound_id, coalesce(h.number, 0)
        + row_number() OVER (PARTITION BY i.compound_id ORDER BY i.ordinal)),
    i.compound_id, i.supplier, i.lot, i.salt, i.purity, i.amount_mg, i.stereo_note,
    CAST(i.shipped_on AS DATE), CAST(i.received_on AS DATE), $file_id, i.source_row, i.note
FROM incoming i LEFT JOIN held h USING (compound_id)
ORDER BY i.ordinal
"""
_NAMED: Final = """
SELECT f.* EXCLUDE (compound_id, inchikey), coalesce(c.compound_id, k.compound_id) AS compound_id
FROM batch_frame f
LEFT JOIN compound c ON c.compound_id = CAST(f.compound_id AS VARCHAR)
LEFT JOIN compound k ON substance_key(k.inchikey, k.substance) = CAST(f.inchikey AS VARCHAR)
ORDER BY f.ordinal
"""
_IDS: Final = """
SELECT n.ordinal, b.batch_id FROM named_frame n
JOIN batch b ON b.compound_id = n.compound_id AND b.supplier = n.supplier AND b.lot = n.lot
ORDER BY n.ordinal
"""
_LOAD: Final = """
SELECT b.batch_id, b.compound_id, c.smiles, b.supplier, b.lot, b.salt, b.purity, b.amount_mg,
       b.stereo_note, b.shipped_on, b.received_on, s.name AS file, b.source_row, b.note
FROM batch b JOIN compound c USING (compound_id) LEFT JOIN source_file s USING (file_id)
WHERE $compound_id = '' OR b.compound_id = $compound_id
ORDER BY b.batch_id
"""


def register_batches(db: Database, rows: Rows, *, source: SourceFile | None = None) -> pd.DataFrame:
    """Register vials and return them with their ids; idempotent by compound, supplier and lot.

    Parameters
    ----------
    rows
        Columns `molagent.store.frames.BATCH`: ``supplier, lot``, one of ``compound_id`` and
        ``inchikey``, and any of ``salt, purity, amount_mg, stereo_note, shipped_on, received_on,
        source_row, note``. Purity is in percent.
    source
        The file they are from.

    Returns
    -------
    pandas.DataFrame
        ``batch_id, compound_id, supplier, lot``, in input order; ids are ``MA-000001-B01``.

    Raises
    ------
    StoreError
        If a row's compound is not registered, or a vial arrives before it was shipped.
    """
    frame = BATCH.completed(as_pandas(rows)).assign(ordinal=range(len(rows)))
    if frame.empty:
        return pd.DataFrame(columns=["batch_id", "compound_id", "supplier", "lot"], dtype="str")
    with db.write(origin=f"batches {source.name if source else ''}".strip()) as con:
        file_id = source.file_id if source else None
        if source:
            register_source(con, source)
        with registered(con, "batch_frame", frame):
            named = frame_of(con, _NAMED)
        lost = named[named["compound_id"].isna()]
        if len(lost):
            raise StoreError(
                f"{len(lost)} batches are of compounds that are not registered, the first is lot "
                f"{lost['lot'].iloc[0]!r} of {lost['supplier'].iloc[0]}",
                place=source.name if source else str(db.path),
                remedy="register the compounds first",
            )
        with registered(con, "named_frame", named):
            con.execute(_REGISTER, {"file_id": file_id})
            ids = frame_of(con, _IDS)
    answer = named[["compound_id", "supplier", "lot"]].copy()
    answer.insert(0, "batch_id", ids["batch_id"].to_numpy())
    return answer


def register_lots(con: duckdb.DuckDBPyConnection, rows: Rows, *, file_id: str) -> None:
    """Register the vials of a file's rows inside the caller's transaction; idempotent.

    Parameters
    ----------
    rows
        As :func:`register_batches` takes them, of registered compounds by their ``compound_id``.
    """
    frame = BATCH.completed(as_pandas(rows)).assign(ordinal=range(len(rows)))
    with registered(con, "named_frame", frame):
        con.execute(_REGISTER, {"file_id": file_id})


def require_batches(
    con: duckdb.DuckDBPyConnection, batch_ids: Iterable[object], *, place: str
) -> None:
    """Refuse rows of vials that are not registered; empty ids say that the vial is not known.

    In code and not by a foreign key: DuckDB 2.0 refuses to update a row that one points to where
    the table has a trigger.

    Raises
    ------
    StoreError
        If a vial is not registered.
    """
    wanted = sorted(set(pd.Series(list(batch_ids), dtype=object).dropna().astype(str)))
    if not wanted:
        return
    known = {
        entry
        for (entry,) in con.execute(
            "SELECT batch_id FROM batch WHERE list_contains($ids, batch_id)", {"ids": wanted}
        ).fetchall()
    }
    lost = [entry for entry in wanted if entry not in known]
    if lost:
        raise StoreError(
            f"{len(lost)} batches are not registered, the first is {lost[0]}",
            place=place,
            remedy="register the batches first",
        )


def load_batches(db: Database, *, compound_id: str = "") -> pd.DataFrame:
    """Return the vials of one compound, or of all: what, from whom, when, from which file."""
    return db.query(_LOAD, {"compound_id": compound_id})


def load_made(db: Database) -> pd.DataFrame:
    """Return compounds that somebody has in a vial: ``compound_id, smiles, inchikey, date``."""
    return db.query(_MADE)


def load_first_dates(db: Database) -> pd.DataFrame:
    """Return ``compound_id, date``: the first day that is known of each compound.

    Shipped, received or measured, whichever comes first; compounds without a day are left out.
    """
    return db.query(_FIRST_DATES)
