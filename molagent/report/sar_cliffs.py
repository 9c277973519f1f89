"""Activity cliffs and nearest neighbours as galleries."""

from html import escape
from typing import Any, Final

import pandas as pd

from molagent.report.drawing import structure_svg
from molagent.report.sar import Picture, aligned_svgs, delta_colour, fragment, signed, value_text
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
    cards = "".join(_card(row, unit) for row in shown.to_dict("records"))
    stereo = int((cliffs["kind"] == _STEREO).sum())
    note = (
        f"{count(len(shown))} of {count(len(cliffs))} cliffs, the highest SALI first, a compound "
        f"in {per_compound} cards at most; {count(stereo)} differ in configuration only. "
        "A difference with ≥ rests on a bound."
    )
    return fragment(title, note, f"<div class='cards'>{cards}</div>")


def neighbours_html(
    neighbours: pd.DataFrame, *, unit: str = "", title: str = "Nearest measured compounds"
) -> Picture:
    """Return every query beside its nearest measured compounds.

    Parameters
    ----------
    neighbours
        From :func:`molagent.sar.similarity.nearest_measured`.
    """
    rows = []
    for (_, smiles), part in neighbours.groupby(["query", "query_smiles"], sort=False):
        cards = "".join(_neighbour(row, str(smiles), unit) for row in part.to_dict("records"))
        start = structure_svg(str(smiles), width=215, height=165)
        rows.append(
            f"<div class='cards' style='margin-bottom:12px'><div class='card'>{start}"
            f"<figcaption>query</figcaption></div>{cards}</div>"
        )
    note = "By count Tanimoto similarity of Morgan counts; what differs from the query is tinted."
    return fragment(title, note, "".join(rows))


def _card(row: dict[Any, Any], unit: str) -> str:
    first, second = aligned_svgs(str(row["smiles_weaker"]), str(row["smiles_stronger"]))
    figures = [
        f"<figure>{picture}<figcaption><span class='id'>{escape(str(row[name]))}</span><br>"
        f"{escape(unit)} <b>{escape(value_text(row[f'p_{name}'], row[f'relation_{name}']))}</b>"
        "</figcaption></figure>"
        for picture, name in ((first, "weaker"), (second, "stronger"))
    ]
    colour = delta_colour(float(row["delta"]), full=3.0)
    tag = f"<span class='tag'>{escape(str(row['kind']))}</span>" if row["kind"] else ""
    middle = (
        f"<div class='arrow'><span class='big'>{escape(signed(row['delta'], row['relation']))}"
        f"</span><div style='height:5px;border-radius:3px;background:{colour};margin:4px 8px'>"
        f"</div><span class='quiet'>sim. {number(row['similarity'])}<br>SALI "
        f"{number(row['sali'], 0)}</span><br>{tag}</div>"
    )
    return f"<div class='card'><div class='pair'>{figures[0]}{middle}{figures[1]}</div></div>"


def _neighbour(row: dict[Any, Any], smiles: str, unit: str) -> str:
    _, picture = aligned_svgs(smiles, str(row["smiles"]))
    repeats = ""
    if not is_unknown(row["n"]) and row["n"] > 1:
        repeats = f" <span class='quiet'>n = {count(row['n'])}</span>"
    return (
        f"<div class='card'>{picture}<figcaption><span class='id'>{escape(str(row['compound_id']))}"
        f"</span><br>{escape(unit)} "
        f"<b>{escape(value_text(row['p_value'], row['p_relation']))}</b>{repeats}<br>"
        f"<span class='quiet'>similarity {number(row['similarity'])}</span></figcaption></div>"
    )


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
