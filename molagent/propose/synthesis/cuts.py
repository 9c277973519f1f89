"""A structure taken apart by templates: trees of cuts, and running a tree forward again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles
from molagent.propose.synthesis.routes import Route, StartingMaterial, Step
from molagent.propose.synthesis.templates import (
    ReactionTemplate,
    TemplateSet,
    find_cuts,
    run_template,
)

__all__ = ["CutFinder", "CutTree", "TreeRunner"]

# Trees of one structure; the first cuts into pieces of even size come first.
_MOST_TREES: Final = 40
_DEEPENED: Final = 8


@dataclass(frozen=True, slots=True)
class CutTree:
    """A structure and how it is cut; a tree without a template is a leaf.

    Attributes
    ----------
    smiles
        Canonical, without stereo marks.
    branches
        One for each reactant of the template, in its order.
    """

    smiles: str
    template: ReactionTemplate | None = None
    branches: tuple[CutTree, ...] = ()

    @property
    def leaves(self) -> tuple[CutTree, ...]:
        """The pieces that are not cut further, from left to right."""
        if self.template is None:
            return (self,)
        return tuple(leaf for branch in self.branches for leaf in branch.leaves)

    @property
    def joins(self) -> bool:
        """Whether any of its reactions joins two pieces."""
        return len(self.branches) > 1 or any(branch.joins for branch in self.branches)

    def roles(self) -> tuple[tuple[str, Chem.Mol], ...]:
        """Return what each leaf must carry, as text and query, in the order of `leaves`."""
        if self.template is None:
            return ()
        found: list[tuple[str, Chem.Mol]] = []
        for position, branch in enumerate(self.branches):
            own = (self.template.role_smarts[position], self.template.roles[position])
            found.extend(branch.roles() or (own,))
        return tuple(found)


class CutFinder:
    """Finds trees of cuts, and remembers what it has cut.

    Parameters
    ----------
    templates
        Those without ``retro`` cut nothing.
    remembered
        How many structures are kept.
    """

    def __init__(self, templates: TemplateSet, *, remembered: int = 20_000) -> None:
        self._cutting = tuple(one for one in templates.templates if one.retro)
        self._remembered = remembered
        self._cuts: dict[str, tuple[CutTree, ...]] = {}

    def find_trees(self, smiles: str, *, depth: int = 2) -> tuple[CutTree, ...]:
        """Return trees of up to `depth` reactions in a row, evenly cut ones first.

        Parameters
        ----------
        smiles
            Stereo marks are dropped.
        depth
            1 or more.

        Raises
        ------
        StructureError
            If the structure cannot be read.
        """
        mol = parse_smiles(smiles)
        Chem.RemoveStereochemistry(mol)
        trees = self._trees(Chem.MolToSmiles(mol), depth)
        return trees[:_MOST_TREES]

    def _trees(self, smiles: str, depth: int) -> tuple[CutTree, ...]:
        first = self._once(smiles)
        if depth <= 1:
            return first
        trees = list(first)
        for tree in first[:_DEEPENED]:
            for position, branch in enumerate(tree.branches):
                for deeper in self._trees(branch.smiles, depth - 1)[:_DEEPENED]:
                    branches = list(tree.branches)
                    branches[position] = deeper
                    trees.append(CutTree(tree.smiles, tree.template, tuple(branches)))
        return tuple(trees)

    def _once(self, smiles: str) -> tuple[CutTree, ...]:
        if smiles not in self._cuts:
            if len(self._cuts) >= self._remembered:
                self._cuts.clear()
            mol = Chem.MolFromSmiles(smiles)
            found = [
                CutTree(smiles, template, tuple(CutTree(piece) for piece in pieces))
                for template in self._cutting
                for pieces in find_cuts(template, mol)
            ]
            self._cuts[smiles] = tuple(sorted(found, key=_largest_piece))
        return self._cuts[smiles]


def _largest_piece(tree: CutTree) -> tuple[int, str, tuple[str, ...]]:
    sizes = [Chem.MolFromSmiles(leaf.smiles).GetNumAtoms() for leaf in tree.leaves]
    name = "" if tree.template is None else tree.template.name
    return max(sizes), name, tuple(leaf.smiles for leaf in tree.leaves)


class TreeRunner:
    """Runs trees forward, and remembers reactions: trees of one structure share their parts."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], _CutPiece | None] = {}

    def run(self, tree: CutTree, materials: Sequence[StartingMaterial]) -> Route | None:
        """Return the route that a tree describes, from other starting materials.

        Parameters
        ----------
        tree
            Says which reactions, in which order.
        materials
            One for each leaf, in the order of ``tree.leaves``.

        Returns
        -------
        Route or None
            None if a reaction gives no product or more than one.
        """
        steps: list[Step] = []
        made = self._run(tree, iter(materials), steps)
        if made is None:
            return None
        return Route(product=made.smiles, steps=tuple(steps), materials=tuple(materials))

    def _run(
        self, tree: CutTree, materials: Iterator[StartingMaterial], steps: list[Step]
    ) -> _CutPiece | None:
        if tree.template is None:
            return self._read(next(materials).smiles)
        reactants = []
        for branch in tree.branches:
            made = self._run(branch, materials, steps)
            if made is None:
                return None
            reactants.append(made)
        product = self._react(tree.template, reactants)
        if product is not None:
            names = tuple(one.smiles for one in reactants)
            steps.append(Step(template=tree.template.name, reactants=names, product=product.smiles))
        return product

    def _read(self, smiles: str) -> _CutPiece | None:
        if (smiles,) not in self._known:
            mol = Chem.MolFromSmiles(smiles)
            self._known[(smiles,)] = _CutPiece(Chem.MolToSmiles(mol), mol)
        return self._known[(smiles,)]

    def _react(
        self, template: ReactionTemplate, reactants: Sequence[_CutPiece]
    ) -> _CutPiece | None:
        key = (template.name, *(one.smiles for one in reactants))
        if key not in self._known:
            product = run_template(template, [one.mol for one in reactants]).product
            self._known[key] = (
                None if product is None else _CutPiece(Chem.MolToSmiles(product), product)
            )
        return self._known[key]


@dataclass(frozen=True, slots=True)
class _CutPiece:
    smiles: str
    mol: Chem.Mol
