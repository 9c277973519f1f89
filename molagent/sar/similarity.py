"""How alike structures are by Morgan counts, and the nearest ones with a measured value.

Count Tanimoto (MinMax; Ralaivola et al. 2005, doi:10.1016/j.neunet.2005.07.009):
``sum(min(a, b)) / sum(max(a, b))``.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from molagent.chem.fingerprints import morgan_counts
from molagent.chem.molecules import canonical_smiles
from molagent.errors import InputError
from molagent.records import FloatArray
from molagent.sar.measured import measured

__all__ = ["count_tanimoto", "nearest_measured", "similar_rows"]

_BLOCK: Final = 512
_NEIGHBOUR_COLUMNS: Final = (
    "query", "query_smiles", "rank", "similarity", "compound_id", "smiles", "p_value",
    "p_relation", "n", "sd",
)  # fmt: skip


def count_tanimoto(queries: npt.NDArray[np.uint16], library: npt.NDArray[np.uint16]) -> FloatArray:
    """Return count Tanimoto similarities, ``Q x N``, 0..1; 0 for two empty rows.

    Parameters
    ----------
    queries, library
        Counts from :func:`molagent.chem.fingerprints.morgan_counts`, ``Q x B`` and ``N x B``.

    Examples
    --------
    >>> a, b = np.array([[2, 1]], dtype=np.uint16), np.array([[1, 1]], dtype=np.uint16)
    >>> count_tanimoto(a, b).round(3).tolist()
    [[0.667]]
    """
    columns = _unary_columns(np.vstack([queries, library]))
    # min(a, b) is the number of levels that both counts reach: one matrix product does them all.
    common = _unary(queries, columns) @ _unary(library, columns).T
    sizes = queries.sum(axis=1, dtype=np.int64)[:, None] + library.sum(axis=1, dtype=np.int64)
    union = sizes - common
    answer: FloatArray = np.divide(
        common, union, out=np.zeros(union.shape, dtype=np.float64), where=union > 0
    )
    return answer


def similar_rows(
    smiles_list: Sequence[str], at_least: float
) -> Iterator[tuple[npt.NDArray[np.int_], npt.NDArray[np.int_], FloatArray]]:
    """Yield, in blocks, the pairs of rows ``i < j`` that are alike, and how much.

    Parameters
    ----------
    at_least
        Smallest similarity, 0..1.
    """
    counts = morgan_counts(smiles_list)
    for start in range(0, len(counts), _BLOCK):
        block = count_tanimoto(counts[start : start + _BLOCK], counts[start:])
        rows, columns = np.nonzero(np.triu(block >= at_least, k=1))
        yield rows + start, columns + start, block[rows, columns]


def nearest_measured(
    frame: pd.DataFrame, smiles_list: Sequence[str], *, k: int = 5, itself: bool = False
) -> pd.DataFrame:
    """Return the nearest measured compounds of some structures.

    Parameters
    ----------
    frame
        One assay's values; see :func:`molagent.sar.measured.measured`. Compounds without a value
        are left out.
    smiles_list
        Structures to look from, Q of them.
    k
        Neighbours of each.
    itself
        Whether a compound of the same canonical SMILES counts as a neighbour.

    Returns
    -------
    pandas.DataFrame
        Q x k rows at most: ``query`` (place in the list), ``query_smiles, rank, similarity,
        compound_id, smiles, p_value, p_relation, n, sd``.

    Raises
    ------
    InputError
        If `k` is below 1 or nothing is measured.
    """
    table = measured(frame)
    table = table[table["p_value"].notna()].reset_index(drop=True)
    if k < 1 or table.empty:
        raise InputError(
            f"k = {k} neighbours of {len(table)} measured compounds", remedy="k is 1 or more"
        )
    library = morgan_counts(list(table["smiles"]))
    canonical = [canonical_smiles(text) for text in table["smiles"]]
    parts = []
    similarities = count_tanimoto(morgan_counts(smiles_list), library)
    for place, (smiles, row) in enumerate(zip(smiles_list, similarities, strict=True)):
        # Ties fall to the compound id, so that the answer does not depend on the order of rows.
        order = np.lexsort((table["compound_id"].to_numpy(), -row))
        if not itself:
            own = canonical_smiles(smiles)
            order = np.array([i for i in order if canonical[i] != own], dtype=int)
        best = order[:k]
        parts.append(
            table.loc[best].assign(
                query=place,
                query_smiles=smiles,
                rank=np.arange(1, len(best) + 1),
                similarity=row[best],
            )
        )
    answer = pd.concat(parts) if parts else pd.DataFrame(columns=list(_NEIGHBOUR_COLUMNS))
    return answer[list(_NEIGHBOUR_COLUMNS)].reset_index(drop=True)


def _unary_columns(counts: npt.NDArray[np.uint16]) -> list[tuple[npt.NDArray[np.int_], int]]:
    """Return, for every level, the bins in which some count reaches it."""
    highest = counts.max(axis=0, initial=0)
    return [
        (np.flatnonzero(highest >= level), level)
        for level in range(1, int(highest.max(initial=0)) + 1)
    ]


def _unary(
    counts: npt.NDArray[np.uint16], columns: list[tuple[npt.NDArray[np.int_], int]]
) -> npt.NDArray[np.float32]:
    parts = [(counts[:, bins] >= level).astype(np.float32) for bins, level in columns]
    return np.hstack([np.zeros((len(counts), 0), dtype=np.float32), *parts])
