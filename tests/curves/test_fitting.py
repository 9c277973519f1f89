"""Curves are fitted as vaults fit them, and say what is odd about them."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from molagent.curves import AS_GIVEN, FREE, CurveRules, fit_curve, fit_curves
from molagent.errors import InputError

DOSES = np.repeat([9.95e-5, 4.975e-5, 2.488e-5, 1.244e-5, 7.463e-6, 2.488e-6, 1.552e-6], 2)
DOSES = np.concatenate([DOSES, np.repeat([7.76e-7, 3.88e-7, 1.94e-7, 1e-7, 5e-8], 2)])


def curve_through(p_ac50, hill=1.0, top=100.0, bottom=0.0, doses=DOSES):
    return bottom + (top - bottom) / (1.0 + 10.0 ** (hill * (-np.log10(doses) - p_ac50)))


def noisy(response, sd=3.0, seed=1):
    return response + np.random.default_rng(seed).normal(0.0, sd, len(response))


@settings(max_examples=25, deadline=None)
@given(
    p_ac50=st.floats(4.3, 7.0), hill=st.floats(0.5, 3.0), top=st.floats(60, 120), seed=st.integers()
)
def test_a_curve_without_noise_gives_its_parameters_back(p_ac50, hill, top, seed):
    order = np.random.default_rng(abs(seed)).permutation(len(DOSES))
    rules = CurveRules(top=None, bottom=None, outliers=False)
    fitted = fit_curve(DOSES[order], curve_through(p_ac50, hill, top)[order], rules)
    assert fitted.p_ac50 == pytest.approx(p_ac50, abs=1e-3)
    assert fitted.hill == pytest.approx(hill, rel=1e-2)


@pytest.mark.parametrize("seed", range(6))
def test_parameters_and_errors_are_those_of_scipy(seed):
    response = noisy(curve_through(5.8, 1.2, 93.0, 4.0), seed=seed)
    fitted = fit_curve(DOSES, response, CurveRules(top=None, bottom=None, outliers=False))

    def model(x, p_ac50, hill, top, bottom):
        return bottom + (top - bottom) / (1.0 + 10.0 ** (hill * (x - p_ac50)))

    expected, covariance = curve_fit(model, -np.log10(DOSES), response, [6.0, 1.0, 100.0, 0.0])
    found = [fitted.p_ac50, fitted.hill, fitted.top, fitted.bottom]
    errors = [fitted.p_ac50_se, fitted.hill_se, fitted.top_se, fitted.bottom_se]
    assert found == pytest.approx(list(expected), rel=1e-4, abs=1e-3)
    assert errors == pytest.approx(list(np.sqrt(np.diag(covariance))), rel=1e-3)


def test_a_locked_parameter_has_no_error():
    fitted = fit_curve(DOSES, noisy(curve_through(6.0)))
    assert fitted.top_locked
    assert fitted.top == 100.0
    assert math.isnan(fitted.top_se)
    assert fitted.p_ac50_low < fitted.p_ac50 < fitted.p_ac50_high


def test_an_ic50_beyond_the_tested_range_is_a_bound_and_no_number():
    weak = fit_curve(DOSES, noisy(curve_through(3.7)))
    assert weak.p_relation == "<"
    assert weak.p_value == pytest.approx(-math.log10(9.95e-5))
    assert weak.curve_class == "weak"
    potent = fit_curve(DOSES, noisy(curve_through(7.8)))
    assert potent.p_relation == ">"
    assert potent.p_value == pytest.approx(-math.log10(5e-8))
    assert potent.curve_class == "potent"


def test_a_flat_line_is_inactive_and_its_bound_is_the_highest_concentration():
    flat = fit_curve(DOSES, noisy(np.zeros(len(DOSES))))
    assert (flat.curve_class, flat.p_relation) == ("inactive", "<")
    assert math.isnan(flat.hill_se)


def test_noise_around_half_effect_is_no_fit_and_reports_nothing():
    scatter = np.random.default_rng(3).uniform(0.0, 100.0, len(DOSES))
    fitted = fit_curve(DOSES, scatter)
    assert fitted.curve_class == "no fit"
    assert fitted.p_relation == ""
    assert math.isnan(fitted.p_value)


def test_too_few_concentrations_are_no_fit():
    fitted = fit_curve([1e-5, 1e-6, 1e-7], [90.0, 50.0, 10.0])
    assert fitted.curve_class == "no fit"
    assert math.isnan(fitted.p_ac50)


def test_a_wild_point_is_flagged_and_does_not_move_the_curve():
    response = noisy(curve_through(6.0), sd=2.0)
    response[6] -= 60.0
    fitted = fit_curve(DOSES, response)
    assert fitted.outliers == (6,)
    assert fitted.p_ac50 == pytest.approx(6.0, abs=0.05)
    with_all = fit_curve(DOSES, response, AS_GIVEN)
    assert with_all.outliers == ()
    assert abs(with_all.p_ac50 - 6.0) > abs(fitted.p_ac50 - 6.0)


def test_replicates_that_agree_off_the_curve_are_the_curves_fault_and_stay():
    response = curve_through(6.0)
    response[8:10] -= 35.0
    assert fit_curve(DOSES, response).outliers == ()


def test_a_point_set_aside_in_the_source_stays_aside_and_keeps_its_reason():
    response = noisy(curve_through(6.0), sd=1.0)
    points = pd.DataFrame({"sample": "a", "concentration_m": DOSES, "response": response})
    points["outlier"] = False
    points["outlier_reason"] = ""
    points.loc[3, ["outlier", "outlier_reason"]] = [True, "bubble"]
    fits = fit_curves(points, ["sample"])
    assert fits.points["outlier_reason"].tolist()[3] == "bubble"
    assert len(fits.points) == len(points)
    assert fits.curves["n_outliers"].tolist() == [1]


def test_a_plateau_below_the_lock_is_partial_and_the_free_top_is_told():
    response = noisy(curve_through(6.0, 1.2, 70.0), sd=2.0)
    fitted = fit_curve(DOSES, response)
    assert fitted.curve_class == "partial"
    assert fitted.top == 100.0
    assert "70 %" in fitted.note or "69 %" in fitted.note or "71 %" in fitted.note
    released = fit_curve(DOSES, response, CurveRules(release_top=True))
    assert not released.top_locked
    assert released.top == pytest.approx(70.0, abs=2.0)
    assert released.p_ac50 == pytest.approx(6.0, abs=0.05)


PARTIAL_60 = [0.59, 1.94, 5.45, 15.00, 30.00, 46.15, 54.55, 58.25, 59.41, 59.82]
TEN_DOSES = [3e-9, 1e-8, 3e-8, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4]


def test_a_curve_that_refutes_its_top_reports_nothing_and_names_both_half_effects():
    fitted = fit_curve(TEN_DOSES, PARTIAL_60)
    assert (fitted.curve_class, fitted.p_relation, fitted.half_effect) == ("partial", "", "")
    assert math.isnan(fitted.p_value)
    assert "levels off at 60 %" in fitted.note
    assert "relative pAC50 6.52, absolute (50 %) pAC50 5.82" in fitted.note
    assert "none is reported" in fitted.note


@pytest.mark.parametrize(("kind", "p_value"), [("relative", 6.52), ("absolute", 5.82)])
def test_the_half_effect_that_is_asked_for_is_reported_by_its_name(kind, p_value):
    fitted = fit_curve(TEN_DOSES, PARTIAL_60, CurveRules(ic50=kind))
    assert (fitted.p_relation, fitted.half_effect) == ("=", kind)
    assert fitted.p_value == pytest.approx(p_value, abs=0.01)
    assert fitted.top == pytest.approx(60.0, abs=0.1)


def test_a_top_below_half_effect_is_a_bound_on_the_absolute_ic50_and_a_relative_value():
    response = noisy(curve_through(6.0, 1.2, 42.0), sd=1.0)
    absolute = fit_curve(DOSES, response)
    assert (absolute.curve_class, absolute.p_relation) == ("weak", "<")
    assert absolute.half_effect == "absolute"
    assert absolute.p_value == pytest.approx(-math.log10(9.95e-5))
    relative = fit_curve(DOSES, response, CurveRules(ic50="relative"))
    assert (relative.p_relation, relative.half_effect) == ("=", "relative")
    assert relative.p_value == pytest.approx(6.0, abs=0.1)


def test_a_baseline_that_refutes_the_locked_bottom_reports_nothing_either():
    response = noisy(curve_through(5.8, 1.2, 100.0, 35.0), sd=2.0)
    fitted = fit_curve(DOSES, response)
    assert (fitted.curve_class, fitted.p_relation) == ("partial", "")
    assert "starts at 3" in fitted.note
    told = fit_curve(DOSES, response, CurveRules(ic50="relative"))
    assert not told.bottom_locked
    assert told.p_value == pytest.approx(5.8, abs=0.1)


def test_a_curve_that_is_refuted_at_both_ends_is_seen_when_both_are_freed():
    fitted = fit_curve(DOSES, noisy(curve_through(6.0, 1.5, 65.0, 30.0), sd=1.0))
    assert fitted.curve_class == "partial"
    assert re.search(r"starts at 3\d % and levels off at 6\d %", fitted.note)
    assert fitted.p_relative == pytest.approx(6.0, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_of_a_full_curve_both_half_effects_are_one(seed):
    fitted = fit_curve(DOSES, noisy(curve_through(6.0), sd=4.0, seed=seed))
    assert (fitted.curve_class, fitted.half_effect) == ("full", "either")
    assert fitted.p_relative == pytest.approx(fitted.p_absolute, abs=1e-6)


def test_an_unknown_half_effect_is_refused():
    with pytest.raises(InputError, match="relative, absolute"):
        CurveRules(ic50="geometric")


def test_a_fall_at_high_concentration_is_set_aside_by_name():
    response = noisy(curve_through(6.0), sd=2.0)
    response[:4] = [35.0, 38.0, 55.0, 52.0]
    fitted = fit_curve(DOSES, response)
    assert fitted.curve_class == "bell-shaped"
    assert set(fitted.outliers) == {0, 1, 2, 3}
    assert fitted.p_value == pytest.approx(6.0, abs=0.1)


def test_only_the_highest_concentration_responding_is_a_single_point():
    response = noisy(np.zeros(len(DOSES)), sd=2.0)
    response[:2] = [55.0, 58.0]
    assert fit_curve(DOSES, response).curve_class == "single point"


def test_steep_curves_are_named():
    fitted = fit_curve(DOSES, noisy(curve_through(5.0, 5.0), sd=1.0))
    assert "steep" in fitted.note


def test_the_answer_does_not_depend_on_the_curves_beside_it():
    frames = []
    for number, p_ac50 in enumerate((4.5, 5.5, 6.5)):
        response = noisy(curve_through(p_ac50), seed=number)
        frames.append(
            pd.DataFrame({"sample": number, "concentration_m": DOSES, "response": response})
        )
    together = fit_curves(pd.concat(frames, ignore_index=True), ["sample"]).curves
    alone = pd.concat([fit_curves(frame, ["sample"]).curves for frame in frames])
    assert together["p_ac50"].tolist() == pytest.approx(alone["p_ac50"].tolist(), abs=1e-9)


def test_points_keep_their_order_and_number():
    points = pd.DataFrame(
        {
            "sample": ["b", "a"] * len(DOSES),
            "concentration_m": np.repeat(DOSES, 2),
            "response": np.repeat(curve_through(6.0), 2),
        }
    ).sample(frac=1.0, random_state=0)
    fits = fit_curves(points, ["sample"])
    pd.testing.assert_frame_equal(fits.points[list(points.columns)], points)
    assert fits.curves["n_points"].tolist() == [len(DOSES)] * 2


def test_wells_that_were_not_read_are_no_points():
    response = noisy(curve_through(6.0), sd=1.0)
    response[[0, 5]] = np.nan
    fitted = fit_curve(DOSES, response)
    assert fitted.p_ac50 == pytest.approx(6.0, abs=0.05)


def test_a_concentration_of_zero_is_refused_by_its_row():
    points = pd.DataFrame({"sample": ["a"], "concentration_m": [0.0], "response": [1.0]})
    points["source_row"] = 17
    with pytest.raises(InputError, match="17"):
        fit_curves(points, ["sample"])


@pytest.mark.parametrize(
    "wrong", [{"hill_bounds": (-1.0, 2.0)}, {"top": 0.0}, {"top_bounds": (90.0, 80.0)}]
)
def test_rules_that_cannot_be_met_are_refused(wrong):
    with pytest.raises(InputError):
        CurveRules(**wrong)


def test_an_empty_frame_gives_empty_frames():
    points = pd.DataFrame({"sample": [], "concentration_m": [], "response": []})
    fits = fit_curves(points, ["sample"], FREE)
    assert fits.curves.empty
    assert fits.points.empty
