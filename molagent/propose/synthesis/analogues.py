"""The nearest makeable analogue: cut a proposal, replace its pieces by blocks, run it forward.

After the projection of structures into synthesisable space by templates (Gao et al. 2022, SynNet,
arXiv:2110.06389), here as an enumeration without a model. A structure that no template cuts is
unknown, which is not the same as not makeable: many good reactions are not among the templates.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.molecules import parse_smiles
from molagent.errors import InputError
from molagent.propose.sieve import flat_smiles
from molagent.propose.synthesis.building_blocks import BlockLibrary, default_blocks, read_blocks
from molagent.propose.synthesis.cuts import CutFinder, CutTree, TreeRunner
from molagent.propose.synthesis.routes import Route, StartingMaterial
from molagent.propose.synthesis.template_file import default_templates, read_templates
from molagent.propose.synthesis.templates import TemplateSet

__all__ = ["Analogue", "AnalogueFinder", "AnalogueSearch", "nearest_makeable"]

# Combinations of blocks tried for one way to cut.
_EACH_TREE: Final = 36
_SHARE_OF_ROUTES: Final = {1: 12, 2: 6, 3: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Analogue:
    """A structure with a route from the building blocks.

    Attributes
    ----------
    similarity
        Tanimoto to the proposal, 1024-bit Morgan radius 2, without stereo; 1.0 for the proposal.
        No analogue carries a reactive or protecting group that the proposal does not have.
    exact
        Whether it is the proposal itself, stereo marks aside.
    """

    smiles: str
    route: Route
    similarity: float
    exact: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalogueSearch:
    """What a search found.

    Attributes
    ----------
    analogues
        Most similar first.
    reason
        Why there is none: unknown, never "not makeable"; '' if there is one.
    cuts
        In how many ways the templates cut the proposal.
    """

    smiles: str
    analogues: tuple[Analogue, ...]
    reason: str
    cuts: int


class AnalogueFinder:
    """Finds makeable analogues; keeps blocks, templates and cuts between calls.

    Parameters
    ----------
    blocks
        A site's file; None takes the common reagents that come with molagent.
    templates
        A site's file; None takes those that come with molagent.
    """

    def __init__(
        self,
        blocks: Path | BlockLibrary | None = None,
        templates: Path | TemplateSet | None = None,
    ) -> None:
        if isinstance(blocks, BlockLibrary):
            self.library = blocks
        else:
            self.library = default_blocks() if blocks is None else read_blocks(blocks)
        if isinstance(templates, TemplateSet):
            self.templates = templates
        else:
            self.templates = default_templates() if templates is None else read_templates(templates)
        self._finder = CutFinder(self.templates)

    def find(self, smiles: str, *, count: int = 5, depth: int = 2) -> AnalogueSearch:
        """Return the most similar structures that can be made from the blocks.

        Parameters
        ----------
        smiles
            The proposal; stereo marks are dropped.
        count
            How many analogues, 1 or more.
        depth
            How many reactions in a row, 1 or more.

        Raises
        ------
        StructureError
            If the structure cannot be read.
        InputError
            If `count` or `depth` is below 1.
        """
        if count < 1 or depth < 1:
            raise InputError(f"count {count} and depth {depth} must be 1 or more")
        wanted = flat_smiles(Chem.MolToSmiles(parse_smiles(smiles)))
        trees = self._finder.find_trees(wanted, depth=depth)
        routes: dict[str, Route] = {}
        if (block := self.library.find(wanted)) is not None:
            bought = self.library.material_of(block.smiles)
            routes[wanted] = Route(product=block.smiles, steps=(), materials=(bought,))
        runner = TreeRunner()
        allowed = _groups(self.templates, Chem.MolFromSmiles(wanted))
        for tree in trees:
            for route in self._routes(tree, runner):
                flat = flat_smiles(route.product)
                if not _groups(self.templates, Chem.MolFromSmiles(flat)) <= allowed:
                    continue
                if flat not in routes or len(route.steps) < len(routes[flat].steps):
                    routes[flat] = route
        analogues = self._ranked(wanted, routes)[:count]
        return AnalogueSearch(
            smiles=wanted,
            analogues=analogues,
            reason="" if analogues else _reason(len(trees)),
            cuts=len(trees),
        )

    def exact_routes(self, smiles: str, *, depth: int = 2) -> tuple[Route, ...]:
        """Return routes to the structure itself from its pieces, in the file of blocks or not.

        Parameters
        ----------
        smiles
            Stereo marks are dropped.
        depth
            How many reactions in a row, 1 or more.

        Raises
        ------
        StructureError
            If the structure cannot be read.
        """
        wanted = flat_smiles(Chem.MolToSmiles(parse_smiles(smiles)))
        bought = self.library.material_of(wanted)
        routes = [Route(product=wanted, steps=(), materials=(bought,))] if bought.block_id else []
        runner = TreeRunner()
        for tree in self._finder.find_trees(wanted, depth=depth):
            pieces = [self.library.material_of(leaf.smiles) for leaf in tree.leaves]
            route = runner.run(tree, pieces)
            if route is not None and flat_smiles(route.product) == wanted:
                routes.append(route)
        return tuple(routes)

    def _routes(self, tree: CutTree, runner: TreeRunner) -> Iterator[Route]:
        leaves = tree.leaves
        each = _SHARE_OF_ROUTES.get(len(leaves), 2)
        choices: list[list[StartingMaterial]] = []
        for leaf, (smarts, query) in zip(leaves, tree.roles(), strict=True):
            found = self.library.find_similar(leaf.smiles, smarts, query, each)
            similar = [self.library.material(index) for index, _ in found]
            # Fingerprints can tie; the block that is the piece itself comes first.
            exact = self.library.material_of(leaf.smiles)
            if exact.block_id:
                similar = [exact, *(one for one in similar if one != exact)]
            choices.append(similar[:each])
        for materials in itertools.islice(itertools.product(*choices), _EACH_TREE):
            route = runner.run(tree, materials)
            if route is not None:
                yield route

    def _ranked(self, wanted: str, routes: dict[str, Route]) -> tuple[Analogue, ...]:
        if not routes:
            return ()
        flats = sorted(routes)
        similarity = tanimoto(morgan_bits([wanted]), morgan_bits(flats))[0]
        found = [
            Analogue(
                smiles=routes[flat].product,
                route=routes[flat],
                similarity=1.0 if flat == wanted else float(value),
                exact=flat == wanted,
            )
            for flat, value in zip(flats, np.asarray(similarity).tolist(), strict=True)
        ]
        return tuple(
            sorted(
                found,
                key=lambda one: (-one.similarity, not one.exact, len(one.route.steps), one.smiles),
            )
        )


def _groups(templates: TemplateSet, mol: Chem.Mol) -> frozenset[str]:
    """Return the reactive groups that a structure carries."""
    return frozenset(name for name, query in templates.unfinished if mol.HasSubstructMatch(query))


def _reason(cuts: int) -> str:
    if cuts == 0:
        return "unknown: no template cuts this structure; it may be made in another way"
    return "unknown: no combination of building blocks gave one product on any of the cuts"


def nearest_makeable(
    smiles: str,
    blocks: Path | None = None,
    templates: Path | None = None,
    *,
    count: int = 5,
) -> AnalogueSearch:
    """Return the most similar structures that templates can make from building blocks.

    For many structures make one :class:`AnalogueFinder`, which reads the files once. Nothing is
    drawn at random: the same question has the same answer.

    Examples
    --------
    >>> found = nearest_makeable("O=C(c1ccc(F)cc1)N1CCOCC1").analogues[0]
    >>> found.exact, found.route.steps[0].template
    (True, 'amide_from_amine')
    >>> nearest_makeable("CC1CC2CCC1C2").reason
    'unknown: no template cuts this structure; it may be made in another way'
    """
    return AnalogueFinder(blocks, templates).find(smiles, count=count)
