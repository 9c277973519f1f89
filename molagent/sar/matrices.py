"""The values of an R-group table as a matrix of two positions."""

import pandas as pd

from molagent.errors import InputError
from molagent.sar.measured import ABOVE, BELOW, EXACT, UNKNOWN
from molagent.sar.rgroups import RGroupTable, require_position

__all__ = ["value_matrix"]


def value_matrix(table: RGroupTable, row: str = "", column: str = "") -> pd.DataFrame:
    """Return the values as a matrix of one position against another.

    Parameters
    ----------
    row, column
        Two of the table's positions; the two most varied ones where empty.

    Returns
    -------
    pandas.DataFrame
        Long form, one row a cell that has a compound: the two positions, ``n`` (compounds),
        ``n_exact``, ``p_value`` (mean of the exact ones; the tightest bound where there is none),
        ``p_relation``, ``low``, ``high`` (of the exact ones), ``compound_ids``. Compounds that
        share both substituents but differ elsewhere are in one cell, which `low` and `high` show.

    Raises
    ------
    InputError
        If the table has fewer than two positions, or none of that name.
    """
    if len(table.positions) < 2:  # a matrix has two sides
        raise InputError("the table varies in one position only", remedy="look at its rows")
    row = row or table.positions[0]
    column = column or next(name for name in table.positions if name != row)
    for name in (row, column):
        require_position(table, name)
    cells = []
    for key, part in table.rows.groupby([row, column], sort=False):
        value, relation = _summary(part)
        exact = part.loc[part["p_relation"] == EXACT, "p_value"]
        ids = tuple(part["compound_id"])
        cells.append((*key, len(part), len(exact), value, relation, exact.min(), exact.max(), ids))
    names = ["n", "n_exact", "p_value", "p_relation", "low", "high", "compound_ids"]
    return pd.DataFrame(cells, columns=[row, column, *names])


def _summary(part: pd.DataFrame) -> tuple[float, str]:
    """Return the mean of exact values; without one, the tightest bound; else unknown."""
    exact = part.loc[part["p_relation"] == EXACT, "p_value"]
    if len(exact):
        return float(exact.mean()), EXACT
    below = part.loc[part["p_relation"] == BELOW, "p_value"]
    above = part.loc[part["p_relation"] == ABOVE, "p_value"]
    if len(below) and not len(above):
        return float(below.min()), BELOW
    if len(above) and not len(below):
        return float(above.max()), ABOVE
    return float("nan"), UNKNOWN
