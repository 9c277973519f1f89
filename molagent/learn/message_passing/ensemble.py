"""An ensemble of message-passing networks over several endpoints, on disk and in memory.

The mean over members is the estimate. Its variance has two parts: how far the members disagree,
which grows away from the data, and the noise of a measurement, which each member learned for each
endpoint (Lakshminarayanan et al. 2017, arXiv:1612.01474).

Shapes: ``K`` members, ``M`` molecules, ``T`` tasks, ``D`` descriptors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import torch

from molagent.errors import InputError, ModelError
from molagent.learn.artifact import read_artifact, write_artifact
from molagent.learn.embedding import EMBEDDING_SIZE
from molagent.learn.message_passing.graphs import (
    FEATURES,
    MolecularGraphs,
    column_names,
    pack_graphs,
)
from molagent.learn.message_passing.network import MessagePassingNetwork, NetworkSettings
from molagent.learn.message_passing.tasks import TaskTable
from molagent.learn.message_passing.training import (
    Labels,
    TrainingSettings,
    train_member,
)
from molagent.protocols import NullProgress, Progress
from molagent.records import BoolArray, FloatArray
from molagent.threads import torch_single_threaded

__all__ = ["KIND", "Ensemble", "Estimate", "Scaling"]

KIND: Final = "molagent-message-passing"
_BATCH: Final = 256
# Descriptors farther out than this many training SDs say "unlike anything seen", not how far.
_CLIP: Final = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """What standardises inputs and labels, from the training rows alone.

    Attributes
    ----------
    descriptor_mean, descriptor_sd
        ``D``.
    task_mean, task_sd
        ``T``, in the endpoints' units.
    """

    descriptor_mean: FloatArray
    descriptor_sd: FloatArray
    task_mean: FloatArray
    task_sd: FloatArray

    @classmethod
    def of(cls, graphs: MolecularGraphs, table: TaskTable) -> Scaling:
        """Measure the training rows; a limit counts as a value here."""
        descriptors = graphs.descriptors.numpy().astype(np.float64)
        known = np.isfinite(descriptors)
        count = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, descriptors, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(known, descriptors - mean, 0.0) ** 2).sum(axis=0) / count)
        sd = np.nanstd(table.labels, axis=0)
        return cls(
            mean,
            np.where(spread > 1e-6, spread, 1.0),  # a constant column
            np.nanmean(table.labels, axis=0),
            np.where(sd > 1e-6, sd, 1.0),  # a constant endpoint
        )

    def inputs(self, graphs: MolecularGraphs) -> MolecularGraphs:
        """Return `graphs` with standardised descriptors; unknown ones are at the mean."""
        z = (graphs.descriptors.numpy() - self.descriptor_mean) / self.descriptor_sd
        clipped = np.clip(np.nan_to_num(z, nan=0.0), -_CLIP, _CLIP).astype(np.float32)
        return MolecularGraphs(
            graphs.atoms,
            graphs.bonds,
            graphs.edges,
            graphs.first_atom,
            graphs.first_bond,
            torch.from_numpy(clipped),
        )

    def labels(self, table: TaskTable) -> Labels:
        """Return standardised labels."""
        z = ((table.labels - self.task_mean) / self.task_sd).astype(np.float32)
        return Labels(torch.from_numpy(z), torch.from_numpy(table.censoring))


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What the members say, in the endpoints' units.

    Attributes
    ----------
    members
        ``K x M x T``.
    noise
        ``T``; standard deviation of one measurement.
    """

    members: FloatArray
    noise: FloatArray

    @property
    def mean(self) -> FloatArray:
        """Mean over members, ``M x T``."""
        result: FloatArray = self.members.mean(axis=0)
        return result

    @property
    def std(self) -> FloatArray:
        """Standard deviation of a new measurement, ``M x T``."""
        # One member disagrees with nobody: its spread is the noise alone.
        disagreement = self.members.var(axis=0, ddof=min(len(self.members) - 1, 1))
        result: FloatArray = np.sqrt(disagreement + self.noise**2)
        return result


