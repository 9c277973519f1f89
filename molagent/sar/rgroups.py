"""R-group tables: a core, and what hangs on each of its positions."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import pandas as pd
from rdkit import Chem, rdBase

from molagent.chem.decomposition import take_apart
from molagent.chem.molecules import canonical_smiles, parse_smiles
from molagent.errors import InputError
from molagent.sar.configurations import CORE, with_configuration
from molagent.sar.measured import EXACT, measured
from molagent.sar.scaffolds import shared_parts, weight

__all__ = ["CORE", "RGroupTable", "decompose", "find_core", "require_position"]

_POINT: Final = re.compile(r"\*:(\d+)\]")
_HYDROGEN: Final = re.compile(r"\[H\]\[\*:\d+\]")
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
    mols = [parse_smiles(smiles) for smiles in table["smiles"]]
    groups, missing = take_apart(text, mols, timeout_s)
    reasons = dict.fromkeys(missing, f"does not have the core {text}")
    found = [row for row in range(len(table)) if row not in reasons]
    parts: dict[int, dict[str, str]] = {}
    for row, group in zip(found, groups, strict=True):
        whole = with_configuration(group, table["smiles"][row])
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
