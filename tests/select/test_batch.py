from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.select.batch import greedy_batch, thompson_batch


def draws_of(seed: int, n: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 1, (32, n))


@given(seed=st.integers(0, 1000), cap=st.integers(1, 4), count=st.integers(1, 30))
def test_no_scaffold_exceeds_its_cap_and_nothing_comes_twice(seed: int, cap: int, count: int):
    groups = [f"s{index % 5}" for index in range(40)]
    batch = thompson_batch(draws_of(seed), groups, count=count, per_group=cap, seed=seed)
    assert len(set(batch.indices)) == len(batch.indices) == min(count, 5 * cap)
    assert max(Counter(groups[index] for index in batch.indices).values()) <= cap
    assert bool(batch.shortfall) == (len(batch.indices) < count)


@given(seed=st.integers(0, 1000))
def test_the_same_seed_gives_the_same_batch(seed: int):
    draws = draws_of(seed)
    groups = [""] * 40
    first = thompson_batch(draws, groups, count=8, per_group=1, seed=seed)
    assert thompson_batch(draws, groups, count=8, per_group=1, seed=seed) == first


def test_an_unknown_compound_is_never_chosen():
    draws = draws_of(1)
    draws[:, 3] = 2.0
    draws[5, 3] = np.nan
    batch = thompson_batch(draws, [""] * 40, count=40, per_group=1, seed=0)
    assert 3 not in batch.indices
    assert len(batch.indices) == 39
    assert "39 of 40" in batch.shortfall


def test_a_compound_that_is_best_in_every_draw_comes_first():
    draws = draws_of(2)
    draws[:, 7] = 1.5
    batch = thompson_batch(draws, [""] * 40, count=5, per_group=1, seed=0)
    assert batch.indices[0] == 7
    assert batch.acquisition[0] == pytest.approx(1.0)


def test_greedy_takes_the_largest_values_under_the_cap():
    values = np.array([0.9, 0.8, 0.7, 0.6])
    batch = greedy_batch(values, ["a", "a", "b", ""], count=3, per_group=1)
    assert batch.indices == (0, 2, 3)


def test_uncertain_compounds_get_their_chance():
    rng = np.random.default_rng(3)
    sure = np.full((200, 20), 0.5) + np.linspace(0, 0.01, 20)
    unsure = rng.normal(0.45, 0.2, (200, 20))
    batch = thompson_batch(np.hstack([sure, unsure]), [""] * 40, count=10, per_group=1, seed=0)
    assert sum(index >= 20 for index in batch.indices) >= 8


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="do not fit"):
        thompson_batch(draws_of(0), ["a"], count=1, per_group=1, seed=0)
