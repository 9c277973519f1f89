import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from molagent.propose.optimise.components import ObjectiveComponent
from molagent.propose.optimise.objective import MultiObjective
from molagent.propose.optimise.pareto import (
    ParetoArchive,
    crowding_distance,
    dominates,
    front_of,
    hypervolume,
    non_dominated,
)

# A coarse grid makes equal values and equal rows frequent.
GRID = st.integers(0, 5).map(lambda n: n / 5)
FEW, SOME = st.integers(1, 3), st.integers(1, 4)


def vectors(least=0, most=40, columns=SOME, elements=GRID):
    shapes = st.tuples(st.integers(least, most), columns)
    return shapes.flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=elements))


def dominated_by_definition(worse, better):
    return all(b >= w for w, b in zip(worse, better, strict=True)) and tuple(worse) != tuple(better)


@given(rows=vectors())
def test_the_front_is_mutually_non_dominating_and_beats_everything_else(rows):
    best = non_dominated(rows)
    for row in rows[best]:
        assert not any(dominated_by_definition(row, other) for other in rows)
    for row in rows[~best]:
        assert any(dominated_by_definition(row, other) for other in rows[best])
    assert (best == (front_of(rows) == 0)).all()


@given(rows=vectors(least=1))
def test_each_row_of_a_later_front_is_dominated_from_the_front_before_it(rows):
    fronts = front_of(rows)
    beaten = dominates(rows, rows)
    for index, front in enumerate(fronts):
        above = fronts[beaten[:, index]]
        assert above.max(initial=-1) == front - 1


@given(rows=vectors(least=1), data=st.data())
def test_ranks_do_not_depend_on_the_order_of_rows(rows, data):
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    assert (front_of(rows)[order] == front_of(rows[order])).all()
    first, second = ParetoArchive(), ParetoArchive()
    first.add(rows)
    second.add(rows[order])
    assert (first.rewards(rows) == second.rewards(rows)).all()


def test_the_ends_of_a_front_are_the_least_crowded():
    # By hand, Deb et al. 2002, figure 7: half the perimeter of the box between the neighbours.
    distance = crowding_distance(np.array([[0.0, 1.0], [0.1, 0.6], [0.5, 0.5], [1.0, 0.0]]))
    assert distance[[0, 3]].tolist() == [np.inf, np.inf]
    assert distance[1] == pytest.approx(0.5 + 0.5)
    assert distance[2] == pytest.approx(0.9 + 0.6)


@given(rows=vectors(least=1))
def test_a_reward_lies_between_0_and_1_and_never_prefers_what_is_dominated(rows):
    archive = ParetoArchive()
    archive.add(rows)
    rewards = archive.rewards(rows)
    assert ((rewards >= 0) & (rewards <= 1)).all()
    beaten = dominates(rows, rows)
    for better, worse in zip(*np.nonzero(beaten), strict=True):
        assert rewards[better] > rewards[worse] or rewards[better] == rewards[worse] == 0.0
    worthless = ~rows.any(axis=1)
    assert (rewards[worthless] == 0).all()
    if not worthless.all():
        assert rewards.max() == 1.0


@given(rows=vectors(least=1), size=st.integers(1, 12))
def test_a_full_archive_keeps_the_best_fronts(rows, size):
    archive = ParetoArchive(size)
    archive.add(rows)
    unique = np.unique(rows, axis=0)
    fronts = front_of(unique)
    assert len(archive.rows) == min(size, len(unique))
    kept = {tuple(row) for row in archive.rows}
    ranks = [front for row, front in zip(unique, fronts, strict=True) if tuple(row) in kept]
    assert sorted(ranks) == sorted(fronts)[:size]


@given(rows=vectors(least=1, most=20), size=st.integers(1, 6))
def test_an_archive_fed_row_by_row_keeps_rows_it_was_given_and_a_true_front(rows, size):
    archive = ParetoArchive(size)
    for row in rows:
        archive.add(row[None])
    assert {tuple(row) for row in archive.rows} <= {tuple(row) for row in rows}
    assert non_dominated(archive.front).all()
    assert not dominates(archive.rows, archive.front).any()


@given(rows=vectors(least=1, most=30), size=st.integers(1, 12))
def test_an_archive_restored_from_its_rows_gives_the_same_rewards(rows, size):
    archive, restored = ParetoArchive(size), ParetoArchive(size)
    archive.add(rows)
    restored.add(np.array(json.loads(json.dumps(archive.rows.tolist()))))
    assert (restored.rows == archive.rows).all()
    assert (restored.rewards(rows) == archive.rewards(rows)).all()


