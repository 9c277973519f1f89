"""A two-part model with its training structures: the same questions as a Gaussian process."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor

from molagent.chem.likeness import CountKernel, Counts, minmax
from molagent.errors import ModelError
from molagent.learn.coupled import CoupledPosterior
from molagent.learn.embedding import Features, MixedKernel
from molagent.learn.gaussian_process import Hyperparameters
from molagent.learn.process_files import read_process, write_process
from molagent.learn.two_part import TwoPart
from molagent.records import FloatArray
from molagent.threads import single_threaded

__all__ = ["TWO_PART_KIND", "TwoPartProcess"]

TWO_PART_KIND: Final = "molagent-two-part-process"
# Joint draws of more rows than this are made in blocks; a block's covariance fits in memory.
_JOINT_ROWS: Final = 3000
_PARTS: Final = ("measured", "below")


class TwoPartProcess:
    """A :class:`~molagent.learn.two_part.TwoPart` with its training counts.

    Parameters
    ----------
    features
        ``S`` rows: those of the endpoint, and below them those of a second assay, if there is one.
    own
        How many are the endpoint's.
    share
        Of the counts in the kernel, where there is an embedding.
    """

    def __init__(
        self, features: Counts | Features, own: int, parts: TwoPart, *, share: float = 1.0
    ) -> None:
        self.parts = parts
        self.own = own
        self.share = share
        self._features = features
        self._kernel: CountKernel | MixedKernel = (
            MixedKernel(features, share, own)
            if isinstance(features, Features)
            else CountKernel(features)
        )

    @property
    def embeds(self) -> bool:
        """Whether queries need an embedding beside their counts."""
        return isinstance(self._kernel, MixedKernel)

    @property
    def hyperparameters(self) -> Hyperparameters:
        """Of the measured part."""
        return self.parts.measured.posterior.hyperparameters

    def similarity(self, counts: Counts) -> FloatArray:
        """Return the count kernel with the endpoint's own rows, ``Q x N``, 0..1."""
        near = self._kernel.counts if isinstance(self._kernel, MixedKernel) else self._kernel
        return near(counts)[:, : self.own]

    def predict(
        self,
        features: Counts | Features,
        near: FloatArray | None = None,  # noqa: ARG002 - a process's word; the kernel is wider here
    ) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of what is reported, noise included, each ``Q``."""
        with single_threaded():
            return self.parts.predict(self._cross(features))

    def probability_below(self, features: Counts | Features) -> FloatArray:
        """Return how likely each row is reported as below the limit, ``Q``, 0..1."""
        with single_threaded():
            return self.parts.probability_below(self._cross(features))

    def sample(self, features: Counts | Features, draws: int, seed: int) -> FloatArray:
        """Return joint draws of the expected report, ``draws x Q``, without noise.

        Above 3,000 rows the draws are joint within blocks of 3,000 only.
        """
        rng = np.random.default_rng(seed)
        result = np.empty((draws, len(features)), dtype=np.float64)
        for start in range(0, len(features), _JOINT_ROWS):
            rows = features[start : start + _JOINT_ROWS]
            normal = rng.standard_normal((2, draws, len(rows)))
            with single_threaded():
                cross, among = self._cross(rows), self._among(rows)
                measured = cross[:, self.parts.measured_rows]
                potency = _draw(self.parts.measured, measured, among, normal[0])
                below = np.clip(_draw(self.parts.below, cross, among, normal[1]), 0.0, 1.0)
            drawn = (1.0 - below) * potency + below * self.parts.limit
            result[:, start : start + len(rows)] = drawn
        return result

    def save(self, folder: Path, extra: Mapping[str, Any] | None = None) -> None:
        """Write the model to `folder`: tensors first, the manifest last and atomically."""
        tensors: dict[str, npt.NDArray[Any]] = {"measured_rows": self.parts.measured_rows}
        hyper: dict[str, list[float]] = {}
        for name in _PARTS:
            part: CoupledPosterior = getattr(self.parts, name)
            tensors[f"{name}_targets"] = part.posterior.targets
            tensors[f"{name}_noise"] = part.posterior.noise
            tensors[f"{name}_between"] = part.between
            tensors[f"{name}_tasks"] = part.tasks
            said = part.posterior.hyperparameters
            hyper[name] = [said.mean, said.signal_variance, said.noise_variance]
        write_process(
            folder,
            kind=TWO_PART_KIND,
            features=self._features,
            share=self.share,
            tensors=tensors,
            manifest={"hyperparameters": hyper, "limit": self.parts.limit, "own": self.own},
            extra=extra,
        )

    @classmethod
    def load(cls, folder: Path) -> tuple["TwoPartProcess", dict[str, Any]]:
        """Return the model and the `extra` it was saved with.

        Raises
        ------
        ModelError
            If the files are missing or damaged, or were made by another RDKit.
        """
        stored = read_process(folder, kind=TWO_PART_KIND)
        tensors, manifest = stored.tensors, stored.manifest
        rows = tensors["measured_rows"]
        kernels = {"measured": stored.kernel[np.ix_(rows, rows)], "below": stored.kernel}
        with single_threaded():
            parts = {
                name: CoupledPosterior.of(
                    kernels[name],
                    tensors[f"{name}_tasks"],
                    Hyperparameters(*manifest["hyperparameters"][name]),
                    tensors[f"{name}_between"],
                    (tensors[f"{name}_targets"], tensors[f"{name}_noise"]),
                )
                for name in _PARTS
            }
        model = TwoPart(parts["measured"], rows, parts["below"], float(manifest["limit"]))
        own = int(manifest["own"])
        return cls(stored.features, own, model, share=stored.share), stored.extra

    def _cross(self, features: Counts | Features) -> FloatArray:
        kernel = self._kernel
        if isinstance(kernel, MixedKernel) and isinstance(features, Features):
            return kernel(features)
        if isinstance(kernel, CountKernel) and not isinstance(features, Features):
            return kernel(features)
        raise ModelError(
            "the rows have other features than the model was fitted on",
            remedy="give counts and embedding together, or neither embedding",
        )

    def _among(self, rows: Counts | Features) -> FloatArray:
        if isinstance(self._kernel, MixedKernel) and isinstance(rows, Features):
            return self._kernel.among(rows)
        counts = rows.counts if isinstance(rows, Features) else rows
        return minmax(counts, counts)


def _draw(
    part: CoupledPosterior, cross: FloatArray, among: FloatArray, normal: FloatArray
) -> FloatArray:
    """Return joint draws of a part's latent function, ``draws x Q``."""
    mean, _ = part.predict(cross)
    covariance = part.covariance(cross, among)
    # Structures with equal counts make the covariance singular.
    covariance[np.diag_indices_from(covariance)] += (
        1e-8 + 1e-6 * part.posterior.hyperparameters.signal_variance
    )
    factor = np.tril(cho_factor(covariance, lower=True, check_finite=False)[0])
    result: FloatArray = mean + normal @ factor.T
    return result
