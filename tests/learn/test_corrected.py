import numpy as np
import pytest

from molagent.errors import InputError, ModelError
from molagent.learn.corrected import MIN_LOCAL, CorrectedPredictor, fit_correction
from molagent.learn.registry import load_predictor
from molagent.protocols import Predictor
from molagent.records import PredictionFrame

# Phenols, anilides and sulfonamides with chains and rings: several scaffolds.
CORES = ["Oc1ccc({})cc1", "O=C(N{})c1ccncc1", "CS(=O)(=O)NC1CCN({})CC1", "c1ccc2c(c1)ccn2{}"]
CHAINS = ["C" * n for n in range(1, 8)] + ["C" * n + "OC" for n in range(1, 6)]
SMILES = [core.format(chain) for core in CORES for chain in CHAINS]


class ChainLength:
    """A general model of a solubility: it falls with every carbon, whatever the scaffold."""

    endpoint = "solubility"

    def __init__(self, kind="regression"):
        self.card = {"kind": kind, "model_hash": "0" * 16, "note": "general", "n_train": 1}

    def predict(self, smiles_list):
        mean = np.array([-0.3 * s.count("C") if "?" not in s else np.nan for s in smiles_list])
        known = np.isfinite(mean)
        return PredictionFrame(
            endpoint="solubility",
            mean=mean,
            std=np.where(known, 0.5, np.nan),
            in_domain=known,
            model_hash="0" * 16,
        )

    def sample(self, smiles_list, draws, seed):  # noqa: ARG002 - the protocol's name
        return np.tile(self.predict(smiles_list).mean, (draws, 1))


def _measured(shift):
    noise = np.random.default_rng(0).normal(0, 0.05, len(SMILES))
    return ChainLength().predict(SMILES).mean + shift + noise


def test_a_constant_difference_between_laboratories_is_taken_off():
    found = fit_correction(ChainLength(), SMILES, _measured(1.5))
    assert found.used
    assert found.rmse_before == pytest.approx(1.5, abs=0.1)
    assert found.rmse_after < 0.2
    assert isinstance(found.predictor, CorrectedPredictor)
    assert isinstance(found.predictor, Predictor)
    phenol = ["Oc1ccc(CCCCCCCC)cc1"]
    assert found.predictor.predict(phenol).mean[0] == pytest.approx(-2.4 + 1.5, abs=0.2)


def test_a_general_model_that_is_right_is_left_as_it_is():
    base = ChainLength()
    values = base.predict(SMILES).mean
    values += np.random.default_rng(3).permutation(np.linspace(-0.5, 0.5, len(SMILES)))
    found = fit_correction(base, SMILES, values)
    assert found.used == (found.rmse_after < found.rmse_before)
    assert abs(found.rmse_after - found.rmse_before) < 0.06
    if not found.used:
        assert found.predictor is base
        assert "does not fall" in found.reason


def test_29_measurements_do_not_correct_and_a_limit_is_no_measurement():
    few = MIN_LOCAL - 1
    found = fit_correction(ChainLength(), SMILES[:few], _measured(1.5)[:few])
    assert not found.used
    assert found.reason == "29 measured values are fewer than 30"
    flags = np.zeros(len(SMILES), dtype=np.int8)
    flags[few:] = 1
    assert not fit_correction(ChainLength(), SMILES, _measured(1.5), censoring=flags).used


def test_what_the_general_model_cannot_tell_stays_unknown():
    predictor = fit_correction(ChainLength(), SMILES, _measured(1.5)).predictor
    frame = predictor.predict(["not a structure?", "Oc1ccc(C)cc1"])
    assert np.isnan(frame.mean).tolist() == np.isnan(frame.std).tolist() == [True, False]
    draws = predictor.sample(["not a structure?", "Oc1ccc(C)cc1"], 300, seed=0)
    assert np.isnan(draws[:, 0]).all()
    assert draws[:, 1].mean() == pytest.approx(frame.mean[1], abs=0.1)


def test_the_card_says_what_was_corrected_and_has_a_hash_of_its_own():
    card = fit_correction(ChainLength(), SMILES, _measured(1.5)).predictor.card
    assert card["correction"]["count"] == len(SMILES)
    assert card["correction"]["base_hash"] == "0" * 16 != card["model_hash"]
    assert "corrected by 48 local measurements" in card["note"]


def test_a_probability_is_not_corrected_by_measurements():
    with pytest.raises(InputError, match="solubility is a probability"):
        fit_correction(ChainLength("classification"), SMILES, _measured(0.0))


def test_a_saved_correction_says_the_same_of_the_general_model_it_was_fitted_on(tmp_path):
    predictor = fit_correction(ChainLength(), SMILES, _measured(1.5)).predictor
    predictor.save(tmp_path)
    again = load_predictor(tmp_path, "solubility", general=lambda _: ChainLength())
    assert isinstance(again, CorrectedPredictor)
    asked = [*SMILES[:5], "?"]
    said, heard = predictor.predict(asked), again.predict(asked)
    assert np.allclose(said.mean, heard.mean, equal_nan=True)
    assert np.allclose(said.std, heard.std, equal_nan=True)
    assert said.model_hash == heard.model_hash


def test_a_saved_correction_refuses_another_general_model(tmp_path):
    fit_correction(ChainLength(), SMILES, _measured(1.5)).predictor.save(tmp_path)
    other = ChainLength()
    other.card["model_hash"] = "1" * 16
    with pytest.raises(ModelError, match="correct again"):
        load_predictor(tmp_path, "solubility", general=lambda _: other)
    with pytest.raises(ModelError, match="not given"):
        load_predictor(tmp_path, "solubility")
