import pytest

from molagent.errors import FileFormatError
from molagent.records import Verdict
from molagent.screen.controlled import CODES, ControlledFilter

FENTANYL = "CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"
SARIN = "CC(C)OP(C)(=O)F"

SITE_LIST = """
[[substance]]
name = "site substance"
inchikey = "LFQSCWFLJHTTHZ-UHFFFAOYSA-N"
action = "block"
basis = "site rule"

[[class]]
name = "site class"
smarts = "C#CBr"
reason = "a group this site does not handle"
action = "review"
"""


@pytest.fixture(scope="module")
def gate():
    return ControlledFilter()


def code(answer):
    return answer.evidence[0]


def test_fentanyl_is_blocked_by_name(gate):
    answer = gate.judge([FENTANYL])[0]
    assert answer.verdict is Verdict.FAIL
    assert answer.reason.startswith("CTRL-LIST: is fentanyl")
    assert answer.reason.endswith("no list is complete")


@pytest.mark.parametrize(
    "smiles",
    [
        "CCCC(=O)N(c1ccc(F)cc1)C1CCN(CCc2ccccc2)CC1",  # a fentanyl that is not listed
        "CCC(=O)N(c1ccccc1)C1CCN(CCC)CC1",
        "CCN(CC)CCn1c(Cc2ccc(OCCC)cc2)nc2cc(C)ccc21",  # a nitazene that is not listed
        "CCOP(C)(=O)F",  # the nerve agents' motif
        "CCOP(C)(=O)SCCN(C)C",
        "CCSCCCl",  # a half mustard
        "O=[N+]([O-])OCC(O[N+](=O)[O-])CO[N+](=O)[O-]",
    ],
)
def test_a_class_is_blocked_without_being_listed(gate, smiles):
    answer = gate.judge([smiles])[0]
    assert answer.verdict is Verdict.FAIL
    assert any(text.startswith("class ") for text in answer.evidence)


def test_a_stereoisomer_an_isotopologue_and_a_salt_do_not_slip_through(gate):
    isomer = "C[C@@H](N)Cc1ccccc1"  # one enantiomer; the racemate is listed
    deuterated = "[2H]C([2H])(OP(C)(=O)F)C"
    salt = f"Cl.{FENTANYL}"
    charged = "CCC(=O)N(c1ccccc1)C1CC[NH+](CCc2ccccc2)CC1"
    answers = gate.judge([isomer, deuterated, salt, charged])
    assert {answer.verdict for answer in answers} == {Verdict.FAIL}
    assert code(answers[0]) == "CTRL-FORM"


def test_a_scheduled_medicine_is_for_a_person_to_decide(gate):
    diazepam = "CN1C(=O)CN=C(c2ccccc2)c2cc(Cl)ccc21"
    chlorambucil = "O=C(O)CCCc1ccc(N(CCCl)CCCl)cc1"
    assert [a.verdict for a in gate.judge([diazepam, chlorambucil])] == [Verdict.UNKNOWN] * 2


def test_what_is_similar_to_a_listed_substance_is_reviewed(gate):
    naloxone = "C=CCN1CC[C@]23c4c5ccc(O)c4O[C@H]2C(=O)CC[C@@]3(O)[C@H]1C5"
    answer = gate.judge([naloxone])[0]
    assert answer.verdict is Verdict.UNKNOWN
    assert code(answer) == "CTRL-SIMILAR"


def test_jak_inhibitors_pass(gate, approved_jak_inhibitors, measured_jak_inhibitors):
    answers = gate.judge([*approved_jak_inhibitors.values(), *measured_jak_inhibitors])
    assert {answer.verdict for answer in answers} == {Verdict.PASS}


def test_a_pass_does_not_say_safe(gate):
    answer = gate.judge(["CC(=O)Oc1ccccc1C(=O)O"])[0]
    assert answer.verdict is Verdict.PASS
    assert "no list is complete" in answer.reason
    assert "safe" not in answer.reason


def test_what_cannot_be_read_is_unknown(gate):
    answer = gate.judge(["C1CC"])[0]
    assert answer.verdict is Verdict.UNKNOWN
    assert code(answer) == "CTRL-UNREADABLE"


def test_a_site_adds_its_own_list(tmp_path):
    path = tmp_path / "site.toml"
    path.write_text(SITE_LIST)
    answers = ControlledFilter(extra=path).judge(["CCO", "CC#CBr", "BrC#CC", SARIN])
    assert [a.verdict for a in answers] == [
        Verdict.FAIL,
        Verdict.UNKNOWN,
        Verdict.UNKNOWN,
        Verdict.FAIL,
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[substance]]\nname = "x"\naction = "block"', "substance 1: inchikey missing"),
        ('[[class]]\nname = "x"\nsmarts = "C"\nreason = "y"\naction = "burn"', "'burn'"),
        ('[[class]]\nname = "x"\nsmarts = "C("\nreason = "y"\naction = "block"', "SMARTS"),
        ("nonsense", "the file is not TOML"),
    ],
)
def test_a_wrong_site_list_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "site.toml"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=message) as caught:
        ControlledFilter(extra=path)
    assert str(path) in str(caught.value)


def test_every_code_is_explained():
    assert all(name.startswith("CTRL-") and text for name, text in CODES.items())
