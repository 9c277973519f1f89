"""What stands in for a model that failed its checks: the nearest measured compounds."""

from pathlib import Path

import numpy as np
import pandas as pd
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


JAK1 = Path(__file__).parents[2] / "data/jak/jak1_ki.csv"


@pytest.fixture(scope="module")
def tricycles() -> list[str]:
    table = pd.read_csv(JAK1)
    found = [each for each in table["smiles"] if "[nH]ccc" in each]
    return sorted(dict.fromkeys(found), key=len)[:60]


def test_a_lucky_measurement_is_not_handed_on_where_many_were_measured(tricycles):
    rng = np.random.default_rng(3)
    values = 7.0 + 0.2 * rng.standard_normal(60)
    values[30] = 9.0  # alike its neighbours, and measured a hundred times as potent
    many = ReadAcross("jak1_pki", tricycles, values, because="R2 0.1")
    few = ReadAcross("jak1_pki", tricycles[28:33], values[28:33], because="5 values")
    assert few.predict([tricycles[30]]).mean[0] > 7.5
    assert many.predict([tricycles[30]]).mean[0] < 7.5


def test_of_many_values_too_nothing_is_said_without_a_near_one(tricycles):
    model = ReadAcross("jak1_pki", tricycles, np.linspace(6, 9, 60), because="R2 0.1")
    asked = [ASPIRIN, "not a structure", tricycles[0]]
    told = model.predict(asked)
    assert np.isnan(told.mean).tolist() == [True, True, False]
    assert told.in_domain.tolist() == [False, False, True]
    drawn = model.sample(asked, 16, seed=1)
    assert np.isnan(drawn[:, :2]).all()
    assert np.isfinite(drawn[:, 2]).all()


def test_draws_of_many_values_have_the_spread_that_is_shown_less_a_measurement(tricycles):
    rng = np.random.default_rng(3)
    model = ReadAcross("jak1_pki", tricycles[:50], rng.normal(7, 1, 50), because="R2 0.1")
    told = model.predict(tricycles[50:])
    drawn = model.sample(tricycles[50:], 4000, seed=1)
    known = told.in_domain
    assert drawn[:, known].mean(axis=0) == pytest.approx(told.mean[known], abs=0.1)
    assert (drawn[:, known].std(axis=0) < told.std[known] * 1.05).all()


def test_equal_values_of_many_do_not_make_it_surer_than_two_measurements(tricycles):
    told = ReadAcross("jak1_pki", tricycles, np.full(60, 6.0), because="R2 0.1").predict(tricycles)
    assert told.mean == pytest.approx(np.full(60, 6.0), abs=1e-6)
    assert told.std == pytest.approx(np.full(60, 0.1))


def test_two_measurements_of_one_structure_that_differ_widen_what_is_said(tricycles):
    twice = ReadAcross(
        "jak1_pki", tricycles * 2, np.r_[np.full(60, 5.0), np.full(60, 7.0)], because="R2 0.1"
    )
    told = twice.predict(tricycles[:5])
    assert told.mean == pytest.approx(np.full(5, 6.0), abs=0.05)
    assert (told.std > 0.9).all()


def test_a_neighbours_bound_is_its_limit_and_widens_what_is_said():
    told = ReadAcross(
        "egfr_pic50", SERIES, [5.0, 5.1, 5.0, 5.2], relations=["<", "=", "=", "="], because="3"
    )
    near, far = told.predict([HOMOLOGUE, "COCCOc1cc2ncnc(Nc3cccc(C#N)c3)c2cc1OCCOC"]).std
    assert near >= 1.0
    assert "a bound counts as its limit" in told.card["note"]
    assert told.card["n_censored"] == 1
    exact = ReadAcross("egfr_pic50", SERIES, [5.0, 5.1, 5.0, 5.2], because="3")
    assert exact.predict([HOMOLOGUE]).std[0] < 0.3
    assert far >= exact.predict([HOMOLOGUE]).std[0]


def test_weak_binders_told_as_bounds_pull_down_what_is_said_of_many(tricycles):
    values = np.full(60, 7.0)
    values[40:] = 5.0
    relations = ["="] * 40 + ["<"] * 20
    as_bounds = ReadAcross("x", tricycles, values, relations=relations, because="R2 0.1")
    exact_only = ReadAcross("x", tricycles[:40], values[:40], because="R2 0.1")
    asked = [tricycles[50]]
    assert as_bounds.predict(asked).mean[0] < exact_only.predict(asked).mean[0] - 0.5


def test_what_it_is_derived_from_stays_on_its_card():
    failed = {"derived_from": ("jak1_pki", "jak2_pki"), "unit": "log units"}
    card = ReadAcross("x", SERIES, [0.1, 0.2, 0.3, 0.4], because="R2", instead_of=failed).card
    assert card["derived_from"] == ("jak1_pki", "jak2_pki")
    assert card["unit"] == "log units"
