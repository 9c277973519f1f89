"""What a model chooses is over-predicted, and by how much is measured where the answer is known."""

import numpy as np
import pytest

from molagent.learn.evaluation import HeldOut
from molagent.learn.selected import selected_shift
from molagent.records.reliability import overestimate


def held_out(noise: float, size: int = 400, folds: int = 5) -> HeldOut:
    """Predictions whose errors are as large as `noise` log units; the truth spreads by 0.8."""
    rng = np.random.default_rng(3)
    truth = rng.normal(7.0, 0.8, size)
    nothing = np.full(size, np.nan)
    return HeldOut(
        observed=truth,
        mean=truth + rng.normal(0.0, noise, size),
        std=np.full(size, noise),
        baseline_mean=nothing,
        baseline_nearest=nothing,
        similarity=nothing,
        fold=np.arange(size) % folds,
        censoring=np.zeros(size, dtype=np.int8),
    )


def test_the_best_of_a_noisy_model_are_over_predicted_and_the_worst_under_predicted():
    # A normal truth of 0.8 and an error of 0.6: the top tenth is flattered by
    # 1.755 * 0.6^2 / sqrt(0.8^2 + 0.6^2) = 0.63.
    figures = selected_shift(held_out(0.6))
    assert figures["top"] == pytest.approx(0.63, abs=0.2)
    assert figures["bottom"] == pytest.approx(-0.63, abs=0.2)
    assert figures["all"] == pytest.approx(0.0, abs=0.1)
    assert figures["n"] == 40


def test_a_model_without_error_flatters_nobody():
    figures = selected_shift(held_out(0.0))
    assert figures["top"] == figures["bottom"] == 0.0
    assert overestimate({"selected": figures}, "maximise") == 0.0


def test_where_too_few_were_held_out_nothing_is_known_and_nothing_corrected():
    figures = selected_shift(held_out(0.6, size=45))
    assert figures["top"] is None
    assert overestimate({"selected": figures}, "maximise") == 0.0


def test_a_shift_within_its_own_error_corrects_nothing():
    card = {"selected": {"top": 0.05, "top_error": 0.1, "bottom": -0.4, "bottom_error": 0.1}}
    assert overestimate(card, "maximise") == 0.0
    assert overestimate(card, "minimise") == 0.4
    assert overestimate(card, "range") == 0.0
