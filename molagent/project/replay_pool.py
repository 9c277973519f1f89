"""Compounds of a programme, and the ways to choose among them in another order.

A way sees structures of all compounds and values of what it has tested, nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import count_features, minmax
from molagent.errors import InputError
from molagent.learn.gaussian_process import Posterior, fit_kernel
from molagent.records import FloatArray
from molagent.select.choosing import choose
from molagent.select.limits import Limits
from molagent.threads import single_threaded

__all__ = ["AS_MADE", "NEAREST", "RANDOM", "ReplayPool", "play", "recall"]

#: The order in which the compounds came into the world.
AS_MADE: Final = "as made"
#: By chance.
RANDOM: Final = "random"
#: The nearest analogues of the best five that were tested.
NEAREST: Final = "nearest"
_PARENTS: Final = 5
_MIN_EXACT: Final = 5

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ReplayPool:
    """Compounds in the order in which they were made.

    Attributes
    ----------
    names, worth, censoring
        ``N``; measured values or limits, larger is better; -1 where the true value lies below, +1
        above, 0 measured.
    kernel
        ``N x N``; of all compounds, computed once.
    """

    names: tuple[str, ...]
    worth: FloatArray
    censoring: npt.NDArray[np.int8]
    kernel: FloatArray

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        smiles_list: Sequence[str],
        worth: FloatArray,
        censoring: npt.NDArray[np.int8],
    ) -> "ReplayPool":
        """Compute the kernel; a structure that cannot be read is an error.

        Raises
        ------
        InputError
            Naming the first structure that cannot be read.
        """
        counts, readable = count_features(smiles_list)
        if not readable.all():
            row = int(np.argmin(readable))
            raise InputError(
                f"{smiles_list[row]!r} cannot be read", place=names[row], remedy="leave it out"
            )
        with single_threaded():
            return cls(tuple(names), worth, censoring, minmax(counts, counts))

    def best(self, top: float) -> frozenset[int]:
        """Return the rows of the best share of the pool; of ties the earlier ones."""
        places = max(1, round(top * len(self.worth)))
        return frozenset(np.argsort(-self.worth, kind="stable")[:places].tolist())


def play(
    pool: ReplayPool,
    strategy: str,
    *,
    seed: int,
    start: int,
    batch: int,
    upto: int,
    top: float = 0.05,
    draws: int = 100,
    explore: float = 0.0,
    kappa: float = 1.0,
    censored: bool = True,
) -> list[int]:
    """Play one programme again and return its rows in the order of testing.

    Parameters
    ----------
    strategy
        ``as made``, ``random``, ``nearest``, or one of
        :data:`molagent.select.choosing.STRATEGIES`.
    seed
        Of the draws.
    start, batch, upto
        Compounds known at the beginning, chosen a round, tested in the end.
    top
        Share of the pool that counts as the best; sets the threshold of what asks for one.
    explore, kappa, draws
        Of :func:`molagent.select.choosing.choose`.
    censored
        Whether limits enter the likelihood as limits.
    """
    size = len(pool.worth)
    rng = np.random.default_rng(seed)
    tested = list(range(start))
    while len(tested) < min(upto, size):
        left = np.setdiff1d(np.arange(size), tested)
        count = min(batch, len(left))
        if strategy in _PLAIN:
            chosen = _PLAIN[strategy](pool, np.array(tested), left, count, rng)
        else:
            with single_threaded():
                sampled = _draws(pool, np.array(tested), left, draws, rng, censored=censored)
                selection = choose(
                    sampled,
                    Limits(groups=[""] * len(left)),
                    count=count,
                    seed=int(rng.integers(2**31)),
                    strategy=strategy,
                    measured=pool.worth[tested],
                    threshold=float(np.quantile(pool.worth[tested], 1.0 - top)),
                    explore=explore,
                    kappa=kappa,
                )
            chosen = np.array(selection.batch.indices)
        tested += left[chosen].tolist()
    return tested


def recall(
    pool: ReplayPool, tested: Sequence[int], *, start: int, batch: int, top: float
) -> dict[int, float]:
    """Return number tested -> share of the best among them, after the start and each round."""
    best = pool.best(top)
    counts = [*range(start, len(tested), batch), len(tested)]
    return {count: len(best.intersection(tested[:count])) / len(best) for count in counts}


def _draws(
    pool: ReplayPool,
    tested: npt.NDArray[np.int64],
    left: npt.NDArray[np.int64],
    draws: int,
    rng: np.random.Generator,
    *,
    censored: bool,
) -> FloatArray:
    """Fit on what was tested and draw the true values of what is left, ``draws x left``."""
    flags = pool.censoring[tested] if censored else None
    if flags is not None and int((flags == 0).sum()) < _MIN_EXACT:
        flags = None
    posterior: Posterior = fit_kernel(
        pool.kernel[np.ix_(tested, tested)], pool.worth[tested], flags
    )
    cross = pool.kernel[np.ix_(left, tested)]
    mean, _ = posterior.predict(cross)
    covariance = posterior.covariance(cross, pool.kernel[np.ix_(left, left)])
    # Structures with equal counts make the covariance singular.
    signal = posterior.hyperparameters.signal_variance
    covariance[np.diag_indices_from(covariance)] += 1e-8 + 1e-5 * signal
    factor = np.linalg.cholesky(covariance)
    result: FloatArray = mean + rng.standard_normal((draws, len(left))) @ factor.T
    return result


def _in_order(
    pool: ReplayPool,  # noqa: ARG001 - all plain ways are asked alike
    tested: Rows,  # noqa: ARG001
    left: Rows,  # noqa: ARG001
    count: int,
    rng: np.random.Generator,  # noqa: ARG001
) -> Rows:
    return np.arange(count)


def _by_chance(
    pool: ReplayPool,  # noqa: ARG001 - all plain ways are asked alike
    tested: Rows,  # noqa: ARG001
    left: Rows,
    count: int,
    rng: np.random.Generator,
) -> Rows:
    return rng.choice(len(left), count, replace=False)


def _analogues(
    pool: ReplayPool,
    tested: Rows,
    left: Rows,
    count: int,
    rng: np.random.Generator,  # noqa: ARG001 - all plain ways are asked alike
) -> Rows:
    parents = tested[np.argsort(-pool.worth[tested], kind="stable")[:_PARENTS]]
    near = pool.kernel[np.ix_(left, parents)].max(axis=1)
    return np.argsort(-near, kind="stable")[:count]


_PLAIN: Final[Mapping[str, Callable[..., Rows]]] = {
    AS_MADE: _in_order,
    RANDOM: _by_chance,
    NEAREST: _analogues,
}
