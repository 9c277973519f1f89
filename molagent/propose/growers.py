"""Batches of raw samples for one request, from one start or from many in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from molagent.propose.conditions import Conditions
from molagent.propose.constraints import Rules
from molagent.propose.guidance import GuidedRollOut
from molagent.propose.limits import GrowthLimits
from molagent.propose.rollout import RollOut, run_alone
from molagent.propose.seeds import SeedGraph
from molagent.propose.starts import Start
from molagent.propose.weights import LoadedPolicy

__all__ = ["ROWS_A_START", "Grower"]

ROWS_A_START = 16


class Grower:
    """Grows molecules for one request; masks and seeds are made once.

    Parameters
    ----------
    model
        The network and its blocks.
    rules
        What every molecule keeps to.
    corpora
        Training sources to imitate, evenly.
    charged
        Whether blocks with a net charge may be added where the rules do not say.
    temperature
        Above 1 flattens, below 1 sharpens every choice.
    conditions
        Properties asked of every molecule.
    """

    def __init__(
        self,
        model: LoadedPolicy,
        rules: Rules,
        *,
        corpora: NDArray[np.int64],
        charged: bool,
        temperature: float,
        conditions: Conditions | None = None,
    ) -> None:
        self.model, self.rules, self.corpora = model, rules, corpora
        self.charged, self.temperature = charged, temperature
        self.conditions = conditions
        self._seeds: dict[Start, SeedGraph] = {}
        self._limits: dict[tuple[bool, bool], GrowthLimits] = {}

    def batches(
        self, starts: Sequence[Start], *, rows: int, key: tuple[int, ...]
    ) -> Iterator[list[tuple[Start, str | None]]]:
        """Yield batches of samples without end; of many starts each batch covers several.

        Parameters
        ----------
        starts
            What to grow from.
        rows
            Samples a batch.
        key
            Decides every random number.
        """
        number = 0
        order = np.random.default_rng(key).permutation(len(starts)).tolist()
        turns = rows // ROWS_A_START
        while True:
            if len(starts) == 1:
                rng = np.random.default_rng([*key, number])
                yield [(starts[0], smiles) for smiles in self.grow(starts[0], rows, rng)]
            else:
                batch: list[tuple[Start, str | None]] = []
                for turn in range(turns):
                    start = starts[order[(number * turns + turn) % len(starts)]]
                    rng = np.random.default_rng([*key, number, turn])
                    batch += [(start, smiles) for smiles in self.grow(start, ROWS_A_START, rng)]
                # In turn: a request that is soon full has still seen every start of the batch.
                yield [one for i in range(ROWS_A_START) for one in batch[i::ROWS_A_START]]
            number += 1

    def check(self, starts: Sequence[Start]) -> None:
        """Refuse starts that no block is left for: two cores need one to link them with.

        Raises
        ------
        InputError
            If the rules leave none.
        """
        for start in starts:
            self.limits(start)

    def limits(self, start: Start) -> GrowthLimits:
        """Return the masks for a start.

        Raises
        ------
        InputError
            If they leave no block.
        """
        key = start.link, start.net != 0
        if key not in self._limits:
            self._limits[key] = self.rules.limits(
                self.model.vocabulary, charged=self.charged, net=start.net, link=start.link
            )
        return self._limits[key]

    def grow(self, start: Start, rows: int, rng: np.random.Generator) -> list[str | None]:
        """Sample `rows` molecules from one start."""
        if start not in self._seeds:
            self._seeds[start] = start.read(self.rules)
        kind: Callable[..., RollOut] = RollOut
        if self.conditions is not None:
            kind = partial(
                GuidedRollOut,
                conditions=self.conditions.to_row(),
                strength=self.conditions.strength,
            )
        make = partial(
            kind,
            self.model.policy,
            self.model.vocabulary,
            self._seeds[start],
            rows=rows,
            max_heavy_atoms=self.rules.max_heavy_atoms,
            temperature=self.temperature,
            corpus=rng.choice(self.corpora, size=rows),
            charged=self.charged,
            rng=rng,
            limits=self.limits(start),
        )
        return run_alone(make)
