"""What an optimisation ended with: the result in words, and its files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from molagent.chem.identity import connectivity_block, inchikey
from molagent.errors import StructureError
from molagent.store.optimisation import OptimisationStore

if TYPE_CHECKING:
    from molagent.propose.optimise.gate import GatedObjective
    from molagent.propose.optimise.objective import MultiObjective

__all__ = ["OptimiseResult", "hand_over"]

_KEPT: Final = 100
_TOP: Final = 10
_VOLUMES: Final = 40
_START: Final = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiseResult:
    """What a run ended with.

    Attributes
    ----------
    stop_reason
        ``calls_spent``, ``exhausted``, ``no_signal`` or ``all_unknown``.
    best
        The best new structures, best first: ``smiles, total, source, call, raw``. Compounds of the
        project are not among them.
    top_mean
        Mean total of the ten best of them; NaN where there is none.
    start_mean
        The same of the structures it started from.
    unknown
        Calls whose total is unknown.
    files
        What was written.
    """

    run_id: str
    stop_reason: str
    calls: int
    unknown: int
    best: pd.DataFrame
    top_mean: float
    start_mean: float
    seconds: float
    files: tuple[Path, ...]

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        minutes, seconds = divmod(round(self.seconds), 60)
        return (
            f"{self.calls} structures scored in {minutes} min {seconds} s, {self.unknown} of them "
            f"unknown. Mean total of the ten best: {_words(self.top_mean)} new, "
            f"{_words(self.start_mean)} known before."
        )


def hand_over(
    store: OptimisationStore,
    objective: "GatedObjective",
    measured: pd.DataFrame,
    folder: Path,
    *,
    stop_reason: str,
    seconds: float,
) -> OptimiseResult:
    """Write the page, the calls and the best structures of a run, and return its result.

    Parameters
    ----------
    measured
        The project's compounds, ``smiles`` and ``inchikey``.
    """
    from molagent.report.optimisation import OptimisationContent, write_optimisation

    header, calls, inner = store.header(), store.load_calls(), objective.objective
    current = _current_totals(calls, inner)
    known = _known(calls, current, set(measured["inchikey"]))
    order = (-current).sort_values(kind="stable").index
    fresh = [i for i in order if current[i] > 0 and i not in known]
    best = calls.loc[fresh[:_KEPT], ["smiles", "source", "call", "raw"]]
    best.insert(1, "total", current[best.index])
    best = best.reset_index(drop=True)
    started = current[calls["source"] == _START]
    top, label = _curve(calls, current, inner)
    content = OptimisationContent(
        name=str(header["name"]),
        run_id=store.run_id,
        seed=int(header["seed"]),
        version=str(header["version"]),
        stop_reason=stop_reason,
        seconds=seconds,
        mode=inner.mode,
        calls=calls,
        best=best,
        components=[
            {
                key: getattr(each, key)
                for key in ("name", "direction", "low", "high", "weight", "unit")
            }
            for each in inner.components
        ],
        curve=top,
        curve_label=label,
        baseline=_mean_of_best(started) if inner.mode == "weighted" else float("nan"),
        known=len(known),
        models=dict(header["objective"].get("models", {})),
    )
    return OptimiseResult(
        run_id=store.run_id,
        stop_reason=stop_reason,
        calls=len(calls),
        unknown=int(calls["total"].isna().sum()),
        best=best,
        top_mean=_mean_of_best(best["total"]),
        start_mean=_mean_of_best(started),
        seconds=seconds,
        files=write_optimisation(content, folder),
    )


def _current_totals(calls: pd.DataFrame, objective: "MultiObjective") -> pd.Series:
    """Return totals; in Pareto mode those of the end, for early ranks are out of date."""
    if objective.mode == "weighted":
        return calls["total"].astype("float64")
    now = pd.Series(objective.totals_now(list(calls["smiles"])), index=calls.index)
    # What the filters failed was never given to the objective and keeps its 0.
    return now.where(now.notna(), calls["total"].astype("float64"))


def _known(calls: pd.DataFrame, totals: pd.Series, inchikeys: set[str]) -> set[int]:
    """Return the rows that are compounds of the project, stereo left aside."""
    blocks = {connectivity_block(key) for key in inchikeys}
    found = set(calls.index[calls["source"] == _START])
    for index in calls.index[totals > 0]:
        try:
            key = inchikey(str(calls["smiles"][index]))
        except StructureError:
            continue
        if connectivity_block(key) in blocks:
            found.add(index)
    return found


def _curve(
    calls: pd.DataFrame, totals: pd.Series, objective: "MultiObjective"
) -> tuple[Sequence[tuple[int, float]], str]:
    from molagent.propose.optimise.pareto import hypervolume, non_dominated
    from molagent.report.optimisation import top_mean_curve

    if objective.mode == "weighted" or len(objective.components) > 3:  # a volume
        values = top_mean_curve(totals.to_numpy(dtype=np.float64))
        return list(enumerate(values.tolist(), start=1)), "mean total of the ten best"
    vectors = objective.vectors(list(calls["smiles"]))
    points = []
    for count in np.unique(np.linspace(1, len(vectors), _VOLUMES).round().astype(int)).tolist():
        known = vectors[:count][~np.isnan(vectors[:count]).any(axis=1)]
        points.append((count, hypervolume(known[non_dominated(known)])))
    return points, "hypervolume of the front"


def _mean_of_best(totals: pd.Series) -> float:
    return float(totals.dropna().nlargest(_TOP).mean())


def _words(value: float) -> str:
    return "unknown" if np.isnan(value) else f"{value:.2f}"
