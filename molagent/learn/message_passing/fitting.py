"""Fit a message-passing ensemble, measure it on held-out scaffolds, and write its cards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import rdkit
import torch

from molagent.errors import InputError
from molagent.learn.cards import CardFacts, build_card, parity_rows
from molagent.learn.domain import (
    BANDS,
    band_names,
    band_scales,
    measure_bands,
    recalibrated_coverage,
    row_scales,
)
from molagent.learn.evaluation import HeldOut, cross_validate, evaluate, pooled_replicate_sd
from molagent.learn.kernels import Counts, count_features, minmax
from molagent.learn.message_passing.ensemble import Ensemble
from molagent.learn.message_passing.graphs import FEATURES, MolecularGraphs, pack_graphs
from molagent.learn.message_passing.network import NetworkSettings
from molagent.learn.message_passing.predictor import MessagePassingModel
from molagent.learn.message_passing.tasks import TaskTable
from molagent.learn.message_passing.training import TrainingSettings
from molagent.learn.splits import scaffold_folds
from molagent.protocols import NullProgress, Progress
from molagent.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EnsembleSettings", "fit_message_passing", "hold_out", "hold_out_process"]

_NOTE: Final = (
    "metrics are of held-out scaffolds; the spread joins the members' disagreement and the noise"
    " each learned, and is recalibrated on held-out residuals"
)
# As for every more elaborate model: better by at least one per cent, or the plain one is taken.
_MARGIN: Final = 0.01
# An exact process takes N^3 time; beyond this many training rows it sees a sample of them.
_EXACT_ROWS: Final = 4000
_MULTITASK: Final = "; one network learned {count} endpoints together: {names}"


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


def fit_message_passing(
    frames: Mapping[str, pd.DataFrame],
    *,
    source: str,
    units: Mapping[str, str] | None = None,
    targets: Mapping[str, str] | None = None,
    snapshot: str = "",
    seed: int = 0,
    settings: EnsembleSettings | None = None,
    progress: Progress | None = None,
) -> MessagePassingModel:
    """Fit one ensemble on several endpoints, measure it and write a card for each.

    A Gaussian process is held against it on the same held-out scaffolds. The card's ``choice`` says
    for each endpoint which of the two is to be used: the ensemble where its error is lower by at
    least one per cent.

    Parameters
    ----------
    frames
        Endpoint to one row a compound: ``smiles``, ``p_relation`` (``= < >``), ``p_value``, and
        where known ``n_exact`` and ``sd``. A compound may be missing on any endpoint.
    source, units, targets, snapshot
        For the cards; `snapshot` is the hash of the data snapshot the frames come from.
    seed
        Of folds, weights, inner splits and batches; the same seed gives the same model.
    progress
        Is told every epoch.

    Raises
    ------
    InputError
        If an endpoint has too few values, a column is missing, or no structure can be read.
    """
    chosen = settings or EnsembleSettings()
    shown = progress or NullProgress()
    if not frames:
        raise InputError("there is no endpoint to learn", remedy="give at least one frame")
    table, graphs = _readable(TaskTable.of(frames), chosen)
    counts, _ = count_features(table.smiles)
    folds = scaffold_folds(table.smiles, seed=seed)
    folds = np.where(folds < chosen.folds, folds, -1)
    held_out = hold_out(table, graphs, folds, counts, chosen, seed=seed, progress=shown)
    ensemble = _fit(table, graphs, chosen, seed, shown)
    cards = {}
    for task, (endpoint, frame) in enumerate(frames.items()):
        rows = table.measured[:, task]
        facts = CardFacts(
            endpoint=endpoint,
            target=(targets or {}).get(endpoint, ""),
            unit=(units or {}).get(endpoint, ""),
            source=source,
            assay="",
            assay_ids=_assay_ids(frame),
            n_train=int(rows.sum()),
            n_censored=int(np.sum(rows & (table.censoring[:, task] != 0))),
            n_rejected=len(frame) - int(rows.sum()),
            data_hash=table.task_hash(task),
            snapshot=snapshot,
            noise_floor=_noise_floor(frame),
        )
        process = hold_out_process(table, task, counts, folds, seed=seed)
        found = _choice(held_out[endpoint], process)
        cards[endpoint] = _card(facts, held_out[endpoint], found, ensemble, chosen, table, seed)
    return MessagePassingModel(ensemble, counts, cards)


def hold_out(
    table: TaskTable,
    graphs: MolecularGraphs,
    folds: npt.NDArray[np.int64],
    counts: Counts,
    settings: EnsembleSettings,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, HeldOut]:
    """Hold each fold out once and return what the ensemble says of its measured rows.

    Parameters
    ----------
    folds
        ``M``; rows below 0 are always trained on.
    counts
        ``M x 2 * N_BINS``; for the nearest neighbour and the domain.

    Returns
    -------
    dict
        Endpoint to rows in the table's order; a compound that was not measured on the endpoint is
        left out.
    """
    shape = table.labels.shape
    columns = {name: np.full(shape, np.nan) for name in ("mean", "std", "flat", "nearest", "near")}
    fold_of = np.full(len(table), -1, dtype=np.int64)
    for fold in np.unique(folds[folds >= 0]).tolist():
        test = np.flatnonzero(folds == fold)
        train = np.flatnonzero(folds != fold)
        ensemble = _fit(
            table.rows(train), graphs.subset(train), settings, seed, progress or NullProgress()
        )
        estimate = ensemble.estimate(graphs.subset(test))
        columns["mean"][test] = estimate.mean
        columns["std"][test] = estimate.std
        _baselines(table, counts, train, test, columns)
        fold_of[test] = fold
    return {
        endpoint: _held_out(table, task, columns, fold_of)
        for task, endpoint in enumerate(table.endpoints)
    }


def hold_out_process(
    table: TaskTable,
    task: int,
    counts: Counts,
    folds: npt.NDArray[np.int64],
    *,
    seed: int = 0,
) -> HeldOut:
    """Hold the same folds out of a Gaussian process of one endpoint, in the order of its rows.

    Above 4,000 rows the process learns a sample, drawn by `seed`; all held-out rows are predicted.
    """
    rows = np.flatnonzero(table.measured[:, task])
    trained = rows[folds[rows] < 0]
    if len(rows) > _EXACT_ROWS and len(trained) > _EXACT_ROWS:
        kept = np.random.default_rng(seed).permutation(trained)[:_EXACT_ROWS]
        rows = np.sort(np.concatenate([kept, rows[folds[rows] >= 0]]))
    kernel = minmax(counts[rows], counts[rows])
    return cross_validate(
        kernel, table.labels[rows, task], table.censoring[rows, task], folds[rows]
    )


def _choice(network: HeldOut, process: HeldOut) -> dict[str, Any]:
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


def _assay_ids(frame: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(set(frame["assay_id"].astype(str)))) if "assay_id" in frame else ()


def _baselines(
    table: TaskTable,
    counts: Counts,
    train: npt.NDArray[np.int64],
    test: npt.NDArray[np.int64],
    columns: Mapping[str, FloatArray],
) -> None:
    """Fill in what the mean and the nearest training row say, endpoint by endpoint."""
    kernel = minmax(counts[test], counts[train])
    for task in range(len(table.endpoints)):
        known = np.flatnonzero(table.measured[train, task])
        values = table.labels[train[known], task]
        cross = kernel[:, known]
        columns["flat"][test, task] = values.mean()
        columns["nearest"][test, task] = values[cross.argmax(axis=1)]
        columns["near"][test, task] = cross.max(axis=1)


def _held_out(
    table: TaskTable,
    task: int,
    columns: Mapping[str, FloatArray],
    fold_of: npt.NDArray[np.int64],
) -> HeldOut:
    rows = table.measured[:, task]
    return HeldOut(
        observed=table.labels[rows, task],
        mean=columns["mean"][rows, task],
        std=columns["std"][rows, task],
        baseline_mean=columns["flat"][rows, task],
        baseline_nearest=columns["nearest"][rows, task],
        similarity=columns["near"][rows, task],
        fold=fold_of[rows],
        censoring=table.censoring[rows, task],
    )


def _fit(
    table: TaskTable,
    graphs: MolecularGraphs,
    settings: EnsembleSettings,
    seed: int,
    progress: Progress,
) -> Ensemble:
    return Ensemble.fit(
        table,
        graphs,
        settings.network,
        settings.training,
        members=settings.members,
        seed=seed,
        progress=progress,
    )


def _readable(table: TaskTable, settings: EnsembleSettings) -> tuple[TaskTable, MolecularGraphs]:
    graphs, readable = pack_graphs(
        table.smiles, descriptors=settings.descriptors, embedding=settings.embedding
    )
    if not readable.any():
        raise InputError(
            f"none of {len(table)} structures can be read", remedy="give SMILES strings"
        )
    return table.rows(readable), graphs


def _card(
    facts: CardFacts,
    held_out: HeldOut,
    choice: Mapping[str, Any],
    ensemble: Ensemble,
    settings: EnsembleSettings,
    table: TaskTable,
    seed: int,
) -> dict[str, Any]:
    scales = band_scales(held_out)
    calibrated = held_out.std * row_scales(band_names(held_out.similarity), scales)
    figures = {**evaluate(held_out), "coverage_90_recalibrated": recalibrated_coverage(held_out)}
    card = build_card(
        facts,
        model_hash=_model_hash(facts.endpoint, table, settings, seed),
        splits={"scaffold": figures},
        scales=scales,
        bands=measure_bands([held_out], scales),
        parity=parity_rows(held_out, calibrated),
        hyperparameters={
            "members": settings.members,
            "embedding": float(settings.embedding),
            "width": ensemble.settings.width,
            "rounds": ensemble.settings.rounds,
            "epochs": float(np.mean([entry["epochs"] for entry in ensemble.history])),
            "noise_sd": float(ensemble.noise[table.endpoints.index(facts.endpoint)]),
        },
        choice=choice,
        calibration={
            "method": "conformal, on scaffolds held out",
            "coverage_last_slice": None,
            "n_last_slice": 0,
        },
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


def _noise_floor(frame: pd.DataFrame) -> float | None:
    if "sd" not in frame or "n_exact" not in frame:
        return None
    counts: Sequence[int] = frame["n_exact"].fillna(0).astype(int).tolist()
    return pooled_replicate_sd(
        frame["sd"].to_numpy(dtype=np.float64, na_value=np.nan), np.array(counts, dtype=np.int64)
    )
