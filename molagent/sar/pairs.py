"""Matched molecular pairs: two compounds of one assay that differ in one place."""

import re
from collections import defaultdict
from functools import lru_cache
from itertools import combinations
from typing import Final

import pandas as pd
from rdkit import Chem

from molagent.chem.fragments import (
    HYDROGEN,
    Fragmentation,
    flat,
    formula_hash,
    fragmentations,
    swapped,
    without_variable,
)
from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError
from molagent.sar.differences import difference
from molagent.sar.measured import measured

__all__ = ["KINDS", "PAIR_COLUMNS", "find_pairs"]

#: What a change is called, in the order in which the rules are tried.
KINDS: Final = {
    "stereo": "the same atoms and bonds, another configuration",
    "hydrogen": "a hydrogen becomes a substituent",
    "ring": "one ring system becomes another",
    "ring-chain": "a chain becomes a ring system",
    "substituent": "one substituent without rings becomes another",
    "linker": "one chain between two parts becomes another",
}

PAIR_COLUMNS: Final = (
    "from", "to", "kind", "cuts", "context", "constant", "compound_a", "compound_b",
    "smiles_a", "smiles_b", "p_a", "relation_a", "p_b", "relation_b", "delta", "relation",
    "heavy_changed", "smallest",
)  # fmt: skip
_BRACKETS: Final = re.compile(r"\[[^]]*\]")
_RING_CLOSURE: Final = re.compile(r"[0-9%]")
_VALUES: Final = ("compound_id", "smiles", "p_value", "p_relation")


def find_pairs(
    frame: pd.DataFrame,
    *,
    max_variable: int = 13,
    max_cuts: int = 2,
    smallest_only: bool = False,
) -> pd.DataFrame:
    """Return the matched molecular pairs of one assay.

    Every compound is cut at one and at two bonds; compounds with the same constant part pair up
    (Hussain and Rea 2010, doi:10.1021/ci900450m). A hydrogen counts as a substituent.

    Parameters
    ----------
    frame
        One assay's values; see :func:`molagent.sar.measured.measured`.
    max_variable
        Most heavy atoms of a changing part; it is never more than half of its compound.
    max_cuts
        1 for substituents at the rim, 2 for linkers and inner rings too.
    smallest_only
        Leave out, of the ways to see one pair, all but the one that changes the fewest atoms.

    Returns
    -------
    pandas.DataFrame
        One row a pair and way to see it, columns :data:`PAIR_COLUMNS`. `delta` is `p_b` − `p_a`
        with its `relation`: ``>`` where one of the two is a bound and the difference is at least
        `delta`, ``<`` where at most, ``~`` (and NaN) where nothing is known. ``from`` and ``to``
        are written so that the same change reads the same in every pair; it goes from the smaller
        part to the larger. `context` is what the changing part hangs on. `smallest` marks the way
        that changes the fewest atoms.

    Raises
    ------
    InputError
        If the rows are of more than one assay, or a setting is out of range.

    Examples
    --------
    >>> rows = {"compound_id": ["phenol", "anisole"], "smiles": ["Oc1ccccc1", "COc1ccccc1"]}
    >>> pairs = find_pairs(pd.DataFrame({**rows, "p_value": [5.0, 6.0]}), smallest_only=True)
    >>> pairs[["from", "to", "delta"]].values.tolist()
    [['*[H]', '*C', 1.0]]
    """
    if max_cuts not in (1, 2) or max_variable < 1:
        raise InputError(
            f"max_cuts {max_cuts}, max_variable {max_variable}",
            remedy="max_cuts is 1 or 2, max_variable 1 or more",
        )
    table = measured(frame)
    groups, contexts = _grouped(table, max_variable=max_variable, max_cuts=max_cuts)
    pairs = _paired(groups, contexts)
    if pairs.empty:
        return pd.DataFrame(columns=list(PAIR_COLUMNS))
    pairs = _with_values(pairs, table)
    if smallest_only:
        pairs = pairs[pairs["smallest"]]
    ordered = pairs.sort_values(["from", "to", "compound_a", "compound_b"], kind="stable")
    return ordered[list(PAIR_COLUMNS)].reset_index(drop=True)


