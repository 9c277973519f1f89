"""No spelling of a structure, and no name however it is written, passes the outgoing guard."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.spellings import SPELLINGS, TOFACITINIB, passing
from molagent.agents import OutgoingPolicy, Scrubber
from molagent.agents.guard import LONGEST_TEXT

BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(C1)n1cc(cn1)-c1ncnc2[nH]ccc12"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
SOTORASIB = "C=CC(=O)N1CCN(c2nc(=O)n(-c3c(C)ccnc3C(C)C)c3nc(-c4c(O)cccc4F)c(F)cc23)[C@@H](C)C1"


default = Scrubber(OutgoingPolicy())


@pytest.mark.parametrize("smiles", [TOFACITINIB, BARICITINIB, ASPIRIN, SOTORASIB])
def test_none_of_fifty_spellings_passes(smiles):
    assert len(SPELLINGS) == 50
    assert passing(smiles) == []


@pytest.mark.parametrize(
    "name",
    [
        "2-[1-(cyclopropylsulfonyl)-3-pyrazolyl]azetidin",
        "1H-pyrazolo[3,4-b]pyridin-6(7H)-one",
        "N-(4-hydroxyphenyl)acetamide",
        "2-acetoxybenzoic acid",
        "isopropylbenzene",
        "acetonitrile",
        "(2S)-2-aminopropanoic acid",
        "1,3,7-trimethylpurine-2,6-dione",
    ],
)
def test_a_systematic_name_is_a_structure(name):
    left = default.text(f"we made {name} today")
    assert left.startswith("we made [withheld]")
    assert name.split()[0] not in left


@pytest.mark.parametrize(
    "text",
    [
        "a 5-membered heteroaryl, C2-6 alkyl or C3-8 cycloalkyl; 3-fold; 2-sided",
        "information, proposition, decision, method, another button, medicinal chemistry",
        "CNS/BBB, SOC, JAK1, hERG, S07, A1 and A2; spoons, bosons and scoops",
        "one of C, N, O, S, P, F, Cl or Br",
        "representation characteristic classification",
        "on 2026-09-01, 58 of 100 passed, 4 lead; best by cycle 0.66, 0.74",
    ],
)
def test_words_elements_and_dates_are_no_structures(text):
    assert default.text(text) == text


@pytest.mark.parametrize("text", ["50-78-2", "C16H20N6O", "[C][C][=C][Branch1][C][=O]"])
def test_a_registry_number_a_formula_and_selfies_are_withheld(text):
    assert default.text(f"it is {text} here") == "it is [withheld] here"


@pytest.mark.parametrize(
    "spelled",
    ["falconx_2", "FALCONX", "Falcon-X", "falconx2", "Falcon X", "ｆａｌｃｏｎｘ", "fal\u200bconx"],
)
def test_a_project_name_is_found_however_it_is_written(spelled):
    scrubber = Scrubber(OutgoingPolicy(project_names=("falconx",)))
    left = scrubber.text(f"the {spelled} team")
    assert "alcon" not in left.casefold()
    assert "[withheld]" in left
    assert scrubber.text("the falconry of falconxyz") == "the falconry of falconxyz"


def test_a_longer_name_is_found_before_the_one_it_begins_with():
    names = ("FLX-100", "FLX-1001", "bench note of Dr Quill", "12", "no")
    scrubber = Scrubber(OutgoingPolicy(project_names=names))
    left = scrubber.text("FLX-1001, flx 100 and FLX-10012: Bench Note of Dr. Quill, 12 of 30, no")
    assert left == "[withheld], [withheld] and FLX-10012: [withheld], 12 of 30, no"


def test_a_hundred_thousand_names_cost_no_more_than_a_few():
    names = tuple(f"FLX-{number}" for number in range(100_000))
    scrubber = Scrubber(OutgoingPolicy(project_names=names))
    text = " ".join(f"MA-{number:06} beside FLX-{number}" for number in range(2_000))
    begun = time.process_time()
    assert "FLX" not in scrubber.text(text)
    assert time.process_time() - begun < 20  # seconds of computing; a scan of names takes hours


@pytest.mark.parametrize(
    "piece", ["ab.c:", "C1", "(C,", "[C", "a-", "Q0Mx", "%43", "&#67;", "1,2-"]
)
def test_the_guard_is_linear_in_the_text(piece):
    begun = time.process_time()
    default.text(piece * (16_000 // len(piece)))
    # Pairs of pieces would be a hundred million here.
    assert time.process_time() - begun < 10


def test_a_text_that_is_too_long_or_too_deep_is_withheld_unread():
    assert default.text("a " * LONGEST_TEXT) == "[withheld]"
    assert default.text("[" * 50_000) == "[withheld]" or "[" in default.text("[" * 50_000)
    deep: object = TOFACITINIB
    for _ in range(200):
        deep = [deep]
    assert TOFACITINIB not in str(default.value(deep))
    assert default.text('{"limit": ' + "9" * 5_000 + "}") is not None


@given(st.text(alphabet="CNOcno()[]=#123 \n|,.-%:&;{}\"'xyzQ0", max_size=400))
def test_scrubbing_hostile_text_twice_changes_nothing_more(text):
    once = default.text(text)
    assert default.text(once) == once


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("IC50 is 7613 nM", "IC50 is 7600 nM"),
        ("1,234 compounds", "1200 compounds"),
        ("58 of 100 passed", "58 of 100 passed"),
        ("US-9876543-B2 and CHEMBL3301607", "US-9876543-B2 and CHEMBL3301607"),
    ],
)
def test_whole_numbers_are_rounded_where_they_are_no_ids(text, left):
    assert default.text(text) == left


def test_numbers_of_a_plan_stay_and_values_beside_them_do_not():
    answer = {
        "current_plan": {"steps": [{"count": 137, "weight": 1.125}]},
        "bounds": {"per_cycle": 1371},
        "rows": [{"clearance": 1371, "n": 1371, "cycle": 3}],
    }
    assert default.value(answer) == {
        "current_plan": {"steps": [{"count": 137, "weight": 1.125}]},
        "bounds": {"per_cycle": 1371},
        "rows": [{"clearance": 1400, "n": 1400, "cycle": 3}],
    }
    withheld = Scrubber(OutgoingPolicy(values="withheld"))
    assert withheld.value({"clearance": 1371}) == {"clearance": "[withheld]"}
