"""How much less sure a model is, the farther ahead it is asked.

A model that is a month old is asked about compounds like its newest; half a year on the programme
has moved. Held-out residuals at one horizon say little about another, so here each origin in time
predicts *everything* that came after it, and the conformal residual is followed over the months
between: its 90 % quantile is taken to grow as a power of the horizon,
``(months / base) ** growth``. A growth of 0 is no drift, 1/2 that of a random walk, which is the
most that is believed; the power damps what is extrapolated beyond the horizons seen. Residuals are
then brought to one horizon, where the factors of
:func:`~molagent.learn.conformal.forward_scales` are taken, the latest weighing most (Barber et al.
2023, doi:10.1214/23-AOS2276: weights for rows that are not exchangeable).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.learn.conformal import forward_scales, reaches
from molagent.learn.domain import band_names, row_scales
from molagent.learn.evaluation import Estimate, HeldOut, hold_out
from molagent.records import FloatArray

__all__ = [
    "Ahead",
    "Horizon",
    "ahead_scales",
    "calibrate_ahead",
    "fit_horizon",
    "hold_out_ahead",
    "months_of",
]

_LEVEL: Final = 0.9
# A 90 % quantile of fewer rows is noise, and a slope needs two of them, well apart.
_MIN_BIN: Final = 25
_BINS: Final = 6
_MIN_SPAN: Final = 1.5
_MOST_GROWTH: Final = 0.5
# A week: nothing is predicted from closer than that.
_LEAST_MONTHS: Final = 0.25


@dataclass(frozen=True, slots=True)
class Horizon:
    """How the spread grows with the months ahead.

    Attributes
    ----------
    base
        Months ahead at which the factor is 1; the usual distance of a next slice.
    growth
        Exponent, 0..0.5.
    seen
        The farthest horizon that residuals were gathered at, months.
    """

    base: float
    growth: float
    seen: float

    def factor(self, months: FloatArray) -> FloatArray:
        """Return the factor on the standard deviation, at least 1.

        Examples
        --------
        >>> Horizon(base=1.0, growth=0.5, seen=4.0).factor(np.array([0.5, 1.0, 4.0])).tolist()
        [1.0, 1.0, 2.0]
        """
        ratio = np.maximum(np.asarray(months, dtype=np.float64) / self.base, 1.0)
        result: FloatArray = ratio**self.growth
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """Rows predicted from several origins; one row stands there once an origin.

    Attributes
    ----------
    rows
        ``fold`` is the period of the row.
    months
        ``R``; from the newest row trained on to the row.
    next_period
        ``R``; True where nothing lay between the origin and the row's period.
    """

    rows: HeldOut
    months: FloatArray
    next_period: npt.NDArray[np.bool_]


def months_of(dates: Sequence[object]) -> FloatArray:
    """Return months since year 0 of dates, ``N``; NaN where a date is missing or none.

    Parameters
    ----------
    dates
        Datetimes, ISO dates, ``yyyymmdd`` or years, as text or numbers.

    Examples
    --------
    >>> months_of(["2020-02-01", "20200301", 2020, None]).round(1).tolist()
    [24241.0, 24242.0, 24240.0, nan]
    """
    import pandas as pd

    texts = pd.Series(list(dates), dtype=object)
    parsed = pd.to_datetime(
        texts.where(texts.notna(), None).map(str), errors="coerce", format="ISO8601", utc=True
    )
    within = (parsed.dt.day - 1) / parsed.dt.days_in_month
    found = (12.0 * parsed.dt.year + (parsed.dt.month - 1) + within).to_numpy(dtype=np.float64)
    return np.asarray(found, dtype=np.float64)


def hold_out_ahead(
    estimate: Estimate,
    near: FloatArray,
    values: FloatArray,
    censoring: npt.NDArray[np.int8],
    periods: npt.NDArray[np.int64],
    when: FloatArray,
) -> Ahead | None:
    """Predict, from the end of each period but the last, everything that came after it.

    Parameters
    ----------
    estimate, near, values, censoring
        As :func:`~molagent.learn.evaluation.hold_out` takes them.
    periods
        ``N``; slices in time, below 0 for rows that are left out.
    when
        ``N``; months since year 0.

    Returns
    -------
    Ahead or None
        None where no origin has enough to train on.
    """
    parts: list[HeldOut] = []
    months: list[FloatArray] = []
    following: list[npt.NDArray[np.bool_]] = []
    known = np.unique(periods[periods >= 0])
    for origin, after in zip(known[:-1].tolist(), known[1:].tolist(), strict=True):
        train, test = (periods >= 0) & (periods <= origin), periods > origin
        held_out = hold_out(estimate, near, values, censoring, [(0, train, test)])
        done = np.isfinite(held_out.mean) & np.isfinite(when)
        if not done.any():
            continue
        parts.append(replace(held_out, fold=periods).subset(done))
        months.append(when[done] - float(np.nanmax(when[train])))
        following.append(periods[done] == after)
    if not parts:
        return None
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in HeldOut.__slots__  # every column is one value a row
    }
    ahead = np.maximum(np.concatenate(months), _LEAST_MONTHS)
    return Ahead(HeldOut(**columns), ahead, np.concatenate(following))


def fit_horizon(ahead: Ahead) -> Horizon:
    """Return how the reach of a 90 % interval grows with the months ahead.

    Only measured values are looked at. Without enough of them at horizons at least half as far
    again from each other, the growth is 0.
    """
    rows = ahead.rows.done
    months, scores = ahead.months[rows], reaches(ahead.rows)[rows]
    first = ahead.months[rows & ahead.next_period]
    base = float(np.exp(np.mean(np.log(first)))) if len(first) else 1.0
    seen = float(months.max()) if len(months) else base
    order = np.argsort(months, kind="stable")
    count = min(_BINS, len(order) // _MIN_BIN)
    if count < 2:  # a slope needs two points
        return Horizon(base, 0.0, seen)
    bins = np.array_split(order, count)
    place = np.array([np.mean(np.log(months[part])) for part in bins])
    reach = np.array([np.log(np.quantile(scores[part], _LEVEL)) for part in bins])
    if np.ptp(place) < np.log(_MIN_SPAN):
        return Horizon(base, 0.0, seen)
    slope = float(np.polyfit(place, reach, 1)[0])
    return Horizon(base, float(np.clip(slope, 0.0, _MOST_GROWTH)), seen)


def calibrate_ahead(ahead: Ahead) -> tuple[dict[str, float], Horizon]:
    """Return the factor of each band at the base horizon, and how it grows from there."""
    horizon = fit_horizon(ahead)
    widened = replace(ahead.rows, std=ahead.rows.std * horizon.factor(ahead.months))
    return forward_scales(widened), horizon


def ahead_scales(
    similarity: FloatArray, months: FloatArray, scales: Mapping[str, float], horizon: Horizon
) -> FloatArray:
    """Return the factor on the standard deviation of each row, ``Q``."""
    result: FloatArray = row_scales(band_names(similarity), scales) * horizon.factor(months)
    return result
