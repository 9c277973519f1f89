"""What an objective answers, and who asks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from molagent.records import FloatArray

__all__ = ["DiversityMemory", "ScoreBatch", "Scorer"]


@dataclass(frozen=True)
class ScoreBatch:
    """Scores of ``N`` structures.

    Parameters
    ----------
    total
        ``N`` in [0, 1]; NaN where the objective cannot tell, which is neither good nor bad.
    raw
        Component name to ``N`` values in the component's own unit, NaN where not computed.
    desirability
        Component name to ``N`` values in [0, 1].
    notes
        ``N`` sentences: why a value is missing; "" where none is.
    """

    total: FloatArray
    raw: Mapping[str, FloatArray] = field(default_factory=dict)
    desirability: Mapping[str, FloatArray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Scorer(Protocol):
    """Scores structures in one batch; never called twice with one canonical SMILES."""

    def __call__(self, smiles_list: Sequence[str]) -> ScoreBatch:
        """Return scores in input order."""
        ...


class DiversityMemory(Protocol):
    """Lowers the reward of what has been rewarded often."""

    def discount(self, smiles_list: Sequence[str], totals: FloatArray) -> FloatArray:
        """Remember newly scored structures; return factors in [0, 1], one a structure."""
        ...

    def exhausted(self, smiles: str) -> bool:
        """Return whether a structure's class is full, so that replaying it would teach nothing."""
        ...

    def to_state(self) -> dict[str, object]:
        """Return the memory as JSON-like data."""
        ...

    def load_state(self, state: Mapping[str, object]) -> None:
        """Restore what `to_state` gave."""
        ...
