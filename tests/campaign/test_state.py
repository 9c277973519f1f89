"""What the stages share: plans by revision, seeds by fitness, and a policy held to its budget."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from molagent.campaign.frames import plan_row
from molagent.campaign.parts import ProposalLimits
from molagent.campaign.state import State
from molagent.config import parse_config
from molagent.errors import PolicyError, StoreError
from molagent.protocols import NullProgress
from molagent.records import Plan, PlanStep, SeedCompound, Stage

PARACETAMOL = "CC(=O)Nc1ccc(O)cc1"
BENZOCAINE = "CCOC(=O)c1ccc(N)cc1"
IBUPROFEN = "CC(C)Cc1ccc(C(C)C(=O)O)cc1"

CONFIG = parse_config(
    {
        "project": {"name": "small"},
        "assays": [{"endpoint": "jak1_pki"}],
        "profile": [
            {
                "name": "potency",
                "endpoint": "jak1_pki",
                "direction": "maximise",
                "low": 6,
                "high": 8,
            },
            {"name": "hERG", "endpoint": "herg", "direction": "minimise", "low": 0.2, "high": 0.6},
        ],
        "generate": {"per_cycle": 100},
    }
)
MEASURED = pd.DataFrame(
    {
        "compound_id": ["MA-000001", "MA-000002"],
        "smiles": [PARACETAMOL, IBUPROFEN],
        "inchikey": ["RZVAJINKPMORJF-UHFFFAOYSA-N", "HEFNNWSXXWATRW-UHFFFAOYSA-N"],
        "scaffold": ["c1ccccc1", ""],
        "scaffold_id": ["S-1", "S-2"],
        "jak1_pki": [7.0, np.nan],
    }
)


def plan_of(count: int) -> Plan:
    return Plan(steps=(PlanStep(generator="edits", mode="edit", count=count),))


class AskingPolicy:
    """Asks for the same number of proposals whatever it is told."""

    name = "asking"

    def __init__(self, count: int) -> None:
        self.count = count

    def decide(self, summary, workbench):
        del summary, workbench
        return plan_of(self.count), ()


@pytest.fixture
def state_of(store_of):
    def state(policy=None, *, predictors=(), leads=(), **tables):
        parts = SimpleNamespace(
            leads=lambda _measured: leads,
            kept=lambda _measured: (),
            series=lambda _measured: (),
            limits=lambda _measured: ProposalLimits(notes=("series S1 is kept",)),
            policy=policy,
            patents=SimpleNamespace(describe_claims=dict),
            measured=lambda: MEASURED,
            fit=lambda _progress: list(predictors),
        )
        return State(CONFIG, store_of(**tables), parts, NullProgress())

    return state


def plans(*counts: int) -> list[dict[str, object]]:
    return [
        plan_row(plan_of(count), cycle=1, revision=revision).to_dict("records")[0]
        for revision, count in enumerate(counts)
    ]


def test_the_newest_revision_of_a_plan_is_in_force(state_of):
    assert state_of(plan=plans(100, 60)).plan(1) == plan_of(60)


def test_a_cycle_without_a_plan_is_an_error(state_of):
    with pytest.raises(StoreError, match="cycle 2 has no plan"):
        state_of(plan=plans(100)).plan(2)


@pytest.mark.parametrize("count", [1, 100, 200])
def test_a_policy_may_ask_for_up_to_twice_what_the_file_says(state_of, count):
    plan, _, _ = state_of(AskingPolicy(count), plan=plans(100)).ask(1, view())
    assert plan == plan_of(count)


@pytest.mark.parametrize("count", [0, 201])
def test_a_policy_that_asks_for_nothing_or_too_much_is_refused(state_of, count):
    with pytest.raises(PolicyError, match=f"asks for {count} proposals") as refused:
        state_of(AskingPolicy(count), plan=plans(100)).ask(1, view())
    assert "allows 100" in str(refused.value)


def view():
    ranking = pd.DataFrame(columns=["proposal_id", "desirability"])
    return SimpleNamespace(ranking=ranking, predictions=pd.DataFrame(columns=["endpoint"]))


def test_a_seed_whose_fitness_is_not_known_is_the_least_fit_and_not_worthless(state_of):
    proposals = [
        {
            "proposal_id": "P1-0001",
            "smiles": BENZOCAINE,
            "inchikey": "BLFLLBZGZJTVJG-UHFFFAOYSA-N",
            "scaffold": "c1ccccc1",
        }
    ]
    ranking = [{"proposal_id": "P1-0001", "desirability": 0.8, "cycle": 1}]
    known = state_of(proposal=proposals, ranking=ranking).known()
    weights = {name: seed.weight for name, seed in known.seeds.items()}
    assert weights == {"MA-000001": 0.5, "MA-000002": 0.001, "P1-0001": 0.8}
    assert known.smiles == {PARACETAMOL, IBUPROFEN, BENZOCAINE}
    assert len(known.inchikeys) == 3
    assert list(known.scaffolds.values()) == ["c1ccccc1"]


def test_the_models_of_the_assays_prefer_and_others_do_not(state_of, predictor):
    means = {PARACETAMOL: 7.0, BENZOCAINE: 8.5, IBUPROFEN: 8.5}
    own = predictor("jak1_pki", means, outside={IBUPROFEN})
    general = predictor("herg", {PARACETAMOL: 0.9, BENZOCAINE: 0.9, IBUPROFEN: 0.1})
    worth = state_of(predictors=[own, general]).preference([PARACETAMOL, BENZOCAINE, IBUPROFEN])
    assert worth[:2].tolist() == [0.5, 1.0]
    assert np.isnan(worth[2])


def test_predictions_come_one_row_a_structure_and_endpoint(state_of, predictor):
    proposals = pd.DataFrame({"proposal_id": ["P1-0001"], "smiles": [PARACETAMOL]})
    frame = state_of(predictors=[predictor("jak1_pki", {PARACETAMOL: 7.0})]).predict(proposals)
    assert frame[["proposal_id", "endpoint", "mean"]].to_dict("records") == [
        {"proposal_id": "P1-0001", "endpoint": "jak1_pki", "mean": 7.0}
    ]


def test_an_unfinished_stage_has_noted_nothing(state_of):
    stages = [{"cycle": 1, "stage": "fit", "detail": {"refitted": True}}]
    state = state_of(stage=stages)
    assert state.detail(1, Stage.FIT) == {"refitted": True}
    assert state.detail(2, Stage.FIT) == {}


def test_a_lead_is_what_the_first_plan_starts_from_and_may_be_new(state_of):
    new = SeedCompound(smiles=BENZOCAINE, compound_id="lead-1")
    known = SeedCompound(smiles=PARACETAMOL, compound_id="MA-000001")
    state = state_of(leads=(new, known))
    edits = [step for step in state.first_plan().steps if step.mode == "edit"]
    assert {name for step in edits for name in step.seed_ids} == {"lead-1", "MA-000001"}
    assert state.known().seeds["lead-1"].smiles == BENZOCAINE
    assert [row["compound_id"] for row in state.measured_leaders()] == ["MA-000001"]
