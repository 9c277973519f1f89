import pytest

from molagent.errors import InputError
from molagent.propose.synthesis.replay import replay_route
from molagent.propose.synthesis.routes import Route, StartingMaterial, Step

TEXT = (
    "1 buchwald_amine: Brc1ccccc1 [B0067 bromobenzene] + CC(C)(C)OC(=O)N1CCNCC1 "
    "[not in the block file]; 2 boc_removal: product 1"
)


def test_a_route_comes_back_with_its_products():
    route = replay_route(TEXT)
    assert [step.product for step in route.steps] == [
        "CC(C)(C)OC(=O)N1CCN(c2ccccc2)CC1",
        "c1ccc(N2CCNCC2)cc1",
    ]
    assert [one.block_id for one in route.materials] == ["B0067", ""]
    assert route.to_text() == TEXT


def test_a_vendor_name_with_separators_does_not_break_the_text():
    route = Route(
        product="CC(=O)Nc1ccccc1",
        steps=(
            Step(
                template="amide_from_aniline",
                reactants=("CC(=O)O", "Nc1ccccc1"),
                product="CC(=O)Nc1ccccc1",
            ),
        ),
        materials=(
            StartingMaterial(smiles="CC(=O)O", block_id="V1", name="acid; 1 + 2 [pure]"),
            StartingMaterial(smiles="Nc1ccccc1", block_id="V2"),
        ),
    )
    again = replay_route(route.to_text())
    assert (again.product, again.steps) == (route.product, route.steps)
    assert [one.block_id for one in again.materials] == ["V1", "V2"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("crossover, append atom", "not a step"),
        ("1 alchemy: Pb [lead]", "not a step"),
        ("2 boc_removal: product 1", "not a step"),
        ("1 boc_removal: product 1", "not a reactant"),
        ("1 amide_from_amine: CC(=O)O [B1]", "has 1 reactants, not 2"),
        ("1 boc_removal: CCO [B1]", "gives no product"),
    ],
)
def test_what_is_no_route_is_an_error(text, says):
    with pytest.raises(InputError, match=says):
        replay_route(text)
