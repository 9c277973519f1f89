"""Limits in the likelihood of a Gaussian process: a Tobit model by expectation propagation.

A result ``< 5`` says that a measurement, noise included, fell below 5: its likelihood is
``Phi((5 - f) / sigma)`` (Tobin 1958, doi:10.2307/1907382). Expectation propagation (Minka 2001,
arXiv:1301.2294; Rasmussen and Williams 2006, chapter 3.6) replaces each such factor by a Gaussian
pseudo-measurement whose moments match it. The factors are log-concave, so every
pseudo-measurement has a positive variance, and never a smaller one than a measured value.

Measured values are conditioned on first, exactly; the sweeps then only touch the rows with limits.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import log_ndtr

from molagent.records import FloatArray

__all__ = ["SIDES", "Sites", "expected_readout", "match_limits", "one_sided_site"]

#: Relation -> side of the value on which the true one lies; a relation that is not here tells none.
SIDES: Final = {"=": 0, ">": 1, ">=": 1, "<": -1, "<=": -1}

_SWEEPS: Final = 60
_DAMPING: Final = 0.8
_CONVERGED: Final = 1e-5
_LOG_2PI: Final = float(np.log(2.0 * np.pi))


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """What limits amount to.

    Attributes
    ----------
    targets, noise
        ``N``; measured values with the noise variance, pseudo-measurements with theirs.
    log_evidence
        Log of the marginal likelihood of all rows, limits included.
    """

    targets: FloatArray
    noise: FloatArray
    log_evidence: float


def match_limits(
    kernel: FloatArray,
    values: FloatArray,
    censoring: npt.NDArray[np.int8],
    *,
    mean: float,
    signal_variance: float,
    noise_variance: float | FloatArray,
    tolerance: float = _CONVERGED,
) -> Sites:
    """Return pseudo-measurements for the rows with limits, and the evidence.

    Parameters
    ----------
    kernel
        ``N x N``; times `signal_variance` it is the prior covariance.
    values
        ``N``; measured values or limits.
    censoring
        ``N``; 0 for a measured value, +1 where the true value lies above, -1 where it lies below.
    mean, signal_variance, noise_variance
        Of the process, in the endpoint's unit (squared for variances); the noise of all rows, or
        ``N``, each row its own.
    tolerance
        The sweeps end when no pseudo-precision moves by more than this share of a measured value's.

    Examples
    --------
    One row, known to be below 0, prior N(0, 1), noise 1: the evidence is one half, and the
    posterior mean is ``-1 / sqrt(pi)``.

    >>> sites = match_limits(np.eye(1), np.zeros(1), np.array([-1], dtype=np.int8),
    ...     mean=0.0, signal_variance=1.0, noise_variance=1.0)
    >>> round(float(np.exp(sites.log_evidence)), 4)
    0.5
    >>> round(float(sites.targets[0] / (1.0 + sites.noise[0])), 4)
    -0.5642
    """
    exact, limited = np.flatnonzero(censoring == 0), np.flatnonzero(censoring)
    noises = np.broadcast_to(np.asarray(noise_variance, dtype=np.float64), values.shape)
    prior_mean, prior, evidence = _condition(
        signal_variance * kernel[np.ix_(exact, exact)],
        signal_variance * kernel[np.ix_(limited, exact)],
        signal_variance * kernel[np.ix_(limited, limited)],
        values[exact] - mean,
        noises[exact],
    )
    targets = values.astype(np.float64).copy()
    noise = noises.copy()
    if len(limited):
        sign = censoring[limited].astype(np.float64)
        location, variance, gain = _sweep(
            prior_mean, prior, sign, values[limited] - mean, noises[limited], tolerance
        )
        targets[limited] = mean + location
        noise[limited] = variance
        evidence += gain
    return Sites(targets, noise, evidence)


def expected_readout(mean: FloatArray, std: FloatArray, floor: float) -> FloatArray:
    """Return the mean of what an assay reports that cannot report less than `floor`, ``N``.

    A compound predicted at 3 in an assay that starts at 4 will be reported near 4. To compare a
    model of the true value with one of reported values, compare this.

    Parameters
    ----------
    mean, std
        ``N``; of a new measurement.
    floor
        For example 4.0, where nothing above 100 uM is measured.

    Examples
    --------
    >>> expected_readout(np.array([7.0, 4.0, 1.0]), np.full(3, 0.5), 4.0).round(2).tolist()
    [7.0, 4.2, 4.0]
    """
    z = (mean - floor) / std
    mass = np.exp(log_ndtr(z))
    density = np.exp(-0.5 * z**2 - 0.5 * _LOG_2PI)
    result: FloatArray = floor + (mean - floor) * mass + std * density
    return result


def one_sided_site(
    mean: FloatArray,
    variance: FloatArray,
    sign: FloatArray,
    limits: FloatArray,
    noise: float | FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return precision, shift and log normaliser of the Gaussian that matches a limit.

    Parameters
    ----------
    mean, variance
        ``C``; the cavity: what everything but this limit says.
    sign
        ``C``; +1 where the true value lies above the limit, -1 below.
    limits
        ``C``.
    noise
        Variance of a measurement, of all or ``C``.
    """
    spread = np.sqrt(variance + noise)
    z = sign * (mean - limits) / spread
    log_mass = log_ndtr(z)
    # Ratio of the normal density to its distribution function, stable far below zero.
    hazard = np.exp(-0.5 * z**2 - 0.5 * _LOG_2PI - log_mass)
    slope = sign * hazard / spread
    curvature = np.maximum(hazard * (z + hazard) / spread**2, 1e-12)
    # At most 1 / noise in exact arithmetic; at least something, so that no variance is infinite.
    precision = curvature / np.maximum(1.0 - curvature * variance, 1e-12)
    precision = np.clip(precision, 1e-8 / noise, 1.0 / noise)
    shift = precision * mean + slope * (1.0 + precision * variance)
    return precision, shift, log_mass


