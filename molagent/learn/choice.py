"""Which model an endpoint gets, decided on rows held out of its training data.

The candidates are judged on the split that is hardest and most like their use: forward in time
where dates are known, else new scaffolds. A more elaborate one has to be better by at least one
per cent than the plainest, or the plainest is taken. What was compared stands in the card.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from molagent.errors import InputError, NotFoundError
from molagent.learn.candidates import CANDIDATES, Candidate, lacking
from molagent.learn.evaluation import HeldOut, Split, evaluate, hold_out
from molagent.learn.kernel_rows import Material

__all__ = ["CANDIDATES", "Candidate", "Material", "choose", "compare", "find_candidates", "fitting"]

_MARGIN: Final = 0.01


def find_candidates(names: Sequence[str]) -> list[Candidate]:
    """Return the candidates of these names.

    Raises
    ------
    NotFoundError
        If a name is not one of `CANDIDATES`.
    """
    for name in names:
        if name not in CANDIDATES:
            raise NotFoundError("model", name, known=CANDIDATES)
    return [CANDIDATES[name] for name in names]


def fitting(candidates: Sequence[Candidate], material: Material) -> list[Candidate]:
    """Return the candidates that these data can be fitted with.

    Raises
    ------
    InputError
        If there is none.
    """
    missing = {each.name: lacking(each, material) for each in candidates}
    kept = [each for each in candidates if not missing[each.name]]
    if not kept:
        said = "; ".join(f"{name} needs {', '.join(needs)}" for name, needs in missing.items())
        raise InputError(f"none of these models can be fitted: {said}", remedy="add 'gp'")
    return kept


def compare(
    names: Sequence[str], material: Material, splits: Sequence[Split]
) -> dict[str, HeldOut]:
    """Return the held-out predictions of each candidate on the same splits.

    Raises
    ------
    NotFoundError
        If a name is not one of `CANDIDATES`.
    """
    return {
        each.name: hold_out(
            each.estimate(material),
            material.kernel,
            material.values,
            material.censoring,
            splits,
        )
        for each in find_candidates(names)
    }


def choose(held_outs: Mapping[str, HeldOut]) -> tuple[str, dict[str, dict[str, float | None]]]:
    """Return the chosen name, and the figures of all candidates.

    The error of limits counts where there are any; see :func:`~molagent.learn.evaluation.evaluate`.
    """
    figures = {name: evaluate(rows) for name, rows in held_outs.items()}
    plainest = min(figures, key=list(CANDIDATES).index)
    best = min(figures, key=lambda name: _error(figures[name]))
    better = _error(figures[best]) < (1.0 - _MARGIN) * _error(figures[plainest])
    return (best if better else plainest), figures


def _error(figures: Mapping[str, float | None]) -> float:
    value = figures.get("rmse_with_limits", figures["rmse"])
    return float("inf") if value is None else value
