"""Parents, the known compounds that a generator starts from, and the children it makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import InputError, NotFoundError, StructureError
from molagent.propose.motifs import read_mol
from molagent.propose.patterns import compile_smarts
from molagent.propose.sieve import Sieve, check_request
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest, SeedCompound

__all__ = ["Breeder", "Child", "Family", "Parent", "breed", "read_parents"]

# A child below this share of its parent's size has lost what made the parent interesting.
SMALLEST_SHARE = 0.6


@dataclass(frozen=True)
class Parent:
    """A seed, read.

    Parameters
    ----------
    compound_id
        The seed's.
    mol
        Its molecule, stereo marks and all.
    kept
        Patterns that each of its children carries.
    """

    compound_id: str
    mol: Chem.Mol
    kept: tuple[Chem.Mol, ...] = ()

    @property
    def smiles(self) -> str:
        """Its canonical SMILES."""
        return str(Chem.MolToSmiles(self.mol))

    @property
    def fewest(self) -> float:
        """Heavy atoms that a child has at least."""
        return SMALLEST_SHARE * self.mol.GetNumHeavyAtoms()

    def objection(self, child: Chem.Mol, max_heavy_atoms: int) -> str:
        """Return why a molecule is no child of this parent, "" if it is one.

        Parameters
        ----------
        max_heavy_atoms
            The largest child.
        """
        if not self.fewest <= child.GetNumHeavyAtoms() <= max_heavy_atoms:
            return "too small or too large"
        if not all(child.HasSubstructMatch(pattern) for pattern in self.kept):
            return "lost what its series carries"
        return ""


def read_parents(seeds: tuple[SeedCompound, ...]) -> tuple[list[Parent], NDArray[np.float64]]:
    """Return seeds as parents, and how often each is drawn, in shares that add up to 1.

    A pattern that a seed itself does not have is not asked of its children.

    Raises
    ------
    InputError
        If there are no seeds, a weight is not positive, or a pattern is not SMARTS.
    StructureError
        If a seed cannot be read.
    """
    if not seeds:
        raise InputError("editing needs seed compounds", remedy="give measured compounds as seeds")
    parents = []
    for seed in seeds:
        mol = read_mol(seed.smiles)
        if mol is None or mol.GetNumAtoms() == 0:
            raise StructureError(
                f"seed {seed.smiles!r} cannot be read", place=seed.compound_id, remedy="correct it"
            )
        patterns = compile_smarts(seed.keep, "kept")
        own = tuple(pattern for pattern in patterns if mol.HasSubstructMatch(pattern))
        parents.append(Parent(seed.compound_id, mol, own))
    weights = np.array([seed.weight for seed in seeds], dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights <= 0):
        raise InputError("weights of seed compounds must be finite and above zero")
    return parents, weights / weights.sum()


@dataclass(frozen=True)
class Child:
    """What came of an attempt.

    Attributes
    ----------
    mol
        The structure; None where nothing came of it.
    parents
        It has to be like one of them.
    detail
        What was done.
    others
        Ids of further compounds that it takes parts of.
    """

    mol: Chem.Mol | None
    parents: tuple[Parent, ...]
    detail: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """The parents of one request.

    Attributes
    ----------
    request
        What is wanted of them.
    parents, shares
        They, and how often each is drawn; the shares add up to 1.
    rng
        From the request's seed and cycle.
    """

    request: ProposalRequest
    parents: list[Parent]
    shares: NDArray[np.float64]
    rng: np.random.Generator

    def draw(self) -> Parent:
        """Return a parent at random."""
        return self.parents[int(self.rng.choice(len(self.parents), p=self.shares))]


class Breeder(Protocol):
    """A generator that makes children of known compounds."""

    @property
    def name(self) -> str:
        """The generator's name, as it stands in a proposal."""

    @property
    def modes(self) -> frozenset[str]:
        """What can be asked of it."""

    def children(self, family: Family) -> Iterator[Child]:
        """Yield attempts, as many as it can make, or without end."""


def breed(breeder: Breeder, request: ProposalRequest, progress: Progress) -> ProposalBatch:
    """Return what a generator makes of the seeds of a request.

    Known compounds, the parents among them, are no children. The same request gives the same list.

    Returns
    -------
    ProposalBatch
        ``complete``, or ``exhausted`` once the generator has no more or 30 attempts were made for
        each child asked for. Proposals carry the ids of their parents.

    Raises
    ------
    NotFoundError
        If the request's mode is none of the generator's.
    InputError
        If there are no seeds, a weight is not positive, or a seed cannot be read.
    """
    if request.mode not in breeder.modes:
        raise NotFoundError(
            f"mode of the generator {breeder.name}", request.mode, known=breeder.modes
        )
    check_request(request)
    parents, shares = read_parents(request.seeds)
    sieve = Sieve(request, "")
    for parent in parents:
        # Parts of two parents can make up a third, with or without its stereo marks.
        sieve.note_known(parent.smiles)
    rng = np.random.default_rng([request.seed, request.cycle])
    made = breeder.children(Family(request, parents, shares, rng))
    return sieve.gather(made, lambda child: _taken(child, sieve, breeder.name), progress)


def _taken(child: Child, sieve: Sieve, generator: str) -> Proposal | None:
    """Return a child as a proposal; None, counted by the sieve, if it is none."""
    mol = child.mol
    if mol is None:
        sieve.offer(None)
        return None
    most = sieve.rules.max_heavy_atoms
    objections = [parent.objection(mol, most) for parent in child.parents]
    if all(objections):
        sieve.refused[objections[0]] += 1
        return None
    smiles = str(Chem.MolToSmiles(mol))
    if not sieve.offer(smiles):
        return None
    request = sieve.request
    ids = (*(parent.compound_id for parent in child.parents), *child.others)
    return Proposal(
        smiles=smiles,
        generator=generator,
        mode=request.mode,
        seed=request.seed,
        cycle=request.cycle,
        parents=tuple(dict.fromkeys(ids)),
        detail=child.detail,
    )
