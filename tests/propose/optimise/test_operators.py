import numpy as np
import pytest

from molagent.propose.optimise.operators import OperatorShares


def test_shares_start_even_and_sum_to_the_step():
    counts = OperatorShares(("policy", "crossover")).split(1000, np.random.default_rng(0))
    assert sum(counts.values()) == 1000
    assert counts["policy"] == pytest.approx(500, abs=60)


def test_the_operator_that_brings_more_of_the_elite_proposes_more():
    shares = OperatorShares(("policy", "crossover"), floor=0.1)
    for _ in range(20):
        shares.credit({"crossover": 8}, {"policy": 10, "crossover": 10})
    counts = shares.split(1000, np.random.default_rng(0))
    assert counts["crossover"] > 800
    assert counts["policy"] >= 60  # the floor: it is still asked


def test_an_operator_recovers_after_a_long_drought():
    shares = OperatorShares(("policy", "crossover"), memory=0.5)
    for _ in range(50):
        shares.credit({"crossover": 8}, {"policy": 10, "crossover": 10})
    for _ in range(10):
        shares.credit({"policy": 9}, {"policy": 10, "crossover": 10})
    counts = shares.split(1000, np.random.default_rng(0))
    assert counts["policy"] > counts["crossover"]


def test_credits_survive_a_round_trip():
    shares = OperatorShares(("policy", "crossover"))
    shares.credit({"policy": 3}, {"policy": 5, "crossover": 7})
    restored = OperatorShares(("policy", "crossover"))
    restored.load_state(shares.to_state())
    assert restored.to_state() == shares.to_state()
