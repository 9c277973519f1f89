"""By how much what a model chooses is over-predicted: the winner's curse, measured.

Of many predictions with errors the largest are large by their errors too. How much so is measured
where the answer is known: in every fold of scaffolds held out the model chooses its best tenth, and
what it said of them is held against what was measured.
"""

import math
from typing import Final

import numpy as np

from molagent.learn.evaluation import HeldOut
from molagent.records import BoolArray, FloatArray

__all__ = ["selected_shift"]

_SHARE: Final = 0.1
# A fold with fewer compounds has no tenth to speak of.
_LEAST_IN_FOLD: Final = 10
_LEAST_CHOSEN: Final = 8


def selected_shift(held_out: HeldOut, *, share: float = _SHARE) -> dict[str, float | None]:
    """Return predicted minus measured of what a model would choose, in the endpoint's unit.

    Parameters
    ----------
    held_out
        Of scaffolds that the model had not seen, fold by fold.
    share
        Of each fold's compounds that is chosen, 0 to 1.

    Returns
    -------
    dict
        ``top`` and ``bottom`` (mean of the highest and of the lowest predicted), each with
        ``_error`` (its standard error), ``all`` (mean of every row) and ``n`` (rows chosen at
        one end); None where fewer than eight could be chosen.
    """
    done = held_out.done
    difference = np.where(done, held_out.mean - held_out.observed, np.nan)
    ends: dict[str, FloatArray] = {"top": -held_out.mean, "bottom": held_out.mean}
    chosen = {
        name: _chosen(np.where(done, order, np.inf), held_out, share)
        for name, order in ends.items()
    }
    n = int(chosen["top"].sum())
    known = n >= _LEAST_CHOSEN
    figures: dict[str, float | None] = {
        "share": share,
        "n": float(n),
        "all": float(np.nanmean(difference)) if done.any() else None,
    }
    for name, rows in chosen.items():
        values = difference[rows]
        figures[name] = float(values.mean()) if known else None
        figures[f"{name}_error"] = float(values.std(ddof=1) / math.sqrt(n)) if known else None
    return figures


def _chosen(order: FloatArray, held_out: HeldOut, share: float) -> BoolArray:
    """Return the rows that come first in each fold."""
    chosen = np.zeros(len(order), dtype=bool)
    for fold in np.unique(held_out.fold[held_out.fold >= 0]).tolist():
        rows = np.flatnonzero((held_out.fold == fold) & np.isfinite(order))
        if len(rows) >= _LEAST_IN_FOLD:
            first = np.argsort(order[rows], kind="stable")[: math.ceil(share * len(rows))]
            chosen[rows[first]] = True
    return chosen
