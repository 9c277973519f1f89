"""Plans stay within the bounds the chemist set."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.agents import ROLES, PlanBounds
from molagent.agents.actions import ACTIONS, SetMix, read_action
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
    plan = Plan(steps=steps, weights={"qed": weight}, exploration=weight, stop=True)
    fitted = bounds.fitted(plan)
    made = [step.count for step in fitted.steps]
    # Written out, not asked of the bounds: a rule that is forgotten there would go unnoticed.
    assert sum(made) == per_cycle
    assert all(least <= count <= (per_cycle + 1) // 2 for count in made)
    assert 0.5 <= fitted.weights["qed"] <= 2.0
    assert 0.0 <= fitted.exploration <= 1.0
    assert not fitted.stop
    assert bounds.violation(fitted) == ""


def kept(count: int = 240, **changes: object) -> Plan:
    step = PlanStep(generator="edits", mode="edit", count=count, seed_ids=("MA-000001",))
    return Plan(**{"steps": (step,), "weights": {"qed": 1.0}, "exploration": 0.5, **changes})


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (kept(weights={"qed": 2.01}), "weight 2.01 of qed is outside 0.5 to 2"),
        (kept(weights={"qed": 1.0, "hERG": 0.49}), "weight 0.49 of hERG is outside 0.5 to 2"),
        (kept(exploration=1.01), "exploration 1.01 is outside 0 to 1"),
        (kept(exploration=-0.01), "exploration -0.01 is outside 0 to 1"),
        (kept(stop=True), "does not allow the campaign to stop early"),
        (kept(count=239), "add up to 239; they must add up to exactly 240"),
        (kept(count=241), "edits:edit has 241 proposals; each has 10 to 240"),
    ],
)
def test_a_plan_outside_a_bound_is_told_which(bounds, plan, says):
    assert says in replace(bounds, max_per_step=240).violation(plan)


@pytest.mark.parametrize("weight", [0.5, 1.0, 2.0])
def test_the_bounds_themselves_are_allowed(bounds, weight):
    plan = kept(weights={"qed": weight}, exploration=weight / 2)
    assert replace(bounds, max_per_step=240).violation(plan) == ""


def test_more_seeds_than_allowed_are_a_violation_and_are_cut(bounds):
    seeds = tuple(f"MA-00000{number}" for number in range(7))
    step = PlanStep(generator="edits", mode="edit", count=240, seed_ids=seeds)
    wide = replace(bounds, max_per_step=240)
    assert wide.violation(kept(steps=(step,))) == "a step has more than 6 seeds"
    assert wide.fitted(kept(steps=(step,))).steps[0].seed_ids == seeds[:6]


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


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.name)
def test_every_action_belongs_to_a_role_that_has_it_as_a_tool(action):
    roles = {role.name: role.actions for role in ROLES}
    assert action.actors
    assert all(action.name in roles[actor] for actor in action.actors)


def test_the_order_of_actors_says_whose_word_counts_first():
    assert ACTIONS["set_exploration"].actors == ("property_scientist", "designer")
    assert ACTIONS["choose_scaffold"].actors == ("patent_analyst", "designer")
    assert ACTIONS["choose_seeds"].actors == ("data_analyst", "designer")
    assert ACTIONS["set_weights"].actors == ("data_analyst", "property_scientist")


def test_the_description_of_a_tool_names_its_bounds(bounds):
    words = {name: action.bound_words(bounds) for name, action in ACTIONS.items()}
    assert words == {
        "set_mix": "Counts add up to exactly 240; each has 10 to 200. "
        "Allowed: edits:edit, graph:de_novo, graph:decorate.",
        "set_weights": "Each from 0.5 to 2.",
        "set_exploration": "From 0 to 1.",
        "choose_seeds": "At most 6.",
        "choose_scaffold": "At most 4.",
        "avoid_claim": "",
        "ask_again": "",
        "accept_plan": "stop must be false.",
    }


def test_a_plan_action_comes_back_from_what_is_stored_of_it():
    weights = ({"objective": "qed", "weight": 1.5},)
    action = ACTIONS["set_weights"].model_validate({"weights": weights, "reason": "r"})
    assert read_action("set_weights", action.parameters(), "r") == action
    with pytest.raises(TypeError, match="does not change a plan"):
        read_action("accept_plan", {}, "r")
