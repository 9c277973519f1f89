"""A support vector classifier of two classes with probabilities.

Radial kernel; Platt's sigmoid, as libsvm writes it: Chang and Lin 2011,
doi:10.1145/1961189.1961199.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.pmo.oracles.modifiers import FloatArray
from benchmarks.pmo.oracles.unpickle import Shell

__all__ = ["SupportVectors"]

# libsvm's own: the least pairwise probability, and when its coupling of classes stops.
_LEAST = 1e-7
_TOLERANCE = 0.005 / 2
_ITERATIONS = 100


@dataclass(frozen=True)
class SupportVectors:
    """What libsvm needs to predict.

    Attributes
    ----------
    vectors
        ``F x S``: counts of the support vectors, transposed.
    squared_norms
        ``S``: their squared lengths.
    weights
        ``S``: dual coefficients, in libsvm's sign: positive for the first class, inactive.
    gamma, intercept
        Of the radial kernel and of the decision function.
    slope, offset
        Platt's A and B.
    """

    vectors: FloatArray
    squared_norms: FloatArray
    weights: FloatArray
    gamma: float
    intercept: float
    slope: float
    offset: float

    @classmethod
    def from_shell(cls, shell: Shell) -> "SupportVectors":
        """Return the machine of an unpickled ``SVC``."""
        vectors = np.ascontiguousarray(shell.array("support_vectors_").T)
        return cls(
            vectors=vectors,
            squared_norms=np.square(vectors).sum(axis=0),
            weights=shell.array("_dual_coef_")[0],
            gamma=shell.number("_gamma"),
            intercept=float(shell.array("_intercept_")[0]),
            slope=float(shell.array("_probA")[0]),
            offset=float(shell.array("_probB")[0]),
        )

    def probability(self, counts: NDArray[np.float64]) -> FloatArray:
        """Return the probability of the active class, 0 to 1, for ``M x F`` counts."""
        # Fingerprints are nearly empty: 60 of 2048 bins, so a sparse left side saves 97 %.
        products = sparse.csr_matrix(counts) @ self.vectors
        norms = np.square(counts).sum(axis=1)
        distances = norms[:, None] + self.squared_norms - 2.0 * products
        decision = np.exp(-self.gamma * distances) @ self.weights + self.intercept
        inactive = 1.0 / (1.0 + np.exp(self.slope * decision + self.offset))
        return _coupled(np.clip(inactive, _LEAST, 1.0 - _LEAST))


def _coupled(inactive: FloatArray) -> FloatArray:
    """Return the probability of the second class from the pairwise one of the first.

    For two classes the pairwise probabilities are the answer. The libsvm inside scikit-learn
    (compared: 1.2.2) iterates towards it nevertheless, as for any number of classes (section 8 of
    Chang and Lin), and stops early: on drug-like molecules 0.0026 away at most. The benchmark's
    values have that error, so the iteration is repeated here, step for step.
    """
    r = np.stack([inactive, 1.0 - inactive])  # r[0]: first class against second
    q = np.stack([np.square(r[1]), np.square(r[0])])
    cross = -r[0] * r[1]
    p = np.full_like(r, 0.5)
    going = np.arange(r.shape[1])
    for _ in range(_ITERATIONS):
        qp = q[:, going] * p[:, going] + cross[going] * p[::-1, going]
        pqp = (p[:, going] * qp).sum(axis=0)
        unfinished = np.abs(qp - pqp).max(axis=0) >= _TOLERANCE
        going, qp, pqp = going[unfinished], qp[:, unfinished], pqp[unfinished]
        if not len(going):
            break
        for t in (0, 1):
            step = (pqp - qp[t]) / q[t, going]
            p[t, going] += step
            pqp = (pqp + step * (step * q[t, going] + 2.0 * qp[t])) / np.square(1.0 + step)
            qp[t] += step * q[t, going]
            qp[1 - t] += step * cross[going]
            qp /= 1.0 + step
            p[:, going] /= 1.0 + step
    return np.asarray(p[1], dtype=np.float64)
