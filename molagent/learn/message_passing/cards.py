"""The cards of a message-passing ensemble, one an endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import rdkit
import torch

from molagent.learn.cards import CardFacts, build_card, held_out_calibration
from molagent.learn.domain import BANDS
from molagent.learn.evaluation import HeldOut, evaluate, pooled_replicate_sd
from molagent.learn.message_passing.ensemble import Ensemble
from molagent.learn.message_passing.graphs import FEATURES
from molagent.learn.message_passing.settings import EnsembleSettings
from molagent.learn.message_passing.tasks import TaskTable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["assay_ids", "ensemble_card", "judge", "noise_floor"]

_NOTE: Final = (
    "metrics are of held-out scaffolds; the spread joins the members' disagreement and the noise"
    " each learned, and is recalibrated on held-out residuals"
)
# As for every more elaborate model: better by at least one per cent, or the plain one is taken.
_MARGIN: Final = 0.01
_MULTITASK: Final = "; one network learned {count} endpoints together: {names}"


def judge(network: HeldOut, process: HeldOut) -> dict[str, Any]:
    """Return what a card says of the comparison."""
    figures = {"message_passing": evaluate(network), "gp": evaluate(process)}
    errors = {name: found.get("rmse_with_limits", found["rmse"]) for name, found in figures.items()}
    own, plain = errors["message_passing"], errors["gp"]
    better = own is not None and (plain is None or own < (1.0 - _MARGIN) * plain)
    return {
        "chosen": "message_passing" if better else "gp",
        "title": "message-passing ensemble",
        "boosted": 0.0,
        "split": "scaffold",
        "compared": figures,
        "n_process": int(np.sum(process.fold < 0)),
    }


def assay_ids(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the ids of the assays behind a frame; empty where it does not say."""
    return tuple(sorted(set(frame["assay_id"].astype(str)))) if "assay_id" in frame else ()


def ensemble_card(
    facts: CardFacts,
    held_out: HeldOut,
    choice: Mapping[str, Any],
    ensemble: Ensemble,
    settings: EnsembleSettings,
    table: TaskTable,
    seed: int,
) -> dict[str, Any]:
    """Return the card of one endpoint of an ensemble."""
    calibration, scales = held_out_calibration(held_out)
    card = build_card(
        facts,
        model_hash=_model_hash(facts.endpoint, table, settings, seed),
        held_out={"scaffold": held_out},
        scales=scales,
        hyperparameters={
            "members": settings.members,
            "embedding": float(settings.embedding),
            "width": ensemble.settings.width,
            "rounds": ensemble.settings.rounds,
            "epochs": float(np.mean([entry["epochs"] for entry in ensemble.history])),
            "noise_sd": float(ensemble.noise[table.endpoints.index(facts.endpoint)]),
        },
        choice=choice,
        calibration=calibration,
    )
    note = _NOTE
    if len(table.endpoints) > 1:
        note += _MULTITASK.format(count=len(table.endpoints), names=", ".join(table.endpoints))
    if choice["chosen"] != "message_passing":
        note += "; a Gaussian process is as good or better on the same scaffolds: prefer it"
    return {**card, "kind": "message_passing", "note": note}


def _model_hash(endpoint: str, table: TaskTable, settings: EnsembleSettings, seed: int) -> str:
    """Return 16 hex digits over everything that decides what the model says."""
    parts = {
        "settings": settings.to_dict(),
        "features": FEATURES,
        "bands": str(BANDS),
        "rdkit": rdkit.__version__,
        "torch": torch.__version__,
        "endpoint": endpoint,
        "data": [table.task_hash(task) for task in range(len(table.endpoints))],
        "endpoints": table.endpoints,
        "seed": seed,
    }
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def noise_floor(frame: pd.DataFrame) -> float | None:
    """Return the pooled replicate SD of a frame; None where no compound was repeated."""
    if "sd" not in frame or "n_exact" not in frame:
        return None
    counts: Sequence[int] = frame["n_exact"].fillna(0).astype(int).tolist()
    return pooled_replicate_sd(
        frame["sd"].to_numpy(dtype=np.float64, na_value=np.nan), np.array(counts, dtype=np.int64)
    )
