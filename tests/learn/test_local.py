import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molagent.errors import InputError
from molagent.learn.local import LocalPredictor, fit_local
from molagent.learn.selectivity import DifferencePredictor
from molagent.protocols import Predictor
from molagent.testing import PredictorContract

DATA = Path(__file__).parents[2] / "data" / "jak"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
FILGOTINIB = "O=C(Nc1nc2cccc(-c3ccc(CN4CCS(=O)(=O)CC4)cc3)n2n1)C1CC1"
CARD_KEYS = {
    "endpoint",
    "title",
    "unit",
    "kind",
    "n_train",
    "source",
    "model_hash",
    "reliable",
    "reason",
    "metrics",
    "note",
    "target",
    "assay",
    "data_hash",
    "splits",
    "baselines",
    "coverage_90",
    "domain",
    "noise_floor",
    "parity",
}


def load(target, rows=None):
    table = pd.read_csv(DATA / f"{target}_ki.csv").head(rows)
    return pd.DataFrame(
        {
            "compound_id": [f"C{n}" for n in range(len(table))],
            "smiles": table["smiles"],
            "p_relation": "=",
            "p_value": 9.0 - np.log10(table["exp_mean [nM]"]),
            "n_exact": 1,
            "sd": np.nan,
        }
    )


def fit(frame, endpoint="jak1_pki", seed=0):
    return fit_local(endpoint, frame, target="JAK1", unit="pKi", source="ChEMBL", seed=seed)


@pytest.fixture(scope="module")
def jak1():
    return fit(load("jak1"))


@pytest.fixture(scope="module")
def jak2():
    return fit(load("jak2", 300), endpoint="jak2_pki")


def test_jak1_beats_both_baselines_on_new_scaffolds_and_its_interval_holds(jak1):
    scaffold = jak1.card["splits"]["scaffold"]
    assert scaffold["rmse"] < 0.5
    assert scaffold["rmse"] < scaffold["rmse_nearest"] < scaffold["rmse_mean"]
    assert 0.85 < jak1.card["coverage_90"] < 0.95
    assert jak1.card["reliable"]
    assert jak1.card["reason"] == ""


def test_the_card_is_complete_and_json(jak1):
    assert set(jak1.card) >= CARD_KEYS
    assert json.loads(json.dumps(jak1.card, allow_nan=False))["n_train"] == 615
    assert len(jak1.card["parity"]) == 615
    assert isinstance(jak1, Predictor)


def test_errors_grow_with_the_distance_from_the_data(jak1):
    errors = [band["rmse"] for band in jak1.card["domain"] if band["n"] > 10]
    assert errors == sorted(errors)


def test_tofacitinib_is_at_home_and_hexane_is_not(jak1):
    frame = jak1.predict([TOFACITINIB, "CCCCCC"])
    assert frame.in_domain.tolist() == [True, False]
    assert frame.std[1] > frame.std[0] >= 0.1
    assert jak1.bands([TOFACITINIB, "CCCCCC", "("]) == ["in", "out", ""]


def test_what_cannot_be_read_is_nan_in_predictions_and_in_draws(jak1):
    frame = jak1.predict(["nonsense", TOFACITINIB])
    draws = jak1.sample(["nonsense", TOFACITINIB], 8, seed=1)
    assert np.isnan(frame.mean).tolist() == [True, False]
    assert np.isnan(draws[:, 0]).all()
    assert np.isfinite(draws[:, 1]).all()


def test_the_order_of_the_list_does_not_change_a_prediction(jak1):
    forward = jak1.predict([TOFACITINIB, FILGOTINIB]).mean
    backward = jak1.predict([FILGOTINIB, TOFACITINIB]).mean
    assert np.allclose(forward, backward[::-1], atol=1e-12)


