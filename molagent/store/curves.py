"""Dose-response curves and the points they were drawn through.

`write_curves` takes frames with the columns `CURVE` and `CURVE_POINT` of
:mod:`molagent.store.frames`, as ``CurveFits.stored`` gives them; `load_curves` and
`load_curve_points` give them back. ``curve`` is any key that ties points to their curve; the store
gives a number of its own, ``curve_id``.
"""

from dataclasses import dataclass
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.arrow import Rows, as_pandas, frame_of, registered
from molagent.store.assay_protocols import resolve_assays, version_name
from molagent.store.batches import require_batches
from molagent.store.curve_reports import report_curves
from molagent.store.database import Database
from molagent.store.frames import CURVE, CURVE_POINT
from molagent.store.sources import SourceFile, insert_rejections, register_source

__all__ = ["CurveReceipt", "load_curve_points", "load_curves", "write_curves"]

_NAMED: Final = """
SELECT f.* EXCLUDE (compound_id, inchikey), c.compound_id,
       substance_key(c.inchikey, c.substance) AS inchikey, c.smiles
FROM curve_frame f
LEFT JOIN batch b ON b.batch_id = CAST(f.batch_id AS VARCHAR)
LEFT JOIN compound k ON substance_key(k.inchikey, k.substance) = CAST(f.inchikey AS VARCHAR)
LEFT JOIN compound c
    ON c.compound_id = coalesce(CAST(f.compound_id AS VARCHAR), b.compound_id, k.compound_id)
ORDER BY f.ordinal
"""
# The same points fitted the same way are the same curve.
_NEW: Final = """
SELECT n.* FROM named_frame n
WHERE NOT EXISTS (
    SELECT 1 FROM curve c
    WHERE c.file_id = $file_id AND c.source_row IS NOT DISTINCT FROM n.source_row
      AND c.assay_id = n.assay_id AND c.compound_id = n.compound_id
      AND c.batch_id IS NOT DISTINCT FROM n.batch_id AND c.run_id IS NOT DISTINCT FROM n.run_id
      AND c.method = n.method AND c.method_version = n.method_version
      AND CAST(c.settings AS VARCHAR) = n.settings
)
ORDER BY n.ordinal
"""
_NUMBER: Final = "SELECT nextval('curve_seq') AS curve_id FROM range($n)"
_PARAMETERS: Final = ", ".join(
    f"{name}{part}"
    for name in ("bottom", "top", "p_ac50", "hill")
    for part in ("", "_se", "_locked")
)
_OTHERS: Final = (
    "p_ac50_low, p_ac50_high, p_value, p_relation, p_relative, p_absolute, half_effect, r2, rmse, "
    "curve_class, n_points, n_outliers, method, method_version, settings, note, source_row"
)
_INSERT_CURVE: Final = f"""
INSERT INTO curve
    (curve_id, assay_id, compound_id, batch_id, run_id, result_id, {_PARAMETERS}, {_OTHERS},
     file_id)
SELECT curve_id, assay_id, compound_id, batch_id, run_id, result_id, {_PARAMETERS}, {_OTHERS},
       $file_id
FROM new_frame ORDER BY curve_id
"""  # noqa: S608 - of the names above, never of a caller's text
_INSERT_POINT: Final = """
INSERT INTO curve_point
    (curve_id, ordinal, concentration_m, response, weight, outlier, outlier_reason, plate_id,
     well_row, well_column, source_row)
SELECT n.curve_id, f.ordinal, f.concentration_m, f.response, f.weight, f.outlier,
       f.outlier_reason, p.plate_id, f.well_row, f.well_column, f.source_row
FROM point_frame f
JOIN new_frame n ON n.curve = f.curve
LEFT JOIN plate p ON p.barcode = CAST(f.barcode AS VARCHAR) AND p.run_id = n.run_id
ORDER BY n.curve_id, f.ordinal
"""
# A point that names a well must find it: its signal is the number's origin.
_LOST_WELLS: Final = """
SELECT n.run_id, f.barcode, f.well_row, f.well_column
FROM point_frame f
JOIN new_frame n ON n.curve = f.curve
LEFT JOIN plate p ON p.barcode = CAST(f.barcode AS VARCHAR) AND p.run_id = n.run_id
LEFT JOIN well w ON w.plate_id = p.plate_id AND w.well_row = f.well_row
                AND w.well_column = f.well_column
WHERE f.barcode IS NOT NULL AND w.plate_id IS NULL
ORDER BY ALL LIMIT 1
"""
# A further fit of the same points takes the earlier one's place.
_SUPERSEDE: Final = """
UPDATE curve SET superseded_by = n.curve_id
FROM new_frame n
WHERE curve.file_id = $file_id AND curve.source_row IS NOT DISTINCT FROM n.source_row
  AND curve.assay_id = n.assay_id AND curve.compound_id = n.compound_id
  AND curve.batch_id IS NOT DISTINCT FROM n.batch_id AND curve.run_id IS NOT DISTINCT FROM n.run_id
  AND curve.curve_id <> n.curve_id AND curve.superseded_by IS NULL
"""
_CURVES: Final = f"""
SELECT c.curve_id, a.endpoint, c.assay_id, c.compound_id, k.smiles, c.batch_id, c.run_id,
       c.result_id, {", ".join(f"c.{name}" for name in _PARAMETERS.split(", "))},
       {", ".join(f"c.{name}" for name in _OTHERS.split(", "))}, c.superseded_by, s.name AS file
FROM curve c
JOIN assay a USING (assay_id)
JOIN compound k USING (compound_id)
LEFT JOIN source_file s ON s.file_id = c.file_id
WHERE ($endpoint = '' OR a.endpoint = $endpoint OR c.assay_id = $endpoint)
  AND ($compound_id = '' OR c.compound_id = $compound_id)
  AND ($superseded OR c.superseded_by IS NULL)
ORDER BY c.curve_id
"""  # noqa: S608
_POINTS: Final = """
SELECT o.curve_id AS curve, o.ordinal, o.concentration_m, o.response, o.weight, o.outlier,
       o.outlier_reason, p.barcode, o.well_row, o.well_column, o.source_row
FROM curve_point o LEFT JOIN plate p USING (plate_id)
WHERE $curve_ids IS NULL OR list_contains($curve_ids, o.curve_id)
ORDER BY o.curve_id, o.ordinal
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveReceipt:
    """What one set of fits brought.

    Attributes
    ----------
    curves, points
        Written now.
    known
        Curves that were there: the same points, fitted the same way.
    refitted
        Earlier curves of the same points whose place the new ones took.
    reported
        Results written from the curves; those that a refit corrected count too.
    """

    curves: int = 0
    points: int = 0
    known: int = 0
    refitted: int = 0
    reported: int = 0


def write_curves(
    db: Database,
    source: SourceFile,
    curves: Rows,
    points: Rows,
    *,
    rejections: "Rows | None" = None,
    report: bool = False,
) -> CurveReceipt:
    """Store fitted curves with their points in one transaction.

    The same fit a second time changes nothing. Another fit of the same points (another method,
    version or setting) is kept beside the earlier one and supersedes it.

    Parameters
    ----------
    source
        The file that the points are from.
    curves, points
        Columns `CURVE` and `CURVE_POINT` of :mod:`molagent.store.frames`. A curve is of the
        newest version of its endpoint's protocol unless it names an ``assay_id``. It names its
        compound by ``compound_id``, ``inchikey`` or ``batch_id``; ``source_row`` is its first
        point's.
    rejections
        Columns `molagent.store.receipts.REJECTION_COLUMNS`: the file's rows that are no point.
    report
        Write the curves' ``p_value`` with ``p_relation`` as results of the endpoint too, with
        their curve as the origin. A refit then corrects the result of the earlier fit.

    Raises
    ------
    StoreError
        If a compound is not registered, a point's curve is missing, or a reported curve has no
        source row.
    """
    curve_frame = CURVE.completed(as_pandas(curves)).assign(ordinal=range(len(curves)))
    point_frame = _with_ordinals(CURVE_POINT.completed(as_pandas(points)), curve_frame, source.name)
    if curve_frame.empty:
        return CurveReceipt()
    file_id = {"file_id": source.file_id}
    with db.write(origin=f"curves {source.name}") as con:
        if register_source(con, source) and rejections is not None:
            insert_rejections(con, rejections, file_id=source.file_id)
        named = _named(con, curve_frame, source)
        with registered(con, "named_frame", named):
            fresh = frame_of(con, _NEW, file_id)
        if fresh.empty:
            return CurveReceipt(known=len(named))
        fresh["curve_id"] = frame_of(con, _NUMBER, {"n": len(fresh)})["curve_id"]
        reported = report_curves(con, fresh, source) if report else 0
        with registered(con, "new_frame", fresh), registered(con, "point_frame", point_frame):
            _require_wells(con, source)
            con.execute(_INSERT_CURVE, file_id)
            con.execute(_INSERT_POINT)
            refitted = _count(con, "curve", "superseded_by IS NOT NULL")
            con.execute(_SUPERSEDE, file_id)
            refitted = _count(con, "curve", "superseded_by IS NOT NULL") - refitted
            n_points = con.execute(
                "SELECT count(*) FROM curve_point JOIN new_frame USING (curve_id)"
            ).fetchall()[0][0]
    return CurveReceipt(
        curves=len(fresh),
        points=int(n_points),
        known=len(named) - len(fresh),
        refitted=refitted,
        reported=reported,
    )


def load_curves(
    db: Database, endpoint: str = "", *, compound_id: str = "", superseded: bool = False
) -> pd.DataFrame:
    """Return curves with their parameters, of one endpoint (or assay) or compound, or all.

    Parameters
    ----------
    superseded
        Also those whose place a refit took.

    Returns
    -------
    pandas.DataFrame
        ``curve_id, endpoint, assay_id, compound_id, smiles, batch_id, run_id, result_id``, the
        parameters and the rest of `CURVE`, ``superseded_by, file``.
    """
    return db.query(
        _CURVES,
        {"endpoint": endpoint, "compound_id": compound_id, "superseded": superseded},
    )


def load_curve_points(db: Database, curve_ids: list[int] | None = None) -> pd.DataFrame:
    """Return the points of some curves or of all, with the columns `CURVE_POINT` and ``ordinal``.

    Raises
    ------
    NotFoundError
        If a curve was named and has no points.
    """
    ids = None if curve_ids is None else [int(number) for number in curve_ids]
    frame = db.query(_POINTS, {"curve_ids": ids})
    missing = sorted(set(ids or ()) - set(frame["curve"].tolist()))
    if missing:
        raise NotFoundError("curve", str(missing[0]), place=db.path.name)
    return frame


def _named(
    con: duckdb.DuckDBPyConnection, curves: pd.DataFrame, source: SourceFile
) -> pd.DataFrame:
    require_batches(con, curves["batch_id"], place=source.name)
    exact = curves["assay_id"].map(version_name, na_action="ignore")
    names = exact.where(exact.notna(), curves["endpoint"])
    assays = resolve_assays(con, names, place=source.name)
    with registered(con, "curve_frame", curves.assign(assay_id=names.map(assays))):
        named = frame_of(con, _NAMED)
    lost = named[named["compound_id"].isna()]
    if len(lost):
        raise StoreError(
            f"{len(lost)} curves are of compounds that are not registered, the first is curve "
            f"{lost['curve'].iloc[0]}",
            place=source.name,
            remedy="register the compounds or batches first",
        )
    return named


def _require_wells(con: duckdb.DuckDBPyConnection, source: SourceFile) -> None:
    for run_id, barcode, row, column in con.execute(_LOST_WELLS).fetchall():
        raise StoreError(
            f"a curve's point names well {row}/{column} of plate {barcode} in run {run_id}, which "
            "the project does not have",
            place=source.name,
            remedy="store the plates first, or leave out barcode",
        )


def _with_ordinals(points: pd.DataFrame, curves: pd.DataFrame, place: str) -> pd.DataFrame:
    lost = set(points["curve"]) - set(curves["curve"])
    if lost:
        raise StoreError(
            f"{len(lost)} curves have points and no row of their own, the first is "
            f"{min(lost, key=str)}",
            place=place,
            remedy="give every curve a row, also where nothing could be fitted",
        )
    if curves["curve"].duplicated().any():
        twice = curves.loc[curves["curve"].duplicated(), "curve"].iloc[0]
        raise StoreError(f"curve {twice} comes twice", place=place, remedy="give each its own key")
    return points.assign(ordinal=points.groupby("curve", sort=False).cumcount() + 1)


def _count(con: duckdb.DuckDBPyConnection, table: str, where: str) -> int:
    sql = f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 - of names in this file
    return int(con.execute(sql).fetchall()[0][0])
