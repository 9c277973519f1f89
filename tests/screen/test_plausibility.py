import pytest
from rdkit import Chem

from molagent.chem.synthetic_accessibility import sa_score
from molagent.records import Verdict
from molagent.screen.plausibility import PlausibilityFilter

EMBARRASSING = {
    "cumulene": "CC=C=CCN1CCOCC1",
    "ring_alkyne": "C1#CCCCC1",
    "cyclopropene": "CC1=C(C)C1c1ccccc1",
    "bicyclobutane": "C1C2CC12",
    "two_heteroatoms_in_three_ring": "C1ON1c1ccccc1",
    "sulfur_hydride_oxide": "O=[SH](=O)c1ccccc1",
    "bredt": "C1=C2CCC(C1)C2",
    "ring_size": "C1CCCCCCCC1",
    "radical": "C[CH]C",
}


@pytest.fixture(scope="module")
def plausibility():
    return PlausibilityFilter()


@pytest.mark.parametrize("name", EMBARRASSING)
def test_what_no_chemist_would_draw_fails_with_a_reason(plausibility, name):
    answer = plausibility.judge([EMBARRASSING[name]])[0]
    assert answer.verdict is Verdict.FAIL
    assert any(problem.startswith(f"{name}: ") for problem in answer.evidence)


def test_every_approved_jak_inhibitor_is_plausible(plausibility, approved_jak_inhibitors):
    answers = plausibility.judge(list(approved_jak_inhibitors.values()))
    assert {answer.reason for answer in answers} == {""}


def test_measured_jak_inhibitors_are_plausible(plausibility, measured_jak_inhibitors):
    answers = plausibility.judge(measured_jak_inhibitors)
    assert sum(answer.verdict is Verdict.FAIL for answer in answers) < 0.03 * len(answers)


@pytest.mark.parametrize(
    "smiles",
    [
        "FC12CC(C1)(C2)c1ccccc1",  # a bicyclo[1.1.1]pentane
        "C1CC2(C1)CNC2",  # a spiro ring
        "O=S(=O)(N)c1ccccc1",
    ],
)
def test_what_exists_and_looks_odd_passes(plausibility, smiles):
    assert plausibility.judge([smiles])[0].reason == ""


def test_aspirin_is_easier_to_make_than_taxol():
    taxol = (
        "CC(=O)O[C@H]1C(=O)[C@@]2(C)[C@H]([C@H](OC(=O)c3ccccc3)[C@]3(O)C[C@H](OC(=O)[C@H](O)"
        "[C@@H](NC(=O)c4ccccc4)c4ccccc4)C(C)=C1C3(C)C)[C@]1(OC(C)=O)CO[C@@H]1C[C@@H]2O"
    )
    assert sa_score(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")) < 2.5
    assert sa_score(Chem.MolFromSmiles(taxol)) > 5.5
    assert "sa_score" in PlausibilityFilter(max_sa_score=5.5).judge([taxol])[0].reason


def test_what_cannot_be_read_is_unknown(plausibility):
    assert plausibility.judge(["C1CC"])[0].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "smiles",
    [
        "Cc1cn2c3ncc4ncn(c4c13)C21CCN(S(C)(=O)=O)CC1",
        "Cn1c2c(c3c4c(cnc31)ncn4C1CCN(S(C)(=O)=O)CC1)C2",
        "Cc1nc2cnc3[nH]c4cc3c2n1C4(F)CO",
    ],
)
def test_a_small_ring_across_a_fused_arene_is_implausible(smiles: str):
    (judgement,) = PlausibilityFilter().judge([smiles])
    assert judgement.verdict is Verdict.FAIL
    assert "strained_arene" in judgement.reason


@pytest.mark.parametrize(
    ("name", "smiles"),
    [
        ("ivabradine's benzocyclobutene", "COc1cc2c(cc1OC)[C@@H](C2)CN(C)C"),
        ("fluorene", "c1ccc2c(c1)Cc1ccccc1-2"),
        ("apomorphine", "CN1CCc2cccc3c2[C@H]1Cc1ccc(O)c(O)c1-3"),
        ("ofloxacin", "CC1COc2c(N3CCN(C)CC3)c(F)cc3c(=O)c(C(=O)O)cn1c23"),
    ],
)
def test_a_ring_beside_a_fused_arene_is_plausible(name: str, smiles: str):
    assert PlausibilityFilter().judge([smiles])[0].verdict is Verdict.PASS, name
