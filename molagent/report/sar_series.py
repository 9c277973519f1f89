"""Series as an overview: scaffold, counts, the spread of values and when they were worked on."""

from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from molagent.report.chart import Axes, nice_ticks
from molagent.report.colours import BLUE, GREY, INK, ORANGE
from molagent.report.drawing import structure_svg
from molagent.report.page import Picture, picture
from molagent.report.scale import Scale
from molagent.report.wording import count, is_unknown
from molagent.sar.measured import EXACT, measured
from molagent.sar.series import NO_SERIES

__all__ = ["series_html"]

_MOST_ROWS: Final = 14
_STRIP: Final = (260, 58)
_MONTHS: Final = (170, 46)
_GOLDEN: Final = 0.6180339887


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

    def own(series: str) -> pd.DataFrame:
        return values[values["series"] == series]

    heads = [
        ("common scaffold", "mid"), "series", ("n", "num"), ("not exact", "num"), ("best", "mid"),
        ("median", "mid"), f"{unit or 'value'}, {_range(low, high)}",
        *([f"{span[0]:%b %Y} to {span[1]:%b %Y}"] if dated else []),
    ]  # fmt: skip
    n_series = int((table["series"] != NO_SERIES).sum())
    note = (
        f"{count(len(values))} compounds in {count(n_series)} series"
        f"{f', of which {limit} are shown' if n_series > limit else ''}. A dot is an exact value, "
        "an open dot a bound, the line the median of the exact ones."
    )
    return picture(
        title,
        "sar_series.html",
        note=note,
        heads=heads,
        rows=shown.to_dict("records"),
        scale=scale,
        dated=dated,
        scaffold=lambda smiles: structure_svg(smiles, width=150, height=92, thumbnail=True),
        strip=lambda name: _strip(own(name), (low, high)),
        timeline=lambda name: _timeline(own(name)["date"], span),
    )


def _left_over(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["series"] == NO_SERIES]


def _strip(own: pd.DataFrame, ends: tuple[float, float]) -> Markup:
    """Return every value of a series on the assay's axis."""
    known = own[own["p_value"].notna()].sort_values("compound_id")
    axes = Axes.bare(ends, (0.0, 1.0), f"{len(known)} values", _STRIP, sides=6, floor=16)
    for place, (value, relation) in enumerate(
        known[["p_value", "p_relation"]].itertuples(index=False, name=None)
    ):
        y = 0.06 + 0.88 * ((place * _GOLDEN) % 1.0)
        if relation == EXACT:
            axes.dot(value, y, BLUE, 2.3, 0.5)
        else:
            axes.dot(value, y, GREY, 2.3, hollow=1.0)
    exact = known.loc[known["p_relation"] == EXACT, "p_value"]
    if len(exact):
        middle = float(exact.median())
        axes.line((middle, 0.0), (middle, 1.0), ORANGE, width=1.6)
    return axes.to_svg(x_ticks=[] if is_unknown(ends[0]) else nice_ticks(*ends, 4), y_ticks=[])


def _timeline(dates: pd.Series, span: tuple[pd.Timestamp, pd.Timestamp]) -> Markup:
    """Return compounds a month as columns."""
    known = dates.dropna()
    months = (span[1].year - span[0].year) * 12 + span[1].month - span[0].month + 1
    place = (known.dt.year - span[0].year) * 12 + known.dt.month - span[0].month
    counts = np.bincount(place.to_numpy(dtype=int), minlength=months)
    most = max(1, int(counts.max()))
    axes = Axes.bare((0.0, months), (0.0, most), f"{len(known)} dated compounds", _MONTHS, floor=1)
    for month, n in enumerate(counts.tolist()):
        if n:
            axes.rectangle((month, 0.0), (month + 0.85, n), INK, opacity=0.55)
    if known.empty:
        axes.text((0.0, 0.5), "no dates", anchor="start", shift=(4, 0), size=10)
    return axes.to_svg(x_ticks=[], y_ticks=[])


def _range(low: object, high: object) -> str:
    if is_unknown(low) or is_unknown(high):
        return "nothing known"
    return f"{float(str(low)):.1f} to {float(str(high)):.1f}"
