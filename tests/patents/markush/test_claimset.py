"""Many claims at once: the screen loses nothing, and the answers are those of the matcher."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from benchmarks.claim_breaking import draw_broken
from benchmarks.markush import vary_claims
from molagent.patents.markush.claims import read_claims
from molagent.patents.markush.claimset import ClaimSet
from molagent.patents.markush.draws import draw_members
from molagent.patents.markush.matching import match_prepared
from molagent.patents.markush.preparing import drop_labels, prepare_mol
from tests.patents.conftest import COLLECTION, DEURUXOLITINIB, EGFR_CLAIMS, PUBLISHED, REPOSITORY

STORED = [*read_claims(COLLECTION), *read_claims(PUBLISHED), *read_claims(EGFR_CLAIMS)]
VARIED = [*STORED, *vary_claims(STORED, 60, seed=5)]
CLAIMS = ClaimSet(VARIED)


def one_by_one(mol: Chem.Mol) -> list[str]:
    """Return the ids of the claims that the matcher alone finds."""
    prepared = {"ignored": drop_labels(mol), "literal": mol}
    return [
        claim.claim_id for claim in VARIED if match_prepared(claim, prepared[claim.isotopes]).inside
    ]


@settings(max_examples=25, deadline=None)
@given(which=st.integers(0, len(VARIED) - 1), seed=st.integers(0, 2**31 - 1))
def test_a_set_of_claims_answers_as_each_claim_does(which, seed):
    claim = VARIED[which]
    broken, _ = draw_broken(claim, 2, seed=seed)
    smiles_list = [*draw_members(claim, 3, seed=seed), *(miss.smiles for miss in broken)]
    mols = [prepare_mol(smiles, "literal") for smiles in smiles_list]
    answers = CLAIMS.match_all(mols)
    assert [[match.claim_id for match in found] for found in answers] == list(map(one_by_one, mols))
    assert all(claim.claim_id in [match.claim_id for match in found] for found in answers[:3])


def test_real_inhibitors_are_answered_as_each_claim_does():
    with (REPOSITORY / "data" / "jak" / "jak1_ki.csv").open() as lines:
        mols = [prepare_mol(row["smiles"], "literal") for row in csv.DictReader(lines)][:200]
    answers = CLAIMS.match_all(mols)
    assert [[match.claim_id for match in found] for found in answers] == list(map(one_by_one, mols))
    assert sum(map(len, answers)) > 0  # or the comparison would show nothing


def test_labels_are_dropped_only_for_claims_that_ignore_them():
    found = {match.claim_id for match in CLAIMS.match(prepare_mol(DEURUXOLITINIB, "literal"))}
    assert {"US-9662335-B2/1", "US-9249149-B2/1"} <= found
    unlabelled = {match.claim_id for match in CLAIMS.match(prepare_mol(DEURUXOLITINIB))}
    assert "US-9662335-B2/1" not in unlabelled


def test_a_hit_has_its_assignment_and_claims_come_in_order():
    mol = prepare_mol("COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC4CCCO4", "literal")
    [match] = ClaimSet(STORED).match(mol)
    assert match.assignment == {"R1": "*OC", "R2": "*Cl, *F", "A-Q": "*CC1CCCO1"}


def test_the_screen_leaves_next_to_nothing_to_the_matcher():
    mol = prepare_mol("CC(=O)Oc1ccccc1C(=O)O", "literal")
    assert CLAIMS.candidates(mol) == []


def test_an_empty_set_finds_nothing():
    assert ClaimSet([]).match_all([prepare_mol("CCO")]) == [[]]
    assert len(ClaimSet([])) == 0


@pytest.mark.parametrize("claim", STORED, ids=lambda claim: claim.claim_id)
def test_what_a_claim_file_lists_as_members_passes_the_screen(claim):
    claims = ClaimSet([claim])
    for smiles in claim.members:
        assert claims.match(prepare_mol(smiles, "literal")), smiles
