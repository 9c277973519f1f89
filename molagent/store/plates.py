"""Plates and wells: the signals as the instrument wrote them, with what stood in each well.

`write_plates` takes frames with the columns `RUN`, `PLATE`, `WELL` and `PLATE_QC` of
:mod:`molagent.store.frames`; `load_plates`, `load_wells` and `load_plate_qc` give them back.
Wells name their plate by ``run_id`` and ``barcode``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import duckdb
import numpy as np
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.arrow import Rows, as_pandas, frame_of, registered
from molagent.store.assay_protocols import resolve_assays
from molagent.store.batches import require_batches
from molagent.store.database import Database
from molagent.store.frames import PLATE, PLATE_QC, RUN, WELL
from molagent.store.sources import SourceFile, insert_rejections, register_source

__all__ = [
    "PlateReceipt",
    "load_plate_qc",
    "load_plates",
    "load_wells",
    "write_plate_qc",
    "write_plates",
]

_INSERT_RUN: Final = """
INSERT INTO run (run_id, assay_id, run_on, operator, instrument, file_id, note)
SELECT run_id, assay_id, CAST(run_on AS DATE), operator, instrument, $file_id, note
FROM run_frame WHERE run_id NOT IN (SELECT run_id FROM run)
"""
_HELD: Final = """
SELECT p.run_id, p.barcode, s.name FROM plate p JOIN plate_frame f USING (run_id, barcode)
LEFT JOIN source_file s ON s.file_id = p.file_id ORDER BY p.plate_id LIMIT 1
"""
_INSERT_PLATE: Final = """
INSERT INTO plate (run_id, barcode, n_rows, n_columns, read_order, signal_hash, file_id)
SELECT run_id, barcode, n_rows, n_columns, read_order, signal_hash, $file_id
FROM plate_frame ORDER BY ordinal
"""
# A sample's name finds its compound by its inchikey, by its id, or by an alias that stands for one
# compound only. What is not found stays a name.
_INSERT_WELL: Final = """
INSERT INTO well
    (plate_id, well_row, well_column, role, sample, compound_id, batch_id, concentration_m, signal,
     response, outlier, outlier_reason, source_row)
WITH named AS (
    SELECT alias, any_value(compound_id) AS compound_id FROM compound_alias
    WHERE $system = '' OR system = $system
    GROUP BY alias HAVING count(DISTINCT compound_id) = 1
)
SELECT
    p.plate_id, f.well_row, f.well_column, f.role, f.sample,
    coalesce(CAST(f.compound_id AS VARCHAR), b.compound_id, k.compound_id, n.compound_id),
    f.batch_id, f.concentration_m, f.signal, f.response, f.outlier, f.outlier_reason, f.source_row
FROM well_frame f
JOIN plate p ON p.run_id = f.run_id AND p.barcode = f.barcode
LEFT JOIN batch b ON b.batch_id = CAST(f.batch_id AS VARCHAR)
LEFT JOIN compound k ON substance_key(k.inchikey, k.substance) = CAST(f.inchikey AS VARCHAR)
LEFT JOIN named n ON n.alias = CAST(f.sample AS VARCHAR)
ORDER BY p.plate_id, f.well_row, f.well_column
"""
_COUNTS: Final = """
SELECT count(*), count(*) FILTER (w.role = 'sample' AND w.compound_id IS NULL)
FROM well w JOIN plate p USING (plate_id) WHERE p.file_id = ?
"""
_TWINS: Final = """
SELECT n.run_id || '/' || n.barcode, min(o.run_id || '/' || o.barcode)
FROM plate n JOIN plate o ON o.signal_hash = n.signal_hash AND o.plate_id < n.plate_id
WHERE n.file_id = ? AND n.signal_hash <> ''
GROUP BY 1 ORDER BY 1
"""
_INSERT_QC: Final = """
INSERT INTO plate_qc
    (plate_id, method, z_prime, signal_to_background, cv_pos, cv_neg, drift, n_pos, n_neg, verdict,
     reason)
SELECT p.plate_id, f.method, f.z_prime, f.signal_to_background, f.cv_pos, f.cv_neg, f.drift,
       f.n_pos, f.n_neg, f.verdict, f.reason
FROM qc_frame f JOIN plate p ON p.run_id = f.run_id AND p.barcode = f.barcode
ON CONFLICT DO NOTHING
"""
_PLATES: Final = """
SELECT p.run_id, p.barcode, a.endpoint, r.assay_id, r.run_on, r.operator, r.instrument, p.n_rows,
       p.n_columns, p.read_order, s.name AS file,
       (SELECT min(o.run_id || '/' || o.barcode) FROM plate o
        WHERE o.signal_hash = p.signal_hash AND p.signal_hash <> '' AND o.plate_id < p.plate_id)
           AS same_signals_as,
       (SELECT arg_max(q.verdict, q.computed_at) FROM plate_qc q WHERE q.plate_id = p.plate_id)
           AS verdict
