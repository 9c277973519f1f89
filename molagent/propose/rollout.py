"""Sample a batch of molecules from the policy, step by step, with cached keys and values.

Random numbers come from one numpy Generator a batch, drawn for every row whether it is finished
or not, so a row's molecule does not depend on when the others end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem, rdBase
from torch import Tensor

from molagent.propose.actions import Actions, GrowthBatch
from molagent.propose.batches import seed_tensors
from molagent.propose.graph_model import GraphPolicy
from molagent.propose.layers import Core
from molagent.propose.limits import GrowthLimits
from molagent.propose.motifs import read_mol
from molagent.propose.seeds import SeedGraph
from molagent.propose.trace import UNAVAILABLE
from molagent.propose.vocabulary import MotifVocabulary
from molagent.threads import torch_single_threaded

__all__ = ["Growing", "RollOut", "run_alone"]

Ints = NDArray[np.int64]


@dataclass
class _Memory:
    """Cached tensors of ``B`` rows: layer keys and values, states, pointer keys."""

    layers: list[Tensor]
    focus: Tensor
    keys: Tensor
    core_slots: Tensor
    state: Tensor

    def keep(self, rows: Tensor) -> None:
        self.layers = [layer[:, rows] for layer in self.layers]
        self.focus = self.focus[:, rows]
        self.keys, self.core_slots = self.keys[rows], self.core_slots[rows]
        self.state = self.state[rows]


class Growing(TypedDict):
    """How a batch grows, whatever it is asked for; each as for `RollOut`."""

    max_heavy_atoms: int
    temperature: float
    charged: bool
    rng: np.random.Generator
    limits: GrowthLimits | None


class RollOut:
    """A batch of molecules in the making.

    Parameters
    ----------
    policy, vocabulary
        The trained network and its blocks.
    seed
        Core or `EMPTY_SEED`.
    rows
        Number of molecules ``B``.
    max_heavy_atoms
        Largest molecule.
    temperature
        Above 1 flattens, below 1 sharpens every choice.
    corpus
        ``B`` source numbers to imitate.
    charged
        Whether blocks with a net charge may be added; `limits` go before it.
    rng
        Random numbers of this batch.
    limits
        What else bounds growth.
    conditions
        ``8`` or ``B x 8`` numbers of `Conditions.to_row`; None asks for nothing.
    """

    def __init__(
        self,
        policy: GraphPolicy,
        vocabulary: MotifVocabulary,
        seed: SeedGraph,
        *,
        rows: int,
        max_heavy_atoms: int,
        temperature: float,
        corpus: Ints,
        charged: bool,
        rng: np.random.Generator,
        limits: GrowthLimits | None = None,
        conditions: NDArray[np.float32] | None = None,
    ) -> None:
        self.policy, self.temperature, self.rng = policy, temperature, rng
        self.growth = GrowthBatch(
            seed, vocabulary, rows, max_heavy_atoms, charged=charged, limits=limits
        )
        self.conditions = None
        if conditions is not None:
            wide = np.broadcast_to(conditions, (rows, conditions.shape[-1]))
            self.conditions = torch.from_numpy(wide.copy())
        self.rows, self.alive = rows, np.arange(rows)
        core = self._encode(seed, rows)
        self.memory = self._start(core, torch.from_numpy(corpus))

    def _encode(self, seed: SeedGraph, rows: int) -> Core:
        tensors, sizes = seed_tensors([seed.atoms], [seed.bonds])
        core = self.policy.encoder(tensors, sizes)
        return Core(
            core.atoms.expand(rows, -1, -1),
            core.exists.expand(rows, -1),
            core.summary.expand(rows, -1),
        )

    def _start(self, core: Core, corpus: Tensor) -> _Memory:
        policy, size = self.policy, core.atoms.shape[1]
        keys = torch.zeros(self.rows, self.growth.limit, policy.settings.width)
        keys[:, :size] = policy.core_keys(core)
        self.memory = _Memory(
            layers=[layer.attention.keys_values(core.atoms) for layer in policy.decoder],
            focus=policy.focus_layer.attention.keys_values(core.atoms),
            keys=keys,
            core_slots=policy.seed_slot(core.atoms),
            state=core.summary,
        )
        heavy = torch.from_numpy(self.growth.heavy)
        self._advance(policy.start_token(core, corpus, heavy, self.conditions))
        return self.memory

    def _advance(self, token: Tensor) -> None:
        """Run one token through the decoder and remember its keys and values."""
        growth, memory, x = self.growth, self.memory, token[:, None]
        tokens = torch.from_numpy(growth.distances.tokens[:, -1:])
        seed = torch.from_numpy(growth.distances.seed[:, -1:])
        hidden = torch.zeros(len(growth), 1, seed.shape[2] + tokens.shape[2], dtype=torch.bool)
        for number, layer in enumerate(self.policy.decoder):
            fresh = layer.attention.keys_values(layer.norm(x))
            memory.layers[number] = torch.cat([memory.layers[number], fresh], dim=3)
            bias = layer.attention.bias(tokens, seed, hidden)
            x = layer(x, memory.layers[number], bias)
        x = self.policy.norm(x)
        memory.state = x[:, 0]
        fresh = self.policy.focus_layer.attention.keys_values(x)
        memory.focus = torch.cat([memory.focus, fresh], dim=3)

    def _choose(self, logits: Tensor, mask: NDArray[np.bool_]) -> Ints:
        """Draw one allowed column a row by inverting the cumulative distribution."""
        allowed = torch.from_numpy(mask)
        scaled = (logits.double() / self.temperature).masked_fill(~allowed, float("-inf"))
        cumulative = torch.softmax(scaled, dim=-1).cumsum(-1).numpy()
        draw = self.rng.random(self.rows)[self.alive] * cumulative[:, -1]
        index = (cumulative <= draw[:, None]).sum(axis=1)
        # Rounding may leave the draw past the last allowed column.
        last = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
        chosen: Ints = np.minimum(index, last).astype(np.int64)
        return chosen

    def run(self) -> list[str | None]:
        """Grow every row to its end; return canonical SMILES, None where RDKit refused one."""
        results: list[str | None] = [None] * self.rows
        while len(self.alive):
            focus = self._choose_focus()
            stopping = np.zeros(len(self.alive), dtype=np.bool_) if focus is None else focus == -1
            for row in np.flatnonzero(stopping).tolist():
                results[self.alive[row]] = self._finish(row)
            if stopping.any():
                staying = np.flatnonzero(~stopping)
                self.alive = self.alive[staying]
                self.growth.keep(staying)
                self.memory.keep(torch.from_numpy(staying))
                focus = focus[staying] if focus is not None else None
            if len(self.alive):
                self._act(focus)
        return results

    def _finish(self, row: int) -> str | None:
        with rdBase.BlockLogs():
            try:
                smiles = Chem.MolToSmiles(self.growth.to_mol(row))
            except Chem.MolSanitizeException:
                return None
        # Reading it back once makes the string a fixed point of canonicalisation.
        mol = read_mol(smiles)
        return None if mol is None else str(Chem.MolToSmiles(mol))

    def _choose_focus(self) -> Ints | None:
        """Return the focus atom, -1 for stop; None while there is nothing to focus on."""
        if self.growth.at_root:
            return None
        code = torch.from_numpy(self.growth.codes())[:, None]
        state = self.memory.state[:, None]
        logits = self.policy.focus_logits(state, self.memory.keys, code)[:, 0]
        return self._choose(logits, self.growth.focus_mask()) - 1

    def _act(self, focus: Ints | None) -> None:
        policy, growth, count = self.policy, self.growth, len(self.alive)
        root = focus is None
        at = np.zeros(count, dtype=np.int64) if focus is None else focus
        view = self._look(at, root=root)
        block = self._choose(policy.block_logits(view), growth.block_mask(at))
        attach = np.zeros(count, dtype=np.int64)
        order = np.zeros(count, dtype=np.int64)
        slot = torch.zeros(count, policy.settings.slot_width)
        blocks = torch.from_numpy(block)
        if not root:
            slot = self._focus_slot(at)
            logits = policy.attach_logits(view, blocks)
            attach = self._choose(logits, growth.attach_mask(block))
            limit = growth.order_limit(at, block, attach)
            logits = policy.order_logits(
                view, blocks, torch.from_numpy(attach), slot, torch.from_numpy(limit)
            )
            order = 1 + self._choose(logits, np.arange(3) < limit[:, None])
        growth.apply(Actions(focus=at, block=block, attach=attach, order=order))
        token = policy.action_token(
            blocks,
            torch.from_numpy(attach),
            torch.from_numpy(order),
            slot,
            torch.from_numpy(growth.heavy),
        )
        self._advance(token)
        self._add_keys()

    def _look(self, focus: Ints, *, root: bool) -> Tensor:
        policy, growth, memory = self.policy, self.growth, self.memory
        rows = np.arange(len(self.alive))
        near, near_seed = growth.focus_distances(focus)
        tokens = torch.from_numpy(near)[:, None]
        seed = torch.from_numpy(near_seed)[:, None]
        hidden = torch.zeros(len(rows), 1, seed.shape[2] + tokens.shape[2], dtype=torch.bool)
        bias = policy.focus_layer.attention.bias(tokens, seed, hidden)
        code = growth.codes()[rows, focus]
        code[code == UNAVAILABLE] = 0
        if root:
            key = policy.root.expand(len(rows), -1)
        else:
            key = memory.keys[torch.from_numpy(rows), torch.from_numpy(focus)]
        view = policy.focused(
            memory.state[:, None],
            key[:, None],
            torch.from_numpy(code)[:, None],
            memory.focus,
            bias,
        )
        return view[:, 0]

    def _focus_slot(self, focus: Ints) -> Tensor:
        size, rows = self.growth.seed.size, np.arange(len(focus))
        index = torch.from_numpy(self.growth.slot[rows, focus])
        slot: Tensor = self.policy.slot(index)
        inside = np.flatnonzero(focus < size)
        if len(inside):
            where = torch.from_numpy(inside)
            slot[where] = self.memory.core_slots[where, torch.from_numpy(focus[inside])]
        return slot

    def _add_keys(self) -> None:
        fresh = (self.growth.node == self.growth.steps).nonzero()
        rows, atoms = torch.from_numpy(fresh[0]), torch.from_numpy(fresh[1])
        slots = torch.from_numpy(self.growth.slot[fresh])
        self.memory.keys[rows, atoms] = self.policy.atom_keys(self.memory.state[rows], slots)


def run_alone(make: Callable[[], RollOut]) -> list[str | None]:
    """Make a batch and grow it to its end, on one thread and without gradients.

    Returns
    -------
    list
        Canonical SMILES in row order; None counts a graph that RDKit refused.
    """
    with torch_single_threaded(), torch.inference_mode():
        return make().run()
