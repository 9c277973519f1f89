"""A difference of bounds is a bound, or nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm

from molagent.errors import InputError
from molagent.sar.differences import difference, least_size, normal_mean, sign

RELATIONS = st.sampled_from("=<>")
VALUES = st.floats(4.0, 9.0)


def holds(true, relation, value):
    return {"=": true == value, "<": true < value, ">": true > value}[relation]


@given(VALUES, RELATIONS, VALUES, RELATIONS, st.floats(0.01, 3.0), st.floats(0.01, 3.0))
def test_what_is_said_of_a_difference_holds_for_every_true_pair(a, ra, b, rb, gap_a, gap_b):
    true_a = a + {"=": 0.0, "<": -gap_a, ">": gap_a}[ra]
    true_b = b + {"=": 0.0, "<": -gap_b, ">": gap_b}[rb]
    delta, relation = difference(np.array([a]), np.array([ra]), np.array([b]), np.array([rb]))
    if relation[0] != "~":
        assert holds(round(true_b - true_a, 9), relation[0], round(delta[0], 9))
    certain = sign(delta, relation)[0]
    assert certain in (0, int(np.sign(round(true_b - true_a, 9))))
    if relation[0] != "~":
        assert least_size(delta, relation)[0] <= abs(true_b - true_a) + 1e-9


def test_the_rounding_of_a_subtraction_is_no_difference():
    assert sign(np.array([8.9e-16, -8.9e-16]), np.array(["=", "="])).tolist() == [0, 0]
    assert sign(np.array([0.01, -0.01]), np.array(["=", "="])).tolist() == [1, -1]


def test_two_upper_bounds_say_nothing():
    delta, relation = difference(np.array([4.0]), np.array(["<"]), np.array([5.0]), np.array(["<"]))
    assert relation[0] == "~"
    assert np.isnan(delta[0])
    assert np.isnan(least_size(delta, relation)[0])


def test_an_upper_bound_of_a_rise_is_no_rise():
    assert sign(np.array([0.5]), np.array(["<"]))[0] == 0
    assert least_size(np.array([0.5]), np.array(["<"]))[0] == 0.0


def test_the_mean_with_bounds_is_the_maximum_of_the_likelihood():
    delta = np.array([0.1, 0.4, 0.9, 1.3, 1.5, -0.2])
    relation = np.array(["=", "=", "=", "=", ">", "<"])

    def loss(p):
        mean, sd = p[0], np.exp(p[1])
        return -(
            norm.logpdf(delta[:4], mean, sd).sum()
            + norm.logsf(1.5, mean, sd)
            + norm.logcdf(-0.2, mean, sd)
        )

    best = minimize(loss, [0.5, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    mean, sd = normal_mean(delta, relation)
    assert mean == pytest.approx(best.x[0], abs=1e-3)
    assert sd == pytest.approx(np.exp(best.x[1]), abs=1e-3)


def test_without_bounds_the_mean_is_the_mean():
    values = np.array([0.2, 0.4, 0.9])
    mean, sd = normal_mean(values, np.array(["="] * 3))
    assert (mean, sd) == pytest.approx((values.mean(), values.std()))


def test_one_exact_value_has_no_spread():
    with pytest.raises(InputError, match="1 exact values"):
        normal_mean(np.array([1.0, 2.0]), np.array(["=", ">"]))
