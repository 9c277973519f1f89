"""Free-Wilson contributions as bars, one group a position, each with its drawn substituent."""

from functools import partial
from typing import Final

import pandas as pd
from markupsafe import Markup

from molagent.report.cards import Card, Line
from molagent.report.chart import Axes
from molagent.report.colours import GREY, INK
from molagent.report.drawing import structure_svg
from molagent.report.page import Picture, picture
from molagent.report.sar_rgroups import core_letters, drawn_part
from molagent.report.scale import delta_colour, signed
from molagent.report.wording import count, is_unknown, number, plus_minus
from molagent.sar.freewilson import FreeWilson
from molagent.sar.rgroups import CORE

__all__ = ["combinations_html", "free_wilson_html"]

_BAR: Final = (300, 26)
_MOST_A_POSITION: Final = 14
# Below this share of the variance, left out compound by compound, contributions do not add up.
_WEAK: Final = 0.3


def free_wilson_html(
    model: FreeWilson,
    *,
    unit: str = "",
    limit: int = _MOST_A_POSITION,
    title: str = "What each substituent adds",
) -> Picture:
    """Return the contributions with their standard errors, position by position.

    Parameters
    ----------
    limit
        Most substituents of a position, the commonest.
    """
    table = model.coefficients
    letters = core_letters(model.table)
    free = table[~table["reference"]]
    reach = max(0.5, float((free["contribution"].abs() + free["se"].fillna(0)).max()))
    groups = []
    for position in model.positions:
        part = table[table["position"] == position]
        if len(part) < 2:  # only the reference is left
            continue
        shown = part.sort_values("n", ascending=False, kind="stable").head(limit)
        ordered = shown.sort_values("contribution", ascending=False)
        name = "Configuration of the core" if position == CORE else position
        groups.append((name, ordered.to_dict("records"), len(part) - len(shown)))
    return picture(
        title,
        "sar_freewilson.html",
        note=_note(model),
        weak=is_unknown(model.q2) or model.q2 < _WEAK,
        groups=groups,
        unit=unit or "log units",
        drawn=partial(drawn_part, letters=letters),
        bar=partial(_bar, reach=reach),
    )


def combinations_html(
    model: FreeWilson,
    combinations: pd.DataFrame,
    *,
    unit: str = "",
    limit: int = 12,
    title: str = "Combinations not made yet",
) -> Picture:
    """Return predicted combinations as cards.

    Parameters
    ----------
    combinations
        From :meth:`molagent.sar.freewilson.FreeWilson.combinations`.
    """
    shown = combinations.head(limit)
    cards = [
        Card(
            drawn=structure_svg(str(row["smiles"]), width=260, height=190),
            lines=(
                Line(unit, plus_minus(row["predicted"], row["se"])),
                Line(quiet=f"rarest part in {count(row['weakest'])} compounds"),
            ),
        )
        for row in shown.to_dict("records")
    ]
    note = (
        f"The {count(len(shown))} highest predictions of an additive model with q² "
        f"{number(model.q2)}. The error is of one new compound. What no compound has tested "
        "together may not add up."
    )
    return picture(title, "gallery.html", note=note, galleries=[cards])


def _note(model: FreeWilson) -> str:
    words = (
        f"{count(model.n)} compounds, reference {plus_minus(model.intercept, model.intercept_se)}; "
        f"r² {number(model.r2)}, q² {number(model.q2)} and error {number(model.rmse_left_out)} "
        "with each compound left out once."
    )
    if model.ridge:
        words += f" Contributions are shrunk (ridge {model.ridge:g})."
    if model.n_left_out:
        words += (
            f" {count(model.n_left_out)} more have a substituent too rare to be told from their "
            "own value."
        )
    if model.n_bounds:
        words += f" {count(model.n_bounds_met)} of {count(model.n_bounds)} bounds are respected."
    return words


def _bar(value: float, se: float, reach: float) -> Markup:
    axes = Axes.bare((-reach, reach), (0.0, 1.0), signed(value), _BAR, sides=6)
    axes.rectangle((0.0, 0.25), (_within(value, reach), 0.75), delta_colour(value, full=reach))
    if not is_unknown(se):
        axes.line((_within(value - se, reach), 0.5), (_within(value + se, reach), 0.5), INK)
    axes.line((0.0, 0.0), (0.0, 1.0), GREY, width=1)
    return axes.to_svg(x_ticks=[], y_ticks=[])


def _within(value: float, reach: float) -> float:
    return max(-reach, min(reach, value))
