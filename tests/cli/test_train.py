import json
from pathlib import Path

import pytest

from molagent.errors import InputError
from molagent.propose.layers import PolicySettings
from molagent.propose.training.corpus import read_activity
from molagent.propose.training.generator import PolicyTrainingSettings, train_generator
from molagent.protocols import NullProgress
from tests.cli.calls import call

TABLE = """smiles,pki
COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1,8.1
CC(=O)Oc1ccccc1C(=O)O,
CC(=O)Nc1nnc(s1)S(N)(=O)=O,5.2
[Na+].CC(=O)[O-],4.0
CN1CCC23c4c5ccc(O)c4OC2C(O)C=CC3C1C5,6.6
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("train") / "project.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(data: Path) -> Path:
    report = train_generator(
        [data],
        data.parent / "run",
        NullProgress(),
        steps=1,
        motifs=20,
        network=PolicySettings(width=16, heads=2, layers=1, encoder_layers=1, slot_width=8),
        settings=PolicyTrainingSettings(batch_size=4, seeded_batches=1, empty_batches=1, workers=0),
        packing_workers=1,
    )
    return report.folder


def test_fine_tuning_says_what_was_left_out_and_what_was_gained(data, model, tmp_path, capsys):
    arguments = ["train", "finetune", "--data", data, "--activity", "pki", "--from", model]
    arguments += ["--out", tmp_path, "--steps", "2", "--batch-size", "4", "--keep-prior", "0"]
    code, out, err = call(capsys, *arguments)
    assert code == 0, err
    assert "left out 1: in several parts" in out
    assert "4 of 5 compounds" in out
    settings = json.loads((tmp_path / "model" / "settings.json").read_text(encoding="utf-8"))
    assert settings["activity"]["count"] == 4
    assert settings["data"][0]["file"] == "project.csv"


def test_training_on_is_one_option(data, model, tmp_path, capsys):
    arguments = ["train", "generator", "--data", data, "--out", tmp_path, "--steps", "1"]
    code, out, err = call(capsys, *arguments, "--from", model)
    assert code == 0, err
    assert "1 steps, held-out loss" in out


def test_a_card_is_written_beside_the_weights(model, capsys):
    code, out, _ = call(capsys, "train", "card", model)
    assert code == 0
    assert (model / "card.html").exists()
    assert "card.json" in out.replace("\n", "")


def test_a_card_can_measure_what_conditions_achieve(model, capsys):
    code, _, err = call(capsys, "train", "card", model, "--samples", "4")
    assert code == 0, err
    rows = json.loads((model / "card.json").read_text(encoding="utf-8"))["figures"]
    (table,) = rows.values()
    assert table[0]["asked"] == "nothing"
    assert {"logp 5", "mw 250", "qed 0.9"} <= {row["asked"] for row in table}
    assert all(row["valid"] == 1.0 for row in table)


def test_a_missing_model_is_one_sentence(tmp_path, capsys):
    code, _, err = call(capsys, "train", "card", tmp_path / "none")
    assert code == 2
    assert "settings cannot be read" in err


def test_an_empty_field_is_an_unknown_activity(data):
    values = read_activity(data, "pki")
    assert values[0] == 8.1
    assert values[1] != values[1]


def test_a_missing_or_wordy_column_of_activities_is_refused(data):
    with pytest.raises(InputError, match="no column 'ic50', only smiles, pki"):
        read_activity(data, "ic50")
    with pytest.raises(InputError, match="column 'smiles'"):
        read_activity(data, "smiles")
