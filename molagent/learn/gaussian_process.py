"""An exact Gaussian process on counts: the default model of a local endpoint.

Rasmussen and Williams 2006 (http://gaussianprocess.org/gpml), algorithm 2.1, with the kernel of
:mod:`molagent.learn.kernels`. The mean and the signal variance have closed forms for a given ratio
of noise to signal, so the marginal likelihood is maximised over one number.

Censored values (``> 9.5``, ``< 5``) enter the likelihood by :mod:`molagent.learn.censored`, for the
prediction and for the choice of mean, signal and noise: fitted on the measured values alone, which
are the stronger compounds, the process would take their mean for everybody's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.optimize import minimize, minimize_scalar

from molagent.errors import InputError, ModelError
from molagent.learn.artifact import read_artifact, write_artifact
from molagent.learn.censored import match_limits
from molagent.learn.embedding import Features, MixedKernel
from molagent.learn.kernels import CountKernel, Counts, minmax
from molagent.learn.threads import single_threaded
from molagent.records import FloatArray

__all__ = ["GaussianProcess", "Hyperparameters", "Posterior", "evidence", "fit_kernel"]

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
# Joint draws of more rows than this are made in blocks; a block's covariance fits in memory.
_JOINT_ROWS: Final = 3000
_KIND: Final = "molagent-gaussian-process"


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


class GaussianProcess:
    """A Gaussian process with its training counts.

    Examples
    --------
    >>> from molagent.learn.kernels import count_features
    >>> chains, _ = count_features(["C" * n for n in range(1, 13)])
    >>> model = GaussianProcess.fit(chains, np.arange(12.0))
    >>> mean, std = model.predict(chains[:2])
    >>> bool(mean[0] < mean[1])
    True
    """

    def __init__(
        self, features: Counts | Features, posterior: Posterior, *, share: float = 1.0
    ) -> None:
        self.posterior = posterior
        self._kernel: CountKernel | MixedKernel = (
            MixedKernel(features, share)
            if isinstance(features, Features)
            else CountKernel(features)
        )

    @classmethod
    def fit(
        cls,
        features: Counts | Features,
        values: FloatArray,
        censoring: npt.NDArray[np.int8] | None = None,
        *,
        share: float = 1.0,
    ) -> "GaussianProcess":
        """Fit on ``N x 2 * N_BINS`` counts and ``N`` values; see :func:`fit_kernel`.

        Parameters
        ----------
        features
            Counts, or counts and embedding; then `share` is that of the counts in the kernel.
        """
        with single_threaded():
            if isinstance(features, Features):
                kernel = MixedKernel(features, share)(features)
            else:
                kernel = minmax(features, features)
            return cls(features, fit_kernel(kernel, values, censoring), share=share)

    @property
    def embeds(self) -> bool:
        """Whether queries need an embedding beside their counts."""
        return isinstance(self._kernel, MixedKernel)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """What the marginal likelihood chose."""
        return self.posterior.hyperparameters

    def similarity(self, counts: Counts) -> FloatArray:
        """Return the count kernel with every training row, ``Q x N``, 0..1."""
        near = self._kernel.counts if isinstance(self._kernel, MixedKernel) else self._kernel
        return near(counts)

    def predict(
        self, features: Counts | Features, near: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of a new measurement, noise included, each ``Q``.

        Parameters
        ----------
        near
            What :meth:`similarity` said of the same rows, where it is at hand.
        """
        with single_threaded():
            mean, variance = self.posterior.predict(self._cross(features, near))
        return mean, np.sqrt(variance + self.hyperparameters.noise_variance)

    def sample(self, features: Counts | Features, draws: int, seed: int) -> FloatArray:
        """Return joint posterior draws of the latent function, ``draws x Q``, without noise.

        Above 3,000 rows the draws are joint within blocks of 3,000 only.
        """
        rng = np.random.default_rng(seed)
        result = np.empty((draws, len(features)), dtype=np.float64)
        for start in range(0, len(features), _JOINT_ROWS):
            rows = features[start : start + _JOINT_ROWS]
            normal = rng.standard_normal((draws, len(rows)))
            with single_threaded():
                mean, factor = self._joint(rows)
                result[:, start : start + len(rows)] = mean + normal @ factor.T
        return result

    def _cross(self, features: Counts | Features, near: FloatArray | None = None) -> FloatArray:
        kernel = self._kernel
        if isinstance(kernel, MixedKernel) and isinstance(features, Features):
            return kernel(features) if near is None else kernel.mix(near, features)
        if isinstance(kernel, CountKernel) and not isinstance(features, Features):
            return kernel(features) if near is None else near
        raise ModelError(
            "the rows have other features than the model was fitted on",
            remedy="give counts and embedding together, or neither embedding",
        )

    def _joint(self, rows: Counts | Features) -> tuple[FloatArray, FloatArray]:
        """Return mean and lower Cholesky factor of the latent function."""
        cross = self._cross(rows)
        mean, _ = self.posterior.predict(cross)
        kernel = self._kernel
        among = (
            kernel.among(rows)
            if isinstance(kernel, MixedKernel) and isinstance(rows, Features)
            else minmax(cast("Counts", rows), cast("Counts", rows))
        )
        covariance = self.posterior.covariance(cross, among)
        # Structures with equal counts make the covariance singular.
        covariance[np.diag_indices_from(covariance)] += (
            1e-8 + 1e-6 * self.hyperparameters.signal_variance
        )
        return mean, np.tril(cho_factor(covariance, lower=True, check_finite=False)[0])

    def save(self, folder: Path, extra: Mapping[str, Any] | None = None) -> None:
        """Write the model to `folder`: tensors first, the manifest last and atomically."""
        hyper, kernel = self.hyperparameters, self._kernel
        tensors: dict[str, npt.NDArray[Any]] = {
            "targets": self.posterior.targets,
            "noise": self.posterior.noise,
        }
        share = 1.0
        if isinstance(kernel, MixedKernel):
            tensors["counts"] = kernel.reference.counts
            tensors["embedding"] = kernel.reference.embedding
            share = kernel.share
        else:
            tensors["counts"] = kernel.reference
        write_artifact(
            folder,
            kind=_KIND,
            tensors=tensors,
            manifest={
                "mean": hyper.mean,
                "signal_variance": hyper.signal_variance,
                "noise_variance": hyper.noise_variance,
                "share": share,
                "extra": dict(extra or {}),
            },
        )

    @classmethod
    def load(cls, folder: Path) -> tuple["GaussianProcess", dict[str, Any]]:
        """Return the model and the `extra` it was saved with.

        Raises
        ------
        ModelError
            If the files are missing or damaged, or were made by another RDKit.
        """
        tensors, manifest = read_artifact(folder, kind=_KIND)
        hyper = Hyperparameters(
            float(manifest["mean"]),
            float(manifest["signal_variance"]),
            float(manifest["noise_variance"]),
        )
        share = float(manifest.get("share", 1.0))
        features: Counts | Features = tensors["counts"]
        with single_threaded():
            if "embedding" in tensors:
                features = Features(tensors["counts"], tensors["embedding"])
                kernel = MixedKernel(features, share)(features)
            else:
                kernel = minmax(tensors["counts"], tensors["counts"])
            posterior = Posterior.of(kernel, hyper, tensors["targets"], tensors["noise"])
        return cls(features, posterior, share=share), dict(manifest["extra"])


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
