"""The reaction generator: proposals that come with a route from building blocks.

From nothing, blocks are joined by templates in one to three steps, as in Hartenfeller et al. 2012
(DOGS, doi:10.1371/journal.pcbi.1002380). From known compounds, a compound is cut by templates, one
or two of its pieces are replaced by similar blocks with the same reactive group, and the reactions
are run again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.errors import InputError, NotFoundError, StructureError
from molagent.propose.sieve import Sieve, check_request, flat_smiles
from molagent.propose.synthesis.building_blocks import BlockLibrary, default_blocks, read_blocks
from molagent.propose.synthesis.cuts import CutFinder, CutTree, TreeRunner, material_of
from molagent.propose.synthesis.routes import Material, Route, Step
from molagent.propose.synthesis.templates import (
    Template,
    TemplateSet,
    default_templates,
    read_templates,
    run_template,
)
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest, SeedCompound

__all__ = ["ReactionGenerator"]

ATTEMPTS_EACH: Final = 30
MOST_STEPS: Final = 3
# How many steps a route from nothing is meant to have: one, two, three.
STEP_SHARES: Final = (0.35, 0.40, 0.25)
ALONE_SHARE: Final = 0.25
SECOND_PIECE_SHARE: Final = 0.3
# A product below this share of its parent's size has lost what made the parent interesting.
SMALLEST_SHARE: Final = 0.6
NEAREST: Final = 100
# The mean rank, by similarity, of the block that replaces a piece at temperature 1.
MEAN_RANK: Final = 12.0


@dataclass(frozen=True, slots=True)
class _Made:
    route: Route | None
    parents: tuple[str, ...] = ()
    fewest: float = 0.0


@dataclass
class _Growing:
    """A route that is not finished."""

    mol: Chem.Mol
    steps: list[Step] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)

    def route(self) -> Route:
        return Route(
            product=Chem.MolToSmiles(self.mol),
            steps=tuple(self.steps),
            materials=tuple(self.materials),
        )


class ReactionGenerator:
    """Proposes structures with a route: templates of known reactions on building blocks.

    The same request gives the same list. A proposal's ``detail`` is its route as text.

    Parameters
    ----------
    blocks
        A site's file of building blocks; None takes the common reagents that come with molagent,
        whose availability was not checked.
    templates
        A site's file of templates; None takes those that come with molagent.
    """

    name = "reactions"
    modes = frozenset({"de_novo", "edit"})

    def __init__(self, blocks: Path | None = None, templates: Path | None = None) -> None:
        self._blocks = blocks
        self._templates = templates

    @cached_property
    def library(self) -> BlockLibrary:
        """The building blocks, read when they are first needed."""
        return default_blocks() if self._blocks is None else read_blocks(self._blocks)

    @cached_property
    def templates(self) -> TemplateSet:
        """The templates, read when they are first needed."""
        return default_templates() if self._templates is None else read_templates(self._templates)

    @cached_property
    def _finder(self) -> CutFinder:
        return CutFinder(self.templates)

    def propose(self, request: ProposalRequest, progress: Progress) -> ProposalBatch:
        """Return up to ``request.count`` unique structures, each with its route.

        Parameters
        ----------
        request
            ``edit`` needs seeds; a seed that no template cuts gives nothing. A higher temperature
            replaces pieces by less similar blocks.
        progress
            Receives every structure taken.

        Returns
        -------
        ProposalBatch
            ``complete``, or ``exhausted`` after a bounded number of attempts, at once where no
            template cuts a seed or no block fits a template.

        Raises
        ------
        InputError
            If ``edit`` has no seeds, a weight is not positive, or a seed cannot be read.
        """
        if request.mode not in self.modes:
            raise NotFoundError("mode of the reaction generator", request.mode, known=self.modes)
        check_request(request)
        rng = np.random.default_rng([request.seed, request.cycle])
        sieve = Sieve(request, "")
        if request.mode == "edit":
            made = self._edits(request, sieve, rng)
        else:
            made = self._assemblies(request, rng)
        proposals: list[Proposal] = []
        attempts, limit = 0, ATTEMPTS_EACH * request.count
        progress.start("propose", request.count)
        for one in made:
            attempts += 1
            if self._takes(one, sieve) and one.route is not None:
                proposals.append(self._proposal(one.route, one.parents, request))
                progress.advance()
            if sieve.full or attempts == limit:
                break
        progress.finish(sieve.summary())
        return ProposalBatch(
            proposals=tuple(proposals),
            stop_reason="complete" if sieve.full else "exhausted",
            attempts=attempts,
        )

    def _takes(self, made: _Made, sieve: Sieve) -> bool:
        route = made.route
        if route is None:
            return sieve.offer(None)
        mol = Chem.MolFromSmiles(route.product)
        if not made.fewest <= mol.GetNumHeavyAtoms() <= sieve.rules.max_heavy_atoms:
            sieve.refused["too small or too large"] += 1
            return False
        if group := self.templates.find_unfinished(mol):
            sieve.refused[f"left with {group}"] += 1
            return False
        # A known compound, drawn with stereo marks, is still known.
        flat = flat_smiles(route.product)
        return sieve.offer(flat if flat in sieve.known else route.product)

    def _proposal(
        self, route: Route, parents: tuple[str, ...], request: ProposalRequest
    ) -> Proposal:
        return Proposal(
            smiles=route.product,
            generator=self.name,
            mode=request.mode,
            seed=request.seed,
            cycle=request.cycle,
            parents=parents,
            detail=route.to_text(),
        )

    # --- from nothing ---------------------------------------------------------------------------

    def _members(self, template: Template, position: int) -> NDArray[np.int64]:
        return self.library.with_role(template.role_smarts[position], template.roles[position])

    def _assemblies(self, request: ProposalRequest, rng: np.random.Generator) -> Iterator[_Made]:
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
            while growing is not None and self._goes_on(growing, wanted, request):
                growing = self._grown(growing, rng)
            yield _Made(None if growing is None else growing.route())

    def _goes_on(self, growing: _Growing, wanted: int, request: ProposalRequest) -> bool:
        if len(growing.steps) >= MOST_STEPS:
            return False
        if growing.mol.GetNumHeavyAtoms() > request.max_heavy_atoms:
            return False
        return len(growing.steps) < wanted or bool(self.templates.find_unfinished(growing.mol))

    def _drawn(self, template: Template, position: int, rng: np.random.Generator) -> int:
        members = self._members(template, position)
        return int(members[rng.integers(len(members))])

    def _material(self, index: int) -> Material:
        block = self.library.blocks[index]
        return Material(smiles=block.smiles, block_id=block.block_id, name=block.name)

    def _started(self, template: Template, rng: np.random.Generator) -> _Growing | None:
        drawn = [self._drawn(template, i, rng) for i in range(len(template.roles))]
        mols = [self.library.mols[index] for index in drawn]
        return _stepped(template, mols, [], [self._material(index) for index in drawn])

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
            added.append(self._material(index))
        return _stepped(template, mols, growing.steps, [*growing.materials, *added])

    # --- from known compounds -------------------------------------------------------------------

    def _edits(
        self, request: ProposalRequest, sieve: Sieve, rng: np.random.Generator
    ) -> Iterator[_Made]:
        forests: list[tuple[SeedCompound, tuple[CutTree, ...]]] = []
        for seed in _checked(request.seeds):
            sieve.known.add(flat_smiles(seed.smiles))
            try:
                found = self._finder.find_trees(seed.smiles)
            except StructureError as error:
                raise StructureError(
                    f"seed {seed.smiles!r} cannot be read",
                    place=seed.compound_id,
                    remedy="correct it",
                ) from error
            # Where two blocks are not joined, the product is a block in other clothes.
            if trees := tuple(tree for tree in found if tree.joins):
                forests.append((seed, trees))
        if not forests:
            return
        weights = np.array([seed.weight for seed, _ in forests])
        similar: dict[tuple[str, str], list[int]] = {}
        while True:
            seed, trees = forests[int(rng.choice(len(forests), p=weights / weights.sum()))]
            tree = trees[int(rng.integers(len(trees)))]
            route = self._exchanged(tree, request.temperature, similar, rng)
            fewest = SMALLEST_SHARE * Chem.MolFromSmiles(tree.smiles).GetNumHeavyAtoms()
            yield _Made(route, (seed.compound_id,), fewest)

    def _exchanged(
        self,
        tree: CutTree,
        temperature: float,
        similar: dict[tuple[str, str], list[int]],
        rng: np.random.Generator,
    ) -> Route | None:
        leaves, roles = tree.leaves, tree.roles()
        materials = [material_of(leaf.smiles, self.library) for leaf in leaves]
        pieces = 2 if len(leaves) > 1 and rng.random() < SECOND_PIECE_SHARE else 1
        for at in rng.permutation(len(leaves))[:pieces].tolist():
            smarts, query = roles[at]
            key = (leaves[at].smiles, smarts)
            if key not in similar:
                found = self.library.find_similar(*key, query, NEAREST)
                similar[key] = [
                    i for i, _ in found if flat_smiles(self.library.blocks[i].smiles) != key[0]
                ]
            if not similar[key]:
                return None
            rank = int(rng.geometric(1.0 / (1.0 + MEAN_RANK * temperature))) - 1
            materials[at] = self._material(similar[key][rank % len(similar[key])])
        return TreeRunner().run(tree, materials)


def _stepped(
    template: Template, mols: list[Chem.Mol], steps: list[Step], materials: list[Material]
) -> _Growing | None:
    product = run_template(template, mols).product
    if product is None:
        return None
    step = Step(
        template=template.name,
        reactants=tuple(Chem.MolToSmiles(mol) for mol in mols),
        product=Chem.MolToSmiles(product),
    )
    return _Growing(product, [*steps, step], materials)


def _checked(seeds: tuple[SeedCompound, ...]) -> tuple[SeedCompound, ...]:
    if not seeds:
        raise InputError("editing needs seed compounds", remedy="give measured compounds as seeds")
    weights = np.array([seed.weight for seed in seeds], dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights <= 0):
        raise InputError("weights of seed compounds must be finite and above zero")
    return seeds
