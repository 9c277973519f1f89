"""Distance buckets between atoms and between steps, the bias of every attention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["BOS_BUCKET", "BUCKETS", "FAR", "SEED_BUCKETS", "graph_distances"]

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
