"""Partial molecules and what may be done to them: a batch of growing graphs with masks.

An action has four factors, chosen in this order: the focus (an existing atom, or stop), the
block (an atom, a motif, a ring closure from the atom added last, or the bond that joins two
cores), the block's attachment atom, and the bond order. Masks follow from open valences and the
constraints, so a finished graph is always a valid molecule that keeps its core; nothing is
filtered afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.distances import TokenDistances
from molagent.propose.limits import GrowthLimits, count_rings, plain_limits, ring_sizes
from molagent.propose.links import Linking
from molagent.propose.motifs import ATOM_TYPES
from molagent.propose.seeds import SeedGraph
from molagent.propose.trace import CLOSE, JOIN, SPECIAL, UNAVAILABLE, UNMET_CODE
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["Actions", "GrowthBatch"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_BOND_TYPES = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}


@dataclass(frozen=True, slots=True)
class Actions:
    """One action for each of ``B`` rows.

    Parameters
    ----------
    focus
        Existing atom that receives the bond; ignored for the first block without a core.
    block
        What is added; the number of blocks plus `CLOSE` or `JOIN` means ring closure or join.
    attach
        Atom of the block that makes the bond.
    order
        Bond order, 1 to 3.
    """

    focus: Ints
    block: Ints
    attach: Ints
    order: Ints


class GrowthBatch:
    """``B`` molecules that grow in step, each from the same core.

    Parameters
    ----------
    seed
        The core, two cores to be linked, or `EMPTY_SEED`.
    vocabulary
        Blocks that can be added.
    rows
        Number of molecules ``B``.
    max_heavy_atoms
        Largest molecule ``A``.
    charged
        Whether blocks with a net charge may be added; `limits` go before it.
    limits
        What else bounds growth.

    Attributes
    ----------
    available
        ``B x A`` open valence that the constraints leave.
    unmet
        ``B x A`` exit vectors that still must be used.
    node
        ``B x A`` step in which the atom was added, plus one; 0 for the core.
    slot
        ``B x A`` vocabulary slot of added atoms.
    branch
        ``B x A`` step at which the atom's branch left the core; rings close within a branch.
    distances
        Between tokens and from tokens to the core.
    """

    def __init__(
        self,
        seed: SeedGraph,
        vocabulary: MotifVocabulary,
        rows: int,
        max_heavy_atoms: int,
        *,
        charged: bool = True,
        limits: GrowthLimits | None = None,
    ) -> None:
        if max_heavy_atoms < max(seed.size, 1):
            raise InputError(f"max_heavy_atoms {max_heavy_atoms} is below the core's {seed.size}")
        self.seed, self.vocabulary = seed, vocabulary
        self.limit = max_heavy_atoms
        self.limits = limits or plain_limits(vocabulary, charged=charged)
        self.rings = np.full(rows, count_rings(seed.size, len(seed.bonds), 2 if seed.link else 1))
        self.linking = None if seed.link is None else Linking(seed.link, rows, max_heavy_atoms)
        self.fresh = np.add.reduceat(vocabulary.slot_open, vocabulary.offsets)
        self.steps = 0
        size = seed.size
        self.available = np.zeros((rows, self.limit), dtype=np.int64)
        self.available[:, :size] = seed.atoms[:, 1]
        self.unmet = np.zeros_like(self.available)
        self.unmet[:, :size] = seed.required
        self.used = np.zeros_like(self.available)
        self.node = np.zeros_like(self.available)
        self.slot = np.zeros_like(self.available)
        self.branch = np.zeros_like(self.available)
        self.kind = np.zeros_like(self.available)
        self.kind[:, :size] = seed.atoms[:, 0]
        self.heavy = np.full(rows, size, dtype=np.int64)
        self.last = np.full(rows, -1, dtype=np.int64)
        self.bonded = np.zeros((rows, self.limit), dtype=np.bool_)
        self.bonds: list[list[tuple[int, int, int]]] = [list(seed.kekule) for _ in range(rows)]
        self.distances = TokenDistances(seed.distance, rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.heavy)

    @property
    def at_root(self) -> bool:
        """True while nothing exists that a block could be bonded to."""
        return self.seed.size == 0 and self.steps == 0

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
            left = self.limits.max_rings - self.rings
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

    def apply(self, actions: Actions) -> None:
        """Carry out one action in every row; the caller has kept to the masks."""
        root, blocks = self.at_root, len(self.vocabulary.sizes)
        self._measure(actions)
        self.steps += 1
        rows = zip(
            actions.focus.tolist(),
            actions.block.tolist(),
            actions.attach.tolist(),
            actions.order.tolist(),
            strict=True,
        )
        for row, (focus, block, attach, order) in enumerate(rows):
            if block == blocks + JOIN:
                self._join(row, focus)
            elif block == blocks + CLOSE:
                last = int(self.last[row])
                self._bond(row, focus, last, order)
                self.bonded[row, focus] = True
                self.rings[row] += 1
            else:
                first = root or focus < self.seed.size
                branch = self.steps if first else int(self.branch[row, focus])
                base = int(self.heavy[row])
                self._place(row, block, branch)
                if self.linking is not None:
                    self.linking.extend(row, focus, base, int(self.heavy[row]))
                if not root:
                    self._bond(row, focus, base + attach, order)
                    self.bonded[row, focus] = True

    def _place(self, row: int, block: int, branch: int) -> None:
        motif = self.vocabulary.blocks[block]
        base = int(self.heavy[row])
        end = base + motif.size
        offset = int(self.vocabulary.offsets[block])
        self.available[row, base:end] = motif.open_valence
        self.kind[row, base:end] = motif.atom_types
        self.slot[row, base:end] = range(offset, offset + motif.size)
        self.node[row, base:end] = self.steps
        self.branch[row, base:end] = branch
        self.bonds[row] += [(base + b, base + e, order) for b, e, order in motif.bonds]
        self.heavy[row] = end
        self.rings[row] += self.limits.rings[block]
        self.last[row] = base if motif.size == 1 else -1
        self.bonded[row] = False

    def _join(self, row: int, focus: int) -> None:
        """Bond an atom of the linker to the second core; its exit is no open valence."""
        assert self.linking is not None  # noqa: S101 - for the type checker
        end = self.linking.link.end
        self.bonds[row].append((focus, end, 1))
        self.available[row, focus] -= 1
        self.used[row, [focus, end]] += 1
        self.linking.joined[row] = True
        self.last[row] = -1

    def _bond(self, row: int, focus: int, other: int, order: int) -> None:
        self.bonds[row].append((focus, other, order))
        for atom in (focus, other):
            self.available[row, atom] -= order
            self.used[row, atom] += 1
        if self.unmet[row, focus] > 0:
            self.unmet[row, focus] -= 1

    def focus_distances(self, focus: Ints) -> tuple[Ints, Ints]:
        """Return distances from the focus to tokens, ``B x T``, and to the core, ``B x S``."""
        node = self.node[np.arange(len(self)), focus]
        return self.distances.look(node, None if self.at_root else focus)

    def _measure(self, actions: Actions) -> None:
        """Append the new token's distance rows."""
        if self.at_root:
            self.distances.append(*self.focus_distances(actions.focus), further=0)
            return
        blocks = len(self.vocabulary.sizes)
        source = np.where(actions.block == blocks + CLOSE, self.last, actions.focus)
        tokens, seed = self.focus_distances(source)
        if self.linking is not None:  # a join stands beside the second core, too
            joining = actions.block == blocks + JOIN
            far = self.seed.distance[self.linking.link.end].astype(np.int64)
            seed = np.where(joining[:, None], np.minimum(seed, far), seed)
        self.distances.append(tokens, seed, further=1)

    def keep(self, rows: Ints) -> None:
        """Drop all rows but `rows`."""
        for name in (
            "available",
            "unmet",
            "used",
            "node",
            "slot",
            "branch",
            "kind",
            "heavy",
            "last",
            "rings",
            "bonded",
        ):
            setattr(self, name, getattr(self, name)[rows])
        self.distances.keep(rows)
        if self.linking is not None:
            self.linking.keep(rows)
        self.bonds = [self.bonds[i] for i in rows.tolist()]

    def to_mol(self, row: int) -> Chem.Mol:
        """Return one molecule, sanitised.

        Raises
        ------
        rdkit.Chem.MolSanitizeException
            If RDKit refuses the graph; the masks are there to make this impossible.
        """
        mol = Chem.RWMol()
        for kind in self.kind[row, : self.heavy[row]].tolist():
            atom = Chem.Atom(_NUMBERS[kind])
            atom.SetFormalCharge(ATOM_TYPES[kind].charge)
            mol.AddAtom(atom)
        for begin, end, order in self.bonds[row]:
            mol.AddBond(begin, end, _BOND_TYPES[order])
        if self.seed.stereo is not None:
            return self.seed.stereo.mark(mol, self.seed.size)
        Chem.SanitizeMol(mol)
        return mol


_NUMBERS = tuple(kind.atomic_number for kind in ATOM_TYPES)
