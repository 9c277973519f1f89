"""A predictor of the difference of two assays: fitted on both, judged on what was measured."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import rdkit

from molagent.chem.likeness import N_BINS, Counts, minmax
from molagent.learn.cards import CardFacts, build_card, held_out_calibration
from molagent.learn.coupled import TaskArray
from molagent.learn.difference_process import (
    AssayMatrix,
    Difference,
    DifferenceProcess,
    condition_difference,
    fit_difference_posterior,
    nearest_of_both,
)
from molagent.learn.domain import BANDS
from molagent.learn.evaluation import HeldOut, fold_splits, hold_out, pooled_replicate_sd
from molagent.learn.local_predictor import LocalPredictor
from molagent.learn.splits import random_folds, scaffold_folds
from molagent.learn.training_set import TrainingSet
from molagent.records import BoolArray, FloatArray
from molagent.threads import single_threaded

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fit_difference"]

# An exact process takes N^3 time: of each assay at most so many rows, those of both first.
_MOST_ROWS: Final = 2000
_TITLE: Final = "coupled Gaussian process of both assays"

Folds = npt.NDArray[np.int64]


def fit_difference(
    endpoint: str,
    differences: "pd.DataFrame",
    sides: Mapping[str, "pd.DataFrame"],
    *,
    target: str,
    unit: str,
    source: str,
    seed: int,
    snapshot: str = "",
) -> LocalPredictor:
    """Fit a difference of two endpoints, measure it on measured differences and write its card.

    Parameters
    ----------
    endpoint
        For example ``jak1_over_jak2``.
    differences
        One row a compound that both were measured on, as of
        :func:`molagent.learn.local.fit_local`: the model is judged on these.
    sides
        The endpoint that is subtracted from and the one that is subtracted, in this order, and
        one row a compound of each: the model learns from these.
    target, unit, source, snapshot
        For the card.
    seed
        Of the folds.

    Raises
    ------
    InputError
        If a column is missing, or the first endpoint has fewer than five exact values.
    """
    pairs = TrainingSet.of(differences, embeds=False, place=endpoint)
    known = [TrainingSet.of(frame, embeds=False, place=name) for name, frame in sides.items()]
    with single_threaded():
        rows = _BothAssays.of(pairs, [_within(each, pairs, seed) for each in known])
        posterior = rows.fit(np.ones(len(rows.values), dtype=bool), seed=seed)
        # The random split fills the near bands of the card; ten numbers of how the two assays go
        # together are not searched for again in each of its folds.
        again = partial(rows.condition, matrix=posterior.matrix)
        scaffold, together = rows.hold_out(
            scaffold_folds(rows.structures, seed=seed), partial(rows.fit, seed=seed)
        )
        held_out = {
            "scaffold": scaffold,
            "random": rows.hold_out(random_folds(len(rows.structures), seed=seed), again)[0],
        }
    process = DifferenceProcess(rows.counts, posterior)
    calibration, scales = held_out_calibration(held_out["scaffold"])
    told = process.hyperparameters
    facts = CardFacts(
        endpoint=endpoint,
        target=target,
        unit=unit,
        source=source,
        assay="",
        assay_ids=tuple(sorted({name for each in known for name in each.assay_ids})),
        n_train=len(pairs.values),
        n_censored=int(np.sum(pairs.censoring != 0)),
        n_rejected=len(differences) - len(pairs.values),
        data_hash=pairs.hash,
        snapshot=snapshot,
        noise_floor=pooled_replicate_sd(pairs.sd, pairs.n_exact),
        derived_from=tuple(sides),
        errors_together=together,
    )
    card = build_card(
        facts,
        model_hash=_model_hash(endpoint, seed, [pairs, *known]),
        held_out=held_out,
        scales=scales,
        hyperparameters={
            "mean": told.mean,
            "signal_variance": told.signal_variance,
            "noise_variance": told.noise_variance,
            "correlation": posterior.coupled.correlation,
        },
        choice={
            "chosen": "coupled",
            "title": _TITLE,
            "boosted": 0.0,
            "split": "scaffold",
            "compared": {},
            "n_process": len(rows.values),
            "chiral": False,
            "second_assay": "",
            "left_out": [],
        },
        calibration=calibration,
    )
    return LocalPredictor(process, card)


@dataclass(frozen=True, eq=False)
class _BothAssays:
    """The rows of both assays, and where the compounds that are judged are among them.

    Attributes
    ----------
    counts, values, tasks, censoring
        ``S`` rows: the first assay's, then the second's.
    structures
        Every structure once; a fold is given to a structure, whatever was measured of it.
    row_structures, pair_structures
        ``S`` and ``N``; index into `structures`.
    pairs
        Compounds with a measured difference.
    """

    counts: Counts
    values: FloatArray
    tasks: TaskArray
    censoring: npt.NDArray[np.int8]
    structures: list[str]
    row_structures: Folds
    pair_structures: Folds
    pairs: TrainingSet
    near: FloatArray

    @classmethod
    def of(cls, pairs: TrainingSet, sides: Sequence[TrainingSet]) -> "_BothAssays":
        smiles = [text for side in sides for text in side.smiles.tolist()]
        structures = list(dict.fromkeys([*pairs.smiles.tolist(), *smiles]))
        place = {text: index for index, text in enumerate(structures)}
        counts = np.concatenate([side.counts for side in sides])
        return cls(
            counts=counts,
            values=np.concatenate([side.values for side in sides]),  # noqa: PD011 - arrays
            tasks=np.repeat(np.arange(2, dtype=np.int8), [len(side.values) for side in sides]),
            censoring=np.concatenate([side.censoring for side in sides]),
            structures=structures,
            row_structures=np.array([place[text] for text in smiles], dtype=np.int64),
            pair_structures=np.array([place[text] for text in pairs.smiles], dtype=np.int64),
            pairs=pairs,
            near=minmax(counts, counts),
        )

    def fit(self, train: BoolArray, *, seed: int) -> Difference:
        """Fit on the rows of a mask, ``S``."""
        return fit_difference_posterior(
            self.near[np.ix_(train, train)],
            self.values[train],
            self.tasks[train],
            self.censoring[train],
            keys=_keys(self.structures, seed)[self.row_structures][train],
        )

    def condition(self, train: BoolArray, *, matrix: AssayMatrix) -> Difference:
        """Condition what is known of the two assays on the rows of a mask, ``S``."""
        return condition_difference(
            self.near[np.ix_(train, train)],
            self.values[train],
            self.tasks[train],
            self.censoring[train],
            matrix,
        )

    @cached_property
    def _cross(self) -> FloatArray:
        return minmax(self.pairs.counts, self.counts)

    @cached_property
    def _pair_kernel(self) -> FloatArray:
        return minmax(self.pairs.counts, self.pairs.counts)

    @cached_property
    def _minuend(self) -> FloatArray:
        """The first assay's exact value of each pair, ``N``; NaN where there is none."""
        exact = (self.tasks == 0) & (self.censoring == 0)
        known = np.full(len(self.structures), np.nan)
        known[self.row_structures[exact]] = self.values[exact]
        return known[self.pair_structures]

    def hold_out(
        self, folds: Folds, train_on: Callable[[BoolArray], Difference]
    ) -> tuple[HeldOut, float]:
        """Predict the differences of each fold of structures from all rows of the others.

        Returns
        -------
        held_out, correlation
            The correlation is that of the errors of the difference with those of what is subtracted
            from, -1..1; 0 where it cannot be told.
        """
        cross = self._cross
        similarity = np.full(len(self.pairs.values), np.nan)
        minuend = similarity.copy()
        pair_folds, row_folds = folds[self.pair_structures], folds[self.row_structures]

        def estimate(train: BoolArray, test: BoolArray) -> tuple[FloatArray, FloatArray]:
            # `train` names compounds with a difference; rows of one assay alone are known as well.
            rows = ~np.isin(row_folds, np.setdiff1d(pair_folds[test], pair_folds[train]))
            told = train_on(rows)
            seen = cross[np.ix_(test, rows)]
            similarity[test] = nearest_of_both(seen, self.tasks[rows])[:, 0]
            minuend[test] = told.coupled.predict(seen)[0]
            mean, variance = told.predict(seen)
            return mean, np.sqrt(variance + told.noise_variance)

        pairs = self.pairs
        held = hold_out(
            estimate, self._pair_kernel, pairs.values, pairs.censoring, fold_splits(pair_folds)
        )
        both = held.done & np.isfinite(minuend + self._minuend)
        own, other = (held.mean - held.observed)[both], (minuend - self._minuend)[both]
        moves = bool(both.any()) and min(float(own.std()), float(other.std())) > 0
        correlation = float(np.corrcoef(own, other)[0, 1]) if moves else 0.0
        return replace(held, similarity=similarity), correlation


