"""A project's series as matrices: what generators and reports recombine."""

from collections.abc import Iterator

import pandas as pd

from molagent.errors import InputError
from molagent.records import MatrixRow, SeriesMatrix

__all__ = ["series_matrices"]


def series_matrices(frame: pd.DataFrame) -> tuple[SeriesMatrix, ...]:
    """Return the series of one endpoint's compounds, taken apart at their scaffolds.

    Parameters
    ----------
    frame
        ``compound_id, smiles, p_value``; see :func:`molagent.sar.measured.measured`.

    Returns
    -------
    tuple of SeriesMatrix
        The largest first; a series that varies nowhere, or cannot be taken apart, is left out.
    """
    from molagent.sar.rgroups import decompose
    from molagent.sar.series import NO_SERIES, assign_series

    if frame.empty:
        return ()
    assigned = assign_series(frame)
    found: list[SeriesMatrix] = []
    for (series, scaffold), part in assigned.groupby(["series", "scaffold"], sort=False):
        if series == NO_SERIES:
            continue
        members = frame[frame["compound_id"].isin(part["compound_id"])]
        try:
            table = decompose(members, str(scaffold))
        except InputError:  # RDKit found no orientation of a symmetric core in time
            continue
        rows = tuple(_rows(table.rows, table.core, table.positions))
        if rows and table.positions:
            found.append(SeriesMatrix(series=str(series), core=str(scaffold), rows=rows))
    return tuple(sorted(found, key=lambda each: (-len(each.rows), each.series)))


def _rows(rows: pd.DataFrame, core: str, positions: tuple[str, ...]) -> Iterator[MatrixRow]:
    from molagent.sar.measured import EXACT
    from molagent.sar.rgroups import CORE

    names = [name for name in positions if name != CORE]
    for row in rows.to_dict("records"):
        exact = row["p_relation"] == EXACT and pd.notna(row["p_value"])
        yield MatrixRow(
            compound_id=str(row["compound_id"]),
            smiles=str(row["smiles"]),
            core=str(row[CORE]) if CORE in positions else core,
            groups={name: str(row[name]) for name in names},
            value=float(row["p_value"]) if exact else None,
        )
