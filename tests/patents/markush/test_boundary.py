"""The boundary of a claim: every suggested change was tried, and does what it says."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.boundary import (
    claim_distance,
    count_changes,
    find_boundary,
    find_outcome,
)
from molagent.patents.markush.claims import parse_claim, prepare_mol, read_claim, read_claims
from molagent.patents.markush.draws import draw_members
from molagent.patents.markush.matching import match_claim
from tests.patents.conftest import COLLECTION, DEURUXOLITINIB, EGFR_CLAIM, TOFACITINIB
from tests.patents.markush.test_drafting import egfr_tables

MEMBER = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1"
CLAIMS = {claim.claim_id: claim for claim in read_claims(COLLECTION)}
EGFR = read_claim(EGFR_CLAIM)
VARIED = [EGFR, *(claim for claim in CLAIMS.values() if claim.sites)]


@pytest.mark.parametrize(
    ("smiles", "changes", "distance"),
    [
        (MEMBER, 0, 0.0),
        ("CCCCCOc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1", 1, 0.5),
        ("CCCCCOc1cc2ncnc(Nc3ccc(OC)c(Cl)c3)c2cc1OCC1CCCO1", 2, 2 / 3),
        ("CCO", None, 1.0),
    ],
)
def test_distance_counts_what_keeps_a_structure_out(smiles, changes, distance):
    mol = prepare_mol(smiles)
    assert count_changes(EGFR, mol) == changes
    assert claim_distance([EGFR], mol) == pytest.approx(distance)
    assert find_boundary(EGFR, smiles).distance == pytest.approx(distance)


def test_the_nearest_of_several_claims_counts_and_none_is_no_distance():
    mol = prepare_mol(MEMBER)
    others = list(CLAIMS.values())
    assert claim_distance(others, mol) == 1.0
    assert claim_distance([*others, EGFR], mol) == 0.0
    assert math.isnan(claim_distance([], mol))


def test_a_near_miss_says_which_predicate_failed_with_what_was_found():
    boundary = find_boundary(EGFR, "CCCCCOc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4")
    assert not boundary.inside
    [failure] = boundary.failures
    assert "*OCCCCC" in failure
    assert "C1-4 alkoxy" in failure
    assert boundary.exits == ()


def test_a_hit_says_what_holds_it_and_what_a_chemist_could_change():
    boundary = find_boundary(EGFR, MEMBER, top=6)
    held = {hold.site: hold for hold in boundary.holds}
    assert (held["R1"].group, held["R1"].allowed) == ("*OC", "C1-4 alkoxy")
    assert "methoxy → ethoxy" in held["R1"].stays
    leaving = {leaving.change for leaving in boundary.exits if leaving.site == "R1"}
    assert {"methoxy → cyclopropyloxy", "methoxy → difluoromethoxy"} <= leaving
    assert {leaving.site for leaving in boundary.exits} == {"R1", "R2", "A-Q", "core"}


@settings(max_examples=6, deadline=None)
@given(claim=st.sampled_from(VARIED), seed=st.integers(0, 10_000))
def test_every_suggestion_leaves_the_claim_and_none_is_the_structure_itself(claim, seed):
    [smiles] = draw_members(claim, 1, seed=seed)
    boundary = find_boundary(claim, smiles, top=3)
    assert boundary.inside
    for leaving in boundary.exits:
        assert not match_claim(claim, leaving.smiles).inside, leaving
        assert 0.0 <= leaving.similarity < 1.0
        assert leaving.reason
    found = [leaving.smiles for leaving in boundary.exits]
    assert len(set(found)) == len(found)
    assert Chem.CanonSmiles(smiles) not in found


def test_suggestions_keep_out_of_other_claims_too():
    tables = egfr_tables() | {"status": "draft", "claim_id": "US-5770603/wider"}
    tables["site"][0]["group"] = {
        "one_of": [{"alkoxy": [1, 4]}, {"fragment": "*OC(F)F"}, "hydroxy"]
    }
    wider = parse_claim(tables, place="test")
    alone = {leaving.smiles for leaving in find_boundary(EGFR, MEMBER, top=20).exits}
    beside = {
        leaving.smiles for leaving in find_boundary(EGFR, MEMBER, beside=[wider], top=20).exits
    }
    assert any(match_claim(wider, smiles).inside for smiles in alone)
    assert not any(match_claim(wider, smiles).inside for smiles in beside)


def test_a_deuterated_drug_leaves_by_giving_up_one_deuterium():
    boundary = find_boundary(CLAIMS["US-9249149-B2/1"], DEURUXOLITINIB)
    assert "*[2H] → H" in {leaving.change for leaving in boundary.exits}


def test_configurations_that_a_change_does_not_touch_are_kept():
    boundary = find_boundary(CLAIMS["US-7250420-B2/1"], TOFACITINIB)
    centres = [label for _, label in Chem.FindMolChiralCenters(Chem.MolFromSmiles(TOFACITINIB))]
    assert centres == ["R", "R"]
    untouched = [leaving for leaving in boundary.exits if leaving.site in ("core", "R4")]
    assert len(untouched) > 4
    for leaving in untouched:
        found = Chem.FindMolChiralCenters(Chem.MolFromSmiles(leaving.smiles))
        assert [label for _, label in found] == centres, leaving


def test_outcomes_are_words_that_are_no_verdicts():
    outcomes = {
        MEMBER: "may be inside",
        "CCCCCOc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4": "near miss",
        "CCO": "outside",
        "C1CC": "not checked",
    }
    found = {smiles: find_outcome(EGFR, smiles) for smiles in outcomes}
    assert {smiles: row["outcome"] for smiles, row in found.items()} == outcomes
    assert math.isnan(found["C1CC"]["distance"])
    assert find_outcome(CLAIMS["US-9249149-B2/1"], DEURUXOLITINIB)["outcome"] == "inside"


def test_a_structure_that_cannot_be_read_has_no_boundary():
    with pytest.raises(StructureError):
        find_boundary(EGFR, "C1CC")
