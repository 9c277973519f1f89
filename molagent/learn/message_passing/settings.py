"""Everything but the data that decides what a message-passing ensemble says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from molagent.learn.message_passing.network import NetworkSettings
from molagent.learn.message_passing.training import TrainingSettings

__all__ = ["EnsembleSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleSettings:
    """Everything but the data that decides what a model says.

    Attributes
    ----------
    members
        Networks in the ensemble.
    descriptors
        Whether RDKit's descriptors of the whole molecule stand beside the graph.
    embedding
        Whether MiniMol's embedding stands beside it too; needs the `adme` extra. It lowered the
        error of a single network on every one of six ADME endpoints.
    folds
        Scaffold folds that are held out, one after the other, to measure the model; each costs one
        more training. 1 holds out a fifth once.
    network, training
        See there.
    """

    members: int = 5
    descriptors: bool = True
    embedding: bool = False
    folds: int = 1
    network: NetworkSettings = field(default_factory=NetworkSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-able mapping."""
        return {
            "members": self.members,
            "descriptors": self.descriptors,
            "embedding": self.embedding,
            "folds": self.folds,
            "network": self.network.to_dict(),
            "training": self.training.to_dict(),
        }
