"""What each series never varied, shown on its best compound."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from molagent.chem.molecules import parse_smarts, parse_smiles
from molagent.records import PotentSeries, SeriesRule
from molagent.report.drawing import structure_svg
from molagent.report.page import Picture, picture

__all__ = ["motifs_html"]

_HEADS: Final = (
    ("the best compound", "mid"), "series", "never varied", ("potent compounds", "num"),
    ("approved drugs", "num"),
)  # fmt: skip


def motifs_html(
    series: Sequence[PotentSeries], *, title: str = "What the series never varied"
) -> Picture:
    """Return every motif and core ring system, its atoms on a tinted ground.

    Parameters
    ----------
    series
        From :func:`molagent.sar.motifs.find_series`.
    """
    rows = [(each, rule) for each in series for rule in each.rules]
    note = (
        "A series is the potent compounds that share a core ring system. What nearly all of them "
        "carry and few drugs do was never varied: no value tells what losing it costs."
        if rows
        else "No core ring system is shared by enough potent compounds."
    )
    return picture(title, "sar_motifs.html", note=note, heads=_HEADS, rows=rows, drawn=_drawn)


def _drawn(series: PotentSeries, rule: SeriesRule) -> Markup:
    query = parse_smarts(rule.smarts)
    for smiles in series.smiles:
        if match := parse_smiles(smiles).GetSubstructMatch(query):
            return structure_svg(
                smiles, width=230, height=140, highlight=tuple(match), thumbnail=True
            )
    return structure_svg(series.core, width=230, height=140, thumbnail=True)
