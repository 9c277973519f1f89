"""Activity cliffs: compounds that look alike and act very differently."""

from typing import Final

import numpy as np
import pandas as pd

from molagent.chem.fingerprints import morgan_counts
from molagent.chem.fragments import flat
from molagent.errors import InputError
from molagent.sar.differences import difference, least_size
from molagent.sar.measured import measured
from molagent.sar.pairs import find_pairs
from molagent.sar.similarity import count_tanimoto, similar_rows

__all__ = ["CLIFF_COLUMNS", "find_cliffs"]

CLIFF_COLUMNS: Final = (
    "weaker", "stronger", "smiles_weaker", "smiles_stronger", "p_weaker", "relation_weaker",
    "p_stronger", "relation_stronger", "delta", "relation", "similarity", "sali", "matched_pair",
    "from", "to", "kind",
)  # fmt: skip
# Two compounds of one fingerprint would divide by zero: alike as they are, they are no more alike
# than a pair that differs in one bin of many.
_SMALLEST_DISTANCE: Final = 0.01


def find_cliffs(
    frame: pd.DataFrame,
    *,
    min_delta: float = 2.0,
    min_similarity: float = 0.65,
    max_changed: int = 16,
    pairs: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return pairs of similar compounds whose values are far apart.

    A pair counts as similar if its count Tanimoto similarity is at least `min_similarity` or it is
    a matched molecular pair of a small change (Hu et al. 2012, doi:10.1021/ci3001138), and as far
    apart if the
    difference is at least `min_delta` for certain: ``< 4.0`` beside ``6.5`` is, ``< 6.0`` beside
    ``6.5`` is not.

    Parameters
    ----------
    frame
        One assay's values; see :func:`molagent.sar.measured.measured`.
    min_delta
        In log units; 2 is a factor of a hundred.
    min_similarity
        Of Morgan counts of radius 2, 0..1.
    max_changed
        Most heavy atoms of both changing parts of a matched pair together.
    pairs
        From :func:`molagent.sar.pairs.find_pairs`, if they are at hand.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`CLIFF_COLUMNS`, the highest SALI first. `delta` is above zero, with
        `relation` ``>`` where it is a lower bound; `sali` is ``delta / (1 - similarity)`` (Guha and
        Van Drie 2008, doi:10.1021/ci7004093), the distance taken as 0.01 at least. ``from``,
        ``to`` and ``kind`` tell the change from the weaker to the stronger compound where they are
        a matched pair, '' where not; ``kind`` is ``stereo`` where only the configuration
        differs.

    Raises
    ------
    InputError
        If a limit is out of range.
    """
    if min_delta <= 0 or not 0 <= min_similarity <= 1:
        raise InputError(
            f"min_delta {min_delta}, min_similarity {min_similarity}",
            remedy="min_delta is above 0, min_similarity 0 to 1",
        )
    table = measured(frame)
    matched = _matched(find_pairs(frame) if pairs is None else pairs, table, max_changed)
    rows = [*_alike(table, min_similarity)]
    alike = pd.concat(rows) if rows else pd.DataFrame(columns=["i", "j", "similarity"])
    both = alike.merge(matched, on=["i", "j"], how="outer")
    both = _with_differences(both, table)
    both = both[least_size(both["delta"].to_numpy(), both["relation"].to_numpy(str)) >= min_delta]
    return _ordered(_from_weaker(both.copy(), table))


def _alike(table: pd.DataFrame, at_least: float) -> list[pd.DataFrame]:
    blocks = similar_rows(list(table["smiles"]), at_least)
    return [pd.DataFrame({"i": i, "j": j, "similarity": s}) for i, j, s in blocks]


def _matched(pairs: pd.DataFrame, table: pd.DataFrame, max_changed: int) -> pd.DataFrame:
    """Return matched pairs by row number, ``i < j``; `turned` where `from` belongs to j."""
    place = {name: row for row, name in enumerate(table["compound_id"])}
    chosen = pairs[pairs["smallest"].astype(bool) & (pairs["heavy_changed"] <= max_changed)]
    a, b = (chosen[f"compound_{side}"].map(place).to_numpy(dtype=int) for side in "ab")
    answer = chosen[["from", "to", "kind"]].assign(
        i=np.minimum(a, b), j=np.maximum(a, b), turned=a > b
    )
    return answer.reset_index(drop=True)


def _with_differences(both: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    i, j = both["i"].to_numpy(dtype=int), both["j"].to_numpy(dtype=int)
    p, relation = table["p_value"].to_numpy(), table["p_relation"].to_numpy(dtype=str)
    delta, known = difference(p[i], relation[i], p[j], relation[j])
    return both.assign(delta=delta, relation=known)


def _from_weaker(both: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs written from the weaker compound to the stronger."""
    down = both["delta"].to_numpy() < 0
    i, j = both["i"].to_numpy(dtype=int), both["j"].to_numpy(dtype=int)
    for name, rows in (("weaker", np.where(down, j, i)), ("stronger", np.where(down, i, j))):
        taken = table.loc[rows]
        both[name] = taken["compound_id"].to_numpy()
        both[f"smiles_{name}"] = taken["smiles"].to_numpy()
        both[f"p_{name}"] = taken["p_value"].to_numpy()
        both[f"relation_{name}"] = taken["p_relation"].to_numpy()
    both["delta"] = both["delta"].abs()
    both["relation"] = np.where(both["relation"] == "=", "=", ">")
    both["matched_pair"] = both["from"].notna()
    # `from` belongs to i unless the pair is turned; the weaker one is i unless the value falls.
    other_way = both["turned"].eq(other=True).to_numpy() != down
    start, end = both["from"].fillna(""), both["to"].fillna("")
    both["from"], both["to"] = np.where(other_way, end, start), np.where(other_way, start, end)
    stereo = [flat(a) == flat(b) for a, b in both[["smiles_weaker", "smiles_stronger"]].to_numpy()]
    both["kind"] = np.where(stereo, "stereo", both["kind"].fillna(""))
    return both


def _ordered(both: pd.DataFrame) -> pd.DataFrame:
    missing = both["similarity"].isna()
    if missing.any():
        both.loc[missing, "similarity"] = [
            float(count_tanimoto(morgan_counts([one]), morgan_counts([other]))[0, 0])
            for one, other in both.loc[missing, ["smiles_weaker", "smiles_stronger"]].to_numpy()
        ]
    both["sali"] = both["delta"] / np.maximum(1 - both["similarity"], _SMALLEST_DISTANCE)
    ordered = both.sort_values(
        ["sali", "weaker", "stronger"], ascending=[False, True, True], kind="stable"
    )
    return ordered[list(CLIFF_COLUMNS)].reset_index(drop=True)
