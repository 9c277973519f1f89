"""However a structure is drawn, a claim answers as the identity rungs of the ladder do."""

import pytest
from rdkit import Chem

from molagent.chem.standardize import standardize_smiles
from molagent.errors import FileFormatError
from molagent.patents.ladder import PatentLadder
from molagent.patents.markush.claims import parse_claim, read_claim, read_claims
from molagent.patents.markush.draws import draw_members
from molagent.patents.markush.matching import match_claim
from molagent.patents.markush.selftest import check_members
from molagent.records import OverlapLevel
from tests.patents.conftest import COLLECTION, EGFR_CLAIM, EGFR_CLAIMS, PUBLISHED

STORED = [*read_claims(COLLECTION), *read_claims(PUBLISHED), *read_claims(EGFR_CLAIMS)]
INSIDE = {OverlapLevel.IN_CONFIRMED_CLAIM, OverlapLevel.IN_DRAFT_CLAIM}
QUINAZOLINE = "[cH:7]1cc2ncnc(N)c2cc1"


def claim_on(core, group, **more):
    """Return a draft with one core and one site R1 at its position 7."""
    site = {"name": "R1", "positions": [7], "count": 1, "group": group}
    return parse_claim(
        {
            "claim_id": "X/1",
            "publication_number": "US-1234567",
            "claim": 1,
            "kind": "compound",
            "status": "draft",
            "source": "typed",
            "read_on": "2026-11-22",
            "text": "",
            "interpretation": "",
            "members": [],
            "non_members": [],
            "core": core,
            "site": [site],
            **more,
        },
        place="x",
    )


def levels(claims, smiles):
    return {overlap.level for overlap in PatentLadder(None, claims).find_overlap([smiles])[0]}


def test_a_sulfoxide_is_found_by_the_ladder_as_by_its_claim():
    smiles = "CC(C)S(=O)c1ccc(Nc2oc(-c3c(Cl)cccc3F)nc2C(N)=O)cc1"
    assert levels(read_claims(COLLECTION), smiles) & INSIDE


@pytest.mark.parametrize("claim", STORED, ids=lambda claim: claim.claim_id)
def test_drawn_members_of_stored_claims_are_found_by_the_ladder_as_drawn_and_standardised(claim):
    drawn = draw_members(claim, 20, seed=7)
    # A claim on a salt or a label is a claim on what the standardiser takes off.
    stripped = not isinstance(claim.salts, str) or claim.isotopes == "literal"
    asked = [*drawn, *(standardize_smiles(smiles) for smiles in drawn if not stripped)]
    ladder = PatentLadder(None, [claim])
    for smiles, found in zip(asked, ladder.find_overlap(asked), strict=True):
        assert {overlap.level for overlap in found} & INSIDE, smiles


@pytest.mark.parametrize(
    ("group", "drawn"),
    [
        ("*S(C)=O", "c1(S(C)=O)cc2ncnc(N)c2cc1"),
        ("*S(C)=O", "c1([S+](C)[O-])cc2ncnc(N)c2cc1"),
        ("*[S+](C)[O-]", "c1(S(C)=O)cc2ncnc(N)c2cc1"),
        ("*N=[N+]=[N-]", "c1([N-][N+]#N)cc2ncnc(N)c2cc1"),
        ("*N=[N+]=[N-]", "c1(N=[N+]=[N-])cc2ncnc(N)c2cc1"),
        ("*[N+](=O)[O-]", "c1(N(=O)=O)cc2ncnc(N)c2cc1"),
        ("*CC(N)C(=O)O", "c1(CC([NH3+])C(=O)[O-])cc2ncnc(N)c2cc1"),
        ("*C(=O)O", "c1(C(=O)O[Na])cc2ncnc(N)c2cc1"),
        ("*C(=O)[O-]", "c1(C(=O)[O-])cc2ncnc(N)c2cc1.[K+]"),
        ("*CN", "c1(C[NH3+])cc2ncnc(N)c2cc1.[Cl-].O"),
        ("*c1cccnc1O", "c1(-c3ccc[nH]c3=O)cc2ncnc(N)c2cc1"),  # pyridone
        ("*c1ccc[nH]c1=O", "c1(-c3cccnc3O)cc2ncnc(N)c2cc1"),
        ("*C(N)=O", "c1(C(O)=N)cc2ncnc(N)c2cc1"),  # lactim
        ("*NC(=N)N", "c1(N=C(N)N)cc2ncnc(N)c2cc1"),  # guanidine
        ("*C(=S)NC", "c1(C(S)=NC)cc2ncnc(N)c2cc1"),  # thioamide
        ("*c1cn[nH]c1C", "c1(-c3c[nH]nc3C)cc2ncnc(N)c2cc1"),
    ],
)
def test_a_group_is_itself_in_every_drawing(group, drawn):
    claim = claim_on(QUINAZOLINE, {"fragment": group})
    assert match_claim(claim, drawn).inside
    assert levels([claim], drawn) & INSIDE


