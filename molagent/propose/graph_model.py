"""The network: a GINE encoder of the core and a causal decoder with one token an action.

Attention is biased by distance in the tree of additions (tokens) and in the core (core atoms).
Because the decoder is causal, one pass gives the likelihood of a whole molecule, and sampling
reuses keys and values of earlier steps. Four heads share each step's hidden state: focus (a
pointer over existing atoms, or stop), then, given the focus, block, attachment atom, bond order.

Shapes: ``B`` molecules, ``T`` steps, ``S`` core atoms, ``A`` added atoms, ``K`` blocks, ``M``
atoms in the largest block, ``D`` model width, ``H`` attention heads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from molagent.propose.batches import TraceBatch
from molagent.propose.conditions import NAMES
from molagent.propose.layers import NEGATIVE, Core, DecoderLayer, PolicySettings, SeedEncoder
from molagent.propose.trace import N_CODES, ROOT, STOP, UNAVAILABLE
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["GraphPolicy", "PolicySettings", "StepLosses"]

HEAVY_BUCKETS = 64


@dataclass
class StepLosses:
    """Negative log-likelihood of the four choices, each ``B x T``, 0 where not chosen."""

    focus: Tensor
    block: Tensor
    attach: Tensor
    order: Tensor

    @property
    def total(self) -> Tensor:
        """Negative log-likelihood of every step, ``B x T``."""
        return self.focus + self.block + self.attach + self.order


class GraphPolicy(nn.Module):
    """Probability of every action on a growing molecule.

    Parameters
    ----------
    settings
        Size of the network.
    vocabulary
        The blocks; their number and slots fix the embedding tables.
    """

    slot_index: Tensor
    anchors: Tensor

    def __init__(self, settings: PolicySettings, vocabulary: MotifVocabulary) -> None:
        super().__init__()
        width, narrow = settings.width, settings.slot_width
        blocks, slots = len(vocabulary.sizes), len(vocabulary.slot_open)
        largest = vocabulary.anchor_mask.shape[1]
        self.settings = settings
        # Behind the blocks: the two actions that add no atom, closing a ring and joining a core.
        self.close_block, self.join_block = blocks, blocks + 1
        self.encoder = SeedEncoder(settings)
        self.seed_slot = nn.Linear(width, narrow)
        self.slot = nn.Embedding(slots, narrow)
        self.block_in = nn.Embedding(blocks + 2, width)
        self.block_out = nn.Embedding(blocks + 2, width)
        self.block_bias = nn.Parameter(torch.zeros(blocks + 2))
        self.order_in = nn.Embedding(4, width)
        self.heavy = nn.Embedding(HEAVY_BUCKETS, width)
        self.corpus = nn.Embedding(settings.corpora, width)
        self.start = nn.Parameter(torch.zeros(width))
        self.conditions = _condition_layers(width)
        self.attach_in = nn.Linear(narrow, width)
        self.focus_in = nn.Linear(narrow, width)
        self.layers = nn.ModuleList(DecoderLayer(settings) for _ in range(settings.layers))
        self.norm = nn.LayerNorm(width)
        self.stop = nn.Linear(width, 1)
        self.pointer_query = nn.Linear(width, width)
        self.pointer_token = nn.Linear(width, width)
        self.pointer_slot = nn.Linear(narrow, width)
        self.pointer_core = nn.Linear(width, width)
        self.pointer_key = nn.Linear(width, width)
        self.pointer_code = nn.Linear(width, N_CODES)
        self.code_in = nn.Embedding(N_CODES, width)
        self.root = nn.Parameter(torch.zeros(width))
        self.focus_query = nn.Linear(width, width)
        self.focus_key = nn.Linear(width, width)
        self.focus_layer = DecoderLayer(settings)
        self.focus_norm = nn.LayerNorm(width)
        self.attach_query = nn.Linear(width, narrow)
        self.attach_block = nn.Linear(width, narrow)
        self.order_mlp = nn.Sequential(
            nn.Linear(2 * width + 2 * narrow, width), nn.GELU(), nn.Linear(width, 3)
        )
        offsets = torch.from_numpy(vocabulary.offsets)
        index = (offsets[:, None] + torch.arange(largest)[None, :]).clamp(max=slots - 1)
        index = torch.cat([index, torch.zeros(2, largest, dtype=torch.long)])
        anchors = torch.from_numpy(vocabulary.anchor_mask)
        bonds = torch.zeros(2, largest, dtype=torch.bool)
        bonds[:, 0] = True
        self.register_buffer("slot_index", index, persistent=False)
        self.register_buffer("anchors", torch.cat([anchors, bonds]), persistent=False)
        for embedding in (m for m in self.modules() if isinstance(m, nn.Embedding)):
            nn.init.normal_(embedding.weight, std=0.1)

    @property
    def decoder(self) -> list[DecoderLayer]:
        """The decoder's layers, bottom first."""
        return [layer for layer in self.layers if isinstance(layer, DecoderLayer)]

    # Single steps, shared by training and sampling ------------------------------------------

    def start_token(
        self, core: Core, corpus: Tensor, heavy: Tensor, conditions: Tensor | None = None
    ) -> Tensor:
        """Return token 0, ``B x D``; `conditions` is ``B x 8``, None where nothing is asked."""
        result: Tensor = self.start + core.summary + self.corpus(corpus) + self._size(heavy)
        return result if conditions is None else result + self.conditions(conditions)

    def action_token(
        self, block: Tensor, attach: Tensor, order: Tensor, focus_slot: Tensor, heavy: Tensor
    ) -> Tensor:
        """Return the token of an action; `focus_slot` is ``... x slot_width``, 0 at the root."""
        slot = self.slot(self.slot_index[block, attach])
        known = (block < self.close_block)[..., None]
        token = self.block_in(block) + self.attach_in(slot * known) + self.focus_in(focus_slot)
        result: Tensor = token + self.order_in(order) + self._size(heavy)
        return result

    def _size(self, heavy: Tensor) -> Tensor:
        result: Tensor = self.heavy(heavy.clamp(max=HEAVY_BUCKETS - 1))
        return result

    def core_keys(self, core: Core) -> Tensor:
        """Pointer keys of core atoms, ``B x S x D``."""
        result: Tensor = self.pointer_key(functional.gelu(self.pointer_core(core.atoms)))
        return result

    def atom_keys(self, token: Tensor, slot: Tensor) -> Tensor:
        """Pointer keys of added atoms from their token's state and their slot."""
        mixed = self.pointer_token(token) + self.pointer_slot(self.slot(slot))
        result: Tensor = self.pointer_key(functional.gelu(mixed))
        return result

    def focus_logits(self, state: Tensor, keys: Tensor, code: Tensor) -> Tensor:
        """Logits of stop and of every atom, ``B x T x (1 + N)``; masks of `code` only."""
        query = self.pointer_query(state)
        logits = query @ keys.transpose(1, 2) / math.sqrt(keys.shape[-1])
        barred = code == UNAVAILABLE
        by_code = self.pointer_code(state).gather(2, code.masked_fill(barred, 0))
        logits = (logits + by_code).masked_fill(barred, NEGATIVE)
        return torch.cat([self.stop(state), logits], dim=2)

    def focused(
        self,
        state: Tensor,
        focus_key: Tensor,
        focus_code: Tensor,
        keys_values: Tensor,
        bias: Tensor,
    ) -> Tensor:
        """Look at the molecule from the focus; ``B x T x D``."""
        x = self.focus_query(state) + self.focus_key(focus_key) + self.code_in(focus_code)
        result: Tensor = self.focus_norm(self.focus_layer(x, keys_values, bias))
        return result

    def block_logits(self, view: Tensor) -> Tensor:
        """Logits of every block, of ring closure and of a join, ``... x (K + 2)``."""
        return functional.linear(view, self.block_out.weight, self.block_bias)

    def attach_logits(self, view: Tensor, block: Tensor) -> Tensor:
        """Logits of the block's atoms, ``... x M``; atoms that cannot attach are barred."""
        query = self.attach_query(view) + self.attach_block(self.block_out(block))
        slots = self.slot(self.slot_index[block])
        logits: Tensor = (slots @ query[..., None]).squeeze(-1)
        return logits.masked_fill(~self.anchors[block], NEGATIVE)

    def order_logits(
        self, view: Tensor, block: Tensor, attach: Tensor, focus_slot: Tensor, limit: Tensor
    ) -> Tensor:
        """Logits of bond orders 1 to 3, ``... x 3``."""
        slot = self.slot(self.slot_index[block, attach])
        inputs = torch.cat([view, self.block_in(block), slot, focus_slot], dim=-1)
        logits: Tensor = self.order_mlp(inputs)
        orders = torch.arange(3, device=logits.device)
        return logits.masked_fill(orders >= limit[..., None].clamp(min=1), NEGATIVE)

    # Whole traces ----------------------------------------------------------------------------

    def forward(self, batch: TraceBatch) -> StepLosses:
        """Return the negative log-likelihood of every choice of every trace."""
        core = self.encoder(batch.seed, batch.seed_size)
        steps = batch.focus.shape[1]
        slots = torch.cat([self.seed_slot(core.atoms), self.slot(batch.slots)], dim=1)
        real = batch.focus >= 0
        at = batch.focus.clamp(min=0)
        focus_slot = _take(slots, at) * real[..., None]
        state = self._decode(batch, core, focus_slot)
        tokens = _take(state, batch.nodes.clamp(max=steps - 1))
        keys = torch.cat([self.core_keys(core), self.atom_keys(tokens, batch.slots)], dim=1)
        live = torch.arange(steps, device=at.device)[None, :] < batch.steps[:, None]
        root = batch.focus == ROOT

        logits = self.focus_logits(state, keys, batch.code)
        barred = torch.zeros_like(logits, dtype=torch.bool)
        barred[:, :, 0] = ~batch.stop_ok & (batch.focus != STOP)
        target = torch.where(real, at + 1, 0)
        focus_loss = _nll(logits.masked_fill(barred, NEGATIVE), target) * (live & ~root)

        focus_key = torch.where(root[..., None], self.root, _take(keys, at))
        code = batch.code.gather(2, at[..., None]).squeeze(2)
        code = code.masked_fill(code == UNAVAILABLE, 0)
        hidden = self._hidden(core, steps)
        bias = self.focus_layer.attention.bias(
            batch.focus_distance, batch.focus_seed_distance, hidden
        )
        memory = torch.cat([core.atoms, state], dim=1)
        view = self.focused(
            state, focus_key, code, self.focus_layer.attention.keys_values(memory), bias
        )
        acting = live & (batch.focus != STOP)
        logits = self.block_logits(view)
        barred = torch.zeros_like(logits, dtype=torch.bool)
        barred[:, :, self.close_block] = ~batch.close_ok & (batch.block != self.close_block)
        barred[:, :, self.join_block] = ~batch.join_ok & (batch.block != self.join_block)
        block_loss = _nll(logits.masked_fill(barred, NEGATIVE), batch.block) * acting
        bonding = acting & ~root
        attach_loss = _nll(self.attach_logits(view, batch.block), batch.attach) * bonding
        order = self.order_logits(view, batch.block, batch.attach, focus_slot, batch.order_limit)
        order_loss = _nll(order, (batch.order - 1).clamp(min=0)) * bonding
        return StepLosses(focus_loss, block_loss, attach_loss, order_loss)

    def _hidden(self, core: Core, steps: int) -> Tensor:
        """``B x T x (S + T)``: True where a step may not look."""
        rows = core.exists.shape[0]
        square = torch.ones(steps, steps, dtype=torch.bool, device=core.exists.device)
        later = square.triu(1).expand(rows, -1, -1)
        missing = ~core.exists[:, None, :].expand(-1, steps, -1)
        return torch.cat([missing, later], dim=2)

    def _decode(self, batch: TraceBatch, core: Core, focus_slot: Tensor) -> Tensor:
        """Return the hidden state before each event, ``B x T x D``."""
        actions = self.action_token(
            batch.block[:, :-1],
            batch.attach[:, :-1],
            batch.order[:, :-1],
            focus_slot[:, :-1],
            batch.heavy[:, 1:],
        )
        first = self.start_token(core, batch.corpus, batch.heavy[:, 0], batch.conditions)
        x = torch.cat([first[:, None], actions], dim=1)
        hidden = self._hidden(core, x.shape[1])
        for layer in self.decoder:
            memory = layer.attention.keys_values(torch.cat([core.atoms, layer.norm(x)], dim=1))
            bias = layer.attention.bias(batch.distance, batch.seed_distance, hidden)
            x = layer(x, memory, bias)
        result: Tensor = self.norm(x)
        return result


def _condition_layers(width: int) -> nn.Sequential:
    """Layers from what is asked to the start token.

    Without biases, hidden conditions (all 0) give exactly 0; the zeros of the last layer leave a
    network that never met conditions as it was.
    """
    last = nn.Linear(width, width, bias=False)
    nn.init.zeros_(last.weight)
    return nn.Sequential(nn.Linear(2 * len(NAMES), width, bias=False), nn.GELU(), last)


def _take(table: Tensor, index: Tensor) -> Tensor:
    """Gather rows ``B x N`` of ``B x A x D``."""
    return table.gather(1, index[..., None].expand(-1, -1, table.shape[-1]))


def _nll(logits: Tensor, target: Tensor) -> Tensor:
    flat = functional.cross_entropy(
        logits.float().reshape(-1, logits.shape[-1]), target.reshape(-1), reduction="none"
    )
    return flat.view(target.shape)
