"""The run: propose, score, remember, learn; resumable after every step."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from molagent.errors import InputError
from molagent.propose.optimise.agent import Agent
from molagent.propose.optimise.bounds import GrowthBounds, read_start
from molagent.propose.optimise.buffer import Buffer, Scored
from molagent.propose.optimise.checkpoint import load_checkpoint, save_checkpoint
from molagent.propose.optimise.preranking import BATCHES, Preranking
from molagent.propose.optimise.proposer import Proposer
from molagent.propose.optimise.scores import DiversityMemory, ScoreBatch, Scorer
from molagent.propose.optimise.settings import (
    POLICY,
    REGROW,
    OptimiseOutcome,
    OptimiserSettings,
    StopReason,
    check_settings,
)
from molagent.propose.weights import LoadedPolicy
from molagent.protocols import NullProgress, Progress, Surrogate
from molagent.records import FloatArray, ProposalRequest
from molagent.threads import torch_single_threaded

__all__ = ["Optimiser"]

START = "start"


class Optimiser:
    """Steers the policy and a genetic algorithm, with one buffer, towards an objective.

    Parameters
    ----------
    scorer
        The objective; called once a step with structures it has not seen.
    model
        The prior.
    settings
        Size and mixture.
    start
        Structures scored first, counted as calls.
    request
        Mode and constraints that every structure keeps to; None lets the policy grow from
        nothing, free of constraints. Starting structures are scored as they are.
    memory
        Diversity memory; None rewards a crowd as much as a single structure.
    revalue
        Says what scored structures are worth by now; for objectives whose totals are relative to
        the run, such as a Pareto rank. Asked once a step about those that may be replayed.
    record
        Receives the rows of each step with their score batch, before anything is learned.
    surrogate
        Ranks ``settings.prerank`` times as many candidates as are scored; None scores whatever is
        proposed.
    gate
        Verdicts (1, 0 or NaN) of a filter that the objective asks first: of the candidates only
        those that pass are scored. Not asked where nothing is ranked.
    """

    def __init__(
        self,
        scorer: Scorer,
        model: LoadedPolicy,
        settings: OptimiserSettings,
        *,
        start: Sequence[str] = (),
        request: ProposalRequest | None = None,
        memory: DiversityMemory | None = None,
        revalue: Callable[[Sequence[str]], FloatArray] | None = None,
        record: Callable[[Sequence[Scored], ScoreBatch], None] | None = None,
        surrogate: Surrogate | None = None,
        gate: Callable[[Sequence[str]], FloatArray] | None = None,
    ) -> None:
        check_settings(settings, model)
        if surrogate is None:
            settings = replace(settings, prerank=1)
        self.scorer, self.settings, self.memory = scorer, settings, memory
        self.record, self.revalue = record, revalue
        self.start = read_start(start)
        self.buffer = Buffer()
        self.agent = Agent(
            model,
            settings.agent,
            corpus=settings.corpus,
            max_heavy_atoms=settings.max_heavy_atoms,
        )
        self.bounds: GrowthBounds | None = None
        if request is not None:
            learning = replace(model, policy=self.agent.policy)
            self.bounds = GrowthBounds(request, learning, corpus=settings.corpus)
        self.proposer = Proposer(self.agent, settings, self.bounds)
        self.preranking: Preranking | None = None
        if surrogate is not None and settings.prerank > 1:
            self.preranking = Preranking(
                surrogate, settings, memory=memory, revalue=revalue, gate=gate
            )
        self.steps = self.barren = 0

    @property
    def identity(self) -> dict[str, object]:
        """What a checkpoint must agree with; the number of calls may be raised."""
        return {
            "settings": self.settings.described,
            "start": self.start,
            "prior": self.agent.model.model_hash,
            "bounds": None if self.bounds is None else self.bounds.identity,
        }

    def run(
        self,
        progress: Progress | None = None,
        *,
        checkpoint: Path | None = None,
        every: int = 1,
    ) -> OptimiseOutcome:
        """Step until a stop reason holds.

        Parameters
        ----------
        progress
            Receives every call, with the mean of the ten best.
        checkpoint
            File to write after every `every` steps; the run continues from it if it exists.
        every
            Steps between checkpoints.
        """
        display = progress or NullProgress()
        if checkpoint is not None and checkpoint.exists():
            self.resume(checkpoint)
        display.start("optimise", self.settings.calls)
        display.advance(len(self.buffer))
        while (reason := self.stop_reason) is None:
            fresh = self.step()
            display.advance(fresh, f"top 10 mean {self.top_mean():.3f}")
            if checkpoint is not None and self.steps % every == 0:
                self.save(checkpoint)
        if checkpoint is not None:
            self.save(checkpoint)
        display.finish(reason.value)
        return OptimiseOutcome(reason, len(self.buffer), self.steps)

    @property
    def stop_reason(self) -> StopReason | None:
        """Why the run is over; None while it is not."""
        settings, patience = self.settings, self.settings.give_up_after
        if len(self.buffer) >= settings.calls:
            return StopReason.CALLS_SPENT
        if self.barren >= settings.barren_steps:
            return StopReason.EXHAUSTED
        if patience is not None and len(self.buffer) >= patience:
            if not self.buffer.ranked:
                return StopReason.ALL_UNKNOWN
            # Totals, not rewards: a diversity memory may have discounted what was found.
            if not any(row.total > 0.0 for row in self.buffer.rows):
                return StopReason.NO_SIGNAL
        return None

    def top_mean(self, count: int = 10) -> float:
        """Return the mean total of the `count` best by reward; NaN before the first call."""
        totals = [row.total for row in self.buffer.best(count)]
        return sum(totals) / len(totals) if totals else math.nan

    def step(self) -> int:
        """Propose, score and learn once; return the number of new structures."""
        # One generator a step: a resumed run draws what the uninterrupted one would have drawn.
        rng = np.random.default_rng([self.settings.seed, self.steps])
        with torch_single_threaded():
            proposals, threshold = self._proposals(rng), self._threshold()
            rows = self._score(proposals)
            if self.preranking is not None:
                self.preranking.compare(rows)
            self._look_again()
            self.steps += 1
            self.barren = 0 if rows else self.barren + 1
            self._credit(rows, threshold)
            self._learn(rng)
        return len(rows)

    def _proposals(self, rng: np.random.Generator) -> dict[str, str]:
        room = self.settings.calls - len(self.buffer)
        if self.steps == 0 and self.start:
            return dict.fromkeys(self.start[:room], START)
        count = min(self.settings.proposals, room)
        if self.preranking is None:
            return self.proposer.propose(self.buffer, count, rng)
        return self.preranking.propose(self.proposer, self.buffer, count, rng)

    def _score(self, proposals: dict[str, str]) -> list[Scored]:
        smiles = list(proposals)
        if not smiles:
            return []
        scores = self.scorer(smiles)
        totals = np.asarray(scores.total, dtype=np.float64)
        if totals.shape != (len(smiles),):
            raise InputError(
                f"the objective gave {totals.shape} totals for {len(smiles)} structures",
                remedy="return one total a structure, in input order",
            )
        # An infinite total is a fault of the objective: unknown, not the best of all.
        totals = np.where(np.isfinite(totals), np.clip(totals, 0.0, 1.0), np.nan)
        factors = np.ones(len(smiles))
        if self.memory is not None:
            factors = self.memory.discount(smiles, totals)
        first = len(self.buffer) + 1
        rows = [
            Scored(first + i, self.steps, s, total, total * factor, proposals[s], factor)
            for i, (s, total, factor) in enumerate(
                zip(smiles, totals.tolist(), factors.tolist(), strict=True)
            )
        ]
        if self.record is not None:
            self.record(rows, scores)
        self.buffer.extend(rows)
        return rows

    def _look_again(self) -> None:
        if self.revalue is not None:
            rows = self.buffer.best(self.settings.agent.replay_among)
            totals = self.revalue([row.smiles for row in rows]).tolist()
            worth = zip(rows, totals, strict=True)
            # Where the objective does not know a structure, what it said before stands.
            self.buffer.revalue(
                {row.smiles: t * row.discount for row, t in worth if not math.isnan(t)}
            )

    def _threshold(self) -> float:
        """Return the reward that a structure must beat to enter the elite."""
        best = self.buffer.best(self.settings.elite)
        return best[-1].reward if len(best) == self.settings.elite else 0.0

    def _credit(self, rows: Sequence[Scored], threshold: float) -> None:
        entered = Counter(row.source for row in rows if row.reward > threshold)
        self.proposer.shares.credit(entered, Counter(row.source for row in rows))

    def _learn(self, rng: np.random.Generator) -> None:
        settings = self.settings.agent
        # Learning costs most of a run's time, so it follows what the policy brings.
        updates = settings.updates * self.proposer.shares.share(POLICY, REGROW)
        for _ in range(int(updates + rng.random())):
            rows = self.buffer.draw(
                settings.batch, rng, among=settings.replay_among, pressure=settings.pressure
            )
            if self.memory is not None:
                rows = [row for row in rows if not self.memory.exhausted(row.smiles)]
            if rows:
                rewards = np.array([row.reward for row in rows])
                self.agent.learn([row.smiles for row in rows], rewards, rng)

    def save(self, path: Path) -> None:
        """Write the whole state, complete or not at all."""
        state = {
            "identity": self.identity,
            "steps": self.steps,
            "barren": self.barren,
            "bfloat16": self.agent.bfloat16,
            "rows": [
                [r.call, r.step, r.smiles, r.total, r.reward, r.source, r.discount]
                for r in self.buffer.rows
            ],
            "shares": self.proposer.shares.to_state(),
            "memory": None if self.memory is None else self.memory.to_state(),
            "correlations": [] if self.preranking is None else list(self.preranking.correlations),
        }
        save_checkpoint(path, self.agent.to_tensors(), state)

    def resume(self, path: Path) -> None:
        """Continue from a checkpoint of the same run.

        Raises
        ------
        ModelError
            If the checkpoint is damaged, or of another objective's settings, seed or weights.
        """
        tensors, state = load_checkpoint(path, self.identity)
        self.agent.load_tensors(tensors)
        # A run goes on in the numbers that it began with, wherever it goes on.
        self.agent.bfloat16 = bool(state.get("bfloat16", self.agent.bfloat16))
        self.steps, self.barren = int(state["steps"]), int(state["barren"])
        self.buffer = Buffer([Scored(*row) for row in state["rows"]])
        self.proposer.shares.load_state(state["shares"])
        if self.memory is not None and state["memory"] is not None:
            self.memory.load_state(state["memory"])
        if self.preranking is not None:
            self.preranking.correlations = deque(state["correlations"], BATCHES)
