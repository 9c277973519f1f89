"""A patent landscape as a page: over time, in chemical space, by family and by assignee."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd
from markupsafe import Markup

from molagent.report.cards import Card, Line
from molagent.report.chart import Axes, span
from molagent.report.colours import GREY, INK
from molagent.report.drawing import structure_svg
from molagent.report.files import replace_file
from molagent.report.page import Picture, page, picture
from molagent.report.patent_timeline import has_date, has_limit, timeline_svg
from molagent.report.wording import count, is_unknown, number

if TYPE_CHECKING:
    from molagent.patents.landscape import Landscape

__all__ = ["landscape_pictures", "map_svg", "time_svg", "write_landscape"]

# Okabe and Ito's colours, strongest first; further assignees are grey.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_SHOWN: Final = 20
_NEAREST: Final = 12
_OTHERS: Final = ("others, or not known", GREY)
_WIDTH: Final = 620
_HEIGHT: Final = 380
_LABEL: Final = 38
_KICKER: Final = "Patent landscape"
_WARNING: Final = (
    "Evidence from the collections named below, not legal advice. Dates are publication dates. "
    "What a collection does not hold, or holds without a family or an assignee, is not counted "
    "under one."
)


def write_landscape(landscape: "Landscape", path: Path) -> Path:
    """Write a landscape as one HTML file without scripts or outside references.

    Raises
    ------
    MolagentError
        If the file cannot be written.
    """
    text = page("What lies around the series", landscape_pictures(landscape), kicker=_KICKER)
    return replace_file(path, text.encode("utf-8"))


def landscape_pictures(landscape: "Landscape") -> list[Picture]:
    """Return time, map, families, assignees, nearest compounds and measured values."""
    colours = _colours(landscape)
    found = landscape.compounds
    words = (
        f"{count(found['smiles'].nunique())} compounds of "
        f"{count(found['publication_number'].nunique())} publications in "
        f"{count(found['family'].nunique())} families have a Tanimoto similarity of "
        f"{landscape.at_least:.2f} or more to one of {count(len(landscape.series))} structures. "
    )
    undated, unplaced = ~has_date(found), ~has_limit(found)
    dots = "Each dot is a compound in a publication."
    if (undated & ~unplaced).any():
        dots += (
            " Each bar is one whose date was not read, over the time in which its number says that "
            "it came out; it is dashed to the edge where the number sets no limit that way. Equal "
            "bars are drawn once, others that would meet are moved apart."
        )
    if unplaced.any():
        dots += f" {count(int(unplaced.sum()))} without a known date are not on this figure."
    by_number = (
        "A year by number was not read: offices number in order, so that the number, or those "
        "of publications whose date was read, say when it came out."
        if (undated & ~unplaced).any()
        else ""
    )
    keys = [*((_short(name), colour) for name, colour in colours.items()), _OTHERS]
    pictures = [
        picture(
            "Summary",
            "landscape_summary.html",
            found=words,
            unread=landscape.unread,
            warning=_WARNING,
            searched=landscape.searched,
        ),
        picture(
            "Over time",
            "figure.html",
            note=dots,
            drawn="" if unplaced.all() else time_svg(landscape),
            keys=keys,
            otherwise="No date is known, so there is no figure.",
        ),
        picture(
            "In chemical space",
            "figure.html",
            note="Structures near each other are alike; the axes have no unit (principal "
            "coordinates of Tanimoto distances). Rings mark the series.",
            drawn=map_svg(landscape),
            keys=keys,
        ),
        _table("Families, nearest first", _families(landscape)),
        _table("Assignees, most families first", landscape.assignees.head(_SHOWN)),
        _table("Years", landscape.years.drop(columns="year"), by_number),
        picture("Nearest compounds", "gallery.html", galleries=[_nearest(found)]),
    ]
    if len(landscape.activities):
        columns = ["publication_number", "label", "target", "quantity", "original", "unit", "assay"]
        own = landscape.activities[[c for c in columns if c in landscape.activities]]
        words = (
            f"{count(len(own))} values as the publications report them, the first "
            f"{min(len(own), _SHOWN)}."
        )
        pictures.append(_table("Measured values of these compounds", own.head(_SHOWN), words))
    return pictures


def time_svg(landscape: "Landscape") -> Markup:
    """Return similarity to the series against the date of publication; see `timeline_svg`."""
    spellings = _by_spelling(landscape, _colours(landscape))
    colours = [_colour(assignee, spellings) for assignee in landscape.compounds["assignee"]]
    return timeline_svg(landscape.compounds, colours, at_least=landscape.at_least)


def map_svg(landscape: "Landscape") -> Markup:
    """Return compounds and series on the flat map, a dot a compound."""
    found, series = landscape.compounds, landscape.series
    colours = _by_spelling(landscape, _colours(landscape))
    axes = Axes(
        span([*found["x"], *series["x"]]),
        span([*found["y"], *series["y"]]),
        "first principal coordinate",
        "second principal coordinate",
        "Patent landscape in chemical space",
        f"{found['smiles'].nunique()} compounds and {len(series)} structures of the series",
        width=_WIDTH,
        height=_HEIGHT,
    )
    for row in found.drop_duplicates(["smiles", "assignee"]).to_dict("records"):
        axes.dot(row["x"], row["y"], _colour(row["assignee"], colours), radius=3.5, opacity=0.65)
    for x, y in zip(series["x"], series["y"], strict=True):
        axes.ring(x, y, INK, 6.5)
    return axes.to_svg(x_ticks=[], y_ticks=[])


def _colours(landscape: "Landscape") -> dict[str, str]:
    """Return the colours of the assignees with most families."""
    names = [name for name in landscape.assignees["assignee"] if name != "not known"]
    return dict(zip(names, _COLOURS, strict=False))


def _by_spelling(landscape: "Landscape", colours: dict[str, str]) -> dict[str, str]:
    """Return the same by every way the names are written."""
    table = landscape.assignees
    return {
        spelling: colours[name]
        for name, written in zip(table["assignee"], table["written"], strict=True)
        for spelling in written.split("; ")
        if name in colours
    }


def _colour(assignees: str, colours: dict[str, str]) -> str:
    return next((colours[name] for name in assignees.split("; ") if name in colours), GREY)


def _families(landscape: "Landscape") -> pd.DataFrame:
    """Return the nearest families; a publication alone stands where the family is not known."""
    table = landscape.families.head(_SHOWN)
    alone = table["family"] == table["numbers"]
    return table.assign(family=table["family"].mask(alone, "not known"))


def _table(title: str, frame: pd.DataFrame, note: str = "") -> Picture:
    heads = [
        (str(name).replace("_", " "), "num" if pd.api.types.is_numeric_dtype(frame[name]) else "")
        for name in frame
    ]
    rows = [[_cell(value) for value in row.values()] for row in frame.to_dict("records")]
    return picture(title, "frame.html", note=note, heads=heads, rows=rows)


def _cell(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if value is pd.NA or is_unknown(value):
        return "not known"
    return number(value) if isinstance(value, float) else str(value)


def _nearest(found: pd.DataFrame) -> list[Card]:
    return [
        Card(
            drawn=structure_svg(str(row["smiles"]), width=190, height=135, thumbnail=True),
            lines=(
                Line("", number(row["similarity"]), _short(str(row["name"])) or "no name given"),
                Line(quiet=f"{row['publication_number']}, {row['published']}"),
                Line(quiet=_short(str(row["assignee"]))),
            ),
        )
        for row in found.drop_duplicates("smiles").head(_NEAREST).to_dict("records")
    ]


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"
