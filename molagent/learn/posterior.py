"""Conditioning a Gaussian process on values and limits, and choosing what it is conditioned with.

Rasmussen and Williams 2006 (http://gaussianprocess.org/gpml), algorithm 2.1. The mean and the
signal variance have closed forms for a given ratio of noise to signal, so the marginal likelihood
of measured values is maximised over one number; with limits in it, over three, under weak priors.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize, minimize_scalar

from molagent.errors import InputError
from molagent.learn.censored import match_limits
from molagent.records import FloatArray

__all__ = ["Hyperparameters", "Posterior", "evidence", "fit_kernel"]

# log10 of noise variance / signal variance that the likelihood is searched over.
_LOG_RATIO: Final = (-3.0, 1.0)
_TOLERANCE: Final = 0.03
_MIN_VARIANCE: Final = 1e-4
_MIN_TRAIN: Final = 5
# The evidence with limits is a search over three numbers; this many rows decide it well enough.
_EVIDENCE_ROWS: Final = 400
_EVIDENCE_STEPS: Final = 15
# Much finer than the steps of the search, and half the sweeps of the final answer.
_SEARCH_TOLERANCE: Final = 1e-4
# Weak priors for it, as logarithms of shares of the variance of the values, and their widths: a
# few dozen compounds with limits cannot tell noise from signal.
_NOISE_PRIOR: Final = (np.log(0.1), 0.8)
_SIGNAL_PRIOR: Final = (0.0, 1.5)


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """What the marginal likelihood chose, in the endpoint's unit (squared for variances)."""

    mean: float
    signal_variance: float
    noise_variance: float


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """The posterior given a kernel of the training rows.

    Attributes
    ----------
    targets, noise
        ``N``; measured values and noise variances, pseudo ones where censored.
    weights
        ``N``; ``(K + noise)^-1 (targets - mean)``.
    factor
        ``N x N``; lower Cholesky factor of ``K + noise``.
    """

    hyperparameters: Hyperparameters
    targets: FloatArray
    noise: FloatArray
    weights: FloatArray
    factor: FloatArray

    @classmethod
    def of(
        cls, kernel: FloatArray, hyper: Hyperparameters, targets: FloatArray, noise: FloatArray
    ) -> "Posterior":
        """Condition on `targets` with variances `noise`."""
        covariance = hyper.signal_variance * kernel
        covariance[np.diag_indices_from(covariance)] += noise
        factor = np.tril(cho_factor(covariance, lower=True)[0])
        weights = cho_solve((factor, True), targets - hyper.mean)
        return cls(hyper, targets, noise, weights, factor)

    def predict(self, cross: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance of the latent function, each ``Q``.

        Parameters
        ----------
        cross
            ``Q x N`` kernel of queries and training rows.
        """
        hyper = self.hyperparameters
        scaled = hyper.signal_variance * cross
        mean = hyper.mean + scaled @ self.weights
        half = solve_triangular(self.factor, scaled.T, lower=True, check_finite=False)
        variance = hyper.signal_variance - np.einsum("nq,nq->q", half, half)
        return mean, np.maximum(variance, 0.0)

    def covariance(self, cross: FloatArray, queries: FloatArray) -> FloatArray:
        """Return the joint covariance of the latent function, ``Q x Q``."""
        scaled = self.hyperparameters.signal_variance * cross
        half = solve_triangular(self.factor, scaled.T, lower=True, check_finite=False)
        result: FloatArray = self.hyperparameters.signal_variance * queries - half.T @ half
        return result


def fit_kernel(
    kernel: FloatArray, values: FloatArray, censoring: npt.NDArray[np.int8] | None = None
) -> Posterior:
    """Fit hyperparameters and condition on the data.

    Parameters
    ----------
    kernel
        ``N x N``, 1 on the diagonal.
    values
        ``N``; measured values or limits.
    censoring
        ``N``; 0 for a measured value, +1 where the true value lies above, -1 where it lies below.

    Raises
    ------
    InputError
        If fewer than five values are measured.
    """
    flags = np.zeros(len(values), dtype=np.int8) if censoring is None else censoring
    exact = flags == 0
    if (count := int(exact.sum())) < _MIN_TRAIN:
        raise InputError(
            f"{count} measured values are too few to fit a model",
            remedy=f"give at least {_MIN_TRAIN} with relation '='",
        )
    if exact.all():
        hyper = _fit_hyperparameters(kernel, values)
        return Posterior.of(kernel, hyper, values, np.full(len(values), hyper.noise_variance))
    hyper = _refine(kernel, values, flags)
    sites = match_limits(
        kernel,
        values,
        flags,
        mean=hyper.mean,
        signal_variance=hyper.signal_variance,
        noise_variance=hyper.noise_variance,
    )
    return Posterior.of(kernel, hyper, sites.targets, sites.noise)


def evidence(kernel: FloatArray, values: FloatArray) -> float:
    """Return the log marginal likelihood at its maximum, up to a constant of the row count."""
    found = _best_ratio(kernel, values)
    return -_profile(kernel, values, found)[0]


def _fit_hyperparameters(kernel: FloatArray, values: FloatArray) -> Hyperparameters:
    found = _best_ratio(kernel, values)
    _, mean, signal = _profile(kernel, values, found)
    return Hyperparameters(mean, signal, max(signal * 10.0**found, _MIN_VARIANCE))


def _best_ratio(kernel: FloatArray, values: FloatArray) -> float:
    found = minimize_scalar(
        lambda log_ratio: _profile(kernel, values, log_ratio)[0],
        bounds=_LOG_RATIO,
        method="bounded",
        options={"xatol": _TOLERANCE},
    )
    return float(found.x)


def _profile(
    kernel: FloatArray, values: FloatArray, log_ratio: float
) -> tuple[float, float, float]:
    """Return negative log likelihood, mean and signal variance at this noise ratio."""
    covariance = kernel.copy()
    covariance[np.diag_indices_from(covariance)] += 10.0**log_ratio
    factor = cho_factor(covariance, lower=True, overwrite_a=True, check_finite=False)
    solved = cho_solve(factor, np.column_stack([values, np.ones_like(values)]))
    mean = float(solved[:, 0].sum() / solved[:, 1].sum())
    quadratic = float((values - mean) @ (solved[:, 0] - mean * solved[:, 1]))
    signal = max(quadratic / len(values), _MIN_VARIANCE)
    logdet = 2.0 * float(np.log(np.diagonal(factor[0])).sum())
    return 0.5 * (len(values) * np.log(signal) + logdet), mean, signal


def _refine(
    kernel: FloatArray,
    values: FloatArray,
    censoring: npt.NDArray[np.int8],
) -> Hyperparameters:
    """Return what maximises the evidence of values and limits under weak priors."""
    rows = np.arange(len(values))
    if len(rows) > _EVIDENCE_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, _EVIDENCE_ROWS, replace=False))
    part, known, flags = kernel[np.ix_(rows, rows)], values[rows], censoring[rows]
    scale = np.log(max(float(np.var(values)), _MIN_VARIANCE))

    def cost(place: FloatArray) -> float:
        signal, noise = np.exp(place[1:])
        gain = match_limits(
            part,
            known,
            flags,
            mean=float(place[0]),
            signal_variance=signal,
            noise_variance=noise,
            tolerance=_SEARCH_TOLERANCE,
        ).log_evidence
        for log_variance, (middle, width) in zip(
            place[1:], (_SIGNAL_PRIOR, _NOISE_PRIOR), strict=True
        ):
            gain -= 0.5 * float((log_variance - scale - middle) / width) ** 2
        return -gain

    middle = np.array([known.mean(), scale, scale + _NOISE_PRIOR[0]])
    found = minimize(
        cost,
        middle,
        method="L-BFGS-B",
        # Within e^-7..e^4 of the variance of the values every factor is well conditioned.
        bounds=[(None, None), (scale - 7.0, scale + 4.0), (scale - 7.0, scale + 4.0)],
        options={"maxiter": _EVIDENCE_STEPS, "eps": 1e-3, "ftol": 1e-6},
    )
    signal, noise = np.exp(found.x[1:])
    return Hyperparameters(float(found.x[0]), float(signal), float(noise))