class Ensemble:
    """Trained members and their scaling.

    Use :meth:`fit` or :meth:`load` to make one.
    """

    def __init__(
        self,
        members: Sequence[MessagePassingNetwork],
        scaling: Scaling,
        endpoints: Sequence[str],
        history: Sequence[Mapping[str, float]] = (),
    ) -> None:
        self.members = tuple(members)
        self.scaling = scaling
        self.endpoints = tuple(endpoints)
        self.history = tuple(dict(entry) for entry in history)

    @classmethod
    def fit(
        cls,
        table: TaskTable,
        graphs: MolecularGraphs,
        network: NetworkSettings,
        training: TrainingSettings,
        *,
        members: int = 5,
        seed: int = 0,
        progress: Progress | None = None,
    ) -> Ensemble:
        """Train `members` networks one after the other.

        Parameters
        ----------
        table, graphs
            ``M`` compounds, in one order.
        network, training
            Settings; the numbers of tasks and descriptors are taken from the data.
        seed
            Of weights, inner splits and batch order; member ``k`` has a stream of its own.
        """
        if members < 1:
            raise InputError(f"{members} members are too few", remedy="give at least 1")
        shown = progress or NullProgress()
        scaling = Scaling.of(graphs, table)
        inputs, labels = scaling.inputs(graphs), scaling.labels(table)
        size = NetworkSettings(
            width=network.width,
            rounds=network.rounds,
            dropout=network.dropout,
            descriptors=graphs.descriptors.shape[1],
            tasks=len(table.endpoints),
        )
        streams = np.random.SeedSequence(seed).generate_state(members).tolist()
        shown.start("message passing", members * training.epochs)
        trained = [
            train_member(inputs, labels, size, training, seed=stream, progress=shown)
            for stream in streams
        ]
        shown.finish()
        return cls(
            [member.network for member in trained],
            scaling,
            table.endpoints,
            [{"epochs": float(m.epochs), "held_aside_nats": m.loss} for m in trained],
        )

    @property
    def settings(self) -> NetworkSettings:
        """Size of the members."""
        return self.members[0].settings

    def estimate(self, graphs: MolecularGraphs) -> Estimate:
        """Return what every member says of ``M`` molecules."""
        inputs = self.scaling.inputs(graphs)
        result = np.zeros((len(self.members), len(graphs), len(self.endpoints)))
        with torch.no_grad(), torch_single_threaded():
            for start in range(0, len(graphs), _BATCH):
                rows = np.arange(start, min(start + _BATCH, len(graphs)))
                batch = inputs.batch(rows)
                for place, member in enumerate(self.members):
                    result[place, rows] = member(batch).double().numpy()
        scale = self.scaling
        return Estimate(result * scale.task_sd + scale.task_mean, self.noise)

    def estimate_smiles(self, smiles_list: Sequence[str]) -> tuple[Estimate, BoolArray]:
        """Return the estimate of the readable structures, and which those are (``N``)."""
        columns = self.settings.descriptors
        graphs, readable = pack_graphs(
            smiles_list,
            descriptors=columns % EMBEDDING_SIZE > 0,
            embedding=columns >= EMBEDDING_SIZE,
        )
        return self.estimate(graphs), readable

    @property
    def noise(self) -> FloatArray:
        """Standard deviation of one measurement of each endpoint, ``T``, in its unit."""
        logs = np.stack([m.log_noise.detach().double().numpy() for m in self.members])
        result: FloatArray = np.sqrt(np.mean(np.exp(2.0 * logs), axis=0)) * self.scaling.task_sd
        return result

    def save(self, folder: Path, extra: Mapping[str, Any] | None = None) -> None:
        """Write weights and settings to `folder`: tensors first, the manifest last."""
        tensors: dict[str, npt.NDArray[Any]] = {
            f"member{place}.{name}": value.detach().numpy()
            for place, member in enumerate(self.members)
            for name, value in member.state_dict().items()
        }
        scale = self.scaling
        tensors |= {
            "descriptor_mean": scale.descriptor_mean,
            "descriptor_sd": scale.descriptor_sd,
            "task_mean": scale.task_mean,
            "task_sd": scale.task_sd,
        }
        write_artifact(
            folder,
            kind=KIND,
            tensors={**tensors, **(dict(extra or {}).pop("tensors", {}))},
            manifest={
                "network": self.settings.to_dict(),
                "features": FEATURES,
                "descriptors": column_names(self.settings.descriptors),
                "endpoints": list(self.endpoints),
                "members": len(self.members),
                "history": list(self.history),
                "extra": {key: value for key, value in (extra or {}).items() if key != "tensors"},
            },
        )

    @classmethod
    def load(cls, folder: Path) -> tuple[Ensemble, dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Return the ensemble, the tensors it was saved with, and the `extra`.

        Raises
        ------
        ModelError
            If the files are missing or damaged, or were made with another RDKit, other atom
            features or other descriptors: the same columns would mean something else.
        """
        tensors, manifest = read_artifact(folder, kind=KIND)
        try:
            settings = NetworkSettings(**manifest["network"])
            expected = {"features": FEATURES, "descriptors": column_names(settings.descriptors)}
            for key, value in expected.items():
                if manifest[key] != value:
                    raise ModelError(
                        f"the model was made with other {key}",
                        place=str(folder),
                        remedy="fit the model again",
                    )
            members = [_member(tensors, place, settings) for place in range(manifest["members"])]
            scaling = Scaling(
                *(
                    tensors[name].astype(np.float64)
                    for name in ("descriptor_mean", "descriptor_sd", "task_mean", "task_sd")
                )
            )
            ensemble = cls(members, scaling, manifest["endpoints"], manifest["history"])
        except (KeyError, TypeError, RuntimeError) as error:
            raise ModelError(
                f"the manifest and the weights do not belong together ({error})",
                place=str(folder),
                remedy="fit the model again",
            ) from error
        return ensemble, tensors, dict(manifest["extra"])


def _member(
    tensors: Mapping[str, npt.NDArray[Any]], place: int, settings: NetworkSettings
) -> MessagePassingNetwork:
    prefix = f"member{place}."
    state = {
        name.removeprefix(prefix): torch.from_numpy(value)
        for name, value in tensors.items()
        if name.startswith(prefix)
    }
    with torch.random.fork_rng(devices=[]):  # leaves the caller's random numbers alone
        model = MessagePassingNetwork(settings)
    model.load_state_dict(state)
    model.eval()
    return model
