"""What stands in for a model that failed its checks: the nearest measured compounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.learn.read_across import ReadAcross
from molagent.records.reliability import doubt_of_card

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
HOMOLOGUE = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCN1CCOCC1"
BROMO = "COc1cc2ncnc(Nc3ccc(F)c(Br)c3)c2cc1OCCCN1CCOCC1"
ERLOTINIB = "COCCOc1cc2ncnc(Nc3cccc(C#C)c3)c2cc1OCCOC"
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
SERIES = [GEFITINIB, HOMOLOGUE, BROMO, ERLOTINIB]


def read_across(values=(8.0, 7.6, 8.2, 8.5)) -> ReadAcross:
    return ReadAcross("egfr_pic50", SERIES, list(values), because="4 exact values")


def test_a_near_analogue_gets_the_values_of_its_neighbours():
    told = read_across().predict(["CCOc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"])
    assert told.in_domain.tolist() == [True]
    assert 7.6 <= told.mean[0] <= 8.5


def test_of_a_structure_without_a_near_neighbour_nothing_is_said():
    told = read_across().predict([ASPIRIN, "not a structure"])
    assert np.isnan(told.mean).all()
    assert np.isnan(told.std).all()
    assert not told.in_domain.any()
    assert np.isnan(read_across().sample([ASPIRIN], 8, seed=1)).all()


def test_the_spread_of_few_values_is_never_below_what_they_scatter():
    scattered = [4.0, 9.0, 5.0, 8.0]
    told = read_across(scattered).predict([GEFITINIB])
    assert told.std[0] >= np.std(scattered, ddof=1)


def test_analogues_of_one_compound_err_together_and_draws_follow_the_seed():
    pair = ["COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1", GEFITINIB.replace("Cl", "C")]
    drawn = read_across().sample(pair, 4000, seed=3)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(0.5, abs=0.06)
    assert np.array_equal(drawn, read_across().sample(pair, 4000, seed=3))
    assert not np.array_equal(drawn, read_across().sample(pair, 4000, seed=4))


def test_the_card_says_why_there_is_no_model_and_counts_for_the_profile():
    card = read_across().card
    assert card["note"].startswith("No model: 4 exact values.")
    assert doubt_of_card(card) == ""
    assert card["n_train"] == 4


def test_other_values_are_another_model():
    hashes = {
        read_across().card["model_hash"],
        read_across((8.0, 7.6, 8.2, 8.6)).card["model_hash"],
    }
    assert len(hashes) == 2


def test_nothing_readable_is_refused():
    with pytest.raises(InputError, match="no measured compound to read across from"):
        ReadAcross("x", ["not a structure"], [6.0], because="1 value")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(3.0, 11.0), min_size=4, max_size=4))
def test_a_value_lies_within_those_of_the_measured(values):
    told = read_across(values).predict([GEFITINIB, HOMOLOGUE, BROMO, ERLOTINIB])
    assert (told.mean >= min(values) - 1e-9).all()
    assert (told.mean <= max(values) + 1e-9).all()
