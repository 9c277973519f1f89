"""What may be done to partial molecules: masks over the factors of an action.

An action has four factors, chosen in this order: the focus (an existing atom, or stop), the
block (an atom, a motif, a ring closure from the atom added last, or the bond that joins two
cores), the block's attachment atom, and the bond order. Masks follow from open valences and the
constraints, so a finished graph is always a valid molecule that keeps its core; nothing is
filtered afterwards.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from molagent.propose.growing import Actions, GrowingMolecules
from molagent.propose.limits import ring_sizes
from molagent.propose.trace import CLOSE, JOIN, SPECIAL, UNAVAILABLE, UNMET_CODE

__all__ = ["Actions", "GrowthBatch"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


class GrowthBatch(GrowingMolecules):
    """Growing molecules with the masks that keep every action within valences and constraints."""

    def _reserve(self) -> Ints:
        """Atoms that may be added, per focus, so that every unmet exit vector stays reachable."""
        room: Ints = self._spare()[:, None] + (self.unmet > 0)
        if self.linking is not None:
            waiting = self.linking.waiting(self.available, self.unmet)
            room -= waiting[:, None]
            room[:, self.linking.link.start] += waiting
        return room

    def _spare(self) -> Ints:
        """Atoms that may be added beside one for every unmet exit vector, ``B``."""
        spare: Ints = self.limit - self.heavy - self.unmet.sum(axis=1)
        return spare

    def _linking_limit(self, focus: Ints, fresh: Ints, sizes: Ints) -> Ints:
        """Highest bond order that keeps two cores linkable, ``B x K``; 3 where none are."""
        if self.linking is None:
            return np.full((len(self), fresh.shape[1]), 3, dtype=np.int64)
        room = self._spare() + (self.unmet[np.arange(len(self)), focus] > 0)
        return self.linking.order_limit(
            self.available, self.unmet, focus, fresh, room[:, None] - sizes
        )

    def closable(self) -> Bools:
        """``B x A``: True where the atom added last may close a ring."""
        rows = np.arange(len(self))
        ready = (self.last >= 0) & (self.available[rows, self.last] > 0)
        mask = (self.available > 0) & ~self.bonded & ready[:, None]
        # A ring through the core would fuse onto it and could change its aromaticity.
        mask &= self.branch == self.branch[rows, self.last][:, None]
        mask[:, : self.seed.size] = False
        mask[rows[self.last >= 0], self.last[self.last >= 0]] = False
        if self.linking is not None:
            none = np.zeros((len(self), 1), dtype=np.int64)
            mask &= self._linking_limit(np.maximum(self.last, 0), none, none) > 0
        if self.limits.max_rings is not None:
            mask &= (self.rings < self.limits.max_rings)[:, None]
        if self.limits.ring_sizes is not None:
            for row in np.flatnonzero(mask.any(axis=1)).tolist():
                sizes = ring_sizes(self.bonds[row], int(self.last[row]), self.limit)
                smallest, largest = self.limits.ring_sizes
                mask[row] &= (sizes >= smallest) & (sizes <= largest)
        return mask

    def focus_mask(self) -> Bools:
        """``B x (1 + A)``: True where stop (column 0) or a bond to the atom is allowed."""
        add = (self.available > 0) & (self._reserve() >= 1)
        stop = (self.unmet.sum(axis=1) == 0) & (self.heavy > self.seed.size)
        # Too small a molecule goes on while it can.
        stop &= (self.heavy >= self.limits.min_heavy_atoms) | ~add.any(axis=1)
        if self.linking is not None:
            stop &= self.linking.joined
            add |= self.linking.joinable(self.available)
        return np.concatenate([stop[:, None], add | self.closable()], axis=1)

    def codes(self) -> NDArray[np.int64]:
        """``B x A`` state of every atom as the policy sees it."""
        code = 3 * (np.minimum(self.available, 4) - 1) + np.minimum(self.used, 2)
        code = np.where(self.unmet > 0, UNMET_CODE, code)
        return np.where(self.available > 0, code, UNAVAILABLE)

    def block_mask(self, focus: Ints) -> Bools:
        """``B x (K + 2)``: True where the block, ring closure or join is allowed."""
        sizes = self.vocabulary.sizes
        if self.at_root:
            fits = self.limits.usable & (sizes <= self.limit)
            if self.limits.max_rings is not None:
                fits &= self.limits.rings <= self.limits.max_rings
            mask = np.broadcast_to(fits, (len(self), len(sizes)))
            return np.concatenate([mask, np.zeros((len(self), SPECIAL), dtype=np.bool_)], axis=1)
        rows = np.arange(len(self))
        room = self._reserve()[rows, focus]
        close = self.closable()[rows, focus]
        fits = self.limits.usable[None, :] & (sizes[None, :] <= room[:, None])
        if self.limits.max_rings is not None:
            # A core above the limit is refused elsewhere; here it only gains no further ring.
            left = np.maximum(self.limits.max_rings - self.rings, 0)
            fits &= self.limits.rings[None, :] <= left[:, None]
        join = np.zeros_like(close)
        if self.linking is not None:
            join = self.linking.joinable(self.available)[rows, focus]
            fits &= self._linking_limit(focus, self.fresh[None, :], sizes[None, :]) > 0
        return np.concatenate([fits, close[:, None], join[:, None]], axis=1)

    def attach_mask(self, block: Ints) -> Bools:
        """``B x largest block``: True where the block's atom may make the bond."""
        mask = self.vocabulary.anchor_mask
        padded = np.concatenate([mask, np.zeros((SPECIAL, mask.shape[1]), dtype=np.bool_)])
        padded[-SPECIAL:, 0] = True
        return padded[block]

    def order_limit(self, focus: Ints, block: Ints, attach: Ints) -> Ints:
        """``B``: highest bond order that both ends allow."""
        rows = np.arange(len(self))
        vocabulary = self.vocabulary
        blocks = len(vocabulary.sizes)
        closing, joining = block == blocks + CLOSE, block == blocks + JOIN
        known = np.where(block < blocks, block, 0)
        fresh = vocabulary.slot_open[vocabulary.offsets[known] + np.where(closing, 0, attach)]
        open_end = np.where(closing, self.available[rows, self.last], fresh)
        limit = np.minimum(np.minimum(self.available[rows, focus], open_end), 3)
        # Cut bonds are single: so are bonds of motifs and of exit vectors.
        single = (focus < self.seed.size) | (~closing & (vocabulary.sizes[known] > 1)) | joining
        limit = np.where(single, np.minimum(limit, 1), limit)
        if self.linking is not None:
            added, sizes = (np.where(closing, 0, n[known]) for n in (self.fresh, vocabulary.sizes))
            kept = self._linking_limit(focus, added[:, None], sizes[:, None])[:, 0]
            limit = np.where(joining, limit, np.minimum(limit, kept))
        return limit
