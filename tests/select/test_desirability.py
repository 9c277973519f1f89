import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.select.desirability import FLOOR, Objective, combine, desirability_of

POTENCY = Objective(name="potency", endpoint="pki", direction="maximise", low=6.0, high=8.0)
HERG = Objective(name="herg", endpoint="herg", direction="minimise", low=0.2, high=0.8)
LOGP = Objective(name="logp", endpoint="logp", direction="range", low=1.0, high=3.0)
VALUES = st.floats(-20, 20)


@given(value=VALUES, objective=st.sampled_from([POTENCY, HERG, LOGP]))
def test_desirability_stays_within_its_bounds(value: float, objective: Objective):
    assert FLOOR <= desirability_of(objective, np.array([value]))[0] <= 1.0


@given(low=VALUES, step=st.floats(0, 5))
def test_more_potency_is_never_less_desirable(low: float, step: float):
    weak, strong = desirability_of(POTENCY, np.array([low, low + step]))
    assert strong >= weak


def test_the_ends_of_each_direction_are_where_they_are_stated():
    assert desirability_of(POTENCY, np.array([6.0, 8.0])).tolist() == [FLOOR, 1.0]
    assert desirability_of(HERG, np.array([0.2, 0.8])).tolist() == [1.0, FLOOR]
    assert desirability_of(LOGP, np.array([-1.0, 1.0, 3.0, 5.0])).tolist() == [FLOOR, 1, 1, FLOOR]


def test_an_unknown_estimate_gives_an_unknown_desirability():
    values = {"pki": np.array([8.0, np.nan]), "herg": np.array([0.1, 0.1])}
    overall, parts = combine([POTENCY, HERG], values)
    assert overall[0] == pytest.approx(1.0)
    assert np.isnan(overall[1])
    assert parts["herg"].tolist() == [1.0, 1.0]


def test_a_weight_is_an_exponent_and_multipliers_scale_it():
    values = {"pki": np.array([7.0]), "herg": np.array([0.2])}
    overall, _ = combine([POTENCY, HERG], values)
    heavy, _ = combine([POTENCY, HERG], values, {"potency": 3.0})
    assert overall[0] == pytest.approx(0.5**0.5)
    assert heavy[0] == pytest.approx(0.5**0.75)


def test_draws_are_combined_like_single_values():
    rng = np.random.default_rng(0)
    values = {"pki": rng.normal(7, 1, (5, 4)), "herg": rng.uniform(0, 1, (5, 4))}
    overall, _ = combine([POTENCY, HERG], values)
    row, _ = combine([POTENCY, HERG], {name: array[2] for name, array in values.items()})
    np.testing.assert_allclose(overall[2], row)


@pytest.mark.parametrize(
    "wrong",
    [{"direction": "up"}, {"low": 9.0}, {"weight": 0.0}],
)
def test_an_objective_that_would_rank_wrongly_is_refused(wrong: dict[str, object]):
    fields = {"name": "p", "endpoint": "pki", "direction": "maximise", "low": 6.0, "high": 8.0}
    with pytest.raises(InputError):
        Objective(**{**fields, **wrong})


def test_a_profile_needs_an_estimate_of_each_endpoint():
    with pytest.raises(InputError, match="'herg' has no values"):
        combine([POTENCY, HERG], {"pki": np.array([7.0])})
