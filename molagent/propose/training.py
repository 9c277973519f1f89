"""Train the graph policy on random-order traces: one command, resumable, atomic checkpoints."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import rdkit
import torch
from numpy.typing import NDArray

from molagent.errors import InputError
from molagent.propose.batches import TraceBatch, TracePools, stream_batches
from molagent.propose.corpus import Corpus, prepare_corpus
from molagent.propose.layers import PolicySettings
from molagent.propose.training_run import TrainingRun, TrainingSettings
from molagent.propose.weights import save_policy
from molagent.protocols import Progress

__all__ = ["TrainingReport", "TrainingSettings", "train_generator"]

CHECKPOINT = "checkpoint.safetensors"
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
    network: PolicySettings | None = None,
    settings: TrainingSettings | None = None,
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
        Vocabulary size.
    network, settings
        Size of the network and training settings.
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
        If the folder holds a checkpoint of another run.
    """
    if (minutes is None) == (steps is None):
        raise InputError("give either minutes or steps to train for")
    settings = settings or TrainingSettings()
    torch.set_num_threads(settings.threads)
    corpus = prepare_corpus(
        data, out, progress, limits=limits, motifs=motifs, seed=seed, workers=packing_workers
    )
    network = network or PolicySettings(corpora=len(data))
    identity = {
        "seed": seed,
        "packed_sha256": corpus.packed.sha256,
        "vocabulary_sha256": corpus.vocabulary.sha256,
        "network": network.to_dict(),
        "batch_size": settings.batch_size,
    }
    run = TrainingRun(corpus, network, settings, seed=seed, identity=identity)
    if (out / CHECKPOINT).exists():
        run.resume(out / CHECKPOINT)
    held_out = _held_out(corpus, settings, seed)
    card = _card(corpus, settings, seed, minutes=minutes, steps=steps, limits=limits)
    progress.start("train generator", steps)
    losses = _train(
        run,
        corpus,
        out,
        progress,
        minutes=minutes,
        steps=steps,
        seed=seed,
        held_out=held_out,
        card=card,
    )
    progress.finish(f"held-out loss {losses['total']:.4f}")
    return TrainingReport(
        steps=run.step,
        traces=run.step * settings.batch_size,
        minutes=run.elapsed_s / 60,
        held_out_nll=losses["total"],
        folder=out / "model",
    )


def _members(corpus: Corpus, *, held_out: bool) -> NDArray[np.int64]:
    index = np.arange(len(corpus.packed))
    chosen = index % HOLD_OUT == 0
    members: NDArray[np.int64] = index[chosen if held_out else ~chosen]
    return members


def _pools(
    corpus: Corpus, settings: TrainingSettings, seed: int, *, held_out: bool, pools: int
) -> TracePools:
    return TracePools(
        corpus.packed,
        corpus.vocabulary,
        _members(corpus, held_out=held_out),
        batch_size=settings.batch_size,
        seeded_batches=settings.seeded_batches,
        empty_batches=settings.empty_batches,
        seed=seed,
        pools=pools,
    )


def _held_out(corpus: Corpus, settings: TrainingSettings, seed: int) -> list[TraceBatch]:
    return _pools(corpus, settings, seed, held_out=True, pools=1)[0]


def _card(
    corpus: Corpus,
    settings: TrainingSettings,
    seed: int,
    *,
    minutes: float | None,
    steps: int | None,
    limits: Sequence[int | None],
) -> dict[str, object]:
    names = " ".join(f"--data {source['file']}" for source in corpus.sources)
    caps = " ".join(f"--limit {cap or 0}" for cap in limits)
    stop = f"--minutes {minutes:g}" if minutes is not None else f"--steps {steps}"
    return {
        "command": " ".join(
            f"molagent train generator {names} {caps} {stop} --seed {seed}".split()
        ),
        "seed": seed,
        "data": list(corpus.sources),
        "packed_sha256": corpus.packed.sha256,
        "training": asdict(settings),
        "rdkit": rdkit.__version__,
        "torch": torch.__version__,
    }


def _train(
    run: TrainingRun,
    corpus: Corpus,
    out: Path,
    progress: Progress,
    *,
    minutes: float | None,
    steps: int | None,
    seed: int,
    held_out: Sequence[TraceBatch],
    card: Mapping[str, object],
) -> dict[str, float]:
    pools = _pools(corpus, run.settings, seed, held_out=False, pools=10_000_000)
    begun = time.monotonic() - run.elapsed_s
    saved = time.monotonic()

    def fraction() -> float:
        return run.step / steps if steps else run.elapsed_s / (60 * (minutes or 1))

    def store() -> dict[str, float]:
        run.elapsed_s = time.monotonic() - begun
        run.save(out / CHECKPOINT)
        losses = run.evaluate(held_out)
        facts = {
            "steps": run.step,
            "traces": run.step * run.settings.batch_size,
            "minutes": round(run.elapsed_s / 60, 1),
            "held_out_nll": {k: round(v, 4) for k, v in losses.items()},
        }
        save_policy(
            out / "model", run.policy, corpus.vocabulary, {**card, **facts}, tensors=run.mean
        )
        progress.advance(0, "checkpoint " + json.dumps(facts))
        return losses

    window: list[float] = []
    batches: Iterator[TraceBatch] = stream_batches(
        pools, start=run.step, workers=run.settings.workers
    )
    while fraction() < 1.0:
        batch = next(batches)
        losses = run.learn(batch, fraction())
        run.elapsed_s = time.monotonic() - begun
        window = [*window[-99:], float(losses.total.detach().sum() / batch.steps.sum())]
        progress.advance(1, f"loss {sum(window) / len(window):.4f}")
        if time.monotonic() - saved > run.settings.checkpoint_s:
            store()
            saved = time.monotonic()
    return store()