def test_what_is_unknown_has_no_reward_and_is_not_kept():
    archive = ParetoArchive()
    rows = np.array([[0.5, 0.5], [np.nan, 1.0]])
    archive.add(rows)
    assert archive.rows.tolist() == [[0.5, 0.5]]
    assert np.isnan(archive.rewards(rows)).tolist() == [False, True]


def test_a_better_structure_lowers_the_reward_of_an_earlier_one():
    archive = ParetoArchive()
    first = np.array([[0.5, 0.5]])
    archive.add(first)
    assert archive.rewards(first)[0] == 1.0
    archive.add(np.array([[0.9, 0.9]]))
    assert archive.rewards(first)[0] == 0.5


def test_zero_and_minus_zero_are_one_value():
    archive = ParetoArchive()
    archive.add(np.array([[-0.0, 1.0], [0.0, 1.0], [1.0, 0.0]]))
    assert len(archive.rows) == 2
    assert archive.rewards(np.array([[-0.0, 1.0]]))[0] == archive.rewards(np.array([[0.0, 1.0]]))[0]


# -- hypervolume -----------------------------------------------------------------------------------


def volume_on_grid(rows, steps=5):
    """Count the cells of a grid that some row dominates."""
    cells = np.stack(np.meshgrid(*[np.arange(steps) + 1] * rows.shape[1]), -1).reshape(
        -1, rows.shape[1]
    )
    inside = (np.round(rows * steps)[None] >= cells[:, None]).all(axis=2).any(axis=1)
    return inside.sum() / steps ** rows.shape[1]


@given(rows=vectors(columns=FEW))
def test_the_hypervolume_is_what_counting_cells_gives(rows):
    assert hypervolume(rows) == pytest.approx(volume_on_grid(rows))


@given(rows=vectors(least=1, columns=FEW, elements=st.floats(0, 1)))
def test_only_the_front_counts_for_the_hypervolume(rows):
    assert hypervolume(rows) == pytest.approx(hypervolume(rows[non_dominated(rows)]))
    assert 0.0 <= hypervolume(rows) <= 1.0 + 1e-12


def test_the_hypervolume_of_more_than_three_objectives_is_not_claimed():
    assert np.isnan(hypervolume(np.ones((2, 4))))


# -- as an objective -------------------------------------------------------------------------------


def two_counts(mode="pareto", nan_policy="unknown"):
    return MultiObjective(
        [
            ObjectiveComponent(
                name=letter,
                evaluate=lambda s, x=letter: [None if "I" in t else t.count(x) for t in s],
                direction="maximise",
                low=0.0,
                high=10.0,
            )
            for letter in "NO"
        ],
        mode=mode,
        nan_policy=nan_policy,
    )


SMILES = ["NNNN", "OOOO", "NNOO", "NO", "CC", "CI"]


def test_pareto_rewards_trade_offs_alike_and_puts_them_above_what_they_dominate():
    objective = two_counts()
    totals = dict(zip(SMILES, objective(SMILES).total, strict=True))
    assert totals["NNNN"] == totals["OOOO"] == 1.0
    assert 1.0 > totals["NNOO"] > totals["NO"] > totals["CC"] == 0.0
    assert np.isnan(totals["CI"])
    assert objective.front() == ["NNNN", "OOOO", "NNOO"]
    assert objective.hypervolume() == pytest.approx(0.04)
    weighted = two_counts("weighted")
    weighted(SMILES)
    assert weighted.front() == objective.front()


def test_the_worst_policy_ranks_what_is_unknown_as_zero():
    objective = two_counts(nan_policy="worst")
    assert objective(SMILES).total[-1] == 0.0


def test_totals_are_of_the_moment_and_can_be_asked_again():
    objective = two_counts()
    early = objective(["NO"]).total[0]
    assert early == 1.0
    objective(SMILES[:3])
    assert objective.totals_now(["NO"])[0] < early
    assert np.isnan(objective.totals_now(["CCCC"])[0])


def test_a_restored_objective_gives_the_totals_the_uninterrupted_one_gives():
    first, second = two_counts(), two_counts()
    first(SMILES[3:])
    second.load_state(json.loads(json.dumps(first.to_state())))
    assert second(SMILES[:3]).total.tolist() == first(SMILES[:3]).total.tolist()
    assert second.front() == first.front()
    everything = [first.totals_now(SMILES), second.totals_now(SMILES)]
    assert np.array_equal(*everything, equal_nan=True)


def test_before_anything_is_known_there_is_neither_front_nor_volume():
    objective = two_counts()
    assert objective.front() == []
    assert np.isnan(objective.hypervolume())
