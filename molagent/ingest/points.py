"""Dose-response points in: one row a well, read from any file that ingest opens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import FileFormatError
from molagent.ingest.intake import read_data
from molagent.ingest.layouts import Layout, load_layout
from molagent.ingest.readouts import Well
from molagent.ingest.well_guessing import guess_points
from molagent.store.receipts import REJECTION_COLUMNS
from molagent.store.sources import SourceFile

__all__ = ["CURVE_NAMES", "PointsFile", "read_points"]

# Columns that together name a curve, where a file has them.
CURVE_NAMES: Final = ("assay", "run_id", "sample", "lot")
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
    layout: Layout
    source: SourceFile
    notes: tuple[str, ...] = ()


def read_points(
    path: Path,
    layout: Layout | str | Path | None = None,
    *,
    where: Mapping[str, Sequence[str]] | None = None,
    **options: str,
) -> PointsFile:
    """Read dose-response points.

    Parameters
    ----------
    path
        CSV, TSV, XLSX, Parquet or JSON (a vault's wells, objects flattened to ``readouts.7``).
    layout
        One of a table of points, or the TOML file of one; guessed from the header if not given,
        and noted.
    where
        Rows to keep, for example ``{"assay": ["fluorescence"]}``; beside those of `layout`.
    options
        ``decimal`` (``.`` or ``,``), ``sheet`` and ``delimiter``, see :class:`Layout`.

    Raises
    ------
    FileFormatError
        If the file as a whole cannot be read, or has no row that is kept.
    ConfigError
        If the layout is of another table.
    """

    def kept(given: Layout) -> Layout:
        texts = {title: tuple(some) for title, some in (where or {}).items()}
        return given.model_copy(update={"keep": {**given.keep, **texts}})

    def guess(header: Sequence[str], file_name: str) -> tuple[Layout, str]:
        found, note = guess_points(header, file_name)
        return kept(found), note

    if layout is not None and not isinstance(layout, Layout):
        layout = load_layout(layout)
    given = None if layout is None else kept(layout)
    intake = read_data(path, given, guess=guess, **options)  # type: ignore[arg-type]
    wells, rejected = intake.well_rows("points")
    if wells.empty and not rejected:
        raise FileFormatError(
            "the filter keeps no row", place=intake.table.name, remedy="check the filter's texts"
        )
    notes = list(intake.notes)
    points = _scaled(wells, intake.layout.well or Well(), notes)
    by = tuple(name for name in CURVE_NAMES if name in points)
    points, doubled = _without_doubles(points, by)
    notes.extend(_slips(points, by))
    if doubled:
        notes.append(f"{len(doubled)} rows repeat a whole curve to the last digit: taken once")
    rejections = pd.DataFrame([*rejected, *doubled], columns=list(REJECTION_COLUMNS))
    return PointsFile(
        points=points,
        by=by,
        rejections=rejections.sort_values("source_row").reset_index(drop=True),
        layout=intake.layout,
        source=SourceFile(
            name=intake.table.name,
            sha256=intake.table.sha256,
            bytes=intake.table.bytes,
            kind=intake.layout.kind,
            n_rows=len(points) + len(rejections),
            accepted=len(points),
            rejected=len(rejections),
            mapping=intake.mapping,
            encoding=intake.table.encoding,
            delimiter=intake.table.delimiter,
        ),
        notes=tuple(notes),
    )


def _scaled(points: pd.DataFrame, well: Well, notes: list[str]) -> pd.DataFrame:
    if points.empty:
        return points
    response = points["response"].to_numpy(dtype=float)
    scale = well.scale
    if scale == "auto":
        most = float(np.quantile(np.abs(response), 0.99))
        scale = "fraction" if most <= _FRACTION and np.ptp(response) > 0 else "percent"
        if scale == "fraction":
            notes.append(f"responses reach {most:.2f} and were read as fractions, times 100")
    if scale == "fraction":
        response = 100.0 * response
    return points.assign(response=100.0 - response if well.falling else response)


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
