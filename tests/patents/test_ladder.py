"""Evidence, strongest first; every answer says what was searched."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import FileFormatError
from molagent.patents.ladder import PatentLadder, load_patent_index
from molagent.patents.markush.claims import Claim, read_claims
from molagent.patents.unchecked import UncheckedIndex
from molagent.protocols import PatentIndex
from molagent.records import OverlapLevel
from tests.patents.conftest import (
    ASPIRIN,
    BARICITINIB,
    CITRIC_ACID,
    COLLECTION,
    DEURUXOLITINIB,
    RUXOLITINIB,
    TOFACITINIB,
    TOFACITINIB_ENANTIOMER,
    UPADACITINIB,
)

LEVELS = list(OverlapLevel)


def best(ladder, smiles):
    [overlaps] = ladder.find_overlap([smiles])
    return overlaps[0]


@pytest.mark.parametrize(
    ("name", "smiles", "level", "number"),
    [
        ("baricitinib", BARICITINIB, OverlapLevel.EXACT_IN_CLAIMS, "US-11197860"),
        ("upadacitinib", UPADACITINIB, OverlapLevel.EXACT_IN_CLAIMS, "WO-2023137440-A2"),
        (
            "a compound of US 6,635,762",
            "C1CCN(CC1)c1ncnc2[nH]cc(F)c12",
            OverlapLevel.EXACT_IN_CLAIMS,
            "US-6635762-B1",
        ),
        ("tofacitinib", TOFACITINIB, OverlapLevel.EXACT_ELSEWHERE, "WO-2002096909-A1"),
        ("ruxolitinib", RUXOLITINIB, OverlapLevel.EXACT_ELSEWHERE, "US-8722693"),
        (
            "tofacitinib hydrochloride",
            f"{TOFACITINIB}.Cl",
            OverlapLevel.VARIANT,
            "WO-2002096909-A1",
        ),
        (
            "the enantiomer of tofacitinib",
            TOFACITINIB_ENANTIOMER,
            OverlapLevel.VARIANT,
            "WO-2002096909-A1",
        ),
        (
            "ruxolitinib phosphate",
            f"{RUXOLITINIB}.OP(=O)(O)O",
            OverlapLevel.VARIANT,
            "EP-2173752-B1",
        ),
        (
            "a proposal of the tofacitinib series",
            "CC1CCN(C(=O)C2CC2)CC1N(CC)c1ncnc2[nH]ccc12",
            OverlapLevel.IN_DRAFT_CLAIM,
            "US-7250420-B2",
        ),
        (
            "fluororuxolitinib",
            "N#CCC(C1CCCC1)n1cc(-c2nc(F)nc3[nH]ccc23)cn1",
            OverlapLevel.SAME_SCAFFOLD,
            "EP-2173752-B1",
        ),
        (
            "cyclobutyl analogue of ruxolitinib",
            "N#CCC(C1CCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
            OverlapLevel.SIMILAR,
            "EP-2173752-B1",
        ),
        ("aspirin", ASPIRIN, OverlapLevel.NOT_FOUND, None),
    ],
)
def test_named_compounds_stand_on_their_rung(ladder, name, smiles, level, number):
    [overlaps] = ladder.find_overlap([smiles])
    assert overlaps[0].level is level, name
    assert number in {o.publication_number for o in overlaps if o.level is level}, name


def test_tofacitinib_citrate_is_named_in_its_own_patent_and_a_variant_in_the_others(ladder):
    [overlaps] = ladder.find_overlap([f"{TOFACITINIB}.{CITRIC_ACID}"])
    exact = [overlap for overlap in overlaps if overlap.level is OverlapLevel.EXACT_ELSEWHERE]
    variants = [overlap for overlap in overlaps if overlap.level is OverlapLevel.VARIANT]
    assert [overlap.publication_number for overlap in exact] == ["US-6965027"]
    assert len(variants) == 3
    assert "another salt" in variants[0].reason


def test_a_stereoisomer_is_told_apart_from_a_salt(ladder):
    assert "another stereoisomer" in best(ladder, TOFACITINIB_ENANTIOMER).reason


def test_a_tautomer_of_a_named_compound_is_found(tmp_path):
    (tmp_path / "publications.toml").write_text(
        '[collection]\nrelease = "r"\nscope = "s"\nlicence = "l"\n'
        "[[publication]]\n"
        'publication_number = "US-1234567-B1"\nsource = "s"\nread = "r"\nread_on = 2026-11-21\n'
        "[[publication.compound]]\n"
        'name = "2-pyridone"\nsmiles = "O=c1cccc[nH]1"\nsmiles_source = "drawn"\n'
        "[[publication.compound]]\n"
        'name = "acetylacetone"\nsmiles = "CC(=O)CC(C)=O"\nsmiles_source = "drawn"\n',
        encoding="utf-8",
    )
    index = load_patent_index(tmp_path)
    hydroxypyridine, enol = index.find_overlap(["Oc1ccccn1", "CC(O)=CC(C)=O"])
    assert hydroxypyridine[0].matched_name == "2-pyridone"
    assert hydroxypyridine[0].level is OverlapLevel.EXACT_ELSEWHERE  # InChI: one compound
    assert (enol[0].matched_name, enol[0].level) == ("acetylacetone", OverlapLevel.VARIANT)
    assert "another tautomer" in enol[0].reason


def test_a_member_no_publication_names_is_found_by_its_claim_with_the_assignment(ladder):
    monodeutero = "N#CC[C@]([2H])(C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
    [overlaps] = ladder.find_overlap([monodeutero])
    [inside] = [o for o in overlaps if o.level is OverlapLevel.IN_CONFIRMED_CLAIM]
    assert inside.claim_id == "US-9662335-B2/1"
    assert inside.assignment == {"D": "*[2H]"}
    assert inside.assignee == "Incyte Corporation"


def test_deuruxolitinib_shows_both_claims_and_that_one_was_held_unpatentable(ladder):
    [overlaps] = ladder.find_overlap([DEURUXOLITINIB])
    inside = {o.claim_id: o for o in overlaps if o.level is OverlapLevel.IN_CONFIRMED_CLAIM}
    assert set(inside) == {"US-9249149-B2/1", "US-9662335-B2/1"}
    assert "held unpatentable" in inside["US-9249149-B2/1"].reason


def test_evidence_comes_strongest_first(ladder):
    for overlaps in ladder.find_overlap([TOFACITINIB, DEURUXOLITINIB, BARICITINIB, ASPIRIN]):
        ranks = [LEVELS.index(overlap.level) for overlap in overlaps]
        assert ranks == sorted(ranks)


def test_every_answer_says_what_was_searched(ladder):
    for overlaps in ladder.find_overlap([TOFACITINIB, ASPIRIN, "not a structure"]):
        for overlap in overlaps:
            assert "release molagent JAK publications" in overlap.searched
            assert "22 publications" in overlap.searched
            assert "4 keys" in overlap.searched
            assert "2 confirmed and 2 draft claims" in overlap.searched


def test_evidence_keeps_the_bibliography_and_the_page(ladder):
    [overlaps] = ladder.find_overlap(["C1CCN(CC1)c1ncnc2[nH]cc(F)c12"])
    overlap = overlaps[0]
    assert overlap.assignee == "Pfizer Inc."
    assert overlap.publication_date == "2003-10-21"
    assert overlap.section == "claims"
    assert overlap.source == "http://www.freepatentsonline.com/6635762.html"
    assert overlap.similarity == pytest.approx(1.0)


def test_not_found_tells_how_near_the_nearest_is(ladder):
    overlap = best(ladder, ASPIRIN)
    assert 0.0 < overlap.similarity < 0.4
    assert "says little" in overlap.reason


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("not a structure", "not a SMILES"),
        ("", "empty"),
        ("C(C)(C)(C)(C)C", "cannot exist"),
        ("OC([Re])=O", "Re: letters of a drawing"),
        ("C1=C[U]=[V][W]=N1", "U, V, W: letters of a drawing"),
        ("CCO |Sg:n:1,2::ht|", "repeat units: a polymer"),
        ("CCCO |LN:1:1.3|", "repeat units: a polymer"),
        ("C" * 5000, "5000 atoms, more than the limit"),
    ],
)
def test_what_cannot_be_checked_is_never_not_found(ladder, smiles, reason):
    overlap = best(ladder, smiles)
    assert overlap.level is OverlapLevel.NOT_CHECKED
    assert reason in overlap.reason


def test_a_batch_keeps_order_and_length(ladder):
    batch = [ASPIRIN, "broken(", TOFACITINIB, ASPIRIN, ""]
    together = ladder.find_overlap(batch)
    alone = [ladder.find_overlap([smiles])[0] for smiles in batch]
    assert [[o.level for o in overlaps] for overlaps in together] == [
        [o.level for o in overlaps] for overlaps in alone
    ]
    assert ladder.find_overlap([]) == []


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_the_answer_does_not_depend_on_how_the_smiles_is_written(ladder, seed):
    mol = Chem.MolFromSmiles(BARICITINIB)
    rewritten = Chem.MolToRandomSmilesVect(mol, 1, randomSeed=seed)[0]
    assert ladder.find_overlap([rewritten]) == ladder.find_overlap([BARICITINIB])


@pytest.mark.parametrize("folder", [None, "missing", "empty"])
def test_without_a_collection_nothing_is_checked(tmp_path, folder):
    path = None if folder is None else tmp_path / folder
    if folder == "empty":
        path.mkdir()
    index = load_patent_index(path)
    assert isinstance(index, UncheckedIndex)
    assert isinstance(index, PatentIndex)
    [overlaps] = index.find_overlap([TOFACITINIB])
    assert overlaps[0].level is OverlapLevel.NOT_CHECKED
    assert math.isnan(overlaps[0].similarity)
    assert overlaps[0].reason


def test_a_broken_collection_is_an_error_not_an_empty_one(tmp_path):
    (tmp_path / "publications.toml").write_text("[collection]\nrelease = 1\n", encoding="utf-8")
    with pytest.raises(FileFormatError):
        load_patent_index(tmp_path)


def test_a_rejected_claim_is_not_searched(ladder):
    rejected = [_with_status(claim, "rejected") for claim in ladder.claims]
    index = PatentLadder(ladder.collection, rejected)
    [overlaps] = index.find_overlap(["CC1CCN(C(=O)C2CC2)CC1N(CC)c1ncnc2[nH]ccc12"])
    assert {overlap.level for overlap in overlaps} == {OverlapLevel.SIMILAR}
    assert "0 confirmed and 0 draft claims" in overlaps[0].searched


def _with_status(claim: Claim, status: str) -> Claim:
    from dataclasses import replace

    from molagent.patents.markush.claims import ClaimStatus

    return replace(claim, status=ClaimStatus(status))


def test_the_ladder_is_a_patent_index(ladder):
    assert isinstance(ladder, PatentIndex)
    assert ladder.get_claim("US-9662335-B2/1") is not None
    assert ladder.get_claim("US-1/1") is None


def test_a_raw_patent_export_is_climbed_without_hanging(ladder, exported_structures):
    smiles_list = exported_structures[:400]
    answers = ladder.find_overlap(smiles_list)
    assert len(answers) == len(smiles_list)
    unchecked = [o for overlaps in answers for o in overlaps if o.level is OverlapLevel.NOT_CHECKED]
    assert all(overlap.reason for overlap in unchecked)
    assert len(unchecked) < len(smiles_list) / 4


def test_a_claim_to_salts_is_told_by_the_counter_ion():
    ladder = PatentLadder(None, read_claims(COLLECTION))
    phosphate, base = ladder.find_overlap([f"{RUXOLITINIB}.OP(=O)(O)O", RUXOLITINIB])
    assert "EP-2173752-B1/1" in {overlap.claim_id for overlap in phosphate}
    assert "EP-2173752-B1/1" not in {overlap.claim_id for overlap in base}
