import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from molagent.learn.conformal import forward_coverage, forward_scales, weighted_quantile
from molagent.learn.evaluation import HeldOut, forward_splits
from molagent.learn.splits import time_periods


def rows(error, fold, similarity=None, censoring=None):
    zeros = np.zeros(len(error))
    return HeldOut(
        observed=np.asarray(error, dtype=float),
        mean=zeros,
        std=zeros + 1.0,
        baseline_mean=zeros,
        baseline_nearest=zeros,
        similarity=zeros + 0.9 if similarity is None else similarity,
        fold=np.asarray(fold),
        censoring=np.zeros(len(error), dtype=np.int8) if censoring is None else censoring,
    )


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), n=st.integers(10, 200))
def test_equal_weights_give_the_conformal_quantile(seed, n):
    scores = np.random.default_rng(seed).random(n)
    rank = min(int(np.ceil(0.9 * (n + 1) - 1e-9)), n)
    assert weighted_quantile(scores, np.ones(n)) == np.sort(scores)[rank - 1]


def test_intervals_follow_errors_that_grow_from_slice_to_slice():
    rng = np.random.default_rng(0)
    fold = np.repeat(np.arange(1, 7), 200)
    error = fold * 0.5 * rng.standard_normal(1200)
    drifting, steady = rows(error, fold), rows(3.0 * rng.standard_normal(1200), fold)
    flat = weighted_quantile(np.abs(error) / 1.645, np.ones(1200))
    assert forward_scales(drifting)["all"] > 1.1 * flat
    held, count = forward_coverage(steady)
    assert count == 200
    assert 0.84 < held < 0.96


def test_the_last_slice_does_not_calibrate_itself():
    quiet = np.r_[np.linspace(-1, 1, 100), np.full(50, 30.0)]
    held, count = forward_coverage(rows(quiet, np.repeat([1, 2], [100, 50])))
    assert (held, count) == (0.0, 50)


def test_a_farther_band_is_never_surer():
    rng = np.random.default_rng(1)
    similarity = np.repeat([0.9, 0.5, 0.2], 100)
    error = rng.standard_normal(300) * np.repeat([2.0, 1.0, 0.5], 100)
    scales = forward_scales(rows(error, np.ones(300, dtype=int), similarity))
    assert scales["in"] <= scales["near"] <= scales["out"]


def test_limits_do_not_calibrate():
    error = np.r_[np.linspace(-2, 2, 60), np.zeros(500)]
    flags = np.r_[np.zeros(60), -np.ones(500)].astype(np.int8)
    fold = np.ones(560, dtype=int)
    alone = forward_scales(rows(error[:60], fold[:60]))
    assert forward_scales(rows(error, fold, censoring=flags)) == alone


def test_without_rows_nothing_is_scaled():
    assert set(forward_scales(rows(np.zeros(0), np.zeros(0, dtype=int))).values()) == {1.0}


@settings(deadline=None, max_examples=40)
@given(dates=st.lists(st.integers(2000, 2020), min_size=6, max_size=60))
def test_forward_splits_never_train_on_the_present_or_the_future(dates):
    if len(set(dates)) < 2:
        return
    when = np.array(dates)
    periods = time_periods(dates)
    for _, train, test in forward_splits(periods):
        assert when[train].max() < when[test].min()
