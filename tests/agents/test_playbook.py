"""The playbook follows its written rules and cites what it read."""

from dataclasses import replace

import pytest

from molagent.agents.bounds import line_counts
from molagent.agents.playbook import RULES
from molagent.agents.team import AgentTeam
from molagent.records import Plan


@pytest.fixture
def decided(team, workbench):
    def decide(summary):
        plan, decisions = team().decide(summary, workbench)
        return plan, {decision.actor: decision for decision in decisions}

    return decide


def counts(plan: Plan) -> dict[str, int]:
    return {mode: count for (_, mode), count in line_counts(plan.steps).items()}


def series(plan: Plan) -> list[str | None]:
    return [step.scaffold_id for step in plan.steps if step.mode == "decorate"]


def seeds(plan: Plan) -> tuple[str, ...]:
    return next(step.seed_ids for step in plan.steps if step.mode == "edit")


def line(tables, name):
    return next(r for r in tables["generator_yield"]["generators"] if r["generator"] == name)


def overlapping(tables, count):
    tables["overlap_summary"]["stopped_by"][0]["n"] = count


def test_every_role_but_the_chair_has_rules_with_a_sentence_each():
    assert sorted(RULES) == ["data_analyst", "designer", "patent_analyst", "property_scientist"]
    assert all(rule.says.endswith(".") for rules in RULES.values() for rule in rules)


def test_low_de_novo_yield_moves_a_quarter_to_edits(decided, summary, tables):
    line(tables, "graph:de_novo").update(passed=6, leaders=0)
    plan, decisions = decided(summary)
    assert counts(plan) == {"edit": 160, "de_novo": 40, "decorate": 40}
    assert "Of what graph:de_novo made 6% stands" in decisions["designer"].reason
    assert "c2:generator_yield#1" in decisions["designer"].sources


def test_the_mode_that_gives_keeps_its_minimum(decided, summary, tables, summary_with):
    steps = tuple(
        replace(step, count={"edit": 180, "de_novo": 20, "decorate": 20}[step.mode])
        for step in summary.plan.steps
    )
    line(tables, "graph:de_novo").update(passed=1, leaders=0)
    summary = summary_with(plan=replace(summary.plan, steps=steps))
    plan, _ = decided(summary)
    assert counts(plan) == {"edit": 190, "de_novo": 10, "decorate": 40}


def test_a_heavy_claim_is_avoided_and_a_series_beside_it_decorated(decided, summary, tables):
    overlapping(tables, 70)
    tables["leaders"]["leaders"][0]["overlap"] = "same_scaffold"
    plan, decisions = decided(summary)
    assert plan.avoid_claims == ("US9876543B2-c1",)
    assert series(plan) == ["S12", "S31"]
    assert "stopped 70 of 171 checked structures (41%)" in decisions["patent_analyst"].reason
    assert decisions["patent_analyst"].action == "avoid_claim, choose_scaffold"


def test_a_light_claim_is_reported_and_not_avoided(decided, summary):
    plan, decisions = decided(summary)
    assert plan.avoid_claims == ()
    assert decisions["patent_analyst"].action == "no_change"
    assert "2 not checked: unknown" in decisions["patent_analyst"].reason


def test_leaders_out_of_domain_lower_exploration_and_seed_from_those_inside(
    decided, summary, tables
):
    tables["model_trust"]["jak1_pki"]["leaders_in_domain"] = 0.333
    for row in tables["leaders"]["leaders"][1:]:
        row["in_domain"] = False
    plan, decisions = decided(summary)
    assert plan.exploration == 0.3
    assert seeds(plan) == ("P2-0113", "MA-000001")
    assert "Only 33% of the leaders" in decisions["property_scientist"].reason


def test_a_stall_raises_exploration_and_de_novo_share_where_as_much_of_it_stands(
    decided, summary, tables
):
    tables["history"]["best_by_cycle"] = [0.655, 0.742, 0.731]
    line(tables, "graph:de_novo")["passed"] = 58  # as of the edits
    plan, decisions = decided(summary)
    assert plan.exploration == 0.7
    assert counts(plan) == {"edit": 40, "de_novo": 160, "decorate": 40}
    assert "from 0.742 to 0.742" in decisions["designer"].reason


