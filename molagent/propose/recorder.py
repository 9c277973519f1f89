"""Replay a growth order of a known molecule and note what the policy would see at each event."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from molagent.propose.cores import HALF, SeedDraw, UnpackedMol
from molagent.propose.distances import BOS_BUCKET, FAR, SEED_BUCKETS, graph_distances
from molagent.propose.links import joining_orders
from molagent.propose.packed import NO_BLOCK
from molagent.propose.trace import (
    CLOSE,
    FROZEN,
    JOIN,
    LINK,
    OPTIONAL,
    REQUIRED,
    ROOT,
    STOP,
    UNAVAILABLE,
    Trace,
    atom_code,
)
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["Recorder"]


class Recorder:
    """Notes the events of one trace.

    Parameters
    ----------
    plan
        The molecule.
    vocabulary
        The vocabulary it was packed with.
    rng
        Decides whether exits are marked.
    seed
        Atoms that are there from the start.
    """

    def __init__(
        self,
        plan: UnpackedMol,
        vocabulary: MotifVocabulary,
        rng: np.random.Generator,
        seed: SeedDraw,
    ) -> None:
        self.plan, self.vocabulary, self.rng = plan, vocabulary, rng
        self.number = {atom: i for i, atom in enumerate(seed.atoms)}
        self.n_seed = len(seed.atoms)
        self.start, self.end = (self.number[a] for a in seed.link[:2]) if seed.link else (-1, -1)
        self.joined = seed.link is None
        self.link_open = 0
        self.on_linker: list[bool] = [False] * self.n_seed
        self.available: list[int] = []
        self.used: list[int] = []
        self.unmet: list[int] = []
        self.slots: list[int] = []
        self.nodes: list[int] = []
        self.branches: list[int] = []
        self.rows: list[tuple[int, int, int, int, int]] = []
        self.codes: list[list[int]] = []
        self.close_ok: list[bool] = []
        self.join_ok: list[bool] = []
        self.stop_ok: list[bool] = []
        self.heavy: list[int] = []
        self.last = -1
        self.last_bonded: set[int] = set()
        self.tokens = np.full((1, 1), BOS_BUCKET, dtype=np.int64)
        self.token_rows: list[list[int]] = [[BOS_BUCKET]]
        self.seed_rows: list[list[int]] = [[SEED_BUCKETS - 1] * self.n_seed]
        self.seed_atoms, self.seed_bonds = self._seed_arrays(seed.atoms)
        self.seed_matrix = graph_distances(self.n_seed, self.seed_bonds, SEED_BUCKETS - 1).tolist()
        self.focus_rows: list[tuple[list[int], list[int]]] = []

    def _seed_arrays(self, seed: list[int]) -> tuple[list[list[int]], list[list[int]]]:
        plan, marked = self.plan, self.rng.random() < HALF
        atoms = []
        for atom in seed:
            outside = sum(o not in self.number for o, _ in plan.neighbours[atom])
            inside = len(plan.neighbours[atom]) - outside
            number = self.number[atom]
            if number == self.end:
                outside -= 1  # the join has its own action
            capacity = outside if marked else outside + plan.hydrogens[atom]
            kind = (REQUIRED if marked else OPTIONAL) if capacity else FROZEN
            unmet = capacity if marked else 0
            if number in (self.start, self.end):
                kind = LINK
            if number == self.start:
                unmet = max(unmet, 1)
            atoms.append([plan.types[atom], min(capacity, 4), kind, plan.ring[atom], inside])
            self.available.append(capacity)
            self.used.append(0)
            self.unmet.append(unmet)
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
        self.stop_ok.append(self.joined and not any(self.unmet) and bool(self.slots))
        can_close = (
            self.last >= 0
            and self.available[self.last] > 0
            and focus >= self.n_seed
            and focus != self.last
            and focus not in self.last_bonded
            and self.branches[focus - self.n_seed] == self.branches[self.last - self.n_seed]
            and self._closing_limit(focus) > 0
        )
        self.close_ok.append(can_close)
        linker = not self.joined and focus >= 0 and self.on_linker[focus]
        self.join_ok.append(linker and self.available[focus] > 0)
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
        if self.on_linker[focus]:
            self.link_open -= order
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
            limit = self.order_limit(focus, motif.open_valence, attach)
        self._observe(focus, block, attach, order, limit)
        node = self._new_token(focus)
        if focus != ROOT:
            self._spend(focus, order)
        base = len(self.available)
        first = focus < self.n_seed
        branch = node if first else self.branches[focus - self.n_seed]
        linker = focus == self.start if first else self.on_linker[focus]
        if linker:
            self.link_open += sum(motif.open_valence)
        for offset, member in enumerate(placed):
            self.number[member] = base + offset
            self.slots.append(int(vocabulary.offsets[block]) + offset)
            self.nodes.append(node)
            self.branches.append(branch)
            self.on_linker.append(linker)
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

    def order_limit(self, focus: int, open_valence: tuple[int, ...], attach: int) -> int:
        """Highest bond order between the focus and a new block."""
        if len(open_valence) > 1 or focus < self.n_seed:
            return 1
        limit = min(self.available[focus], open_valence[attach], 3)
        return min(limit, self._linking_limit(focus, sum(open_valence)))

    def _linking_limit(self, focus: int, fresh: int) -> int:
        """Highest order of a bond at the focus that leaves a place to join the cores from."""
        if self.joined or not self.on_linker[focus] or self.available[self.start] > 0:
            return 3
        return joining_orders(self.link_open, fresh)

    def _closing_limit(self, focus: int) -> int:
        limit = min(self.available[focus], self.available[self.last], 3)
        return min(limit, self._linking_limit(focus, 0))

    def close(self, source: int, atom: int, order: int) -> None:
        """Bond the last added atom to an existing one."""
        focus, last = self.number[source], self.number[atom]
        limit = self._closing_limit(focus)
        self._observe(focus, len(self.vocabulary.blocks) + CLOSE, 0, order, limit)
        self._new_token(last)
        self._spend(focus, order)
        self._spend(last, order)
        self.last_bonded.add(focus)

    def join(self, source: int) -> None:
        """Bond an atom of the linker to the second core."""
        focus = self.number[source]
        self._observe(focus, len(self.vocabulary.blocks) + JOIN, 0, 1, 1)
        self._new_token(focus)
        far = self.seed_matrix[self.end]
        self.seed_rows[-1] = [
            min(near, d + 1) for near, d in zip(self.seed_rows[-1], far, strict=True)
        ]
        self._spend(focus, 1)
        self.used[self.end] += 1
        self.joined, self.last = True, -1

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
            join_ok=np.array(self.join_ok),
            stop_ok=np.array(self.stop_ok),
            distance=distance,
            seed_distance=np.array(self.seed_rows, dtype=np.uint8).reshape(steps, self.n_seed),
            focus_distance=focus_distance,
            focus_seed_distance=focus_seed,
            heavy=np.array(self.heavy, dtype=np.int64),
            corpus=corpus,
        )