def _grouped(
    table: pd.DataFrame, *, max_variable: int, max_cuts: int
) -> tuple[dict[str, dict[tuple[int, str], int]], dict[str, str]]:
    """Return constant part -> (row, variable part) -> heavy atoms, and the constants' contexts."""
    groups: dict[str, dict[tuple[int, str], int]] = defaultdict(dict)
    rows_of: dict[str, list[int]] = defaultdict(list)
    formulas: set[int] = set()
    pieces: list[list[Fragmentation]] = []
    for row, smiles in enumerate(table["smiles"]):
        mol = parse_smiles(smiles)
        rows_of[Chem.MolToSmiles(mol)].append(row)
        formulas.add(formula_hash(mol))
        pieces.append(fragmentations(mol, max_variable=max_variable, max_cuts=max_cuts))
    bare: dict[str, int] = {}
    contexts: dict[str, str] = {}
    for row, items in enumerate(pieces):
        for item in items:
            groups[item.constant][row, item.variable] = item.heavy
            contexts[item.constant] = item.context
            if item.cuts == 1:
                bare[item.constant] = item.hydrogen_formula
    for constant, formula in bare.items():
        if formula in formulas:
            for row in rows_of.get(without_variable(constant), ()):
                groups[constant][row, HYDROGEN] = 0
    return groups, contexts


def _paired(
    groups: dict[str, dict[tuple[int, str], int]], contexts: dict[str, str]
) -> pd.DataFrame:
    rows = []
    for constant, members in groups.items():
        if len(members) < 2:  # a pair
            continue
        cuts = constant.count("*")
        for one, other in combinations(members, 2):
            (row_a, variable_a), (row_b, variable_b) = one, other
            if row_a == row_b or variable_a == variable_b:
                continue
            start, end, turned = _written(
                variable_a, members[one], variable_b, members[other], cuts
            )
            first, second = (row_b, row_a) if turned else (row_a, row_b)
            heavy = members[one] + members[other]
            rows.append((start, end, cuts, contexts[constant], constant, first, second, heavy))
    names = ["from", "to", "cuts", "context", "constant", "a", "b", "heavy_changed"]
    return pd.DataFrame(rows, columns=names)


@lru_cache(maxsize=200_000)
def _written(
    variable_a: str, heavy_a: int, variable_b: str, heavy_b: int, cuts: int
) -> tuple[str, str, bool]:
    """Return a change as it reads in every pair, and whether it goes from b to a there."""
    one, other = (heavy_a, variable_a), (heavy_b, variable_b)
    ways = [(one, other, False), (other, one, True)]
    if cuts > 1:
        # The outer parts number the attachment points, and they differ from pair to pair.
        one, other = (heavy_a, swapped(variable_a)), (heavy_b, swapped(variable_b))
        ways += [(one, other, False), (other, one, True)]
    start, end, turned = min(ways)
    return start[1], end[1], turned


def _with_values(pairs: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    kinds = {key: _kind(*key) for key in set(zip(pairs["from"], pairs["to"], strict=True))}
    pairs["kind"] = [kinds[key] for key in zip(pairs["from"], pairs["to"], strict=True)]
    for side in "ab":
        names = [f"compound_{side}", f"smiles_{side}", f"p_{side}", f"relation_{side}"]
        taken = table[list(_VALUES)].to_numpy(dtype=object)[pairs[side].to_numpy(dtype=int)]
        pairs[names] = taken
    pairs[["p_a", "p_b"]] = pairs[["p_a", "p_b"]].astype(float)
    pairs["delta"], pairs["relation"] = difference(
        pairs["p_a"], pairs["relation_a"], pairs["p_b"], pairs["relation_b"]
    )
    # Symmetric compounds show one change at several places: it is one observation.
    ranked = pairs.sort_values(["heavy_changed", "cuts", "from", "to", "constant"], kind="stable")
    ranked = ranked.drop_duplicates(["from", "to", "a", "b"])
    low, high = ranked[["a", "b"]].min(axis=1), ranked[["a", "b"]].max(axis=1)
    ranked["smallest"] = ~pd.DataFrame({"low": low, "high": high}).duplicated()
    return ranked


def _kind(start: str, end: str) -> str:
    if start == HYDROGEN:
        return "hydrogen"
    if flat(start) == flat(end):
        return "stereo"
    rings = _has_ring(start) + _has_ring(end)
    if rings:
        return "ring" if rings == 2 else "ring-chain"  # both parts
    return "linker" if "[2*]" in start else "substituent"


def _has_ring(variable: str) -> bool:
    return bool(_RING_CLOSURE.search(_BRACKETS.sub("", variable)))
