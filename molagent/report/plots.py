"""The report's figures, each returned as a self-contained SVG string."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
from markupsafe import Markup

from molagent.records import FloatArray
from molagent.report.chart import Axes, span
from molagent.report.colours import BLUE, GREY, INK, ORANGE, PALE, QUIET
from molagent.report.svg import element, svg
from molagent.report.wording import UNKNOWN, count, is_unknown, number

__all__ = [
    "desirability_bar",
    "desirability_by_cycle",
    "endpoint_scatter",
    "funnel_figure",
    "parity_plot",
]

# More dots than this a cycle cannot be told apart and only make the file large.
_MAX_DOTS: Final = 300
_GOLDEN: Final = 0.6180339887
# Where all values are equal: half a unit on either side.
_ALONE: Final = 0.5 / 0.06
_LABELS_MAX: Final = 30
_FUNNEL_WIDTH: Final = 570
_FUNNEL_STEP: Final = 24


def desirability_by_cycle(trajectory: pd.DataFrame, shortlisted: Collection[str]) -> Markup:
    """Return the spread of desirability in every cycle, the shortlist marked.

    Parameters
    ----------
    trajectory
        ``cycle, proposal_id, desirability``; rows without a desirability are left out.
    shortlisted
        Proposal ids of the shortlist.

    Returns
    -------
    str
        SVG; '' where nothing was ranked.
    """
    known = trajectory.dropna(subset=["desirability"])
    if known.empty:
        return Markup("")
    cycles = sorted(int(c) for c in known["cycle"].unique())
    axes = Axes(
        x_range=(cycles[0] - 0.5, cycles[-1] + 0.5),
        y_range=(0.0, 1.0),
        x_label="design cycle",
        y_label="desirability (0 to 1)",
        title="Desirability by cycle",
        description="Each dot is a proposal that passed the funnel; the bar is the middle half of "
        "a cycle, the line its median; shortlisted compounds are orange.",
    )
    for cycle in cycles:
        rows = known[known["cycle"] == cycle]
        values = rows["desirability"].to_numpy(dtype=float)
        low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
        axes.rectangle((cycle - 0.3, low), (cycle + 0.3, high), PALE)
        for index, value in enumerate(_thinned(np.sort(values))):
            axes.dot(cycle + _jitter(index), value, BLUE, 1.8, 0.45)
        axes.line((cycle - 0.3, median), (cycle + 0.3, median), INK, width=2)
        chosen = rows[rows["proposal_id"].isin(list(shortlisted))]["desirability"]
        for index, value in enumerate(chosen):
            axes.dot(cycle + _jitter(index), float(value), ORANGE, 3.4)
        axes.text((cycle, 1.0), f"n = {count(len(rows))}", shift=(0, -3), size=10)
    return axes.to_svg(x_ticks=[float(c) for c in cycles])


def endpoint_scatter(
    trajectory: pd.DataFrame,
    x: str,
    y: str,
    ranks: Mapping[str, int],
    *,
    x_label: str,
    y_label: str,
    same_scale: bool = True,
) -> Markup:
    """Return predicted `y` against predicted `x` of every ranked proposal, the shortlist by rank.

    Parameters
    ----------
    trajectory
        ``proposal_id`` and the columns `x` and `y`.
    ranks
        Proposal id to rank of the shortlist.
    same_scale
        Whether both have one unit: then lines of equal and of tenfold potency are drawn.

    Returns
    -------
    str
        SVG; '' where either column has no value.
    """
    known = trajectory.dropna(subset=[x, y])
    if known.empty:
        return Markup("")
    x_range, y_range = (span(known[name].tolist(), alone=_ALONE) for name in (x, y))
    if same_scale:
        x_range = y_range = (min(x_range[0], y_range[0]), max(x_range[1], y_range[1]))
    axes = Axes(
        x_range=x_range,
        y_range=y_range,
        x_label=x_label,
        y_label=y_label,
        title=f"{y_label} against {x_label}",
        description="Each dot is a ranked proposal; shortlisted compounds are orange and carry "
        "their rank.",
        height=360,
        width=440,
    )
    if same_scale:
        _potency_lines(axes)
    chosen = known["proposal_id"].isin(list(ranks))
    others = known[~chosen]
    step = max(1, len(others) // (3 * _MAX_DOTS))
    for a, b in others[[x, y]].iloc[::step].itertuples(index=False):
        axes.dot(float(a), float(b), BLUE, 1.9, 0.4)
    marked = known[chosen]
    for a, b in marked[[x, y]].itertuples(index=False):
        axes.dot(float(a), float(b), ORANGE, 3.6)
    if len(marked) <= _LABELS_MAX:
        for name, a, b in marked[["proposal_id", x, y]].itertuples(index=False):
            axes.text((float(a), float(b)), str(ranks[name]), shift=(0, -6), size=9)
    return axes.to_svg()


def funnel_figure(funnel: pd.DataFrame) -> Markup:
    """Return one cycle's funnel as bars: passed, failed and unknown of what entered each stage.

    Parameters
    ----------
    funnel
        ``ordinal, stage, entered, passed, failed, unknown`` of one cycle.
    """
    rows = funnel.sort_values("ordinal")
    if rows.empty:
        return Markup("")
    widest = float(np.nanmax([1.0, *rows["entered"].to_numpy(dtype=float)]))
    axes = Axes(
        (0.0, widest),
        (float(len(rows)), 0.0),
        title="Funnel",
        description="For every stage: how many structures passed, failed, or could not be judged.",
        width=_FUNNEL_WIDTH,
        height=_FUNNEL_STEP * len(rows) + 8,
        left=116,
        right=224,
        top=4,
        bottom=4,
        frame="none",
    )
    names = {}
    for place, row in enumerate(rows.itertuples(index=False)):
        names[place + 0.5] = str(row.stage)
        at = 0.0
        for value, colour in ((row.passed, BLUE), (row.failed, ORANGE), (row.unknown, GREY)):
            size = 0.0 if is_unknown(value) else float(str(value))
            if size > 0:
                axes.rectangle((at, place + 0.08), (at + size, place + 0.92), colour)
            at += size
        words = _funnel_words(row)
        axes.text((at, place + 0.5), words, anchor="start", shift=(8, 4))
    return axes.to_svg(x_ticks=[], y_ticks=names)


def parity_plot(points: Sequence[Sequence[float]], *, axis_label: str) -> Markup:
    """Return predicted against observed values of a validation set.

    Parameters
    ----------
    points
        ``[observed, predicted, std]``, the std optional.
    axis_label
        Endpoint and unit.
    """
    pairs = [p for p in points if len(p) > 1 and not any(is_unknown(v) for v in p[:2])]
    if not pairs:
        return Markup("")
    values = np.array([p[:2] for p in pairs], dtype=float)
    low, high = span(values.ravel().tolist(), alone=_ALONE)
    axes = Axes(
        x_range=(low, high),
        y_range=(low, high),
        x_label=f"measured {axis_label}",
        y_label=f"predicted {axis_label}",
        title=f"Parity: {axis_label}",
        description=f"{len(pairs)} validation compounds; whiskers are one predicted standard "
        "deviation; dashed lines are one unit away from the diagonal.",
        width=300,
        height=280,
        left=50,
        right=10,
        top=10,
        bottom=42,
    )
    axes.line((low, low), (high, high), INK)
    for offset in (1.0, -1.0):
        if high - low > 1.0:
            start, end = max(low, low - offset), min(high, high - offset)
            axes.line((start, start + offset), (end, end + offset), GREY, dash="4 3")
    step = max(1, len(pairs) // _MAX_DOTS)
    for pair in pairs[::step]:
        if len(pair) > 2 and not is_unknown(pair[2]):  # the std is the third
            floor, roof = max(low, pair[1] - pair[2]), min(high, pair[1] + pair[2])
            axes.line((pair[0], floor), (pair[0], roof), "#C9D4DE", width=1)
    for pair in pairs[::step]:
        axes.dot(float(pair[0]), float(pair[1]), BLUE, 2.1, 0.7)
    return axes.to_svg()


def desirability_bar(value: object, *, width: int = 96, height: int = 12) -> Markup:
    """Return a small bar from 0 to 1; hatched and named where the value is unknown."""
    size = (width, height)
    if is_unknown(value):
        stripes = "".join(f"M{x} {height}L{x + height} 0" for x in range(-height, width, 6))
        frame = element("rect", width=width, height=height, fill="#fff", stroke=GREY)
        hatched = element("path", d=stripes, stroke=PALE, stroke_width=2)
        return svg(size, frame, hatched, label=UNKNOWN, ground=False)
    share = min(1.0, max(0.0, float(value)))  # type: ignore[arg-type]
    whole = element("rect", width=width, height=height, fill=PALE)
    part = element("rect", width=share * width, height=height, fill=BLUE)
    return svg(size, whole, part, label=f"{number(value)} of 1", ground=False)


def _funnel_words(row: tuple[object, ...]) -> str:
    entered, passed, failed, unknown = (
        getattr(row, name) for name in ("entered", "passed", "failed", "unknown")
    )
    words = f"{count(passed)} of {count(entered)} passed"
    if is_unknown(failed) or float(failed) > 0:
        words += f", {count(failed)} failed"
    if is_unknown(unknown) or float(unknown) > 0:
        words += f", {count(unknown)} unknown"
    return words


def _potency_lines(axes: Axes) -> None:
    low, high = axes.x_range
    for offset, words in ((0.0, "equal"), (1.0, "10 ×"), (2.0, "100 ×")):
        if low + offset >= high:
            continue
        end = (high - offset, high)
        axes.line((low, low + offset), end, GREY, dash="4 3")
        axes.text(end, words, anchor="end", shift=(-8, 12), colour=QUIET, size=10)


def _thinned(ordered: FloatArray) -> FloatArray:
    """Return evenly spaced order statistics: the shape stays, the file stays small."""
    if len(ordered) <= _MAX_DOTS:
        return ordered
    places = np.linspace(0, len(ordered) - 1, _MAX_DOTS).round().astype(int)
    thinned: FloatArray = ordered[places]
    return thinned


def _jitter(index: int) -> float:
    # A golden-ratio sequence spreads neighbours apart and is the same every time.
    return 0.52 * ((index * _GOLDEN) % 1.0 - 0.5)