FROM plate p
JOIN run r USING (run_id)
JOIN assay a USING (assay_id)
LEFT JOIN source_file s ON s.file_id = p.file_id
ORDER BY p.plate_id
"""
_WELLS: Final = """
SELECT p.run_id, p.barcode, w.well_row, w.well_column, w.role, w.signal, w.sample, w.compound_id,
       w.batch_id, w.concentration_m, w.response, w.outlier, w.outlier_reason, w.source_row
FROM well w JOIN plate p USING (plate_id)
WHERE ($run_id = '' OR p.run_id = $run_id) AND ($barcode = '' OR p.barcode = $barcode)
ORDER BY w.plate_id, w.well_row, w.well_column
"""
_QC: Final = """
SELECT p.run_id, p.barcode, q.method, q.z_prime, q.signal_to_background, q.cv_pos, q.cv_neg,
       q.drift, q.n_pos, q.n_neg, q.verdict, q.reason
FROM plate_qc q JOIN plate p USING (plate_id) ORDER BY p.plate_id, q.computed_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateReceipt:
    """What one plate file brought.

    Attributes
    ----------
    unregistered
        Sample wells whose compound the project does not know; they keep their sample's name.
    duplicates
        Plate to the earlier one with exactly the same signals, as ``run/barcode``: a plate that
        was read in twice. Both are kept.
    known
        True if the file was read the same way before: nothing changed.
    notes
        What the reader chose or left out, for people.
    """

    file_id: str
    name: str
    plates: int = 0
    wells: int = 0
    unregistered: int = 0
    duplicates: tuple[tuple[str, str], ...] = ()
    known: bool = False
    notes: tuple[str, ...] = ()


def write_plates(
    db: Database,
    source: SourceFile,
    *,
    runs: Rows,
    plates: Rows,
    wells: Rows,
    quality: "Rows | None" = None,
    rejections: "Rows | None" = None,
    alias_system: str = "",
) -> PlateReceipt:
    """Store the plates of one file in one transaction.

    Parameters
    ----------
    runs, plates, wells, quality
        Columns `RUN`, `PLATE`, `WELL` and `PLATE_QC` of :mod:`molagent.store.frames`. A run that
        the project has is gone on with.
    rejections
        Columns `molagent.store.receipts.REJECTION_COLUMNS`: the file's rows that are no well.
    alias_system
        Whose names the samples have, as ``compound_alias`` knows them; '' for anybody's.

    Returns
    -------
    PlateReceipt
        With ``known`` set, and nothing written, if the same file was stored before.

    Raises
    ------
    StoreError
        If a well's plate is missing, a run is in the project under another assay or with a plate of
        the same barcode from another file, or a row breaks a rule of its table: a well twice, an
        outlier without a reason.
    """
    run_frame = RUN.completed(as_pandas(runs))
    well_frame = WELL.completed(as_pandas(wells))
    plate_frame = PLATE.completed(as_pandas(plates)).assign(ordinal=range(len(plates)))
    keys = ["run_id", "barcode"]
    _require_plates(plate_frame[keys], well_frame[keys], place=source.name)
    hashes = _signal_hashes(well_frame)
    plate_frame["signal_hash"] = [
        hashes.get((str(run), str(code)), "")
        for run, code in zip(plate_frame["run_id"], plate_frame["barcode"], strict=True)
    ]
    file_id = {"file_id": source.file_id}
    with db.write(origin=f"plates {source.name}") as con:
        if not register_source(con, source):
            return PlateReceipt(file_id=source.file_id, name=source.name, known=True)
        require_batches(con, well_frame["batch_id"].unique(), place=source.name)
        _insert_runs(con, run_frame, source)
        with registered(con, "plate_frame", plate_frame):
            _require_new(con.execute(_HELD).fetchall(), place=source.name)
            con.execute(_INSERT_PLATE, file_id)
        with registered(con, "well_frame", well_frame):
            con.execute(_INSERT_WELL, {"system": alias_system})
        if rejections is not None:
            insert_rejections(con, rejections, file_id=source.file_id)
        if quality is not None:
            _insert_quality(con, quality)
        n_wells, unregistered = con.execute(_COUNTS, [source.file_id]).fetchall()[0]
        twins = con.execute(_TWINS, [source.file_id]).fetchall()
    return PlateReceipt(
        file_id=source.file_id,
        name=source.name,
        plates=len(plate_frame),
        wells=int(n_wells),
        unregistered=int(unregistered),
        duplicates=tuple((str(new), str(old)) for new, old in twins),
    )


