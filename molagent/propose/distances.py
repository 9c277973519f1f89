"""Distance buckets between atoms and between steps, the bias of every attention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOS_BUCKET", "BUCKETS", "FAR", "SEED_BUCKETS", "TokenDistances", "graph_distances"]

Ints = NDArray[np.int64]

# Token distances 0 to FAR, then one bucket for the start token.
FAR = 8
BOS_BUCKET = 9
BUCKETS = 10
# Core atom distances 0 to 10; the last also stands for "not connected".
SEED_BUCKETS = 11


def graph_distances(size: int, bonds: Iterable[Sequence[int]], limit: int) -> NDArray[np.uint8]:
    """Topological distances in a graph, clipped at `limit`; shape ``size x size``."""
    adjacency = np.eye(size, dtype=np.float32)
    for bond in bonds:
        adjacency[bond[0], bond[1]] = adjacency[bond[1], bond[0]] = 1.0
    result = np.full((size, size), limit, dtype=np.uint8)
    reach = np.eye(size, dtype=np.float32)
    result[reach > 0] = 0
    for step in range(1, limit):
        wider = (reach @ adjacency) > 0
        fresh = wider & (reach == 0)
        if not fresh.any():
            break
        result[fresh] = step
        reach = wider.astype(np.float32)
    return result


class TokenDistances:
    """Distances of ``B`` growing molecules between ``T`` tokens and to ``S`` core atoms.

    Parameters
    ----------
    core
        ``S x S`` distances within the core.
    rows
        ``B``.

    Attributes
    ----------
    tokens, seed
        ``B x T x T`` and ``B x T x S``; token 0 is the start, token ``t + 1`` belongs to step
        ``t``.
    """

    def __init__(self, core: NDArray[np.uint8], rows: int) -> None:
        self.core = core
        self.tokens = np.full((rows, 1, 1), BOS_BUCKET, dtype=np.int64)
        self.seed = np.full((rows, 1, len(core)), SEED_BUCKETS - 1, dtype=np.int64)

    def keep(self, rows: Ints) -> None:
        """Drop all rows but `rows`."""
        self.tokens, self.seed = self.tokens[rows], self.seed[rows]

    def look(self, node: Ints, focus: Ints | None) -> tuple[Ints, Ints]:
        """Return distances from the focus to tokens, ``B x T``, and to the core, ``B x S``.

        Parameters
        ----------
        node
            Token of the focus, ``B``.
        focus
            Its atom; None before there is any.
        """
        if focus is None:
            return self.tokens[:, 0], self.seed[:, 0]
        rows = np.arange(len(node))
        tokens, seed = self.tokens[rows, node], self.seed[rows, node]
        inside = focus < len(self.core)
        if inside.any():
            column = np.where(inside, focus, 0)
            near = np.minimum(self.seed[rows, :, column], FAR)
            tokens = np.where(inside[:, None], near, tokens)
            tokens[:, 0] = BOS_BUCKET
            seed = np.where(inside[:, None], self.core[column], seed)
        return tokens, seed

    def append(self, tokens: Ints, seed: Ints, *, further: int) -> None:
        """Add a token that lies `further` steps beyond what the given rows were measured from."""
        count, steps, _ = self.tokens.shape
        tokens = np.minimum(tokens + further, FAR)
        tokens[:, 0] = BOS_BUCKET
        wide = np.zeros((count, steps + 1, steps + 1), dtype=np.int64)
        wide[:, :-1, :-1] = self.tokens
        wide[:, -1, :-1] = tokens
        wide[:, :-1, -1] = tokens
        self.tokens = wide
        seed = np.minimum(seed + further, SEED_BUCKETS - 1)
        self.seed = np.concatenate([self.seed, seed[:, None]], axis=1)
