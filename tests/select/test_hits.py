import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.select.hits import expected_hits


@given(seed=st.integers(0, 999), size=st.integers(1, 30), threshold=st.floats(4, 9))
def test_expected_hits_are_the_sum_of_the_probabilities_and_lie_in_the_batch(seed, size, threshold):
    draws = np.random.default_rng(seed).normal(6.5, 1.0, size=(300, size))
    chosen = list(range(0, size, 2))
    hits = expected_hits(draws, chosen, threshold)
    assert hits.expected == pytest.approx((draws[:, chosen] >= threshold).mean(axis=0).sum())
    assert 0 <= hits.low <= hits.high <= len(chosen)
    assert hits.at_least_one <= min(1.0, hits.expected) + 1e-9


def test_analogues_that_share_their_luck_have_a_wider_interval_than_strangers():
    rng = np.random.default_rng(1)
    strangers = rng.normal(7.0, 1.0, size=(4000, 20))
    analogues = np.tile(rng.normal(7.0, 1.0, size=(4000, 1)), (1, 20))
    apart, together = (expected_hits(d, range(20), 7.0) for d in (strangers, analogues))
    assert apart.expected == pytest.approx(together.expected, abs=0.7)
    assert (apart.low, apart.high) == (6, 14)
    assert (together.low, together.high) == (0, 20)


def test_a_compound_without_an_estimate_is_counted_as_such_and_not_as_a_miss():
    draws = np.array([[8.0, np.nan], [8.0, 9.0]])
    hits = expected_hits(draws, [0, 1], 7.0)
    assert (hits.count, hits.unknown, hits.expected) == (1, 1, 1.0)
    assert str(hits).endswith("1 without an estimate")


def test_a_level_of_90_instead_of_0_9_is_refused():
    with pytest.raises(InputError, match="level 90 is not between 0 and 1"):
        expected_hits(np.ones((2, 2)), [0], 0.5, level=90)
