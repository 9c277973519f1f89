"""What an objective would say of structures that it was not asked about yet.

The process of :mod:`molagent.learn.posterior` on the kernel of :mod:`molagent.chem.likeness`, made
to be conditioned again after every few answers of a run: what two structures have in common is kept
from one time to the next, and the likelihood is looked at on a part of the rows.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from molagent.chem.likeness import N_BINS, CountKernel, Counts, count_features
from molagent.errors import ModelError
from molagent.learn.posterior import Posterior, fit_kernel
from molagent.records import BoolArray, FloatArray
from molagent.threads import single_threaded

__all__ = ["CountSurrogate"]

# Rows that the likelihood is maximised on: a dozen factorisations a time, and 400 rows decide it.
_LIKELIHOOD_ROWS: Final = 400


class CountSurrogate:
    """A Gaussian process on counts that follows a run; implements ``Surrogate``.

    What it says depends on the rows it was fitted on last and on nothing before, so that a resumed
    run needs no state of it.

    Examples
    --------
    >>> surrogate = CountSurrogate()
    >>> surrogate.fit(["C" * n for n in range(1, 13)], np.linspace(0.0, 1.0, 12))
    >>> mean, std = surrogate.predict(["CC", "CCCCCCCCCC"])
    >>> bool(mean[0] < mean[1])
    True
    """

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._counts: dict[str, Counts | None] = {}
        self._gram: FloatArray = np.empty((0, 0))
        self._kernel: CountKernel | None = None
        self._posterior: Posterior | None = None
        self._centre, self._scale = 0.0, 1.0

    def fit(self, smiles_list: Sequence[str], values: FloatArray) -> None:
        """Condition on structures, each once, and their values; earlier ones are forgotten.

        Raises
        ------
        InputError
            If fewer than five have a value.
        """
        counts, readable = self._features(smiles_list)
        usable = readable & np.isfinite(values)
        known = [s for s, use in zip(smiles_list, usable.tolist(), strict=True) if use]
        # Totals of a hard objective lie close to 0; the bounds of the search are for unit variance.
        self._centre, spread = float(values[usable].mean()), float(values[usable].std())
        self._scale = spread if spread > 0.0 else 1.0
        targets = (values[usable] - self._centre) / self._scale
        with single_threaded():
            kernel = CountKernel(counts[usable])
            gram = self._extend(known, kernel)
            part = np.linspace(0, len(known) - 1, min(len(known), _LIKELIHOOD_ROWS)).astype(int)
            hyper = fit_kernel(gram[np.ix_(part, part)], targets[part]).hyperparameters
            noise = np.full(len(targets), hyper.noise_variance)
            self._posterior = Posterior.of(gram, hyper, targets, noise)
        self._places = {smiles: place for place, smiles in enumerate(known)}
        self._counts = {smiles: self._counts[smiles] for smiles in known}
        self._gram, self._kernel = gram, kernel

    def predict(self, smiles_list: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation without noise, each ``N``; NaN where unreadable."""
        if self._kernel is None or self._posterior is None:
            raise ModelError("the surrogate was not fitted", remedy="call fit() first")
        counts, readable = self._features(smiles_list)
        with single_threaded():
            mean, variance = self._posterior.predict(self._kernel(counts))
        mean = np.where(readable, self._centre + self._scale * mean, np.nan)
        return mean, np.where(readable, self._scale * np.sqrt(variance), np.nan)

    def _features(self, smiles_list: Sequence[str]) -> tuple[Counts, BoolArray]:
        """Return counts, and which structures could be read; those at hand are not read again."""
        fresh = [smiles for smiles in smiles_list if smiles not in self._counts]
        for smiles, row, good in zip(fresh, *count_features(fresh), strict=True):
            self._counts[smiles] = row if good else None
        rows = [self._counts[smiles] for smiles in smiles_list]
        counts = np.zeros((len(rows), 2 * N_BINS), dtype=np.uint16)
        for place, row in enumerate(rows):
            if row is not None:
                counts[place] = row
        return counts, np.array([row is not None for row in rows], dtype=bool)

    def _extend(self, known: Sequence[str], kernel: CountKernel) -> FloatArray:
        """Return the kernel of the rows; what was among them before is not computed again.

        The kernel is exact, so what is kept and what is computed are the same numbers.
        """
        before = np.array([self._places.get(smiles, -1) for smiles in known])
        kept, fresh = np.flatnonzero(before >= 0), np.flatnonzero(before < 0)
        gram = np.empty((len(known), len(known)))
        gram[np.ix_(kept, kept)] = self._gram[np.ix_(before[kept], before[kept])]
        cross = kernel(kernel.reference[fresh])
        gram[fresh], gram[:, fresh] = cross, cross.T
        return gram
