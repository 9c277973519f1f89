import numpy as np
from rdkit import Chem

from molagent.propose.optimise.breeding import breed, mutant

PARENTS = [
    Chem.MolFromSmiles(s)
    for s in ("COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1", "CC(=O)Nc1nnc(s1)S(N)(=O)=O")
]


def children(make, count: int = 40) -> list[str]:
    rng = np.random.default_rng(3)
    return [s for s in (make(rng) for _ in range(count)) if s is not None]


def parent_of(rng):
    return lambda: PARENTS[int(rng.integers(2))]


def test_children_are_canonical_and_differ_from_their_parents():
    made = children(lambda rng: breed(parent_of(rng), rng, mutation_rate=1.0))
    assert len(made) > 20
    assert made == [Chem.MolToSmiles(Chem.MolFromSmiles(s)) for s in made]
    assert not {Chem.MolToSmiles(p) for p in PARENTS} >= set(made)


def test_mutants_stay_near_their_parent():
    made = children(lambda rng: mutant(lambda: PARENTS[0], rng))
    sizes = [Chem.MolFromSmiles(s).GetNumHeavyAtoms() for s in made]
    assert made
    assert all(abs(n - PARENTS[0].GetNumHeavyAtoms()) <= 2 for n in sizes)
