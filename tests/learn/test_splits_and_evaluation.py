import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.chem.scaffolds import murcko_scaffold
from molagent.errors import InputError
from molagent.learn.domain import band_names, band_scales
from molagent.learn.evaluation import (
    HeldOut,
    coverage,
    cross_validate,
    evaluate,
    interval_scale,
    pooled_replicate_sd,
)
from molagent.learn.splits import random_folds, scaffold_folds, time_split

SMILES = [
    "c1ccccc1C",
    "c1ccccc1CC",
    "C1CCCCC1O",
    "c1ccncc1N",
    "c1ccncc1Cl",
    "CCO",
    "CCN",
    "c1ccc2[nH]ccc2c1",
    "O=C1CCCN1C",
]


@given(seed=st.integers(0, 1000), n_folds=st.integers(2, 5))
def test_no_scaffold_is_on_two_sides(seed, n_folds):
    folds = scaffold_folds(SMILES, n_folds=n_folds, seed=seed)
    homes = {}
    for smiles, fold in zip(SMILES, folds.tolist(), strict=True):
        assert homes.setdefault(murcko_scaffold(smiles), fold) == fold


@given(seed=st.integers(0, 1000))
def test_random_folds_are_even_and_repeatable(seed):
    folds = random_folds(23, n_folds=5, seed=seed)
    assert np.ptp(np.bincount(folds)) <= 1
    assert np.array_equal(folds, random_folds(23, n_folds=5, seed=seed))


def test_a_time_split_tests_on_the_future_only():
    dates = ["2020-05", "2019-01", "2021-03", "2020-11", "2021-03"]
    late = time_split(dates, test_share=0.4)
    assert late.tolist() == [False, False, True, False, True]


def test_one_date_cannot_be_split():
    with pytest.raises(InputError, match="scaffold split"):
        time_split([2020, 2020])


def test_held_out_rows_are_never_trained_on():
    """Values that nothing predicts: a leak would show as a small error."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal(100)
    kernel = np.full((100, 100), 0.2) + 0.8 * np.eye(100)
    held_out = cross_validate(kernel, values, np.zeros(100, dtype=np.int8), random_folds(100))
    figures = evaluate(held_out)
    assert figures["n"] == 100
    assert figures["rmse"] > 0.9
    assert figures["r2"] < 0.1


def test_a_limit_is_an_error_only_on_its_wrong_side():
    rng = np.random.default_rng(0)
    values = rng.standard_normal(60)
    censoring = np.where(np.arange(60) % 6 == 0, 1, 0).astype(np.int8)
    rows = cross_validate(np.eye(60), values, censoring, random_folds(60))
    assert rows.done.sum() == 50
    assert rows.limits.sum() == 10
    high, low = np.full(60, 99.0), np.full(60, -99.0)
    assert (rows.error(high)[censoring == 1] == 0).all()
    assert (rows.error(low)[censoring == 1] < 0).all()
    figures = evaluate(rows)
    assert figures["n"] == 50
    assert figures["n_with_limits"] == 60


@given(factor=st.floats(0.2, 5.0))
def test_recalibration_makes_the_interval_hold(factor):
    rng = np.random.default_rng(1)
    truth = factor * rng.standard_normal(2000)
    scale = interval_scale(truth[:1000])
    assert 0.86 < coverage(truth[1000:], np.zeros(1000), np.full(1000, scale)) < 0.94


def held_out(similarity, error):
    zeros = np.zeros(len(similarity))
    return HeldOut(
        observed=error,
        mean=zeros,
        std=zeros + 1.0,
        baseline_mean=zeros,
        baseline_nearest=zeros,
        similarity=similarity,
        fold=np.arange(len(similarity)) % 5,
        censoring=np.zeros(len(similarity), dtype=np.int8),
    )


def test_far_structures_get_wider_intervals_than_near_ones():
    rng = np.random.default_rng(0)
    similarity = np.repeat([0.9, 0.5, 0.2], 100)
    error = np.repeat([0.3, 1.0, 2.0], 100) * rng.standard_normal(300)
    scales = band_scales(held_out(similarity, error))
    assert scales["in"] < scales["near"] < scales["out"]


def test_a_band_with_few_rows_is_never_surer_than_a_nearer_one():
    rng = np.random.default_rng(0)
    similarity = np.concatenate([np.full(100, 0.9), np.full(5, 0.2)])
    scales = band_scales(held_out(similarity, rng.standard_normal(105)))
    assert scales["out"] >= scales["near"] >= scales["in"]


def test_bands_name_every_similarity():
    assert band_names(np.array([1.0, 0.65, 0.649, 0.45, 0.0])) == [
        "in",
        "in",
        "near",
        "near",
        "out",
    ]


def test_without_replicates_the_noise_floor_is_unknown():
    assert pooled_replicate_sd(np.array([np.nan, 0.2]), np.array([1, 1])) is None
