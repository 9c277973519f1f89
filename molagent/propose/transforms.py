"""The generator of transforms: changes that were measured elsewhere, made on the best compounds.

What the change brought in matched pairs stands in the proposal's ``detail``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molagent.errors import NotFoundError
from molagent.propose.motifs import read_mol
from molagent.propose.parents import Parent, read_parents, take_child
from molagent.propose.sieve import Sieve, check_request
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest, SeenChange

__all__ = ["TransformGenerator"]

# A change that brought so much more, in log units, is tried e times as often.
_GAIN_SCALE: Final = 0.3
# What few pairs say is drawn towards no change by so many pairs of no change.
_PRIOR_PAIRS: Final = 2

Suggest = Callable[[str], Sequence[SeenChange]]


@dataclass(frozen=True, slots=True)
class _Transformed:
    parent: Parent
    change: SeenChange


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
        if request.mode not in self.modes:
            raise NotFoundError("mode of the generator transforms", request.mode, known=self.modes)
        check_request(request)
        parents, shares = read_parents(request.seeds)
        sieve = Sieve(request, "")
        for parent in parents:
            sieve.note_known(parent.smiles)
        rng = np.random.default_rng([request.seed, request.cycle])
        made = self._children(parents, shares, request.temperature, rng)
        return sieve.gather(made, lambda one: self._taken(one, sieve), progress)

    def _taken(self, made: _Transformed, sieve: Sieve) -> Proposal | None:
        mol, change = read_mol(made.change.smiles), made.change
        return take_child(sieve, mol, (made.parent,), generator=self.name, detail=change.sentence)

    def _children(
        self,
        parents: list[Parent],
        shares: NDArray[np.float64],
        temperature: float,
        rng: np.random.Generator,
    ) -> Iterator[_Transformed]:
        """Yield each change of each parent once, the promising ones of fit parents early."""
        if self._suggestions is None:
            return
        suggest = self._suggestions()
        left: dict[int, list[SeenChange]] = {}
        while True:
            able = [i for i in range(len(parents)) if left.get(i, True)]
            if not able:
                return
            chances = shares[able] / shares[able].sum()
            index = able[int(rng.choice(len(able), p=chances))]
            if index not in left:
                left[index] = list(suggest(parents[index].smiles))
            if not left[index]:
                continue
            gains = np.array([_gain(change) for change in left[index]]) / temperature
            weights = np.exp((gains - gains.max()) / _GAIN_SCALE)
            place = int(rng.choice(len(weights), p=weights / weights.sum()))
            yield _Transformed(parents[index], left[index].pop(place))


def _gain(change: SeenChange) -> float:
    mean = change.mean if math.isfinite(change.mean) else 0.0
    return mean * change.pairs / (change.pairs + _PRIOR_PAIRS)
