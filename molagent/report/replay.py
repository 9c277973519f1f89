"""A programme played again, as a page: how soon each way of choosing had the best compounds."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from molagent.report.chart import Axes, nice_ticks
from molagent.report.colours import BLUE, GREEN, GREY, INK, ORANGE, PURPLE
from molagent.report.page import Picture, picture, together
from molagent.report.wording import count, is_unknown, number

__all__ = ["recall_svg", "replay_picture"]

# The first is the history itself; ways beyond the colours are told by the table alone.
_COLOURS: Final = (INK, GREY, PURPLE, GREEN, ORANGE, BLUE)
_WIDTH: Final = 620
_HEIGHT: Final = 380
_CAVEAT: Final = (
    "Only compounds that were made can be chosen here, in another order: the figures compare ways"
    " of choosing, and say nothing of compounds that nobody thought of. A way sees all structures"
    " from the beginning, which the team did not."
)


def replay_picture(
    title: str,
    sentence: str,
    curves: pd.DataFrame,
    needed: Sequence[tuple[str, pd.DataFrame]],
    *,
    best: int,
) -> Picture:
    """Return what happened as curves and tables.

    Parameters
    ----------
    curves
        ``way, seed, tested, recall``.
    needed
        A share in words, and ``way, tested, least, most, seeds`` until it was had.
    best
        How many compounds count as the best.
    """
    ways = list(curves["way"].unique())
    colours = dict(zip(ways, _COLOURS, strict=False))
    parts = [
        picture(
            title,
            "figure.html",
            note=sentence,
            drawn=recall_svg(curves, colours, best=best),
            keys=list(colours.items()),
            otherwise="",
        )
    ]
    heads = [("way of choosing", ""), ("tested", "num"), ("over seeds", "num"), ("seeds", "num")]
    for words, table in needed:
        rows = [
            [row["way"], _tested(row["tested"]), _range(row), count(row["seeds"])]
            for row in table.to_dict("records")
        ]
        heading = f"Compounds tested until {words} of the best were found"
        parts.append(picture(heading, "frame.html", note="", heads=heads, rows=rows))
    parts.append(picture("What this cannot say", note="", body=_CAVEAT))
    return together(title, parts)


def recall_svg(curves: pd.DataFrame, colours: dict[str, str], *, best: int) -> Markup:
    """Return the share of the best against how many were tested: mean and range over seeds."""
    ends = curves.groupby("way")["tested"].max()
    first, last = int(curves["tested"].min()), int(ends.min())
    axes = Axes(
        (first, last),
        (0.0, 1.0),
        "compounds tested",
        f"share of the {best} best that was found",
        "Recall",
        "How soon each way of choosing had tested the best compounds of the programme",
        width=_WIDTH,
        height=_HEIGHT,
    )
    for way, colour in colours.items():
        mine = curves[(curves["way"] == way) & (curves["tested"] <= last)]
        told = mine.groupby("tested")["recall"].agg(["mean", "min", "max"]).reset_index()
        steps = list(told.itertuples(index=False, name=None))
        for x, _, low, high in steps:
            if high > low:
                axes.line((x, low), (x, high), colour, width=1.0)
        axes.curve([(x, mean) for x, mean, *_ in steps], colour, width=2.0)
    return axes.to_svg(x_ticks=nice_ticks(first, last, 6))


def _tested(value: float) -> str:
    return "not within what was played" if is_unknown(value) else count(np.ceil(value))


def _range(row: Mapping[Hashable, Any]) -> str:
    if row["seeds"] == 1 or is_unknown(row["least"]):
        return ""
    most = "more" if is_unknown(row["most"]) else number(row["most"], 0)
    return f"{number(row['least'], 0)} to {most}"
