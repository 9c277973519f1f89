"""Train the graph policy on random-order traces: one command, resumable, atomic checkpoints."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import rdkit
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from molagent.errors import InputError, ModelError
from molagent.propose.batches import TraceBatch, TracePools, stream_batches
from molagent.propose.corpus import Corpus, prepare_corpus
from molagent.propose.graph_model import GraphPolicy, PolicySettings, StepLosses
from molagent.propose.weights import save_policy
from molagent.protocols import Progress

__all__ = ["TrainingReport", "TrainingSettings", "train_generator"]

CHECKPOINT = "checkpoint.safetensors"
HOLD_OUT = 200


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How to train.

    Parameters
    ----------
    batch_size
        Traces in a step.
    seeded_batches, empty_batches
        Of every pool of batches, how many start from a core and how many from nothing.
    learning_rate
        Peak; warms up over `warmup` steps, then falls on a cosine to one twentieth.
    warmup
        Steps.
    weight_decay
        Decoupled.
    mean_decay
        Decay of the running mean of the weights, which is what is shipped.
    bfloat16
        Whether matrix products run in bfloat16.
    threads
        Torch threads. One is fastest on a machine that others use too: a second thread waits
        for the first at every product.
    workers
        Processes that draw traces; 0 draws them in the training process.
    checkpoint_s
        Seconds between checkpoints.
    """

    batch_size: int = 256
    seeded_batches: int = 4
    empty_batches: int = 6
    learning_rate: float = 1.5e-3
    warmup: int = 200
    weight_decay: float = 0.01
    mean_decay: float = 0.999
    bfloat16: bool = True
    threads: int = 1
    workers: int = 1
    checkpoint_s: float = 180.0


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


class _Run:
    """Weights, their running mean, optimiser state and position of one training run."""

    def __init__(
        self,
        corpus: Corpus,
        network: PolicySettings,
        settings: TrainingSettings,
        *,
        seed: int,
        identity: Mapping[str, object],
    ) -> None:
        torch.manual_seed(seed)
        self.settings, self.identity = settings, dict(identity)
        self.policy = GraphPolicy(network, corpus.vocabulary)
        self.parameters = dict(self.policy.named_parameters())
        self.mean = {k: v.detach().clone() for k, v in self.parameters.items()}
        self.optimiser = torch.optim.AdamW(
            self.parameters.values(),
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=settings.weight_decay,
        )
        self.step, self.elapsed_s = 0, 0.0

    def learn(self, batch: TraceBatch, fraction: float) -> StepLosses:
        """Take one optimiser step at `fraction` of the planned run."""
        rate = self.settings.learning_rate * _schedule(self.step, fraction, self.settings.warmup)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        losses = self.losses(batch)
        self.optimiser.zero_grad(set_to_none=True)
        (losses.total.sum() / batch.steps.sum()).backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters.values(), 1.0)
        self.optimiser.step()
        self.step += 1
        decay = min(self.settings.mean_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.parameters.items():
                self.mean[name].lerp_(value, 1.0 - decay)
        return losses

    def losses(self, batch: TraceBatch) -> StepLosses:
        """Return the losses of a batch in the run's precision."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.bfloat16):
            result = self.policy(batch)
        assert isinstance(result, StepLosses)  # noqa: S101 - narrows nn.Module's Any
        return result

    def evaluate(self, batches: Sequence[TraceBatch]) -> dict[str, float]:
        """Return mean losses an event of the running-mean weights."""
        own = {k: v.detach().clone() for k, v in self.parameters.items()}
        self._set(self.mean)
        sums = np.zeros(5)
        with torch.no_grad():
            for batch in batches:
                part = self.policy(batch)
                columns = (part.focus, part.block, part.attach, part.order)
                sums[:4] += [float(c.sum()) for c in columns]
                sums[4] += float(batch.steps.sum())
        self._set(own)
        names = ("focus", "block", "attach", "order")
        means = dict(zip(names, (sums[:4] / max(sums[4], 1)).tolist(), strict=True))
        return {"total": sum(means.values()), **means}

    def _set(self, values: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, value in values.items():
                self.parameters[name].copy_(value)

    def save(self, path: Path) -> None:
        """Write everything a resumed run needs, complete or not at all."""
        tensors: dict[str, Tensor] = {}
        for name, value in self.parameters.items():
            state = self.optimiser.state[value]
            tensors[f"weight.{name}"] = value.detach()
            tensors[f"mean.{name}"] = self.mean[name]
            if state:  # empty while no batch has used the parameter
                tensors[f"first.{name}"] = state["exp_avg"]
                tensors[f"second.{name}"] = state["exp_avg_sq"]
                tensors[f"count.{name}"] = state["step"]
        position = {"step": self.step, "elapsed_s": self.elapsed_s, **self.identity}
        partial = path.with_name(path.name + ".partial")
        save_file(tensors, partial, metadata={"run": json.dumps(position)})
        partial.replace(path)

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint of the same run.

        Raises
        ------
        ModelError
            If the checkpoint belongs to other data, settings or seed.
        """
        with safe_open(path, framework="pt") as content:
            position = json.loads(content.metadata()["run"])
            for key, value in self.identity.items():
                if position.get(key) != value:
                    raise ModelError(
                        f"checkpoint was made with {key} {position.get(key)!r}, not {value!r}",
                        place=str(path),
                        remedy="use another output folder or remove the checkpoint",
                    )
            self.step, self.elapsed_s = int(position["step"]), float(position["elapsed_s"])
            stored = set(content.keys())
            for name, value in self.parameters.items():
                with torch.no_grad():
                    value.copy_(content.get_tensor(f"weight.{name}"))
                self.mean[name] = content.get_tensor(f"mean.{name}")
                if f"first.{name}" in stored:
                    self.optimiser.state[value] = {
                        "step": content.get_tensor(f"count.{name}"),
                        "exp_avg": content.get_tensor(f"first.{name}"),
                        "exp_avg_sq": content.get_tensor(f"second.{name}"),
                    }


def _schedule(step: int, fraction: float, warmup: int) -> float:
    cosine = 0.05 + 0.95 * 0.5 * (1.0 + math.cos(math.pi * min(fraction, 1.0)))
    return min(1.0, (step + 1) / max(warmup, 1)) * cosine


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
    run = _Run(corpus, network, settings, seed=seed, identity=identity)
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
    run: _Run,
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
