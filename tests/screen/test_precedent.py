import pytest

from molagent.records import Verdict
from molagent.screen.precedent import PrecedentFilter

# The spiro lactam of the COVID Moonshot, which nobody had made before it.
MOONSHOT = "CNC(=O)CN1Cc2ccc(Cl)cc2[C@@]2(CCN(c3cncc4ccc(F)cc34)C2=O)C1"
SIBLING = "O=C1N(c2cncc3ccccc23)CCC12CN(S(=O)(=O)C1CC1)Cc1ccc(Cl)cc12"


@pytest.fixture(scope="module")
def bare():
    return PrecedentFilter()


def test_approved_jak_inhibitors_have_precedent(bare, approved_jak_inhibitors):
    answers = bare.judge(list(approved_jak_inhibitors.values()))
    assert {answer.reason for answer in answers} == {""}


def test_measured_jak_inhibitors_have_precedent(bare, measured_jak_inhibitors):
    answers = bare.judge(measured_jak_inhibitors)
    assert sum(answer.verdict is Verdict.FAIL for answer in answers) <= 0.03 * len(answers)


def test_a_new_ring_system_is_named(bare):
    (answer,) = bare.judge([MOONSHOT])
    assert answer.verdict is Verdict.FAIL
    assert answer.reason.startswith("ring system without precedent: O=C1NCCC12CNCc1ccccc12")


def test_what_the_project_has_measured_has_precedent():
    assert PrecedentFilter(own=[SIBLING]).judge([MOONSHOT])[0].verdict is Verdict.PASS


def test_a_bond_that_chembl_avoids_is_named(bare):
    (answer,) = bare.judge(["O=C1NC(=O)N(OSc2ccccc2)C1"])
    assert "bond without precedent" in answer.reason


@pytest.mark.parametrize(
    ("name", "charged", "neutral"),
    [
        ("gefitinib", "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCC[NH+]1CCOCC1",
         "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"),
        ("ibuprofen", "CC(C)Cc1ccc(C(C)C(=O)[O-])cc1", "CC(C)Cc1ccc(C(C)C(=O)O)cc1"),
    ],
)  # fmt: skip
def test_a_charge_from_a_proton_does_not_matter(bare, name, charged, neutral):
    assert [each.verdict for each in bare.judge([charged, neutral])] == [Verdict.PASS] * 2, name


def test_another_spelling_has_the_same_verdict(bare):
    assert bare.judge(["c1ccccc1CCN"])[0].verdict == bare.judge(["NCCc1ccccc1"])[0].verdict


def test_what_cannot_be_read_is_unknown(bare):
    assert bare.judge(["C1CC"])[0].verdict is Verdict.UNKNOWN