def test_domain_beats_ambition_and_the_designer_is_asked_again(team, summary, workbench, tables):
    tables["history"]["best_by_cycle"] = [0.655, 0.742, 0.731]
    tables["model_trust"]["jak1_pki"]["leaders_in_domain"] = 0.2
    line(tables, "graph:de_novo")["passed"] = 60
    agents = team()
    plan, decisions = agents.decide(summary, workbench)
    assert plan.exploration == 0.3
    assert counts(plan) == {"edit": 124, "de_novo": 76, "decorate": 40}
    speakers = [row["actor"] for row in agents.transcript if row["kind"] == "message"]
    assert speakers[-3:] == ["chair", "designer", "chair"]
    assert "corrects it" in decisions[-1].reason
    assert "on stronger evidence" in decisions[-1].reason


def test_a_stall_moves_nothing_to_what_stands_less_and_still_explores(decided, summary, tables):
    tables["history"]["best_by_cycle"] = [0.655, 0.742, 0.731]
    plan, _ = decided(summary)  # 31 % of de novo stands, 58 % of the edits
    assert plan.exploration == 0.7
    assert counts(plan) == {"edit": 100, "de_novo": 100, "decorate": 40}


@pytest.fixture
def crowded(tables):
    for row in tables["leaders"]["leaders"][:4]:
        row["scaffold_id"] = "S07"


@pytest.mark.usefixtures("crowded")
@pytest.mark.parametrize(
    ("decorated", "edits_left"),
    [
        ({"proposed": 40, "passed": 24}, 76),  # 60 % stands, of the edits 58 %
        ({"proposed": 50, "passed": 29}, 76),  # as much
        ({"proposed": 40, "passed": 22}, 100),  # 55 %
        ({"made": 80, "gated": 40, "proposed": 20, "passed": 20}, 100),  # the gate stopped half
        ({"made": 6, "gated": 0, "proposed": 0, "passed": 0}, 76),  # too few to know
    ],
)
def test_share_goes_to_decorating_only_if_as_much_of_it_stands_or_nothing_is_known(
    decided, summary, tables, decorated, edits_left
):
    line(tables, "graph:decorate").update(decorated)
    plan, _ = decided(summary)
    assert counts(plan) == {"edit": edits_left, "de_novo": 100, "decorate": 140 - edits_left}


@pytest.mark.usefixtures("crowded")
def test_the_largest_line_that_stands_no_better_gives_to_decorating(
    bounds, endpoints, workbench, summary, tables, summary_with
):
    edits = next(step for step in summary.plan.steps if step.mode == "edit")
    replaced = replace(edits, generator="replace", count=60)
    few = replace(edits, count=40)
    others = tuple(step for step in summary.plan.steps if step.mode != "edit")
    tables["generator_yield"]["generators"].append(
        {"generator": "replace:edit", "proposed": 60, "passed": 59, "leaders": 6}
    )
    line(tables, "graph:decorate").update(passed=24)
    bounds = replace(bounds, generators={**bounds.generators, "replace": ("edit",)})
    plan, _ = AgentTeam(bounds, endpoints=endpoints).decide(
        summary_with(plan=replace(summary.plan, steps=(replaced, few, *others))), workbench
    )
    assert line_counts(plan.steps) == {
        ("replace", "edit"): 60,  # 98 % of it stands
        ("edits", "edit"): 16,
        ("graph", "de_novo"): 100,
        ("graph", "decorate"): 64,
    }


@pytest.mark.usefixtures("crowded")
def test_a_crowded_series_gives_way_to_the_best_other(decided, summary, tables):
    line(tables, "graph:decorate").update(passed=24)
    plan, decisions = decided(summary)
    assert series(plan) == ["S12", "S31", "S19"]
    assert counts(plan) == {"edit": 76, "de_novo": 100, "decorate": 64}
    assert "Series S07 holds 4 of 6 leaders" in decisions["designer"].reason


def test_share_follows_a_clearly_better_yield(decided, summary, tables):
    line(tables, "edits:edit")["passed"] = 80
    plan, _ = decided(summary)
    assert counts(plan) == {"edit": 124, "de_novo": 76, "decorate": 40}


def test_what_the_gate_stopped_counts_against_a_generator(decided, summary, tables):
    line(tables, "graph:decorate").update(made=400, gated=40)
    plan, decisions = decided(summary)
    assert counts(plan) == {"edit": 124, "de_novo": 100, "decorate": 16}
    assert "of graph:decorate 4%" in decisions["designer"].reason


