"""Plans stay within the bounds the chemist set."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.agents import PlanBounds
from molagent.agents.actions import SetMix
from molagent.errors import ConfigError
from molagent.records import Plan, PlanStep

LINES = [("edits", "edit"), ("graph", "de_novo"), ("graph", "decorate")]


def test_a_plan_within_the_bounds_comes_back_unchanged(bounds, summary):
    assert bounds.fitted(summary.plan) is summary.plan


def test_a_plan_for_other_bounds_is_scaled_to_the_cycle(bounds, summary):
    fitted = replace(bounds, per_cycle=60, max_per_step=60).fitted(summary.plan)
    assert [(step.mode, step.scaffold_id, step.count) for step in fitted.steps] == [
        ("edit", None, 25),
        ("de_novo", None, 25),
        ("decorate", "S07", 5),
        ("decorate", "S12", 5),
    ]


def test_a_plan_of_unknown_generators_is_shared_out_evenly(bounds):
    plan = Plan(steps=(PlanStep(generator="vae", mode="de_novo", count=240),), exploration=3.0)
    fitted = bounds.fitted(plan)
    assert [step.count for step in fitted.steps] == [80, 80, 80]
    assert fitted.exploration == 1.0


@given(
    counts=st.lists(st.integers(0, 300), min_size=3, max_size=3),
    per_cycle=st.integers(30, 300),
    least=st.integers(1, 10),
    weight=st.floats(0.01, 10),
)
def test_every_fitted_plan_is_within_its_bounds(counts, per_cycle, least, weight):
    bounds = PlanBounds(
        per_cycle=per_cycle,
        generators={"graph": ("de_novo", "decorate"), "edits": ("edit",)},
        min_per_step=least,
        max_per_step=(per_cycle + 1) // 2,
    )
    steps = tuple(
        PlanStep(generator=generator, mode=mode, count=count)
        for (generator, mode), count in zip(LINES, counts, strict=True)
    )
    plan = Plan(steps=steps, weights={"qed": weight}, stop=True)
    assert bounds.violation(bounds.fitted(plan)) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"generators": {}},
        {"min_per_step": 0},
        {"min_per_step": 20, "max_per_step": 10},
        {"max_per_step": 50, "min_per_step": 1},
        {"min_per_step": 130, "max_per_step": 230},
        {"weight_min": 0.0},
    ],
)
def test_bounds_that_no_plan_can_keep_are_refused(bounds, wrong):
    with pytest.raises(ConfigError):
        replace(bounds, **wrong)


def test_a_long_reason_is_cut_and_not_refused():
    action = SetMix.model_validate(
        {"steps": [{"generator": "graph", "mode": "de_novo", "count": 1}], "reason": "x" * 5_000}
    )
    assert len(action.reason) == 600
