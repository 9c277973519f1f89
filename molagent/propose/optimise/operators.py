"""Who proposes how much: shares follow what each operator lately brought into the elite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["OperatorShares"]


class OperatorShares:
    """Shares of a step's proposals among operators.

    An operator's credit is its recent rate of structures that entered the elite (adaptive
    operator selection by probability matching; Thierens 2005, doi:10.1145/1068009.1068251).

    Parameters
    ----------
    names
        The operators.
    floor
        Smallest share of each.
    memory
        Decay of earlier successes and attempts a step.
    """

    def __init__(self, names: Sequence[str], *, floor: float = 0.1, memory: float = 0.9) -> None:
        self.names, self.floor, self.memory = tuple(names), floor, memory
        # One success in ten of ten attempts each: even shares at the start.
        self.successes = dict.fromkeys(self.names, 1.0)
        self.attempts = dict.fromkeys(self.names, 10.0)

    @property
    def shares(self) -> NDArray[np.float64]:
        """Share of each operator, in the order of `names`; together 1."""
        rates = np.array([self.successes[n] / self.attempts[n] for n in self.names])
        shares = self.floor + (1.0 - self.floor * len(rates)) * rates / rates.sum()
        together: NDArray[np.float64] = shares / shares.sum()
        return together

    def share(self, *names: str) -> float:
        """Return the share of some operators together; 0 for those that are not there."""
        return float(sum(s for n, s in zip(self.names, self.shares, strict=True) if n in names))

    def split(self, total: int, rng: np.random.Generator) -> dict[str, int]:
        """Return how many proposals each operator shall make, `total` together."""
        counts = rng.multinomial(total, self.shares)
        return dict(zip(self.names, counts.tolist(), strict=True))

    def credit(self, successes: Mapping[str, int], attempts: Mapping[str, int]) -> None:
        """Note what the operators brought in one step."""
        for name in self.names:
            self.successes[name] = self.memory * self.successes[name] + successes.get(name, 0)
            self.attempts[name] = self.memory * self.attempts[name] + attempts.get(name, 0)
            # Never zero: an operator that failed for long is still asked, and may recover.
            self.successes[name] = max(self.successes[name], 0.01)
            self.attempts[name] = max(self.attempts[name], 1.0)

    def to_state(self) -> dict[str, object]:
        """Return the credits as JSON-like data."""
        return {"successes": dict(self.successes), "attempts": dict(self.attempts)}

    def load_state(self, state: Mapping[str, Mapping[str, float]]) -> None:
        """Restore what `to_state` gave."""
        self.successes = dict(state["successes"])
        self.attempts = dict(state["attempts"])
