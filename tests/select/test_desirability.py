import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from molagent.config import ObjectiveConfig
from molagent.desirability import DIRECTIONS, desirability
from molagent.errors import InputError
from molagent.select.desirability import combine

VALUES = hnp.arrays(np.float64, st.integers(1, 20), elements=st.floats(-50, 50) | st.just(np.nan))


def objective(name="a", direction="maximise", low=0.0, high=1.0, weight=1.0):
    return ObjectiveConfig(
        name=name, endpoint=name, direction=direction, low=low, high=high, weight=weight
    )


@given(values=VALUES, direction=st.sampled_from(DIRECTIONS))
def test_desirability_lies_between_0_and_1_and_unknown_stays_unknown(values, direction):
    result = desirability(values, direction, 0.0, 1.0)
    assert (np.isnan(result) == np.isnan(values)).all()
    known = result[~np.isnan(result)]
    assert ((known >= 0) & (known <= 1)).all()


@given(values=VALUES, weight=st.floats(0.1, 10))
def test_a_profile_lies_between_its_worst_and_its_best_part(values, weight):
    first, second = objective("a"), objective("b", "minimise", weight=weight)
    overall, parts = combine([first, second], {"a": values, "b": values})
    stacked = np.array(list(parts.values()))
    known = ~np.isnan(values)
    assert np.isnan(overall[~known]).all()
    assert (overall[known] >= stacked[:, known].min(axis=0) - 1e-9).all()
    assert (overall[known] <= stacked[:, known].max(axis=0) + 1e-9).all()


def test_one_unknown_endpoint_makes_the_profile_unknown_even_beside_an_unacceptable_one():
    overall, _ = combine(
        [objective("a"), objective("b")], {"a": np.array([0.0]), "b": np.array([np.nan])}
    )
    assert np.isnan(overall).all()


def test_one_unacceptable_objective_makes_the_profile_unacceptable():
    overall, _ = combine(
        [objective("a", weight=0.1), objective("b")], {"a": np.array([0.0]), "b": np.array([1.0])}
    )
    assert overall[0] == 0.0


def test_draws_are_combined_as_single_values_are():
    draws = np.random.default_rng(0).uniform(size=(7, 5))
    overall, parts = combine([objective("a"), objective("b")], {"a": draws, "b": draws[::-1]})
    assert overall.shape == (7, 5)
    row, _ = combine([objective("a"), objective("b")], {"a": draws[2], "b": draws[::-1][2]})
    assert np.allclose(overall[2], row)
    assert parts["a"].shape == (7, 5)


def test_a_multiplier_of_0_leaves_an_objective_out():
    values = {"a": np.array([0.25]), "b": np.array([np.nan])}
    overall, _ = combine([objective("a"), objective("b")], values, {"b": 0.0})
    assert overall[0] == pytest.approx(0.25)


def test_a_range_is_full_inside_and_fades_outside():
    clogp = np.array([0.0, 0.5, 1.0, 3.0, 3.5, 4.0])
    assert desirability(clogp, "range", 1.0, 3.0).tolist() == [
        0.0,
        0.5,
        1.0,
        1.0,
        0.5,
        0.0,
    ]


def test_a_wrong_objective_is_refused_with_its_name():
    with pytest.raises(ValidationError, match="must be below high"):
        objective("potency", low=9, high=7)
    with pytest.raises(ValidationError, match="finite"):
        objective("potency", high=np.inf)
    with pytest.raises(ValidationError, match="maximise"):
        objective(direction="up")
    with pytest.raises(InputError, match="no values of 'b'"):
        combine([objective("b")], {"a": np.array([1.0])})
