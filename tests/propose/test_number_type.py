"""The numbers that products run in are chosen by what this machine is faster in."""

import pytest
import torch

from molagent.propose import number_type
from molagent.propose.number_type import prefers_bfloat16
from molagent.propose.optimise.agent import Agent, AgentSettings
from molagent.propose.weights import load_policy


@pytest.fixture(autouse=True)
def _unmeasured():
    prefers_bfloat16.cache_clear()
    yield
    prefers_bfloat16.cache_clear()


@pytest.mark.parametrize(
    ("float32", "bfloat16", "prefers"),
    [(1.0, 50.0, False), (1.0, 1.0, False), (1.0, 0.9, False), (1.0, 0.4, True)],
)
def test_bfloat16_has_to_be_clearly_faster(monkeypatch, float32, bfloat16, prefers):
    seconds = {torch.float32: float32, torch.bfloat16: bfloat16}
    monkeypatch.setattr(number_type, "_fastest", lambda kind, device: seconds[kind])  # noqa: ARG005
    assert prefers_bfloat16() is prefers


def test_it_is_measured_once(monkeypatch):
    asked = []
    monkeypatch.setattr(number_type, "_fastest", lambda kind, device: asked.append(kind) or 1.0)  # noqa: ARG005
    assert [prefers_bfloat16(), prefers_bfloat16()] == [False, False]
    assert len(asked) == 2


def test_a_product_takes_time():
    assert number_type._fastest(torch.float32, "cpu") > 0.0


@pytest.mark.parametrize("faster", [True, False])
@pytest.mark.parametrize("asked", [None, True, False])
def test_a_setting_wins_over_what_is_faster(monkeypatch, tiny_model, faster, asked):
    monkeypatch.setattr(number_type, "_fastest", _times(bfloat16=0.1 if faster else 9.0))
    agent = Agent(
        load_policy(tiny_model), AgentSettings(bfloat16=asked), corpus=0, max_heavy_atoms=20
    )
    assert agent.bfloat16 is (faster if asked is None else asked)


def _times(*, bfloat16: float):
    return lambda kind, device: bfloat16 if kind is torch.bfloat16 else 1.0  # noqa: ARG005
