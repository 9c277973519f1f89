"""Values on colours: how dark a cell is, what a bound looks like, how a difference is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from molagent.report.colours import WHITE, Colour, blend
from molagent.report.wording import UNKNOWN, is_unknown, number
from molagent.sar.measured import EXACT

__all__ = ["HeatCell", "Scale", "delta_colour", "signed", "value_text"]

_RAMP: Final[Sequence[Colour]] = ((242, 247, 252), (156, 195, 228), (23, 100, 171))
_RISE: Final[Sequence[Colour]] = (WHITE, (148, 190, 226), (0, 98, 168))
_FALL: Final[Sequence[Colour]] = (WHITE, (246, 188, 148), (200, 84, 0))
_DARK: Final = 0.62


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatCell:
    """A value of a table on its colour; see the macro ``heat``.

    Attributes
    ----------
    ground
        ``#rrggbb``; '' where the value is unknown.
    dark
        Whether the words must be white.
    bound
        Whether the value is a bound: its ground is striped.
    below, hint
        A second, smaller line, and what a pointer over the cell shows.
    """

    text: str
    ground: str = ""
    dark: bool = False
    bound: bool = False
    below: str = ""
    hint: str = ""


class Scale:
    """Which values are pale and which are dark.

    Parameters
    ----------
    values
        All values of the assay; the middle 96 % of them span the colours, so that one outlier does
        not make the others alike.
    """

    def __init__(self, values: pd.Series | Sequence[float]) -> None:
        known = np.asarray(values, dtype=float)
        known = known[np.isfinite(known)]
        self.low, self.high = (
            (float(np.quantile(known, 0.02)), float(np.quantile(known, 0.98)))
            if len(known)
            else (0.0, 1.0)
        )

    def share(self, value: float) -> float:
        """Return where a value lies, 0..1."""
        span = self.high - self.low
        return min(1.0, max(0.0, (value - self.low) / span)) if span > 0 else 0.5

    def cell(
        self, value: object, relation: object = EXACT, *, below: str = "", hint: str = ""
    ) -> HeatCell:
        """Return a value as a cell on its colour."""
        if is_unknown(value):
            return HeatCell(text=UNKNOWN, below=below, hint=hint)
        share, bound = self.share(float(value)), relation != EXACT  # type: ignore[arg-type]
        return HeatCell(
            text=value_text(value, relation),
            ground=blend(_RAMP, share),
            dark=share > _DARK and not bound,
            bound=bound,
            below=below,
            hint=hint,
        )


def value_text(value: object, relation: object = EXACT, digits: int = 2) -> str:
    """Return a value as it was measured; a bound keeps its sign.

    Examples
    --------
    >>> value_text(6.3), value_text(4.0, "<"), value_text(float("nan"), "~")
    ('6.30', '< 4.00', 'unknown')
    """
    if is_unknown(value):
        return UNKNOWN
    text = number(value, digits)
    return text if relation == EXACT else f"{relation} {text}"


def signed(value: object, relation: object = EXACT, digits: int = 2) -> str:
    """Return a difference with its sign.

    Examples
    --------
    >>> signed(0.5), signed(-2.0, "<"), signed(2.1, ">")
    ('+0.50', '≤ −2.00', '≥ +2.10')
    """
    if is_unknown(value):
        return UNKNOWN
    text = number(value, digits)
    text = text if text.startswith("−") else f"+{text}"
    return {"<": f"≤ {text}", ">": f"≥ {text}"}.get(str(relation), text)


def delta_colour(delta: float, full: float = 2.0) -> str:
    """Return the colour of a difference: blue where it rises, orange where it falls."""
    return blend(_RISE if delta >= 0 else _FALL, min(1.0, abs(delta) / full))