def test_a_saved_predictor_answers_as_before(jak1, tmp_path):
    jak1.save(tmp_path)
    again = LocalPredictor.load(tmp_path)
    assert again.card == jak1.card
    assert np.allclose(again.predict([FILGOTINIB]).mean, jak1.predict([FILGOTINIB]).mean)
    assert np.allclose(again.sample([FILGOTINIB], 3, 5), jak1.sample([FILGOTINIB], 3, 5))


def test_the_order_of_the_rows_does_not_change_the_data_hash():
    frame = load("jak1", 60)
    first, second = fit(frame), fit(frame.iloc[::-1])
    assert first.card["data_hash"] == second.card["data_hash"]
    assert first.card["model_hash"] == second.card["model_hash"]
    assert fit(frame.head(59)).card["model_hash"] != first.card["model_hash"]


def test_noise_is_not_reliable_and_the_card_says_why():
    frame = load("jak1", 150)
    frame["p_value"] = np.random.default_rng(0).normal(7, 1, len(frame))
    card = fit(frame).card
    assert not card["reliable"]
    assert "on the scaffold split" in card["reason"]


def test_rows_that_cannot_be_used_are_counted():
    frame = load("jak1", 80)
    frame.loc[0, "smiles"] = "nonsense"
    frame.loc[1, "p_value"] = np.nan
    frame.loc[2, "p_relation"] = "<"
    frame.loc[3:4, "n_exact"] = 3
    frame.loc[3:4, "sd"] = [0.2, 0.4]
    card = fit(frame).card
    assert card["n_rejected"] == 2
    assert card["n_censored"] == 1
    assert card["n_train"] == 78
    assert card["noise_floor"] == pytest.approx(np.sqrt(0.1))


def test_dates_add_a_time_split_that_decides():
    frame = load("jak1", 150)
    frame["date"] = np.arange(150) // 10 + 2000
    card = fit(frame).card
    assert card["splits"]["time"]["n"] == 30
    assert card["reliable"] or "time split" in card["reason"]


def test_a_frame_without_its_columns_is_refused():
    with pytest.raises(InputError, match="columns p_relation, p_value are missing"):
        fit(pd.DataFrame({"smiles": ["C"]}))


def test_a_selectivity_is_the_difference_and_less_sure_than_either(jak1, jak2):
    selectivity = DifferencePredictor(endpoint="jak1_selectivity", a=jak1, b=jak2)
    assert isinstance(selectivity, Predictor)
    smiles = [TOFACITINIB, FILGOTINIB, "nonsense"]
    frame, left, right = (p.predict(smiles) for p in (selectivity, jak1, jak2))
    assert np.allclose(frame.mean, left.mean - right.mean, equal_nan=True)
    assert (frame.std[:2] >= np.maximum(left.std, right.std)[:2]).all()
    assert frame.in_domain.tolist() == (left.in_domain & right.in_domain).tolist()
    assert selectivity.card["derived_from"] == ["jak1_pki", "jak2_pki"]
    assert "not judged on measured differences" in selectivity.card["note"]


def test_draws_of_a_selectivity_go_with_the_draws_of_its_endpoints(jak1, jak2):
    selectivity = DifferencePredictor(endpoint="jak1_selectivity", a=jak1, b=jak2)
    smiles = [FILGOTINIB, TOFACITINIB]
    draws = selectivity.sample(smiles, 16, 4)
    assert np.allclose(draws, jak1.sample(smiles, 16, 4) - jak2.sample(smiles, 16, 4))
    correlation = np.corrcoef(jak1.sample(smiles, 400, 4)[:, 0], jak2.sample(smiles, 400, 4)[:, 0])[
        0, 1
    ]
    assert abs(correlation) < 0.2


class TestLocal(PredictorContract):
    @pytest.fixture
    def predictor(self, jak2):
        return jak2


class TestDifference(PredictorContract):
    @pytest.fixture
    def predictor(self, jak1, jak2):
        return DifferencePredictor(endpoint="jak1_selectivity", a=jak1, b=jak2)
