"""Routes from nothing: blocks drawn at random and joined by templates in one to three steps.

After Hartenfeller et al. 2012 (DOGS, doi:10.1371/journal.pcbi.1002380), without a target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.propose.synthesis.building_blocks import BlockLibrary
from molagent.propose.synthesis.routes import Route, StartingMaterial, Step
from molagent.propose.synthesis.templates import ReactionTemplate, TemplateSet, run_template

__all__ = ["Assembler"]

MOST_STEPS: Final = 3
# How many steps a route is meant to have: one, two, three.
STEP_SHARES: Final = (0.35, 0.40, 0.25)
# How often a reaction of one reactant is drawn, for one drawing of a reaction that joins two.
ALONE_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class _Growing:
    """A route that is not finished."""

    mol: Chem.Mol
    steps: tuple[Step, ...]
    materials: tuple[StartingMaterial, ...]


class Assembler:
    """Draws routes.

    Parameters
    ----------
    library
        Blocks to start from.
    templates
        Reactions to join them by.
    """

    def __init__(self, library: BlockLibrary, templates: TemplateSet) -> None:
        self.library = library
        self.templates = templates

    def assemble(self, rng: np.random.Generator, *, max_heavy_atoms: int) -> Iterator[Route | None]:
        """Yield routes without end, None for one that failed; none at all if no two blocks react.

        Parameters
        ----------
        rng
            Random numbers.
        max_heavy_atoms
            Routes stop growing above it; the last product may be larger.
        """
        joining = [one for one in self.templates.templates if len(one.roles) > 1]
        # The geometric mean of the numbers of blocks: rare reagents make their rings rarely.
        sizes = np.array(
            [
                np.prod([float(len(self._members(one, i))) for i in range(len(one.roles))])
                ** (1.0 / len(one.roles))
                for one in joining
            ]
        )
        if not sizes.sum() > 0:
            return
        shares = sizes / sizes.sum()
        while True:
            template = joining[int(rng.choice(len(joining), p=shares))]
            wanted = 1 + int(rng.choice(MOST_STEPS, p=STEP_SHARES))
            growing = self._started(template, rng)
            while growing is not None and self._goes_on(growing, wanted, max_heavy_atoms):
                growing = self._grown(growing, rng)
            yield (
                None
                if growing is None
                else Route(
                    product=Chem.MolToSmiles(growing.mol),
                    steps=growing.steps,
                    materials=growing.materials,
                )
            )

    def _members(self, template: ReactionTemplate, position: int) -> NDArray[np.int64]:
        return self.library.with_role(template.role_smarts[position], template.roles[position])

    def _goes_on(self, growing: _Growing, wanted: int, max_heavy_atoms: int) -> bool:
        if len(growing.steps) >= MOST_STEPS:
            return False
        if growing.mol.GetNumHeavyAtoms() > max_heavy_atoms:
            return False
        return len(growing.steps) < wanted or bool(self.templates.find_unfinished(growing.mol))

    def _drawn(self, template: ReactionTemplate, position: int, rng: np.random.Generator) -> int:
        members = self._members(template, position)
        return int(members[rng.integers(len(members))])

    def _started(self, template: ReactionTemplate, rng: np.random.Generator) -> _Growing | None:
        drawn = [self._drawn(template, i, rng) for i in range(len(template.roles))]
        mols = [self.library.mols[index] for index in drawn]
        return _stepped(template, mols, (), tuple(self.library.material(i) for i in drawn))

    def _grown(self, growing: _Growing, rng: np.random.Generator) -> _Growing | None:
        places = [
            (template, position)
            for template in self.templates.templates
            for position, role in enumerate(template.roles)
            if growing.mol.HasSubstructMatch(role)
            and all(
                len(self._members(template, i)) for i in range(len(template.roles)) if i != position
            )
        ]
        if not places:
            return None
        # A reaction of one reactant makes nothing larger: it is for groups that have to go.
        rare = 1.0 if self.templates.find_unfinished(growing.mol) else ALONE_SHARE
        odds = np.array([1.0 if len(one.roles) > 1 else rare for one, _ in places])
        template, position = places[int(rng.choice(len(places), p=odds / odds.sum()))]
        mols, added = [], []
        for i in range(len(template.roles)):
            if i == position:
                mols.append(growing.mol)
                continue
            index = self._drawn(template, i, rng)
            mols.append(self.library.mols[index])
            added.append(self.library.material(index))
        return _stepped(template, mols, growing.steps, (*growing.materials, *added))


def _stepped(
    template: ReactionTemplate,
    mols: list[Chem.Mol],
    steps: tuple[Step, ...],
    materials: tuple[StartingMaterial, ...],
) -> _Growing | None:
    product = run_template(template, mols).product
    if product is None:
        return None
    step = Step(
        template=template.name,
        reactants=tuple(Chem.MolToSmiles(mol) for mol in mols),
        product=Chem.MolToSmiles(product),
    )
    return _Growing(product, (*steps, step), materials)
