"""Several wanted things at once: batch in; values, desirabilities and one total out."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from molagent.closing import Closing
from molagent.desirability import weighted_geometric_mean
from molagent.errors import InputError, ModelError, NotFoundError
from molagent.propose.optimise.components import ObjectiveComponent
from molagent.propose.optimise.isolated import IsolatedFunction
from molagent.propose.optimise.pareto import ParetoArchive, hypervolume, non_dominated
from molagent.propose.optimise.scores import ScoreBatch
from molagent.propose.optimise.trials import Trial
from molagent.records import FloatArray

__all__ = ["MODES", "NAN_POLICIES", "MultiObjective"]

MODES: Final = ("weighted", "pareto")
NAN_POLICIES: Final = ("unknown", "worst")


class MultiObjective(Closing):
    """Scores structures by several components; implements ``Scorer``.

    Parameters
    ----------
    components
        With different names.
    mode
        ``weighted``: the total is the weighted geometric mean of the desirabilities.
        ``pareto``: it is the rank among the trade-offs of this run, best front 1, with no weights
        (see :class:`~molagent.propose.optimise.pareto.ParetoArchive`). It then depends on what was
        scored before: :meth:`totals_now` says what earlier structures are worth by now.
    nan_policy
        What a component that cannot tell does to the total. ``unknown``: the total is NaN, neither
        good nor bad. ``worst``: it counts as desirability 0. The component itself stays NaN.

    Raises
    ------
    InputError
        If there are no components, or two share a name.

    Examples
    --------
    >>> def length(smiles_list):
    ...     return [float(len(smiles)) for smiles in smiles_list]
    >>> def halogens(smiles_list):
    ...     return [float(smiles.count("F")) for smiles in smiles_list]
    >>> objective = MultiObjective(
    ...     [
    ...         ObjectiveComponent(
    ...             name="length", evaluate=length, direction="maximise", low=0, high=4
    ...         ),
    ...         ObjectiveComponent(
    ...             name="halogens", evaluate=halogens, direction="minimise", low=0, high=2
    ...         ),
    ...     ]
    ... )
    >>> scores = objective(["CCCC", "CCCF"])
    >>> scores.total.round(2).tolist(), scores.raw["halogens"].tolist()
    ([1.0, 0.71], [0.0, 1.0])
    """

    def __init__(
        self,
        components: Sequence[ObjectiveComponent],
        *,
        mode: str = "weighted",
        nan_policy: str = "unknown",
        archive_size: int = 1024,
    ) -> None:
        if mode not in MODES:
            raise NotFoundError("mode", mode, known=MODES)
        if nan_policy not in NAN_POLICIES:
            raise NotFoundError("NaN policy", nan_policy, known=NAN_POLICIES)
        names = [component.name for component in components]
        if not names:
            raise InputError("the objective has no component", remedy="give at least one")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError(
                f"two components are named {twice[0]!r}", remedy="give each a name of its own"
            )
        self.components = tuple(components)
        self.mode = mode
        self.nan_policy = nan_policy
        self._trials = {component.name: Trial(component) for component in components}
        self._archive = ParetoArchive(archive_size)
        self._vectors: dict[str, FloatArray] = {}

    def __call__(self, smiles_list: Sequence[str]) -> ScoreBatch:
        """Return scores in input order. No component can raise through it."""
        return self.recall(smiles_list, *self.measure(smiles_list))

    def measure(self, smiles_list: Sequence[str]) -> tuple[dict[str, FloatArray], list[str]]:
        """Return component name to ``N`` values, and ``N`` notes; what `recall` makes scores of."""
        raw: dict[str, FloatArray] = {}
        notes: list[list[str]] = [[] for _ in smiles_list]
        for name, trial in self._trials.items():
            raw[name], said = trial.run(smiles_list)
            for place, note in enumerate(said):
                if note:
                    notes[place].append(note)
        return raw, ["; ".join(parts) for parts in notes]

    def recall(
        self,
        smiles_list: Sequence[str],
        raw: Mapping[str, FloatArray],
        notes: Sequence[str] = (),
    ) -> ScoreBatch:
        """Score structures by values that were computed before, as a resumed run does.

        Raises
        ------
        InputError
            If a component has no values, or not one a structure.
        """
        count = len(smiles_list)
        for name in self._trials:
            if name not in raw or len(raw[name]) != count:
                raise InputError(
                    f"there are not {count} values of component {name!r}",
                    remedy="go on with the objective that the run began with",
                )
        worth = {name: t.component.desirability(raw[name]) for name, t in self._trials.items()}
        vectors = np.column_stack(list(worth.values())).reshape(count, len(worth))
        self._vectors.update(zip(smiles_list, vectors, strict=True))
        if self.mode == "pareto":
            self._archive.add(self._filled(vectors))
        return ScoreBatch(
            total=self._totals(vectors),
            raw={name: raw[name] for name in self._trials},
            desirability=worth,
            notes=tuple(notes) or ("",) * count,
        )

    @property
    def given_up(self) -> dict[str, str]:
        """Component name to why it is not asked any more; empty while all are."""
        return {name: trial.given_up for name, trial in self._trials.items() if trial.given_up}

    def totals_now(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return the totals of structures scored before; in Pareto mode beside the archive of now.

        NaN where a structure was never scored.
        """
        return self._totals(self.vectors(smiles_list))

    def vectors(self, smiles_list: Sequence[str]) -> FloatArray:
        """Return desirabilities, ``N x M``, of structures scored before; NaN for any other."""
        unknown = np.full(len(self.components), np.nan)
        rows = [self._vectors.get(smiles, unknown) for smiles in smiles_list]
        return np.array(rows, dtype=np.float64).reshape(len(rows), len(self.components))

    def front(self) -> list[str]:
        """Return the SMILES that no other structure of this run dominates, in scoring order."""
        rows = self._filled(self.vectors(list(self._vectors)))
        known = np.flatnonzero(~np.isnan(rows).any(axis=1))
        smiles_list = list(self._vectors)
        return [smiles_list[index] for index in known[non_dominated(rows[known])]]

    def hypervolume(self) -> float:
        """Return the dominated share of the unit cube of desirabilities, for at most 3 components.

        NaN for more components, and while nothing is known.
        """
        front = self._filled(self.vectors(self.front()))
        return hypervolume(front) if len(front) else float("nan")

    @property
    def identity(self) -> dict[str, object]:
        """What a resumed run must agree with: every component's preference, mode and policy."""
        return {
            "mode": self.mode,
            "nan_policy": self.nan_policy,
            "components": {
                c.name: [c.direction, c.low, c.high, c.weight, c.unit] for c in self.components
            },
        }

    def to_state(self) -> dict[str, object]:
        """Return what later totals depend on, as JSON-like data."""
        return {
            "identity": self.identity,
            "trials": {name: [t.fruitless, t.given_up] for name, t in self._trials.items()},
            "scored": {
                smiles: [None if np.isnan(value) else float(value) for value in row]
                for smiles, row in self._vectors.items()
            },
            "archive": self._archive.rows.tolist(),
        }

    def load_state(self, state: Mapping[str, object]) -> None:
        """Restore what `to_state` gave.

        Raises
        ------
        ModelError
            If it is the state of another objective.
        """
        if state.get("identity") != self.identity:
            raise ModelError(
                "the state is of another objective",
                remedy="go on with the objective that the run began with",
            )
        trials, scored = state["trials"], state["scored"]
        assert isinstance(trials, Mapping)  # noqa: S101 - for the type checker
        assert isinstance(scored, Mapping)  # noqa: S101 - for the type checker
        for name, (fruitless, given_up) in trials.items():
            self._trials[name].fruitless, self._trials[name].given_up = fruitless, given_up
        self._vectors = {smiles: np.array(row, dtype=np.float64) for smiles, row in scored.items()}
        self._archive.add(
            np.array(state["archive"], dtype=np.float64).reshape(-1, len(self.components))
        )

    def close(self) -> None:
        """End the processes of isolated components."""
        for component in self.components:
            if isinstance(component.evaluate, IsolatedFunction):
                component.evaluate.close()

    def _filled(self, vectors: FloatArray) -> FloatArray:
        """Return what the total is made of: an unknown desirability stays or counts as 0."""
        return np.nan_to_num(vectors, nan=0.0) if self.nan_policy == "worst" else vectors

    def _totals(self, vectors: FloatArray) -> FloatArray:
        filled = self._filled(vectors)
        if self.mode == "pareto":
            return self._archive.rewards(filled)
        return weighted_geometric_mean(list(filled.T), [c.weight for c in self.components])
