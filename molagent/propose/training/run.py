"""State of one training run: weights, their running mean, optimiser and position on disk."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from molagent.errors import InputError, ModelError
from molagent.propose.batches import TraceBatch
from molagent.propose.graph_model import GraphPolicy, StepLosses
from molagent.propose.layers import PolicySettings
from molagent.propose.number_type import prefers_bfloat16
from molagent.propose.vocabulary import MotifVocabulary
from molagent.propose.weights import LoadedPolicy

__all__ = ["PolicyTrainingSettings", "TrainingRun", "check_device"]

HistoryRow = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class PolicyTrainingSettings:
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
        Whether matrix products run in bfloat16; None for what is faster here.
    threads
        Torch threads. One is fastest on a machine that others use too: a second thread waits
        for the first at every product.
    workers
        Processes that draw traces; 0 draws them in the training process.
    checkpoint_s
        Seconds between checkpoints.
    check_steps
        Steps between checkpoints, in place of `checkpoint_s`; 0 goes by the clock.
    patience
        Checkpoints without a lower held-out loss after which training stops; 0 never stops early.
    device
        "cpu" or "cuda". Traces are always drawn on the processor.
    """

    batch_size: int = 256
    seeded_batches: int = 4
    empty_batches: int = 6
    learning_rate: float = 1.5e-3
    warmup: int = 200
    weight_decay: float = 0.01
    mean_decay: float = 0.999
    bfloat16: bool | None = None
    threads: int = 1
    workers: int = 1
    checkpoint_s: float = 180.0
    check_steps: int = 0
    patience: int = 0
    device: str = "cpu"


def check_device(name: str) -> torch.device:
    """Return the device of that name.

    Raises
    ------
    InputError
        If it is unknown or this machine has none.
    """
    if name not in {"cpu", "cuda"}:
        raise InputError(f"device {name!r} is unknown", remedy="choose cpu or cuda")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "device cuda was asked for, but torch finds no GPU",
            remedy="install a CUDA build of torch, or train with device cpu",
        )
    return torch.device(name)


class TrainingRun:
    """Weights, their running mean, optimiser state and position of one training run.

    Parameters
    ----------
    vocabulary, network, settings
        What is trained and how.
    seed
        Seeds the initial weights.
    identity
        What a checkpoint must agree with to be resumed.
    """

    def __init__(
        self,
        vocabulary: MotifVocabulary,
        network: PolicySettings,
        settings: PolicyTrainingSettings,
        *,
        seed: int,
        identity: Mapping[str, object],
    ) -> None:
        self.device = check_device(settings.device)
        torch.manual_seed(seed)
        self.settings, self.identity = settings, dict(identity)
        asked = settings.bfloat16
        self.bfloat16 = prefers_bfloat16(self.device.type) if asked is None else asked
        self.vocabulary = vocabulary
        self.policy = GraphPolicy(network, vocabulary).to(self.device)
        self.parameters = dict(self.policy.named_parameters())
        self.mean = {k: v.detach().clone() for k, v in self.parameters.items()}
        self.optimiser = torch.optim.AdamW(
            self.parameters.values(),
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=settings.weight_decay,
        )
        self.step, self.elapsed_s = 0, 0.0
        self.history: list[HistoryRow] = []

    def start_from(self, base: LoadedPolicy, rows: Sequence[int | None]) -> None:
        """Take the weights of another run instead of random ones.

        Parameters
        ----------
        base
            Weights of the same vocabulary and network size.
        rows
            For every training source its number in `base`; None starts at the mean of all.

        Raises
        ------
        ModelError
            If vocabulary or network differ.
        """
        own, other = self.policy.settings.to_dict(), base.policy.settings.to_dict()
        differing = [k for k in own if k != "corpora" and own[k] != other[k]]
        if base.vocabulary.sha256 != self.vocabulary.sha256:
            raise ModelError(
                "weights to start from were trained with another vocabulary",
                remedy="pack the structures with the vocabulary of those weights",
            )
        if differing:
            text = ", ".join(f"{k} {other[k]} (here {own[k]})" for k in differing)
            raise ModelError(
                f"weights to start from belong to a network of another size: {text}",
                remedy="leave the size out, or train from random weights",
            )
        values = {k: v.detach() for k, v in base.policy.named_parameters()}
        table = values["corpus.weight"]
        known = [table.mean(0) if row is None else table[row] for row in rows]
        values["corpus.weight"] = torch.stack(known)
        self._set(values)
        self.mean = {k: v.detach().clone() for k, v in self.parameters.items()}

    def learn(self, batch: TraceBatch, fraction: float) -> StepLosses:
        """Take one optimiser step at `fraction` of the planned run."""
        rate = self.settings.learning_rate * schedule(self.step, fraction, self.settings.warmup)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = batch.to(self.device)
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
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            result = self.policy(batch)
        assert isinstance(result, StepLosses)  # noqa: S101 - narrows nn.Module's Any
        return result

    def evaluate(self, batches: Sequence[TraceBatch]) -> dict[str, float]:
        """Return mean losses an event of the running-mean weights, in nats.

        ``total`` is the sum of ``focus``, ``block``, ``attach`` and ``order``, with nothing asked
        for; ``empty`` is the total of traces that start from nothing; ``asked`` is the total
        where the policy is told what the batch says of each molecule.
        """
        own = {k: v.detach().clone() for k, v in self.parameters.items()}
        self._set(self.mean)
        names = ("focus", "block", "attach", "order", "empty", "asked")
        sums, events = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
        with torch.inference_mode():
            for host in batches:
                batch = host.to(self.device)
                part = self.policy(batch.hide())
                for name in names[:4]:
                    sums[name] += float(getattr(part, name).sum())
                empty = batch.seed_size == 0
                sums["empty"] += float(part.total[empty].sum())
                events["empty"] += float(batch.steps[empty].sum())
                sums["asked"] += float(self.policy(batch).total.sum())
                for name in (*names[:4], "asked"):
                    events[name] += float(batch.steps.sum())
        self._set(own)
        means = {k: sums[k] / events[k] if events[k] else math.nan for k in names}
        return {"total": sum(means[k] for k in names[:4]), **means}

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
        position = {
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "history": self.history,
            "bfloat16": self.bfloat16,
            **self.identity,
        }
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
            self.history = position["history"]
            # A run goes on in the numbers that it began with.
            self.bfloat16 = bool(position.get("bfloat16", self.bfloat16))
            stored = set(content.keys())
            for name, value in self.parameters.items():
                with torch.no_grad():
                    value.copy_(content.get_tensor(f"weight.{name}"))
                self.mean[name] = content.get_tensor(f"mean.{name}").to(self.device)
                if f"first.{name}" in stored:
                    self.optimiser.state[value] = {
                        "step": content.get_tensor(f"count.{name}"),
                        "exp_avg": content.get_tensor(f"first.{name}").to(self.device),
                        "exp_avg_sq": content.get_tensor(f"second.{name}").to(self.device),
                    }


def schedule(step: int, fraction: float, warmup: int) -> float:
    cosine = 0.05 + 0.95 * 0.5 * (1.0 + math.cos(math.pi * min(fraction, 1.0)))
    return min(1.0, (step + 1) / max(warmup, 1)) * cosine
