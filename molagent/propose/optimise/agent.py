"""The policy that learns: a copy of a trained one, pulled towards what scores well.

The loss is relative trajectory balance (Venkatraman et al. 2024, https://arxiv.org/abs/2405.20971):
``(log P_agent + log Z - log P_prior - beta * reward)^2`` over building orders of replayed
structures, so that the agent comes to propose a structure with the prior's probability times
``exp(beta * reward)``. Stored structures are re-traced in fresh random orders each time, the
graph's counterpart of Augmented Memory (Guo and Schwaller 2024, doi:10.1021/jacsau.4c00066).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from molagent.propose.batches import TraceBatch, collate_traces
from molagent.propose.number_type import prefers_bfloat16
from molagent.propose.packed import PackedMolecules, pack_smiles
from molagent.propose.rollout import RollOut, run_alone
from molagent.propose.seeds import EMPTY_SEED, SeedGraph
from molagent.propose.trace import Trace
from molagent.propose.traces import draw_trace
from molagent.propose.weights import LoadedPolicy

__all__ = ["Agent", "AgentSettings"]


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """How the agent learns.

    Parameters
    ----------
    learning_rate, log_z_rate
        Of the network and of ``log Z``.
    beta
        Inverse temperature: how many nats a reward of 1 is worth.
    prior_pull
        Weight of the divergence from the prior, estimated on the replayed structures.
    batch
        Structures in an update.
    updates
        Updates a step if the policy proposed everything; fewer in proportion to its share.
    replay_among
        How many of the best structures are replayed.
    pressure
        Rank weighting of the replay; small prefers the best.
    retrace
        Whether a structure is replayed in a fresh building order each time; False keeps the
        first.
    bfloat16
        Whether matrix products run in bfloat16; None for what is faster here.
    """

    learning_rate: float = 5e-4
    log_z_rate: float = 0.1
    beta: float = 50.0
    prior_pull: float = 0.001
    batch: int = 64
    updates: int = 4
    replay_among: int = 1024
    pressure: float = 0.01
    retrace: bool = True
    bfloat16: bool | None = None


class Agent:
    """A policy in training on an objective.

    Parameters
    ----------
    model
        The prior: its policy stays as it is, a copy learns.
    settings
        How to learn.
    corpus
        Number of the training source whose style is kept.
    max_heavy_atoms
        Largest proposal.

    Attributes
    ----------
    bfloat16
        What matrix products run in: as the settings say, else as this machine is faster.
    """

    def __init__(
        self, model: LoadedPolicy, settings: AgentSettings, *, corpus: int, max_heavy_atoms: int
    ) -> None:
        self.model, self.settings = model, settings
        self.corpus, self.max_heavy_atoms = corpus, max_heavy_atoms
        asked = settings.bfloat16
        self.bfloat16 = prefers_bfloat16() if asked is None else asked
        self.prior = model.policy
        self.policy = copy.deepcopy(model.policy)
        self.log_z = torch.nn.Parameter(torch.zeros(()))
        self.parameters = {**dict(self.policy.named_parameters()), "log_z": self.log_z}
        self.optimiser = torch.optim.Adam(
            [
                {"params": list(self.policy.parameters()), "lr": settings.learning_rate},
                {"params": [self.log_z], "lr": settings.log_z_rate},
            ]
        )
        self._packed: dict[str, PackedMolecules] = {}

    def propose(
        self, rows: int, rng: np.random.Generator, seed: SeedGraph = EMPTY_SEED
    ) -> list[str | None]:
        """Sample structures, repeats included; None counts a graph that RDKit refused."""
        make = partial(
            RollOut,
            self.policy,
            self.model.vocabulary,
            seed,
            rows=rows,
            max_heavy_atoms=self.max_heavy_atoms,
            temperature=1.0,
            corpus=np.full(rows, self.corpus, dtype=np.int64),
            charged=False,
            rng=rng,
        )
        return run_alone(make)

    def pack(self, smiles: str) -> PackedMolecules:
        """Return a structure ready to be traced; empty where the policy cannot build it."""
        if smiles not in self._packed:
            self._packed[smiles] = pack_smiles([smiles], self.model.vocabulary, corpus=self.corpus)
        return self._packed[smiles]

    def learn(
        self, smiles_list: Sequence[str], rewards: NDArray[np.float64], rng: np.random.Generator
    ) -> float:
        """Make one update on structures and their rewards; return the loss.

        Structures that the policy cannot build (charged GA children, say) are left out.
        """
        traces, kept = [], []
        for smiles, reward in zip(smiles_list, rewards.tolist(), strict=True):
            packed = self.pack(smiles)
            if len(packed):
                traces.append(self._trace(smiles, packed, rng))
                kept.append(reward)
        if not traces:
            return float("nan")
        batch = collate_traces(traces)
        with torch.no_grad():
            prior = self._log_prob(batch, prior=True)
        target = torch.tensor(kept, dtype=torch.float32) * self.settings.beta
        agent = self._log_prob(batch, prior=False)
        balance = agent + self.log_z - prior - target
        loss = balance.square().mean() + self.settings.prior_pull * (agent - prior).mean()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def _trace(self, smiles: str, packed: PackedMolecules, rng: np.random.Generator) -> Trace:
        if self.settings.retrace:
            return draw_trace(packed, 0, self.model.vocabulary, rng, seeded=False)
        # Seeded by the structure, so that a resumed run replays the same order.
        own = np.random.default_rng(list(smiles.encode()))
        return draw_trace(packed, 0, self.model.vocabulary, own, seeded=False)

    def _log_prob(self, batch: TraceBatch, *, prior: bool) -> torch.Tensor:
        policy = self.prior if prior else self.policy
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            total: torch.Tensor = policy(batch).total
        return -total.float().sum(1)

    def to_tensors(self) -> dict[str, torch.Tensor]:
        """Return weights and optimiser state."""
        tensors: dict[str, torch.Tensor] = {}
        for name, value in self.parameters.items():
            tensors[f"weight.{name}"] = value.detach().clone()
            for key, state in self.optimiser.state.get(value, {}).items():
                tensors[f"{key}.{name}"] = torch.as_tensor(state).clone()
        return tensors

    def load_tensors(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Restore what `to_tensors` gave."""
        keys = ("step", "exp_avg", "exp_avg_sq")
        with torch.no_grad():
            for name, value in self.parameters.items():
                value.copy_(tensors[f"weight.{name}"])
                if f"step.{name}" in tensors:
                    self.optimiser.state[value] = {k: tensors[f"{k}.{name}"].clone() for k in keys}
