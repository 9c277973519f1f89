"""Random-order building traces of known molecules: what the policy learns to imitate.

Every epoch draws a fresh trace of a packed molecule: a core (nothing, the Murcko scaffold with
its exit vectors, or the molecule without some motifs) and a random order in which the rest is
added. Random orders are the augmentation, and the reason why one model grows molecules from
nothing and from any core.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from molagent.propose.cores import HALF, Plan, draw_core
from molagent.propose.distances import BOS_BUCKET, FAR, SEED_BUCKETS, graph_distances
from molagent.propose.packed import NO_BLOCK, PackedMolecules
from molagent.propose.trace import (
    FROZEN,
    OPTIONAL,
    REQUIRED,
    ROOT,
    STOP,
    UNAVAILABLE,
    Trace,
    atom_code,
)
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["draw_trace"]


class _Recorder:
    """Replays a growth order and notes what the policy would see at each event."""

    def __init__(
        self, plan: Plan, vocabulary: MotifVocabulary, rng: np.random.Generator, seed: list[int]
    ) -> None:
        self.plan, self.vocabulary, self.rng = plan, vocabulary, rng
        self.number = {atom: i for i, atom in enumerate(seed)}
        self.n_seed = len(seed)
        self.close_block = len(vocabulary.blocks)
        self.available: list[int] = []
        self.used: list[int] = []
        self.unmet: list[int] = []
        self.slots: list[int] = []
        self.nodes: list[int] = []
        self.branches: list[int] = []
        self.rows: list[tuple[int, int, int, int, int]] = []
        self.codes: list[list[int]] = []
        self.close_ok: list[bool] = []
        self.stop_ok: list[bool] = []
        self.heavy: list[int] = []
        self.last = -1
        self.last_bonded: set[int] = set()
        self.tokens = np.full((1, 1), BOS_BUCKET, dtype=np.int64)
        self.token_rows: list[list[int]] = [[BOS_BUCKET]]
        self.seed_rows: list[list[int]] = [[SEED_BUCKETS - 1] * self.n_seed]
        self.seed_atoms, self.seed_bonds = self._seed_arrays(seed)
        self.seed_matrix = graph_distances(self.n_seed, self.seed_bonds, SEED_BUCKETS - 1).tolist()
        self.focus_rows: list[tuple[list[int], list[int]]] = []

    def _seed_arrays(self, seed: list[int]) -> tuple[list[list[int]], list[list[int]]]:
        plan, marked = self.plan, self.rng.random() < HALF
        atoms = []
        for atom in seed:
            outside = sum(o not in self.number for o, _ in plan.neighbours[atom])
            capacity = outside if marked else outside + plan.hydrogens[atom]
            kind = (REQUIRED if marked else OPTIONAL) if capacity else FROZEN
            inside = len(plan.neighbours[atom]) - outside
            atoms.append([plan.types[atom], min(capacity, 4), kind, plan.ring[atom], inside])
            self.available.append(capacity)
            self.used.append(0)
            self.unmet.append(capacity if marked else 0)
        bonds = [
            [self.number[b], self.number[e], 3 if code & 4 else (code & 3) - 1]
            for b, e, code in plan.bonds
            if b in self.number and e in self.number
        ]
        return atoms, bonds

    def _observe(self, focus: int, block: int, attach: int, order: int, limit: int) -> None:
        self.rows.append((focus, block, attach, order, limit))
        codes = []
        for free, used, unmet in zip(self.available, self.used, self.unmet, strict=True):
            codes.append(atom_code(free, used, unmet))
        self.codes.append(codes)
        self.stop_ok.append(not any(self.unmet) and bool(self.slots))
        can_close = (
            self.last >= 0
            and self.available[self.last] > 0
            and focus >= self.n_seed
            and focus != self.last
            and focus not in self.last_bonded
            and self.branches[focus - self.n_seed] == self.branches[self.last - self.n_seed]
        )
        self.close_ok.append(can_close)
        self.heavy.append(len(self.available))
        if focus < 0:
            self.focus_rows.append(([], []))
        elif focus < self.n_seed:
            column = [BOS_BUCKET] + [min(row[focus], FAR) for row in self.seed_rows[1:]]
            self.focus_rows.append((column, self.seed_matrix[focus]))
        else:
            node = self.nodes[focus - self.n_seed]
            row = self.token_rows[node]
            tail = [r[node] for r in self.token_rows[len(row) :]]
            self.focus_rows.append((row + tail, self.seed_rows[node]))

    def _new_token(self, focus: int) -> int:
        """Append distance rows of a token attached at `focus`; return its number."""
        count = len(self.token_rows)
        if focus == ROOT:
            row, seed_row = [BOS_BUCKET], [SEED_BUCKETS - 1] * self.n_seed
        elif focus < self.n_seed:
            row = [BOS_BUCKET] + [min(r[focus] + 1, FAR) for r in self.seed_rows[1:]]
            seed_row = [min(d + 1, SEED_BUCKETS - 1) for d in self.seed_matrix[focus]]
        else:
            node = self.nodes[focus - self.n_seed]
            row = self.token_rows[node]
            row = row + [r[node] for r in self.token_rows[len(row) :]]
            row = [BOS_BUCKET] + [min(d + 1, FAR) for d in row[1:]]
            seed_row = [min(d + 1, SEED_BUCKETS - 1) for d in self.seed_rows[node]]
        self.token_rows.append([*row[:count], 0])
        self.seed_rows.append(seed_row)
        return count

    def _spend(self, focus: int, order: int) -> None:
        self.available[focus] -= order
        self.used[focus] += 1
        if self.unmet[focus]:
            self.unmet[focus] -= 1

    def add(self, source: int | None, atom: int, order: int) -> list[int]:
        """Add the block that holds `atom` by a bond from `source`; return the atoms added."""
        plan, vocabulary = self.plan, self.vocabulary
        focus = ROOT if source is None else self.number[source]
        piece = plan.piece[atom]
        members = plan.members[piece]
        whole = plan.pieces[piece] != NO_BLOCK and not any(m in self.number for m in members)
        if whole:
            block = plan.pieces[piece]
            motif = vocabulary.blocks[block]
            relabel = motif.relabel[plan.slot[atom]]
            placed = sorted(members, key=lambda m: relabel[plan.slot[m]])
            attach = relabel[plan.slot[atom]]
        else:
            block, attach, placed = plan.types[atom], 0, [atom]
            motif = vocabulary.blocks[block]
        if source is None:
            attach, limit = 0, 0
        else:
            limit = self.order_limit(focus, motif.open_valence[attach], motif.size)
        self._observe(focus, block, attach, order, limit)
        node = self._new_token(focus)
        if focus != ROOT:
            self._spend(focus, order)
        base = len(self.available)
        first = focus < self.n_seed
        branch = node if first else self.branches[focus - self.n_seed]
        for offset, member in enumerate(placed):
            self.number[member] = base + offset
            self.slots.append(int(vocabulary.offsets[block]) + offset)
            self.nodes.append(node)
            self.branches.append(branch)
            self.available.append(motif.open_valence[offset])
            self.used.append(0)
            self.unmet.append(0)
        if focus != ROOT:
            self._spend(base + attach, order)
        self.last = base if motif.size == 1 else -1
        self.last_bonded = {focus}
        return placed

    def open_edges(self, atoms: Iterable[int]) -> list[tuple[int, int, int]]:
        """Return bonds from `atoms` to atoms that are not there yet: from, to, order."""
        return [
            (atom, other, order)
            for atom in atoms
            for other, order in self.plan.neighbours[atom]
            if other not in self.number
        ]

    def order_limit(self, focus: int, open_attach: int, size: int) -> int:
        """Highest bond order between the focus and a new block."""
        if size > 1 or focus < self.n_seed:
            return 1
        return min(self.available[focus], open_attach, 3)

    def close(self, source: int, atom: int, order: int) -> None:
        """Bond the last added atom to an existing one."""
        focus, last = self.number[source], self.number[atom]
        limit = min(self.available[focus], self.available[last], 3)
        self._observe(focus, self.close_block, 0, order, limit)
        self._new_token(last)
        self._spend(focus, order)
        self._spend(last, order)
        self.last_bonded.add(focus)

    def finish(self, corpus: int) -> Trace:
        """Note the stop and return the trace."""
        self._observe(STOP, 0, 0, 0, 0)
        steps, total = len(self.rows), len(self.available)
        code = np.full((steps, total), UNAVAILABLE, dtype=np.uint8)
        distance = np.zeros((steps, steps), dtype=np.uint8)
        focus_distance = np.zeros((steps, steps), dtype=np.uint8)
        focus_seed = np.zeros((steps, self.n_seed), dtype=np.uint8)
        for t, codes in enumerate(self.codes):
            code[t, : len(codes)] = codes
            row = self.token_rows[t]
            distance[t, : len(row)] = row
            distance[: len(row), t] = row
            near, near_seed = self.focus_rows[t]
            focus_distance[t, : len(near)] = near
            if near_seed:
                focus_seed[t] = near_seed
        columns = np.array(self.rows, dtype=np.int64).T
        return Trace(
            seed_atoms=np.array(self.seed_atoms, dtype=np.int64).reshape(-1, 5),
            seed_bonds=np.array(self.seed_bonds, dtype=np.int64).reshape(-1, 3),
            focus=columns[0],
            block=columns[1],
            attach=columns[2],
            order=columns[3],
            order_limit=columns[4],
            slots=np.array(self.slots, dtype=np.int64),
            nodes=np.array(self.nodes, dtype=np.int64),
            code=code,
            close_ok=np.array(self.close_ok),
            stop_ok=np.array(self.stop_ok),
            distance=distance,
            seed_distance=np.array(self.seed_rows, dtype=np.uint8).reshape(steps, self.n_seed),
            focus_distance=focus_distance,
            focus_seed_distance=focus_seed,
            heavy=np.array(self.heavy, dtype=np.int64),
            corpus=corpus,
        )


def draw_trace(
    packed: PackedMolecules,
    index: int,
    vocabulary: MotifVocabulary,
    rng: np.random.Generator,
    *,
    seeded: bool,
) -> Trace:
    """Draw one trace of a packed molecule.

    Parameters
    ----------
    packed, index
        The molecule.
    vocabulary
        The vocabulary it was packed with.
    rng
        Source of seed and order.
    seeded
        Whether to start from a part of the molecule; falls back to an empty seed where the
        molecule has no part to cut off.
    """
    plan = Plan.unpack(packed, index)
    seed = draw_core(plan, rng) if seeded else []
    recorder = _Recorder(plan, vocabulary, rng, seed)
    if seed:
        frontier = recorder.open_edges(seed)
    else:
        root = plan.members[int(rng.integers(len(plan.pieces)))]
        frontier = recorder.open_edges(recorder.add(None, root[int(rng.integers(len(root)))], 0))
    while frontier:
        source, atom, order = frontier.pop(int(rng.integers(len(frontier))))
        frontier += recorder.open_edges(recorder.add(source, atom, order))
        closing = [edge for edge in frontier if edge[1] in recorder.number]
        if closing:
            frontier = [edge for edge in frontier if edge[1] not in recorder.number]
            for number in rng.permutation(len(closing)).tolist():
                other, last, bond = closing[number]
                recorder.close(other, last, bond)
    return recorder.finish(int(packed.corpus[index]))