def test_a_core_written_with_charges_is_the_core_written_without():
    claim = claim_on("C[S+]([O-])c1cc[cH:7]cc1", {"alkyl": [1, 4]})
    assert match_claim(claim, "CS(=O)c1ccc(CC)cc1").inside
    assert match_claim(claim, "C[S@+]([O-])c1ccc(CC)cc1").inside


def test_a_compound_taken_out_of_a_claim_is_taken_out_in_every_drawing():
    taken_out = [{"exclude": ["CC[S+]([O-])c1ccc(C)cc1"]}]
    claim = claim_on("CCS(=O)c1cc[cH:7]cc1", {"alkyl": [1, 4]}, proviso=taken_out)
    assert not match_claim(claim, "CCS(=O)c1ccc(C)cc1").inside
    assert match_claim(claim, "CCS(=O)c1ccc(CC)cc1").inside


HYDROXYZINE = "OCCOCCN1CCN(CC1)C(c1ccccc1)c1ccc(Cl)cc1"
PAMOIC_ACID = "O=C(O)c1cc2ccccc2c(Cc2c(O)c(C(=O)O)cc3ccccc23)c1O"


@pytest.mark.parametrize("beside", ["", ".Cl", ".Cl.Cl.O", f".{PAMOIC_ACID}"])
def test_a_salt_is_inside_whatever_its_acid_weighs(beside):
    claim = claim_on("C1CN(CCN1CCO[CH3:7])C(c1ccccc1)c1ccc(Cl)cc1", {"fragment": "*CO"})
    assert match_claim(claim, HYDROXYZINE + beside).inside
    assert levels([claim], HYDROXYZINE + beside) & INSIDE


def test_each_component_of_a_mixture_is_tried():
    claim = claim_on("CC(=O)Nc1cc[cH:7]cc1", "hydroxy")
    caffeine = "Cn1c(=O)c2c(ncn2C)n(C)c1=O"
    assert match_claim(claim, f"CC(=O)Nc1ccc(O)cc1.{caffeine}").inside
    only = claim_on("CC(=O)Nc1cc[cH:7]cc1", "hydroxy", salts="none")
    assert not match_claim(only, f"CC(=O)Nc1ccc(O)cc1.{caffeine}").inside


def test_a_counter_ion_that_a_claim_names_may_be_drawn_with_its_charge():
    sodium = claim_on("OC(=O)c1cc[cH:7]cc1", "hydroxy", salts=["[Na]"])
    assert match_claim(sodium, "[O-]C(=O)c1ccc(O)cc1.[Na+]").inside
    assert not match_claim(sodium, "[O-]C(=O)c1ccc(O)cc1.[K+]").inside
    assert not match_claim(sodium, "OC(=O)c1ccc(O)cc1").inside


def test_a_tautomer_that_inchi_tells_apart_is_a_hint_and_no_hit():
    claim = claim_on(QUINAZOLINE, {"fragment": "*C(O)=C"})
    match = match_claim(claim, "c1(C(C)=O)cc2ncnc(N)c2cc1")
    assert not match.inside
    assert "C=C(O)" in match.hint
    assert "would be inside" in match.why
    [overlap] = PatentLadder(None, [claim]).find_overlap(["c1(C(C)=O)cc2ncnc(N)c2cc1"])[0]
    assert overlap.relation == "tautomer"
    assert "outside claim 1 (compound) as drawn" in overlap.reason


