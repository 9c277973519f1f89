"""An exact Gaussian process on counts: the default model of a local endpoint.

The kernel is that of :mod:`molagent.chem.likeness`; :mod:`molagent.learn.posterior` conditions and
chooses the hyperparameters.

Censored values (``> 9.5``, ``< 5``) enter the likelihood by :mod:`molagent.learn.censored`, for the
prediction and for the choice of mean, signal and noise: fitted on the measured values alone, which
are the stronger compounds, the process would take their mean for everybody's.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor

from molagent.chem.likeness import CountKernel, Counts, minmax
from molagent.errors import ModelError
from molagent.learn.embedding import Features, MixedKernel
from molagent.learn.posterior import Hyperparameters, Posterior, evidence, fit_kernel
from molagent.learn.process_files import read_process, write_process
from molagent.records import FloatArray
from molagent.threads import single_threaded

__all__ = [
    "PROCESS_KIND",
    "GaussianProcess",
    "Hyperparameters",
    "Posterior",
    "evidence",
    "fit_kernel",
]

# Joint draws of more rows than this are made in blocks; a block's covariance fits in memory.
_JOINT_ROWS: Final = 3000
PROCESS_KIND: Final = "molagent-gaussian-process"
_HYPER: Final = fields(Hyperparameters)


class GaussianProcess:
    """A Gaussian process with its training counts.

    Examples
    --------
    >>> from molagent.chem.likeness import count_features
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

    @property
    def counts(self) -> Counts:
        """The training rows' counts, ``N x 2 * N_BINS``."""
        kernel = self._kernel
        return kernel.reference if isinstance(kernel, CountKernel) else kernel.reference.counts

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
        write_process(
            folder,
            kind=PROCESS_KIND,
            features=kernel.reference,
            share=kernel.share if isinstance(kernel, MixedKernel) else 1.0,
            tensors={"targets": self.posterior.targets, "noise": self.posterior.noise},
            manifest=asdict(hyper),
            extra=extra,
        )

    @classmethod
    def load(cls, folder: Path) -> tuple["GaussianProcess", dict[str, Any]]:
        """Return the model and the `extra` it was saved with.

        Raises
        ------
        ModelError
            If the files are missing or damaged, or were made by another RDKit.
        """
        stored = read_process(folder, kind=PROCESS_KIND)
        hyper = Hyperparameters(*(float(stored.manifest[each.name]) for each in _HYPER))
        with single_threaded():
            posterior = Posterior.of(
                stored.kernel, hyper, stored.tensors["targets"], stored.tensors["noise"]
            )
        return cls(stored.features, posterior, share=stored.share), stored.extra
