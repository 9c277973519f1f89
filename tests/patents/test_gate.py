"""The filter stops on evidence, passes with evidence, and never says what only a lawyer can."""

import re

import pytest

from molagent.patents.gate import PatentFilter
from molagent.patents.markush.matching import describe_claim
from molagent.patents.unchecked import UncheckedIndex
from molagent.protocols import Filter
from molagent.records import Verdict
from tests.patents.conftest import (
    ASPIRIN,
    BARICITINIB,
    DEURUXOLITINIB,
    RUXOLITINIB,
    TOFACITINIB,
    TOFACITINIB_ENANTIOMER,
)

DRAFT_MEMBER = "CC1CCN(C(=O)C2CC2)CC1N(CC)c1ncnc2[nH]ccc12"
NEIGHBOUR = "N#CCC(C1CCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
VERDICT_WORDS = re.compile(r"\b(novel|patented|free|safe|infring\w*|valid)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("name", "smiles", "verdict"),
    [
        ("named in claims", BARICITINIB, Verdict.FAIL),
        ("named elsewhere", TOFACITINIB, Verdict.FAIL),
        ("salt", f"{RUXOLITINIB}.Cl", Verdict.FAIL),
        ("enantiomer", TOFACITINIB_ENANTIOMER, Verdict.FAIL),
        ("inside a confirmed claim", DEURUXOLITINIB, Verdict.FAIL),
        ("may be inside a draft", DRAFT_MEMBER, Verdict.UNKNOWN),
        ("unreadable", "C1CC", Verdict.UNKNOWN),
        ("neighbour", NEIGHBOUR, Verdict.PASS),
        ("unrelated", ASPIRIN, Verdict.PASS),
    ],
)
def test_evidence_decides(ladder, name, smiles, verdict):
    [judgement] = PatentFilter(ladder).judge([smiles])
    assert judgement.verdict is verdict, name
    assert judgement.filter == "patents"
    assert judgement.reason


def test_a_pass_carries_its_evidence_and_what_was_searched(ladder):
    [judgement] = PatentFilter(ladder).judge([NEIGHBOUR])
    assert "similar to a named compound" in judgement.evidence[0]
    assert "Tanimoto 0." in judgement.evidence[0]
    assert judgement.evidence[-1].startswith("searched: release molagent JAK publications")


def test_a_claim_that_stops_a_structure_is_named_with_what_keeps_it_inside(ladder):
    [judgement] = PatentFilter(ladder).judge([DEURUXOLITINIB])
    [text] = [text for text in judgement.evidence if "US-9662335-B2/1" in text]
    assert text.startswith("inside a confirmed claim US-9662335-B2/1 [Incyte Corporation]")
    assert "D = 8 x *[2H] (positions 1 to 13); the claim allows deuterium" in text


def test_unchecked_is_never_a_pass():
    judgements = PatentFilter(UncheckedIndex("no folder")).judge([ASPIRIN, TOFACITINIB])
    assert {judgement.verdict for judgement in judgements} == {Verdict.UNKNOWN}
    assert judgements[0].reason == "not checked: no folder"


def test_judgements_keep_order_and_length(ladder):
    batch = [ASPIRIN, TOFACITINIB, "?", ASPIRIN]
    verdicts = [judgement.verdict for judgement in PatentFilter(ladder).judge(batch)]
    assert verdicts == [Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS]


def test_no_verdict_of_the_law_is_worded_anywhere(ladder):
    batch = [BARICITINIB, TOFACITINIB, DEURUXOLITINIB, DRAFT_MEMBER, NEIGHBOUR, ASPIRIN, "?"]
    said = [text for judgement in PatentFilter(ladder).judge(batch) for text in judgement.evidence]
    said += [describe_claim(claim) for claim in ladder.claims]
    assert [text for text in said if VERDICT_WORDS.search(text)] == []


def test_it_is_a_filter_with_a_name_of_its_own(ladder):
    gate = PatentFilter(ladder, name="overlap")
    assert isinstance(gate, Filter)
    assert gate.judge([ASPIRIN])[0].filter == "overlap"
