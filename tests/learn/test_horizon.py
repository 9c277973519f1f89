import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.learn.evaluation import HeldOut, process_estimate
from molagent.learn.horizon import (
    Ahead,
    Horizon,
    ahead_scales,
    calibrate_ahead,
    fit_horizon,
    hold_out_ahead,
    months_of,
)


def ahead(error, months, std=1.0):
    zeros = np.zeros(len(error))
    rows = HeldOut(
        observed=np.asarray(error, dtype=float),
        mean=zeros,
        std=zeros + std,
        baseline_mean=zeros,
        baseline_nearest=zeros,
        similarity=zeros + 0.9,
        fold=np.asarray(months).astype(np.int64),
        censoring=np.zeros(len(error), dtype=np.int8),
    )
    return Ahead(rows, np.asarray(months, dtype=float), np.asarray(months) == 1)


def drifting(growth, seed=0):
    rng = np.random.default_rng(seed)
    months = np.repeat(np.arange(1, 7), 4000)
    return ahead(months**growth * rng.standard_normal(24_000), months)


@pytest.mark.parametrize("growth", [0.0, 0.2, 0.4])
def test_the_growth_of_errors_with_the_months_is_found(growth):
    found = fit_horizon(drifting(growth))
    assert found.growth == pytest.approx(growth, abs=0.04)
    assert (found.base, found.seen) == (pytest.approx(1.0), 6.0)


def test_more_than_a_random_walk_is_not_believed():
    assert fit_horizon(drifting(1.5)).growth == 0.5


def test_errors_that_shrink_do_not_narrow_an_interval():
    assert fit_horizon(drifting(-0.5)).growth == 0.0


def test_a_few_rows_at_one_horizon_say_nothing_of_another():
    assert fit_horizon(ahead(np.ones(60), np.ones(60))).growth == 0.0
    assert fit_horizon(ahead(np.ones(20), np.arange(1, 21))).growth == 0.0


def test_intervals_of_every_horizon_hold_once_brought_to_one():
    calibration, test = drifting(0.4, seed=1), drifting(0.4, seed=2)
    scales, horizon = calibrate_ahead(calibration)
    std = ahead_scales(test.rows.similarity, test.months, scales, horizon)
    inside = np.abs(test.rows.observed) <= 1.645 * std
    for month in (1, 3, 6):
        assert inside[test.months == month].mean() == pytest.approx(0.9, abs=0.05)


@given(st.lists(st.floats(0.0, 100.0), min_size=2), st.floats(0.1, 10.0), st.floats(0.0, 0.5))
def test_farther_is_never_surer(months, base, growth):
    factor = Horizon(base, growth, 1.0).factor(np.sort(months))
    assert (factor >= 1.0).all()
    assert (np.diff(factor) >= 0.0).all()


def test_dates_in_the_forms_people_write_them_become_months():
    said = months_of(["2021-01-01", "20210101", "2021-01-01T12:00:00", 2021, None, "soon"])
    assert said[:4].tolist() == [24252.0] * 4
    assert np.isnan(said[4:]).all()


def test_each_origin_predicts_all_that_came_after_it_from_what_came_before():
    rng = np.random.default_rng(0)
    periods = np.repeat(np.arange(4), 30)
    kernel = np.eye(120)
    values = rng.standard_normal(120)
    seen: list[tuple[int, int]] = []
    plain = process_estimate(kernel, values, np.zeros(120, dtype=np.int8))

    def estimate(train, test):
        seen.append((int(train.sum()), int(test.sum())))
        return plain(train, test)

    found = hold_out_ahead(
        estimate, kernel, values, np.zeros(120, dtype=np.int8), periods, periods.astype(float)
    )
    assert seen == [(30, 90), (60, 60), (90, 30)]
    assert len(found.months) == 180
    assert found.next_period.sum() == 90
    assert (found.months[found.next_period] == 1.0).all()
    assert found.months.max() == 3.0


def test_without_anything_to_train_on_there_is_nothing_ahead():
    few = np.arange(4)
    flags = np.zeros(4, dtype=np.int8)
    plain = process_estimate(np.eye(4), np.zeros(4), flags)
    assert hold_out_ahead(plain, np.eye(4), np.zeros(4), flags, few, few.astype(float)) is None
