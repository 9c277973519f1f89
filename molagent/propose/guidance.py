"""Steer harder: exaggerate what a condition changes in every choice.

Each molecule is grown beside a twin that takes the same actions and is asked for nothing. The
difference between both policies' logits, times a strength, is added to the twin's
(classifier-free guidance, Ho and Salimans 2022, doi:10.48550/arXiv.2207.12598).
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from molagent.propose.graph_model import GraphPolicy
from molagent.propose.rollout import Growing, RollOut
from molagent.propose.seeds import SeedGraph
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["GuidedRollOut"]

Ints = NDArray[np.int64]


class GuidedRollOut(RollOut):
    """A batch in which row ``B + i`` is the twin of row ``i``.

    Parameters
    ----------
    policy, vocabulary, seed, growing
        As for `RollOut`.
    rows
        Number of molecules ``B``, twins not counted.
    corpus
        ``B`` source numbers to imitate.
    conditions
        ``8`` numbers asked of every molecule.
    strength
        Factor on what the conditions change; 1 is the policy as it was trained, 0 ignores them.
    """

    def __init__(
        self,
        policy: GraphPolicy,
        vocabulary: MotifVocabulary,
        seed: SeedGraph,
        *,
        rows: int,
        corpus: Ints,
        conditions: NDArray[np.float32],
        strength: float,
        **growing: Unpack[Growing],
    ) -> None:
        self.strength = strength
        asked = np.repeat(conditions[None], rows, axis=0)
        super().__init__(
            policy,
            vocabulary,
            seed,
            rows=2 * rows,
            corpus=np.concatenate([corpus, corpus]),
            conditions=np.concatenate([asked, np.zeros_like(asked)]),
            **growing,
        )

    def _choose(self, logits: Tensor, mask: NDArray[np.bool_]) -> Ints:
        half = len(logits) // 2
        asked, plain = logits[:half], logits[half:]
        everyone, self.alive = self.alive, self.alive[:half]
        chosen = super()._choose(plain + self.strength * (asked - plain), mask[:half])
        self.alive = everyone
        return np.concatenate([chosen, chosen])

    def run(self) -> list[str | None]:
        """Grow every row to its end; return canonical SMILES of the molecules without twins."""
        return super().run()[: self.rows // 2]