def test_a_claim_whose_member_the_ladder_cannot_read_is_refused():
    claim = claim_on("C[CH3:7]", "hydroxy", members=["CCO", "CC[Re]"], non_members=["CCC"])
    with pytest.raises(FileFormatError, match="letters of a drawing"):
        check_members(claim, "x")


PENTAERYTHRITYL = "C([CH2:7]O)([CH2:8]O)([CH2:9]O)[CH2:10]O"
SYMMETRIC = [
    # tri-tert-butyl phenol: 6 x 6 x 6 x 2 ways
    ("CC(C)(C)c1cc(C(C)(C)C)cc(C(C)(C)C)c1[OH:7]", "CC(C)(C)c1cc(C(C)(C)C)cc(C(C)(C)C)c1OCC"),
    # tetrakis(trimethylsilyl): 24 x 6^4 ways
    (
        "C[Si](C)(C)C([Si](C)(C)C)([Si](C)(C)C)[Si](C)(C)[CH3:7]",
        "C[Si](C)(C)C([Si](C)(C)C)([Si](C)(C)C)[Si](C)(C)CCC",
    ),
    # perfluoro-tert-butyl ethers
    (
        "[CH3:7]C(COC(C(F)(F)F)(C(F)(F)F)C(F)(F)F)COC(C(F)(F)F)(C(F)(F)F)C(F)(F)F",
        "CCCC(COC(C(F)(F)F)(C(F)(F)F)C(F)(F)F)COC(C(F)(F)F)(C(F)(F)F)C(F)(F)F",
    ),
]


@pytest.mark.parametrize(("core", "member"), SYMMETRIC)
def test_a_symmetric_core_does_not_depend_on_the_order_of_atoms(core, member):
    claim = claim_on(core, {"alkyl": [1, 4]})
    broken = Chem.MolToSmiles(Chem.MolFromSmiles(member.replace("OCC", "OCCl")))
    mol = Chem.MolFromSmiles(member)
    spellings = [member, *Chem.MolToRandomSmilesVect(mol, 12, randomSeed=3)]
    assert {match_claim(claim, smiles).inside for smiles in spellings} == {True}
    if broken != Chem.MolToSmiles(mol):
        assert not match_claim(claim, broken).inside


def test_sites_of_a_symmetric_core_are_told_apart():
    sites = [
        {"name": "A", "positions": [7, 8], "count": 1, "group": {"alkyl": [1, 1]}},
        {"name": "B", "positions": [9, 10], "count": 1, "group": {"alkyl": [2, 2]}},
    ]
    claim = claim_on(PENTAERYTHRITYL, {"alkyl": [1, 1]}, site=sites)
    assert match_claim(claim, "C(C(C)O)(CO)(C(CC)O)CO").inside
    assert not match_claim(claim, "C(C(C)O)(CO)(C(C)O)CO").inside


def test_a_group_that_occurs_twice_is_found_on_either_atom():
    nonafluoro = "*C(C(F)(F)F)(C(F)(F)F)C(F)(F)F"
    claim = claim_on("[cH:7]1ccccc1C(C(F)(F)F)(C(F)(F)F)C(F)(F)F", {"fragment": nonafluoro})
    arm = "C(C(F)(F)F)(C(F)(F)F)C(F)(F)F"
    mol = Chem.MolFromSmiles(f"c1({arm})ccccc1{arm}")
    spellings = Chem.MolToRandomSmilesVect(mol, 12, randomSeed=5)
    assert {match_claim(claim, smiles).inside for smiles in spellings} == {True}


def test_what_cannot_be_tried_is_said_and_is_no_answer(monkeypatch):
    monkeypatch.setattr("molagent.patents.markush.embedding._MOST_STEPS", 50)
    core, member = SYMMETRIC[1]
    claim = claim_on(core, {"alkyl": [1, 4]})
    match = match_claim(claim, member)
    assert not match.inside
    assert "too many ways" in match.not_tried
    assert levels([claim], member) == {OverlapLevel.NOT_CHECKED}


def test_the_egfr_claim_is_read_as_before():
    assert read_claim(EGFR_CLAIM).members
