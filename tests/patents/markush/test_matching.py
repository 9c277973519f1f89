"""The closed matcher: every atom is claimed by the core or a site, or the structure is out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.claim_breaking import draw_near_misses
from molagent.errors import FileFormatError, StructureError
from molagent.patents.markush.claims import ClaimStatus, prepare_mol, read_claim, read_claims
from molagent.patents.markush.draws import draw_members
from molagent.patents.markush.matching import describe_claim, match_claim, what_would_leave
from tests.patents.conftest import (
    BARICITINIB,
    COLLECTION,
    DEURUXOLITINIB,
    EGFR_CLAIM,
    EGFR_CLAIMS,
    PUBLISHED,
    RUXOLITINIB,
    TOFACITINIB,
)

CLAIMS = {
    claim.claim_id: claim
    for claim in (*read_claims(COLLECTION), *read_claims(PUBLISHED), *read_claims(EGFR_CLAIMS))
}

# US 5,770,603 claim 1: 9 anilines x 4 alkoxy x 3 linkers x 3 rings, written out.
MEMBERS = EGFR_CLAIM.with_suffix(".members.smi").read_text(encoding="utf-8").split()
NEAR_MISSES = {
    name: smiles
    for smiles, name in (
        line.split(maxsplit=1)
        for line in EGFR_CLAIM.with_suffix(".near_misses.smi").read_text().splitlines()
    )
}


def test_all_324_members_of_the_egfr_claim_are_found(egfr_claim):
    assert len(set(MEMBERS)) == 324
    assert [smiles for smiles in MEMBERS if not match_claim(egfr_claim, smiles).inside] == []


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


def test_of_several_ways_to_lay_the_core_the_best_is_reported():
    # The anilino ring can be laid on the phenyl of the ether too; that way nothing would fit.
    fluoxetine = CLAIMS["US-4314081/1"]
    match = match_claim(fluoxetine, "CCNCCC(Oc1ccc(cc1)C(F)(F)F)c1ccccc1")
    assert match.failures == (
        "position 1 carries *CC; the claim allows R': C1 alkyl (2 carbons where 1 are allowed)",
    )


@pytest.mark.parametrize(
    ("claim_id", "smiles", "reason"),
    [
        (
            "US-5770603/1",
            "COc1cc2ncnc(Nc3ccc(F)cc3)c2cc1OCC4CO4",
            "3 ring atoms where 4-7 are allowed",
        ),
        ("US-5770603/1", NEAR_MISSES["A is pentylene"], "a chain of 5 where 1-4 is allowed"),
        ("US-5770603/1", NEAR_MISSES["A is missing"], "no chain before saturated 4-7-membered"),
        ("US-5770603/1", NEAR_MISSES["R2 four times"], "R2 occurs 4 times"),
        ("US-5770603/1", NEAR_MISSES["C5 is chlorinated"], "hangs where the claim allows nothing"),
        (
            "US-5770603/1",
            "C#Cc1cccc(c1)Nc1ncnc2cc3OCCOc3cc12",  # icotinib, its crown a dioxane
            "*OCC bridges two atoms of the core",
        ),
        (
            "US-4886808/abstract",
            "c1cnc(s1)CN1C2CCCC1CC(C2)NC(=O)c1nn(C)c2ccccc12",
            "2 hetero atoms where 1 are allowed",
        ),
        (
            "US-5354772/abstract",
            "CC(C)n1c(C=CC(O)CC(O)CC(=O)O)c(-c2ccc(Br)cc2)c2ccccc12",
            "Br is not among F, Cl",
        ),
        (
            "US-4992474/abstract",
            "OCc1cc(ccc1O)C(O)CNC(CC)(CCC)CCOCCc1ccccc1",
            "the claim provides: not together: R1 is C",
        ),
        (
            "US-4808594-A/1",
            "CN(C)C(=O)Cc1c(nc2ccc(COC)cn12)-c1ccc(C)cc1.Cl",
            "the claim names the free form only",
        ),
    ],
)
def test_a_near_miss_names_what_was_found_and_what_is_allowed(claim_id, smiles, reason):
    match = match_claim(CLAIMS[claim_id], smiles)
    assert match.core_found
    assert reason in " ".join(match.failures)


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
@settings(max_examples=4, deadline=None)
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
        cores = {template.query.GetNumAtoms() for template in claim.templates}
        assert mol.GetNumAtoms() - len(claimed) in cores  # and none is left over


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
    with pytest.raises(StructureError):
        match_claim(egfr_claim, smiles)


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
