"""Ways to hold data out that resemble how a model is used.

A random split flatters: close analogues stand on both sides. A scaffold split keeps every
Bemis-Murcko scaffold on one side; a time split trains on the past.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from molagent.chem.scaffolds import murcko_scaffold
from molagent.errors import InputError

__all__ = ["random_folds", "scaffold_folds", "time_periods", "time_split"]

FoldArray = npt.NDArray[np.int64]


def random_folds(count: int, *, n_folds: int = 5, seed: int = 0) -> FoldArray:
    """Return a fold number 0..n_folds-1 for each of `count` rows.

    Examples
    --------
    >>> sorted(random_folds(6, n_folds=3).tolist())
    [0, 0, 1, 1, 2, 2]
    """
    return np.random.default_rng(seed).permutation(count) % n_folds


def scaffold_folds(smiles_list: Sequence[str], *, n_folds: int = 5, seed: int = 0) -> FoldArray:
    """Return a fold number for each structure; no scaffold is in two folds.

    The largest scaffolds are placed first, each into the fold with the fewest rows, so folds are
    as even as the scaffolds allow; ties are broken by `seed`. Acyclic structures share one
    scaffold.

    Examples
    --------
    >>> folds = scaffold_folds(["c1ccccc1C", "c1ccccc1O", "C1CCCCC1"], n_folds=2)
    >>> bool(folds[0] == folds[1]), bool(folds[0] == folds[2])
    (True, False)
    """
    members: dict[str, list[int]] = defaultdict(list)
    for row, smiles in enumerate(smiles_list):
        members[murcko_scaffold(smiles)].append(row)
    rng = np.random.default_rng(seed)
    groups = [members[key] for key in sorted(members)]
    order = sorted(
        zip(groups, rng.permutation(len(groups)).tolist(), strict=True),
        key=lambda pair: (-len(pair[0]), pair[1]),
    )
    folds = np.zeros(len(smiles_list), dtype=np.int64)
    sizes = np.zeros(n_folds, dtype=np.int64)
    for rows, _ in order:
        smallest = int(np.argmin(sizes))
        folds[rows] = smallest
        sizes[smallest] += len(rows)
    return folds


def time_split(dates: Sequence[object], *, test_share: float = 0.2) -> npt.NDArray[np.bool_]:
    """Return True for the rows of the latest `test_share`; rows of one date stay together.

    Parameters
    ----------
    dates
        Sortable: ISO dates, years or datetimes. Nothing may be missing.

    Raises
    ------
    InputError
        If all rows have one date.

    Examples
    --------
    >>> time_split([2019, 2020, 2021, 2022, 2023]).tolist()
    [False, False, False, False, True]
    """
    _, rank = np.unique(np.asarray(dates), return_inverse=True)
    border = int(np.sort(rank)[int(len(rank) * (1.0 - test_share))])
    late = rank >= max(border, 1)
    if not late.any():
        raise InputError("all rows have one date", remedy="use the scaffold split")
    return late


def time_periods(dates: Sequence[object], *, count: int = 5, first_share: float = 0.5) -> FoldArray:
    """Return 0 for the earliest `first_share` of the rows, then 1..count for even later slices.

    Rows of one date stay together, so there may be fewer slices than asked for.

    Examples
    --------
    >>> time_periods([2015, 2016, 2017, 2018, 2019, 2020], count=3).tolist()
    [0, 0, 0, 1, 2, 3]
    """
    _, rank = np.unique(np.asarray(dates), return_inverse=True)
    ordered = np.sort(rank)
    shares = np.linspace(first_share, 1.0, count + 1)[:-1]
    borders = [ordered[min(round(len(rank) * share), len(rank) - 1)] for share in shares]
    # The earliest date is always trained on.
    periods: FoldArray = np.searchsorted(np.unique(borders), rank, side="right")
    periods = np.where(rank == 0, 0, periods)
    return np.unique(periods, return_inverse=True)[1].astype(np.int64)
