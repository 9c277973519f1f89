"""An assay that cannot say how weak: how potent a compound is if measurable, and whether it is.

In a programme's first year a third to a half of the compounds are reported as ``< 4``. Taken as
values, or as limits of one smooth potency, they pull the estimate of every compound that resembles
nothing towards inactivity, while the compounds that *are* measurable grow stronger. A two-part
model (Cragg 1971, doi:10.2307/1909582) keeps the two questions apart:

* a Gaussian process on the measured values says how potent a compound is, if it can be measured;
* a Gaussian process on "below the limit" (1) or not (0) says how likely that is.

The estimate is of what the assay would report: ``p limit + (1 - p) potency``, with the variance of
that mixture. A second assay of the same target may inform both parts
(:mod:`molagent.learn.coupled`).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.errors import InputError
from molagent.learn.coupled import CoupledPosterior, TaskArray, fit_coupled
from molagent.records import BoolArray, FloatArray

__all__ = ["TwoPart", "fit_two_part", "has_two_parts", "mix_parts"]

# Fewer of either kind say nothing about the other.
_MIN_ROWS: Final = 10
# Nobody is sure: a probability stays this far from 0 and 1.
_UNSURE: Final = 0.02
# Standard deviation of what is reported for a compound that is below the limit.
_REPORT_SD: Final = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class TwoPart:
    """The two posteriors.

    Attributes
    ----------
    measured
        Potency, if measurable, over the rows of `measured_rows`.
    measured_rows
        ``M``; which of all rows those are.
    below
        Whether a row is below the limit, over all rows.
    limit
        What is reported then, in the endpoint's unit: the mean of the limits trained on.
    """

    measured: CoupledPosterior
    measured_rows: npt.NDArray[np.int64]
    below: CoupledPosterior
    limit: float

    def predict(self, cross: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of a new report, noise included, each ``Q``.

        Parameters
        ----------
        cross
            ``Q x N`` kernel of queries and all rows, of structures alone.
        """
        mean, variance = self.measured.predict(cross[:, self.measured_rows])
        noise = self.measured.posterior.hyperparameters.noise_variance
        return mix_parts(mean, variance + noise, self.probability_below(cross), self.limit)

    def probability_below(self, cross: FloatArray) -> FloatArray:
        """Return how likely each query is below the limit, ``Q``, 0.02..0.98."""
        return np.clip(self.below.predict(cross)[0], _UNSURE, 1.0 - _UNSURE)


def mix_parts(
    mean: FloatArray, variance: FloatArray, below: FloatArray, limit: float
) -> tuple[FloatArray, FloatArray]:
    """Return mean and standard deviation of what is reported, each ``Q``.

    Parameters
    ----------
    mean, variance
        ``Q``; of a measured value.
    below
        ``Q``; probability of a report below the limit, 0..1.
    limit
        In the endpoint's unit.

    Examples
    --------
    A coin toss between pIC50 6.0 +- 0.5 and "below 4":

    >>> mean, std = mix_parts(np.array([6.0]), np.array([0.25]), np.array([0.5]), 4.0)
    >>> float(mean[0]), round(float(std[0]), 2)
    (5.0, 1.06)
    """
    reported = (1.0 - below) * mean + below * limit
    spread = (1.0 - below) * variance + below * _REPORT_SD**2
    spread = spread + below * (1.0 - below) * (mean - limit) ** 2
    return reported, np.sqrt(spread)


def has_two_parts(censoring: npt.NDArray[np.int8]) -> bool:
    """Return whether there are enough measured values and enough limits below to tell apart."""
    below = int(np.sum(censoring < 0))
    return below >= _MIN_ROWS and len(censoring) - below >= _MIN_ROWS


def fit_two_part(
    kernel: FloatArray,
    values: FloatArray,
    censoring: npt.NDArray[np.int8],
    tasks: TaskArray | None = None,
    *,
    seed: int = 0,
) -> TwoPart:
    """Fit both parts.

    Parameters
    ----------
    kernel
        ``N x N``; 1 on the diagonal.
    values
        ``N``; measured values or limits. A limit from above (``> 9.5``) is taken as a value.
    censoring
        ``N``; -1 where the true value lies below the limit.
    tasks
        ``N``; which assay a row is of, 0 the one to predict. None for one assay.

    Raises
    ------
    InputError
        If the assay to predict has fewer than ten measured values, or ten limits.
    """
    assay = np.zeros(len(values), dtype=np.int8) if tasks is None else tasks
    below: BoolArray = censoring < 0
    first = assay == 0
    if not has_two_parts(censoring[first]):
        raise InputError(
            f"{int(np.sum(first & ~below))} measured values and {int(np.sum(first & below))} limits"
            " are too few for a model in two parts",
            remedy=f"give {_MIN_ROWS} of each, or choose another model",
        )
    rows = np.flatnonzero(~below)
    return TwoPart(
        measured=fit_coupled(kernel[np.ix_(rows, rows)], values[rows], assay[rows], seed=seed),
        measured_rows=rows,
        below=fit_coupled(kernel, below.astype(np.float64), assay, seed=seed),
        limit=float(values[first & below].mean()),
    )
