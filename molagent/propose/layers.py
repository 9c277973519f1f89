"""Parts of the network: settings, core encoder, attention biased by distance, decoder layer.

Shapes: ``B`` molecules, ``T`` steps, ``S`` core atoms, ``D`` model width, ``H`` attention heads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch_geometric.nn import GINEConv

from molagent.propose.batches import SeedTensors
from molagent.propose.distances import BUCKETS, SEED_BUCKETS
from molagent.propose.motifs import ATOM_TYPES

__all__ = [
    "NEGATIVE",
    "SIZES",
    "BiasedAttention",
    "Core",
    "DecoderLayer",
    "PolicySettings",
    "SeedEncoder",
]

# Stands for minus infinity where a softmax over barred entries alone must not give NaN.
NEGATIVE = -1e9
# Frozen, required, optional, and ends of a linker.
EXIT_KINDS = 4


@dataclass(frozen=True, kw_only=True)
class PolicySettings:
    """Size of the network.

    Parameters
    ----------
    width
        Model width ``D``.
    heads
        Attention heads; divides `width`.
    layers
        Decoder layers.
    encoder_layers
        Rounds of message passing over the core.
    slot_width
        Width of the embedding of a block's atom.
    corpora
        Number of training sources the policy tells apart.
    """

    width: int = 128
    heads: int = 4
    layers: int = 5
    encoder_layers: int = 4
    slot_width: int = 64
    corpora: int = 1

    def to_dict(self) -> dict[str, int]:
        """Return the settings as a JSON-like mapping."""
        return asdict(self)


SIZES: Final[Mapping[str, PolicySettings]] = MappingProxyType(
    {
        # 1.9 million parameters: samples hundreds of molecules a second on one core.
        "small": PolicySettings(),
        # 28 million parameters: for a GPU.
        "large": PolicySettings(width=384, heads=8, layers=12, encoder_layers=6, slot_width=128),
    }
)


@dataclass
class Core:
    """Encoded cores: atoms ``B x S x D``, True where an atom exists, and a summary ``B x D``."""

    atoms: Tensor
    exists: Tensor
    summary: Tensor


class SeedEncoder(nn.Module):
    """Message passing over the core.

    Parameters
    ----------
    settings
        Width and number of layers.
    """

    def __init__(self, settings: PolicySettings) -> None:
        super().__init__()
        width = settings.width
        self.width = width
        sizes = (len(ATOM_TYPES), 5, EXIT_KINDS, 2, 8)
        self.features = nn.ModuleList(nn.Embedding(n, width) for n in sizes)
        self.bond = nn.Embedding(4, width)
        self.layers = nn.ModuleList()
        self.norms = nn.ModuleList()
        for _ in range(settings.encoder_layers):
            mlp = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
            self.layers.append(GINEConv(mlp))
            self.norms.append(nn.LayerNorm(width))
        self.summary = nn.Linear(width, width)

    def forward(self, seed: SeedTensors, sizes: Tensor) -> Core:
        """Encode the cores of a batch; `sizes` is ``B``."""
        rows, slots = len(sizes), int(sizes.max()) if len(sizes) else 0
        device = sizes.device
        atoms = torch.zeros(rows, slots, self.width, device=device)
        if slots == 0:
            missing = torch.zeros(rows, 0, dtype=torch.bool, device=device)
            return Core(atoms, missing, torch.zeros(rows, self.width, device=device))
        x = torch.stack([e(seed.features[:, i]) for i, e in enumerate(self.features)]).sum(0)
        edge = self.bond(seed.edge_codes)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            x = x + functional.gelu(layer(norm(x), seed.edges, edge))
        atoms = atoms.to(x.dtype).index_put((seed.rows, seed.columns), x)
        exists = torch.arange(slots, device=device)[None, :] < sizes[:, None]
        mean = atoms.sum(1) / sizes.clamp(min=1)[:, None]
        # Rows without a core look the same whatever stands beside them in the batch.
        return Core(atoms, exists, self.summary(mean) * (sizes > 0)[:, None])


class BiasedAttention(nn.Module):
    """Multi-head attention over core atoms and tokens with a learned bias for each distance.

    Parameters
    ----------
    settings
        Width and heads.
    """

    def __init__(self, settings: PolicySettings) -> None:
        super().__init__()
        self.heads = settings.heads
        self.query = nn.Linear(settings.width, settings.width)
        self.key_value = nn.Linear(settings.width, 2 * settings.width)
        self.out = nn.Linear(settings.width, settings.width)
        self.token_bias = nn.Embedding(BUCKETS, settings.heads)
        self.seed_bias = nn.Embedding(SEED_BUCKETS, settings.heads)

    def keys_values(self, x: Tensor) -> Tensor:
        """Project ``B x N x D`` to keys and values, ``2 x B x H x N x D/H``."""
        rows, count, width = x.shape
        parts = self.key_value(x).view(rows, count, 2, self.heads, width // self.heads)
        result: Tensor = parts.permute(2, 0, 3, 1, 4)
        return result

    def bias(self, tokens: Tensor, seed: Tensor, hidden: Tensor) -> Tensor:
        """Return the bias ``B x H x T x (S + T)``; `hidden` is True where attention is barred."""
        bias = torch.cat([self.seed_bias(seed), self.token_bias(tokens)], dim=2)
        result: Tensor = bias.masked_fill(hidden[..., None], NEGATIVE).permute(0, 3, 1, 2)
        return result

    def forward(self, x: Tensor, keys_values: Tensor, bias: Tensor) -> Tensor:
        """Attend from ``B x T x D`` to keys and values."""
        rows, count, width = x.shape
        query = self.query(x).view(rows, count, self.heads, -1).transpose(1, 2)
        keys, values = keys_values[0], keys_values[1]
        logits = query @ keys.transpose(2, 3) / math.sqrt(width / self.heads) + bias
        mixed = torch.softmax(logits, dim=-1) @ values
        result: Tensor = self.out(mixed.transpose(1, 2).reshape(rows, count, width))
        return result


class DecoderLayer(nn.Module):
    """Pre-norm attention and a feed-forward network.

    Parameters
    ----------
    settings
        Width and heads.
    """

    def __init__(self, settings: PolicySettings) -> None:
        super().__init__()
        width = settings.width
        self.norm = nn.LayerNorm(width)
        self.attention = BiasedAttention(settings)
        self.feed = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 4 * width),
            nn.GELU(),
            nn.Linear(4 * width, width),
        )

    def forward(self, x: Tensor, keys_values: Tensor, bias: Tensor) -> Tensor:
        """Return the layer's output, ``B x T x D``."""
        x = x + self.attention(self.norm(x), keys_values, bias)
        result: Tensor = x + self.feed(x)
        return result
