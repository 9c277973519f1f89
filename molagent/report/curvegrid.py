"""Many curves on one page, with one concentration axis, so that potencies compare by eye."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from molagent.report.colours import QUIET
from molagent.report.curve import curve_plot
from molagent.report.svg import element, svg

__all__ = ["curve_grid"]

_WIDTH, _HEIGHT, _GAP = 150, 118, 6
_MOST: Final = 200
_ROOM: Final = 0.25  # decades beside the outermost points


def curve_grid(
    curves: pd.DataFrame,
    points: pd.DataFrame,
    *,
    label: str | Sequence[str] = "sample",
    columns: int = 6,
    quantity: str = "IC50",
) -> Markup:
    """Return small curves in a grid as one SVG, in the order of the frame.

    Parameters
    ----------
    curves, points
        Of :func:`molagent.curves.fit_curves`; joined by ``curve``.
    label
        Column, or columns, that name a curve.
    columns
        Curves a row.

    Returns
    -------
    str
        At most 200 curves: what is left out is said beneath.
    """
    shown = curves.head(_MOST)
    names = [label] if isinstance(label, str) else list(label)
    by_curve = dict(tuple(points.groupby("curve", sort=False)))
    x_range = _tested(points[points["curve"].isin(shown["curve"])])
    width = columns * (_WIDTH + _GAP) + _GAP
    rows = -(-len(shown) // columns)
    left_out = len(curves) - len(shown)
    height = rows * (_HEIGHT + _GAP) + _GAP + (18 if left_out else 0)
    marks = []
    for place, (_, curve) in enumerate(shown.iterrows()):
        row, column = divmod(place, columns)
        drawn = curve_plot(
            {str(name): value for name, value in curve.items()},
            by_curve.get(curve["curve"], points.iloc[:0]),
            title=" ".join(str(curve[name]) for name in names),
            quantity=quantity,
            width=_WIDTH,
            height=_HEIGHT,
            small=True,
            x_range=x_range,
        )
        x, y = _GAP + column * (_WIDTH + _GAP), _GAP + row * (_HEIGHT + _GAP)
        marks.append(element("g", drawn, transform=f"translate({x} {y})"))
    if left_out:
        words = f"{left_out} more curves are not drawn"
        marks.append(element("text", words, x=_GAP, y=height - 6, font_size=11, fill=QUIET))
    return svg((width, height), *marks, title=f"{len(shown)} dose-response curves")


def _tested(points: pd.DataFrame) -> tuple[float, float] | None:
    """Return the range of concentrations that all the curves share on the page, log10(mol/L)."""
    logs = np.log10(points["concentration_m"].dropna().to_numpy(dtype=float))
    return (float(logs.min()) - _ROOM, float(logs.max()) + _ROOM) if len(logs) else None
