"""The playbook follows its written rules and cites what it read."""

import pytest

from molagent.agents import AgentTeam
from molagent.agents.playbook import RULES
from molagent.records import Plan


def decided(bounds, summary, workbench):
    plan, decisions = AgentTeam(bounds).decide(summary, workbench)
    return plan, {decision.actor: decision for decision in decisions}


def counts(plan: Plan) -> dict[str, int]:
    return {step.mode: step.count for step in plan.steps}


def line(tables, mode):
    return next(row for row in tables["generator_yield"]["generators"] if row["mode"] == mode)


def test_every_role_but_the_chair_has_rules_with_a_sentence_each():
    assert sorted(RULES) == ["data_analyst", "designer", "patent_analyst", "property_scientist"]
    assert all(rule.says.endswith(".") for rules in RULES.values() for rule in rules)


def test_low_de_novo_yield_moves_a_quarter_to_edits(bounds, summary, workbench, tables):
    line(tables, "de_novo").update(passed=6, leaders=0)
    plan, decisions = decided(bounds, summary, workbench)
    assert counts(plan) == {"edit": 160, "de_novo": 40, "decorate": 40}
    assert "Of 100 de novo proposals of graph 6 passed" in decisions["designer"].reason
    assert "c2:generator_yield#1" in decisions["designer"].sources


def test_the_mode_that_gives_keeps_its_minimum(bounds, summary, workbench, tables, summary_with):
    from dataclasses import replace

    steps = tuple(
        replace(step, count={"edit": 180, "de_novo": 20, "decorate": 40}[step.mode])
        for step in summary.plan.steps
    )
    line(tables, "de_novo").update(passed=1, leaders=0)
    summary = summary_with(plan=replace(summary.plan, steps=steps))
    plan, _ = decided(bounds, summary, workbench)
    assert counts(plan) == {"edit": 190, "de_novo": 10, "decorate": 40}


def test_a_heavy_claim_is_avoided_and_a_series_beside_it_decorated(
    bounds, summary, workbench, tables
):
    tables["overlap_summary"]["stopped"][0]["count"] = 70
    tables["leaders"]["leaders"][0]["overlap"] = "same_scaffold"
    plan, decisions = decided(bounds, summary, workbench)
    assert plan.avoid_claims == ("US9876543B2-c1",)
    assert next(s for s in plan.steps if s.mode == "decorate").scaffold_id == "S12"
    assert "stopped 70 of 171 checked structures (41%)" in decisions["patent_analyst"].reason
    assert decisions["patent_analyst"].action == "avoid_claim, choose_scaffold"


def test_a_light_claim_is_reported_and_not_avoided(bounds, summary, workbench):
    plan, decisions = decided(bounds, summary, workbench)
    assert plan.avoid_claims == ()
    assert decisions["patent_analyst"].action == "no_change"
    assert "2 were not, which is unknown" in decisions["patent_analyst"].reason


def test_leaders_out_of_domain_lower_exploration_and_seed_from_those_inside(
    bounds, summary, workbench, tables
):
    tables["model_trust"]["jak1_pki"]["leaders_in_domain"] = 0.3333
    for row in tables["leaders"]["leaders"][1:]:
        row["in_domain"] = False
    plan, decisions = decided(bounds, summary, workbench)
    assert plan.exploration == 0.3
    assert next(s for s in plan.steps if s.mode == "edit").seed_ids == ("P2-0113",)
    assert "Only 33% of the leaders" in decisions["property_scientist"].reason


def test_a_stall_raises_exploration_and_de_novo_share(bounds, summary, workbench, tables):
    tables["history"]["cycles"].append({"cycle": 3, "best": 0.743, "mean": 0.47})
    plan, decisions = decided(bounds, summary, workbench)
    assert plan.exploration == 0.7
    assert counts(plan) == {"edit": 40, "de_novo": 160, "decorate": 40}
    assert "from 0.742 to 0.743" in decisions["designer"].reason


