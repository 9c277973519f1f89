"""Estimates and the models they come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from molagent.records.arrays import BoolArray, FloatArray

__all__ = ["ModelVersion", "Prediction", "PredictionFrame"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """One estimate for one compound; ``mean`` is NaN where the model cannot tell."""

    endpoint: str
    mean: float
    std: float
    in_domain: bool
    model_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelVersion:
    """One trained model of one endpoint: what it saw, what it is, and where it lies.

    Attributes
    ----------
    version
        1, 2, ... of the endpoint; 0 until it is registered.
    kind
        As in its card: ``local``, ``message_passing``, ...
    model_hash
        Of training data and settings; the same hash is the same model.
    snapshot, snapshot_sha256
        The data it was trained on, by name and by content.
    settings, metrics, card
        JSON-able.
    artefact
        Folder with its tensors, relative to the project file's.
    parent
        ``version_id`` of the version it takes over from; empty for the first.
    reason
        Why it was trained.
    software
        What trained it: ``molagent 0.1.0``.
    """

    endpoint: str
    kind: str
    model_hash: str
    snapshot: str
    snapshot_sha256: str
    seed: int
    artefact: str
    version: int = 0
    settings: Mapping[str, object] = field(default_factory=dict, hash=False)
    metrics: Mapping[str, float | None] = field(default_factory=dict, hash=False)
    card: Mapping[str, object] = field(default_factory=dict, hash=False)
    parent: str = ""
    reason: str = ""
    software: str = ""
    created_at: datetime | None = None

    @property
    def version_id(self) -> str:
        """Return ``endpoint/v3``."""
        return f"{self.endpoint}/v{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictionFrame:
    """Estimates of one endpoint for N structures, in input order.

    Attributes
    ----------
    mean, std
        ``N``; NaN where the model cannot tell, never 0.0. `std` is one standard deviation of the
        predictive distribution in the endpoint's unit.
    in_domain
        ``N``; True where the structure lies in the applicability domain.
    model_hash
        SHA-256 (first 16 hex digits) of training data and settings.
    """

    endpoint: str
    mean: FloatArray
    std: FloatArray
    in_domain: BoolArray
    model_hash: str

    def __len__(self) -> int:
        """Return the number of structures."""
        return len(self.mean)

    def row(self, index: int) -> Prediction:
        """Return one row as a record."""
        return Prediction(
            endpoint=self.endpoint,
            mean=float(self.mean[index]),
            std=float(self.std[index]),
            in_domain=bool(self.in_domain[index]),
            model_hash=self.model_hash,
        )
