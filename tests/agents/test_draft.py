"""Proposals are checked against bounds and against the ids that were shown."""

import pytest

from molagent.agents.actions import (
    AcceptPlan,
    AskAgain,
    AvoidClaim,
    ChooseScaffold,
    ChooseSeeds,
    SetExploration,
    SetMix,
    SetWeights,
)
from molagent.agents.draft import PlanDraft
from molagent.errors import PolicyError


@pytest.fixture
def draft(summary, bounds) -> PlanDraft:
    return PlanDraft(summary, bounds)


def mix(*steps: tuple[str, str, int]) -> SetMix:
    rows = [{"generator": g, "mode": m, "count": c} for g, m, c in steps]
    return SetMix.model_validate({"steps": rows, "reason": "test"})


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (mix(("edits", "edit", 200), ("graph", "de_novo", 30)), "add up to 230"),
        (mix(("edits", "edit", 235), ("graph", "de_novo", 5)), "10 to 200"),
        (mix(("vae", "edit", 240)), "may not run; allowed: edits:edit, graph:de"),
        (mix(("edits", "edit", 120), ("edits", "edit", 120)), "stands twice"),
        (ChooseSeeds(compound_ids=("P9-9999",), reason="r"), "unknown compound ids P9-9999"),
        (ChooseSeeds(compound_ids=("CC(C)Cc1ccccc1",), reason="r"), "unknown compound ids"),
        (ChooseScaffold(scaffold_ids=("S99",), reason="r"), "known: S07, S12"),
        (SetWeights(weights=({"objective": "qed", "weight": 9},), reason="r"), "0.5 to 2"),
        (
            SetWeights(weights=({"objective": "fun", "weight": 1},), reason="r"),
            "potency, hERG",
        ),
        (AvoidClaim(claim_id="US1-c1", reason="r"), "known: US9876543B2-c1"),
        (SetExploration(exploration=1.5, reason="r"), "0 to 1"),
        (SetExploration(exploration=0.5, reason="r", sources=("c2:x#9",)), "'c2:x#9' was not"),
    ],
)
def test_a_refusal_names_the_bound_or_the_known_ids(draft, action, says):
    with pytest.raises(PolicyError, match=says):
        draft.propose("designer", action)
    assert draft.proposed == []


def test_a_publication_is_no_claim(draft):
    draft.known.learn({"stopped": [{"publication_number": "US-1-B2", "count": 3}]})
    with pytest.raises(PolicyError, match="is a publication"):
        draft.propose("patent_analyst", AvoidClaim(claim_id="US-1-B2", reason="r"))


def test_too_many_seeds_are_refused_with_the_bound(draft):
    ids = tuple(f"P1-000{i}" for i in range(7))
    draft.known.compounds.update(ids)
    with pytest.raises(PolicyError, match="7 seeds; at most 6"):
        draft.propose("designer", ChooseSeeds(compound_ids=ids, reason="r"))


def test_an_id_in_a_tool_result_may_be_named(draft):
    draft.known.learn({"neighbours": [{"compound_id": "CHEMBL3301622"}]})
    proposed = draft.propose("designer", ChooseSeeds(compound_ids=("CHEMBL3301622",), reason="r"))
    assert proposed.proposal_id == "A1"


def test_the_plan_is_put_together_from_what_was_accepted(draft):
    draft.propose("designer", mix(("edits", "edit", 140), ("graph", "decorate", 100)))
    draft.propose("designer", ChooseSeeds(compound_ids=("P2-0113",), reason="r"))
    draft.propose("patent_analyst", ChooseScaffold(scaffold_ids=("S12", "S31"), reason="r"))
    draft.propose("patent_analyst", AvoidClaim(claim_id="US9876543B2-c1", reason="r"))
    draft.propose("designer", SetExploration(exploration=0.9, reason="r"))
    plan = draft.accept(AcceptPlan(accepted=("A1", "A2", "A3", "A4"), reason="r"))
    assert [(step.mode, step.count) for step in plan.steps] == [
        ("edit", 140),
        ("decorate", 50),
        ("decorate", 50),
    ]
    assert plan.steps[0].seed_ids == ("P2-0113",)
    assert [step.scaffold_id for step in plan.steps[1:]] == ["S12", "S31"]
    assert plan.avoid_claims == ("US9876543B2-c1",)
    assert plan.exploration == 0.5


def test_two_proposals_for_one_setting_cannot_both_be_accepted(draft):
    draft.propose("designer", SetExploration(exploration=0.9, reason="r"))
    draft.propose("property_scientist", SetExploration(exploration=0.1, reason="r"))
    with pytest.raises(PolicyError, match="A1 and A2 both set the exploration"):
        draft.accept(AcceptPlan(accepted=("A1", "A2"), reason="r"))
    assert draft.plan is None


def test_weights_of_different_objectives_are_merged(draft):
    for objective in ("qed", "hERG"):
        weights = ({"objective": objective, "weight": 1.5},)
        draft.propose("data_analyst", SetWeights(weights=weights, reason="r"))
    plan = draft.accept(AcceptPlan(accepted=("A1", "A2"), reason="r"))
    assert plan.weights == {"qed": 1.5, "hERG": 1.5}


def test_stopping_early_needs_the_chemists_leave(draft):
    with pytest.raises(PolicyError, match="stop early"):
        draft.accept(AcceptPlan(accepted=(), stop=True, reason="r"))


def test_edits_without_seeds_start_from_leaders_and_that_is_on_record(summary_with, bounds):
    summary = summary_with(plan=bounds.fitted(summary_with().plan.__class__(steps=())))
    draft = PlanDraft(summary, bounds)
    plan = draft.accept(AcceptPlan(accepted=(), reason="r"))
    edit = next(step for step in plan.steps if step.mode == "edit")
    assert edit.seed_ids[0] == "P2-0113"
    assert len(edit.seed_ids) == 6
    assert draft.filled["scaffold_ids"] == ["S07", "S12", "S31", "S19"]


def test_without_leaders_edits_start_from_the_best_measured_compounds(summary_with, bounds):
    measured = ({"compound_id": "MA-000412", "scaffold_id": "S07"},)
    plan = summary_with().plan.__class__(steps=())
    summary = summary_with(plan=plan, leaders=(), measured=measured)
    plan = PlanDraft(summary, bounds).accept(AcceptPlan(accepted=(), reason="r"))
    assert next(s for s in plan.steps if s.mode == "edit").seed_ids == ("MA-000412",)


def test_a_mix_keeps_the_series_in_force_and_shares_out_among_them(draft):
    draft.propose("designer", mix(("edits", "edit", 195), ("graph", "decorate", 45)))
    plan = draft.accept(AcceptPlan(accepted=("A1",), reason="r"))
    assert [(s.scaffold_id, s.count) for s in plan.steps[1:]] == [("S07", 23), ("S12", 22)]


def test_an_agent_is_asked_again_once(draft):
    draft.propose("designer", SetExploration(exploration=0.9, reason="r"))
    draft.ask_again(AskAgain(proposal_id="A1", question="why?", reason="r"))
    with pytest.raises(PolicyError, match="asked once"):
        draft.ask_again(AskAgain(proposal_id="A1", question="why?", reason="r"))
