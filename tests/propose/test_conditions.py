import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import InputError, NotFoundError
from molagent.propose.batches import collate_traces
from molagent.propose.conditions import NAMES, SCALES, Conditions, describe_mol, draw_rows
from molagent.propose.graph_model import GraphPolicy
from molagent.propose.layers import PolicySettings
from molagent.propose.packed import pack_smiles
from molagent.propose.sampler import GraphGenerator
from molagent.propose.traces import draw_trace
from molagent.protocols import NullProgress
from molagent.records import ProposalRequest

NETWORK = PolicySettings(width=16, heads=2, layers=2, encoder_layers=1, slot_width=8)
ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_aspirin_is_described_by_its_published_properties():
    mw, logp, qed, activity = describe_mol(Chem.MolFromSmiles(ASPIRIN))
    assert mw == pytest.approx(180.16, abs=0.01)
    assert logp == pytest.approx(1.31, abs=0.01)
    assert qed == pytest.approx(0.55, abs=0.01)
    assert math.isnan(activity)


@given(value=st.floats(-5, 8), name=st.sampled_from(["logp", "activity"]))
def test_a_condition_shows_its_own_value_and_hides_the_others(value, name):
    row = Conditions(**{name: value}).to_row()
    place = NAMES.index(name)
    centre, width = SCALES[name]
    assert row[place] == pytest.approx((value - centre) / width, abs=1e-5)
    assert row[len(NAMES) + place] == 1.0
    assert np.count_nonzero(row[len(NAMES) :]) == 1


@pytest.mark.parametrize(
    ("asked", "reason"),
    [({"mw": -1.0}, "mw"), ({"qed": 1.4}, "qed"), ({"logp": math.nan}, "logp is nan")],
)
def test_what_no_molecule_can_have_is_refused(asked, reason):
    with pytest.raises(InputError, match=reason):
        Conditions(**asked)


def test_unknown_values_are_never_shown():
    values = np.array([[300.0, 2.0, math.nan, math.nan]] * 400, dtype=np.float32)
    rows = draw_rows(values, np.random.default_rng(0))
    assert np.isfinite(rows).all()
    shown = rows[:, len(NAMES) :].mean(axis=0)
    assert shown[:2] == pytest.approx([0.25, 0.25], abs=0.08)
    assert (shown[2:] == 0).all()
    # Half of the molecules, and a quarter of the other half's pairs, hide both known values.
    assert (rows[:, 4:6].sum(axis=1) == 0).mean() == pytest.approx(0.625, abs=0.08)


@pytest.fixture
def policy(vocabulary):
    torch.manual_seed(0)
    policy = GraphPolicy(NETWORK, vocabulary).eval()
    torch.nn.init.normal_(policy.conditions[2].weight)  # as after training
    return policy


def losses(policy, vocabulary, rows):
    packed = pack_smiles([ASPIRIN], vocabulary)
    trace = draw_trace(packed, 0, vocabulary, np.random.default_rng(1), seeded=False)
    with torch.inference_mode():
        return policy(collate_traces([trace], rows)).total


def test_hidden_conditions_change_nothing_at_all(policy, vocabulary):
    hidden = losses(policy, vocabulary, Conditions().to_row()[None])
    before = losses(policy, vocabulary, None)
    torch.nn.init.zeros_(policy.conditions[2].weight)
    assert torch.equal(hidden, before)
    assert torch.equal(hidden, losses(policy, vocabulary, None))


def test_a_shown_condition_changes_the_likelihood_even_at_its_centre(policy, vocabulary):
    asked = Conditions(logp=SCALES["logp"][0]).to_row()[None]
    assert not torch.equal(losses(policy, vocabulary, asked), losses(policy, vocabulary, None))


def test_packing_stores_the_properties_of_every_molecule(vocabulary):
    packed = pack_smiles([ASPIRIN, "[Na+].[Cl-]", "CCO"], vocabulary, described=["mw", "logp"])
    assert packed.properties[:, 0] == pytest.approx([180.16, 46.07], abs=0.01)
    assert np.isnan(packed.properties[:, 2:]).all()


def test_a_request_can_ask_for_properties(tiny_model):
    generator = GraphGenerator(tiny_model, charged=True)
    asked = ProposalRequest(count=5, seed=1, cycle=0, asked={"logp": 2.0, "mw": 300.0})
    assert generator.propose(asked, NullProgress()).proposals
    nothing = generator.sample(16, seed=1)
    assert generator.sample(16, seed=1, conditions=Conditions()) == nothing


def test_a_condition_that_the_weights_were_never_told_is_refused(tiny_model):
    generator = GraphGenerator(tiny_model)
    with pytest.raises(InputError, match="no condition 'activity', they know mw, logp, qed"):
        generator.sample(1, seed=1, conditions=Conditions(activity=1.0))
    with pytest.raises(NotFoundError, match="tpsa"):
        generator.propose(
            ProposalRequest(count=1, seed=1, cycle=0, asked={"tpsa": 60.0}), NullProgress()
        )


def test_asking_changes_what_a_trained_policy_samples(tiny_model):
    generator = GraphGenerator(tiny_model, charged=True)
    with torch.no_grad():
        generator.model.policy.conditions[2].weight.normal_()
    plain = generator.sample(16, seed=1)
    assert generator.sample(16, seed=1, conditions=Conditions(mw=500.0)) != plain


def test_steering_changes_nothing_where_conditions_change_nothing(tiny_model):
    generator = GraphGenerator(tiny_model, charged=True)
    with torch.no_grad():
        generator.model.policy.conditions[2].weight.zero_()
    weak, strong = (Conditions(logp=4.0, strength=strength) for strength in (1.0, 8.0))
    first = generator.sample(16, seed=1, conditions=weak)
    assert generator.sample(16, seed=1, conditions=strong) == first


def test_steering_harder_changes_the_samples_and_keeps_them_valid(tiny_model):
    generator = GraphGenerator(tiny_model, charged=True)
    with torch.no_grad():
        generator.model.policy.conditions[2].weight.normal_()
    weak, strong = (Conditions(logp=4.0, strength=strength) for strength in (1.0, 8.0))
    first = generator.sample(16, seed=1, conditions=weak)
    second = generator.sample(16, seed=1, conditions=strong)
    assert first != second
    assert None not in second


@pytest.mark.parametrize("strength", [0.0, -1.0, math.nan, 99.0])
def test_a_strength_out_of_range_is_refused(strength):
    with pytest.raises(InputError, match="strength"):
        Conditions(logp=1.0, strength=strength)
