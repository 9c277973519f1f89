"""Train the graph policy on random-order traces: one command, resumable, atomic checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import rdkit
import torch

from molagent.errors import InputError, NotFoundError
from molagent.propose.batches import TracePools
from molagent.propose.conditions import SCALES
from molagent.propose.layers import SIZES, PolicySettings
from molagent.propose.training.corpus import Corpus, prepare_corpus
from molagent.propose.training.loop import MODEL, POOLS, train_policy
from molagent.propose.training.run import PolicyTrainingSettings, TrainingRun
from molagent.propose.weights import LoadedPolicy, load_start
from molagent.protocols import Progress

__all__ = ["PolicyTrainingSettings", "TrainingReport", "describe_start", "train_generator"]

HOLD_OUT = 200


@dataclass(frozen=True)
class TrainingReport:
    """What came out of a training run.

    Parameters
    ----------
    steps, traces
        Optimiser steps and traces seen.
    minutes
        Time spent in training, all sessions together.
    held_out_nll
        Mean negative log-likelihood an event of molecules left out of training, in nats.
    folder
        Where weights, vocabulary and settings are.
    """

    steps: int
    traces: int
    minutes: float
    held_out_nll: float
    folder: Path


def train_generator(
    data: Sequence[Path],
    out: Path,
    progress: Progress,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    limits: Sequence[int | None] = (),
    motifs: int = 512,
    qed: int = 0,
    start: str | Path | None = None,
    network: PolicySettings | str | None = None,
    settings: PolicyTrainingSettings | None = None,
    packing_workers: int = 2,
) -> TrainingReport:
    """Train a graph policy; run again with the same arguments to resume.

    Parameters
    ----------
    data
        SMILES files; each becomes one corpus that sampling can ask for.
    out
        Folder for packed data, checkpoint and, at every checkpoint, the weights so far.
    progress
        Receives steps with the current loss.
    minutes, steps
        When to stop; give exactly one. A run counted in steps is reproducible.
    seed
        Seeds the data order and the initial weights.
    limits
        Largest number of structures from each file; None or 0 takes all.
    motifs
        Vocabulary size; ignored with `start`, whose vocabulary is kept.
    qed
        Structures of each file whose QED is computed as a condition; 0 takes all.
    start
        Model folder to take the initial weights from, ``shipped`` for those of the package; None
        starts from random weights.
    network
        Size of the network, by name ("small", "large") or in full; None takes the size of `start`,
        or small.
    settings
        Training settings.
    packing_workers
        Processes that pack the data before training.

    Returns
    -------
    TrainingReport
        Figures of the run.

    Raises
    ------
    InputError
        If the data cannot be read, or not exactly one end is given.
    ModelError
        If the folder holds a checkpoint of another run, or the weights to start from do not fit.
    """
    if (minutes is None) == (steps is None):
        raise InputError("give either minutes or steps to train for")
    settings = settings or PolicyTrainingSettings()
    torch.set_num_threads(settings.threads)
    base = None if start is None else load_start(start)
    size = _size(network, base)
    corpus = prepare_corpus(
        data,
        out,
        progress,
        limits=limits,
        motifs=motifs,
        vocabulary=base.vocabulary if base else None,
        qed=qed,
        seed=seed,
        workers=packing_workers,
    )
    size = replace(size, corpora=len(data))
    identity = {
        "seed": seed,
        "packed_sha256": corpus.packed.sha256,
        "vocabulary_sha256": corpus.vocabulary.sha256,
        "network": size.to_dict(),
        "batch_size": settings.batch_size,
        "started_from": base.model_hash if base else None,
    }
    run = TrainingRun(corpus.vocabulary, size, settings, seed=seed, identity=identity)
    if base:
        run.start_from(base, [base.sources.get(path.name) for path in data])
    command = _command(corpus, seed, minutes=minutes, steps=steps, limits=limits)
    command += "".join(
        f" --{name} {value}"
        for name, value in (("from", start), ("qed", qed), ("size", _name(network)))
        if value
    )
    progress.start("train generator", steps)
    result = train_policy(
        run,
        _pools(corpus, settings, seed, held_out=False),
        _pools(corpus, settings, seed, held_out=True)[0],
        out,
        progress,
        card={
            "command": command,
            "seed": seed,
            "data": list(corpus.sources),
            "packed_sha256": corpus.packed.sha256,
            "described": _described(corpus),
            **describe_start(base),
            **describe_setting(settings),
        },
        minutes=minutes,
        steps=steps,
    )
    progress.finish(f"held-out loss {result.losses['total']:.4f}")
    return TrainingReport(
        steps=run.step,
        traces=run.step * settings.batch_size,
        minutes=run.elapsed_s / 60,
        held_out_nll=result.losses["total"],
        folder=out / MODEL,
    )


def _size(network: PolicySettings | str | None, base: LoadedPolicy | None) -> PolicySettings:
    if isinstance(network, PolicySettings):
        return network
    if network is None:
        return base.policy.settings if base else SIZES["small"]
    if network not in SIZES:
        raise NotFoundError("network size", network, known=SIZES)
    return SIZES[network]


def _name(network: PolicySettings | str | None) -> str:
    return network if isinstance(network, str) else ""


def _pools(
    corpus: Corpus, settings: PolicyTrainingSettings, seed: int, *, held_out: bool
) -> TracePools:
    index = np.arange(len(corpus.packed))
    chosen = index % HOLD_OUT == 0
    return TracePools(
        corpus.packed,
        corpus.vocabulary,
        index[chosen if held_out else ~chosen],
        batch_size=settings.batch_size,
        seeded_batches=settings.seeded_batches,
        empty_batches=settings.empty_batches,
        seed=seed,
        pools=1 if held_out else POOLS,
    )


def _described(corpus: Corpus) -> dict[str, int]:
    """Count the structures whose properties the policy was told."""
    known = np.isfinite(corpus.packed.properties).sum(axis=0).tolist()
    return dict(zip(SCALES, known, strict=True))


def _command(
    corpus: Corpus,
    seed: int,
    *,
    minutes: float | None,
    steps: int | None,
    limits: Sequence[int | None],
) -> str:
    names = " ".join(f"--data {source['file']}" for source in corpus.sources)
    caps = " ".join(f"--limit {cap or 0}" for cap in limits)
    stop = f"--minutes {minutes:g}" if minutes is not None else f"--steps {steps}"
    return " ".join(f"molagent train generator {names} {caps} {stop} --seed {seed}".split())


def describe_start(base: LoadedPolicy | None) -> dict[str, object]:
    """Return what the card says about the weights that training began with."""
    if base is None:
        return {}
    kept = ("weights_sha256", "command", "steps", "traces", "minutes", "data", "held_out_nll")
    earlier: dict[str, object] = {k: base.card[k] for k in kept if k in base.card}
    if "started_from" in base.card:
        earlier["started_from"] = base.card["started_from"]
    return {"started_from": earlier}


def describe_setting(settings: PolicyTrainingSettings) -> Mapping[str, object]:
    """Return what the card says about how and with what was trained."""
    return {
        "training": asdict(settings),
        "conditions": {name: list(scale) for name, scale in SCALES.items()},
        "rdkit": rdkit.__version__,
        "torch": torch.__version__,
    }
