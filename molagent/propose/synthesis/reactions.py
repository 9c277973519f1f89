"""The reaction generator: proposals that come with a route from building blocks.

From nothing, blocks are joined by templates (`assembly`). From known compounds, a compound is cut
by templates, one or two of its pieces are replaced by similar blocks with the same reactive group,
and the reactions are run again (`exchange`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.errors import InputError, NotFoundError, StructureError
from molagent.propose.sieve import Sieve, check_request, flat_smiles
from molagent.propose.synthesis.assembly import Assembler
from molagent.propose.synthesis.building_blocks import BlockLibrary, default_blocks, read_blocks
from molagent.propose.synthesis.cuts import CutFinder, CutTree
from molagent.propose.synthesis.exchange import PieceExchange
from molagent.propose.synthesis.routes import Route
from molagent.propose.synthesis.template_file import default_templates, read_templates
from molagent.propose.synthesis.templates import TemplateSet
from molagent.protocols import Progress
from molagent.records import Proposal, ProposalBatch, ProposalRequest, SeedCompound

__all__ = ["ReactionGenerator"]

# A product below this share of its parent's size has lost what made the parent interesting.
SMALLEST_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class _RouteMade:
    route: Route | None
    parents: tuple[str, ...] = ()
    fewest: float = 0.0


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
            made: Iterator[_RouteMade] = self._edits(request, sieve, rng)
        else:
            assembler = Assembler(self.library, self.templates)
            largest = sieve.rules.max_heavy_atoms
            made = (_RouteMade(route) for route in assembler.assemble(rng, max_heavy_atoms=largest))
        return sieve.gather(made, lambda one: self._taken(one, sieve), progress)

    def _taken(self, made: _RouteMade, sieve: Sieve) -> Proposal | None:
        if not self._takes(made, sieve) or made.route is None:
            return None
        request = sieve.request
        return Proposal(
            smiles=made.route.product,
            generator=self.name,
            mode=request.mode,
            seed=request.seed,
            cycle=request.cycle,
            parents=made.parents,
            detail=made.route.to_text(),
        )

    def _takes(self, made: _RouteMade, sieve: Sieve) -> bool:
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

    def _edits(
        self, request: ProposalRequest, sieve: Sieve, rng: np.random.Generator
    ) -> Iterator[_RouteMade]:
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
        exchange = PieceExchange(self.library)
        while True:
            seed, trees = forests[int(rng.choice(len(forests), p=weights / weights.sum()))]
            tree = trees[int(rng.integers(len(trees)))]
            route = exchange.exchange(tree, rng, temperature=request.temperature)
            fewest = SMALLEST_SHARE * Chem.MolFromSmiles(tree.smiles).GetNumHeavyAtoms()
            yield _RouteMade(route, (seed.compound_id,), fewest)


def _checked(seeds: tuple[SeedCompound, ...]) -> tuple[SeedCompound, ...]:
    if not seeds:
        raise InputError("editing needs seed compounds", remedy="give measured compounds as seeds")
    weights = np.array([seed.weight for seed in seeds], dtype=np.float64)
    if not np.all(np.isfinite(weights)) or np.any(weights <= 0):
        raise InputError("weights of seed compounds must be finite and above zero")
    return seeds
