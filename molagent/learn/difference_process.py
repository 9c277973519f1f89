"""The difference of two assays in one Gaussian process over both of them.

The covariance of two values is that of their structures times an entry of a small matrix between
assays (:mod:`molagent.learn.coupled`). A difference is a linear function of the two, so its mean
and variance follow: what both assays have in common cancels, and a compound that was measured in
one of them alone still informs its side.

With little in common it is the difference of two models of their own, with much of it and most
compounds measured in both, a model of the differences; neither of these is good everywhere.
"""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, solve_triangular

from molagent.chem.likeness import CountKernel, Counts, minmax
from molagent.learn.censored import match_limits
from molagent.learn.coupled import CoupledPosterior, TaskArray, fit_coupled
from molagent.learn.embedding import Features
from molagent.learn.gaussian_process import Hyperparameters
from molagent.learn.process_files import read_process, write_process
from molagent.records import FloatArray
from molagent.threads import single_threaded

__all__ = [
    "DIFFERENCE_KIND",
    "AssayMatrix",
    "Difference",
    "DifferenceProcess",
    "condition_difference",
    "fit_difference_posterior",
    "nearest_of_both",
]

DIFFERENCE_KIND: Final = "molagent-difference-process"
# Joint draws of more rows than this are made in blocks; a block's covariance fits in memory.
_JOINT_ROWS: Final = 3000


@dataclass(frozen=True, slots=True, eq=False)
class AssayMatrix:
    """How two assays go together.

    Attributes
    ----------
    hyper
        Mean, signal and noise of the first assay.
    between
        ``2 x 2``; covariance of the two, over the first assay's signal variance.
    offset
        Mean of the first assay minus that of the second.
    noise
        ``2``; variance of a measurement in each.
    """

    hyper: Hyperparameters
    between: FloatArray
    offset: float
    noise: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What rows of two assays say about the first minus the second.

    Attributes
    ----------
    coupled
        Over all rows, moved to the first assay's mean.
    """

    coupled: CoupledPosterior
    matrix: AssayMatrix

    @property
    def noise_variance(self) -> float:
        """Of a difference of two new measurements."""
        return float(self.matrix.noise.sum())

    @property
    def signal_variance(self) -> float:
        """Prior variance of a difference."""
        between = self.coupled.between
        shape = between[0, 0] + between[1, 1] - 2.0 * between[0, 1]
        return float(self._scale * shape)

    def predict(self, cross: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of the latent difference, each ``Q``.

        Parameters
        ----------
        cross
            ``Q x N`` kernel of queries and rows, of structures alone.
        """
        scaled = self._of_difference(cross)
        mean = self.matrix.offset + scaled @ self.coupled.posterior.weights
        half = self._half(scaled)
        variance = self.signal_variance - np.einsum("nq,nq->q", half, half)
        return mean, np.maximum(variance, 0.0)

    def covariance(self, cross: FloatArray, queries: FloatArray) -> FloatArray:
        """Return the joint covariance of the latent difference, ``Q x Q``."""
        half = self._half(self._of_difference(cross))
        result: FloatArray = self.signal_variance * queries - half.T @ half
        return result

    @property
    def _scale(self) -> float:
        return self.coupled.posterior.hyperparameters.signal_variance

    def _of_difference(self, cross: FloatArray) -> FloatArray:
        """Return the prior covariance of the difference at queries and the rows, ``Q x N``."""
        between, tasks = self.coupled.between, self.coupled.tasks
        result: FloatArray = self._scale * cross * (between[0, tasks] - between[1, tasks])
        return result

    def _half(self, scaled: FloatArray) -> FloatArray:
        factor = self.coupled.posterior.factor
        half: FloatArray = solve_triangular(factor, scaled.T, lower=True, check_finite=False)
        return half


def fit_difference_posterior(
    kernel: FloatArray,
    values: FloatArray,
    tasks: TaskArray,
    censoring: npt.NDArray[np.int8],
    *,
    seed: int = 0,
    keys: FloatArray | None = None,
) -> Difference:
    """Fit the matrix between two assays, and condition on values and limits.

    The matrix is fitted with a limit at its value: left out, a weak binder told as ``< 5`` would
    not be there, and the relative would seem as potent as its exact values, the strong ones.

    Parameters
    ----------
    kernel
        ``N x N``; of the structures, 1 on the diagonal.
    values
        ``N``; measured values or limits, both assays in one unit.
    tasks
        ``N``; 0 for the assay that is subtracted from, 1 for the one that is subtracted.
    censoring
        ``N``; 0 measured, +1 where the true value lies above, -1 where below.
    seed, keys
        As of :func:`molagent.learn.coupled.fit_coupled`.

    Raises
    ------
    InputError
        If the first assay has fewer than five exact values.
    """
    fitted = fit_coupled(kernel, values, tasks, seed=seed, keys=keys)
    posterior = fitted.posterior
    first, second = (int(np.flatnonzero(tasks == task)[0]) for task in (0, 1))
    # `fit_coupled` moves the second assay's values to the first one's mean.
    matrix = AssayMatrix(
        hyper=posterior.hyperparameters,
        between=fitted.between,
        offset=float(posterior.targets[second] - values[second]),
        noise=np.array([posterior.noise[first], posterior.noise[second]]),
    )
    return condition_difference(kernel, values, tasks, censoring, matrix)


