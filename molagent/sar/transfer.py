"""Does what was learned in one series hold in another (SAR transfer).

Two series agree where the same changes have the same effects in both; then a change that only one
of them has seen is worth making in the other (compare Wassermann and Bajorath 2011,
doi:10.1021/ci200254k).
"""

from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from molagent.sar.measured import EXACT
from molagent.sar.series import NO_SERIES

__all__ = ["AGREEMENT_COLUMNS", "series_agreement", "shared_changes"]

AGREEMENT_COLUMNS: Final = ("series_1", "series_2", "n_shared", "pearson_r", "rms_gap", "same_sign")


def shared_changes(pairs: pd.DataFrame, assigned: pd.DataFrame) -> pd.DataFrame:
    """Return the mean effect of every change within every series.

    Parameters
    ----------
    pairs
        From :func:`molagent.sar.pairs.find_pairs`.
    assigned
        From :func:`molagent.sar.series.assign_series`.

    Returns
    -------
    pandas.DataFrame
        ``series, from, to, n, mean`` of pairs with two exact values inside one series, each under
        the way to see it that changes the fewest atoms; changes of configuration are left out.
    """
    series = dict(zip(assigned["compound_id"], assigned["series"], strict=True))
    chosen = pairs[
        pairs["smallest"].astype(bool) & (pairs["relation"] == EXACT) & (pairs["kind"] != "stereo")
    ]
    first, second = (chosen[f"compound_{side}"].map(series) for side in "ab")
    inside = chosen.assign(series=first)[(first == second) & (first != NO_SERIES)]
    table = inside.groupby(["series", "from", "to"], as_index=False)["delta"].agg(["count", "mean"])
    return table.rename(columns={"count": "n"})[["series", "from", "to", "n", "mean"]]


def series_agreement(
    pairs: pd.DataFrame, assigned: pd.DataFrame, *, min_shared: int = 5
) -> pd.DataFrame:
    """Return how far every two series agree about the changes that both have seen.

    Parameters
    ----------
    min_shared
        Fewest shared changes of two series.

    Returns
    -------
    pandas.DataFrame
        ``series_1, series_2, n_shared, pearson_r, rms_gap`` (log units)``, same_sign`` (share),
        the most shared first. The correlation is of single changes, each as often as it is, one
        pair or many.
    """
    changes = shared_changes(pairs, assigned)
    by_series = {
        str(name): part.set_index(["from", "to"])["mean"]
        for name, part in changes.groupby("series")
    }
    rows = []
    for one, other in combinations(sorted(by_series), 2):
        both = pd.concat([by_series[one], by_series[other]], axis=1, join="inner").to_numpy(float)
        if len(both) >= max(min_shared, 2):
            gap = both[:, 0] - both[:, 1]
            spread = both.std(axis=0)
            r = float(np.corrcoef(both.T)[0, 1]) if spread.min() > 0 else float("nan")
            same = float((np.sign(both[:, 0]) == np.sign(both[:, 1])).mean())
            rows.append((one, other, len(both), r, float(np.sqrt((gap**2).mean())), same))
    table = pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))
    return table.sort_values(
        ["n_shared", "series_1", "series_2"], ascending=[False, True, True]
    ).reset_index(drop=True)
