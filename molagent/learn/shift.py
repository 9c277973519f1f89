"""What a new version of a model changes, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from molagent.learn.evaluation import Z_90
from molagent.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Shift", "summarise_shift"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What a new version changed on the compounds that both were asked about.

    Attributes
    ----------
    n
        Compounds on which both have an estimate.
    mean, rms
        Of ``new - old``, in the endpoint's unit.
    spearman
        Rank correlation of the two; NaN for fewer than three compounds.
    beyond_interval
        Share whose new estimate lies outside the old 90 % interval.
    entered, left
        Compounds that came into the domain, and that fell out of it.
    error_old, error_new
        RMSE on the compounds measured since; NaN where none was given.
    n_measured
        How many those are.
    """

    n: int
    mean: float
    rms: float
    spearman: float
    beyond_interval: float
    entered: int
    left: int
    error_old: float
    error_new: float
    n_measured: int


def summarise_shift(comparison: pd.DataFrame, measured: Mapping[str, float] | None = None) -> Shift:
    """Say in numbers what a new version changed.

    Parameters
    ----------
    comparison
        ``smiles, old_mean, new_mean, old_std, old_band, new_band``, one row a structure.
    measured
        Structure to value, of compounds that neither version was trained on: a version looks good
        on what it has seen.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"smiles": ["C", "N"], "old_mean": [5.0, 6.0], "new_mean": [5.5, 6.0],
    ...     "old_std": [0.2, 0.2], "old_band": ["near", "out"], "new_band": ["near", "in"]})
    >>> shift = summarise_shift(rows)
    >>> shift.mean, shift.beyond_interval, shift.entered
    (0.25, 0.5, 1)
    """
    old = comparison["old_mean"].to_numpy(dtype=np.float64, na_value=np.nan)
    new = comparison["new_mean"].to_numpy(dtype=np.float64, na_value=np.nan)
    std = comparison["old_std"].to_numpy(dtype=np.float64, na_value=np.nan)
    both = np.isfinite(old) & np.isfinite(new)
    step = (new - old)[both]
    was, now = (
        np.array([str(band) in {"in", "near"} for band in comparison[name]], dtype=bool)
        for name in ("old_band", "new_band")
    )
    truth = np.array([(measured or {}).get(s, np.nan) for s in comparison["smiles"].astype(str)])
    tested = both & np.isfinite(truth)
    return Shift(
        n=int(both.sum()),
        mean=_mean(step),
        rms=float(np.sqrt(_mean(step**2))),
        spearman=_spearman(old[both], new[both]),
        beyond_interval=_mean((np.abs(step) > Z_90 * std[both]).astype(np.float64)),
        entered=int(np.sum(now & ~was)),
        left=int(np.sum(was & ~now)),
        error_old=float(np.sqrt(_mean((old - truth)[tested] ** 2))),
        error_new=float(np.sqrt(_mean((new - truth)[tested] ** 2))),
        n_measured=int(tested.sum()),
    )


def _mean(values: FloatArray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _spearman(first: FloatArray, second: FloatArray) -> float:
    from scipy.stats import rankdata

    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
