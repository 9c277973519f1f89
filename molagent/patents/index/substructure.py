"""Substructure search that says how far it came."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, rdBase

from molagent.chem.molecules import parse_smarts

__all__ = ["SubstructureAnswer", "match_rows"]

_CLOCK_EVERY: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstructureAnswer:
    """Rows that hold a pattern, and whether all rows were looked at.

    Attributes
    ----------
    rows
        Ascending.
    n_searched
        Rows of the index, from the first, for which the answer is known.
    n_candidates
        Rows that had to be matched after the screen.
    complete
        True if every readable row was looked at.
    reason
        Why it is not complete, in words; empty if it is.
    """

    smarts: str
    rows: tuple[int, ...]
    n_searched: int
    n_rows: int
    n_candidates: int
    seconds: float
    complete: bool
    reason: str = ""


def match_rows(
    smarts: str,
    candidates: Callable[[Chem.Mol], npt.NDArray[np.int64]] | None,
    parent: Callable[[int], str | None],
    *,
    n_rows: int,
    limit: int | None,
    seconds: float,
) -> SubstructureAnswer:
    """Match rows one after the other until the limit or the time is reached.

    The clock is looked at between structures: one that takes long is not interrupted.

    Parameters
    ----------
    candidates
        Rows that can hold a query; all are matched if None.
    parent
        SMILES of a row.

    Raises
    ------
    StructureError
        If the pattern is not SMARTS.
    """
    pattern = parse_smarts(smarts)
    started = time.monotonic()
    found: list[int] = []
    reason = ""
    searched = n_rows
    rows = range(n_rows) if candidates is None else candidates(pattern).tolist()
    with rdBase.BlockLogs():
        for tested, row in enumerate(rows):
            if limit is not None and len(found) >= limit:
                reason, searched = f"stopped at the limit of {limit} hits: incomplete", row
                break
            if tested % _CLOCK_EVERY == 0 and time.monotonic() - started > seconds:
                reason, searched = f"stopped after {seconds:g} seconds: incomplete", row
                break
            text = parent(row)
            mol = Chem.MolFromSmiles(text) if text else None
            if mol is not None and mol.HasSubstructMatch(pattern):
                found.append(row)
    return SubstructureAnswer(
        smarts=smarts,
        rows=tuple(found),
        n_searched=searched,
        n_rows=n_rows,
        n_candidates=len(rows),
        seconds=time.monotonic() - started,
        complete=not reason,
        reason=reason,
    )
