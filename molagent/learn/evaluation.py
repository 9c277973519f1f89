"""How good a model is: errors beside plain baselines, and whether its intervals hold.

The baselines are the mean of the training rows and the value of the nearest training row (1-NN).
A model that does not beat both has learned nothing that a spreadsheet could not.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.learn.gaussian_process import fit_kernel
from molagent.records import BoolArray, FloatArray
from molagent.threads import single_threaded

__all__ = [
    "Z_90",
    "Estimate",
    "HeldOut",
    "Split",
    "coverage",
    "cross_validate",
    "evaluate",
    "fold_splits",
    "forward_splits",
    "hold_out",
    "interval_scale",
    "pooled_replicate_sd",
    "process_estimate",
    "rmse",
]

# Number of the fold, rows to train on, rows to predict.
Split = tuple[int, BoolArray, BoolArray]
Estimate = Callable[[BoolArray, BoolArray], tuple[FloatArray, FloatArray]]

# Half width of the central 90 % interval of a Gaussian, in standard deviations.
Z_90: Final = 1.6448536269514722
_LEVEL: Final = 0.9
_MIN_EXACT: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Predictions of rows that the model had not seen, in row order; NaN where never held out.

    Attributes
    ----------
    observed, mean, std
        ``N``; `std` includes the noise and is not recalibrated.
    censoring
        ``N``; 0 measured, +1 where the true value lies above `observed`, -1 where below.
    baseline_mean, baseline_nearest
        ``N``; what the two baselines say, a limit taken as a value.
    similarity
        ``N``; largest kernel value with a training row, 0..1.
    fold
        ``N``; which fold the row was held out in, -1 for never.
    """

    observed: FloatArray
    mean: FloatArray
    std: FloatArray
    baseline_mean: FloatArray
    baseline_nearest: FloatArray
    similarity: FloatArray
    fold: npt.NDArray[np.int64]
    censoring: npt.NDArray[np.int8]

    @property
    def done(self) -> BoolArray:
        """True where a measured value was predicted."""
        rows: BoolArray = np.isfinite(self.mean) & (self.censoring == 0)
        return rows

    @property
    def limits(self) -> BoolArray:
        """True where a limit was predicted."""
        rows: BoolArray = np.isfinite(self.mean) & (self.censoring != 0)
        return rows

    def error(self, predicted: FloatArray) -> FloatArray:
        """Return the error of `predicted`, ``N``; 0 on the right side of a limit."""
        difference = predicted - self.observed
        beyond = np.where(self.censoring > 0, np.minimum(difference, 0.0), difference)
        return np.where(self.censoring < 0, np.maximum(beyond, 0.0), beyond)

    def subset(self, rows: BoolArray) -> "HeldOut":
        """Return the chosen rows."""
        return HeldOut(
            observed=self.observed[rows],
            mean=self.mean[rows],
            std=self.std[rows],
            baseline_mean=self.baseline_mean[rows],
            baseline_nearest=self.baseline_nearest[rows],
            similarity=self.similarity[rows],
            fold=self.fold[rows],
            censoring=self.censoring[rows],
        )


def rmse(observed: FloatArray, predicted: FloatArray) -> float:
    """Return the root mean square error; NaN without rows.

    Examples
    --------
    >>> rmse(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    1.4142135623730951
    """
    if not len(observed):
        return float("nan")
    return float(np.sqrt(np.mean((observed - predicted) ** 2)))


def coverage(observed: FloatArray, mean: FloatArray, std: FloatArray) -> float:
    """Return the share of rows inside the central 90 % interval; NaN without rows."""
    if not len(observed):
        return float("nan")
    return float(np.mean(np.abs(observed - mean) <= Z_90 * std))


def interval_scale(residuals: FloatArray) -> float:
    """Return the factor on the standard deviation that makes the 90 % interval hold.

    Split conformal prediction on held-out residuals in units of their predicted standard
    deviation (Lei et al. 2018, doi:10.1080/01621459.2017.1307116): the ``ceil(0.9 (n + 1))``-th
    smallest of them, over 1.645. Above 1 the model was too sure of itself.

    Parameters
    ----------
    residuals
        ``(observed - mean) / std`` of rows held out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> round(interval_scale(2.0 * rng.standard_normal(20_000)), 1)
    2.0
    """
    if not len(residuals):
        return 1.0
    size = len(residuals)
    rank = min(int(np.ceil(_LEVEL * (size + 1))), size)
    return float(np.sort(np.abs(residuals))[rank - 1] / Z_90)


def hold_out(
    estimate: Estimate,
    near: FloatArray,
    values: FloatArray,
    censoring: npt.NDArray[np.int8],
    splits: Iterable[Split],
) -> HeldOut:
    """Predict rows that are not trained on, split by split.

    Parameters
    ----------
    estimate
        Called with masks of the training and the test rows; returns mean and standard deviation
        of a new measurement for the test rows.
    near
        ``N x N``; similarity of the rows, for the nearest-neighbour baseline and the bands.
    values, censoring
        ``N``; see :class:`HeldOut`.
    splits
        From :func:`fold_splits` or :func:`forward_splits`.
    """
    size = len(values)
    columns = {name: np.full(size, np.nan) for name in ("mean", "std", "flat", "nearest", "near")}
    fold_of = np.full(size, -1, dtype=np.int64)
    for fold, train, test in splits:
        if int(np.sum(censoring[train] == 0)) < _MIN_EXACT or not test.any():
            continue
        cross = near[np.ix_(test, train)]
        with single_threaded():
            columns["mean"][test], columns["std"][test] = estimate(train, test)
        columns["flat"][test] = values[train].mean()
        columns["nearest"][test] = values[train][cross.argmax(axis=1)]
        columns["near"][test] = cross.max(axis=1)
        fold_of[test] = fold
    return HeldOut(
        observed=values,
        mean=columns["mean"],
        std=columns["std"],
        baseline_mean=columns["flat"],
        baseline_nearest=columns["nearest"],
        similarity=columns["near"],
        fold=fold_of,
        censoring=censoring,
    )


