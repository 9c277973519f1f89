"""Free-Wilson contributions as bars, one group a position, each with its drawn substituent."""

from html import escape
from typing import Any, Final

import pandas as pd

from molagent.report.chart import GREY, INK
from molagent.report.drawing import structure_svg
from molagent.report.sar import Picture, delta_colour, fragment, signed
from molagent.report.sar_rgroups import core_letters, drawn_part
from molagent.report.wording import count, is_unknown, number, plus_minus
from molagent.sar.freewilson import FreeWilson
from molagent.sar.rgroups import CORE

__all__ = ["combinations_html", "free_wilson_html"]

_WIDTH: Final = 300
_HEIGHT: Final = 26
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
        if len(part) < 2:  # noqa: PLR2004 - only the reference is left
            continue
        shown = part.sort_values("n", ascending=False, kind="stable").head(limit)
        lines = "".join(
            _line(row, reach, letters)
            for row in shown.sort_values("contribution", ascending=False).to_dict("records")
        )
        hidden = f" ({len(part) - len(shown)} rarer ones not shown)" if len(part) > limit else ""
        groups.append(f"<tr><th colspan='5'>{_position(position)}{hidden}</th></tr>{lines}")
    body = (
        "<table><thead><tr><th class='mid'>substituent</th><th class='num'>n</th>"
        f"<th class='mid'>contribution, {escape(unit or 'log units')}</th>"
        "<th class='num'>value</th><th class='num'>± SE</th></tr></thead>"
        f"<tbody>{''.join(groups)}</tbody></table>"
    )
    return fragment(title, _note(model), body)


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
    cards = "".join(
        f"<div class='card'>{structure_svg(str(row['smiles']), width=260, height=190)}"
        f"<figcaption>{escape(unit)} <b>{plus_minus(row['predicted'], row['se'])}</b><br>"
        f"<span class='quiet'>rarest part in {count(row['weakest'])} compounds</span></figcaption>"
        "</div>"
        for row in shown.to_dict("records")
    )
    note = (
        f"The {count(len(shown))} highest predictions of an additive model with q² "
        f"{number(model.q2)}. The error is of one new compound. What no compound has tested "
        "together may not add up."
    )
    return fragment(title, note, f"<div class='cards'>{cards}</div>")


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
    if is_unknown(model.q2) or model.q2 < _WEAK:
        words += " <b>Contributions hardly add up here: read them as a summary, not a model.</b>"
    return words


def _position(position: str) -> str:
    return "configuration of the core" if position == CORE else escape(position)


def _line(row: dict[Any, Any], reach: float, letters: dict[str, str]) -> str:
    drawn = drawn_part(str(row["substituent"]), letters)
    if row["reference"]:
        return (
            f"<tr><td class='mid'>{drawn}</td><td class='num'>{count(row['n'])}</td>"
            f"<td>{_bar(0.0, 0.0, reach)}</td><td class='num quiet'>reference</td><td></td></tr>"
        )
    return (
        f"<tr><td class='mid'>{drawn}</td><td class='num'>{count(row['n'])}</td>"
        f"<td>{_bar(row['contribution'], row['se'], reach)}</td>"
        f"<td class='num'>{signed(row['contribution'])}</td>"
        f"<td class='num'>{number(row['se'])}</td></tr>"
    )


def _bar(value: float, se: float, reach: float) -> str:
    middle, half = _WIDTH / 2, _WIDTH / 2 - 6

    def x(at: float) -> float:
        return middle + max(-1.0, min(1.0, at / reach)) * half

    left, right = sorted((x(0.0), x(value)))
    colour = delta_colour(value, full=reach)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{_HEIGHT}' role='img' "
        f"aria-label='{signed(value)}'>"
        f"<rect x='{left:.1f}' y='6' width='{right - left:.1f}' height='14' fill='{colour}'/>"
        f"<path d='M{x(value - se):.1f} 13H{x(value + se):.1f}' stroke='{INK}' stroke-width='1.4'/>"
        f"<path d='M{middle:g} 0V{_HEIGHT}' stroke='{GREY}'/></svg>"
    )