def condition_difference(
    kernel: FloatArray,
    values: FloatArray,
    tasks: TaskArray,
    censoring: npt.NDArray[np.int8],
    matrix: AssayMatrix,
) -> Difference:
    """Condition on values and limits; arguments as of :func:`fit_difference_posterior`."""
    targets, noise = values + matrix.offset * (tasks == 1), matrix.noise[tasks]
    if censoring.any():
        sites = match_limits(
            kernel * matrix.between[np.ix_(tasks, tasks)],
            targets,
            censoring,
            mean=matrix.hyper.mean,
            signal_variance=matrix.hyper.signal_variance,
            noise_variance=noise,
        )
        targets, noise = sites.targets, sites.noise
    coupled = CoupledPosterior.of(kernel, tasks, matrix.hyper, matrix.between, (targets, noise))
    return Difference(coupled, matrix)


class DifferenceProcess:
    """A :class:`Difference` with its training counts: the same questions as a Gaussian process."""

    #: Queries need no embedding beside their counts.
    embeds: Final = False

    def __init__(self, counts: Counts, difference: Difference) -> None:
        self.difference = difference
        self._counts = counts
        self._kernel = CountKernel(counts)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Of the difference."""
        told = self.difference
        return Hyperparameters(told.matrix.offset, told.signal_variance, told.noise_variance)

    def similarity(self, counts: Counts) -> FloatArray:
        """Return how near the nearest row of the assay that is farther off is, ``Q x 1``, 0..1.

        A difference is known as well as the less known of its two sides.
        """
        return nearest_of_both(self._kernel(counts), self.difference.coupled.tasks)

    def predict(
        self,
        features: Counts | Features,
        near: FloatArray | None = None,  # noqa: ARG002 - a process's word; the kernel is wider here
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of a new difference, noise included, each ``Q``."""
        with single_threaded():
            mean, variance = self.difference.predict(self._kernel(_counts(features)))
        return mean, np.sqrt(variance + self.difference.noise_variance)

    def sample(self, features: Counts | Features, draws: int, seed: int) -> FloatArray:
        """Return joint draws of the latent difference, ``draws x Q``, without noise.

        Above 3,000 rows the draws are joint within blocks of 3,000 only.
        """
        rng = np.random.default_rng(seed)
        counts = _counts(features)
        result = np.empty((draws, len(counts)), dtype=np.float64)
        for start in range(0, len(counts), _JOINT_ROWS):
            rows = counts[start : start + _JOINT_ROWS]
            normal = rng.standard_normal((draws, len(rows)))
            with single_threaded():
                cross = self._kernel(rows)
                mean, _ = self.difference.predict(cross)
                covariance = self.difference.covariance(cross, minmax(rows, rows))
                # Structures with equal counts make the covariance singular.
                covariance[np.diag_indices_from(covariance)] += (
                    1e-8 + 1e-6 * self.difference.signal_variance
                )
                factor = np.tril(cho_factor(covariance, lower=True, check_finite=False)[0])
                result[:, start : start + len(rows)] = mean + normal @ factor.T
        return result

    def save(self, folder: Path, extra: Mapping[str, Any] | None = None) -> None:
        """Write the model to `folder`: tensors first, the manifest last and atomically."""
        coupled, matrix = self.difference.coupled, self.difference.matrix
        write_process(
            folder,
            kind=DIFFERENCE_KIND,
            features=self._counts,
            share=1.0,
            tensors={
                "targets": coupled.posterior.targets,
                "noise": coupled.posterior.noise,
                "between": matrix.between,
                "tasks": coupled.tasks,
                "assay_noise": matrix.noise,
            },
            manifest={
                "hyperparameters": astuple(matrix.hyper),
                "offset": matrix.offset,
            },
            extra=extra,
        )

    @classmethod
    def load(cls, folder: Path) -> tuple["DifferenceProcess", dict[str, Any]]:
        """Return the model and the `extra` it was saved with.

        Raises
        ------
        ModelError
            If the files are missing or damaged, or were made by another RDKit.
        """
        stored = read_process(folder, kind=DIFFERENCE_KIND)
        tensors, manifest = stored.tensors, stored.manifest
        matrix = AssayMatrix(
            hyper=Hyperparameters(*manifest["hyperparameters"]),
            between=tensors["between"],
            offset=float(manifest["offset"]),
            noise=tensors["assay_noise"],
        )
        rows = (tensors["targets"], tensors["noise"])
        with single_threaded():
            coupled = CoupledPosterior.of(
                stored.kernel, tensors["tasks"], matrix.hyper, matrix.between, rows
            )
        return cls(_counts(stored.features), Difference(coupled, matrix)), stored.extra


def nearest_of_both(near: FloatArray, tasks: TaskArray) -> FloatArray:
    """Return the smaller of a query's largest similarities to either assay's rows, ``Q x 1``.

    Examples
    --------
    >>> nearest_of_both(np.array([[0.9, 0.2, 0.4]]), np.array([0, 1, 1], dtype=np.int8)).tolist()
    [[0.4]]
    """
    nearest = [near[:, tasks == task].max(axis=1) for task in (0, 1)]
    farther: FloatArray = np.minimum(*nearest)
    return farther[:, None]


def _counts(features: Counts | Features) -> Counts:
    if isinstance(features, Features):
        return features.counts
    return features
