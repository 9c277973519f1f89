"""Activity cliffs and nearest neighbours as galleries."""

from typing import Any, Final

import pandas as pd

from molagent.report.cards import Card, Comparison, Line
from molagent.report.drawing import structure_svg
from molagent.report.page import Picture, picture
from molagent.report.parts import aligned_svgs
from molagent.report.scale import delta_colour, signed
from molagent.report.wording import count, is_unknown, number

__all__ = ["cliffs_html", "neighbours_html"]

_MOST_CARDS: Final = 12
_STEREO: Final = "stereo"


def cliffs_html(
    cliffs: pd.DataFrame,
    *,
    unit: str = "",
    limit: int = _MOST_CARDS,
    per_compound: int = 2,
    title: str = "Activity cliffs",
) -> Picture:
    """Return cliffs as pairs of structures, the weaker one left, what differs on a tinted ground.

    Parameters
    ----------
    cliffs
        From :func:`molagent.sar.cliffs.find_cliffs`, in the order to show.
    per_compound
        Most cards in which one compound stands: one bad compound has a cliff with every neighbour.
    """
    shown = _spread(cliffs, per_compound).head(limit)
    cards = [_card(row, unit) for row in shown.to_dict("records")]
    stereo = int((cliffs["kind"] == _STEREO).sum())
    note = (
        f"{count(len(shown))} of {count(len(cliffs))} cliffs, the highest SALI first, a compound "
        f"in {per_compound} cards at most; {count(stereo)} differ in configuration only. "
        "A difference with ≥ rests on a bound."
    )
    return picture(title, "comparisons.html", note=note, comparisons=cards, change=())


def neighbours_html(
    neighbours: pd.DataFrame, *, unit: str = "", title: str = "Nearest measured compounds"
) -> Picture:
    """Return every query beside its nearest measured compounds.

    Parameters
    ----------
    neighbours
        From :func:`molagent.sar.similarity.nearest_measured`.
    """
    galleries = []
    for (_, smiles), part in neighbours.groupby(["query", "query_smiles"], sort=False):
        start = structure_svg(str(smiles), width=215, height=165)
        cards = [_neighbour(row, str(smiles), unit) for row in part.to_dict("records")]
        galleries.append([Card(drawn=start, lines=(Line(quiet="query"),)), *cards])
    note = "By count Tanimoto similarity of Morgan counts; what differs from the query is tinted."
    return picture(title, "gallery.html", note=note, galleries=galleries)


def _card(row: dict[Any, Any], unit: str) -> Comparison:
    drawn = aligned_svgs(str(row["smiles_weaker"]), str(row["smiles_stronger"]))
    first, second = (
        Card.measured(svg, row[side], unit, row[f"p_{side}"], row[f"relation_{side}"])
        for svg, side in zip(drawn, ("weaker", "stronger"), strict=True)
    )
    return Comparison(
        first=first,
        second=second,
        delta=signed(row["delta"], row["relation"]),
        colour=delta_colour(float(row["delta"]), full=3.0),
        notes=(f"sim. {number(row['similarity'])}", f"SALI {number(row['sali'], 0)}"),
        tag=str(row["kind"] or ""),
    )


def _neighbour(row: dict[Any, Any], smiles: str, unit: str) -> Card:
    more = f"similarity {number(row['similarity'])}"
    if not is_unknown(row["n"]) and row["n"] > 1:
        more = f"n = {count(row['n'])}, {more}"
    _, drawn = aligned_svgs(smiles, str(row["smiles"]))
    value, relation = row["p_value"], row["p_relation"]
    return Card.measured(drawn, row["compound_id"], unit, value, relation, Line(quiet=more))


def _spread(cliffs: pd.DataFrame, per_compound: int) -> pd.DataFrame:
    """Return the cliffs without those of compounds that were shown often enough."""
    seen: dict[str, int] = {}
    kept = []
    for place, names in enumerate(
        cliffs[["weaker", "stronger"]].itertuples(index=False, name=None)
    ):
        if all(seen.get(name, 0) < per_compound for name in names):
            kept.append(place)
            for name in names:
                seen[name] = seen.get(name, 0) + 1
    return cliffs.iloc[kept]
