"""The graph policy, taught the project's own potent compounds before it proposes anything."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from molagent.propose.sampler import GraphGenerator
from molagent.propose.training.finetuning import fine_tune
from molagent.propose.training.loop import MODEL
from molagent.propose.weights import SHIPPED
from molagent.protocols import Progress
from molagent.records import ProposalBatch, ProposalRequest

__all__ = ["TaughtGraph"]

# Some minutes on one core; it ends earlier where held-out compounds gain no more.
_STEPS: Final = 150
_REPORT: Final = "finetuned.json"


class TaughtGraph(GraphGenerator):
    """A graph policy that is fine-tuned when it is first asked; minutes.

    Parameters
    ----------
    folder
        Where the weights and ``finetuned.json``, what came of it, are kept. A finished run in it is
        taken as it is, one that was stopped goes on: what is measured later teaches nothing more.
    compounds
        Reads the structures to learn from, best first.
    seed
        Of the order of the data, and of what is held out.
    base
        Weights to start from.
    steps
        Optimiser steps at most.
    """

    def __init__(
        self,
        folder: Path,
        compounds: Callable[[], Sequence[str]],
        *,
        seed: int,
        base: str | Path = SHIPPED,
        steps: int = _STEPS,
    ) -> None:
        super().__init__()
        self._folder, self._compounds = folder, compounds
        self._seed, self._base, self._steps = seed, base, steps

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Learn, the first time, then propose as any graph policy.

        Raises
        ------
        InputError
            If fewer than two of the compounds can be built, or the request cannot be met.
        ModelError
            If the folder holds weights of other compounds that were not finished.
        """
        if self.weights is None:
            self.weights = self._taught(progress)
        return super().propose(request, progress)

    def _taught(self, progress: Progress) -> Path:
        report = self._folder / _REPORT
        if not report.exists():
            found = fine_tune(
                list(self._compounds()),
                out=self._folder,
                progress=progress,
                base=self._base,
                name="potent compounds of the project",
                steps=self._steps,
                seed=self._seed,
            )
            facts = {name: value for name, value in asdict(found).items() if name != "folder"}
            report.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
        return self._folder / MODEL
