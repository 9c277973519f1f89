"""Matched pairs as pictures: a table of changes, cards of the pairs behind one, suggestions."""

from html import escape
from typing import Any, Final

import pandas as pd

from molagent.report.chart import GREY, INK
from molagent.report.drawing import structure_svg
from molagent.report.sar import (
    Picture,
    aligned_svgs,
    changed_atoms,
    delta_colour,
    fragment,
    part_svg,
    signed,
    value_text,
)
from molagent.report.wording import UNKNOWN, count, is_unknown, number, plus_minus
from molagent.sar.measured import EXACT

__all__ = ["pair_cards_html", "suggestions_html", "transforms_html"]

_MOST_ROWS: Final = 20
_MOST_CARDS: Final = 8
_EFFECT_TONE: Final = {"raises": "#0062a8", "lowers": "#c85400"}
_BAR_WIDTH: Final = 170
_CONTEXT_ANY: Final = "any"


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
    lines = "".join(_transform_line(row, reach) for row in rows.to_dict("records"))
    body = (
        "<table><thead><tr><th class='mid'>from</th><th></th><th class='mid'>to</th><th>on</th>"
        "<th class='num'>pairs</th><th class='num'>mean ± SD</th><th class='num'>SE</th>"
        f"<th class='mid'>95 % interval, {escape(unit or 'log units')}</th>"
        "<th class='num'>up / down</th><th class='num'>bounds</th><th>effect</th></tr></thead>"
        f"<tbody>{lines}</tbody></table>"
    )
    note = (
        f"{count(len(rows))} of {count(len(table))} changes. Mean, SD and SE are of pairs with two "
        "exact values in this assay; a pair with a bound counts where its sign is certain. Pairs "
        "share compounds, so the intervals are a little too narrow."
    )
    return fragment(title, note, body)


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
    cards = "".join(_card(row, unit) for row in shown.to_dict("records"))
    exact = pairs.loc[pairs["relation"] == EXACT, "delta"]
    words = f"{count(len(shown))} of {count(len(pairs))} pairs"
    if len(exact):
        spread = exact.std() if len(exact) > 1 else None
        words += f"; {count(len(exact))} exact, mean {plus_minus(exact.mean(), spread)}"
    return fragment(
        title or "The pairs behind a change",
        f"{words}.",
        f"{_change(pairs)}<div class='cards'>{cards}</div>",
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
    cards = "".join(_suggestion(row, smiles, unit) for row in shown.to_dict("records"))
    start = structure_svg(smiles, width=215, height=165)
    body = (
        f"<div class='cards'><div class='card'>{start}<figcaption>the compound</figcaption></div>"
        f"{cards}</div>"
    )
    note = (
        f"{count(len(shown))} of {count(len(suggestions))} structures, the highest mean change "
        "first. The change is the mean of the pairs in which it was made on the same kind of atom; "
        "the spread is what one further pair would show."
    )
    return fragment(title, note, body)


def _transform_line(row: dict[Any, Any], reach: float) -> str:
    tone = _EFFECT_TONE.get(str(row["effect"]), "#5b6470")
    context = "" if row["context"] == _CONTEXT_ANY else escape(str(row["context"]))
    bounds = count(row["n_bounds"]) if row["n_bounds"] else ""
    return (
        f"<tr><td class='mid'>{part_svg(str(row['from']))}</td><td>→</td>"
        f"<td class='mid'>{part_svg(str(row['to']))}</td>"
        f"<td class='quiet'>{context or 'any atom'}</td><td class='num'>{count(row['n'])}</td>"
        f"<td class='num'>{_mean_and_spread(row['mean'], row['sd'])}</td>"
        f"<td class='num'>{_or_dash(row['se'])}</td>"
        f"<td>{_interval(row, reach)}</td>"
        f"<td class='num'>{count(row['n_up'])} / {count(row['n_down'])}</td>"
        f"<td class='num'>{bounds}</td>"
        f"<td style='color:{tone}'>{escape(str(row['effect']))}</td></tr>"
    )


def _card(row: dict[Any, Any], unit: str) -> str:
    marks = tuple(
        changed_atoms(str(row[f"smiles_{side}"]), str(row["constant"]), str(row[name]))
        for side, name in (("a", "from"), ("b", "to"))
    )
    first, second = aligned_svgs(
        str(row["smiles_a"]), str(row["smiles_b"]), highlights=(marks[0], marks[1])
    )
    figures = [
        _figure(picture, row[f"compound_{side}"], row[f"p_{side}"], row[f"relation_{side}"], unit)
        for picture, side in ((first, "a"), (second, "b"))
    ]
    return (
        f"<div class='card'><div class='pair'>{figures[0]}{_arrow(row['delta'], row['relation'])}"
        f"{figures[1]}</div></div>"
    )


def _figure(picture: str, name: object, value: object, relation: object, unit: str) -> str:
    return (
        f"<figure>{picture}<figcaption><span class='id'>{escape(str(name))}</span><br>"
        f"{escape(unit)} <b>{escape(value_text(value, relation))}</b></figcaption></figure>"
    )


def _arrow(delta: object, relation: object) -> str:
    known = not is_unknown(delta)
    colour = delta_colour(float(delta)) if known else "#fff"  # type: ignore[arg-type]
    return (
        f"<div class='arrow'><span class='big'>{escape(signed(delta, relation))}</span>"
        f"<div style='height:5px;border-radius:3px;background:{colour};margin:4px 10px'></div>"
        "→</div>"
    )


def _suggestion(row: dict[Any, Any], smiles: str, unit: str) -> str:
    _, picture = aligned_svgs(smiles, str(row["smiles"]))
    expected = ""
    if not is_unknown(row["expected"]):
        spread = plus_minus(row["expected"], row["expected_sd"])
        expected = f"<br>expected {escape(unit)} <b>{spread}</b>"
    known = (
        f"<br><span class='tag'>made: {escape(row['known_as'])}</span>" if row["known_as"] else ""
    )
    words = (
        f"<b>{signed(row['mean'])}</b> in {count(row['n'])} pairs "
        f"<span class='quiet'>({count(row['n_up'])} up, {count(row['n_down'])} down, "
        f"SD {number(row['sd'])})</span>{expected}{known}"
    )
    change = (
        f"<div class='flow' style='justify-content:center'>{part_svg(row['from'], width=84)}→"
        f"{part_svg(row['to'], width=84)}</div>"
    )
    return f"<div class='card'>{picture}{change}<figcaption>{words}</figcaption></div>"


def _interval(row: dict[Any, Any], reach: float) -> str:
    """Return mean and interval on a common axis with zero in its middle."""
    height, middle = 18, _BAR_WIDTH / 2
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_BAR_WIDTH}' height='{height}' "
        f"role='img' aria-label='mean {signed(row['mean'])}'>"
        f"<path d='M{middle:g} 0V{height}' stroke='{GREY}' stroke-dasharray='2 2'/>"
    ]

    def x(value: float) -> float:
        return middle + max(-1.0, min(1.0, value / reach)) * (middle - 4)

    if not is_unknown(row["low"]):
        parts.append(
            f"<path d='M{x(row['low']):.1f} 9H{x(row['high']):.1f}' stroke='{INK}' "
            "stroke-width='1.4'/>"
        )
    if not is_unknown(row["mean"]):
        colour = delta_colour(2.0 if row["mean"] >= 0 else -2.0)
        parts.append(f"<circle cx='{x(row['mean']):.1f}' cy='9' r='4.5' fill='{colour}'/>")
    return "".join(parts) + "</svg>"


def _reach(rows: pd.DataFrame) -> float:
    ends = rows[["low", "high", "mean"]].abs().to_numpy(dtype=float)
    known = ends[ends == ends]  # noqa: PLR0124 - NaN differs from itself
    # An interval of two pairs can span ten log units and would flatten all others.
    return float(min(3.0, max(0.5, known.max(initial=0.5))))


def _change(pairs: pd.DataFrame) -> str:
    """Return the change that all pairs show; '' where they show several."""
    if pairs.empty or len(pairs[["from", "to"]].drop_duplicates()) > 1:
        return ""
    start, end = (part_svg(str(pairs[side].iloc[0]), width=130) for side in ("from", "to"))
    return (
        f"<div class='flow' style='margin-bottom:8px'>{start}<span class='big'>→</span>{end}</div>"
    )


def _mean_and_spread(mean: object, sd: object) -> str:
    if is_unknown(mean):
        return UNKNOWN
    spread = "" if is_unknown(sd) else f" ± {number(sd)}"
    return f"{signed(mean)}{spread}"


def _or_dash(value: object) -> str:
    return "–" if is_unknown(value) else number(value)
