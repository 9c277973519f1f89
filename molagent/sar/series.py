"""Series: compounds that share a scaffold, found, named and counted."""

from collections import defaultdict
from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.scaffolds import murcko_scaffold, scaffold_id
from molagent.errors import InputError
from molagent.sar.measured import EXACT, measured
from molagent.sar.scaffolds import scaffold_name, shared_parts, weight

__all__ = ["NO_SERIES", "SERIES_COLUMNS", "assign_series", "series_table"]

#: The name of compounds whose scaffold too few others share.
NO_SERIES: Final = "no series"
SERIES_COLUMNS: Final = (
    "series", "series_id", "scaffold", "n", "n_exact", "best", "best_id", "median", "share_bounds",
    "first", "last", "n_scaffolds",
)  # fmt: skip


def assign_series(
    frame: pd.DataFrame, *, min_compounds: int = 5, min_atoms: int = 9
) -> pd.DataFrame:
    """Return the series of every compound.

    Scaffolds and the smaller scaffolds inside them are candidates. The one with the largest number
    of compounds times the square of its heavy atoms becomes the first series and takes its
    compounds; then the next among what is left, as long as `min_compounds` share one.

    Parameters
    ----------
    frame
        ``compound_id, smiles, p_value``; see :func:`molagent.sar.measured.measured`.
    min_compounds
        Fewest compounds of a series.
    min_atoms
        Fewest heavy atoms of a series' scaffold.

    Returns
    -------
    pandas.DataFrame
        ``compound_id, series, series_id, scaffold``, in input order; ``no series`` and '' for
        what is left. `scaffold` is the part that all compounds of the series have in common.

    Raises
    ------
    InputError
        If `min_compounds` is below 2.
    """
    if min_compounds < 2:  # one compound is no series
        raise InputError(f"min_compounds {min_compounds}", remedy="two compounds make a series")
    table = measured(frame)
    members = shared_parts(list(table["smiles"]), min_compounds=min_compounds, min_atoms=min_atoms)
    scaffold_of: dict[int, str] = {}
    while members:
        best = max(members, key=lambda part: (weight(part, len(members[part])), part))
        taken = members.pop(best)
        scaffold_of.update(dict.fromkeys(taken, best))
        members = {
            part: left
            for part, rows in members.items()
            if len(left := rows - taken) >= min_compounds
        }
    scaffolds = [scaffold_of.get(row, "") for row in range(len(table))]
    names = _names(scaffolds)
    return pd.DataFrame(
        {
            "compound_id": table["compound_id"],
            "series": [names[scaffold] for scaffold in scaffolds],
            "series_id": [scaffold_id(scaffold) for scaffold in scaffolds],
            "scaffold": scaffolds,
        }
    )


def series_table(
    frame: pd.DataFrame,
    *,
    min_compounds: int = 5,
    min_atoms: int = 9,
    assigned: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row a series: how many compounds, how good, how long it was worked on.

    Parameters
    ----------
    frame
        One assay's values, with ``date`` where it is known when a compound was made.
    assigned
        From :func:`assign_series`, if it is at hand.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`SERIES_COLUMNS`, the largest first, compounds without a series last. `best`
        is the highest exact value and `median` the median of the exact ones; `share_bounds` of the
        compounds have a bound or nothing. `first` and `last` are dates; `n_scaffolds` is the number
        of different Murcko scaffolds inside.
    """
    table = measured(frame)
    if assigned is None:
        assigned = assign_series(frame, min_compounds=min_compounds, min_atoms=min_atoms)
    table = table.assign(
        **{name: assigned[name].to_numpy() for name in ("series", "series_id", "scaffold")},
        murcko=[murcko_scaffold(smiles) for smiles in table["smiles"]],
        exact=table["p_value"].where(table["p_relation"] == EXACT),
    )
    rows = []
    for (series, identifier, scaffold), part in table.groupby(
        ["series", "series_id", "scaffold"], sort=False
    ):
        exact = part["exact"].dropna()
        best = int(exact.argmax()) if len(exact) else None
        rows.append(
            (
                series, identifier, scaffold, len(part), len(exact),
                np.nan if best is None else float(exact.iloc[best]),
                "" if best is None else str(part.loc[exact.index, "compound_id"].iloc[best]),
                float(exact.median()) if len(exact) else np.nan,
                1 - len(exact) / len(part),
                part["date"].min(), part["date"].max(), part["murcko"].nunique(),
            )
        )  # fmt: skip
    answer = pd.DataFrame(rows, columns=list(SERIES_COLUMNS))
    left_over = answer["series"] == NO_SERIES
    return (
        answer.assign(left_over=left_over)
        .sort_values(["left_over", "n", "series"], ascending=[True, False, True])
        .drop(columns="left_over")
        .reset_index(drop=True)
    )


def _names(scaffolds: list[str]) -> dict[str, str]:
    """Return scaffold -> name; a name that two scaffolds would share gets a number."""
    names = {"": NO_SERIES}
    seen: dict[str, int] = defaultdict(int)
    for scaffold in sorted(set(scaffolds) - {""}, key=lambda s: (-scaffolds.count(s), s)):
        name = scaffold_name(scaffold)
        seen[name] += 1
        names[scaffold] = name if seen[name] == 1 else f"{name} ({seen[name]})"
    return names
