"""Fit a message-passing ensemble, measure it on held-out scaffolds, and write its cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from molagent.chem.likeness import Counts, count_features, minmax
from molagent.errors import InputError
from molagent.learn.cards import CardFacts
from molagent.learn.evaluation import HeldOut, cross_validate
from molagent.learn.message_passing.cards import assay_ids, ensemble_card, judge, noise_floor
from molagent.learn.message_passing.ensemble import Ensemble
from molagent.learn.message_passing.graphs import MolecularGraphs, pack_graphs
from molagent.learn.message_passing.predictor import MessagePassingModel
from molagent.learn.message_passing.settings import EnsembleSettings
from molagent.learn.message_passing.tasks import TaskTable
from molagent.learn.splits import scaffold_folds
from molagent.protocols import NullProgress, Progress
from molagent.records import FloatArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EnsembleSettings", "fit_message_passing", "hold_out", "hold_out_process"]

# An exact process takes N^3 time; beyond this many training rows it sees a sample of them.
_EXACT_ROWS: Final = 4000


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
            assay_ids=assay_ids(frame),
            n_train=int(rows.sum()),
            n_censored=int(np.sum(rows & (table.censoring[:, task] != 0))),
            n_rejected=len(frame) - int(rows.sum()),
            data_hash=table.task_hash(task),
            snapshot=snapshot,
            noise_floor=noise_floor(frame),
        )
        process = hold_out_process(table, task, counts, folds, seed=seed)
        found = judge(held_out[endpoint], process)
        cards[endpoint] = ensemble_card(
            facts, held_out[endpoint], found, ensemble, chosen, table, seed
        )
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
