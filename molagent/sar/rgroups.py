"""R-group tables: a core, and what hangs on each of its positions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import pandas as pd
from rdkit import Chem, rdBase
from rdkit.Chem import rdRGroupDecomposition
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions

from molagent.chem.molecules import canonical_smiles, parse_smarts, parse_smiles
from molagent.errors import InputError, StructureError
from molagent.sar.assembly import zipped
from molagent.sar.fragments import flat
from molagent.sar.measured import ABOVE, BELOW, EXACT, UNKNOWN, measured
from molagent.sar.scaffolds import shared_parts, weight

__all__ = ["CORE", "RGroupTable", "decompose", "find_core", "require_position", "value_matrix"]

#: The column that tells configurations of the core apart.
CORE: Final = "core"
_POINT: Final = re.compile(r"\*:(\d+)\]")
_HYDROGEN: Final = re.compile(r"\[H\]\[\*:\d+\]")
_MOST_ISOMERS: Final = 16
_TIMEOUT_S: Final = 60.0
_VALUES: Final = ("p_value", "p_relation", "n", "sd")


@dataclass(frozen=True)
class RGroupTable:
    """One core and the compounds that have it.

    Attributes
    ----------
    core
        SMILES with ``[*:1]``, ``[*:2]`` at the positions that vary; the commonest, where
        configurations of the core occur.
    positions
        Columns that vary: ``R1``, ``R2`` and so on, the most varied first, and ``core`` where
        the core itself occurs in several configurations.
    rows
        ``compound_id, smiles``, one column a position, ``p_value, p_relation, n, sd``; the best
        exact value first. A substituent is SMILES with its position's point, ``[H][*:1]`` for
        none; a ring that closes over two positions stands in both, with both points.
    unmatched
        ``compound_id, smiles, reason``, in input order.
    """

    core: str
    positions: tuple[str, ...]
    rows: pd.DataFrame
    unmatched: pd.DataFrame

    def counts(self, position: str) -> pd.DataFrame:
        """Return ``substituent, n, n_exact, best, median`` of one position, the commonest first.

        Raises
        ------
        InputError
            If there is no such position.
        """
        require_position(self, position)
        exact = self.rows["p_value"].where(self.rows["p_relation"] == EXACT)
        rows = self.rows.assign(exact=exact, substituent=self.rows[position])
        table = rows.groupby("substituent", as_index=False).agg(
            n=("exact", "size"),
            n_exact=("exact", "count"),
            best=("exact", "max"),
            median=("exact", "median"),
        )
        ordered = table.sort_values(["n", "substituent"], ascending=[False, True])
        return ordered.reset_index(drop=True)


def decompose(
    frame: pd.DataFrame, core: str | None = None, *, timeout_s: float = _TIMEOUT_S
) -> RGroupTable:
    """Return the R-group table of one assay's compounds.

    Parameters
    ----------
    frame
        One assay's values; see :func:`molagent.sar.measured.measured`.
    core
        SMILES or SMARTS. Where positions are marked ``[*:1]``, only they may vary, and they keep
        their numbers. Without a core, :func:`find_core` looks for one.
    timeout_s
        Of RDKit's decomposition, seconds.

    Returns
    -------
    RGroupTable
        Compounds that lack the core are in `unmatched`, and so are those whose parts do not give
        the compound back when they are joined. Where a core is symmetric, RDKit takes the
        orientation in which the substituents of a position are most alike.

    Raises
    ------
    InputError
        If no compound has the core, or no core is found.
    StructureError
        If the core cannot be read.

    Examples
    --------
    >>> rows = {"compound_id": ["a", "b"], "smiles": ["Cc1ccncc1", "Clc1ccncc1"]}
    >>> table = decompose(pd.DataFrame({**rows, "p_value": [5.0, 6.0]}), "c1ccncc1")
    >>> table.core, table.rows["R1"].tolist()
    ('c1cc([*:1])ccn1', ['Cl[*:1]', 'C[*:1]'])
    """
    table = measured(frame)
    text = find_core(list(table["smiles"])) if core is None else core
    groups, missing = _decomposed(_query(text), list(table["smiles"]), timeout_s)
    reasons = dict.fromkeys(missing, f"does not have the core {text}")
    found = [row for row in range(len(table)) if row not in reasons]
    parts: dict[int, dict[str, str]] = {}
    for row, group in zip(found, groups, strict=True):
        whole = _with_configuration(group, table["smiles"][row])
        if whole is None:
            reasons[row] = "its parts do not give it back: one hangs on the core by a double bond"
        else:
            parts[row] = whole
    if not parts:
        raise InputError(
            f"none of {len(table)} compounds can be taken apart at {text!r}",
            remedy="give a smaller core, or a SMARTS pattern",
        )
    frame_of_parts = pd.DataFrame.from_dict(parts, orient="index")
    for name in frame_of_parts.columns.drop(CORE):
        # A point that one compound's core lacks (an aromatic N) carries nothing.
        frame_of_parts[name] = frame_of_parts[name].fillna(f"[H][*:{name[1:]}]")
    if not _POINT.search(text):
        frame_of_parts = _renumbered(frame_of_parts)
    columns, shown = _varying(frame_of_parts)
    rows = pd.concat([table[["compound_id", "smiles"]], columns, table[list(_VALUES)]], axis=1)
    left = sorted(reasons)
    unmatched = table.loc[left, ["compound_id", "smiles"]]
    return RGroupTable(
        core=shown,
        positions=tuple(columns.columns),
        rows=_best_first(rows.loc[columns.index]),
        unmatched=unmatched.assign(reason=[reasons[r] for r in left]).reset_index(drop=True),
    )


def find_core(smiles_list: Sequence[str], *, min_share: float = 0.5) -> str:
    """Return the scaffold worth most as a core: shared by many, and large.

    See :func:`molagent.sar.scaffolds.weight`.

    Parameters
    ----------
    min_share
        Share of the compounds that must have it, 0..1. Lower it for an assay of many series, or
        take one series first.

    Raises
    ------
    InputError
        If no scaffold is shared by so many.
    """
    fewest = max(2, round(min_share * len(smiles_list)))
    shared = shared_parts(smiles_list, min_compounds=fewest, min_atoms=5)
    if not shared:
        raise InputError(
            f"no ring system is shared by {fewest} of {len(smiles_list)} compounds",
            remedy="take one series (assign_series), or name the core",
        )
    return max(shared, key=lambda part: (weight(part, len(shared[part])), part))


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
    if len(table.positions) < 2:  # noqa: PLR2004 - a matrix has two sides
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


def require_position(table: RGroupTable, position: str) -> None:
    """Raise unless the table varies at a position.

    Raises
    ------
    InputError
        If it does not.
    """
    if position not in table.positions:
        raise InputError(
            f"the table does not vary at {position!r}",
            remedy=f"it varies at {', '.join(table.positions)}",
        )


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


def _query(text: str) -> Chem.Mol:
    try:
        return parse_smiles(text)
    except StructureError:
        return parse_smarts(text)


def _decomposed(
    core: Chem.Mol, smiles_list: Sequence[str], timeout_s: float
) -> tuple[list[dict[str, str]], list[int]]:
    options: Any = rdRGroupDecomposition.RGroupDecompositionParameters()
    options.removeHydrogensPostMatch = True
    options.removeAllHydrogenRGroups = True
    options.onlyMatchAtRGroups = any(atom.GetAtomMapNum() for atom in core.GetAtoms())
    # All orientations of all compounds at once would be too many on a symmetric core.
    options.matchingStrategy = rdRGroupDecomposition.RGroupMatching.GreedyChunks
    options.timeout = timeout_s
    mols = [parse_smiles(smiles) for smiles in smiles_list]
    with rdBase.BlockLogs():
        try:
            groups, missing = rdRGroupDecomposition.RGroupDecompose(
                [core], mols, asSmiles=True, options=options
            )
        except RuntimeError as error:
            raise InputError(
                f"the decomposition of {len(mols)} compounds did not end in {timeout_s:g} s",
                remedy="give a larger or less symmetric core, fewer compounds, or more time",
            ) from error
    return list(groups), list(missing)


def _with_configuration(group: dict[str, str], smiles: str) -> dict[str, str] | None:
    """Return the parts with the core's configuration; None where they do not make the compound."""
    wanted = canonical_smiles(smiles)
    parts = {CORE: group["Core"], **{k: v for k, v in group.items() if k != "Core"}}
    plain = zipped(parts.values())
    if plain == wanted:
        return parts
    if plain is None or flat(plain) != flat(wanted):
        return None
    # RDKit drops the configuration of core atoms; the isomer that gives the compound is the one.
    for isomer in _isomers(parts[CORE]):
        rest = list(parts.values())[1:]
        if zipped([isomer, *rest]) == wanted:
            return {**parts, CORE: _fewest_centres(isomer, rest, wanted)}
    return None


