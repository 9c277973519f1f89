"""Children of the best structures by the graph genetic algorithm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rdkit import Chem

from molagent.propose.crossovers import crossover
from molagent.propose.motifs import read_mol
from molagent.propose.mutations import mutate

__all__ = ["breed", "mutant"]

SECOND_MUTATION = 0.3

Parent = Callable[[], Chem.Mol]


def breed(parent: Parent, rng: np.random.Generator, *, mutation_rate: float) -> str | None:
    """Return a child of two parents, mutated at a rate of `mutation_rate`; None if it failed."""
    child = crossover(parent(), parent(), rng)
    if child is not None and rng.random() < mutation_rate:
        outcome = mutate(child, rng)
        child = None if outcome is None else outcome[0]
    return _written(child)


def mutant(parent: Parent, rng: np.random.Generator) -> str | None:
    """Return a parent after one mutation, at times two; None if it failed."""
    outcome = mutate(parent(), rng)
    if outcome is not None and rng.random() < SECOND_MUTATION:
        outcome = mutate(outcome[0], rng)
    return None if outcome is None else _written(outcome[0])


def _written(mol: Chem.Mol | None) -> str | None:
    if mol is None:
        return None
    # Reading it back once makes the string a fixed point of canonicalisation.
    readable = read_mol(Chem.MolToSmiles(mol))
    return None if readable is None else str(Chem.MolToSmiles(readable))
