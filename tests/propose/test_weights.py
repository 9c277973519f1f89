import json
import shutil

import pytest

from molagent.errors import ModelError
from molagent.propose.weights import load_packaged_policy, load_policy


@pytest.fixture
def folder(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "model")


def test_a_saved_model_loads_with_its_card(folder):
    loaded = load_policy(folder)
    assert loaded.card["steps"] == 3
    assert loaded.card["data"][0]["file"] == "drugs.smi"
    assert not loaded.policy.training


def test_the_shipped_model_says_what_it_was_trained_on():
    card = load_packaged_policy().card
    assert {source["file"] for source in card["data"]} == {"train.csv.gz", "zinc250k.smiles"}
    assert card["command"].startswith("molagent train generator")


def test_weights_of_another_run_are_refused(folder):
    (folder / "weights.safetensors").write_bytes(b"other")
    with pytest.raises(ModelError, match="does not belong"):
        load_policy(folder)


def test_a_vocabulary_of_another_run_is_refused(folder):
    path = folder / "vocabulary.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["motifs"] = content["motifs"][::-1]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ModelError, match="does not belong"):
        load_policy(folder)


def test_settings_of_another_network_are_refused(folder):
    path = folder / "settings.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["network"]["width"] = 32
    path.write_text(json.dumps(settings), encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        load_policy(folder)


def test_a_missing_model_names_the_remedy(tmp_path):
    with pytest.raises(ModelError, match="molagent train generator"):
        load_policy(tmp_path)
