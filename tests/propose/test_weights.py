import hashlib
import json
import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from molagent.errors import ModelError
from molagent.propose.batches import collate_traces
from molagent.propose.packed import pack_smiles
from molagent.propose.traces import draw_trace
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


def test_weights_of_the_first_format_give_the_same_probabilities(folder, drugs):
    loaded = load_policy(folder)
    packed = pack_smiles(drugs.values(), loaded.vocabulary)
    rng = np.random.default_rng(0)
    traces = [draw_trace(packed, 0, loaded.vocabulary, rng, seeded=False) for _ in range(8)]
    with torch.inference_mode():
        before = loaded.policy(collate_traces(traces)).total
    tensors = load_file(folder / "weights.safetensors")
    grown = ("block_in.weight", "block_out.weight", "block_bias", "encoder.features.2.weight")
    earlier = {
        name: value[:-1].contiguous() if name in grown else value
        for name, value in tensors.items()
        if not name.startswith("conditions.")
    }
    save_file(earlier, folder / "weights.safetensors")
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    settings |= {"format": 1, "weights_sha256": digest}
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    again = load_policy(folder)
    with torch.inference_mode():
        after = again.policy(collate_traces(traces)).total
    torch.testing.assert_close(after, before, rtol=0, atol=1e-6)


def test_the_shipped_model_knows_its_conditions_and_its_losses():
    model = load_packaged_policy()
    assert model.conditions == ("mw", "logp", "qed")
    nll = model.card["held_out_nll"]
    assert nll["asked"] < nll["total"] < 2.80
    assert nll["empty"] < 2.9805  # what the weights it was trained on from had