def fold_splits(folds: npt.NDArray[np.int64]) -> Iterator[Split]:
    """Yield each fold with all other rows to train on; folds below 0 are always trained on."""
    for fold in np.unique(folds[folds >= 0]).tolist():
        yield fold, folds != fold, folds == fold


def forward_splits(periods: npt.NDArray[np.int64]) -> Iterator[Split]:
    """Yield each period after the first with only the earlier ones to train on."""
    for period in np.unique(periods[periods >= 0]).tolist()[1:]:
        yield period, (periods >= 0) & (periods < period), periods == period


def process_estimate(
    kernel: FloatArray, values: FloatArray, censoring: npt.NDArray[np.int8]
) -> Estimate:
    """Return what :func:`hold_out` asks, of a Gaussian process on `kernel`."""

    def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        posterior = fit_kernel(kernel[np.ix_(train, train)], values[train], censoring[train])
        mean, variance = posterior.predict(kernel[np.ix_(test, train)])
        return mean, np.sqrt(variance + posterior.hyperparameters.noise_variance)

    return estimate


def cross_validate(
    kernel: FloatArray,
    values: FloatArray,
    censoring: npt.NDArray[np.int8],
    folds: npt.NDArray[np.int64],
) -> HeldOut:
    """Hold each fold out once with a Gaussian process; folds below 0 are always trained on."""
    estimate = process_estimate(kernel, values, censoring)
    return hold_out(estimate, kernel, values, censoring, fold_splits(folds))


def evaluate(held_out: HeldOut) -> dict[str, float | None]:
    """Return the figures of a card for one split; None where there is nothing to compute from.

    ``coverage_90`` is of the intervals as the model gives them, before recalibration. Figures are
    of measured values. Where there are limits too, figures that end in ``_with_limits`` are over
    both, in which a prediction on the right side of its limit has no error: a model that ignores
    limits looks better on the values alone, because only strong compounds have one.
    """
    done = held_out.done
    observed, mean, std = held_out.observed[done], held_out.mean[done], held_out.std[done]
    spread = float(np.var(observed)) if len(observed) else float("nan")
    error = rmse(observed, mean)
    numbers = {
        "n": float(len(observed)),
        "rmse": error,
        "mae": float(np.mean(np.abs(observed - mean))) if len(observed) else float("nan"),
        "r2": 1.0 - error**2 / spread if spread > 0 else float("nan"),
        "rmse_mean": rmse(observed, held_out.baseline_mean[done]),
        "rmse_nearest": rmse(observed, held_out.baseline_nearest[done]),
        "spearman": _spearman(observed, mean),
        "coverage_90": coverage(observed, mean, std),
    }
    figures: dict[str, float | None] = {
        name: value if np.isfinite(value) else None for name, value in numbers.items()
    }
    if held_out.limits.any():
        limits = _with_limits(held_out)
        figures.update({f"{name}_with_limits": value for name, value in limits.items()})
    return figures


def pooled_replicate_sd(sd: FloatArray, n_exact: npt.NDArray[np.int64]) -> float | None:
    """Return the pooled standard deviation of repeated measurements: the noise floor.

    ``sqrt(sum((n - 1) sd^2) / sum(n - 1))`` over compounds measured at least twice; None if there
    is none.

    Examples
    --------
    >>> pooled_replicate_sd(np.array([0.3, np.nan, 0.1]), np.array([2, 1, 2]))
    0.22360679774997896
    """
    repeated = (n_exact > 1) & np.isfinite(sd)
    if not repeated.any():
        return None
    freedom = n_exact[repeated] - 1
    return float(np.sqrt(np.sum(freedom * sd[repeated] ** 2) / np.sum(freedom)))


def _with_limits(held_out: HeldOut) -> dict[str, float]:
    rows = held_out.done | held_out.limits

    def root(predicted: FloatArray) -> float:
        return float(np.sqrt(np.mean(held_out.error(predicted)[rows] ** 2)))

    error, flat = root(held_out.mean), root(held_out.baseline_mean)
    return {
        "n": float(rows.sum()),
        "rmse": error,
        "r2": 1.0 - (error / flat) ** 2 if flat > 0 else 0.0,
        "rmse_mean": flat,
        "rmse_nearest": root(held_out.baseline_nearest),
    }


def _spearman(observed: FloatArray, mean: FloatArray) -> float:
    from scipy.stats import rankdata

    if len(observed) < 3 or np.ptp(observed) == 0 or np.ptp(mean) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(observed), rankdata(mean))[0, 1])