def test_an_unreliable_model_weighs_less_and_a_reliable_one_again_in_full(
    decided, summary, tables, summary_with
):
    tables["model_trust"]["jak1_pki"].update(reliable=False, reason="R2 0.12 on 84 compounds")
    plan, decisions = decided(summary)
    assert plan.weights == {"JAK1 potency": 0.7}
    assert "(R2 0.12 on 84 compounds)" in decisions["data_analyst"].reason

    tables["model_trust"]["jak1_pki"].update(reliable=True, reason="")
    plan, _ = decided(summary_with(plan=plan))
    assert plan.weights == {"JAK1 potency": 1.0}


def test_a_property_that_fails_many_weighs_more(decided, summary, tables):
    tables["funnel"]["reasons"].append({"reason": "admet: herg above #", "n": 90})
    plan, decisions = decided(summary)
    assert plan.weights == {"hERG": 1.25}
    assert "90 of 174 structures" in decisions["property_scientist"].reason


def test_nothing_to_read_means_no_change(decided, summary, workbench, summary_with):
    workbench.tables = {}
    summary = summary_with(leaders=(), models={}, claims={}, best_by_cycle=())
    plan, decisions = decided(summary)
    assert plan == summary.plan
    assert decisions["chair"].parameters["accepted"] == []


def test_every_source_of_a_decision_was_shown(team, summary, workbench, tables):
    overlapping(tables, 70)
    line(tables, "graph:de_novo").update(passed=6, leaders=0)
    agents = team()
    _, decisions = agents.decide(summary, workbench)
    calls = {
        row["content"]["result"]["call"]
        for row in agents.transcript
        if row["kind"] == "tool_result" and "call" in row["content"]["result"]
    }
    for decision in decisions:
        assert decision.sources
        assert all(source in calls or source.startswith("A") for source in decision.sources)


@pytest.mark.parametrize("missing", ["history", "series", "generator_yield", "claim", "leaders"])
def test_a_tool_that_the_workbench_lacks_is_not_called(
    missing, decided, summary, workbench, tables
):
    del tables[missing]
    decided(summary)
    assert missing not in {tool for tool, _ in workbench.asked}


def test_a_publication_that_stops_many_moves_the_series_but_is_no_claim(decided, summary, tables):
    tables["overlap_summary"]["stopped_by"] = [{"claim_id": "US-9876543-B2", "n": 70}]
    for row in tables["leaders"]["leaders"][:2]:
        row["overlap"] = "not_checked"
    plan, decisions = decided(summary)
    assert plan.avoid_claims == ()
    assert series(plan) == ["S12", "S31"]
    assert decisions["patent_analyst"].action == "choose_scaffold"


def test_series_follow_the_best_and_each_gets_enough_decorations(decided, summary):
    plan, decisions = decided(summary)
    assert series(plan) == ["S07", "S12"]
    assert "S07, S12, S31, S19 are decorated next" in decisions["designer"].reason


def test_a_best_that_is_unknown_in_one_cycle_is_no_stall(decided, summary, tables):
    tables["history"]["best_by_cycle"] = [float("nan"), 0.742]
    plan, _ = decided(summary)
    assert plan.exploration == 0.5


def test_proposals_that_leave_the_domain_lower_exploration(decided, summary, tables):
    reason = "domain: outside the domain of jak#_pki"
    tables["funnel"]["reasons"].insert(0, {"reason": reason, "n": 130})
    plan, decisions = decided(summary)
    assert plan.exploration == 0.3
    assert plan.weights == {}
    assert "130 of 240 proposals left" in decisions["property_scientist"].reason


def test_a_reason_with_its_numbers_taken_out_is_still_recognised(decided, summary, tables):
    tables["funnel"]["reasons"].append({"reason": "profile: jak#_pki below #", "n": 90})
    plan, _ = decided(summary)
    assert plan.weights == {"JAK1 potency": 1.25}


def test_a_quarter_of_the_seeds_stays_with_what_was_measured(decided, summary, summary_with):
    measured = tuple(f"MA-00000{n}" for n in range(6))
    steps = (replace(summary.plan.steps[0], seed_ids=measured), *summary.plan.steps[1:])
    plan, _ = decided(summary_with(plan=replace(summary.plan, steps=steps)))
    assert seeds(plan) == ("P2-0113", "P2-0087", "P2-0141", "P2-0020", "P2-0034", "MA-000000")


def test_the_chair_says_what_it_accepts(decided, summary, tables):
    line(tables, "graph:de_novo").update(passed=6, leaders=0)
    _, decisions = decided(summary)
    assert "of designer: 160 edits:edit, 40 graph:de_novo, 40 graph:decorate" in (
        decisions["chair"].reason
    )