def _require_new(held: Sequence[tuple[object, ...]], *, place: str) -> None:
    """Refuse plates that the project has from another file: barcodes are often 1, 2, 3."""
    for run, barcode, name in held:
        raise StoreError(
            f"run {run!r} has a plate {barcode!r} already, from {name}",
            place=place,
            remedy="give this run a name of its own: --run NAME (run_id=)",
        )


def write_plate_qc(db: Database, quality: Rows) -> int:
    """Append plate quality, columns `PLATE_QC`; a plate judged by the same method stays as it was.

    Raises
    ------
    StoreError
        If a plate is not in the project.
    """
    with db.write(origin="plate quality") as con:
        return _insert_quality(con, quality)


def load_plates(db: Database) -> pd.DataFrame:
    """Return the plates with their run and newest verdict.

    Returns
    -------
    pandas.DataFrame
        ``run_id, barcode, endpoint, assay_id, run_on, operator, instrument, n_rows, n_columns,
        read_order, file, same_signals_as, verdict``.
    """
    return db.query(_PLATES)


def load_wells(db: Database, *, run_id: str = "", barcode: str = "") -> pd.DataFrame:
    """Return wells with the columns `WELL` (less ``inchikey``), of one run or plate or of all.

    For millions of them, ``db.scan`` reads the table ``well`` batch by batch.

    Raises
    ------
    NotFoundError
        If a run or barcode was named and has no wells.
    """
    frame = db.query(_WELLS, {"run_id": run_id, "barcode": barcode})
    if frame.empty and (run_id or barcode):
        raise NotFoundError(
            "plate", f"{run_id or 'any run'}/{barcode or 'any plate'}", place=db.path.name
        )
    return frame


def load_plate_qc(db: Database) -> pd.DataFrame:
    """Return plate quality with the columns `PLATE_QC`, oldest judgement first."""
    return db.query(_QC)


def _insert_runs(con: duckdb.DuckDBPyConnection, runs: pd.DataFrame, source: SourceFile) -> None:
    names = resolve_assays(con, runs["endpoint"], place=source.name)
    frame = runs.assign(assay_id=runs["endpoint"].map(names))
    with registered(con, "run_frame", frame):
        clashes = con.execute(
            "SELECT r.run_id, r.assay_id, f.assay_id FROM run_frame f JOIN run r USING (run_id) "
            "WHERE r.assay_id <> f.assay_id"
        ).fetchall()
        for run_id, held, given in clashes:
            raise StoreError(
                f"run {run_id} is in the project as one of {held}, the file says {given}",
                place=source.name,
                remedy="give the run an id of its own",
            )
        con.execute(_INSERT_RUN, {"file_id": source.file_id})


def _insert_quality(con: duckdb.DuckDBPyConnection, quality: Rows) -> int:
    frame = PLATE_QC.completed(as_pandas(quality))
    with registered(con, "qc_frame", frame):
        missing = frame_of(
            con,
            "SELECT f.run_id, f.barcode FROM qc_frame f "
            "ANTI JOIN plate p ON p.run_id = f.run_id AND p.barcode = f.barcode",
        )
        if len(missing):
            first = missing.iloc[0]
            raise NotFoundError("plate", f"{first['run_id']}/{first['barcode']}")
        before = con.execute("SELECT count(*) FROM plate_qc").fetchall()[0][0]
        con.execute(_INSERT_QC)
        return int(con.execute("SELECT count(*) FROM plate_qc").fetchall()[0][0] - before)


def _require_plates(plates: pd.DataFrame, wells: pd.DataFrame, *, place: str) -> None:
    known = set(map(tuple, plates.astype(str).to_numpy()))
    lost = [key for key in set(map(tuple, wells.astype(str).to_numpy())) if key not in known]
    if lost:
        run, barcode = min(lost)
        raise StoreError(
            f"{len(lost)} plates have wells and no row of their own, the first is {run}/{barcode}",
            place=place,
            remedy="give every plate a row with its size",
        )


def _signal_hashes(wells: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return plate to the SHA-256 of its signals in the order of its wells, '' if none was read."""
    order = wells.sort_values(["run_id", "barcode", "well_row", "well_column"])
    hashes = {}
    for (run, barcode), part in order.groupby(["run_id", "barcode"], sort=False):
        signals = np.ascontiguousarray(part["signal"].to_numpy(dtype="<f8", na_value=np.nan))
        read = not np.isnan(signals).all()
        hashes[str(run), str(barcode)] = sha256(signals.tobytes()).hexdigest() if read else ""
    return hashes
