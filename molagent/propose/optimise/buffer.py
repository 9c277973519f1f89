"""Everything an optimisation has scored, best first, and what is replayed from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

__all__ = ["Buffer", "Scored"]


@dataclass(frozen=True, slots=True)
class Scored:
    """One call of the objective.

    Parameters
    ----------
    call
        Number of the call in the run, from 1.
    step
        Step of the run in which it was made.
    smiles
        Canonical SMILES.
    total
        Score in [0, 1]; NaN where the objective could not tell.
    reward
        What learning and breeding see: the total after `discount`, where totals are relative to
        the run, the total of now.
    source
        Who proposed it: ``start``, ``policy``, ``regrow``, ``crossover`` or ``mutation``.
    discount
        Factor of the diversity memory.
    """

    call: int
    step: int
    smiles: str
    total: float
    reward: float
    source: str
    discount: float = 1.0


class Buffer:
    """All scored structures of a run.

    A structure is scored once; its place in the ranking is by reward, earlier calls first among
    equals. Structures without a total are remembered, so that they are not tried again, and never
    ranked.
    """

    def __init__(self, rows: Sequence[Scored] = ()) -> None:
        self.rows: list[Scored] = []
        self.seen: set[str] = set()
        self._ranked: list[int] | None = None
        self.extend(rows)

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.rows)

    def __contains__(self, smiles: object) -> bool:
        """Return whether a structure was scored."""
        return smiles in self.seen

    def extend(self, rows: Sequence[Scored]) -> None:
        """Append newly scored structures."""
        for row in rows:
            if row.smiles in self.seen:
                raise ValueError(f"{row.smiles} was scored before")
            self.seen.add(row.smiles)
            self.rows.append(row)
        if rows:
            self._ranked = None

    def revalue(self, rewards: Mapping[str, float]) -> None:
        """Give structures another reward; those not named keep theirs."""
        if rewards:
            self.rows = [
                replace(row, reward=rewards[row.smiles]) if row.smiles in rewards else row
                for row in self.rows
            ]
            self._ranked = None

    @property
    def ranked(self) -> list[int]:
        """Positions of the structures with a reward, best first."""
        if self._ranked is None:
            rewards = np.array([row.reward for row in self.rows], dtype=np.float64)
            known = np.flatnonzero(np.isfinite(rewards))
            self._ranked = known[np.argsort(-rewards[known], kind="stable")].tolist()
        return self._ranked

    def best(self, count: int) -> list[Scored]:
        """Return the `count` best structures."""
        return [self.rows[i] for i in self.ranked[:count]]

    def draw(
        self, count: int, rng: np.random.Generator, *, among: int, pressure: float
    ) -> list[Scored]:
        """Draw structures by rank, with repeats.

        Parameters
        ----------
        count
            How many.
        rng
            Random numbers.
        among
            Only the `among` best are drawn from.
        pressure
            Weight of rank ``r`` is ``1 / (pressure * n + r)``: small values prefer the best
            (Tripp et al. 2020, https://arxiv.org/abs/2006.09191).
        """
        places = self.ranked[:among]
        if not places:
            return []
        ranks = np.arange(len(places))
        weights = 1.0 / (pressure * len(places) + ranks + 1e-9)
        chosen = rng.choice(len(places), size=count, p=weights / weights.sum())
        return [self.rows[places[i]] for i in chosen.tolist()]
