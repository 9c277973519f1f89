"""The closed matcher: every atom is claimed by the core or a site, or the structure is out."""

import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.errors import FileFormatError, StructureError
from molagent.patents import (
    ClaimStatus,
    describe_claim,
    match_claim,
    read_claim,
    read_claims,
    what_would_leave,
)
from molagent.patents.markush.claims import prepare_mol
from molagent.patents.markush.breaking import draw_near_misses
from molagent.patents.markush.enumerate import draw_members
from tests.patents.conftest import (
    BARICITINIB,
    COLLECTION,
    DEURUXOLITINIB,
    EGFR_CLAIM,
    RUXOLITINIB,
    TOFACITINIB,
)

CLAIMS = {claim.claim_id: claim for claim in (*read_claims(COLLECTION), read_claim(EGFR_CLAIM))}

# US 5,770,603 claim 1: 9 x 4 x 3 x 3 = 324 members written out from the definition.
ANILINES = [
    "c3ccc(F)cc3",
    "c3cccc(Cl)c3",
    "c3ccc(C)cc3",
    "c3cccc(C(F)(F)F)c3",
    "c3ccc(F)c(Cl)c3",
    "c3ccc(C)c(C)c3",
    "c3cc(F)c(F)c(F)c3",
    "c3ccc(C)c(Br)c3",
    "c3ccc(C(C)(C)C)cc3",
]
ALKOXY = ["CO", "CCO", "CC(C)O", "CC(C)(C)O"]
LINKERS = ["C", "CC", "C(C)C"]
RINGS = ["C4CCCO4", "C4COC4", "C4OCC(C)C(C)O4"]

NEAR_MISSES = {
    "R1 is hydroxy": "Oc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "R1 is pentyloxy": "CCCCCOc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "R1 is methylthio": "CSc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "R1 is allyloxy": "C=CCOc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "R1 is cyclopropyloxy": "C5CC5Oc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "R1 is difluoromethoxy": "FC(F)Oc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "R1 is missing": "c1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "R1 and Q exchanged": "COc1cc2c(Nc3ccc(F)cc3)ncnc2cc1OCC4CCCO4",
    "R2 is missing": "COc1cc2ncnc(Nc3ccccc3)c2cc1OCC4CCCO4",
    "R2 four times": "COc1cc2ncnc(Nc3cc(F)c(F)c(F)c3F)c2cc1OCC4CCCO4",
    "R2 is methoxy": "COc1cc2ncnc(Nc3ccc(OC)cc3)c2cc1OCC4CCCO4",
    "R2 is cyano": "COc1cc2ncnc(Nc3ccc(C#N)cc3)c2cc1OCC4CCCO4",
    "R2 is pentyl": "COc1cc2ncnc(Nc3ccc(CCCCC)cc3)c2cc1OCC4CCCO4",
    "R2 is difluoromethyl": "COc1cc2ncnc(Nc3ccc(C(F)F)cc3)c2cc1OCC4CCCO4",
    "R2 is phenyl": "COc1cc2ncnc(Nc3ccc(-c5ccccc5)cc3)c2cc1OCC4CCCO4",
    "aniline is fused": "COc1cc2ncnc(Nc3ccc5CCCc5c3)c2cc1OCC4CCCO4",
    "aniline is a pyridine": "COc1cc2ncnc(Nc3ccc(F)nc3)c2cc1OCC4CCCO4",
    "aniline N is methylated": "COc1cc2ncnc(N(C)c3ccc(F)cc3)c2cc1OCC4CCCO4",
    "C2 is methylated": "COc1cc2nc(C)nc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "C5 is chlorinated": "COc1cc2ncnc(Nc3ccc(F)cc3)c2c(Cl)c1OCC4CCCO4",
    "quinoline": "COc1cc2nccc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4",
    "A is missing": "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OC4CCCO4",
    "A is pentylene": "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCCCCCC4CCCO4",
    "A holds oxygen": "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCCOCC4CCCO4",
    "Q is cyclopentyl": "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCC4",
    "Q is morpholine": "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCCN4CCOCC4",
    "Q is oxirane": "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CO4",
    "Q is furan": "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCc4ccco4",
}


def egfr_members():
    for aniline, alkoxy, linker, ring in product(ANILINES, ALKOXY, LINKERS, RINGS):
        yield f"{alkoxy}c1cc2ncnc(N{aniline})c2cc1O{linker}{ring}"


def test_all_324_members_of_the_egfr_claim_are_found(egfr_claim):
    members = list(egfr_members())
    assert len(set(members)) == 324
    assert [smiles for smiles in members if not match_claim(egfr_claim, smiles).inside] == []


@pytest.mark.parametrize("name", NEAR_MISSES)
def test_none_of_28_near_misses_of_the_egfr_claim_is_hit(egfr_claim, name):
    assert len(NEAR_MISSES) == 28
    match = match_claim(egfr_claim, NEAR_MISSES[name])
    assert not match.inside
    assert match.failures or not match.core_found


def test_a_hit_comes_with_its_assignment(egfr_claim):
    match = match_claim(egfr_claim, "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC4CCCO4")
    assert match.assignment == {"R1": "*OC", "R2": "*Cl, *F", "A-Q": "*CC1CCCO1"}


def test_a_near_miss_says_which_predicate_failed(egfr_claim):
    match = match_claim(egfr_claim, NEAR_MISSES["R1 is pentyloxy"])
    assert match.failures == (
        "position 7 carries *OCCCCC; the claim allows R1: C1-4 alkoxy "
        "(5 carbons where 1-4 are allowed)",
    )


def test_what_keeps_a_structure_inside_is_said_site_by_site(egfr_claim):
    match = match_claim(egfr_claim, "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CCCO4")
    sentences = what_would_leave(egfr_claim, match.assignment)
    assert sentences[0] == "R1 = *OC (position 7); the claim allows C1-4 alkoxy"
    assert len(sentences) == 3


