"""What models are trained on: one value a compound, and where it is from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrainingData"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """What models are trained on.

    Attributes
    ----------
    frames
        Endpoint to one row a compound: ``compound_id, smiles, p_relation, p_value, n_exact, sd``.
    snapshot, snapshot_sha256
        Where the rows are from.
    units, targets, sources
        Endpoint to text, for the cards: its unit, its target, and whose values they are.
    second
        Endpoint to the name and the rows of another assay of its target, for the models that are
        told one.
    sides
        Endpoint that is a difference to the names and rows of what is subtracted from and of what
        is subtracted, in this order; its own rows are then the measured differences.
    """

    frames: Mapping[str, pd.DataFrame]
    snapshot: str
    snapshot_sha256: str
    units: Mapping[str, str]
    targets: Mapping[str, str]
    sources: Mapping[str, str] = field(default_factory=dict)
    second: Mapping[str, tuple[str, pd.DataFrame]] = field(default_factory=dict)
    sides: Mapping[str, Mapping[str, pd.DataFrame]] = field(default_factory=dict)
