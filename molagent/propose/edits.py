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

from molagent.errors import InputError, NotFoundError, StructureError
from molagent.propose.crossovers import crossover
from molagent.propose.motifs import read_mol
from molagent.propose.mutations import mutate
from molagent.propose.sieve import Sieve, check_request
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest, SeedCompound

__all__ = ["EditGenerator"]

SMALLEST_SHARE = 0.6
CROSSOVER_SHARE = 0.6
MUTATION_SHARE = 0.7
SECOND_MUTATION_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class _Child:
    smiles: str | None
    parents: tuple[str, ...]
    detail: str


class EditGenerator:
    """Proposes children of known compounds.

    The same request gives the same list. Stereo marks of parents are dropped.
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
        parents, shares = _parents(request.seeds)
        sieve = Sieve(request, "")
        # A crossover can rebuild a parent without its stereo marks.
        sieve.known.update(Chem.MolToSmiles(parent) for parent in parents)
        rng = np.random.default_rng([request.seed, request.cycle])
        children = self._children(request, parents, shares, rng)
        return sieve.gather(children, lambda child: self._taken(child, sieve), progress)

    def _taken(self, child: _Child, sieve: Sieve) -> Proposal | None:
        if not sieve.offer(child.smiles) or child.smiles is None:
            return None
        request = sieve.request
        return Proposal(
            smiles=child.smiles,
            generator=self.name,
            mode=request.mode,
            seed=request.seed,
            cycle=request.cycle,
            parents=child.parents,
            detail=child.detail,
        )

    def _children(
        self,
        request: ProposalRequest,
        parents: list[Chem.Mol],
        shares: NDArray[np.float64],
        rng: np.random.Generator,
    ) -> Iterator[_Child]:
        while True:
            first, second = rng.choice(len(parents), size=2, p=shares).tolist()
            ids, steps = [request.seeds[first].compound_id], []
            mol: Chem.Mol | None = parents[first]
            if rng.random() < CROSSOVER_SHARE:
                mol = crossover(parents[first], parents[second], rng)
                ids.append(request.seeds[second].compound_id)
                steps.append("crossover")
            rounds = 1 if not steps or rng.random() < MUTATION_SHARE else 0
            rounds += int(rng.random() < SECOND_MUTATION_SHARE)
            for _ in range(rounds):
                outcome = None if mol is None else mutate(mol, rng)
                mol = None if outcome is None else outcome[0]
                steps.append("" if outcome is None else outcome[1])
            fewest = SMALLEST_SHARE * min(parents[i].GetNumAtoms() for i in (first, second))
            smiles = _finished(mol, fewest, request.max_heavy_atoms)
            yield _Child(smiles, tuple(dict.fromkeys(ids)), ", ".join(steps))


def _finished(mol: Chem.Mol | None, fewest: float, most: int) -> str | None:
    """Return the child's canonical SMILES, None if it failed, shrank too far or is too large."""
    if mol is None or not fewest <= mol.GetNumAtoms() <= most:
        return None
    readable = read_mol(Chem.MolToSmiles(mol))
    return None if readable is None else str(Chem.MolToSmiles(readable))


def _parents(seeds: tuple[SeedCompound, ...]) -> tuple[list[Chem.Mol], NDArray[np.float64]]:
    if not seeds:
        raise InputError("editing needs seed compounds", remedy="give measured compounds as seeds")
    mols = []
    for seed in seeds:
        mol = read_mol(seed.smiles)
        if mol is None or mol.GetNumAtoms() == 0:
            raise StructureError(
                f"seed {seed.smiles!r} cannot be read", place=seed.compound_id, remedy="correct it"
            )
        Chem.RemoveStereochemistry(mol)
        mols.append(mol)
    weights = np.array([seed.weight for seed in seeds], dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights <= 0):
        raise InputError("weights of seed compounds must be finite and above zero")
    return mols, weights / weights.sum()
