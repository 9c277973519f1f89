import pytest

from molagent.errors import InputError
from molagent.protocols import Filter
from molagent.records import Judgement, Verdict
from molagent.screen.alerts import AlertFilter
from molagent.screen.controlled import ControlledFilter
from molagent.screen.funnel import Funnel, StructureFilter
from molagent.screen.plausibility import PlausibilityFilter
from molagent.screen.rules import RuleFilter
from molagent.screen.unstable import UnstableFilter

FENTANYL = "CCC(=O)N(c1ccccc1)C1CCN(CCc2ccccc2)CC1"


class Recorder:
    """Answers by a table and remembers what it was asked."""

    def __init__(self, name, verdicts):
        self.name = name
        self.verdicts = verdicts
        self.asked = []

    def judge(self, smiles_list):
        self.asked.extend(smiles_list)
        return [
            Judgement(
                filter=self.name,
                verdict=self.verdicts.get(smiles, Verdict.PASS),
                reason=f"{smiles} by {self.name}",
            )
            for smiles in smiles_list
        ]


def test_a_filter_sees_only_what_no_earlier_one_failed():
    first = Recorder("first", {"CC": Verdict.FAIL, "CCC": Verdict.UNKNOWN})
    second = Recorder("second", {})
    result = Funnel([first, second]).run(["C", "CC", "CCC", "C1CC"])
    assert first.asked == ["C", "CC", "CCC"]
    assert second.asked == ["C", "CCC"]
    assert result.verdicts == (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.FAIL)
    assert result.survivors == (0, 2)
    assert [[j.filter for j in judgements] for judgements in result] == [
        ["structure", "first", "second"],
        ["structure", "first"],
        ["structure", "first", "second"],
        ["structure"],
    ]


def test_an_unknown_stays_unknown_whatever_later_filters_say():
    result = Funnel([Recorder("first", {"C": Verdict.UNKNOWN}), Recorder("second", {})]).run(["C"])
    assert result.verdicts == (Verdict.UNKNOWN,)


def test_counts_add_up_stage_by_stage():
    filters = [Recorder("first", {"CC": Verdict.FAIL, "CCC": Verdict.UNKNOWN}), Recorder("b", {})]
    result = Funnel(filters).run(["C", "CC", "CCC", "C1CC"])
    assert [stage.seen for stage in result.stages] == [4, 3, 2]
    assert [stage.left for stage in result.stages] == [3, 2, 2]
    for stage in result.stages:
        assert stage.passed + stage.failed + stage.unknown == stage.seen
    assert sum(result.failures.values()) == 2


def test_a_structure_that_cannot_be_read_fails_first_and_says_why():
    answer = StructureFilter().judge(["c1cc"])[0]
    assert answer.verdict is Verdict.FAIL
    assert "c1cc" in answer.reason


def test_two_filters_of_one_name_are_refused():
    with pytest.raises(InputError, match="share a name"):
        Funnel([Recorder("a", {}), Recorder("a", {})])


def test_an_empty_list_gives_an_empty_result():
    result = Funnel([RuleFilter()]).run([])
    assert len(result) == 0
    assert result.survivors == ()


def test_the_default_filters_let_approved_jak_inhibitors_through(approved_jak_inhibitors):
    filters = [
        ControlledFilter(),
        PlausibilityFilter(),
        UnstableFilter(),
        RuleFilter(),
        AlertFilter(),
    ]
    assert all(isinstance(each, Filter) for each in filters)
    smiles = [*approved_jak_inhibitors.values(), FENTANYL, "CC(O)(O)c1ccc(CCN2CCOCC2)cc1"]
    result = Funnel(filters).run(smiles)
    assert result.survivors == tuple(range(len(approved_jak_inhibitors)))
    assert result[-2][-1].filter == "controlled"
    assert result[-1][-1].filter == "unstable"
