"""Publications over time: dots where the date was read, bars where only its limits are known."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

import pandas as pd
from markupsafe import Markup

from molagent.report.chart import Axes
from molagent.report.svg import Attributes, element

__all__ = ["has_date", "has_limit", "timeline_svg"]

_WIDTH: Final = 620
_HEIGHT: Final = 380
_TICKS: Final = 10
_DAYS_A_YEAR: Final = 365.25
_CAP: Final = 3  # pixels, half the height of what closes a bar
_LANE: Final = 7  # pixels between bars that would lie on each other
_LANES: Final = 4


class _Bar(NamedTuple):
    """A compound of a publication without a date, in years; None where there is no limit."""

    start: float | None
    end: float | None
    similarity: float
    colour: str


def timeline_svg(found: pd.DataFrame, colours: Sequence[str], *, at_least: float) -> Markup:
    """Return similarity to a series against the date of publication, a dot a compound.

    A compound of a publication whose date was not read is a bar between the earliest and the latest
    day that its number allows, dashed to the edge where there is no such day.

    Parameters
    ----------
    found
        Compounds of a landscape, with similarity and publication dates.
    colours
        One a row.
    at_least
        Where the axis of similarity begins.
    """
    dated, bounded = has_date(found), ~has_date(found) & has_limit(found)
    first, last = _axis_years(found[has_limit(found)])
    axes = Axes(
        (first, last),
        (at_least, 1.0),
        "published",
        "Tanimoto similarity to the series",
        "Patent landscape over time",
        f"{dated.sum()} compounds by publication date and similarity to the series, and "
        f"{bounded.sum()} without a date, by what the number of their publication says of it",
        width=_WIDTH,
        height=_HEIGHT,
    )
    coloured = found.assign(colour=list(colours))
    bars = [
        _Bar(
            _year(row["published_after"]),
            _year(row["published_by"]),
            row["similarity"],
            row["colour"],
        )
        for row in coloured[bounded].to_dict("records")
    ]
    _add_bars(axes, bars)
    for row in coloured[dated].to_dict("records"):
        year = _year(row["publication_date"]) or 0.0
        axes.dot(year, row["similarity"], row["colour"], radius=3.5, opacity=0.65)
    step = max(1, -(-(last - first) // _TICKS))
    return axes.to_svg(x_ticks=[float(year) for year in range(first, last + 1, step)])


def has_date(found: pd.DataFrame) -> pd.Series:
    """Return which rows have a date that was read."""
    return _are_days(found["publication_date"])


def has_limit(found: pd.DataFrame) -> pd.Series:
    """Return which rows have a date, or at least one limit of it."""
    return _are_days(found["published_after"]) | _are_days(found["published_by"])


def _axis_years(placed: pd.DataFrame) -> tuple[int, int]:
    """Return the first and the last year of the axis, with room for bars that are open."""
    years = [
        year
        for name in ("published_after", "published_by")
        for year in map(_year, placed[name])
        if year is not None
    ]
    if not years:
        return 2000, 2001
    open_start = not _are_days(placed["published_after"]).all()
    open_end = not _are_days(placed["published_by"]).all()
    return int(min(years)) - int(open_start), int(max(years)) + 1 + int(open_end)


def _add_bars(axes: Axes, bars: Sequence[_Bar]) -> None:
    """Draw bars, each in the lane nearest its similarity that is free, as far as lanes go."""
    taken: list[tuple[float, float, float]] = []
    # Of one time, similarity and colour they would only darken one bar.
    for bar in dict.fromkeys(bars):
        left, right = (
            axes.x(edge if year is None else year)
            for year, edge in zip((bar.start, bar.end), axes.x_range, strict=True)
        )
        at = axes.y(bar.similarity)
        step = _LANE if at + _LANES * _LANE < axes.y(axes.y_range[0]) else -_LANE
        lanes = [at + lane * step for lane in range(_LANES)]
        y = next((y for y in lanes if not _meets(left, right, y, taken)), lanes[0])
        taken.append((left, right, y))
        caps = [x for x, year in ((left, bar.start), (right, bar.end)) if year is not None]
        paint: Attributes = {"fill": "none", "stroke": bar.colour, "stroke_opacity": 0.7}
        dash = "5 3" if None in (bar.start, bar.end) else None
        way = f"M{left:.1f} {y:.1f}H{right:.1f}"
        ticks = "".join(f"M{x:.1f} {y - _CAP:.1f}v{2 * _CAP}" for x in caps)
        axes.marks += [
            element("path", class_="bar", d=way, **paint, stroke_width=2.5, stroke_dasharray=dash),
            element("path", d=ticks, **paint, stroke_width=1.5),
        ]


def _meets(
    left: float, right: float, y: float, taken: Sequence[tuple[float, float, float]]
) -> bool:
    return any(
        left <= other_right and other_left <= right and abs(y - other_y) < _LANE
        for other_left, other_right, other_y in taken
    )


def _year(day: object) -> float | None:
    if not isinstance(day, date):
        return None
    return day.year + (day.timetuple().tm_yday - 1) / _DAYS_A_YEAR


def _are_days(column: pd.Series) -> pd.Series:
    return column.map(lambda day: isinstance(day, date)).astype(bool)
