"""Training one member: censored likelihood, gaps, early end on rows held aside.

The likelihood of a measured value is Gaussian with one noise an endpoint; that of a limit is the
probability on its right side (Tobin 1958, doi:10.2307/1907382). An endpoint's gaps add nothing.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from molagent.learn.message_passing.graphs import GraphBatch, MolecularGraphs
from molagent.learn.message_passing.network import MessagePassingNetwork, NetworkSettings
from molagent.protocols import Progress
from molagent.threads import torch_single_threaded

__all__ = [
    "Labels",
    "TrainedMember",
    "TrainingSettings",
    "censored_loss",
    "train_member",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a network is trained.

    Attributes
    ----------
    epochs
        At most; the learning rate falls to zero over them.
    batch_size
        Molecules a step.
    learning_rate, weight_decay
        Of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
    held_aside
        Share of the rows that decides when to stop, 0..1; another share for each member.
    patience
        Epochs without a better value until training ends.
    average
        Weight of the past in the running mean of the weights, which is what is kept.
    """

    epochs: int = 24
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    held_aside: float = 0.1
    patience: int = 8
    average: float = 0.98

    def to_dict(self) -> dict[str, int | float]:
        """Return the settings as a JSON-able mapping."""
        return asdict(self)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """Standardised labels, ``M x T``; NaN in `values` where there is none."""

    values: Tensor
    censoring: Tensor

    def batch(self, rows: npt.NDArray[np.int64]) -> Labels:
        """Return the chosen rows."""
        index = torch.from_numpy(rows)
        return Labels(self.values[index], self.censoring[index])


@dataclass(frozen=True, slots=True, eq=False)
class TrainedMember:
    """One trained network and when it was best.

    Attributes
    ----------
    epochs
        Epochs until the weights that are kept.
    loss
        Their mean negative log-likelihood a label of the rows held aside, in nats.
    """

    network: MessagePassingNetwork
    epochs: int
    loss: float


def censored_loss(means: Tensor, log_noise: Tensor, labels: Labels) -> Tensor:
    """Return the mean negative log-likelihood of the labels that there are, in nats.

    Parameters
    ----------
    means
        ``M x T``, standardised.
    log_noise
        ``T``; log of the noise standard deviation.

    Examples
    --------
    >>> limit = Labels(torch.tensor([[0.0]]), torch.tensor([[1]]))  # the true value lies above 0
    >>> flat = torch.zeros(1)
    >>> above, below = torch.tensor([[3.0]]), torch.tensor([[-3.0]])
    >>> bool(censored_loss(above, flat, limit) < 0.01 < censored_loss(below, flat, limit))
    True
    """
    known = torch.isfinite(labels.values)
    noise = log_noise.expand_as(means)[known]
    z = (labels.values[known] - means[known]) * torch.exp(-noise)
    side = labels.censoring[known].to(z.dtype)
    exact = 0.5 * z**2 + noise + 0.5 * math.log(2.0 * math.pi)
    limit = -torch.special.log_ndtr(-side * z)
    return torch.where(side == 0, exact, limit).sum() / known.sum().clamp(min=1)


def train_member(
    graphs: MolecularGraphs,
    labels: Labels,
    network: NetworkSettings,
    training: TrainingSettings,
    *,
    seed: int,
    progress: Progress,
) -> TrainedMember:
    """Train one network; the same seed gives the same weights.

    Parameters
    ----------
    graphs, labels
        ``M`` molecules; descriptors and labels are standardised.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(graphs))
    aside = max(int(training.held_aside * len(graphs)), 1)
    held, kept = order[:aside], order[aside:]
    with torch.random.fork_rng(devices=[]), torch_single_threaded():
        torch.manual_seed(seed)
        model = MessagePassingNetwork(network)
        return _Run(model, training, graphs, labels, rng).train(kept, held, progress)


class _Run:
    def __init__(
        self,
        model: MessagePassingNetwork,
        settings: TrainingSettings,
        graphs: MolecularGraphs,
        labels: Labels,
        rng: np.random.Generator,
    ) -> None:
        self.model = model
        self.settings = settings
        self.graphs = graphs
        self.labels = labels
        self.rng = rng
        self.mean = {k: v.detach().clone() for k, v in model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.step = 0

    def train(
        self, kept: npt.NDArray[np.int64], held: npt.NDArray[np.int64], progress: Progress
    ) -> TrainedMember:
        best, best_epoch, best_state = math.inf, 0, self.mean
        batches = math.ceil(len(kept) / self.settings.batch_size)
        for epoch in range(1, self.settings.epochs + 1):
            self.model.train()
            for rows in np.array_split(self.rng.permutation(kept), batches):
                self._learn(rows, batches * self.settings.epochs)
            loss = self._held_loss(held)
            if loss < best:
                best, best_epoch = loss, epoch
                best_state = {k: v.clone() for k, v in self.mean.items()}
            progress.advance(1, note=f"held aside {loss:.3f} nats")
            if epoch - best_epoch >= self.settings.patience:
                # The epochs that are not needed any more count as done.
                progress.advance(self.settings.epochs - epoch)
                break
        self.model.load_state_dict(best_state)
        self.model.eval()
        return TrainedMember(self.model, best_epoch, best)

    def _learn(self, rows: npt.NDArray[np.int64], steps: int) -> None:
        warm = min(1.0, (self.step + 1) / max(0.05 * steps, 1.0))
        rate = warm * 0.5 * (1.0 + math.cos(math.pi * self.step / steps))
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.learning_rate * rate
        batch = self.graphs.batch(rows)
        loss = censored_loss(self.model(batch), self.model.log_noise, self.labels.batch(rows))
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        # Early weights are noise; the mean forgets them fast at first.
        weight = min(self.settings.average, self.step / (self.step + 10.0))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self.mean[name].lerp_(value, 1.0 - weight)

    def _held_loss(self, held: npt.NDArray[np.int64]) -> float:
        current = {k: v.clone() for k, v in self.model.state_dict().items()}
        self.model.load_state_dict(self.mean)
        self.model.eval()
        with torch.no_grad():
            batch: GraphBatch = self.graphs.batch(held)
            loss = censored_loss(self.model(batch), self.model.log_noise, self.labels.batch(held))
        self.model.load_state_dict(current)
        return float(loss)
