"""R-group tables as pictures: a list with drawn substituents, and a heat map of two positions."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import pandas as pd
from markupsafe import Markup

from molagent.report.cards import Card, Line
from molagent.report.page import Picture, picture
from molagent.report.parts import core_svg, part_svg
from molagent.report.scale import HeatCell, Scale
from molagent.report.svg import element
from molagent.report.wording import count, number
from molagent.sar.matrices import value_matrix
from molagent.sar.measured import EXACT
from molagent.sar.rgroups import CORE, RGroupTable

__all__ = ["core_letters", "drawn_part", "rgroup_matrix_html", "rgroup_table_html"]

_MOST_ROWS: Final = 40
_MOST_POSITIONS: Final = 6
_MOST_SIDE: Final = 10
_MOST_CORES: Final = 3
# Characters of SMILES: a part of a dozen atoms and more needs room.
_LARGE_PART: Final = 28


def rgroup_table_html(
    table: RGroupTable, *, unit: str = "", limit: int = _MOST_ROWS, title: str = "R-group table"
) -> Picture:
    """Return the compounds of one core, the best first, with their substituents drawn.

    Parameters
    ----------
    unit
        What the values are, for example ``pIC50``.
    limit
        Most compounds shown; the note says how many there are.
    """
    positions = _shown_positions(table)
    scale = Scale(table.rows["p_value"])
    letters = core_letters(table)
    rows = table.rows.head(limit).to_dict("records")
    return picture(
        title,
        "sar_rgroups.html",
        note=_sizes(table, len(rows)),
        scale=scale,
        cores=_cores(table, letters),
        varied=[f"{name} {len(table.counts(name))}" for name in table.positions if name != CORE],
        positions=positions,
        unit=unit or "value",
        rows=rows,
        drawn=partial(drawn_part, letters=letters),
    )


def rgroup_matrix_html(
    table: RGroupTable,
    row: str = "",
    column: str = "",
    *,
    unit: str = "",
    side: int = _MOST_SIDE,
    title: str = "",
) -> Picture:
    """Return one position against another: what was made, what came of it, what was not made.

    Parameters
    ----------
    row, column
        Two of the table's positions; the two most varied where empty.
    side
        Most substituents a side, the commonest.
    """
    cells = value_matrix(table, row, column)
    row, column = str(cells.columns[0]), str(cells.columns[1])
    down, across = (_commonest(cells, name, side) for name in (row, column))
    scale = Scale(table.rows["p_value"])
    letters = core_letters(table)
    at = {(cell[row], cell[column]): cell for cell in cells.to_dict("records")}
    shown = sum(at[key]["n"] for key in at if key[0] in down and key[1] in across)
    note = (
        f"{count(shown)} of {count(len(table.rows))} compounds: the {len(down)} commonest of "
        f"{cells[row].nunique()} substituents at {row}, {len(across)} of "
        f"{cells[column].nunique()} at {column}. {unit}"
    )
    return picture(
        title or f"{row} against {column}",
        "sar_matrix.html",
        note=note,
        scale=scale,
        names=(row, column),
        down=down,
        across=across,
        drawn=partial(drawn_part, letters=letters),
        cell=lambda name, other: _matrix_cell(at.get((name, other)), scale),
    )


def _matrix_cell(cell: dict[Any, Any] | None, scale: Scale) -> HeatCell | None:
    if cell is None:
        return None
    n = int(str(cell["n"]))
    ids = cell["compound_ids"] if isinstance(cell["compound_ids"], tuple) else ()
    below = ""
    if n > 1:
        below = f"n = {n}"
        if cell["p_relation"] == EXACT and cell["low"] != cell["high"]:
            below = f"{number(cell['low'], 1)} to {number(cell['high'], 1)}, n = {n}"
    hint = ", ".join(map(str, ids[:8])) + (" …" if len(ids) > 8 else "")
    return scale.cell(cell["p_value"], cell["p_relation"], below=below, hint=hint)


def core_letters(table: RGroupTable) -> dict[str, str]:
    """Return configuration of the core -> A, B, C and so on, the commonest first."""
    if CORE not in table.positions:
        return {}
    return {
        str(core): _letter(place) for place, core in enumerate(table.counts(CORE)["substituent"])
    }


def drawn_part(part: str, letters: Mapping[str, str], *, width: int = 96) -> Markup:
    """Return a substituent as a drawing, a configuration of the core as its letter."""
    if part in letters:
        return element("b", letters[part])
    if len(part) > _LARGE_PART:
        return part_svg(part, width=max(width, 150), height=96)
    return part_svg(part, width=width)


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"A{place}"  # the alphabet


def _cores(table: RGroupTable, letters: dict[str, str]) -> list[Card]:
    """Return the core, or its commonest configurations with their letters."""
    if not letters:
        return [Card(drawn=core_svg(table.core))]
    counts = table.counts(CORE).head(_MOST_CORES)
    return [
        Card(
            drawn=core_svg(str(core), width=280, height=200),
            lines=(Line("", letters[str(core)], f"in {count(n)} compounds"),),
        )
        for core, n in counts[["substituent", "n"]].itertuples(index=False, name=None)
    ]


def _shown_positions(table: RGroupTable) -> list[str]:
    numbered = [name for name in table.positions if name != CORE][:_MOST_POSITIONS]
    return [*numbered, CORE] if CORE in table.positions else numbered


def _commonest(cells: pd.DataFrame, name: str, side: int) -> list[str]:
    totals = cells.groupby(name)["n"].sum().reset_index()
    ordered = totals.sort_values(["n", name], ascending=[False, True])
    return [str(part) for part in ordered[name].head(side)]


def _sizes(table: RGroupTable, shown: int) -> str:
    n_exact = int((table.rows["p_relation"] == EXACT).sum())
    words = (
        f"{count(len(table.rows))} compounds have the core, {count(n_exact)} with an exact value; "
        f"the best {count(shown)} are shown."
    )
    if len(table.unmatched):
        words += f" {count(len(table.unmatched))} do not have it or cannot be taken apart."
    hidden = len(table.positions) - len(_shown_positions(table))
    if hidden:
        words += f" Positions that vary least are left out ({hidden})."
    return words
