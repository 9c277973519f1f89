import numpy as np
import pytest

from molagent.errors import InputError, NotFoundError
from molagent.select.choosing import STRATEGIES, choose
from molagent.select.limits import Limits

RNG = np.random.default_rng(5)
# Two series and six single compounds: members of a series rise and fall together.
SERIES = ["indole"] * 8 + ["quinoline"] * 8 + [f"single {n}" for n in range(6)]
_SHARED = {name: RNG.normal(size=(300, 1)) for name in dict.fromkeys(SERIES)}
DRAWS = np.hstack([6.5 + _SHARED[name] + 0.3 * RNG.normal(size=(300, 1)) for name in SERIES])


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
def test_every_strategy_fills_the_batch_under_the_cap_with_a_reason_each(strategy):
    limits = Limits(groups=SERIES, per_group=2, costs=np.full(len(SERIES), 120.0), budget=700.0)
    chosen = choose(
        DRAWS,
        limits,
        count=5,
        seed=1,
        strategy=strategy,
        threshold=7.0,
        measured=np.array([6.0, 7.0]),
    )
    groups = [SERIES[row] for row in chosen.batch.indices]
    assert len(set(chosen.batch.indices)) == len(chosen.reasons) == 5
    assert max(groups.count(name) for name in groups) <= 2
    assert chosen.cost == 600.0
    assert all("% to reach 7" in reason and "price 120" in reason for reason in chosen.reasons)
    assert chosen.hits.low <= chosen.hits.expected <= chosen.hits.high


def test_what_is_explored_first_covers_both_series_and_says_so():
    chosen = choose(
        DRAWS, Limits(groups=SERIES), count=4, seed=0, strategy="greedy", explore=0.5, threshold=7.0
    )
    assert {SERIES[row] for row in chosen.explored} == {"indole", "quinoline"}
    taught = [r for r in chosen.reasons if r.startswith("chosen for what it teaches")]
    assert len(taught) == 2


def test_thompson_with_a_share_for_exploration_still_fills_the_batch_once():
    chosen = choose(DRAWS, Limits(groups=SERIES), count=10, seed=0, explore=0.3)
    assert len(set(chosen.batch.indices)) == 10
    assert chosen.explored <= set(chosen.batch.indices)
    assert len(chosen.explored) == 3
    assert chosen.hits is None


def test_a_strategy_without_what_it_needs_is_refused_by_name():
    limits = Limits(groups=SERIES)
    with pytest.raises(InputError, match="no threshold"):
        choose(DRAWS, limits, count=2, seed=0, strategy="probability_of_hit")
    with pytest.raises(InputError, match="no measured value"):
        choose(DRAWS, limits, count=2, seed=0, strategy="expected_improvement")
    with pytest.raises(NotFoundError, match="thompson"):
        choose(DRAWS, limits, count=2, seed=0, strategy="lucky dip")
