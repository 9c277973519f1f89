"""PMO's budget: unique structures are counted, repeats are free, and the figure of merit.

Gao, Fu, Sun and Coley 2022, doi:10.48550/arXiv.2206.12411: every 100 calls the mean of the ten
best so far, the area under that line divided by the budget; a run that ends early is extended by
its last value. A string that is no structure scores 0 and costs nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence

from rdkit import Chem

from molagent.propose.motifs import read_mol
from molagent.records import FloatArray

__all__ = ["BudgetSpent", "CallBudget", "top_auc"]

Oracle = Callable[[Sequence[Chem.Mol]], FloatArray]
LOG_EVERY = 100


class BudgetSpent(Exception):  # noqa: N818 - the end of a run, not a fault
    """Every call of the budget was made."""


class CallBudget:
    """An oracle that counts.

    Parameters
    ----------
    oracle
        Molecules in, values in [0, 1] out.
    calls
        How many unique canonical SMILES may be scored.

    Attributes
    ----------
    values
        Canonical SMILES to value, in the order of the calls.
    """

    def __init__(self, oracle: Oracle, calls: int) -> None:
        self.oracle, self.calls = oracle, calls
        self.values: dict[str, float] = {}

    def __call__(self, smiles_list: Sequence[str]) -> list[float]:
        """Return one value a string.

        Raises
        ------
        BudgetSpent
            If a new structure is asked for and no call is left; those before it were scored.
        """
        keys: list[str | None] = []
        fresh: dict[str, Chem.Mol] = {}
        for smiles in smiles_list:
            mol = read_mol(smiles)
            key = None if mol is None or mol.GetNumAtoms() == 0 else str(Chem.MolToSmiles(mol))
            keys.append(key)
            if mol is not None and key is not None and key not in self.values:
                fresh.setdefault(key, mol)
        room = self.calls - len(self.values)
        scored = dict(list(fresh.items())[:room])
        if scored:
            values = self.oracle(list(scored.values()))
            self.values.update(zip(scored, values.tolist(), strict=True))
        if len(fresh) > room:
            raise BudgetSpent
        return [0.0 if key is None else self.values[key] for key in keys]


def top_auc(values: Sequence[float], *, calls: int, top: int = 10) -> float:
    """Return the area under the mean of the `top` best against calls, divided by the budget.

    Parameters
    ----------
    values
        Values in the order of the calls.
    calls
        The budget.
    top
        How many of the best are averaged.

    Examples
    --------
    >>> round(top_auc([0.5] * 200, calls=1000), 4)  # constant but for PMO's rise from zero
    0.475
    """
    best: list[float] = []
    area, previous, logged = 0.0, 0.0, 0
    for count, value in enumerate(values[:calls], start=1):
        heapq.heappush(best, value)
        if len(best) > top:
            heapq.heappop(best)
        if count % LOG_EVERY == 0 and count < min(len(values), calls):
            now = sum(best) / len(best)
            area += LOG_EVERY * (now + previous) / 2
            previous, logged = now, count
    if not best:
        return 0.0
    now, made = sum(best) / len(best), min(len(values), calls)
    area += (made - logged) * (now + previous) / 2 + (calls - made) * now
    return area / calls
