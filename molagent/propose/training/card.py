"""The model card of a generator: what it was trained on, how the losses fell, what it can do.

Made from the settings and the losses that training left beside the weights (Mitchell et al. 2019,
Model Cards for Model Reporting, doi:10.1145/3287560.3287596).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from molagent.errors import ModelError
from molagent.propose.training.loop import LOSSES
from molagent.propose.weights import LoadedPolicy, load_policy, write_text

__all__ = ["FIGURES", "JSON", "ModelCard", "build_card", "write_figures"]

# Measured figures that a benchmark leaves beside the weights, shown as they are.
FIGURES = "figures.json"
JSON = "card.json"


@dataclass(frozen=True)
class ModelCard:
    """What is known about a generator.

    Parameters
    ----------
    facts
        Content of ``card.json``.
    losses
        One row a checkpoint: step, minutes, mean training loss and held-out parts.
    """

    facts: Mapping[str, object]
    losses: Sequence[Mapping[str, float]]

    def to_json(self) -> str:
        """Return facts and losses as JSON text."""
        return json.dumps({**self.facts, "losses": list(self.losses)}, indent=2)


def _read_losses(path: Path) -> list[dict[str, float]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8") as handle:
        try:
            return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(handle)]
        except (TypeError, ValueError) as error:
            raise ModelError(f"losses cannot be read: {error}", place=str(path)) from error


def _epochs(card: Mapping[str, object]) -> float | None:
    data, traces = card.get("data"), card.get("traces")
    if not isinstance(data, list) or not isinstance(traces, int):
        return None
    taught = [source for number, source in enumerate(data) if number in _own(card, len(data))]
    molecules = sum(int(source.get("packed", 0)) for source in taught)
    return round(traces / molecules, 2) if molecules else None


def _own(card: Mapping[str, object], count: int) -> Sequence[int]:
    """Return the sources that this run itself was trained on."""
    imitated = card.get("imitate")
    return imitated if isinstance(imitated, list) else range(count)


def build_card(folder: Path) -> ModelCard:
    """Collect what is known about the generator in a folder.

    Raises
    ------
    ModelError
        If the model cannot be loaded, or losses or figures cannot be read.
    """
    model: LoadedPolicy = load_policy(folder)
    card = model.card
    facts: dict[str, object] = {
        "model_hash": model.model_hash,
        "parameters": sum(p.numel() for p in model.policy.parameters()),
        "blocks": len(model.vocabulary.blocks),
        "epochs": _epochs(card),
        **card,
    }
    figures = folder / FIGURES
    if figures.exists():
        try:
            facts["figures"] = json.loads(figures.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"figures cannot be read: {error}", place=str(figures)) from error
    losses = _read_losses(folder / LOSSES)
    return ModelCard(facts, losses)


def write_figures(folder: Path, figures: Mapping[str, object]) -> None:
    """Leave measured figures beside the weights for the card; earlier ones of other names stay."""
    path = folder / FIGURES
    earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    write_text(path, json.dumps({**earlier, **figures}, indent=2))
