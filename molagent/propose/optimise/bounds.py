"""Constraints inside an optimisation: what the policy grows from, and which children are scored.

The policy keeps constraints by masks. Children of the genetic algorithm and regrown structures
know no masks: they are looked at when they are finished, and what breaks a constraint is never
scored, so it costs no call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rdkit import Chem

from molagent.errors import StructureError
from molagent.propose.constraints import Rules
from molagent.propose.growers import Grower
from molagent.propose.motifs import read_mol
from molagent.propose.sieve import flat_smiles
from molagent.propose.starts import find_starts
from molagent.propose.weights import LoadedPolicy
from molagent.records import ProposalRequest

__all__ = ["GrowthBounds", "read_start"]

_STEREO = frozenset("@/\\")


class GrowthBounds:
    """The constraints of one run.

    Parameters
    ----------
    request
        Mode, constraints and, for ``around``, the leads; its count and seed are not used.
    model
        Weights whose policy is the one that learns.
    corpus
        Number of the training source whose style is kept.

    Raises
    ------
    InputError
        If the constraints cannot be met, before anything is scored.
    """

    def __init__(self, request: ProposalRequest, model: LoadedPolicy, *, corpus: int) -> None:
        self.request = request
        rules = Rules.of(request)
        self.starts = find_starts(request, rules)
        self.grower = Grower(
            model,
            rules,
            corpora=np.array([corpus]),
            charged=False,
            temperature=request.temperature,
        )
        self.grower.check(self.starts)
        # "edit" is the mode without masks: its rules look for the frozen part.
        self.finished = Rules.of(replace(request, mode="edit"))
        constraints = self.finished.constraints
        self.chiral = constraints.keep_stereo and bool(_STEREO & set(constraints.frozen))
        marked = "*" in constraints.frozen and request.mode in {"decorate", "link"}
        self.held = self.finished.held
        if marked:
            alone = not constraints.hydrogens_may_grow
            self.held = (_with_exits(constraints.frozen, alone=alone),)

    @property
    def identity(self) -> dict[str, object]:
        """What a checkpoint must agree with."""
        return {"mode": self.request.mode, "constraints": str(self.request.constraints)}

    def grow(self, rows: int, rng: np.random.Generator) -> list[str | None]:
        """Sample structures from one of the starts."""
        start = self.starts[int(rng.integers(len(self.starts)))]
        return self.grower.grow(start, rows, rng)

    def accepts(self, smiles: str) -> bool:
        """Return whether a finished structure keeps every constraint."""
        mol = read_mol(smiles)
        if mol is None or self.finished.refusal(mol):
            return False
        return not self.held or any(
            mol.HasSubstructMatch(query, useChirality=self.chiral) for query in self.held
        )


def read_start(smiles_list: Sequence[str]) -> list[str]:
    """Return the structures that a run starts from as it writes them, each once.

    Raises
    ------
    StructureError
        If one cannot be read.
    """
    found: dict[str, None] = {}
    for number, smiles in enumerate(smiles_list, start=1):
        mol = read_mol(smiles)
        if mol is None or mol.GetNumAtoms() == 0:
            raise StructureError(
                f"starting structure {smiles!r} cannot be read",
                place=f"start {number}",
                remedy="correct it or leave it out",
            )
        found[flat_smiles(smiles)] = None
    return list(found)


def _with_exits(frozen: str, *, alone: bool) -> Chem.Mol:
    """Return a query for a core whose exits are all used; `alone`: that carries nothing else."""
    params = Chem.AdjustQueryParameters.NoAdjustments()
    params.makeDummiesQueries = True  # type: ignore[assignment]
    params.adjustDegree = alone  # type: ignore[assignment]
    params.adjustDegreeFlags = Chem.AdjustQueryWhichFlags.ADJUST_IGNOREDUMMIES
    core = Chem.MolFromSmiles(frozen)
    for atom in core.GetAtoms():
        if atom.GetAtomicNum() == 0:  # a label would ask for an isotope or a map number
            atom.SetIsotope(0)
            atom.SetAtomMapNum(0)
    return Chem.AdjustQueryProperties(core, params)
