"""Points of many curves as padded arrays, and what replicates say of each concentration."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from molagent.errors import InputError
from molagent.records import BoolArray, FloatArray

__all__ = ["Series", "series"]

# Two dilutions closer than this, in log units, are replicates of one concentration: robots write
# 24.88 and 24.879999 for the same well volume.
_SAME_DOSE = 0.005


@dataclass(frozen=True, slots=True)
class Series:
    """The points of n curves, at most m each.

    Attributes
    ----------
    keys
        One row a curve: the columns that tell curves apart.
    rows
        ``n x m``: position of the point in the frame it came from, -1 beyond a curve's last.
    p_concentration, response
        ``n x m``; 0 where there is no point.
    read
        ``n x m``: whether a point has a concentration and a response.
    excluded
        ``n x m``: whether it was set aside before it came here.
    dose
        ``n x m``: number of the concentration within its curve, 0 the highest; -1 for no point.
    """

    keys: pd.DataFrame
    rows: np.ndarray
    p_concentration: FloatArray
    response: FloatArray
    read: BoolArray
    excluded: BoolArray
    dose: np.ndarray

    @property
    def usable(self) -> BoolArray:
        """Points a fit may use."""
        usable: BoolArray = self.read & ~self.excluded
        return usable

    def part(self, rows: slice | BoolArray) -> "Series":
        """Return some of the curves."""
        return Series(
            keys=self.keys.iloc[np.arange(len(self.keys))[rows]],
            rows=self.rows[rows],
            p_concentration=self.p_concentration[rows],
            response=self.response[rows],
            read=self.read[rows],
            excluded=self.excluded[rows],
            dose=self.dose[rows],
        )

    def dose_means(self, used: BoolArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return mean, count and sum of squares about the mean of each concentration.

        Returns
        -------
        tuple
            Three arrays ``n x d``, concentrations from the highest down; the mean is NaN and the
            count 0 where a concentration has no point in use.
        """
        width = int(self.dose.max(initial=0)) + 1
        member = (self.dose[:, :, None] == np.arange(width)) & used[:, :, None]
        count = member.sum(axis=1).astype(float)
        total = np.where(member, self.response[:, :, None], 0.0).sum(axis=1)
        mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
        off = np.where(member, self.response[:, :, None] - mean[:, None, :], 0.0)
        return mean, count, (off**2).sum(axis=1)

    def dose_places(self) -> FloatArray:
        """Return -log10(mol/L) of each concentration, ``n x d``; NaN where a curve has fewer."""
        width = int(self.dose.max(initial=0)) + 1
        member = (self.dose[:, :, None] == np.arange(width)) & self.read[:, :, None]
        count = member.sum(axis=1)
        total = np.where(member, self.p_concentration[:, :, None], 0.0).sum(axis=1)
        places: FloatArray = np.full(total.shape, np.nan)
        np.divide(total, count, out=places, where=count > 0)
        return places


def series(points: pd.DataFrame, by: Sequence[str]) -> Series:
    """Return the points of a frame as arrays, one row a curve in order of first appearance.

    Parameters
    ----------
    points
        ``concentration_m`` (mol/L), ``response`` (percent), the columns `by`, and, if points were
        set aside already, ``outlier``.
    by
        Columns that together name a curve.

    Raises
    ------
    InputError
        If a column is missing or a concentration is zero or below.
    """
    missing = [name for name in ("concentration_m", "response", *by) if name not in points]
    if missing:
        raise InputError(
            f"no column {', '.join(map(repr, missing))} among the points",
            remedy="points have concentration_m (mol/L), response (percent) and the curve's names",
        )
    molar = points["concentration_m"].to_numpy(dtype=float)
    if (molar <= 0).any():
        place = int(np.flatnonzero(molar <= 0)[0])
        row = points["source_row"].iloc[place] if "source_row" in points else place
        raise InputError(
            f"a concentration of {molar[place]:g} has no logarithm",
            place=f"points:{row}",
            remedy="leave out wells without compound; they are controls",
        )
    groups = points.groupby(list(by), sort=False, dropna=False)
    number = groups.ngroup().to_numpy()
    position = groups.cumcount().to_numpy()
    shape = (groups.ngroups, int(position.max(initial=-1)) + 1)
    rows = np.full(shape, -1)
    rows[number, position] = np.arange(len(points))
    there = rows >= 0
    with np.errstate(invalid="ignore"):
        p_all = -np.log10(molar)
    response = points["response"].to_numpy(dtype=float)
    aside = (
        points["outlier"].fillna(value=False).to_numpy(dtype=bool) if "outlier" in points else None
    )
    read = there & np.isfinite(p_all)[rows] & np.isfinite(response)[rows]
    p_concentration = np.where(read, p_all[rows], 0.0)
    firsts = rows[:, 0] if rows.size else np.zeros(0, dtype=int)
    return Series(
        keys=points.iloc[firsts][list(by)].reset_index(drop=True),
        rows=rows,
        p_concentration=p_concentration,
        response=np.where(read, response[rows], 0.0),
        read=read,
        excluded=np.zeros(shape, dtype=bool) if aside is None else there & aside[rows],
        dose=_doses(p_concentration, read),
    )


def _doses(p_concentration: FloatArray, read: BoolArray) -> np.ndarray:
    x = np.where(read, p_concentration, np.inf)
    order = np.argsort(x, axis=1, kind="stable")
    ordered = np.take_along_axis(x, order, axis=1)
    with np.errstate(invalid="ignore"):  # inf - inf beyond the last point
        further = np.diff(ordered, axis=1) > _SAME_DOSE
    number = np.concatenate(
        [np.zeros((len(x), min(1, x.shape[1])), dtype=int), np.cumsum(further, axis=1)], axis=1
    )
    doses = np.empty_like(number)
    np.put_along_axis(doses, order, number, axis=1)
    return np.where(read, doses, -1)
