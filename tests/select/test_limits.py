import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.select.limits import Chooser, Limits


@given(
    seed=st.integers(0, 999),
    size=st.integers(1, 40),
    budget=st.floats(0, 500),
    count=st.integers(1, 40),
)
def test_a_batch_never_costs_more_than_its_budget_and_never_holds_what_has_no_price(
    seed, size, budget, count
):
    rng = np.random.default_rng(seed)
    costs = rng.uniform(1, 100, size)
    costs[rng.uniform(size=size) < 0.2] = np.nan
    chooser = Chooser(
        Limits(groups=["g"] * size, costs=costs, budget=budget), np.ones(size, dtype=bool)
    )
    chooser.take_best(rng.normal(size=size), count)
    chosen = costs[chooser.chosen]
    assert not np.isnan(chosen).any()
    assert chosen.sum() <= budget + 1e-9
    assert chooser.spent == pytest.approx(chosen.sum())
    # Nothing that would still have fitted was left out.
    left = np.delete(costs, chooser.chosen)
    assert len(chooser.chosen) == count or not (left <= budget - chooser.spent).any()


def test_what_is_not_available_is_not_chosen_and_the_shortfall_says_so():
    limits = Limits(groups=["a", "b", "c"], available=np.array([True, False, False]))
    chooser = Chooser(limits, np.ones(3, dtype=bool))
    chooser.take_best(np.array([1.0, 3.0, 2.0]), 2)
    assert chooser.chosen == [0]
    assert chooser.shortfall(2) == "what is available leave 1 of 3 candidates"


def test_a_budget_without_prices_is_refused():
    with pytest.raises(InputError, match="budget of 100 without costs"):
        Limits(groups=["a"], budget=100.0)


def test_prices_of_other_candidates_are_refused():
    with pytest.raises(InputError, match="2 costs for 1 candidates"):
        Limits(groups=["a"], costs=np.array([1.0, 2.0]))
