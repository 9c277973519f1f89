"""Whether a plate can be trusted: controls, windows, and drift across it.

Z' = 1 - 3 (sd_pos + sd_neg) / |mean_pos - mean_neg| (Zhang, Chung and Oldenburg 1999,
doi:10.1177/108705719900400206). The limits that ship are those of the Assay Guidance Manual's plate
uniformity chapter (NCATS, bookshelf NBK83783): Z' above 0.4, CV of the signal at most 20 %, drift
and edge effects below 20 % of the window.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from molagent.curves.normalisation import control_levels
from molagent.records import FloatArray

__all__ = ["PLATE_METHOD", "STORED_QUALITY", "PlateLimits", "plate_figures", "plate_quality"]

PLATE_METHOD: Final = "controls 1"
# What is kept of a plate's quality; the rest can be computed again from the wells.
STORED_QUALITY: Final = (
    "method",
    "z_prime",
    "signal_to_background",
    "cv_pos",
    "cv_neg",
    "drift",
    "n_pos",
    "n_neg",
    "verdict",
    "reason",
)
_NORMAL: Final = 1.4826  # median absolute deviation to standard deviation
_LEAST_GROUP: Final = 3  # wells of a row or column whose median is believed
_LEAST_EDGE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateLimits:
    """What a plate must meet; None leaves a figure unjudged.

    Attributes
    ----------
    z_prime, signal_to_background
        At least.
    cv
        Percent, at most, of the control with the stronger signal: the weaker one may be the
        instrument's darkness, whose CV says nothing.
    drift, edge
        Percent of the window between the controls, at most, either way.
    least_controls
        Wells of each control; with fewer the verdict is unknown.
    """

    z_prime: float | None = 0.4
    signal_to_background: float | None = None
    cv: float | None = 20.0
    drift: float | None = 20.0
    edge: float | None = 20.0
    least_controls: int = 4


def plate_quality(
    wells: pd.DataFrame, by: Sequence[str] = ("barcode",), limits: PlateLimits | None = None
) -> pd.DataFrame:
    """Judge every plate.

    Parameters
    ----------
    wells
        As :func:`plate_figures` takes them.
    by
        What names a plate.

    Returns
    -------
    pandas.DataFrame
        One row a plate: `by` and `STORED_QUALITY`, where ``drift`` is the larger of that along the
        columns and that along the rows. A plate without enough controls is ``unknown``, never
        ``pass``; ``reason`` names every figure that failed.
    """
    limits = limits or PlateLimits()
    names = [*by, *STORED_QUALITY]
    figures = plate_figures(wells, by).to_dict("records")
    rows = []
    for plate in figures:
        verdict, reason = _verdict({str(name): value for name, value in plate.items()}, limits)
        rows.append({**plate, "method": PLATE_METHOD, "verdict": verdict, "reason": reason})
    return pd.DataFrame(rows, columns=names)


def plate_figures(wells: pd.DataFrame, by: Sequence[str] = ("barcode",)) -> pd.DataFrame:
    """Return what can be said of every plate, without judging it.

    Parameters
    ----------
    wells
        ``role``, ``signal``, ``well_row``, ``well_column`` (from 1) and the columns `by`;
        ``outlier`` wells are left out; ``concentration_m``, if there, tells dilution series (whose
        columns differ by design) from single-dose plates.

    Returns
    -------
    pandas.DataFrame
        One row a plate: `by`, ``n_pos``, ``n_neg``, ``n_sample``, ``mean_pos``, ``mean_neg``,
        ``z_prime``, ``z_prime_robust`` (medians), ``cv_pos``, ``cv_neg`` (percent),
        ``signal_to_background``, and in percent of the window between the controls
        ``drift_columns``, ``drift_rows``, ``drift`` and ``edge``. NaN is not known.
    """
    believed = wells
    if "outlier" in wells:
        believed = wells[~wells["outlier"].fillna(value=False).astype(bool)]
    control_levels(wells, by)  # names a missing column
    rows = [
        dict(zip(by, key, strict=True)) | _figures(plate.dropna(subset=["signal"]))
        for key, plate in believed.groupby(list(by), sort=False, dropna=False, observed=True)
    ]
    return pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(by))


def _figures(plate: pd.DataFrame) -> dict[str, float | int]:
    signal = plate["signal"].to_numpy(dtype=float)
    role = plate["role"].astype(str).to_numpy()
    pos, neg = signal[role == "pos"], signal[role == "neg"]
    figures: dict[str, float | int] = {
        "n_pos": len(pos),
        "n_neg": len(neg),
        "n_sample": int((role == "sample").sum()),
        "mean_pos": _mean(pos),
        "mean_neg": _mean(neg),
        "z_prime": _z_prime(_mean(pos), _mean(neg), _sd(pos), _sd(neg)),
        "z_prime_robust": _z_prime(_median(pos), _median(neg), _mad(pos), _mad(neg)),
        "cv_pos": _cv(pos),
        "cv_neg": _cv(neg),
    }
    high = max(figures["mean_pos"], figures["mean_neg"])
    low = min(figures["mean_pos"], figures["mean_neg"])
    figures["signal_to_background"] = high / low if low > 0 else float("nan")
    figures |= _drift(plate, figures["mean_neg"] - figures["mean_pos"])
    return figures


def _drift(plate: pd.DataFrame, window: float) -> dict[str, float]:
    """Return how far the uninhibited signal moves across the plate, in percent of the window."""
    quiet = plate[plate["role"].isin(_quiet_roles(plate))]
    figures = {
        f"drift_{name}s": _slope(quiet, f"well_{name}", window) for name in ("column", "row")
    }
    known = [value for value in figures.values() if np.isfinite(value)]
    figures["drift"] = max(known, key=abs) if known else float("nan")
    figures["edge"] = _edge(quiet, plate, window)
    return figures


def _quiet_roles(plate: pd.DataFrame) -> list[str]:
    # On a single-dose plate most compounds do nothing, and their medians show the plate's own
    # gradient; in a dilution series the concentration itself runs along rows or columns.
    samples = plate[plate["role"] == "sample"]
    doses = samples["concentration_m"].nunique() if "concentration_m" in plate else 0
    return ["neg"] if doses > 1 else ["neg", "sample"]


def _slope(quiet: pd.DataFrame, along: str, window: float) -> float:
    groups = quiet.groupby(along)["signal"]
    medians = groups.median()[groups.size() >= _LEAST_GROUP]
    places = medians.index.to_numpy(dtype=float)
    if len(places) < 2 or not window:  # two points make a slope
        return float("nan")
    values = medians.to_numpy(dtype=float)
    first, second = np.triu_indices(len(places), 1)
    # Theil and Sen: the median of all slopes is not moved by a column of actives.
    slope = np.median((values[second] - values[first]) / (places[second] - places[first]))
    return float(100.0 * slope * (places.max() - places.min()) / abs(window))


def _edge(quiet: pd.DataFrame, plate: pd.DataFrame, window: float) -> float:
    rim = (
        quiet["well_row"].isin([1, plate["well_row"].max()])
        | quiet["well_column"].isin([1, plate["well_column"].max()])
    ).to_numpy()
    signal = quiet["signal"].to_numpy(dtype=float)
    if rim.sum() < _LEAST_EDGE or (~rim).sum() < _LEAST_EDGE or not window:
        return float("nan")
    return float(100.0 * (np.median(signal[rim]) - np.median(signal[~rim])) / abs(window))


def _verdict(figures: Mapping[str, Any], limits: PlateLimits) -> tuple[str, str]:
    few = [
        f"{figures[f'n_{role}']} {words} controls"
        for role, words in (("pos", "positive"), ("neg", "negative"))
        if figures[f"n_{role}"] < limits.least_controls
    ]
    if few:
        return "unknown", f"only {' and '.join(few)}, {limits.least_controls} are needed"
    stronger = "pos" if figures["mean_pos"] > figures["mean_neg"] else "neg"
    faults, unknown = [], []
    for words, value, limit, at_least in (
        ("Z'", figures["z_prime"], limits.z_prime, True),
        ("S/B", figures["signal_to_background"], limits.signal_to_background, True),
        (f"CV of the {stronger} control", figures[f"cv_{stronger}"], limits.cv, False),
        ("drift", abs(figures["drift"]), limits.drift, False),
        ("edge effect", abs(figures["edge"]), limits.edge, False),
    ):
        if limit is None:
            continue
        if np.isnan(value):
            unknown.append(words)
        elif (value < limit) if at_least else (value > limit):
            faults.append(f"{words} {value:.3g} {'<' if at_least else '>'} {limit:g}")
            if words == "Z'" and figures["z_prime_robust"] >= limit:
                faults[-1] += (
                    f" ({figures['z_prime_robust']:.2f} by medians: control wells are off)"
                )
    if faults:
        return "fail", "; ".join(faults)
    # Drift and edges need controls or samples in more than one place; Z' alone may pass a plate.
    vital = [words for words in unknown if words in {"Z'", "S/B"} or words.startswith("CV")]
    return ("unknown", f"{', '.join(vital)} not known") if vital else ("pass", "")


def _z_prime(pos: float, neg: float, sd_pos: float, sd_neg: float) -> float:
    window = abs(pos - neg)
    return 1.0 - 3.0 * (sd_pos + sd_neg) / window if window > 0 else float("nan")


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _sd(values: FloatArray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _cv(values: FloatArray) -> float:
    mean = _mean(values)
    return 100.0 * _sd(values) / mean if mean > 0 else float("nan")


def _median(values: FloatArray) -> float:
    return float(np.median(values)) if len(values) else float("nan")


def _mad(values: FloatArray) -> float:
    if len(values) < 2:  # one well has no spread
        return float("nan")
    return float(_NORMAL * np.median(np.abs(values - np.median(values))))
