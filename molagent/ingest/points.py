"""Dose-response points in: one row a well, read from any file that ingest opens."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import FileFormatError, InputError
from molagent.ingest.point_columns import PointColumns, guess_points
from molagent.ingest.readers import delimited
from molagent.ingest.sources import open_table
from molagent.ingest.tables import Row, Table, column_place, width_fault
from molagent.store.receipts import REJECTION_COLUMNS
from molagent.store.sources import SourceFile
from molagent.units import MOLAR_PER_UNIT, canonical_unit

__all__ = ["CURVE_NAMES", "PointsFile", "read_points"]

# Columns that together name a curve, where a file has them.
CURVE_NAMES: Final = ("assay", "run_id", "sample", "lot")
_CARRIED: Final[dict[str, str]] = {
    "assay": "assay",
    "run": "run_id",
    "sample": "sample",
    "lot": "lot",
    "plate": "barcode",
}
_TRUE: Final = frozenset({"true", "yes", "y", "1", "x", "excluded", "outlier"})
_FALSE: Final = frozenset({"", "false", "no", "n", "0", "nan", "none"})
_MISSING: Final = frozenset({"", "na", "n/a", "nan", "nd", "none", "null", "-"})
_STRONGEST_M: Final = 0.1  # mol/L: beyond it a unit has slipped
_FRACTION: Final = 1.6
_LEAST_DOUBLED: Final = 8
_SLIP, _SLIP_WIDTH = 3.0, 0.05  # log units: uM for nM, or nM for uM


@dataclass(frozen=True, kw_only=True, eq=False)
class PointsFile:
    """A file of points, read but not stored: every row is a point, a rejection or filtered out.

    Attributes
    ----------
    points
        ``sample``, those of ``assay run_id lot barcode well_row well_column`` that the file has,
        ``concentration_m`` (mol/L), ``response`` (percent, rising), ``outlier``,
        ``outlier_reason``, ``source_row``: what ``molagent.curves.fit_curves`` takes.
    by
        The columns that name a curve.
    rejections
        ``source_row, kind, reason, raw``.
    source
        For the store.
    """

    points: pd.DataFrame
    by: tuple[str, ...]
    rejections: pd.DataFrame
    columns: PointColumns
    source: SourceFile
    notes: tuple[str, ...] = ()


def read_points(
    path: Path,
    columns: PointColumns | None = None,
    *,
    where: Mapping[str, Sequence[str]] | None = None,
) -> PointsFile:
    """Read dose-response points.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, Parquet or JSON (a vault's wells, objects flattened to ``readouts.7``).
    columns
        Guessed from the header if not given, and noted.
    where
        Rows to keep, for example ``{"assay": ["fluorescence"]}``; beside that of `columns`.

    Raises
    ------
    FileFormatError
        If the file as a whole cannot be read, or has no row that is kept.
    """
    table = open_table(Path(path))
    notes = list(table.notes)
    if columns is None:
        columns = guess_points(table.header, table.name)
        unit = columns.unit or f"column {columns.unit_column!r}"
        turned = ", turned over (100 - x)" if columns.falling else ""
        notes.append(
            f"guessed: {columns.response!r}{turned} at {columns.concentration!r} in {unit}, "
            f"compounds from {columns.sample!r}"
        )
    reader = _Reader(table, columns, {**columns.where, **(where or {})})
    reader.read()
    if not reader.rows and not reader.rejected:
        raise FileFormatError(
            "the file has no row to read" if not reader.skipped else "the filter keeps no row",
            place=table.name,
            remedy="give one row a well" if not reader.skipped else "check the filter's texts",
        )
    points = reader.frame()
    points = _scaled(points, columns, notes)
    by = tuple(name for name in CURVE_NAMES if name in points)
    points, doubled = _without_doubles(points, by)
    rejected = [*reader.rejected, *doubled]
    notes.extend(_slips(points, by))
    if doubled:
        notes.append(f"{len(doubled)} rows repeat a whole curve to the last digit: taken once")
    rejections = pd.DataFrame(rejected, columns=list(REJECTION_COLUMNS)).sort_values("source_row")
    return PointsFile(
        points=points,
        by=by,
        rejections=rejections.reset_index(drop=True),
        columns=columns,
        source=SourceFile(
            name=table.name,
            sha256=table.sha256,
            bytes=table.bytes,
            kind="points",
            n_rows=len(points) + len(rejected),
            accepted=len(points),
            rejected=len(rejected),
            mapping={**asdict(columns), "where": {k: list(v) for k, v in reader.where.items()}},
            encoding=table.encoding,
            delimiter=table.delimiter,
        ),
        notes=tuple(notes),
    )


class _Reader:
    def __init__(
        self, table: Table, columns: PointColumns, where: Mapping[str, Sequence[str]]
    ) -> None:
        self._table = table
        self._columns = columns
        self.where = where
        places = {
            role: column_place(table.header, str(title), place=table.name)
            for role, title in asdict(columns).items()
            if title and role not in ("unit", "falling", "scale", "first_well", "where")
        }
        self._places = places
        self._filters = [
            (column_place(table.header, title, place=table.name), frozenset(texts))
            for title, texts in where.items()
        ]
        self.rows: list[dict[str, object]] = []
        self.rejected: list[tuple[int, str, str, str]] = []
        self.skipped = 0

    def read(self) -> None:
        for row in self._table.records():
            if any(_cell(row, place) not in texts for place, texts in self._filters):
                self.skipped += 1
                continue
            try:
                self.rows.append(self._point(row))
            except _RefusedRowError as refused:
                raw = delimited(row.cells, self._table.delimiter or ",")
                self.rejected.append((row.number, refused.kind, refused.reason, raw))

    def frame(self) -> pd.DataFrame:
        frame = pd.DataFrame(self.rows)
        if frame.empty:
            return pd.DataFrame(columns=["sample", "concentration_m", "response", "source_row"])
        return frame

    def _text(self, row: Row, role: str) -> str:
        place = self._places.get(role)
        return "" if place is None else _cell(row, place)

    def _point(self, row: Row) -> dict[str, object]:
        if fault := row.fault or width_fault(row.cells, len(self._table.header)):
            raise _RefusedRowError("row", fault)
        if not self._text(row, "sample"):
            raise _RefusedRowError("structure", "no compound: a control well")
        point: dict[str, object] = {
            name: self._text(row, role) for role, name in _CARRIED.items() if role in self._places
        }
        point["concentration_m"] = self._concentration(row)
        response = self._number(row, "response")
        point["response"] = response
        aside = self._outlier(row)
        point |= {"outlier": aside, "outlier_reason": "set aside in the source" if aside else ""}
        for role in ("well_row", "well_column"):
            if role in self._places:
                point[role] = int(self._number(row, role)) + 1 - self._columns.first_well
        point["source_row"] = row.number
        return point

    def _concentration(self, row: Row) -> float:
        unit = self._columns.unit or self._text(row, "unit_column")
        try:
            factor = MOLAR_PER_UNIT[canonical_unit(unit)]
        except InputError as error:
            raise _RefusedRowError("unit", error.message) from error
        molar = self._number(row, "concentration") * factor
        if molar <= 0:
            raise _RefusedRowError("value", "the concentration is zero or below: a control well")
        if molar > _STRONGEST_M:
            raise _RefusedRowError("unit", f"a concentration of {molar:g} mol/L: check the unit")
        return molar

    def _number(self, row: Row, role: str) -> float:
        text = self._text(row, role)
        words = getattr(self._columns, role)
        if text.lower() in _MISSING:
            raise _RefusedRowError("value", f"{words!r} is empty")
        try:
            value = float(text.rstrip("%").strip())
        except ValueError:
            value = np.nan
        if not np.isfinite(value):
            raise _RefusedRowError("value", f"{words!r} is {text!r}, not a number")
        return value

    def _outlier(self, row: Row) -> bool:
        text = self._text(row, "outlier").lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        raise _RefusedRowError("value", f"{self._columns.outlier!r} is {text!r}, not yes or no")


class _RefusedRowError(Exception):
    """Why one row is no point; caught in this module."""

    def __init__(self, kind: str, reason: str) -> None:
        self.kind = kind
        self.reason = reason
        super().__init__(reason)


def _cell(row: Row, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""


def _scaled(points: pd.DataFrame, columns: PointColumns, notes: list[str]) -> pd.DataFrame:
    if points.empty:
        return points
    response = points["response"].to_numpy(dtype=float)
    scale = columns.scale
    if scale == "auto":
        most = float(np.quantile(np.abs(response), 0.99))
        scale = "fraction" if most <= _FRACTION and np.ptp(response) > 0 else "percent"
        if scale == "fraction":
            notes.append(f"responses reach {most:.2f} and were read as fractions, times 100")
    if scale == "fraction":
        response = 100.0 * response
    return points.assign(response=100.0 - response if columns.falling else response)


def _slips(points: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Return a note on curves that were tested at a thousand times the others' concentrations."""
    if points.empty:
        return []
    tops = points.groupby(list(by), dropna=False)["concentration_m"].max()
    off = np.log10(tops / tops.median())
    notes = []
    for words, slipped in (
        ("1,000 times", tops[(off - _SLIP).abs() < _SLIP_WIDTH]),
        ("a thousandth of", tops[(off + _SLIP).abs() < _SLIP_WIDTH]),
    ):
        if len(slipped):
            key = slipped.index[0]
            name = key[by.index("sample")] if isinstance(key, tuple) else key
            notes.append(
                f"{len(slipped)} of {len(tops)} curves, {name!r} first, were tested at {words} "
                "the others' concentrations: check uM against nM"
            )
    return notes


def _without_doubles(
    points: pd.DataFrame, by: Sequence[str]
) -> tuple[pd.DataFrame, list[tuple[int, str, str, str]]]:
    """Take a curve that stands in the file twice, number for number, once.

    Replicates differ in the last digits that an instrument writes; a copied block does not.
    """
    if points.empty:
        return points, []
    pair = ["concentration_m", "response"]
    again = points.duplicated([*by, *pair])
    if not again.any():
        return points, []
    sizes = points.groupby([*by, *pair], dropna=False).size()
    curves = sizes.groupby(list(by), dropna=False)
    whole = (curves.min() > 1) & (curves.sum() >= _LEAST_DOUBLED)
    names = {key if isinstance(key, tuple) else (key,) for key in whole.index[whole]}
    copied = again & np.array(
        [key in names for key in points[list(by)].itertuples(index=False, name=None)]
    )
    refused = [
        (int(row), "duplicate", "the curve stands in the file twice, number for number", "")
        for row in points.loc[copied, "source_row"]
    ]
    return points[~copied].reset_index(drop=True), refused
