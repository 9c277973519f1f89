"""A patent landscape as a page: over time, in chemical space, by family and by assignee."""

from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from molagent.report.chart import GREY, INK, Axes
from molagent.report.drawing import structure_svg
from molagent.report.files import replace_file
from molagent.report.patent_timeline import has_date, has_limit, timeline_svg
from molagent.report.sar import Picture, fragment, page
from molagent.report.wording import count, is_unknown, number

if TYPE_CHECKING:
    from molagent.patents.landscape import Landscape

__all__ = ["landscape_pictures", "map_svg", "time_svg", "write_landscape"]

# Okabe and Ito's colours, strongest first; further assignees are grey.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_SHOWN: Final = 20
_NEAREST: Final = 12
_WIDTH: Final = 620
_HEIGHT: Final = 380
_MARGIN: Final = 0.06
_LABEL: Final = 38
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
    text = page("Patent landscape", landscape_pictures(landscape))
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
    note = words + escape(_WARNING)
    if landscape.unread:
        note += f" {count(len(landscape.unread))} structures could not be read: " + escape(
            "; ".join(f"{smiles[:60]}: {why}" for smiles, why in landscape.unread)
        )
    searched = f"<p class='quiet'>Searched: {escape(landscape.searched)}</p>"
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
    pictures = [
        fragment("What lies around the series", note, searched),
        fragment(
            "Over time",
            dots,
            time_svg(landscape) + _legend(colours)
            if not unplaced.all()
            else "<p class='quiet'>No date is known, so there is no figure.</p>",
        ),
        fragment(
            "In chemical space",
            "Structures near each other are alike; the axes have no unit (principal coordinates of "
            "Tanimoto distances). Rings mark the series.",
            map_svg(landscape) + _legend(colours),
        ),
        fragment("Families, nearest first", "", _table(_families(landscape))),
        fragment("Assignees, most families first", "", _table(landscape.assignees.head(_SHOWN))),
        fragment("Years", by_number, _table(landscape.years.drop(columns="year"))),
        fragment("Nearest compounds", "", _nearest(found)),
    ]
    if len(landscape.activities):
        columns = ["publication_number", "label", "target", "quantity", "original", "unit", "assay"]
        own = landscape.activities[[c for c in columns if c in landscape.activities]]
        pictures.append(
            fragment(
                "Measured values of these compounds",
                f"{count(len(own))} values as the publications report them, the first "
                f"{min(len(own), _SHOWN)}.",
                _table(own.head(_SHOWN)),
            )
        )
    return pictures


def time_svg(landscape: "Landscape") -> str:
    """Return similarity to the series against the date of publication; see `timeline_svg`."""
    spellings = _by_spelling(landscape, _colours(landscape))
    colours = [_colour(assignee, spellings) for assignee in landscape.compounds["assignee"]]
    return timeline_svg(landscape.compounds, colours, at_least=landscape.at_least)


def map_svg(landscape: "Landscape") -> str:
    """Return compounds and series on the flat map, a dot a compound."""
    found, series = landscape.compounds, landscape.series
    colours = _by_spelling(landscape, _colours(landscape))
    axes = Axes(
        _span([*found["x"], *series["x"]]),
        _span([*found["y"], *series["y"]]),
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
        axes.marks.append(
            f"<circle cx='{axes.x(x):.1f}' cy='{axes.y(y):.1f}' r='6.5' fill='none' "
            f"stroke='{INK}' stroke-width='1.8'/>"
        )
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


def _legend(colours: dict[str, str]) -> str:
    items = [*colours.items(), ("others, or not known", GREY)]
    keys = "".join(
        f"<span style='display:inline-block;margin:0 16px 4px 0'>"
        f"<span style='display:inline-block;width:11px;height:11px;border-radius:50%;"
        f"background:{colour};margin-right:5px'></span>{escape(_short(name))}</span>"
        for name, colour in items
    )
    return f"<p>{keys}</p>"


def _table(frame: pd.DataFrame) -> str:
    if frame.empty:
        return "<p class='quiet'>none</p>"
    heads = "".join(
        f"<th{_numeric(frame[c])}>{escape(str(c).replace('_', ' '))}</th>" for c in frame
    )
    lines = "".join(
        "<tr>"
        + "".join(f"<td{_numeric(frame[name])}>{_cell(row[name])}</td>" for name in frame.columns)
        + "</tr>"
        for row in frame.to_dict("records")
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"


def _numeric(column: pd.Series) -> str:
    return " class='num'" if pd.api.types.is_numeric_dtype(column) else ""


def _cell(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if value is pd.NA or is_unknown(value):
        return "not known"
    return number(value) if isinstance(value, float) else escape(str(value))


def _nearest(found: pd.DataFrame) -> str:
    cards = []
    for row in found.drop_duplicates("smiles").head(_NEAREST).to_dict("records"):
        drawn = structure_svg(str(row["smiles"]), width=190, height=135, thumbnail=True)
        name = escape(_short(str(row["name"]))) or "no name given"
        cards.append(
            "<div style='display:inline-block;width:200px;vertical-align:top;margin:0 10px 12px 0'>"
            f"{drawn}<b>{number(row['similarity'])}</b> {name}<br><span class='quiet'>"
            f"{escape(str(row['publication_number']))}, {escape(str(row['published']))}<br>"
            f"{escape(_short(str(row['assignee'])))}</span></div>"
        )
    return "".join(cards) or "<p class='quiet'>none</p>"


def _short(text: str) -> str:
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    margin = _MARGIN * ((high - low) or 1.0)
    return low - margin, high + margin
