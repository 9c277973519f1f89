import numpy as np
import pytest

from molagent.propose.optimise.buffer import Buffer, Scored


def scored(call: int, smiles: str, reward: float) -> Scored:
    return Scored(call, 0, smiles, reward, reward, "policy")


@pytest.fixture
def buffer() -> Buffer:
    rewards = {"CCO": 0.2, "CCN": 0.9, "CCC": float("nan"), "CCF": 0.9, "CCCl": 0.0}
    return Buffer([scored(i, s, r) for i, (s, r) in enumerate(rewards.items(), start=1)])


def test_the_best_come_first_and_earlier_calls_win_ties(buffer):
    assert [row.smiles for row in buffer.best(3)] == ["CCN", "CCF", "CCO"]


def test_a_structure_without_a_total_is_remembered_but_never_ranked(buffer):
    assert "CCC" in buffer
    assert "CCC" not in {row.smiles for row in buffer.best(10)}


def test_scoring_a_structure_twice_is_refused(buffer):
    with pytest.raises(ValueError, match="CCO was scored before"):
        buffer.extend([scored(6, "CCO", 0.5)])


def test_low_pressure_prefers_the_best(buffer):
    rng = np.random.default_rng(0)
    drawn = buffer.draw(400, rng, among=4, pressure=0.01)
    flat = buffer.draw(400, np.random.default_rng(0), among=4, pressure=1000.0)
    share = sum(row.smiles == "CCN" for row in drawn) / 400
    assert share > 0.6
    assert 0.15 < sum(row.smiles == "CCN" for row in flat) / 400 < 0.35


def test_drawing_stays_among_the_best(buffer):
    drawn = buffer.draw(50, np.random.default_rng(1), among=2, pressure=1.0)
    assert {row.smiles for row in drawn} == {"CCN", "CCF"}


def test_nothing_is_drawn_from_an_empty_buffer():
    assert Buffer().draw(5, np.random.default_rng(0), among=10, pressure=0.1) == []
