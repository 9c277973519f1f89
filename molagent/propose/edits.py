"""Graph genetic algorithm: children of known compounds by crossover and mutation.

After Jensen 2019, doi:10.1039/C8SC05372C: parents are drawn by fitness, two of them are cut and
joined at an acyclic bond or through a ring, and the child is mutated. Edits act on Kekule graphs;
a child that RDKit refuses, or whose rings are strained, is thrown away and counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from rdkit import Chem

from molagent.propose.crossovers import crossover
from molagent.propose.motifs import read_mol
from molagent.propose.mutations import mutate
from molagent.propose.parents import Child, Family, breed
from molagent.protocols import Progress
from molagent.records import ProposalBatch, ProposalRequest

__all__ = ["EditGenerator"]

CROSSOVER_SHARE = 0.6
MUTATION_SHARE = 0.7
SECOND_MUTATION_SHARE = 0.3


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
        return breed(self, request, progress)

    def children(self, family: Family) -> Iterator[Child]:
        """Yield children without end."""
        parents, shares, rng = family.parents, family.shares, family.rng
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
            # Read anew: what is written is what is judged.
            read = None if mol is None else read_mol(Chem.MolToSmiles(mol))
            yield Child(read, tuple(chosen), ", ".join(steps))