def _within(side: TrainingSet, pairs: TrainingSet, seed: int) -> TrainingSet:
    """Return at most as many rows as an exact process takes, those with a difference first."""
    if len(side.values) <= _MOST_ROWS:
        return side
    paired = np.isin(side.smiles.astype(str), pairs.smiles.astype(str))
    order = np.random.default_rng(seed).permutation(len(side.values))
    kept = order[np.argsort(~paired[order], kind="stable")][:_MOST_ROWS]
    return side.take(np.sort(kept))


def _keys(structures: Sequence[str], seed: int) -> FloatArray:
    """Return a number of each structure, 0..1, that its place among the others does not change.

    Of many rows those of the same structures are searched on before and after a result was told.
    """
    digests = [sha256(f"{seed}\n{text}".encode()).digest()[:4] for text in structures]
    return np.array([int.from_bytes(each) for each in digests], dtype=np.float64) / 2.0**32


def _model_hash(endpoint: str, seed: int, seen: Sequence[TrainingSet]) -> str:
    """Return 16 hex digits over everything that decides what the model and its card say."""
    settings = (
        f"difference, rows by structure, {N_BINS} bins, bands {BANDS}, rdkit {rdkit.__version__}"
    )
    data = [each.hash + each.circumstances for each in seen]
    text = "\n".join((settings, endpoint, str(seed), *data))
    return sha256(text.encode()).hexdigest()[:16]
