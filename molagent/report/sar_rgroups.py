"""R-group tables as pictures: a list with drawn substituents, and a heat map of two positions."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import pandas as pd

from molagent.report.sar import Picture, Scale, core_svg, fragment, heat_cell, part_svg
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
    head = "".join(f"<th class='mid'>{escape(p)}</th>" for p in positions)
    lines = []
    for row in table.rows.head(limit).to_dict("records"):
        parts = "".join(
            f"<td class='mid'>{drawn_part(str(row[p]), letters)}</td>" for p in positions
        )
        value = heat_cell(row["p_value"], row["p_relation"], scale, below=_repeats(row["n"]))
        lines.append(
            f"<tr><td class='id'>{escape(str(row['compound_id']))}</td>{parts}{value}</tr>"
        )
    body = (
        f"{_cores(table, letters)}{_counted(table)}"
        f"<table><thead><tr><th>compound</th>{head}<th class='mid'>{escape(unit or 'value')}</th>"
        f"</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )
    note = f"{_sizes(table, min(limit, len(table.rows)))} {scale.legend()}"
    return fragment(title, note, body)


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
    head = "".join(f"<th class='mid'>{drawn_part(name, letters, width=80)}</th>" for name in across)
    lines = []
    for name in down:
        values = "".join(_matrix_cell(at.get((name, other)), scale) for other in across)
        lines.append(f"<tr><th>{drawn_part(name, letters)}</th>{values}</tr>")
    shown = sum(at[key]["n"] for key in at if key[0] in down and key[1] in across)
    body = (
        f"<table><thead><tr><th class='quiet'>{escape(row)} ↓ &nbsp; {escape(column)} →</th>{head}"
        f"</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )
    note = (
        f"{count(shown)} of {count(len(table.rows))} compounds: the {len(down)} commonest of "
        f"{cells[row].nunique()} substituents at {escape(row)}, {len(across)} of "
        f"{cells[column].nunique()} at {escape(column)}. {escape(unit)} {scale.legend()}"
    )
    return fragment(title or f"{row} against {column}", note, body)


def _matrix_cell(cell: dict[Any, Any] | None, scale: Scale) -> str:
    if cell is None:
        return "<td class='none'></td>"
    n = int(str(cell["n"]))
    ids = cell["compound_ids"] if isinstance(cell["compound_ids"], tuple) else ()
    below = ""
    if n > 1:
        below = f"n = {n}"
        if cell["p_relation"] == EXACT and cell["low"] != cell["high"]:
            below = f"{number(cell['low'], 1)} to {number(cell['high'], 1)}, n = {n}"
    hint = ", ".join(map(str, ids[:8])) + (" …" if len(ids) > 8 else "")  # noqa: PLR2004
    return heat_cell(cell["p_value"], cell["p_relation"], scale, below=below, hint=hint)


def core_letters(table: RGroupTable) -> dict[str, str]:
    """Return configuration of the core -> A, B, C and so on, the commonest first."""
    if CORE not in table.positions:
        return {}
    return {
        str(core): _letter(place) for place, core in enumerate(table.counts(CORE)["substituent"])
    }


def drawn_part(part: str, letters: Mapping[str, str], *, width: int = 96) -> str:
    """Return a substituent as a drawing, a configuration of the core as its letter."""
    if part in letters:
        return f"<b>{letters[part]}</b>"
    if len(part) > _LARGE_PART:
        return part_svg(part, width=max(width, 150), height=96)
    return part_svg(part, width=width)


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"A{place}"  # noqa: PLR2004 - the alphabet


def _cores(table: RGroupTable, letters: dict[str, str]) -> str:
    """Return the core, or its commonest configurations with their letters."""
    if not letters:
        return core_svg(table.core)
    counts = table.counts(CORE).head(_MOST_CORES)
    cards = "".join(
        f"<figure>{core_svg(str(core), width=280, height=200)}<figcaption><b>{letters[str(core)]}"
        f"</b> in {count(n)} compounds</figcaption></figure>"
        for core, n in counts[["substituent", "n"]].itertuples(index=False, name=None)
    )
    return f"<div class='cards'>{cards}</div>"


def _shown_positions(table: RGroupTable) -> list[str]:
    numbered = [name for name in table.positions if name != CORE][:_MOST_POSITIONS]
    return [*numbered, CORE] if CORE in table.positions else numbered


def _commonest(cells: pd.DataFrame, name: str, side: int) -> list[str]:
    totals = cells.groupby(name)["n"].sum().reset_index()
    ordered = totals.sort_values(["n", name], ascending=[False, True])
    return [str(part) for part in ordered[name].head(side)]


def _counted(table: RGroupTable) -> str:
    """Return how much each position varies, in one line."""
    words = [
        f"{escape(name)} {len(table.counts(name))}" for name in table.positions if name != CORE
    ]
    return f"<p>Different substituents: {', '.join(words)}.</p>" if words else ""


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


def _repeats(n: object) -> str:
    return f"n = {count(n)}" if isinstance(n, (int, float)) and n > 1 else ""
