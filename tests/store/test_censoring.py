import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from molagent.errors import InputError
from molagent.store.censoring import censored_means

VALUES = st.lists(
    st.tuples(st.floats(3.0, 10.0), st.sampled_from([-1.0, 0.0, 1.0])), min_size=1, max_size=6
)


def likelihood(mean: float, value: np.ndarray, sign: np.ndarray, sd: float) -> float:
    z = (value - mean) / sd
    each = np.where(sign == 0, norm.logpdf(z), norm.logcdf(np.where(sign > 0, -z, z)))
    return float(each.sum())


@given(rows=VALUES, exact=st.floats(3.0, 10.0), sd=st.floats(0.1, 1.0))
def test_the_mean_is_where_the_likelihood_is_highest(rows, exact, sd):
    value = np.array([exact, *(entry for entry, _ in rows)])
    sign = np.array([0.0, *(entry for _, entry in rows)])
    mean, error = censored_means(value, sign, np.zeros(len(value), dtype="int64"), sd)
    best = minimize_scalar(
        lambda m: -likelihood(m, value, sign, sd),
        bounds=(value.min() - 3, value.max() + 3),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert likelihood(mean[0], value, sign, sd) >= -best.fun - 1e-6
    assert 0 < error[0] <= sd


@given(shift=st.floats(0.5, 3.0))
def test_a_bound_that_agrees_moves_nothing_and_one_that_does_not_pulls(shift):
    value = np.array([6.0, 6.0, 6.0 + shift, 6.0, 6.0, 6.0 - shift])
    sign = np.array([0.0, 0.0, -1.0, 0.0, 0.0, -1.0])
    (agrees, pulled), _ = censored_means(value, sign, np.array([0, 0, 0, 1, 1, 1]), 0.1)
    assert agrees == pytest.approx(6.0, abs=0.001)
    assert 6.0 - shift < pulled < 6.0


def test_exact_values_alone_give_their_mean_and_its_standard_error():
    mean, error = censored_means(np.array([5.0, 6.0]), np.zeros(2), np.zeros(2, "int64"), 0.2)
    assert mean[0] == pytest.approx(5.5)
    assert error[0] == pytest.approx(0.2 / np.sqrt(2))


def test_bounds_in_one_direction_have_no_most_likely_mean():
    mean, error = censored_means(
        np.array([5.0, 4.0, 8.0, 4.0, 6.0]),
        np.array([-1.0, -1.0, 1.0, 1.0, -1.0]),
        np.array([0, 0, 1, 2, 2]),
        0.2,
    )
    assert mean[:2].tolist() == [-np.inf, np.inf]
    assert mean[2] == pytest.approx(5.0, abs=0.01)
    assert np.isnan(error[:2]).all()


def test_a_bound_far_away_does_not_overflow():
    mean, error = censored_means(
        np.array([9.0, 3.0]), np.array([0.0, -1.0]), np.zeros(2, "int64"), 0.05
    )
    assert mean[0] == pytest.approx(6.0, abs=0.05)
    assert np.isfinite(error[0])


@pytest.mark.parametrize("sd", [0.0, -1.0, float("nan")])
def test_an_sd_that_is_none_is_refused(sd):
    with pytest.raises(InputError, match="SD of a repeat"):
        censored_means(np.array([5.0]), np.array([0.0]), np.zeros(1, "int64"), sd)
