"""Graph genetic algorithm: children of known compounds by crossover and mutation.

After Jensen 2019, doi:10.1039/C8SC05372C: parents are drawn by fitness, two of them are cut and
joined at an acyclic bond or through a ring, and the child is mutated. Edits act on Kekule graphs;
a child that RDKit refuses, or whose rings are strained, is thrown away and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import NotFoundError
from molagent.propose.crossovers import crossover
from molagent.propose.motifs import read_mol
from molagent.propose.mutations import mutate
from molagent.propose.parents import Parent, read_parents, take_child
from molagent.propose.sieve import Sieve, check_request
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest

__all__ = ["EditGenerator"]

CROSSOVER_SHARE = 0.6
MUTATION_SHARE = 0.7
SECOND_MUTATION_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class _Child:
    mol: Chem.Mol | None
    parents: tuple[Parent, ...]
    detail: str


class EditGenerator:
    """Proposes children of known compounds.

    The same request gives the same list. Rings and their atoms stay as they are, and so does the
    configuration of every centre whose neighbours do.
    """

    name = "edits"
    modes = frozenset({"edit"})

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique children of ``request.seeds``.

        Parameters
        ----------
        request
            Needs seeds; a seed is drawn in proportion to its weight.
        progress
            Receives every child taken.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted`` after a bounded number of attempts. Proposals carry the
            compound ids of their parents.

        Raises
        ------
        InputError
            If there are no seeds, a weight is not positive, or a seed cannot be read.
        """
        if request.mode not in self.modes:
            raise NotFoundError("mode of the edit generator", request.mode, known=self.modes)
        check_request(request)
        parents, shares = read_parents(request.seeds)
        sieve = Sieve(request, "")
        for parent in parents:
            # A crossover can rebuild a parent, with or without its stereo marks.
            sieve.note_known(parent.smiles)
        rng = np.random.default_rng([request.seed, request.cycle])
        children = self._children(parents, shares, rng)
        return sieve.gather(children, lambda child: self._taken(child, sieve), progress)

    def _taken(self, child: _Child, sieve: Sieve) -> Proposal | None:
        # Read anew: what is written is what is judged.
        mol = None if child.mol is None else read_mol(Chem.MolToSmiles(child.mol))
        return take_child(sieve, mol, child.parents, generator=self.name, detail=child.detail)

    def _children(
        self, parents: list[Parent], shares: NDArray[np.float64], rng: np.random.Generator
    ) -> Iterator[_Child]:
        while True:
            first, second = (
                parents[i] for i in rng.choice(len(parents), size=2, p=shares).tolist()
            )
            chosen, steps = [first], []
            mol: Chem.Mol | None = first.mol
            if rng.random() < CROSSOVER_SHARE:
                mol = crossover(first.mol, second.mol, rng)
                chosen.append(second)
                steps.append("crossover")
            rounds = 1 if not steps or rng.random() < MUTATION_SHARE else 0
            rounds += int(rng.random() < SECOND_MUTATION_SHARE)
            for _ in range(rounds):
                outcome = None if mol is None else mutate(mol, rng, careful=True)
                mol = None if outcome is None else outcome[0]
                steps.append("" if outcome is None else outcome[1])
            yield _Child(mol, tuple(chosen), ", ".join(steps))
