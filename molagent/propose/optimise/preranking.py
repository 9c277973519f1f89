"""Which of many candidates are scored: what was answered so far ranks them, most of them.

A surrogate of the objective is conditioned on the answers before each step. Candidates are taken by
an upper confidence bound, each place with a boldness of its own, drawn log-uniformly, so that a
step holds safe and daring ones. A share of the places is left to chance, so that the surrogate is
also asked where it expects nothing. How well it ranked is measured on every step, and while it does
not rank, no more candidates are made than are needed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Final

import numpy as np
from scipy.stats import spearmanr

from molagent.propose.optimise.buffer import Buffer, Scored
from molagent.propose.optimise.proposer import Proposer
from molagent.propose.optimise.scores import DiversityMemory
from molagent.propose.optimise.settings import OptimiserSettings
from molagent.protocols import Surrogate
from molagent.records import FloatArray

__all__ = ["Preranking"]

#: Answers that the surrogate needs before it says anything.
FEWEST_ROWS: Final = 20
#: Batches over whose rank correlations the mean is taken.
BATCHES: Final = 4
# Rows that the surrogate is conditioned on: the best, and some of the others so that it also knows
# what is bad. An exact process takes a tenth of a second for so many.
BEST_ROWS, OTHER_ROWS = 1500, 500
_BOLDNESS = (0.05, 2.0)


class Preranking:
    """Chooses among candidates by what the surrogate expects of them.

    Parameters
    ----------
    surrogate
        Conditioned anew before each step.
    settings
        How many candidates, and how many of them unranked.
    memory
        Candidates of a class that it counts as full come last.
    revalue
        Says what scored structures are worth by now, where totals are relative to the run.
    gate
        Verdicts of a filter that the objective would ask first, 1 for a pass, 0 for a failure, NaN
        where it cannot tell; what does not pass is scored only where nothing passes.

    Attributes
    ----------
    correlations
        Rank correlations of the last batches, oldest first.
    """

    def __init__(
        self,
        surrogate: Surrogate,
        settings: OptimiserSettings,
        *,
        memory: DiversityMemory | None = None,
        revalue: Callable[[Sequence[str]], FloatArray] | None = None,
        gate: Callable[[Sequence[str]], FloatArray] | None = None,
    ) -> None:
        self.surrogate, self.settings = surrogate, settings
        self.memory, self.revalue, self.gate = memory, revalue, gate
        self.correlations: deque[float] = deque(maxlen=BATCHES)
        self._expected: dict[str, float] = {}

    @property
    def trusted(self) -> bool:
        """Whether the last batches came out in about the order that was expected of them."""
        least = self.settings.least_correlation
        return not self.correlations or float(np.mean(self.correlations)) >= least

    def propose(
        self, proposer: Proposer, buffer: Buffer, count: int, rng: np.random.Generator
    ) -> dict[str, str]:
        """Return up to `count` new structures and who proposed them."""
        self._expected = {}
        if not self._condition(buffer):
            return proposer.propose(buffer, count, rng)
        times = self.settings.prerank if self.trusted else 1
        choose = partial(self._choose, rng=rng)
        return proposer.propose(buffer, count, rng, times=times, choose=choose)

    def compare(self, rows: Sequence[Scored]) -> None:
        """Note how the totals of a step agree with what was expected of it."""
        pairs = [
            (self._expected[row.smiles], row.total)
            for row in rows
            if np.isfinite(row.total) and np.isfinite(self._expected.get(row.smiles, np.nan))
        ]
        if len(pairs) < 3:
            return
        expected, totals = np.array(pairs).T
        # Where all are equal there is no order to find, and none was found.
        flat = np.ptp(expected) == 0.0 or np.ptp(totals) == 0.0
        self.correlations.append(0.0 if flat else float(spearmanr(expected, totals).statistic))

    def _condition(self, buffer: Buffer) -> bool:
        """Condition the surrogate on what was answered; False if that says too little.

        The best by reward, and some others. On totals, not rewards: that a class is full says
        nothing about a structure.
        """
        places = buffer.ranked
        if len(places) > BEST_ROWS + OTHER_ROWS:
            # A row has the same lot at every step, so that what is learned from changes little.
            lots = np.random.default_rng(self.settings.seed).random(len(buffer))
            others = sorted(places[BEST_ROWS:], key=lots.__getitem__)
            places = places[:BEST_ROWS] + others[:OTHER_ROWS]
        rows = [buffer.rows[place] for place in sorted(places)]
        smiles, totals = [row.smiles for row in rows], np.array([row.total for row in rows])
        if self.revalue is not None:
            now = self.revalue(smiles)
            totals = np.where(np.isfinite(now), now, totals)
        if len(rows) < FEWEST_ROWS or np.ptp(totals) == 0.0:
            return False
        self.surrogate.fit(smiles, totals)
        return True

    def _choose(self, candidates: list[str], count: int, rng: np.random.Generator) -> list[str]:
        """Return `count` of the candidates, the most promising first, then the unranked ones."""
        if not candidates:
            return []
        mean, std = self.surrogate.predict(candidates)
        self._expected.update(zip(candidates, mean.tolist(), strict=True))
        if len(candidates) <= count:
            return candidates
        unranked = int(rng.binomial(count, self.settings.unranked))
        ranked = (candidates[place] for place in self._ranking(candidates, mean, std, rng))
        chosen = self._passing(ranked, count - unranked)
        left = [smiles for smiles in candidates if smiles not in set(chosen)]
        drawn = (left[place] for place in rng.permutation(len(left)).tolist())
        chosen += self._passing(drawn, unranked)
        return chosen or candidates[:count]

    def _ranking(
        self, candidates: Sequence[str], mean: FloatArray, std: FloatArray, rng: np.random.Generator
    ) -> list[int]:
        """Return the places of all candidates, most promising first."""
        known = np.isfinite(mean)
        full = [self.memory is not None and self.memory.exhausted(s) for s in candidates]
        # In three classes: what would be rewarded, what would not, and what cannot be told.
        classes = np.where(known, np.where(full, 1, 2), 0)
        low, high = np.log(_BOLDNESS).tolist()
        boldness = np.exp(rng.uniform(low, high, size=len(candidates)))
        ranking: list[int] = []
        open_places = np.ones(len(candidates), dtype=bool)
        for bold in boldness.tolist():
            among = np.flatnonzero(open_places)
            among = among[classes[among] == classes[among].max()]
            bound = np.where(known, mean + bold * std, 0.0)
            best = int(among[np.argmax(bound[among])])
            ranking.append(best)
            open_places[best] = False
        return ranking

    def _passing(self, candidates: Iterable[str], count: int) -> list[str]:
        """Return the first `count` that pass the gate, asking of no more than that takes."""
        upcoming, chosen = iter(candidates), list[str]()
        while block := list(islice(upcoming, count - len(chosen))):
            verdicts = np.ones(len(block)) if self.gate is None else self.gate(block)
            chosen += [s for s, verdict in zip(block, verdicts, strict=True) if verdict == 1.0]
        return chosen
