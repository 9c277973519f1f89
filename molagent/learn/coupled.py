"""Two assays of one target in one Gaussian process: a second assay informs the first.

The intrinsic model of coregionalisation (Bonilla, Chai and Williams 2008, Multi-task Gaussian
process prediction, NIPS 20; Alvarez et al. 2012, doi:10.1561/2200000036): the covariance of two
values is that of their structures times an entry of a small matrix between assays,
``B = w w' + diag(own)``. Each assay keeps its own mean, noise and part of the signal, so a second
assay that says something else is worth little, and the matrix says so.

The first assay is the one that is predicted; its entry of ``B`` is the signal variance.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from molagent.learn.gaussian_process import Hyperparameters, Posterior, fit_kernel
from molagent.records import FloatArray

__all__ = ["CoupledPosterior", "TaskArray", "fit_coupled"]

TaskArray = npt.NDArray[np.int8]

# The evidence is searched on at most this many rows, drawn once; the answer is of all of them.
_EVIDENCE_ROWS: Final = 600
_STEPS: Final = 25
# Weak priors: shares of each assay's variance for what is shared, its own and noise, and widths of
# their logarithms.
_SHARED: Final = (0.4, 3.0)
_OWN: Final = (0.2, 1.5)
_NOISE: Final = (0.2, 0.8)
_MIN_VARIANCE: Final = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class CoupledPosterior:
    """What several assays say about the first.

    Attributes
    ----------
    posterior
        Over all rows, with the covariance between assays in its factor.
    between
        ``T x T``; ``B`` over its first entry.
    tasks
        ``N``; which assay each row is of, 0 the first.
    """

    posterior: Posterior
    between: FloatArray
    tasks: TaskArray

    @classmethod
    def of(
        cls,
        kernel: FloatArray,
        tasks: TaskArray,
        hyper: Hyperparameters,
        between: FloatArray,
        rows: tuple[FloatArray, FloatArray],
    ) -> "CoupledPosterior":
        """Condition on `rows`: targets, moved to the first assay's mean, and noise variances."""
        scaled = kernel * between[np.ix_(tasks, tasks)]
        return cls(Posterior.of(scaled, hyper, *rows), between, tasks)

    @property
    def correlation(self) -> float:
        """Return how the last assay's signal goes with the first's, -1..1; 1 for one assay."""
        between = self.between
        return float(between[0, -1] / np.sqrt(between[0, 0] * between[-1, -1]))

    def predict(self, cross: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of the first assay's latent function, each ``Q``.

        Parameters
        ----------
        cross
            ``Q x N`` kernel of queries and rows, of structures alone.
        """
        return self.posterior.predict(cross * self.between[0, self.tasks])

    def covariance(self, cross: FloatArray, queries: FloatArray) -> FloatArray:
        """Return the joint covariance of the first assay's latent function, ``Q x Q``."""
        return self.posterior.covariance(cross * self.between[0, self.tasks], queries)


def fit_coupled(
    kernel: FloatArray,
    values: FloatArray,
    tasks: TaskArray,
    *,
    seed: int = 0,
    keys: FloatArray | None = None,
) -> CoupledPosterior:
    """Fit means, variances and the matrix between assays, and condition on all rows.

    Parameters
    ----------
    kernel
        ``N x N``; of the structures, 1 on the diagonal.
    values
        ``N``; measured values, each assay in its own unit.
    tasks
        ``N``; 0 for the assay to predict, 1, 2 ... for others, none of them empty.
    keys
        ``N``; of many rows those with the lowest are searched on, so that with keys that go with
        the structures a further row changes one of them. Drawn by `seed` where they are left out.

    Raises
    ------
    InputError
        If the first assay has fewer than five values.
    """
    if not tasks.any():
        return CoupledPosterior(fit_kernel(kernel, values), np.ones((1, 1)), tasks)
    rows = np.arange(len(values))
    if len(rows) > _EVIDENCE_ROWS:
        if keys is None:
            rows = np.random.default_rng(seed).choice(rows, _EVIDENCE_ROWS, replace=False)
        else:
            rows = np.argsort(keys, kind="stable")[:_EVIDENCE_ROWS]
        rows = np.sort(rows)
    found = _Evidence.of(kernel[np.ix_(rows, rows)], values[rows], tasks[rows]).search()
    between, noise = _unpack(found)[:2]
    signal = float(between[0, 0])
    means = _means(kernel, values, tasks, between, noise)
    hyper = Hyperparameters(float(means[0]), signal, float(noise[0]))
    targets = values - means[tasks] + means[0]
    return CoupledPosterior.of(kernel, tasks, hyper, between / signal, (targets, noise[tasks]))


def _unpack(place: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the matrix between assays, the noise variances and the shared scales."""
    count = len(place) // 3
    shared = np.exp(place[:count])
    own = np.exp(place[count : 2 * count])
    return np.outer(shared, shared) + np.diag(own), np.exp(place[2 * count :]), shared


def _means(
    kernel: FloatArray,
    values: FloatArray,
    tasks: TaskArray,
    between: FloatArray,
    noise: FloatArray,
) -> FloatArray:
    """Return each assay's mean by generalised least squares, ``T``."""
    member = np.eye(len(between))[tasks]
    covariance = kernel * between[np.ix_(tasks, tasks)]
    covariance[np.diag_indices_from(covariance)] += noise[tasks]
    solved = cho_solve(cho_factor(covariance, lower=True, check_finite=False), member)
    means: FloatArray = np.linalg.solve(member.T @ solved, solved.T @ values)
    return means


@dataclass(frozen=True, slots=True, eq=False)
class _Evidence:
    """The marginal likelihood under weak priors, over ``3 T`` logarithms."""

    kernel: FloatArray
    values: FloatArray
    tasks: TaskArray
    middle: FloatArray
    width: FloatArray

    @classmethod
    def of(cls, kernel: FloatArray, values: FloatArray, tasks: TaskArray) -> "_Evidence":
        spread = np.array([np.var(values[tasks == one]) for one in range(int(tasks.max()) + 1)])
        logs = np.log(np.maximum(spread, _MIN_VARIANCE))
        # The shared scales are standard deviations: half the logarithm.
        middle = np.concatenate(
            [
                0.5 * (logs + np.log(_SHARED[0])),
                logs + np.log(_OWN[0]),
                logs + np.log(_NOISE[0]),
            ]
        )
        width = np.repeat([0.5 * _SHARED[1], _OWN[1], _NOISE[1]], len(spread))
        return cls(kernel, values, tasks, middle, width)

    def search(self) -> FloatArray:
        """Return the best place found."""
        found = minimize(
            self.cost, self.middle, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}
        )
        place: FloatArray = found.x
        return place

    def cost(self, place: FloatArray) -> tuple[float, FloatArray]:
        """Return the negative log posterior of `place` and its gradient."""
        between, noise, shared = _unpack(place)
        member = np.eye(len(between))[self.tasks]
        covariance = self.kernel * between[np.ix_(self.tasks, self.tasks)]
        covariance[np.diag_indices_from(covariance)] += noise[self.tasks]
        factor = cho_factor(covariance, lower=True, check_finite=False)
        inverse = cho_solve(factor, np.eye(len(self.values)), check_finite=False)
        solved = inverse @ member
        means = np.linalg.solve(member.T @ solved, solved.T @ self.values)
        rest = self.values - member @ means
        weights = inverse @ rest
        step = (place - self.middle) / self.width
        cost = 0.5 * float(rest @ weights) + float(np.log(np.diagonal(factor[0])).sum())
        cost += 0.5 * float(step @ step)
        slope = inverse - np.outer(weights, weights)
        inner = member.T @ (slope * self.kernel) @ member
        count = len(between)
        gradient = np.concatenate(
            [
                (inner @ shared) * shared,
                0.5 * np.diagonal(inner) * np.exp(place[count : 2 * count]),
                0.5 * (member.T @ np.diagonal(slope)) * noise,
            ]
        )
        return cost, gradient + step / self.width
