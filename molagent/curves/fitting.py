"""Dose-response curves: points in, parameters with their errors and a reportable value out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from molagent.curves.classes import classify
from molagent.curves.logistic import (
    BOTTOM,
    HILL,
    P_AC50,
    PARAMETERS,
    TOP,
    half_way,
    solve,
    starts,
)
from molagent.curves.outliers import find_outliers
from molagent.curves.plateaus import LEAST_DOSES, falling, plateaus_refuted, strays_below
from molagent.curves.precision import parameter_columns
from molagent.curves.rules import CurveRules
from molagent.curves.series import Series, series
from molagent.records import BoolArray, FloatArray

__all__ = ["CurveFits", "fit_curves"]

_CHUNK: Final = 2048
_NAMES: Final = frozenset({"compound_id", "inchikey", "batch_id", "run_id", "source_row"})
_STORED_CURVE: Final = _NAMES | {
    *("curve", "endpoint", "assay_id", "p_ac50_low", "p_ac50_high", "p_value", "p_relation"),
    *("r2", "rmse", "curve_class", "n_points", "n_outliers", "method", "method_version"),
    *("settings", "note", "p_relative", "p_absolute", "half_effect"),
    *(f"{name}{part}" for name in PARAMETERS for part in ("", "_se", "_locked")),
}
_STORED_POINT: Final = frozenset(
    {"curve", "concentration_m", "response", "weight", "outlier", "outlier_reason", "barcode"}
    | {"well_row", "well_column", "source_row"}
)
_BEYOND: Final = 3.0  # log units that an AC50 may lie outside the tested range


@dataclass(frozen=True, slots=True)
class CurveFits:
    """Fitted curves and the points they were drawn through.

    Attributes
    ----------
    curves
        One row a curve: the naming columns and ``curve``, a number that the points repeat; then
        ``bottom``, ``top`` (percent), ``p_ac50`` (-log10 mol/L) and ``hill``, each with ``_se`` and
        ``_locked``; the 95 % interval ``p_ac50_low``, ``p_ac50_high``; what may be reported,
        ``p_value`` with ``p_relation``, both empty where nothing may; ``r2``, ``rmse`` (percent),
        ``curve_class``, ``n_points``, ``n_outliers``, ``method``, ``method_version``, ``settings``
        (JSON), ``note``; and
        ``p_lowest``, ``p_highest``, the ends of the tested range on the p scale,
        ``replicate_sd`` (percent); ``misfit_p``, the chance of so bad a fit from replicate noise;
        ``free_top`` and ``free_bottom`` where the points refute a locked asymptote;
        ``p_relative``, half of the curve's own way, and ``p_absolute``, 50 % between the controls
        (NaN where it is never reached), of the curve that the points do not refute;
        ``half_effect``, which of them ``p_value`` is: ``relative``, ``absolute``, ``either`` where
        they are the same, '' where nothing is reported; and ``p_ac50_all_points`` where the rules
        set points aside.
    points
        The given rows in their order with ``ordinal``, ``weight`` (the robust fit's, 0 to 1),
        ``outlier`` and ``outlier_reason``. Nothing is deleted.
    """

    curves: pd.DataFrame
    points: pd.DataFrame

    def stored(self, endpoint: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return curves and points with the columns that the store keeps.

        Parameters
        ----------
        endpoint
            What the curves measure, for example ``mpro_pic50``.

        Returns
        -------
        tuple
            Curves with ``curve`` and ``endpoint``, and points with ``curve``; of the given columns
            those that a store knows (compound, batch, run, plate, well, source row).
        """
        curves = self.curves.assign(endpoint=endpoint)
        return (
            curves[[name for name in curves if name in _STORED_CURVE]],
            self.points[[name for name in self.points if name in _STORED_POINT]],
        )


def fit_curves(
    points: pd.DataFrame, by: Sequence[str], rules: CurveRules | None = None
) -> CurveFits:
    """Fit every curve of a frame.

    Parameters
    ----------
    points
        ``concentration_m`` (mol/L), ``response`` (percent, rising), the columns `by`; ``outlier``
        and ``outlier_reason`` where points were set aside before, which holds.
    by
        Columns that together name a curve, for example ``["sample", "batch"]``.
    rules
        What is locked; by default both asymptotes, unless a plateau refutes the top.

    Raises
    ------
    InputError
        If a column is missing or a concentration is zero or below.
    """
    rules = rules or CurveRules()
    whole = series(points, by)
    parts = [
        _fit(whole.part(slice(start, start + _CHUNK)), rules)
        for start in range(0, len(whole.keys), _CHUNK)
    ]
    curves = pd.concat([whole.keys, *_stacked([part.columns for part in parts])], axis=1)
    # A column that is named both as a curve's key and by the store keeps its one meaning.
    named = curves if "curve" in by else curves.assign(curve=np.arange(len(curves)))
    for name in sorted(_NAMES - set(by)):
        if name in points and whole.rows.size:
            named[name] = points[name].to_numpy()[whole.rows[:, 0]]
    return CurveFits(named, _marked(points, whole, parts))


@dataclass(frozen=True, slots=True)
class _FitPart:
    """Some curves, ``n``, and of their points, ``n x m``, what was set aside by which rule."""

    columns: pd.DataFrame
    flagged: BoolArray
    weight: FloatArray
    fell: BoolArray


def _fit(points: Series, rules: CurveRules) -> _FitPart:
    fell = falling(points, points.usable, rules)
    used = points.usable & ~fell
    enough = _enough(points, used, rules)
    nowhere = np.zeros(len(used), dtype=bool)
    bounds = _bounds(points, rules, nowhere, nowhere)
    first = _least_squares(points, used, bounds)
    opened, free_top, free_bottom = _opened(points, used, first, enough, rules)
    refuted = free_top | free_bottom
    if rules.frees_refuted:
        bounds = _bounds(points, rules, free_top, free_bottom)
        first = np.where(refuted[:, None], opened, first)
    flagged = np.zeros_like(used)
    weight = np.where(used, 1.0, np.nan)
    if rules.outliers:
        flagged, weight = find_outliers(points, used, first, bounds, rules)
        flagged[~enough] = False
    kept = used & ~flagged
    parameters = solve(points.p_concentration, points.response, kept.astype(float), first, bounds)
    columns = parameter_columns(points, kept, parameters, bounds, rules)
    for name in ("top", "bottom"):
        columns[f"{name}_locked"] = (bounds[0] == bounds[1])[:, PARAMETERS[name]]
    columns["n_points"] = points.read.sum(axis=1)
    columns["n_outliers"] = (points.read & (points.excluded | fell | flagged)).sum(axis=1)
    columns["refuted"] = refuted
    columns["free_top"] = np.where(free_top, opened[:, TOP], np.nan)
    columns["free_bottom"] = np.where(free_bottom, opened[:, BOTTOM], np.nan)
    if not rules.frees_refuted:
        parameters = np.where(refuted[:, None], opened, parameters)
    columns["p_relative"] = parameters[:, P_AC50]
    columns["p_absolute"] = half_way(parameters)
    columns["p_ac50_all_points"] = _with_all(points, kept, bounds)
    bell: BoolArray = fell.sum(axis=1) > 0
    columns = classify(columns, points, kept, enough, bell, rules)
    return _FitPart(columns.drop(columns="refuted"), flagged, weight, fell)


def _opened(
    points: Series, used: BoolArray, first: FloatArray, enough: BoolArray, rules: CurveRules
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return each curve with the locked asymptotes fitted that its points refute, and which.

    First the top alone; then the bottom beside it; then both at once, for a curve from 30 to 60 %
    shows neither plateau while the other is held.
    """
    nowhere = np.zeros(len(used), dtype=bool)
    opened, free_top, free_bottom = first, nowhere, nowhere
    if rules.top is not None:
        bounds = _bounds(points, rules, ~nowhere, nowhere)
        freed = _least_squares(points, used, bounds)
        free_top = enough & plateaus_refuted(points, used, first, freed, bounds, rules)
        opened = np.where(free_top[:, None], freed, first)
    if rules.bottom is None:
        return opened, free_top, free_bottom
    for places in ((BOTTOM,), (TOP, BOTTOM)):
        asked = enough & ~free_bottom & strays_below(points, used, rules)
        if TOP in places:
            asked &= ~free_top if rules.top is not None else False
        if not asked.any():
            continue
        some, of = points.part(asked), used[asked]
        released = free_top[asked] | (TOP in places)
        bounds = _bounds(some, rules, released, np.ones(len(of), dtype=bool))
        freed = _least_squares(some, of, bounds)
        found = plateaus_refuted(some, of, opened[asked], freed, bounds, rules, places)
        rows = np.flatnonzero(asked)[found]
        opened, free_bottom = opened.copy(), free_bottom.copy()
        opened[rows], free_bottom[rows] = freed[found], True
        if TOP in places:
            free_top = free_top.copy()
            free_top[rows] = True
    return opened, free_top, free_bottom


def _with_all(points: Series, kept: BoolArray, bounds: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return p_ac50 with what the rules, not people, set aside; NaN where they did not."""
    everything = points.usable
    changed: BoolArray = (everything & ~kept).sum(axis=1) > 0
    value = np.full(len(kept), np.nan)
    if changed.any():
        some = points.part(changed)
        bound = (bounds[0][changed], bounds[1][changed])
        value[changed] = _least_squares(some, some.usable, bound)[:, P_AC50]
    return value


def _enough(points: Series, used: BoolArray, rules: CurveRules) -> BoolArray:
    _, count, _ = points.dose_means(used)
    free = 4 - sum(rules.locked.values())
    enough: BoolArray = ((count > 0).sum(axis=1) >= LEAST_DOSES) & (used.sum(axis=1) > free)
    return enough


def _bounds(
    points: Series, rules: CurveRules, free_top: BoolArray, free_bottom: BoolArray
) -> tuple[FloatArray, FloatArray]:
    low = np.empty((len(free_top), 4))
    high = np.empty((len(free_top), 4))
    x = np.where(points.read, points.p_concentration, np.nan)
    empty = ~points.read.any(axis=1)
    x[empty] = 0.0
    low[:, P_AC50], high[:, P_AC50] = np.nanmin(x, axis=1) - _BEYOND, np.nanmax(x, axis=1) + _BEYOND
    for name in ("hill", "top", "bottom"):
        value, place = getattr(rules, name), PARAMETERS[name]
        span = getattr(rules, f"{name}_bounds") if value is None else (value, value)
        low[:, place], high[:, place] = span
    low[free_top, TOP], high[free_top, TOP] = rules.top_bounds
    low[free_bottom, BOTTOM], high[free_bottom, BOTTOM] = rules.bottom_bounds
    return low, high


def _least_squares(
    points: Series, used: BoolArray, bounds: tuple[FloatArray, FloatArray]
) -> FloatArray:
    low, high = bounds
    fixed = np.where(low == high, low, np.nan)
    some = used.any(axis=1)
    start = np.clip(np.nan_to_num(fixed), low, high)
    if some.any():
        start[some] = starts(
            points.p_concentration[some], points.response[some], used[some], fixed[some]
        )
    # A perfect step has no finite slope of its own: begin at one the rules allow.
    start[:, HILL] = np.clip(start[:, HILL], low[:, HILL], high[:, HILL])
    return solve(points.p_concentration, points.response, used.astype(float), start, bounds)


def _stacked(frames: list[pd.DataFrame]) -> list[pd.DataFrame]:
    return [pd.concat(frames, ignore_index=True)] if frames else []


def _marked(
    points: pd.DataFrame,
    whole: Series,
    parts: Sequence[_FitPart],
) -> pd.DataFrame:
    """Return the points with what was found of them."""
    marked = points.copy()
    there = whole.rows >= 0
    rows = whole.rows[there]
    ordinal = np.broadcast_to(np.arange(whole.rows.shape[1]), whole.rows.shape)[there]
    weight = np.full(len(points), np.nan)
    reason = np.full(len(points), "", dtype=object)
    numbers = np.zeros(len(points), dtype=int)
    numbers[rows] = ordinal
    if parts:
        flagged = np.concatenate([part.flagged for part in parts])[there]
        weight[rows] = np.concatenate([part.weight for part in parts])[there]
        fell = np.concatenate([part.fell for part in parts])[there]
        reason[rows[fell]] = "the response falls beyond its maximum"
        reason[rows[flagged]] = "far from the curve and from its replicates"
    given = whole.excluded[there]
    if given.any():
        texts = points.get("outlier_reason", pd.Series("", index=points.index))
        stated = texts.fillna("").astype(str).to_numpy()
        reason[rows[given]] = np.where(
            stated[rows[given]] == "", "set aside in the source", stated[rows[given]]
        )
    if "curve" not in whole.keys:
        curve = np.zeros(len(points), dtype=int)
        curve[rows] = np.broadcast_to(np.arange(len(whole.rows))[:, None], whole.rows.shape)[there]
        marked["curve"] = curve
    marked["ordinal"] = numbers
    marked["weight"] = weight
    marked["outlier"] = reason != ""
    marked["outlier_reason"] = reason.astype(str)
    return marked