def test_a_claim_is_read_back_as_a_sentence(egfr_claim):
    sentence = describe_claim(egfr_claim)
    assert "draft, not confirmed" in sentence
    assert "R1 at position 7: C1-4 alkoxy, exactly once" in sentence
    assert "R2 at positions 12 to 16: halogen or trifluoromethyl or C1-4 alkyl, 1 to 3 times" in (
        sentence
    )


@pytest.mark.parametrize("claim_id", CLAIMS)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_drawn_members_are_inside_and_one_broken_predicate_puts_them_out(claim_id, seed):
    claim = CLAIMS[claim_id]
    for smiles in draw_members(claim, 4, seed=seed):
        match = match_claim(claim, smiles)
        assert match.inside, (smiles, match.failures)
    for smiles, site in draw_near_misses(claim, 4, seed=seed):
        assert not match_claim(claim, smiles).inside, (smiles, site)


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_core_and_groups_make_up_the_whole_molecule(claim_id):
    claim = CLAIMS[claim_id]
    for smiles in (*claim.members, *draw_members(claim, 20, seed=3)):
        mol = prepare_mol(smiles, claim.isotopes)
        fit = claim.find_fit(mol)
        groups = [group.atoms for found in fit.groups.values() for group in found]
        claimed = frozenset().union(*groups)
        assert sum(map(len, groups)) == len(claimed)  # no atom is claimed twice
        core = claim.templates[0].query.GetNumAtoms()
        assert len(claimed) + core == mol.GetNumAtoms()  # and none is left over


def test_the_same_seed_draws_the_same_members(egfr_claim):
    assert draw_members(egfr_claim, 20, seed=7) == draw_members(egfr_claim, 20, seed=7)


def test_deuruxolitinib_is_inside_both_deuterium_claims_and_ruxolitinib_in_neither():
    for claim_id in ("US-9662335-B2/1", "US-9249149-B2/1"):
        claim = CLAIMS[claim_id]
        assert claim.status is ClaimStatus.CONFIRMED
        assert match_claim(claim, DEURUXOLITINIB).inside
        assert match_claim(claim, f"{DEURUXOLITINIB}.OP(=O)(O)O").inside
        assert not match_claim(claim, RUXOLITINIB).inside


def test_a_proviso_puts_a_structure_out_and_says_so():
    only_y5 = "N#CC([2H])([2H])[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
    match = match_claim(CLAIMS["US-9249149-B2/1"], only_y5)
    assert match.failures == ("Y2 and Y3 are all unfilled; the claim requires one of them",)


def test_tofacitinib_is_only_in_a_draft():
    claim = CLAIMS["US-7250420-B2/1"]
    assert claim.status is ClaimStatus.DRAFT
    match = match_claim(claim, TOFACITINIB)
    assert match.assignment == {"R4": "*C", "(CH2)yR5": "*C1CN(C(=O)CC#N)CCC1C"}
    assert not match_claim(claim, BARICITINIB).core_found


@pytest.mark.parametrize("smiles", ["C" * 5000, "C1CC", ""])
def test_what_cannot_be_tried_raises_instead_of_hanging(egfr_claim, smiles):
    started = time.perf_counter()
    with pytest.raises(StructureError):
        match_claim(egfr_claim, smiles)
    assert time.perf_counter() - started < 5


def test_a_symmetric_cage_does_not_hang_the_matcher(egfr_claim):
    fullerene_like = "C12C3C4C1C5C2C3C45"  # cubane
    assert not match_claim(egfr_claim, fullerene_like).inside


EDITS = {
    "member falls outside": (
        'members = ["COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1"]',
        'members = ["COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCC1"]',
        r"member COc1.*falls outside \(position 6 carries",
    ),
    "non-member falls inside": (
        "OCCCN1CCOCC1",
        "OCCCC1CCOCC1",
        "non-member COc1.*falls inside",
    ),
    "unknown field": ("kind =", "knd =", "unknown field 'knd'"),
    "status": ('status = "draft"', 'status = "granted"', "'granted' is not a valid ClaimStatus"),
    "confirmed by nobody": (
        'status = "draft"',
        'status = "confirmed"',
        "says by whom and when",
    ),
    "any_group in a confirmed claim": (
        'status = "draft"\n',
        'status = "confirmed"\nconfirmed_by = "A. Chemist"\nconfirmed_on = 2026-11-21\n',
        "uses any_group",
    ),
    "position without hydrogen": ("[cH:7]", "[c:7](C)", "position 7 cannot carry a group"),
    "core with a radical": ("[OH:6]", "[O:6]", "is not a complete molecule"),
    "no members": (
        'members = ["COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1"]',
        "members = []",
        "needs members and non-members",
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_claim_that_fails_its_own_tests_is_refused(tmp_path, name):
    before, after, problem = EDITS[name]
    text = EGFR_CLAIM.read_text(encoding="utf-8")
    assert before in text
    text = text.replace(before, after)
    if name == "any_group in a confirmed claim":
        text = text.replace("{ alkoxy = [1, 4] }", "{ any_group = 8 }")
    (tmp_path / "claim.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError, match=problem) as caught:
        read_claim(tmp_path / "claim.toml")
    assert "claim.toml" in str(caught.value)


def test_two_files_with_one_claim_id_are_refused(tmp_path):
    (tmp_path / "claims").mkdir()
    for name in ("a.toml", "b.toml"):
        (tmp_path / "claims" / name).write_text(EGFR_CLAIM.read_text(encoding="utf-8"))
    with pytest.raises(FileFormatError, match="stands twice"):
        read_claims(tmp_path)
