"""Parents: the known compounds that a generator of children starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import InputError, StructureError
from molagent.propose.motifs import read_mol
from molagent.propose.patterns import compile_smarts
from molagent.propose.sieve import Sieve
from molagent.records import Proposal, SeedCompound

__all__ = ["Parent", "read_parents", "take_child"]

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


def take_child(
    sieve: Sieve,
    mol: Chem.Mol | None,
    parents: Sequence[Parent],
    *,
    generator: str,
    detail: str,
    others: Sequence[str] = (),
) -> Proposal | None:
    """Return a child as a proposal; None, counted by the sieve, if it is none.

    Parameters
    ----------
    sieve
        Takes it, or counts why not.
    mol
        The child; None where nothing came of the attempt.
    parents
        It has to be like one of them.
    generator
        Name of who made it.
    detail
        What was done.
    others
        Ids of further compounds that it takes parts of.
    """
    if mol is None:
        sieve.offer(None)
        return None
    objections = [parent.objection(mol, sieve.rules.max_heavy_atoms) for parent in parents]
    if all(objections):
        sieve.refused[objections[0]] += 1
        return None
    smiles = str(Chem.MolToSmiles(mol))
    if not sieve.offer(smiles):
        return None
    request = sieve.request
    ids = (*(parent.compound_id for parent in parents), *others)
    return Proposal(
        smiles=smiles,
        generator=generator,
        mode=request.mode,
        seed=request.seed,
        cycle=request.cycle,
        parents=tuple(dict.fromkeys(ids)),
        detail=detail,
    )
