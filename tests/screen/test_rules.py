import pytest

from molagent.chem.descriptors import DESCRIPTORS
from molagent.errors import NotFoundError
from molagent.protocols import Filter
from molagent.records import Verdict
from molagent.screen.rules import RULE_SETS, RuleFilter, RuleSet

CICLOSPORIN = (
    "CC[C@@H]1NC(=O)[C@H]([C@H](O)[C@H](C)C/C=C/C)N(C)C(=O)[C@H](C(C)C)N(C)C(=O)[C@H](CC(C)C)N(C)"
    "C(=O)[C@H](CC(C)C)N(C)C(=O)[C@@H](C)NC(=O)[C@H](C)NC(=O)[C@H](CC(C)C)N(C)C(=O)[C@H](C(C)C)NC"
    "(=O)[C@H](CC(C)C)N(C)C(=O)CN(C)C1=O"
)


def test_every_approved_jak_inhibitor_passes_the_default(approved_jak_inhibitors):
    answers = RuleFilter().judge(list(approved_jak_inhibitors.values()))
    assert {answer.verdict for answer in answers} == {Verdict.PASS}


def test_ciclosporin_fails_with_value_limit_and_source():
    answer = RuleFilter("lipinski").judge([CICLOSPORIN])[0]
    assert answer.verdict is Verdict.FAIL
    assert "mw 1203 > 500 (Lipinski 1997)" in answer.reason


def test_one_violation_is_allowed_where_the_source_allows_it_and_is_recorded():
    heavy = "CCCCCCCCCCCCCCCCCC(=O)O"  # stearic acid: logP above 5
    answer = RuleFilter("lipinski").judge([heavy])[0]
    assert answer.verdict is Verdict.PASS
    assert answer.reason == ""
    assert answer.evidence == ("logp 6.333 > 5 (Lipinski 1997)",)


def test_what_cannot_be_read_is_unknown_and_no_pass():
    answers = RuleFilter().judge(["C1CC", "CC(=O)Oc1ccccc1C(=O)O"])
    assert [answer.verdict for answer in answers] == [Verdict.UNKNOWN, Verdict.PASS]


@pytest.mark.parametrize("name", RULE_SETS)
def test_every_rule_set_has_a_source_and_known_descriptors(name):
    rules = RULE_SETS[name]
    assert rules.descriptors <= set(DESCRIPTORS)
    assert "doi:" in rules.source
    assert isinstance(RuleFilter(name), Filter)


def test_a_rule_set_of_ones_own_is_data():
    flat = RuleSet(at_least={"fsp3": 0.3}, label="own", source="own")
    assert RuleFilter(flat).judge(["c1ccccc1"])[0].reason == "fsp3 0 < 0.3 (own)"


def test_unknown_names_list_the_known_ones():
    with pytest.raises(NotFoundError, match="veber"):
        RuleFilter("lipinsky")
    with pytest.raises(NotFoundError, match="no descriptor named 'smell'"):
        RuleFilter(RuleSet(at_most={"smell": 1}, label="own", source="own"))
