import numpy as np
import pytest
import torch

from molagent.propose.optimise.agent import Agent, AgentSettings
from molagent.propose.weights import LoadedPolicy, load_policy

ASPIRIN, ACETAZOLAMIDE = "CC(=O)Oc1ccccc1C(=O)O", "CC(=O)Nc1nnc(s1)S(N)(=O)=O"


@pytest.fixture
def model(tiny_model) -> LoadedPolicy:
    return load_policy(tiny_model)


def new_agent(model: LoadedPolicy, **settings: object) -> Agent:
    return Agent(
        model,
        AgentSettings(**{"bfloat16": False, **settings}),
        corpus=0,
        max_heavy_atoms=20,
    )


def log_prob(agent: Agent, smiles: str) -> float:
    from molagent.propose.batches import collate_traces
    from molagent.propose.traces import draw_trace

    rng = np.random.default_rng(0)
    trace = draw_trace(agent.pack(smiles), 0, agent.model.vocabulary, rng, seeded=False)
    with torch.no_grad():
        return float(-agent.policy(collate_traces([trace])).total.sum())


def test_learning_makes_the_rewarded_likelier_than_the_unrewarded(model):
    agent = new_agent(model, learning_rate=3e-3, beta=20.0)
    before = log_prob(agent, ASPIRIN) - log_prob(agent, ACETAZOLAMIDE)
    rng = np.random.default_rng(1)
    for _ in range(40):
        agent.learn([ASPIRIN, ACETAZOLAMIDE] * 4, np.array([1.0, 0.0] * 4), rng)
    after = log_prob(agent, ASPIRIN) - log_prob(agent, ACETAZOLAMIDE)
    assert after > before + 2.0


def test_the_prior_stays_as_it_is(model):
    weights = {k: v.clone() for k, v in model.policy.state_dict().items()}
    agent = new_agent(model, learning_rate=1e-2)
    agent.learn([ASPIRIN] * 4, np.ones(4), np.random.default_rng(0))
    assert all(torch.equal(v, weights[k]) for k, v in model.policy.state_dict().items())
    assert not torch.equal(agent.policy.stop.weight, model.policy.stop.weight)


def test_what_the_policy_cannot_build_is_left_out_of_learning(model):
    agent = new_agent(model)
    loss = agent.learn(["[2H]C", "[Na+].[Cl-]"], np.ones(2), np.random.default_rng(0))
    assert np.isnan(loss)


def test_state_survives_a_round_trip_with_its_optimiser(model):
    first, second = new_agent(model), new_agent(model)
    first.learn([ASPIRIN] * 4, np.ones(4), np.random.default_rng(0))
    second.load_tensors(first.to_tensors())
    losses = [
        agent.learn([ASPIRIN, ACETAZOLAMIDE], np.array([1.0, 0.5]), np.random.default_rng(5))
        for agent in (first, second)
    ]
    assert losses[0] == losses[1]
    assert all(torch.equal(v, second.to_tensors()[k]) for k, v in first.to_tensors().items())


def test_without_retracing_a_structure_keeps_its_building_order(model):
    agent = new_agent(model, retrace=False)
    packed = agent.pack(ASPIRIN)
    orders = {
        agent._trace(ASPIRIN, packed, np.random.default_rng(seed)).block.tobytes()
        for seed in range(10)
    }
    assert len(orders) == 1
