"""One molecule as a sequence of building events: the record a policy learns from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLOSE",
    "FROZEN",
    "JOIN",
    "LINK",
    "N_CODES",
    "OPTIONAL",
    "REQUIRED",
    "ROOT",
    "SPECIAL",
    "STOP",
    "UNAVAILABLE",
    "UNMET_CODE",
    "Trace",
    "atom_code",
]

ROOT, STOP = -1, -2
# Kinds of exit: none, must be used, may be used, one of the two ends of a linker.
FROZEN, REQUIRED, OPTIONAL, LINK = 0, 1, 2, 3
# Actions that add no block are numbered after the last block: ring closure, join of two cores.
CLOSE, JOIN = 0, 1
SPECIAL = 2
UNAVAILABLE = 255
UNMET_CODE = 12
N_CODES = 13

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class Trace:
    """One molecule as a sequence of ``T`` events, the last one stop.

    Atoms are numbered seed first (``S``), then in the order they were added (``A`` in all).
    Token 0 is the start, token ``e + 1`` is event ``e``.

    Parameters
    ----------
    seed_atoms
        ``S x 5``: atom type, exit capacity, exit kind, in ring, degree in the seed.
    seed_bonds
        ``E x 3``: begin, end, 0 single, 1 double, 2 triple, 3 aromatic.
    focus
        ``T``: existing atom that receives the bond; `ROOT` for the first block without a seed,
        `STOP` at the end.
    block, attach, order
        ``T``: what is added (number of blocks + `CLOSE` = ring closure, + `JOIN` = bond to the
        second core), by which of its atoms, and the bond order 1 to 3 (0 for the root).
    order_limit
        ``T``: highest bond order that valences allow.
    slots, nodes
        For every added atom its slot in the vocabulary and its token.
    code
        ``T x A``: open valence and use of each atom before the event, `UNAVAILABLE` where no
        bond may go.
    close_ok, join_ok, stop_ok
        ``T``: whether a ring closure onto the focus, a join from the focus to the second core,
        or stopping, was possible.
    distance
        ``T x T`` bucketed distance between tokens in the tree of additions.
    seed_distance
        ``T x S`` bucketed distance of tokens to seed atoms.
    focus_distance, focus_seed_distance
        The same from the focus of each event, ``T x T`` and ``T x S``.
    heavy
        ``T``: heavy atoms before the event.
    corpus
        Source number.
    """

    seed_atoms: I64
    seed_bonds: I64
    focus: I64
    block: I64
    attach: I64
    order: I64
    order_limit: I64
    slots: I64
    nodes: I64
    code: U8
    close_ok: NDArray[np.bool_]
    join_ok: NDArray[np.bool_]
    stop_ok: NDArray[np.bool_]
    distance: U8
    seed_distance: U8
    focus_distance: U8
    focus_seed_distance: U8
    heavy: I64
    corpus: int


def atom_code(free: int, used: int, unmet: int) -> int:
    """Return the state of an atom as the pointer sees it: 0-11, 12 for an unmet exit vector."""
    if free <= 0:
        return UNAVAILABLE
    if unmet:
        return UNMET_CODE
    return 3 * (min(free, 4) - 1) + min(used, 2)
