"""A global prediction corrected by the project's own measurements.

A public model (ADMET-AI, say) is off by what this project's chemistry and this laboratory's
protocol make of it. Once 30 compounds are measured, a line from predicted to measured takes up
scale and offset, and a Gaussian process on the residuals takes up what neighbours have in common.
Far from the data the process says nothing, and the line remains. The correction is used only if it
makes the prediction of scaffolds that were held out better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.errors import InputError
from molagent.learn.domain import band_names, band_scales, row_scales
from molagent.learn.evaluation import HeldOut, fold_splits, hold_out, rmse
from molagent.learn.gaussian_process import GaussianProcess, fit_kernel
from molagent.learn.kernels import count_features, minmax
from molagent.learn.splits import scaffold_folds
from molagent.learn.threads import single_threaded
from molagent.records import BoolArray, FloatArray

__all__ = ["LEAST_POINTS", "Correction", "fit_correction"]

LEAST_POINTS: Final = 30
# How many measured compounds a slope of 1 and an offset of 0 weigh.
_PRIOR_POINTS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Correction:
    """What local data says about a global model.

    Attributes
    ----------
    slope, offset
        ``corrected = offset + slope * predicted + what the neighbours' residuals say``.
    rmse_before, rmse_after
        On scaffolds held out, in the endpoint's unit; NaN where nothing could be held out.
    helps
        Whether the correction is used; if not, predictions come back as they were.
    reason
        In words.
    """

    slope: float
    offset: float
    n: int
    rmse_before: float
    rmse_after: float
    helps: bool
    reason: str
    scales: dict[str, float]
    process: GaussianProcess | None

    def apply(
        self, smiles_list: Sequence[str], predicted: FloatArray, std: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return corrected mean and standard deviation, ``N`` each.

        NaN stays NaN, and a structure that cannot be read keeps what was predicted.

        Parameters
        ----------
        predicted, std
            ``N``; of the global model, in the unit of the measurements.
        """
        if not self.helps or self.process is None:
            return predicted, std
        counts, readable = count_features(smiles_list)
        rows = readable & np.isfinite(predicted)
        mean, spread = predicted.astype(np.float64).copy(), std.astype(np.float64).copy()
        if rows.any():
            near = self.process.similarity(counts[rows])
            residual, own = self.process.predict(counts[rows], near)
            mean[rows] = self.offset + self.slope * predicted[rows] + residual
            spread[rows] = own * row_scales(band_names(near.max(axis=1)), self.scales)
        return mean, spread


def fit_correction(
    smiles_list: Sequence[str],
    predicted: FloatArray,
    measured: FloatArray,
    censoring: npt.NDArray[np.int8] | None = None,
    *,
    seed: int = 0,
) -> Correction:
    """Fit a correction of `predicted` to `measured`.

    Parameters
    ----------
    predicted, measured
        ``N``; in one unit. Rows with NaN are left out.
    censoring
        ``N``; 0 for a measured value, +1 where the true value lies above, -1 where below.
    seed
        Of the folds.

    Raises
    ------
    InputError
        If fewer than 30 values are measured.
    """
    flags = np.zeros(len(measured), dtype=np.int8) if censoring is None else censoring
    counts, readable = count_features(smiles_list)
    usable = readable & np.isfinite(predicted) & np.isfinite(measured)
    if (known := int((usable & (flags == 0)).sum())) < LEAST_POINTS:
        raise InputError(
            f"{known} measured values are too few to correct a model",
            remedy=f"use it as it is until {LEAST_POINTS} are measured",
        )
    x, y, flags, counts = predicted[usable], measured[usable], flags[usable], counts[usable]
    kept = [smiles for smiles, ok in zip(smiles_list, usable, strict=True) if ok]
    with single_threaded():
        kernel = minmax(counts, counts)
        splits = list(fold_splits(scaffold_folds(kept, seed=seed)))

        def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
            slope, offset = _line(x[train], y[train], flags[train])
            rest = y[train] - offset - slope * x[train]
            posterior = fit_kernel(kernel[np.ix_(train, train)], rest, flags[train])
            mean, variance = posterior.predict(kernel[np.ix_(test, train)])
            noise = posterior.hyperparameters.noise_variance
            return offset + slope * x[test] + mean, np.sqrt(variance + noise)

        held_out = hold_out(estimate, kernel, y, flags, splits)
        slope, offset = _line(x, y, flags)
        process = GaussianProcess(counts, fit_kernel(kernel, y - offset - slope * x, flags))
    return _judge(held_out, x, slope, offset, process)


def _judge(
    held_out: HeldOut, predicted: FloatArray, slope: float, offset: float, process: GaussianProcess
) -> Correction:
    done = held_out.done
    before = rmse(held_out.observed[done], predicted[done])
    after = rmse(held_out.observed[done], held_out.mean[done])
    helps = bool(after < before)
    if not done.any():
        reason = "no scaffold could be held out, so it is not known whether a correction helps"
    elif helps:
        reason = f"RMSE on held-out scaffolds {before:.2f} as it comes, {after:.2f} corrected"
    else:
        reason = f"left as it comes: RMSE {before:.2f}, and corrected {after:.2f}"
    return Correction(
        slope=slope,
        offset=offset,
        n=len(predicted),
        rmse_before=before,
        rmse_after=after,
        helps=helps,
        reason=reason,
        scales=band_scales(held_out),
        process=process,
    )


def _line(x: FloatArray, y: FloatArray, flags: npt.NDArray[np.int8]) -> tuple[float, float]:
    """Return slope and offset, drawn towards 1 and 0; the slope stays within 0..2."""
    rows = flags == 0
    middle, level = float(x[rows].mean()), float(y[rows].mean())
    spread = float(np.var(x[rows]))
    if spread <= 0:
        return 1.0, level - middle
    count = float(rows.sum())
    joint = float(np.mean((x[rows] - middle) * (y[rows] - level)))
    slope = (count * joint + _PRIOR_POINTS * spread) / ((count + _PRIOR_POINTS) * spread)
    slope = float(np.clip(slope, 0.0, 2.0))
    return slope, level - slope * middle
