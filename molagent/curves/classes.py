"""What a fitted curve is, in words, and what may be reported from it."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import f as fisher

from molagent.curves.rules import CurveRules
from molagent.curves.series import Series
from molagent.records import BoolArray, FloatArray

__all__ = ["CLASSES", "classify"]

CLASSES: Final[dict[str, str]] = {
    "full": "half effect within the tested range, and the response comes near its top",
    "incomplete": "half effect within the tested range, the top out of it",
    "partial": "levels off elsewhere than at the top or bottom that the controls set",
    "bell-shaped": "rises, then falls at high concentration; fitted without the fall",
    "single point": "only the highest concentration responds",
    "weak": "half effect is beyond the highest concentration",
    "potent": "half effect is below the lowest concentration",
    "inactive": "no concentration responds",
    "no fit": "too few points, or points that no curve describes",
}

_NEAR_TOP: Final = 0.8
_STEEP, _SHALLOW = 3.0, 0.5
_DEPENDS: Final = 0.01
_DESCRIBES: Final = 0.5
_MISFIT: Final = 1e-3
_QUIET: Final = 2.0  # times the least response: what noise alone may reach
_SAME_PLACE: Final = 0.005  # log units: the third digit of a concentration
_SHIFT: Final = 0.1  # log units: half the scatter of replicate measurements


def classify(
    columns: pd.DataFrame,
    points: Series,
    kept: BoolArray,
    enough: BoolArray,
    fell: BoolArray,
    rules: CurveRules,
) -> pd.DataFrame:
    """Add ``curve_class``, ``p_value``, ``p_relation``, ``note`` and the tested range.

    A half effect beyond the tested range is a bound, not a value: an extrapolated IC50 of 240 uM
    from doses up to 99 uM is reported as ``> 99 uM``, on the p scale ``<``.
    """
    means, _, _ = points.dose_means(kept)
    places = np.where(np.isnan(means), np.nan, points.dose_places())
    nothing: BoolArray = np.isnan(places).sum(axis=1) == places.shape[1]
    places = np.where(nothing[:, None], 0.0, places)
    p_highest, p_lowest = np.nanmin(places, axis=1), np.nanmax(places, axis=1)
    share = _share_reached(columns, p_highest)
    known = np.where(np.isnan(means), -np.inf, means)
    depends = _depends(columns, kept, rules)
    described = columns["r2"].to_numpy() >= _DESCRIBES
    refuted = columns["refuted"].to_numpy()
    p_half, kind = _half_effect(columns, rules)
    highest = known.max(axis=1, initial=-np.inf)
    quiet = highest < rules.least_response
    # Where a lock is refuted, its own bad fit says nothing of the curve without it.
    poor = (~depends | ~described) & ~refuted
    # No curve describes it, but no concentration has half the effect: that bounds it none the less.
    half = ((columns["top"] + columns["bottom"]) / 2.0).to_numpy() if rules.top is not None else 0.0
    responding = (known >= rules.least_response).sum(axis=1)
    rules_in_order = (
        (~enough | nothing, "no fit"),
        (fell & described, "bell-shaped"),
        (quiet | (~depends & (highest < _QUIET * rules.least_response)), "inactive"),
        (poor & (highest < half), "weak"),
        (poor, "no fit"),
        (p_half > p_lowest, "potent"),
        (p_half < p_highest, "weak"),
        ((responding == 1) & (known[:, 0] >= rules.least_response), "single point"),
        (refuted, "partial"),
        (share >= _NEAR_TOP, "full"),
    )
    conditions, names = zip(*rules_in_order, strict=True)
    named = np.select(list(conditions), list(names), default="incomplete").astype(object)
    looked_at = columns.assign(p_half=p_half, half_effect=kind, undecided=refuted & (kind == ""))
    return _reported(looked_at, named, (p_highest, p_lowest), ~nothing, enough)


def _half_effect(columns: pd.DataFrame, rules: CurveRules) -> tuple[FloatArray, np.ndarray]:
    """Return the half effect that is looked at, on the p scale, and which one it is.

    Of a curve that refutes its lock nobody has said which is meant: it is held against the tested
    range by the absolute one, which a bound is a bound of, and has no kind.
    """
    relative, absolute = (columns[name].to_numpy() for name in ("p_relative", "p_absolute"))
    undecided = columns["refuted"].to_numpy() & (not rules.frees_refuted)
    told = rules.ic50 or "relative"
    kind = np.where(undecided, "", told).astype(object)
    with np.errstate(invalid="ignore"):
        kind[~undecided & (np.abs(relative - absolute) < _SAME_PLACE)] = "either"
    return np.where(undecided | (told == "absolute"), absolute, relative), kind


def _reported(
    columns: pd.DataFrame,
    named: np.ndarray,
    ends: tuple[FloatArray, FloatArray],
    some: BoolArray,
    enough: BoolArray,
) -> pd.DataFrame:
    p_highest, p_lowest = ends
    p_half = columns["p_half"].to_numpy()
    undecided = columns["undecided"].to_numpy()
    below = np.isin(named, ["inactive", "weak"]) | ((named == "bell-shaped") & (p_half < p_highest))
    above = (named == "potent") | ((named == "bell-shaped") & (p_half > p_lowest))
    none = (named == "no fit") | (undecided & ~below & ~above)
    relation = np.select([none, below, above], ["", "<", ">"], default="=").astype(object)
    value = np.select([none, below, above], [np.nan, p_highest, p_lowest], default=p_half)
    added = columns.drop(columns=["p_half", "undecided"])
    kind = columns["half_effect"].to_numpy(dtype=object, copy=True)
    kind[undecided & (below | above)] = "absolute"
    kind[named == "inactive"] = "either"
    kind[none] = ""
    added["half_effect"] = kind
    added["p_absolute"] = added["p_absolute"].where(np.isfinite(added["p_absolute"]))
    added["p_value"] = value
    relation[none] = None
    added["p_relation"] = relation
    added["curve_class"] = named
    added["p_lowest"] = np.where(some, p_lowest, np.nan)
    added["p_highest"] = np.where(some, p_highest, np.nan)
    added["note"] = _notes(added)
    unfitted = (named == "no fit") | (named == "inactive")
    errors = [name for name in added if str(name).endswith("_se")]
    blank = (named == "no fit") & ~enough
    added.loc[blank, [*errors, "p_ac50", "p_ac50_low", "p_ac50_high", "hill", "r2"]] = np.nan
    added.loc[unfitted, ["p_relative", "p_absolute"]] = np.nan
    # A flat line has a slope and a place in the arithmetic only.
    added.loc[unfitted, ["p_ac50_se", "hill_se", "p_ac50_low", "p_ac50_high"]] = np.nan
    return added


def _share_reached(columns: pd.DataFrame, p_highest: FloatArray) -> FloatArray:
    exponent = columns["hill"].to_numpy() * (p_highest - columns["p_ac50"].to_numpy())
    share: FloatArray = 1.0 / (1.0 + 10.0 ** np.clip(exponent, -50, 50))
    return share


def _depends(columns: pd.DataFrame, kept: BoolArray, rules: CurveRules) -> BoolArray:
    """Return where a curve explains the points better than their mean does (F test)."""
    r2 = columns["r2"].to_numpy()
    free = 4 - sum(rules.locked.values())
    freedom = np.maximum(kept.sum(axis=1) - free, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = (r2 / max(free - 1, 1)) / ((1.0 - r2) / freedom)
    depends: BoolArray = fisher.sf(np.nan_to_num(ratio), max(free - 1, 1), freedom) < _DEPENDS
    return depends


def _notes(columns: pd.DataFrame) -> np.ndarray:
    notes = np.full(len(columns), "", dtype=object)
    named = columns["curve_class"].to_numpy()
    drawn = ~np.isin(named, ["inactive", "no fit"])
    # The slope of a curve that its points refute says nothing of them.
    believed = drawn & ~(columns["refuted"].to_numpy() & (columns["half_effect"] == "").to_numpy())
    hill = columns["hill"].to_numpy()
    n_left = columns["n_points"] - columns["n_outliers"]
    shift = (columns["p_ac50_all_points"] - columns["p_ac50"]).abs().to_numpy()
    shifted = drawn & (shift >= _SHIFT)
    remarks: tuple[tuple[BoolArray, Callable[[int], str]], ...] = (
        (named == "no fit", lambda i: f"no curve describes its {n_left.iloc[i]} points"),
        (believed & (hill >= _STEEP), lambda i: f"steep: Hill slope {hill[i]:.1f}"),
        (believed & (hill <= _SHALLOW), lambda i: f"shallow: Hill slope {hill[i]:.2f}"),
        (columns["refuted"].to_numpy(), lambda i: _plateau(columns, i)),
        (shifted, lambda i: f"with every point pAC50 {columns['p_ac50_all_points'].iloc[i]:.2f}"),
        (
            drawn & (columns["misfit_p"].to_numpy() < _MISFIT),
            lambda _: "replicates agree better with each other than with the curve",
        ),
    )
    for where, words in remarks:
        for place in map(int, np.flatnonzero(where)):
            notes[place] = "; ".join(filter(None, [notes[place], words(place)]))
    return notes


def _plateau(columns: pd.DataFrame, place: int) -> str:
    row = columns.iloc[place]
    words = [
        f"{verb} at {row[name]:.0f} %"
        for verb, name in (("starts", "free_bottom"), ("levels off", "free_top"))
        if not np.isnan(row[name])
    ]
    absolute = "never" if np.isnan(row["p_absolute"]) else f"pAC50 {row['p_absolute']:.2f}"
    relative = f"relative pAC50 {row['p_relative']:.2f}, absolute (50 %) {absolute}"
    kind = row["half_effect"]
    told = f"{kind} is reported" if kind else "which is meant was not said: none is reported"
    return f"{' and '.join(words)}: {relative}; {told}"
