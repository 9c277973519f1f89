from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molagent.errors import ModelError, NotFoundError
from molagent.learn.registry import (
    TrainingData,
    load_predictor,
    prediction_table,
    retrain,
    summarise_shift,
)

DATA = Path(__file__).parents[2] / "data" / "jak"
TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
CAFFEINE = "CN1C(=O)N(C)c2ncn(C)c2C1=O"


def results(rows=90):
    table = pd.read_csv(DATA / "jak1_ki.csv").drop_duplicates("smiles").head(rows)
    return pd.DataFrame(
        {
            "compound_id": [f"MA-{n:06d}" for n in range(len(table))],
            "smiles": table["smiles"],
            "assay_id": "jak1_pki",
            "p_relation": "=",
            "p_value": 9.0 - np.log10(table["exp_mean [nM]"]),
        }
    )


def data(rows=90):
    return TrainingData(
        frames={"jak1_pki": results(rows)},
        snapshot="training 1",
        snapshot_sha256="0" * 64,
        units={"jak1_pki": "pKi"},
        targets={"jak1_pki": "JAK1"},
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    return folder, retrain(
        data(), kind="local", candidates=("gp",), folder=folder, seed=0, reason="first"
    )[0]


def test_a_retrained_model_lies_in_a_folder_named_by_its_content(trained):
    folder, model = trained
    assert model.version.artefact == model.version.model_hash
    assert (folder / model.version.artefact / "manifest.json").exists()
    assert model.version.kind == "local"
    assert model.version.version == 0
    assert model.version.reason == "first"


def test_the_predictor_that_is_loaded_says_what_the_trained_one_said(trained):
    folder, model = trained
    loaded = load_predictor(folder / model.version.artefact, "jak1_pki")
    asked = [TOFACITINIB, CAFFEINE]
    np.testing.assert_allclose(
        loaded.predict(asked).mean, model.predictor.predict(asked).mean, rtol=1e-9
    )


def test_a_model_of_another_endpoint_is_refused(trained):
    folder, model = trained
    with pytest.raises(ModelError, match="of jak1_pki, not of jak2_pki"):
        load_predictor(folder / model.version.artefact, "jak2_pki")
    with pytest.raises(ModelError, match="no readable model"):
        load_predictor(folder / "nothing", "jak1_pki")


def test_an_unknown_kind_names_the_known_ones(tmp_path):
    with pytest.raises(NotFoundError, match="known: local, message_passing"):
        retrain(data(), kind="forest", folder=tmp_path, seed=0)


def test_what_is_kept_has_an_interval_around_every_mean_and_each_structure_once(trained):
    _, model = trained
    table = prediction_table(model.predictor, [TOFACITINIB, CAFFEINE, "c1ccccc", TOFACITINIB])
    assert table["smiles"].tolist() == [TOFACITINIB, CAFFEINE, "c1ccccc"]
    known = table.head(2)
    assert ((known["lo"] < known["mean"]) & (known["mean"] < known["hi"])).all()
    assert np.isnan(table["mean"][2])
    assert table["band"][2] == ""
    assert set(table["model_hash"]) == {model.version.model_hash}


def comparison(**changes):
    base = {
        "smiles": ["C", "N", "O", "F"],
        "old_mean": [5.0, 6.0, 7.0, np.nan],
        "new_mean": [5.0, 6.5, 9.0, 4.0],
        "old_std": [0.5] * 4,
        "old_band": ["in", "in", "out", ""],
        "new_band": ["in", "out", "near", "in"],
    }
    return pd.DataFrame({**base, **changes})


def test_a_shift_counts_what_both_versions_know():
    shift = summarise_shift(comparison())
    assert shift.n == 3
    assert shift.mean == pytest.approx(2.5 / 3)
    assert shift.spearman == pytest.approx(1.0)
    assert shift.beyond_interval == pytest.approx(1 / 3)
    assert (shift.entered, shift.left) == (2, 1)
    assert np.isnan(shift.error_old)


def test_values_measured_since_say_which_version_was_right():
    shift = summarise_shift(comparison(), {"O": 9.0, "N": 6.5})
    assert shift.n_measured == 2
    assert shift.error_new == 0.0
    assert shift.error_old > 1.0
