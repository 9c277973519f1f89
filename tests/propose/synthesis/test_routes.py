import xml.etree.ElementTree as ET

import pytest

from molagent.errors import InputError
from molagent.propose.synthesis.routes import Route, StartingMaterial, Step

ROUTE = Route(
    product="c1ccc(N2CCNCC2)cc1",
    steps=(
        Step(
            template="buchwald_amine",
            reactants=("Brc1ccccc1", "CC(C)(C)OC(=O)N1CCNCC1"),
            product="CC(C)(C)OC(=O)N1CCN(c2ccccc2)CC1",
        ),
        Step(
            template="boc_removal",
            reactants=("CC(C)(C)OC(=O)N1CCN(c2ccccc2)CC1",),
            product="c1ccc(N2CCNCC2)cc1",
        ),
    ),
    materials=(
        StartingMaterial(smiles="Brc1ccccc1", block_id="B0067", name="bromobenzene"),
        StartingMaterial(smiles="CC(C)(C)OC(=O)N1CCNCC1"),
    ),
)


def test_the_text_says_which_materials_are_not_in_the_file():
    assert ROUTE.to_text() == (
        "1 buchwald_amine: Brc1ccccc1 [B0067 bromobenzene] + CC(C)(C)OC(=O)N1CCNCC1 "
        "[not in the block file]; 2 boc_removal: product 1"
    )
    assert not ROUTE.all_in_file


def test_json_gives_the_route_back():
    assert Route.from_json(ROUTE.to_json()) == ROUTE


@pytest.mark.parametrize("text", ["", "[]", '{"product": "C"}', '{"product": "C", "steps": [1]}'])
def test_other_json_is_an_error(text):
    with pytest.raises(InputError, match="not a route"):
        Route.from_json(text)


def test_the_picture_is_one_svg_with_a_row_for_each_reaction():
    root = ET.fromstring(ROUTE.to_svg())  # noqa: S314 - our own drawing
    assert root.tag.endswith("svg")
    assert len([child for child in root if child.tag.endswith("svg")]) == 2


def test_a_block_that_is_bought_has_no_picture_and_says_so():
    bought = Route(
        product="C1COCCN1",
        steps=(),
        materials=(StartingMaterial(smiles="C1COCCN1", block_id="B1", name="morpholine"),),
    )
    assert bought.to_svg() == ""
    assert bought.to_text() == "nothing to do: C1COCCN1 [B1 morpholine]"
