"""One rule says which models may be relied on, by figures of what they had not seen."""

import pytest

from molagent.learn.cards import reliability
from molagent.records.reliability import doubt_of_card, find_doubt
from molagent.screen.admet_cards import admet_card, admet_names

SCAFFOLD = {"n": 120, "rmse": 0.8, "rmse_mean": 1.0, "rmse_nearest": 0.9, "r2": 0.36}


def test_a_local_model_that_explains_two_percent_is_not_reliable_and_says_so():
    reliable, reason = reliability({"scaffold": {**SCAFFOLD, "rmse": 0.89, "r2": 0.02}})
    assert not reliable
    assert reason == "R2 0.02 on the scaffold split is not above 0.3"


def test_a_local_model_that_explains_a_third_and_beats_its_neighbours_is():
    assert reliability({"scaffold": SCAFFOLD}) == (True, "")


def test_the_time_split_decides_where_there_is_one():
    forward = {**SCAFFOLD, "r2": -0.4, "rmse": 0.85}
    reliable, reason = reliability({"scaffold": SCAFFOLD, "time": forward})
    assert not reliable
    assert "R2 -0.40 on the time split" in reason


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"n": 29}, "only 29 compounds could be held out"),
        ({"rmse_nearest": 0.8}, "no better than the nearest neighbour"),
        ({"rmse_mean": 0.7}, "no better than the mean"),
        ({"r2": None}, "no figure of it on the scaffold split is known"),
        ({"r2": float("nan")}, "R2 nan on the scaffold split"),
    ],
)
def test_what_is_not_known_or_not_beaten_is_a_doubt(change, said):
    reliable, reason = reliability({"scaffold": {**SCAFFOLD, **change}})
    assert not reliable
    assert said in reason


def test_a_general_model_is_held_to_the_same_figures():
    assert find_doubt(where="its held-out data", r2=0.28) == (
        "R2 0.28 on its held-out data is not above 0.3"
    )
    assert not find_doubt(where="its held-out data", auroc=0.81)
    assert find_doubt(where="its held-out data", auroc=0.8)
    cards = [admet_card(name) for name in admet_names()]
    weak = {card["column"] for card in cards if doubt_of_card(card)}
    for card in cards:
        r2, auroc = card["metrics"]["r2"], card["metrics"]["auroc"]
        figure, least = (r2, 0.3) if auroc is None else (auroc, 0.8)
        assert (card["column"] in weak) == (figure is None or figure <= least), card["column"]


def test_a_card_without_a_reason_still_has_a_doubt():
    assert doubt_of_card({"reliable": False, "reason": ""}) == "its card gives no reason"


def test_values_that_do_not_vary_are_said_to_be_so():
    # Two assays that always agree: their difference is 0 of every compound.
    flat = {**SCAFFOLD, "rmse": 1e-8, "rmse_mean": 0.0, "rmse_nearest": 0.0, "r2": None}
    reliable, reason = reliability({"scaffold": flat})
    assert not reliable
    assert reason == (
        "the values held out on the scaffold split do not vary, so that there is nothing to tell"
    )
