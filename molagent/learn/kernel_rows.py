"""What candidates are fitted on: an endpoint's rows, and below them those of a second assay."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import Counts, minmax
from molagent.errors import NotFoundError
from molagent.learn.embedding import Embedding, Features, MixedKernel
from molagent.learn.evaluation import Estimate
from molagent.learn.posterior import Posterior, fit_kernel
from molagent.learn.second_assay import SecondAssay
from molagent.records import BoolArray, FloatArray

__all__ = ["Material", "Stack"]


@dataclass(frozen=True, eq=False)
class Material:
    """What candidates are fitted on, and what they have computed of it.

    Attributes
    ----------
    kernel
        ``N x N``; the count kernel.
    embedding
        ``N x 512``, where a candidate asks for it.
    when
        ``N``; months since year 0, NaN where unknown. Decides what of the second assay was known.
    second
        Another assay of the target, for the candidates that are told it.
    chiral
        Counts that tell enantiomers apart, where a candidate asks for them.
    """

    kernel: FloatArray
    counts: Counts
    embedding: Embedding | None
    values: FloatArray
    censoring: npt.NDArray[np.int8]
    seed: int
    when: FloatArray | None = None
    second: SecondAssay | None = None
    chiral: Counts | None = None
    _shared: dict[str, Estimate] = field(default_factory=dict, repr=False)

    @cached_property
    def plain(self) -> Posterior:
        """The process on counts of all rows.

        Raises
        ------
        InputError
            If fewer than five values are measured.
        """
        return fit_kernel(self.kernel, self.values, self.censoring)

    def shared(self, name: str, make: Callable[[], Estimate]) -> Estimate:
        """Return an estimate that candidates have in common; what it answered it remembers.

        Parameters
        ----------
        name
            Of the estimate.
        make
            Makes it where no candidate has asked for it yet.
        """
        if name not in self._shared:
            self._shared[name] = _remembered(make())
        return self._shared[name]


def _remembered(estimate: Estimate) -> Estimate:
    known: dict[tuple[bytes, bytes], tuple[FloatArray, FloatArray]] = {}

    def ask(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
        key = (train.tobytes(), test.tobytes())
        if key not in known:
            known[key] = estimate(train, test)
        return known[key]

    return ask


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """The rows of an endpoint, and below them those of a second assay.

    Attributes
    ----------
    near
        ``S x S``; the count kernel.
    tasks
        ``S``; 0 for the endpoint, 1 for the second assay.
    """

    near: FloatArray
    features: Features | None
    counts: Counts
    values: FloatArray
    censoring: npt.NDArray[np.int8]
    tasks: npt.NDArray[np.int8]

    @classmethod
    def of(cls, material: Material, second: SecondAssay | None, *, embeds: bool) -> "Stack":
        """Put the rows below each other."""
        embedding = material.embedding if embeds else None
        if embeds and embedding is None:
            raise NotFoundError("feature", "embedding", known=("counts",))
        tasks = np.zeros(len(material.values), dtype=np.int8)
        if second is None:
            features = None if embedding is None else Features(material.counts, embedding)
            return cls(
                material.kernel,
                features,
                material.counts,
                material.values,
                material.censoring,
                tasks,
            )
        counts = np.concatenate([material.counts, second.counts])
        features = None
        if embedding is not None and second.embedding is not None:
            features = Features(counts, np.concatenate([embedding, second.embedding]))
        return cls(
            minmax(counts, counts),
            features,
            counts,
            np.concatenate([material.values, second.values]),
            np.concatenate([material.censoring, second.censoring]),
            np.concatenate([tasks, np.ones(len(second), dtype=np.int8)]),
        )

    def kernel(self, share: float, reference: npt.NDArray[np.int64]) -> FloatArray:
        """Return the mixed kernel, ``S x S``, the embedding in units of its spread in a part.

        Parameters
        ----------
        share
            Of the counts, 0..1.
        reference
            Rows whose spread it is.
        """
        if self.features is None:
            return self.near
        distances = MixedKernel(self.features[reference], share).distances(self.features)
        mixed: FloatArray = share * self.near + (1.0 - share) * distances
        return mixed
