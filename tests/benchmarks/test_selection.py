from pathlib import Path

import numpy as np
import pytest

from benchmarks.selection import bench_replay, read_moonshot_pool, replay
from molagent.project.replay_pool import ReplayPool

MOONSHOT = Path(__file__).parents[2] / "data" / "covid_moonshot"


@pytest.fixture(scope="module")
def series():
    """Return anilides, active, in turn with plain alkanes, inactive."""
    anilides = [f"O=C(Nc1ccccc1){'C' * n}" for n in range(1, 31)]
    alkanes = ["C" * n for n in range(4, 34)]
    smiles = [each for pair in zip(alkanes, anilides, strict=True) for each in pair]
    values = np.array([7.0 + 0.01 * len(each) if "N" in each else 4.0 for each in smiles])
    return ReplayPool.of(smiles, smiles, values, np.zeros(len(smiles), dtype=np.int8))


def test_recall_begins_with_the_start_never_falls_and_ends_at_one(series):
    recall = replay(series, "thompson", seed=0, start=10, batch=10, upto=60, top=0.1)
    assert list(recall) == [10, 20, 30, 40, 50, 60]
    assert recall[10] == 0.0
    assert list(recall.values()) == sorted(recall.values())
    assert recall[60] == 1.0


def test_a_model_finds_the_anilides_sooner_than_chance(series):
    table = bench_replay(
        series,
        {
            "chance": {"strategy": "random", "start": 10, "batch": 5, "top": 0.5},
            "greedy": {"strategy": "greedy", "start": 10, "batch": 5, "top": 0.5},
        },
        seeds=5,
        tested=(30,),
    ).set_index("strategy")
    assert table.loc["greedy", "recall_30"] > table.loc["chance", "recall_30"]


def test_one_seed_is_one_history(series):
    settings = {"start": 10, "batch": 10, "upto": 40}
    assert replay(series, "thompson", seed=4, **settings) == replay(
        series, "thompson", seed=4, **settings
    )


def test_the_moonshot_pool_is_the_one_of_the_protocol():
    pool = read_moonshot_pool(MOONSHOT)
    assert len(pool.worth) == 1558
    # 30 % of the programme are limits.
    assert 0.25 < float((pool.censoring == -1).mean()) < 0.32
    assert np.median(pool.worth[pool.censoring == -1]) == pytest.approx(4.002, abs=0.001)