def test_domain_beats_ambition_and_the_designer_is_asked_again(bounds, summary, workbench, tables):
    tables["history"]["cycles"].append({"cycle": 3, "best": 0.743, "mean": 0.47})
    tables["model_trust"]["jak1_pki"]["leaders_in_domain"] = 0.2
    team = AgentTeam(bounds)
    plan, decisions = team.decide(summary, workbench)
    assert plan.exploration == 0.3
    assert counts(plan) == {"edit": 124, "de_novo": 76, "decorate": 40}
    speakers = [row["actor"] for row in team.transcript if row["kind"] == "message"]
    assert speakers[-3:] == ["chair", "designer", "chair"]
    assert "corrects it" in decisions[-1].reason
    assert "on stronger evidence" in decisions[-1].reason


def test_a_crowded_series_gives_way_to_the_best_other(bounds, summary, workbench, tables):
    for row in tables["leaders"]["leaders"][:4]:
        row["scaffold_id"] = "S07"
    plan, decisions = decided(bounds, summary, workbench)
    assert next(s for s in plan.steps if s.mode == "decorate").scaffold_id == "S12"
    assert counts(plan) == {"edit": 76, "de_novo": 100, "decorate": 64}
    assert "Series S07 holds 4 of 6 leaders" in decisions["designer"].reason


def test_share_follows_a_clearly_better_yield(bounds, summary, workbench, tables):
    line(tables, "edit")["leaders"] = 9
    plan, _ = decided(bounds, summary, workbench)
    assert counts(plan) == {"edit": 124, "de_novo": 100, "decorate": 16}


def test_an_unreliable_model_weighs_less_and_a_reliable_one_again_in_full(
    bounds, summary, workbench, tables, summary_with
):
    tables["model_trust"]["jak1_pki"].update(reliable=False, reason="R2 0.12 on 84 compounds")
    plan, decisions = decided(bounds, summary, workbench)
    assert plan.weights == {"jak1_pki": 0.7}
    assert "(R2 0.12 on 84 compounds)" in decisions["data_analyst"].reason

    tables["model_trust"]["jak1_pki"].update(reliable=True, reason="")
    plan, _ = decided(bounds, summary_with(plan=plan), workbench)
    assert plan.weights == {"jak1_pki": 1.0}


def test_a_property_that_fails_many_weighs_more(bounds, summary, workbench, tables):
    tables["funnel"]["failures"].append({"reason": "admet: herg", "count": 90})
    plan, decisions = decided(bounds, summary, workbench)
    assert plan.weights == {"herg": 1.25}
    assert "90 of 174 structures" in decisions["property_scientist"].reason


def test_nothing_to_read_means_no_change(bounds, summary_with, workbench):
    workbench.tables = {}
    summary = summary_with(leaders=(), models={}, claims={}, best_by_cycle=())
    plan, decisions = decided(bounds, summary, workbench)
    assert plan == summary.plan
    assert decisions["chair"].parameters["accepted"] == []


def test_every_source_of_a_decision_was_shown(bounds, summary, workbench, tables):
    tables["overlap_summary"]["stopped"][0]["count"] = 70
    line(tables, "de_novo").update(passed=6, leaders=0)
    team = AgentTeam(bounds)
    _, decisions = team.decide(summary, workbench)
    calls = {
        row["content"]["result"]["call"]
        for row in team.transcript
        if row["kind"] == "tool_result" and "call" in row["content"]["result"]
    }
    for decision in decisions:
        assert decision.sources
        assert all(source in calls or source.startswith("A") for source in decision.sources)


@pytest.mark.parametrize("missing", ["history", "series", "generator_yield", "claim", "leaders"])
def test_a_tool_that_the_workbench_lacks_is_not_called(bounds, summary, workbench, tables, missing):
    del tables[missing]
    decided(bounds, summary, workbench)
    assert missing not in {tool for tool, _ in workbench.asked}
