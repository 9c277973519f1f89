"""Routes of drugs from pieces that may be bought, and what is said where there is none."""

import pytest

from molagent.propose.synthesis.analogues import AnalogueFinder
from molagent.propose.synthesis.making import exact_route, plan_making
from molagent.propose.synthesis.route_filter import RouteFilter

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
MOCLOBEMIDE = "O=C(NCCN1CCOCC1)c1ccc(Cl)cc1"
NORBORNANE = "C1CC2CCC1C2"


@pytest.fixture(scope="module")
def finder() -> AnalogueFinder:
    return AnalogueFinder()


def test_a_route_leaves_as_little_as_it_can_to_be_found_elsewhere(finder: AnalogueFinder):
    route = exact_route(finder, TOFACITINIB)
    assert route is not None
    assert [step.template for step in route.steps] == [
        "amide_from_amine",
        "reductive_amination_ketone",
        "snar_amine",
    ]
    outside = [material.smiles for material in route.materials if not material.block_id]
    assert outside == ["CC1CCNCC1=O"]


def test_a_plan_says_steps_and_what_to_buy(finder: AnalogueFinder):
    (plan,) = plan_making(finder, [MOCLOBEMIDE])
    assert (plan["how"], plan["steps"]) == ("route", 1)
    assert {piece["smiles"] for piece in plan["buy"]} == {"O=C(O)c1ccc(Cl)cc1", "NCCN1CCOCC1"}


def test_what_no_template_cuts_is_not_found_and_not_called_impossible(finder: AnalogueFinder):
    (plan,) = plan_making(finder, [NORBORNANE])
    assert plan == {
        "how": "not found",
        "reason": "unknown: no template cuts this structure; it may be made in another way",
    }


def test_a_limit_of_steps_passes_fails_and_does_not_know():
    one, two = RouteFilter(1), RouteFilter(2)
    structures = [MOCLOBEMIDE, TOFACITINIB, NORBORNANE]
    assert [str(each.verdict) for each in one.judge(structures)] == ["pass", "fail", "unknown"]
    judged = two.judge(structures)
    assert [str(each.verdict) for each in judged] == ["pass", "pass", "unknown"]
    # The chloropyrimidine is in the file; the acylated amine that it takes is not.
    assert judged[1].reason == "2 steps, 1 of them for pieces outside the file"
    assert judged[0].evidence[0].startswith("1 amide_from_amine: ")
