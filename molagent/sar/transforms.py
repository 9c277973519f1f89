"""What a change did on average, how often it was seen, and what it suggests for a compound."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from rdkit import Chem
from scipy.stats import t as student

from molagent.chem.assembly import joined
from molagent.chem.fragments import (
    HYDROGEN,
    Fragmentation,
    attachment,
    fragmentations,
    swapped,
    with_point,
)
from molagent.chem.molecules import canonical_smiles, parse_smarts, parse_smiles
from molagent.errors import InputError, NotFoundError
from molagent.sar.differences import normal_mean, sign
from molagent.sar.measured import ABOVE, BELOW, EXACT, UNKNOWN

__all__ = ["TRANSFORM_COLUMNS", "SeenChanges", "pairs_behind", "suggest_changes", "transform_table"]

TRANSFORM_COLUMNS: Final = (
    "from", "to", "kind", "context", "n", "mean", "sd", "se", "low", "high", "median",
    "n_up", "n_down", "n_bounds", "n_unknown", "mean_with_bounds", "effect",
)  # fmt: skip
_KEY: Final = ("from", "to", "context")
#: Fewer exact pairs than this make no statement.
_FEWEST: Final = 3
_CONFIDENCE: Final = 0.95
_PRIOR_PAIRS: Final = 4
_SUGGESTION_COLUMNS: Final = (
    "smiles", "from", "to", "kind", "context", "n", "mean", "sd", "se", "n_up", "n_down",
    "n_bounds", "expected", "expected_sd", "known_as", "constant",
)  # fmt: skip
_EVIDENCE: Final = (
    "from", "to", "kind", "context", "n", "mean", "sd", "se", "n_up", "n_down", "n_bounds",
)  # fmt: skip


def transform_table(
    pairs: pd.DataFrame,
    *,
    min_pairs: int = 1,
    every_way: bool = False,
    by_context: bool = False,
) -> pd.DataFrame:
    """Return one row a change, with what it did.

    Parameters
    ----------
    pairs
        From :func:`molagent.sar.pairs.find_pairs`.
    min_pairs
        Leave out changes with fewer pairs of which anything is known, bounds among them.
    every_way
        Count a pair under every way to see it, so that ``OCH3 → OC2H5`` stands beside
        ``CH3 → C2H5``; without it, only under the way that changes the fewest atoms.

    by_context
        Tell apart what the changing part hangs on: a chlorine on an aromatic carbon is not one on
        an aliphatic carbon. `context` is ``any`` without it.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`TRANSFORM_COLUMNS`, the commonest first. `n`, `mean`, `sd`, `se`
        (``sd / sqrt(n)``), the 95 % interval `low` to `high` (Student's t) and `median` are of
        pairs in which both values are exact. A pair with one bound counts in `n_bounds`, in
        `n_up` or `n_down` where its sign is certain, and in `mean_with_bounds` (see
        :func:`molagent.sar.differences.normal_mean`; NaN below three exact pairs), never in
        `mean`. `effect` is ``raises`` or ``lowers`` where the interval leaves out zero,
        ``no clear effect``, or ``too few`` below three exact pairs. Pairs that share compounds
        are not independent, and among many changes some intervals leave out zero by chance.
    """
    chosen = pairs if every_way else pairs[pairs["smallest"].astype(bool)]
    if not by_context:
        chosen = chosen.assign(context="any")
    table = _counts(chosen)
    table = table[table["n"] + table["n_bounds"] >= min_pairs].copy()
    table["se"] = table["sd"] / np.sqrt(table["n"].where(table["n"] > 1))
    margin = table["se"] * student.ppf((1 + _CONFIDENCE) / 2, np.maximum(table["n"] - 1, 1))
    table["low"], table["high"] = table["mean"] - margin, table["mean"] + margin
    table["effect"] = _effects(table)
    table["mean_with_bounds"] = _means_with_bounds(chosen, table)
    order = ["n", "n_bounds", *_KEY]
    table = table.sort_values(order, ascending=[False, False, True, True, True])
    return table[list(TRANSFORM_COLUMNS)].reset_index(drop=True)


def pairs_behind(pairs: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """Return the pairs behind one change, the largest rise first; the unknown ones last.

    Parameters
    ----------
    start, end
        As in the columns ``from`` and ``to``; the other way round the differences change sign.

    Raises
    ------
    NotFoundError
        If no pair shows the change.
    """
    found = pairs[(pairs["from"] == start) & (pairs["to"] == end)]
    if found.empty:
        found = _reversed(pairs[(pairs["from"] == end) & (pairs["to"] == start)])
    if found.empty:
        known = sorted({f"{a} → {b}" for a, b in zip(pairs["from"], pairs["to"], strict=True)})
        raise NotFoundError("change", f"{start} → {end}", known=known[:20])
    return found.sort_values(
        ["delta", "compound_a", "compound_b"], ascending=[False, True, True]
    ).reset_index(drop=True)


def suggest_changes(
    smiles: str,
    pairs: pd.DataFrame,
    *,
    p_value: float | None = None,
    min_pairs: int = _FEWEST,
    known: pd.DataFrame | None = None,
    leave: Collection[str] = (),
) -> pd.DataFrame:
    """Return what changes the matched pairs suggest for one compound.

    Parameters
    ----------
    smiles
        The compound; it need not be among the measured ones.
    pairs
        From :func:`molagent.sar.pairs.find_pairs`.
    p_value
        Its exact value, if there is one: then `expected` is filled.
    min_pairs
        Fewest exact pairs behind a suggestion.
    known
        ``compound_id, smiles`` of compounds that exist; a suggestion that is one says so in
        `known_as`. Without it, the compounds of the pairs.
    leave
        SMARTS of parts that must stay as they are.

    Only changes that were seen on the same kind of atom count (aromatic carbon, amide nitrogen).

    Returns
    -------
    pandas.DataFrame
        One row a new structure, the highest mean change first: ``smiles, from, to, kind, context,
        n, mean, sd, se, n_up, n_down, n_bounds, expected, expected_sd, known_as, constant``. Where
        several changes lead to one structure, the one with the most exact pairs stands. `expected`
        is `p_value` + `mean`, `expected_sd` the spread of one further pair,
        ``s sqrt(1 + 1 / n)``, where s is `sd` drawn towards the pooled spread of all changes as if
        four more differences had that spread: three pairs that agree by chance are no certainty.
        Pairs that the compound itself takes part in are left out: they
        would be its own measurement, not evidence.

    Raises
    ------
    StructureError
        If the structure cannot be read.
    InputError
        If `p_value` is not finite.
    """
    if p_value is not None and not np.isfinite(p_value):
        raise InputError(f"the value {p_value}", remedy="leave it out where it is not known")
    mol = parse_smiles(smiles)
    own = Chem.MolToSmiles(mol)
    places = list(_places(mol, leave))
    parts = {item.variable for item in places}
    parts |= {swapped(variable) for variable in parts if "[2*]" in variable}
    others = _without(pairs[pairs["from"].isin(parts) | pairs["to"].isin(parts)], own)
    found = SeenChanges(others, min_pairs=min_pairs).products(places, own)
    answer = pd.DataFrame(list(found.values()), columns=list(_SUGGESTION_COLUMNS))
    answer["known_as"] = answer["smiles"].map(_names(pairs if known is None else known)).fillna("")
    answer["expected"] = (np.nan if p_value is None else p_value) + answer["mean"].astype(float)
    n = answer["n"].astype(float)
    pooled = _pooled_variance(pairs)
    variance = ((n - 1) * answer["sd"].astype(float) ** 2 + _PRIOR_PAIRS * pooled) / (
        n - 1 + _PRIOR_PAIRS
    )
    answer["expected_sd"] = np.sqrt(variance * (1 + 1 / n))
    return answer.sort_values(["mean", "smiles"], ascending=[False, True]).reset_index(drop=True)


class SeenChanges:
    """What matched pairs say of changes, made ready once for many compounds.

    Parameters
    ----------
    pairs
        From :func:`molagent.sar.pairs.find_pairs`.
    min_pairs
        Fewest exact pairs behind a change.
    """

    def __init__(self, pairs: pd.DataFrame, *, min_pairs: int = _FEWEST) -> None:
        table = transform_table(pairs, every_way=True, by_context=True)
        self._changes = _changes(table[table["n"] >= min_pairs])

        self._cuts = 2 if any("[2*]" in start for start, _ in self._changes) else 1

    def at_places_of(self, mol: Chem.Mol) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Return what stays of a compound, the rest, what that may become, and the evidence.

        As of :func:`suggest_changes`, but nothing is put together yet, and pairs of the compound
        itself count as well: where it would be its own evidence, what comes of it is a measured
        compound already.
        """
        return [
            (item.constant, item.variable, end, evidence)
            for item in _places(mol, (), cuts=self._cuts)
            for end, evidence in self._changes.get((item.variable, item.context), ())
        ]

    def products(self, places: list[Fragmentation], own: str) -> dict[str, dict[str, Any]]:
        """Return new structure to its change and evidence; `own` is the compound's structure."""
        found: dict[str, dict[str, Any]] = {}
        for item in places:
            for end, evidence in self._changes.get((item.variable, item.context), ()):
                product = joined(item.constant, end)
                if product is None or product == own:
                    continue
                entry = {"smiles": product, "constant": item.constant, **evidence}
                if product not in found or evidence["n"] > found[product]["n"]:
                    found[product] = entry
        return found


def _pooled_variance(pairs: pd.DataFrame) -> float:
    """Return how far pairs of one change differ from its mean, squared, over all changes."""
    exact = pairs[pairs["smallest"].astype(bool) & (pairs["relation"] == EXACT)]
    spread = exact.groupby(["from", "to"])["delta"].agg(["count", "var"]).dropna()
    freedom = spread["count"] - 1
    return float((freedom * spread["var"]).sum() / max(float(freedom.sum()), 1.0))


def _counts(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return for every change the counts, and mean, sd and median of the exact pairs."""
    delta, relation = pairs["delta"].to_numpy(float), pairs["relation"].to_numpy(str)
    certain = sign(delta, relation)
    marked = pairs[["from", "to", "context", "kind"]].assign(
        exact=np.where(relation == EXACT, delta, np.nan),
        up=certain > 0,
        down=certain < 0,
        bound=(relation == ABOVE) | (relation == BELOW),
        unknown=relation == UNKNOWN,
    )
    return marked.groupby(list(_KEY), sort=False, as_index=False).agg(
        kind=("kind", "first"),
        n=("exact", "count"),
        mean=("exact", "mean"),
        sd=("exact", "std"),
        median=("exact", "median"),
        n_up=("up", "sum"),
        n_down=("down", "sum"),
        n_bounds=("bound", "sum"),
        n_unknown=("unknown", "sum"),
    )


def _effects(table: pd.DataFrame) -> list[str]:
    def word(n: int, low: float, high: float) -> str:
        if n < _FEWEST:
            return "too few"
        if low > 0:
            return "raises"
        return "lowers" if high < 0 else "no clear effect"

    return [word(*row) for row in zip(table["n"], table["low"], table["high"], strict=True)]


def _means_with_bounds(pairs: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Return the mean of each change with its bounds; the plain mean where there is none."""
    means = table["mean"].where((table["n_bounds"] == 0) | (table["n"] >= _FEWEST))
    wanted = table[(table["n_bounds"] > 0) & (table["n"] >= _FEWEST)]
    places = wanted[list(_KEY)].assign(place=wanted.index)
    for place, part in pairs.merge(places, on=list(_KEY)).groupby("place", sort=False):
        delta, relation = part["delta"].to_numpy(float), part["relation"].to_numpy(str)
        means.loc[[place]] = normal_mean(delta, relation)[0]
    return means


def _reversed(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return pairs the other way round."""
    turned = pairs.rename(
        columns={
            "from": "to", "to": "from", "compound_a": "compound_b", "compound_b": "compound_a",
            "smiles_a": "smiles_b", "smiles_b": "smiles_a", "p_a": "p_b", "p_b": "p_a",
            "relation_a": "relation_b", "relation_b": "relation_a",
        }
    )  # fmt: skip
    turned["delta"] = -turned["delta"]
    turned["relation"] = turned["relation"].replace({ABOVE: BELOW, BELOW: ABOVE})
    return turned[list(pairs.columns)]


def _without(pairs: pd.DataFrame, smiles: str) -> pd.DataFrame:
    """Leave out the pairs of one compound."""
    texts = set(pairs["smiles_a"]) | set(pairs["smiles_b"])
    # Stored structures may be written in another way than RDKit's canonical one.
    same = {text for text in texts if text == smiles or canonical_smiles(text) == smiles}
    return pairs[~(pairs["smiles_a"].isin(same) | pairs["smiles_b"].isin(same))]


def _names(compounds: pd.DataFrame) -> dict[str, str]:
    """Return canonical SMILES -> compound id."""
    if "compound_a" in compounds:
        sides = [compounds[[f"compound_{s}", f"smiles_{s}"]].to_numpy() for s in "ab"]
        rows = dict.fromkeys(map(tuple, np.concatenate(sides)))
    else:
        rows = dict.fromkeys(
            compounds[["compound_id", "smiles"]].itertuples(index=False, name=None)
        )
    return {canonical_smiles(str(smiles)): str(name) for name, smiles in rows}


def _changes(table: pd.DataFrame) -> dict[tuple[str, str], list[tuple[str, dict[str, Any]]]]:
    """Return variable part and context -> what it may become, with the evidence for that."""
    changes: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for values in table[list(_EVIDENCE)].itertuples(index=False, name=None):
        row: dict[str, Any] = dict(zip(_EVIDENCE, values, strict=True))
        back = {
            **row, "from": row["to"], "to": row["from"], "mean": -row["mean"],
            "n_up": row["n_down"], "n_down": row["n_up"],
        }  # fmt: skip
        for evidence in (row, back):
            start, end = str(evidence["from"]), str(evidence["to"])
            context = str(evidence["context"])
            changes[start, context].append((end, evidence))
            if "[2*]" in start:
                changes[swapped(start), context].append((swapped(end), evidence))
    return changes


def _places(mol: Chem.Mol, leave: Collection[str], *, cuts: int = 2) -> Iterator[Fragmentation]:
    """Return the places of a compound that may change, its hydrogens among them."""
    kept = {
        index
        for pattern in leave
        for match in mol.GetSubstructMatches(parse_smarts(pattern))
        for index in match
    }
    for item in fragmentations(mol, max_cuts=cuts):
        if not kept.intersection(item.atoms):
            yield item
    for atom in mol.GetAtoms():
        if atom.GetTotalNumHs() and atom.GetIdx() not in kept:
            yield Fragmentation(
                constant=with_point(mol, atom.GetIdx()),
                variable=HYDROGEN,
                context=attachment(atom),
                cuts=1,
                heavy=0,
                atoms=(),
                ends=(atom.GetIdx(),),
                hydrogen_formula=0,
            )
