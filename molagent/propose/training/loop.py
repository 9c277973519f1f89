"""The loop of a training run: steps, checkpoints, held-out losses, early end."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from molagent.propose.batches import TraceBatch, TracePools, stream_batches
from molagent.propose.training.run import HistoryRow, TrainingRun
from molagent.propose.weights import save_policy, write_text
from molagent.protocols import Progress

__all__ = ["CHECKPOINT", "LOSSES", "MODEL", "LoopResult", "train_policy"]

CHECKPOINT, MODEL, LOSSES = "checkpoint.safetensors", "model", "losses.csv"
POOLS = 10_000_000


@dataclass(frozen=True)
class LoopResult:
    """How a loop ended.

    Parameters
    ----------
    losses
        The checkpoint whose weights are in the model folder: its step and held-out losses.
    stopped_early
        Whether the held-out loss had stopped falling before the planned end.
    """

    losses: HistoryRow
    stopped_early: bool


class _Loop:
    def __init__(
        self,
        run: TrainingRun,
        held_out: Sequence[TraceBatch],
        out: Path,
        card: Mapping[str, object],
    ) -> None:
        self.run, self.held_out, self.out = run, held_out, out
        self.card = card
        self.train_loss, self.train_steps = 0.0, 0

    @property
    def best(self) -> HistoryRow:
        """The checkpoint whose weights count."""
        rows = self.run.history
        return min(rows, key=lambda row: row["total"]) if self.run.settings.patience else rows[-1]

    @property
    def exhausted(self) -> bool:
        """Whether the held-out loss has not fallen for as long as patience lasts."""
        patience, rows = self.run.settings.patience, self.run.history
        return bool(patience and rows) and len(rows) - 1 - rows.index(self.best) >= patience

    def learn(self, batch: TraceBatch, fraction: float) -> float:
        losses = self.run.learn(batch, fraction)
        self.train_loss += float(losses.total.detach().sum() / batch.steps.sum())
        self.train_steps += 1
        return self.train_loss / self.train_steps

    def store(self) -> HistoryRow:
        """Write model, losses and, last, the checkpoint."""
        run = self.run
        row = {
            "step": run.step,
            "minutes": round(run.elapsed_s / 60, 2),
            "train": self.train_loss / self.train_steps if self.train_steps else float("nan"),
            **run.evaluate(self.held_out),
        }
        row = {key: round(value, 5) for key, value in row.items()}
        run.history.append(row)
        if self.best is row:
            facts = {
                "steps": run.step,
                "traces": run.step * run.settings.batch_size,
                "minutes": round(run.elapsed_s / 60, 1),
                "held_out_nll": {k: row[k] for k in list(row)[3:] if math.isfinite(row[k])},
            }
            card = {**self.card, **facts}
            save_policy(self.out / MODEL, run.policy, run.vocabulary, card, tensors=run.mean)
        write_text(self.out / MODEL / LOSSES, _table(run.history))
        run.save(self.out / CHECKPOINT)
        self.train_loss, self.train_steps = 0.0, 0
        return row


def _table(rows: Sequence[HistoryRow]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def train_policy(
    run: TrainingRun,
    pools: TracePools,
    held_out: Sequence[TraceBatch],
    out: Path,
    progress: Progress,
    *,
    card: Mapping[str, object],
    minutes: float | None = None,
    steps: int | None = None,
) -> LoopResult:
    """Train until the end of the run; a run that was killed goes on from its checkpoint.

    Parameters
    ----------
    run
        Fresh; resumed here where `out` holds a checkpoint.
    pools
        Training batches.
    held_out
        Batches of molecules that `pools` does not draw.
    out
        Folder for checkpoint and model.
    progress
        Receives every step with the mean loss since the last checkpoint.
    card
        Stored with the model.
    minutes, steps
        The planned end; exactly one.
    """
    if (out / CHECKPOINT).exists():
        run.resume(out / CHECKPOINT)
    loop, settings = _Loop(run, held_out, out, card), run.settings
    begun = saved = time.monotonic()
    earlier = run.elapsed_s

    def fraction() -> float:
        return run.step / steps if steps else run.elapsed_s / (60 * (minutes or 1))

    batches: Iterator[TraceBatch] = stream_batches(pools, start=run.step, workers=settings.workers)
    if not run.history:
        loop.store()
    while fraction() < 1.0 and not loop.exhausted:
        mean = loop.learn(next(batches), fraction())
        run.elapsed_s = earlier + time.monotonic() - begun
        progress.advance(1, f"loss {mean:.4f}")
        due = time.monotonic() - saved > settings.checkpoint_s
        if settings.check_steps:
            due = run.step % settings.check_steps == 0
        if due:
            progress.advance(0, "checkpoint " + json.dumps(loop.store()))
            saved = time.monotonic()
    if run.history[-1]["step"] != run.step:
        loop.store()
    return LoopResult(loop.best, stopped_early=loop.exhausted and fraction() < 1.0)