def _condition(
    exact: FloatArray,
    cross: FloatArray,
    limited: FloatArray,
    residuals: FloatArray,
    noise: FloatArray,
) -> tuple[FloatArray, FloatArray, float]:
    """Return mean and covariance of the limited rows given the exact ones, and their evidence."""
    covariance = exact.copy()
    covariance[np.diag_indices_from(covariance)] += noise
    factor = np.tril(cho_factor(covariance, lower=True, check_finite=False)[0])
    white = solve_triangular(factor, residuals, lower=True, check_finite=False)
    half = solve_triangular(factor, cross.T, lower=True, check_finite=False)
    evidence = -0.5 * float(white @ white) - float(np.log(np.diagonal(factor)).sum())
    evidence -= 0.5 * len(residuals) * _LOG_2PI
    return half.T @ white, limited - half.T @ half, evidence


def _sweep(
    prior_mean: FloatArray,
    prior: FloatArray,
    sign: FloatArray,
    limits: FloatArray,
    noise: FloatArray,
    tolerance: float,
) -> tuple[FloatArray, FloatArray, float]:
    """Return locations and variances of the sites, and the log evidence of the limits."""
    precision = np.full(len(sign), 0.1 / noise)
    shift = precision * limits
    for _ in range(_SWEEPS):
        mean, variance = _posterior(prior_mean, prior, precision, shift)
        cavity_variance, cavity_mean = _cavity(mean, variance, precision, shift)
        wanted, wanted_shift, _ = one_sided_site(cavity_mean, cavity_variance, sign, limits, noise)
        change = float(np.max(np.abs(wanted - precision) * noise))
        precision = (1 - _DAMPING) * precision + _DAMPING * wanted
        shift = (1 - _DAMPING) * shift + _DAMPING * wanted_shift
        if change < tolerance:
            break
    mean, variance = _posterior(prior_mean, prior, precision, shift)
    cavity_variance, cavity_mean = _cavity(mean, variance, precision, shift)
    _, _, log_mass = one_sided_site(cavity_mean, cavity_variance, sign, limits, noise)
    location, width = shift / precision, 1.0 / precision
    total = prior.copy()
    total[np.diag_indices_from(total)] += width
    factor = np.tril(cho_factor(total, lower=True, check_finite=False)[0])
    white = solve_triangular(factor, location - prior_mean, lower=True, check_finite=False)
    evidence = -0.5 * float(white @ white) - float(np.log(np.diagonal(factor)).sum())
    spread = cavity_variance + width
    evidence += float(
        np.sum(log_mass + 0.5 * np.log(spread) + 0.5 * (cavity_mean - location) ** 2 / spread)
    )
    return location, width, evidence


def _posterior(
    prior_mean: FloatArray, prior: FloatArray, precision: FloatArray, shift: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the marginal means and variances under the prior and the sites."""
    total = prior.copy()
    total[np.diag_indices_from(total)] += 1.0 / precision
    factor = cho_factor(total, lower=True, check_finite=False)
    solved = cho_solve(factor, prior, check_finite=False)
    mean = prior_mean + solved.T @ (shift / precision - prior_mean)
    variance = np.diagonal(prior) - np.einsum("ij,ji->i", prior, solved)
    return mean, np.maximum(variance, 1e-12)


def _cavity(
    mean: FloatArray, variance: FloatArray, precision: FloatArray, shift: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return variance and mean without each row's own site."""
    left = np.maximum(1.0 / variance - precision, 1e-9)
    return 1.0 / left, (mean / variance - shift) / left
