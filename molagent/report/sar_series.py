"""Series as an overview: scaffold, counts, the spread of values and when they were worked on."""

from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd

from molagent.report.chart import BLUE, GREY, INK, ORANGE, PALE, nice_ticks
from molagent.report.drawing import structure_svg
from molagent.report.sar import Picture, Scale, fragment, heat_cell
from molagent.report.wording import count, is_unknown, percent
from molagent.sar.measured import EXACT, measured
from molagent.sar.series import NO_SERIES

__all__ = ["series_html"]

_MOST_ROWS: Final = 14
_WIDTH: Final = 260
_HEIGHT: Final = 54
_GOLDEN: Final = 0.6180339887
_QUARTERS_WIDTH: Final = 170


def series_html(
    table: pd.DataFrame,
    assigned: pd.DataFrame,
    frame: pd.DataFrame,
    *,
    unit: str = "",
    limit: int = _MOST_ROWS,
    title: str = "Series",
) -> Picture:
    """Return the series, the largest first.

    Parameters
    ----------
    table, assigned
        From :func:`molagent.sar.series.series_table` and
        :func:`molagent.sar.series.assign_series`.
    frame
        The assay's values they were made from.
    """
    values = measured(frame).assign(series=assigned["series"].to_numpy())
    scale = Scale(values["p_value"])
    low, high = values["p_value"].min(), values["p_value"].max()
    dated = values["date"].notna().any()
    span = (values["date"].min(), values["date"].max())
    shown = pd.concat([table[table["series"] != NO_SERIES].head(limit), _left_over(table)])
    lines = []
    for row in shown.to_dict("records"):
        own = values[values["series"] == row["series"]]
        timeline = f"<td>{_timeline(own['date'], span)}</td>" if dated else ""
        lines.append(
            f"<tr><td class='mid'>{_scaffold(row)}</td><td style='max-width:190px'>"
            f"<b>{escape(str(row['series']))}</b><br><span class='quiet'>"
            f"{count(row['n_scaffolds'])} scaffolds</span></td>"
            f"<td class='num'>{count(row['n'])}</td>"
            f"<td class='num'>{percent(row['share_bounds'])}</td>"
            f"{heat_cell(row['best'], EXACT, scale, hint=str(row['best_id']))}"
            f"{heat_cell(row['median'], EXACT, scale)}"
            f"<td>{_strip(own, low, high)}</td>{timeline}</tr>"
        )
    when = f"<th>{span[0]:%b %Y} to {span[1]:%b %Y}</th>" if dated else ""
    body = (
        "<table><thead><tr><th class='mid'>common scaffold</th><th>series</th><th class='num'>n"
        "</th><th class='num'>not exact</th><th class='mid'>best</th><th class='mid'>median</th>"
        f"<th>{escape(unit or 'value')}, {_range(low, high)}</th>{when}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )
    n_series = int((table["series"] != NO_SERIES).sum())
    note = (
        f"{count(len(values))} compounds in {count(n_series)} series"
        f"{f', of which {limit} are shown' if n_series > limit else ''}. A dot is an exact value, "
        "an open dot a bound, the line the median of the exact ones."
    )
    return fragment(title, note, body)


def _left_over(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["series"] == NO_SERIES]


def _scaffold(row: dict[Any, Any]) -> str:
    if not row["scaffold"]:
        return ""
    return structure_svg(str(row["scaffold"]), width=150, height=92, thumbnail=True)


def _strip(own: pd.DataFrame, low: float, high: float) -> str:
    """Return every value of a series on the assay's axis."""
    known = own[own["p_value"].notna()].sort_values("compound_id")

    def x(value: float) -> float:
        return 6 + (value - low) / ((high - low) or 1.0) * (_WIDTH - 12)

    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{_HEIGHT}' role='img' "
        f"aria-label='{len(known)} values'><path d='M6 {_HEIGHT - 10}H{_WIDTH - 6}' "
        f"stroke='{PALE}'/>"
    ]
    parts.extend(
        f"<path d='M{x(tick):.1f} {_HEIGHT - 12}v4' stroke='{GREY}'/>"
        f"<text x='{x(tick):.1f}' y='{_HEIGHT}' font-size='8.5' text-anchor='middle' "
        f"fill='#5b6470'>{tick:g}</text>"
        for tick in nice_ticks(low, high, 4)
    )
    for place, (value, relation) in enumerate(
        known[["p_value", "p_relation"]].itertuples(index=False, name=None)
    ):
        y = 4 + (_HEIGHT - 20) * ((place * _GOLDEN) % 1.0)
        paint = (
            f"fill='{BLUE}' fill-opacity='0.5'"
            if relation == EXACT
            else f"fill='#fff' stroke='{GREY}'"
        )
        parts.append(f"<circle cx='{x(value):.1f}' cy='{y:.1f}' r='2.3' {paint}/>")
    exact = known.loc[known["p_relation"] == EXACT, "p_value"]
    if len(exact):
        at = x(float(exact.median()))
        parts.append(f"<path d='M{at:.1f} 1V{_HEIGHT - 12}' stroke='{ORANGE}' stroke-width='1.6'/>")
    return "".join(parts) + "</svg>"


def _timeline(dates: pd.Series, span: tuple[pd.Timestamp, pd.Timestamp]) -> str:
    """Return compounds a month as columns."""
    known = dates.dropna()
    height = _HEIGHT - 8
    opening = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{_QUARTERS_WIDTH}' height='{height}' "
        f"role='img' aria-label='{len(known)} dated compounds'>"
        f"<path d='M0 {height - 1}H{_QUARTERS_WIDTH}' stroke='{PALE}'/>"
    )
    if known.empty:
        return (
            f"{opening}<text x='4' y='{height / 2:g}' font-size='10' fill='#5b6470'>no dates"
            "</text></svg>"
        )
    months = (span[1].year - span[0].year) * 12 + span[1].month - span[0].month + 1
    place = (known.dt.year - span[0].year) * 12 + known.dt.month - span[0].month
    counts = np.bincount(place.to_numpy(dtype=int), minlength=months)
    step = _QUARTERS_WIDTH / months
    bars = "".join(
        f"<rect x='{index * step:.1f}' y='{height - 1 - h:.1f}' width='{max(step - 1, 1):.1f}' "
        f"height='{h:.1f}' fill='{INK}' fill-opacity='0.55'/>"
        for index, n in enumerate(counts)
        if (h := (height - 6) * n / counts.max())
    )
    return f"{opening}{bars}</svg>"


def _range(low: object, high: object) -> str:
    if is_unknown(low) or is_unknown(high):
        return "nothing known"
    return f"{float(str(low)):.1f} to {float(str(high)):.1f}"
