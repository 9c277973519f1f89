"""The generator of transforms: changes that were measured elsewhere, made on the best compounds.

What the change brought in matched pairs stands in the proposal's ``detail``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from molagent.chem.assembly import joined
from molagent.propose.motifs import read_mol
from molagent.propose.parents import Child, Family, breed
from molagent.protocols import Progress
from molagent.records import ProposalBatch, ProposalRequest, SeenChange

__all__ = ["TransformGenerator"]

# A change that brought so much more, in log units, is tried e times as often.
_GAIN_SCALE: Final = 0.3
# What few pairs say is drawn towards no change by so many pairs of no change.
_PRIOR_PAIRS: Final = 2

Suggest = Callable[[str], Sequence[SeenChange]]


class TransformGenerator:
    """Proposes known compounds with changes that matched pairs of a project have seen.

    The same request gives the same list. A proposal's ``detail`` is the change and what it brought:
    ``*[H] to *F, +0.4 in 5 pairs``.

    Parameters
    ----------
    suggestions
        Returns a function of a structure to the changes seen at places like its own; it is asked
        once a request. Without it nothing was measured, and nothing is proposed.
    """

    name = "transforms"
    modes = frozenset({"edit"})

    def __init__(self, suggestions: Callable[[], Suggest] | None = None) -> None:
        self._suggestions = suggestions

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique children of ``request.seeds``.

        Parameters
        ----------
        request
            Needs seeds. A higher temperature tries more of what brought nothing elsewhere.
        progress
            Receives every child taken.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted`` once every change was tried.

        Raises
        ------
        InputError
            If there are no seeds, a weight is not positive, or a seed cannot be read.
        """
        return breed(self, request, progress)

    def children(self, family: Family) -> Iterator[Child]:
        """Yield each change of each parent once, the promising ones of fit parents early."""
        if self._suggestions is None:
            return
        suggest, parents = self._suggestions(), family.parents
        left: dict[int, Iterator[SeenChange]] = {}
        able = list(range(len(parents)))
        while able:
            chances = family.shares[able] / family.shares[able].sum()
            index = able[int(family.rng.choice(len(able), p=chances))]
            if index not in left:
                changes = suggest(parents[index].smiles)
                left[index] = _in_turn(changes, family.request.temperature, family.rng)
            change = next(left[index], None)
            if change is None:
                able.remove(index)
                continue
            # Joined only now: most changes of a parent are never tried.
            smiles = joined(change.constant, change.end)
            mol = None if smiles is None else read_mol(smiles)
            yield Child(mol, (parents[index],), change.sentence)


def _in_turn(
    changes: Sequence[SeenChange], temperature: float, rng: np.random.Generator
) -> Iterator[SeenChange]:
    """Yield changes in a random order; each next one is drawn by what it promises."""
    promises = np.array([_gain(change) for change in changes]) / (temperature * _GAIN_SCALE)
    # Sorted by weight plus Gumbel noise is drawn by weight without putting back (Vieira 2014).
    for index in np.argsort(-(promises + rng.gumbel(size=len(changes))), kind="stable").tolist():
        yield changes[index]


def _gain(change: SeenChange) -> float:
    mean = change.mean if math.isfinite(change.mean) else 0.0
    return mean * change.pairs / (change.pairs + _PRIOR_PAIRS)
