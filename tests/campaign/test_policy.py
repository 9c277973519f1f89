from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.campaign.policy import FixedPolicy, first_plan, steps_of_mix
from molagent.campaign.yields import shares_by_yield
from molagent.protocols import Workbench
from molagent.testing import NoTools, PolicyContract, example_summary

MIX = {"graph:de_novo": 0.2, "graph:decorate": 0.4, "edits:edit": 0.4}


class TestFixedPolicy(PolicyContract):
    @pytest.fixture
    def policy(self) -> FixedPolicy:
        return FixedPolicy(MIX, 100, 1.0, 4)

    @pytest.fixture
    def workbench(self) -> Workbench:
        return NoTools()


@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=3),
    per_cycle=st.integers(10, 2000),
    n_scaffolds=st.integers(1, 9),
)
def test_the_steps_add_up_to_what_a_cycle_makes(
    shares: list[float], per_cycle: int, n_scaffolds: int
):
    total = sum(shares)
    mix = {key: share / total for key, share in zip(MIX, shares, strict=False)}
    series = [f"S-{number}" for number in range(n_scaffolds)]
    steps = steps_of_mix(mix, per_cycle, ["MA-000001"], series, 1.0)
    assert sum(step.count for step in steps) == per_cycle
    assert all(step.count > 0 for step in steps)


def test_the_first_plan_starts_from_the_best_measured_compounds():
    measured = [
        {"compound_id": f"MA-{number:06d}", "scaffold_id": f"S-{number // 2}"}
        for number in range(10)
    ]
    plan = first_plan(MIX, 400, 1.0, 5, measured)
    edit = next(step for step in plan.steps if step.mode == "edit")
    assert edit.seed_ids == tuple(f"MA-{number:06d}" for number in range(5))
    decorated = [step.scaffold_id for step in plan.steps if step.mode == "decorate"]
    assert decorated == ["S-0", "S-1", "S-2", "S-3"]


def test_half_of_the_seeds_move_to_leaders_that_were_made_of_measured_compounds():
    summary = example_summary()
    first, *others = summary.leaders
    summary = replace(summary, leaders=({**first, "one_step": False}, *others))
    plan, (decision,) = FixedPolicy(MIX, 100, 1.0, 4).decide(summary, NoTools())
    edit = next(step for step in plan.steps if step.mode == "edit")
    assert edit.seed_ids[:2] == ("P1-0002", "P1-0003")
    assert all(not name.startswith("P") for name in edit.seed_ids[2:])
    assert decision.actor == "fixed"


def test_shares_follow_what_stood_after_all_filters():
    policy = FixedPolicy({"edits:edit": 0.5, "graph:decorate": 0.5}, 100, 1.0, 3)
    counts = {"made": 100, "gated": 100, "proposed": 50, "passed": 50, "leaders": 0}
    summary = replace(
        example_summary(),
        generators={"edits:edit": {**counts, "gated": 20}, "graph:decorate": counts},
    )
    plan, (decision,) = policy.decide(summary, NoTools())
    made = Counter()
    for step in plan.steps:
        made[step.mode] += step.count
    assert made == {"edit": 38, "decorate": 62}
    assert "edits:edit 20% → 38%" in decision.reason


def test_a_line_without_a_figure_keeps_its_share():
    mix = {"edits:edit": 0.5, "graph:decorate": 0.5}
    nothing = {"made": 0, "gated": 0, "proposed": 0, "passed": 0, "leaders": 0}
    assert shares_by_yield(mix, {"edits:edit": nothing}) == mix
