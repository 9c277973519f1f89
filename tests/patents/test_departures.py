"""Where a lineage left a claim: the measured compound inside, the change, and what came of it."""

import pytest

from molagent.patents.departures import Ancestor, find_departures
from molagent.patents.markush.claims import read_claims
from tests.patents.conftest import EGFR_CLAIMS

# All with the aniline of gefitinib; its morpholinopropoxy makes the family of US-5770599.
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
DIFLUOROMETHOXY = "FC(F)Oc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
DIFLUOROMETHOXY_PYRROLIDINE = "FC(F)Oc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCCC1"
METHOXYANILINE = "COc1ccc(Nc2ncnc3cc(OC)c(OCCCN4CCOCC4)cc23)cc1"
ERLOTINIB = "C#Cc1cccc(Nc2ncnc3cc(OCCOC)c(OCCOC)cc23)c1"
VANDETANIB = "COc1cc2c(Nc3ccc(Br)cc3F)ncnc2cc1OCC1CCN(C)CC1"
TO_DIFLUORO = "*C to *C(F)F, seen in 12 compounds"


@pytest.fixture(scope="module")
def claims():
    return read_claims(EGFR_CLAIMS)


def left(compound_id, lineage, claims):
    return find_departures([compound_id], lineage, claims)[compound_id]


def test_the_parent_inside_is_told_with_its_groups_and_the_change(claims):
    lineage = {
        "gefitinib": Ancestor(smiles=GEFITINIB),
        "P1-0001": Ancestor(smiles=DIFLUOROMETHOXY, parents=("gefitinib",), step=TO_DIFLUORO),
    }
    [step] = left("P1-0001", lineage, claims)
    assert (step.claim_id, step.status) == ("US-5770599/abstract", "draft")
    assert (step.parent_id, step.child_id, step.generations) == ("gefitinib", "P1-0001", 0)
    assert step.assignment == {"R3": "*OC", "R2": "*Cl, *F", "R1": "*CCCN1CCOCC1"}
    assert step.step == TO_DIFLUORO
    assert "position 7 carries *OC(F)F" in step.reasons[0]
    assert step.beside == ""


def test_a_grandchild_is_told_the_step_of_its_parent(claims):
    lineage = {
        "gefitinib": Ancestor(smiles=GEFITINIB),
        "P1-0001": Ancestor(smiles=DIFLUOROMETHOXY, parents=("gefitinib",), step=TO_DIFLUORO),
        "P2-0001": Ancestor(smiles=DIFLUOROMETHOXY_PYRROLIDINE, parents=("P1-0001",), step="ring"),
    }
    [step] = left("P2-0001", lineage, claims)
    assert (step.parent_id, step.child_id, step.generations) == ("gefitinib", "P1-0001", 1)
    assert step.step == TO_DIFLUORO


def test_each_claim_is_left_on_its_own_by_a_child_of_two(claims):
    lineage = {
        "gefitinib": Ancestor(smiles=GEFITINIB),
        "vandetanib": Ancestor(smiles=VANDETANIB),
        "P1-0001": Ancestor(
            smiles=METHOXYANILINE, parents=("gefitinib", "vandetanib"), step="crossover"
        ),
    }
    found = {(step.claim_id, step.parent_id) for step in left("P1-0001", lineage, claims)}
    assert found == {
        ("US-5770599/abstract", "gefitinib"),
        ("US-RE42353/abstract", "vandetanib"),
    }


def test_what_is_inside_has_left_nothing(claims):
    lineage = {
        "P1-0001": Ancestor(smiles=GEFITINIB, parents=("gefitinib",)),
        "gefitinib": Ancestor(smiles=GEFITINIB),
    }
    assert "US-5770599/abstract" not in {step.claim_id for step in left("P1-0001", lineage, claims)}


def test_a_lineage_that_was_never_inside_names_a_parent_beside_a_claim(claims):
    lineage = {
        "methoxyaniline": Ancestor(smiles=METHOXYANILINE),
        "P1-0001": Ancestor(
            smiles=METHOXYANILINE.replace("OCCCN4", "OCCCCN4"), parents=("methoxyaniline",)
        ),
    }
    beside = {step.claim_id: step for step in left("P1-0001", lineage, claims)}
    step = beside["US-5770599/abstract"]
    assert step.beside.startswith("position 14 carries *OC")
    assert step.assignment == {}


def test_erlotinib_that_fails_the_gefitinib_claim_in_three_places_is_not_beside_it(claims):
    lineage = {
        "erlotinib": Ancestor(smiles=ERLOTINIB),
        "P1-0001": Ancestor(smiles=ERLOTINIB.replace("C#C", "CC#C"), parents=("erlotinib",)),
    }
    assert "US-5770599/abstract" not in {each.claim_id for each in left("P1-0001", lineage, claims)}


def test_a_compound_that_cannot_be_its_own_ancestor_ends_the_search(claims):
    lineage = {
        "P1-0001": Ancestor(smiles=DIFLUOROMETHOXY, parents=("P1-0002",)),
        "P1-0002": Ancestor(smiles=DIFLUOROMETHOXY_PYRROLIDINE, parents=("P1-0001", "unknown")),
    }
    assert all(step.beside for step in left("P1-0001", lineage, claims))
