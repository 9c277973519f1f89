"""The network: message passing over bonds, a pooled molecule, one output a task.

Each round of message passing is a graph isomorphism layer with bond features (Hu et al. 2020,
https://openreview.net/forum?id=HJlWWJSFDH), with a residual and a normalisation. The pooled atoms
stand beside RDKit's descriptors of the whole molecule, which carry what a few rounds cannot see
(Yang et al. 2019, doi:10.1021/acs.jcim.9b00237).

Shapes: ``M`` molecules, ``V`` atoms, ``E`` directed bonds, ``D`` descriptors, ``H`` width,
``T`` tasks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn
from torch_geometric.nn import GINEConv
from torch_geometric.utils import scatter

from molagent.learn.message_passing.graphs import ATOM_WIDTH, BOND_WIDTH, GraphBatch

__all__ = ["MessagePassingNetwork", "NetworkSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """Size of the network.

    Attributes
    ----------
    width
        ``H``.
    rounds
        Rounds of message passing; an atom sees that many bonds far.
    dropout
        Share of units left out in training, 0..1.
    descriptors
        Number of molecular descriptors ``D`` that stand beside the graph; 0 for none.
    tasks
        ``T``.
    """

    width: int = 128
    rounds: int = 3
    dropout: float = 0.25
    descriptors: int = 0
    tasks: int = 1

    def to_dict(self) -> dict[str, int | float]:
        """Return the settings as a JSON-able mapping."""
        return asdict(self)


class MessagePassingNetwork(nn.Module):
    """Maps molecules to a standardised mean for each task.

    Parameters
    ----------
    settings
        Its size.
    """

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        width = settings.width
        self.settings = settings
        self.atom = nn.Linear(ATOM_WIDTH, width)
        self.bonds = nn.ModuleList(
            nn.Linear(BOND_WIDTH, width, bias=False) for _ in range(settings.rounds)
        )
        self.rounds = nn.ModuleList(
            GINEConv(
                nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width)),
                train_eps=True,
            )
            for _ in range(settings.rounds)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(settings.rounds))
        self.drop = nn.Dropout(settings.dropout)
        self.whole = nn.Linear(settings.descriptors, width) if settings.descriptors else None
        joined = (3 if settings.descriptors else 2) * width
        self.head = nn.Sequential(
            nn.Linear(joined, width),
            nn.SiLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(width, settings.tasks),
        )
        # Log of the noise standard deviation of each task, in units of its training spread.
        self.log_noise = nn.Parameter(torch.full((settings.tasks,), -0.5))

    def forward(self, batch: GraphBatch) -> Tensor:
        """Return standardised means, ``M x T``."""
        atoms = torch.nn.functional.silu(self.atom(batch.atoms))
        for bond, message, norm in zip(self.bonds, self.rounds, self.norms, strict=True):
            atoms = atoms + self.drop(message(norm(atoms), batch.edges, bond(batch.bonds)))
        size = len(batch)
        parts = [
            scatter(atoms, batch.molecule, dim_size=size, reduce="mean"),
            # A sum knows how large the molecule is; scaled to the size of a drug.
            scatter(atoms, batch.molecule, dim_size=size, reduce="sum") / 25.0,
        ]
        if self.whole is not None:
            parts.append(torch.nn.functional.silu(self.whole(batch.descriptors)))
        result: Tensor = self.head(self.drop(torch.cat(parts, dim=1)))
        return result
