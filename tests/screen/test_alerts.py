import pytest

from molagent.errors import NotFoundError
from molagent.records import Verdict
from molagent.screen.alerts import ALERT_GROUPS, AlertFilter

REACTIVE = {
    "acyl_halide": "O=C(Cl)c1ccccc1",
    "isocyanate": "O=C=Nc1ccccc1",
    "alkyl_halide": "ClCCc1ccccc1",
    "sulfonate_ester": "COS(=O)(=O)c1ccccc1",
    "epoxide": "C1OC1c1ccccc1",
    "n_nitroso": "CN(C)N=O",
    "aldehyde": "O=Cc1ccccc1",
    "thiol": "SCc1ccccc1",
    "thioamide": "CNC(=S)c1ccccc1",
    "quinone": "O=C1C=CC(=O)C=C1",
}


@pytest.fixture(scope="module")
def alerts():
    return AlertFilter()


def test_every_approved_jak_inhibitor_passes(alerts, approved_jak_inhibitors):
    answers = alerts.judge(list(approved_jak_inhibitors.values()))
    assert {answer.verdict for answer in answers} == {Verdict.PASS}


def test_nearly_all_measured_jak_inhibitors_pass(alerts, measured_jak_inhibitors):
    answers = alerts.judge(measured_jak_inhibitors)
    assert sum(answer.verdict is Verdict.FAIL for answer in answers) < 0.02 * len(answers)


@pytest.mark.parametrize("name", REACTIVE)
def test_a_reactive_group_fails_with_its_name(alerts, name):
    answer = alerts.judge([REACTIVE[name]])[0]
    assert answer.verdict is Verdict.FAIL
    assert f"{name}: " in answer.reason


def test_the_acrylamide_of_ritlecitinib_is_noted_and_passes(alerts, approved_jak_inhibitors):
    answer = alerts.judge([approved_jak_inhibitors["ritlecitinib"]])[0]
    assert answer.verdict is Verdict.PASS
    assert "note: acrylamide: covalent warhead for cysteine" in answer.evidence


@pytest.mark.parametrize(
    "smiles",
    [
        "CNC(=O)c1ccc(N2C(=S)N(c3ccc(C#N)c(C(F)(F)F)c3)C(=O)C2(C)C)cc1F",  # enzalutamide
        "CCCc1cc(=O)[nH]c(=S)[nH]1",  # propylthiouracil
        "Fc1ccccc1C1=NCC(=S)N(CC(F)(F)F)c2ccc(Cl)cc21",  # quazepam, a thiolactam
        "CNC(=S)Nc1ccccc1",
    ],
)
def test_thioureas_and_thiolactams_are_no_thioamides(alerts, smiles):
    assert "thioamide" not in alerts.judge([smiles])[0].reason


def test_the_thioamide_of_ethionamide_is_one_all_the_same(alerts):
    assert "thioamide: oxidised at sulfur" in alerts.judge(["CCc1cc(C(N)=S)ccn1"])[0].reason


def test_a_catechol_is_a_pains_alert_under_rdkits_name(alerts):
    answer = alerts.judge(["Oc1ccc(CCN)cc1O"])[0]
    assert "PAINS_B catechol_A(92)" in answer.reason


def test_what_stops_a_structure_is_the_campaigns_choice():
    benzyl_chloride = "ClCc1ccccc1"
    assert AlertFilter(["pains"]).judge([benzyl_chloride])[0].verdict is Verdict.PASS
    assert AlertFilter(["brenk"]).judge([benzyl_chloride])[0].verdict is Verdict.FAIL


def test_what_cannot_be_read_is_unknown(alerts):
    assert alerts.judge(["C1CC"])[0].verdict is Verdict.UNKNOWN


def test_an_unknown_group_lists_the_known_ones():
    with pytest.raises(NotFoundError, match="pains"):
        AlertFilter(["pain"])
    assert "reactive" in ALERT_GROUPS
