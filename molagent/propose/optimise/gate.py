"""An objective behind a filter: what the filter fails is worth nothing and is not looked at.

A filter is no component. In a weighted mean a soft weight would let a reactive or controlled
structure pass for being potent, and in a Pareto front it would be one more trade-off. Here a
failure is a total of 0, an unknown verdict is an unknown total, and only what passed costs the
time of the components.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from molagent.errors import InputError
from molagent.propose.optimise.components import from_filter
from molagent.propose.optimise.objective import MultiObjective
from molagent.propose.optimise.scores import ScoreBatch
from molagent.propose.optimise.trials import Trial
from molagent.protocols import Filter
from molagent.records import FloatArray, Judgement, Verdict

__all__ = ["GatedObjective"]


class GatedObjective:
    """Scores what a filter passes; implements ``Scorer``.

    Parameters
    ----------
    objective
        Asked for what passed.
    gate
        Its name must differ from those of the components: the verdict stands beside their values
        as 1 (pass), 0 (fail) or NaN (unknown).
    """

    def __init__(self, objective: MultiObjective, gate: Filter) -> None:
        if any(component.name == gate.name for component in objective.components):
            raise InputError(
                f"a component has the filter's name {gate.name!r}", remedy="rename the component"
            )
        self.objective = objective
        self.gate = _Reasons(gate)
        self._trial = Trial(from_filter(self.gate))
        self._judged: dict[str, tuple[float, str]] = {}

    def __call__(self, smiles_list: Sequence[str]) -> ScoreBatch:
        """Return scores in input order; neither filter nor component can raise through it."""
        return self.recall(smiles_list, *self.measure(smiles_list))

    @property
    def identity(self) -> dict[str, object]:
        """What a resumed run must agree with."""
        return {**self.objective.identity, "gate": self.gate.name}

    @property
    def names(self) -> tuple[str, ...]:
        """The filter and the components, as they stand in ``ScoreBatch.raw``."""
        return (self.gate.name, *(component.name for component in self.objective.components))

    def measure(self, smiles_list: Sequence[str]) -> tuple[dict[str, FloatArray], list[str]]:
        """Return the verdicts and, where they are passes, the components' values, with notes."""
        verdicts = self.verdicts(smiles_list)
        notes = [self._judged[smiles][1] for smiles in smiles_list]
        passed = np.flatnonzero(verdicts == 1.0)
        values, said = self.objective.measure([smiles_list[place] for place in passed.tolist()])
        for place, note in zip(passed.tolist(), said, strict=True):
            notes[place] = note
        spread = {name: _spread(part, passed, len(verdicts)) for name, part in values.items()}
        return {self.gate.name: verdicts, **spread}, notes

    def verdicts(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return what the filter says, in input order: 1 (pass), 0 (fail) or NaN (unknown).

        A structure is judged once.
        """
        fresh = list(dict.fromkeys(s for s in smiles_list if s not in self._judged))
        verdicts, notes = self._trial.run(fresh)
        for smiles, verdict, note in zip(fresh, verdicts.tolist(), notes, strict=True):
            reason = self.gate.reasons.get(smiles, f"fails {self.gate.name}")
            self._judged[smiles] = (verdict, reason if verdict == 0.0 else note)
        self.gate.reasons.clear()
        return np.array([self._judged[smiles][0] for smiles in smiles_list], dtype=np.float64)

    def recall(
        self,
        smiles_list: Sequence[str],
        raw: Mapping[str, FloatArray],
        notes: Sequence[str] = (),
    ) -> ScoreBatch:
        """Score structures by what :meth:`measure` gave, now or in an earlier run."""
        verdicts = raw[self.gate.name]
        passed = np.flatnonzero(verdicts == 1.0)
        scores = self.objective.recall(
            [smiles_list[place] for place in passed.tolist()],
            {name: raw[name][passed] for name in raw if name != self.gate.name},
        )
        total = np.where(verdicts == 0.0, 0.0, np.nan)
        total[passed] = scores.total
        return ScoreBatch(
            total=total,
            raw=dict(raw),
            desirability={
                name: _spread(part, passed, len(verdicts))
                for name, part in scores.desirability.items()
            },
            notes=tuple(notes) or ("",) * len(smiles_list),
        )


class _Reasons:
    """A filter that keeps why it failed a structure."""

    def __init__(self, judge: Filter) -> None:
        self._judge = judge
        self.reasons: dict[str, str] = {}

    @property
    def name(self) -> str:
        return self._judge.name

    def judge(self, smiles_list: Sequence[str]) -> list[Judgement]:
        judgements = self._judge.judge(smiles_list)
        for smiles, judgement in zip(smiles_list, judgements, strict=True):
            if judgement.verdict is Verdict.FAIL:
                self.reasons[smiles] = f"{judgement.filter}: {judgement.reason}"
        return judgements


def _spread(values: FloatArray, places: np.ndarray, count: int) -> FloatArray:
    """Return an array of `count` values, NaN except at `places`."""
    full = np.full(count, np.nan)
    full[places] = values
    return full