def _fewest_centres(core: str, rest: list[str], wanted: str) -> str:
    """Return the core without configurations that make no difference to the compound."""
    mol = parse_smiles(core)
    for atom in mol.GetAtoms():
        tag = atom.GetChiralTag()
        if tag == Chem.ChiralType.CHI_UNSPECIFIED:
            continue
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        if zipped([Chem.MolToSmiles(mol), *rest]) != wanted:
            atom.SetChiralTag(tag)
    return Chem.MolToSmiles(mol)


@lru_cache(maxsize=1000)
def _isomers(core: str) -> tuple[str, ...]:
    mol = Chem.RWMol(parse_smiles(core))
    for atom in mol.GetAtoms():
        # Isotopes tell two points on one atom apart where numbers do not.
        if atom.GetAtomMapNum():
            atom.SetIsotope(atom.GetAtomMapNum())
            atom.SetAtomMapNum(0)
    options = StereoEnumerationOptions(  # type: ignore[no-untyped-call]
        unique=True, maxIsomers=_MOST_ISOMERS
    )
    with rdBase.BlockLogs():
        isomers = EnumerateStereoisomers(mol, options)  # type: ignore[no-untyped-call]
        found = [Chem.MolToSmiles(isomer) for isomer in isomers]
    return tuple(re.sub(r"\[(\d+)\*\]", r"[*:\1]", text) for text in found)


