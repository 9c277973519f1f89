import pytest
from rdkit import Chem

from molagent.propose.synthesis.building_blocks import default_blocks
from molagent.propose.synthesis.cuts import CutFinder, TreeRunner
from molagent.propose.synthesis.template_file import default_templates

IMATINIB = "CN1CCN(Cc2ccc(C(=O)Nc3ccc(C)c(Nc4nccc(-c5cccnc5)n4)c3)cc2)CC1"


@pytest.fixture(scope="module")
def finder() -> CutFinder:
    return CutFinder(default_templates())


@pytest.mark.parametrize("depth", [1, 2])
def test_every_tree_of_imatinib_gives_imatinib_back(finder, depth):
    trees = finder.find_trees(IMATINIB, depth=depth)
    assert trees
    for tree in trees:
        materials = [default_blocks().material_of(leaf.smiles) for leaf in tree.leaves]
        route = TreeRunner().run(tree, materials)
        assert route is not None
        assert route.product == Chem.CanonSmiles(IMATINIB)


def test_deeper_trees_have_more_pieces(finder):
    pieces = {len(tree.leaves) for tree in finder.find_trees(IMATINIB, depth=2)}
    assert {2, 3} <= pieces


def test_every_leaf_carries_its_role(finder):
    for tree in finder.find_trees(IMATINIB, depth=2):
        for leaf, (_, query) in zip(tree.leaves, tree.roles(), strict=True):
            assert Chem.MolFromSmiles(leaf.smiles).HasSubstructMatch(query)


def test_the_first_cut_leaves_pieces_of_even_size(finder):
    sizes = [
        max(Chem.MolFromSmiles(leaf.smiles).GetNumAtoms() for leaf in tree.leaves)
        for tree in finder.find_trees(IMATINIB, depth=1)
    ]
    assert sizes == sorted(sizes)


def test_pieces_that_do_not_react_give_no_route(finder):
    tree = next(
        tree
        for tree in finder.find_trees("O=C(c1ccccc1)N1CCOCC1", depth=1)
        if tree.template.name == "amide_from_amine"
    )
    butane = [default_blocks().material_of("CCCC")] * 2
    assert TreeRunner().run(tree, butane) is None
