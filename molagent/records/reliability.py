"""Whether a model may be relied on: one rule for local, general and corrected models."""

import math
from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "LEAST_AUROC",
    "LEAST_HELD_OUT",
    "LEAST_R2",
    "doubt_of_card",
    "find_doubt",
    "overestimate",
]

#: Of the variance. Who chooses by a model gains about the root of it of what a perfect model would:
#: 0.55 here, and 0.14 at an R2 of 0.02, which is next to chance.
LEAST_R2: Final = 0.3
LEAST_AUROC: Final = 0.8
#: Compounds; on fewer no figure says anything.
LEAST_HELD_OUT: Final = 30
# In the endpoint's unit: what is left of an RMSE by rounding where every value is the same.
_NO_SPREAD: Final = 1e-9


def find_doubt(
    *,
    where: str,
    r2: float | None = None,
    auroc: float | None = None,
    count: float | None = None,
    error: float | None = None,
    baselines: Mapping[str, float | None] | None = None,
) -> str:
    """Return why a model may not be relied on, by its held-out figures; '' where it may.

    Parameters
    ----------
    where
        What was held out, for the sentence: ``the scaffold split``. The hardest that is known.
    r2
        Of a regression; it has to be above `LEAST_R2`.
    auroc
        Of a classification; it has to be above `LEAST_AUROC`.
    count
        Compounds held out, at least `LEAST_HELD_OUT`; None where a publication does not say.
    error
        RMSE, in the endpoint's unit.
    baselines
        Name to RMSE of what needs no model; each has to be beaten.

    Examples
    --------
    >>> find_doubt(where="the scaffold split", r2=0.02, count=120)
    'R2 0.02 on the scaffold split is not above 0.3'
    >>> find_doubt(where="its held-out data", auroc=0.94)
    ''
    """
    if count is not None and count < LEAST_HELD_OUT:
        return f"only {count:.0f} compounds could be held out on {where}"
    known = [each for each in (baselines or {}).values() if each is not None]
    if known and max(known) < _NO_SPREAD:
        return f"the values held out on {where} do not vary, so that there is nothing to tell"
    for words, baseline in (baselines or {}).items():
        if error is not None and baseline is not None and error >= baseline:
            return f"its RMSE {error:.2f} on {where} is no better than {words} ({baseline:.2f})"
    figures = (("R2", r2, LEAST_R2), ("AUROC", auroc, LEAST_AUROC))
    if all(value is None for _, value, _ in figures):
        return f"no figure of it on {where} is known"
    for label, value, least in figures:
        # A comparison with NaN is False: what was not measured is not enough.
        if value is not None and not (math.isfinite(value) and value > least):
            return f"{label} {value:.2f} on {where} is not above {least}"
    return ""


def doubt_of_card(card: Mapping[str, Any]) -> str:
    """Return why a card calls its model not reliable; '' where it calls it reliable."""
    return "" if card["reliable"] else str(card.get("reason") or "its card gives no reason")


def overestimate(card: Mapping[str, Any], direction: str) -> float:
    """Return by how much a chosen compound's prediction flatters it, 0 or more.

    Parameters
    ----------
    card
        Of a model; one without the figure was not measured, which corrects nothing.
    direction
        ``maximise`` or ``minimise``: which end was chosen. A range has no end.

    Examples
    --------
    >>> card = {"selected": {"top": 0.3, "top_error": 0.1, "bottom": 0.1, "bottom_error": 0.1}}
    >>> overestimate(card, "maximise"), overestimate(card, "minimise"), overestimate({}, "maximise")
    (0.3, 0.0, 0.0)
    """
    end = {"maximise": ("top", 1.0), "minimise": ("bottom", -1.0)}.get(direction)
    figures = card.get("selected") or {}
    if end is None or figures.get(end[0]) is None:
        return 0.0
    shift = end[1] * float(figures[end[0]])
    # A shift within its own error is none.
    return shift if shift > float(figures[f"{end[0]}_error"]) else 0.0
