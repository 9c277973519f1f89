"""A structure taken apart by templates: trees of cuts, and running a tree forward again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles
from molagent.propose.synthesis.building_blocks import BlockLibrary
from molagent.propose.synthesis.routes import Material, Route, Step
from molagent.propose.synthesis.templates import Template, TemplateSet, find_cuts, run_template

__all__ = ["CutFinder", "CutTree", "material_of", "run_tree"]

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
    template: Template | None = None
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


def material_of(smiles: str, library: BlockLibrary) -> Material:
    """Return a starting material with its id, where the structure is in the library."""
    block = library.find(smiles)
    if block is None:
        return Material(smiles=smiles)
    return Material(smiles=block.smiles, block_id=block.block_id, name=block.name)


def run_tree(tree: CutTree, materials: Sequence[Material]) -> Route | None:
    """Return the route that a tree describes, run forward from other starting materials.

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
    queue = list(materials)
    mol = _run(tree, queue, steps)
    if mol is None:
        return None
    return Route(product=Chem.MolToSmiles(mol), steps=tuple(steps), materials=tuple(materials))


def _run(tree: CutTree, queue: list[Material], steps: list[Step]) -> Chem.Mol | None:
    if tree.template is None:
        return Chem.MolFromSmiles(queue.pop(0).smiles)
    reactants = []
    for branch in tree.branches:
        mol = _run(branch, queue, steps)
        if mol is None:
            return None
        reactants.append(mol)
    product = run_template(tree.template, reactants).product
    if product is None:
        return None
    steps.append(
        Step(
            template=tree.template.name,
            reactants=tuple(Chem.MolToSmiles(mol) for mol in reactants),
            product=Chem.MolToSmiles(product),
        )
    )
    return product
