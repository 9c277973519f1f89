"""Matched pairs as pictures: a table of changes, cards of the pairs behind one, suggestions."""

from functools import partial
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from molagent.report.cards import Card, Comparison, Line
from molagent.report.chart import Axes
from molagent.report.colours import GREY, INK
from molagent.report.drawing import structure_svg
from molagent.report.page import Picture, picture
from molagent.report.parts import aligned_svgs, changed_atoms, part_svg
from molagent.report.scale import delta_colour, signed
from molagent.report.wording import count, is_unknown, number, plus_minus
from molagent.sar.measured import EXACT

__all__ = ["pair_cards_html", "suggestions_html", "transforms_html"]

_MOST_ROWS: Final = 20
_MOST_CARDS: Final = 8
_INTERVAL: Final = (170, 18)


def transforms_html(
    table: pd.DataFrame,
    *,
    unit: str = "",
    limit: int = _MOST_ROWS,
    title: str = "What changes did",
) -> Picture:
    """Return changes with their mean effect, its 95 % interval and the counts behind it.

    Parameters
    ----------
    table
        From :func:`molagent.sar.transforms.transform_table`, in the order to show.
    """
    rows = table.head(limit)
    reach = _reach(rows)
    note = (
        f"{count(len(rows))} of {count(len(table))} changes. Mean, SD and SE are of pairs with two "
        "exact values in this assay; a pair with a bound counts where its sign is certain. Pairs "
        "share compounds, so the intervals are a little too narrow."
    )
    return picture(
        title,
        "sar_transforms.html",
        note=note,
        unit=unit or "log units",
        rows=rows.to_dict("records"),
        part=part_svg,
        interval=partial(_interval, reach=reach),
    )


def pair_cards_html(
    pairs: pd.DataFrame, *, unit: str = "", limit: int = _MOST_CARDS, title: str = ""
) -> Picture:
    """Return pairs as cards: both structures in one orientation, the changed part tinted.

    Parameters
    ----------
    pairs
        From :func:`molagent.sar.transforms.pairs_behind`, in the order to show.
    """
    shown = pairs.head(limit)
    exact = pairs.loc[pairs["relation"] == EXACT, "delta"]
    words = f"{count(len(shown))} of {count(len(pairs))} pairs"
    if len(exact):
        spread = exact.std() if len(exact) > 1 else None
        words += f"; {count(len(exact))} exact, mean {plus_minus(exact.mean(), spread)}"
    return picture(
        title or "The pairs behind a change",
        "comparisons.html",
        note=f"{words}.",
        change=_change(pairs),
        comparisons=[_card(row, unit) for row in shown.to_dict("records")],
    )


def suggestions_html(
    suggestions: pd.DataFrame,
    smiles: str,
    *,
    unit: str = "",
    limit: int = 12,
    per_change: int = 1,
    title: str = "What the matched pairs suggest",
) -> Picture:
    """Return suggested structures beside the compound they start from.

    Parameters
    ----------
    suggestions
        From :func:`molagent.sar.transforms.suggest_changes`.
    smiles
        The compound.
    per_change
        Most places at which one change is shown.
    """
    chosen = suggestions.groupby(["from", "to"], sort=False).head(per_change)
    shown = chosen.head(limit)
    start = structure_svg(smiles, width=215, height=165)
    cards = [_suggestion(row, smiles, unit) for row in shown.to_dict("records")]
    note = (
        f"{count(len(shown))} of {count(len(suggestions))} structures, the highest mean change "
        "first. The change is the mean of the pairs in which it was made on the same kind of atom; "
        "the spread is what one further pair would show."
    )
    query = Card(drawn=start, lines=(Line(quiet="the compound"),))
    return picture(title, "gallery.html", note=note, galleries=[[query, *cards]])


def _card(row: dict[Any, Any], unit: str) -> Comparison:
    marks = tuple(
        changed_atoms(str(row[f"smiles_{side}"]), str(row["constant"]), str(row[name]))
        for side, name in (("a", "from"), ("b", "to"))
    )
    drawn = aligned_svgs(
        str(row["smiles_a"]), str(row["smiles_b"]), highlights=(marks[0], marks[1])
    )
    first, second = (
        Card.measured(svg, row[f"compound_{side}"], unit, row[f"p_{side}"], row[f"relation_{side}"])
        for svg, side in zip(drawn, ("a", "b"), strict=True)
    )
    known = not is_unknown(row["delta"])
    return Comparison(
        first=first,
        second=second,
        delta=signed(row["delta"], row["relation"]),
        colour=delta_colour(float(row["delta"])) if known else "#fff",
        notes=("→",),
    )


def _suggestion(row: dict[Any, Any], smiles: str, unit: str) -> Card:
    found = (
        f"in {count(row['n'])} pairs ({count(row['n_up'])} up, {count(row['n_down'])} down, "
        f"SD {number(row['sd'])})"
    )
    lines = [Line("", signed(row["mean"]), found)]
    if not is_unknown(row["expected"]):
        spread = plus_minus(row["expected"], row["expected_sd"])
        lines.append(Line(f"expected {unit}", spread))
    return Card(
        drawn=aligned_svgs(smiles, str(row["smiles"]))[1],
        change=tuple(part_svg(str(row[side]), width=84) for side in ("from", "to")),
        lines=tuple(lines),
        tag=f"made: {row['known_as']}" if row["known_as"] else "",
    )


def _interval(row: dict[Any, Any], reach: float) -> Markup:
    """Return mean and interval on a common axis with zero in its middle."""
    heard = f"mean {signed(row['mean'])}"
    axes = Axes.bare((-reach, reach), (0.0, 1.0), heard, _INTERVAL, sides=5)
    axes.line((0.0, 0.0), (0.0, 1.0), GREY, width=1, dash="2 2")
    low, high, mean = (
        value if is_unknown(value) else max(-reach, min(reach, value))
        for value in (row["low"], row["high"], row["mean"])
    )
    if not is_unknown(low):
        axes.line((low, 0.5), (high, 0.5), INK, width=1.4)
    if not is_unknown(mean):
        axes.dot(mean, 0.5, delta_colour(2.0 if mean >= 0 else -2.0), 4.5)
    return axes.to_svg(x_ticks=[], y_ticks=[])


def _reach(rows: pd.DataFrame) -> float:
    ends = rows[["low", "high", "mean"]].abs().to_numpy(dtype=float)
    known = ends[ends == ends]  # noqa: PLR0124 - NaN differs from itself
    # An interval of two pairs can span ten log units and would flatten all others.
    return float(min(3.0, max(0.5, known.max(initial=0.5))))


def _change(pairs: pd.DataFrame) -> tuple[Markup, ...]:
    """Return the change that all pairs show; nothing where they show several."""
    if pairs.empty or len(pairs[["from", "to"]].drop_duplicates()) > 1:
        return ()
    return tuple(part_svg(str(pairs[side].iloc[0]), width=130) for side in ("from", "to"))