def _renumbered(parts: pd.DataFrame) -> pd.DataFrame:
    """Return the parts with positions numbered anew, the most varied first."""
    labels = [name for name in parts.columns if name != CORE]
    ordered = sorted(labels, key=lambda name: (-parts[name].nunique(), int(name[1:])))
    new = {name[1:]: str(number) for number, name in enumerate(ordered, start=1)}

    @cache
    def renumber(text: str) -> str:
        moved = _POINT.sub(lambda point: f"*:{new[point[1]]}]", text)
        if _HYDROGEN.fullmatch(moved):
            return moved
        # Written anew: the order of atoms follows the numbers.
        return canonical_smiles(moved) if moved != text else text

    answer = pd.DataFrame({f"R{new[name[1:]]}": parts[name].map(renumber) for name in ordered})
    answer.insert(0, CORE, parts[CORE].map(renumber))
    return answer


def _varying(parts: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the columns that vary, and the core with what does not vary put onto it."""
    labels = [name for name in parts.columns if name != CORE]
    varied = [name for name in labels if len(set(parts[name])) > 1]
    fixed = [str(parts[name].iloc[0]) for name in labels if name not in varied]
    columns = parts[varied].copy()
    cores = parts[CORE].map(lambda core: _with_fixed(str(core), fixed))
    if len(set(cores)) > 1:
        columns[CORE] = cores
    return columns, str(cores.mode().iloc[0])


@lru_cache(maxsize=1000)
def _joined_core(core: str, fixed: tuple[str, ...]) -> str:
    points = set(_POINT.findall(core))
    present = [part for part in dict.fromkeys(fixed) if set(_POINT.findall(part)) <= points]
    with rdBase.BlockLogs():
        pool = parse_smiles(".".join([core, *present]))
        return Chem.MolToSmiles(Chem.RemoveHs(Chem.molzip(pool)))


def _with_fixed(core: str, fixed: list[str]) -> str:
    return _joined_core(core, tuple(fixed))


def _best_first(rows: pd.DataFrame) -> pd.DataFrame:
    exact = rows["p_value"].where(rows["p_relation"] == EXACT)
    order = rows.assign(exact=exact).sort_values(
        ["exact", "p_value", "compound_id"], ascending=[False, False, True], na_position="last"
    )
    return order.drop(columns="exact").reset_index(drop=True)
