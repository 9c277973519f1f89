"""A card of every kind of model can be read by people and by programs."""

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from molagent.learn.local import fit_local
from molagent.learn.message_passing.fitting import EnsembleSettings, fit_message_passing
from molagent.learn.message_passing.network import NetworkSettings
from molagent.learn.message_passing.training import TrainingSettings
from molagent.learn.selectivity import DifferencePredictor
from molagent.report.modelcard import render_card, write_card

DATA = Path(__file__).parents[2] / "data" / "jak"
KINDS = ("local", "derived", "message_passing", "pretrained")
# As a panel of pretrained endpoints has it: most of what a local card says is not known.
PRETRAINED = {
    "endpoint": "herg",
    "title": "hERG blockade",
    "unit": "probability",
    "kind": "pretrained",
    "n_train": 655,
    "source": "TDC <hERG>",
    "model_hash": "00ff00ff00ff00ff",
    "reliable": False,
    "reason": "AUROC 0.79 is not above 0.8",
    "metrics": {"auroc": 0.79, "auprc": float("nan"), "r2": None},
    "note": "",
}


def frame(target, rows):
    table = pd.read_csv(DATA / f"{target}_ki.csv").drop_duplicates("smiles").head(rows)
    p_value = 9.0 - np.log10(table["exp_mean [nM]"])
    return pd.DataFrame({"smiles": table["smiles"], "p_relation": "=", "p_value": p_value})


@pytest.fixture(scope="module")
def cards():
    local = {
        name: fit_local(
            f"{name}_pki", frame(name, 70), target=name.upper(), unit="pKi", source="ChEMBL", seed=0
        )
        for name in ("jak1", "jak2")
    }
    quick = EnsembleSettings(
        members=1, network=NetworkSettings(width=8, rounds=1), training=TrainingSettings(epochs=1)
    )
    network = fit_message_passing({"jak1_pki": frame("jak1", 70)}, source="x", settings=quick)
    return {
        "local": local["jak1"].card,
        "derived": DifferencePredictor(
            endpoint="jak1_over_jak2", a=local["jak1"], b=local["jak2"]
        ).card,
        "message_passing": network.cards["jak1_pki"],
        "pretrained": PRETRAINED,
    }


def text_of(html):
    bare = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", bare).split()))


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_shows_its_title_data_hash_and_whether_to_rely_on_it(cards, kind):
    card = cards[kind]
    text = text_of(render_card(card))
    assert card["title"] in text
    assert card["model_hash"] in text
    if card["reliable"]:
        assert "Beats the mean" in text
    else:
        assert "Not to be relied on" in text
        assert "Unreliable" in text
    assert "nan" not in text.lower().split()


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_is_written_for_people_and_for_programs(cards, kind, tmp_path):
    page, data = write_card(cards[kind], tmp_path / "cards")
    assert page.stem == data.stem
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    read = json.loads(data.read_text(encoding="utf-8"))
    assert read["model_hash"] == cards[kind]["model_hash"]


def test_what_was_not_computed_is_null_for_programs(tmp_path):
    _, data = write_card(PRETRAINED, tmp_path)
    metrics = json.loads(data.read_text(encoding="utf-8"))["metrics"]
    assert metrics == {"auroc": 0.79, "auprc": None, "r2": None}


def test_a_local_card_shows_the_scaffold_split_beside_its_baselines_and_the_bands(cards):
    text = text_of(render_card(cards["local"]))
    for words in ("scaffold split", "RMSE of the nearest neighbour", "similarity at least", "near"):
        assert words in text


def test_an_ensembles_card_says_how_it_was_made(cards):
    text = text_of(render_card(cards["message_passing"]))
    assert "message-passing ensemble" in text
    assert "members 1" in text
    assert "hash of the training data" in text


def test_a_card_names_its_version_and_what_it_was_held_against(cards):
    choice = {
        "chosen": "consensus",
        "title": "Gaussian process and boosted trees",
        "split": "scaffold",
        "compared": {"gp": {"rmse": 0.52}, "consensus": {"rmse": 0.48}},
    }
    card = {**cards["local"], "choice": choice, "version": "jak1_pki/v3"}
    text = text_of(render_card(card))
    assert "version jak1_pki/v3" in text
    assert "kind Gaussian process and boosted trees" in text
    assert (
        "on the scaffold split: RMSE 0.52, consensus on the scaffold split: RMSE 0.48, chosen"
        in (text)
    )
    assert "compared" not in text_of(render_card(cards["local"]))


def test_a_source_is_text_and_never_markup():
    assert "<hERG>" not in render_card(PRETRAINED)


def test_an_endpoints_name_cannot_leave_the_folder(tmp_path):
    page, _ = write_card({**PRETRAINED, "endpoint": "../../herg"}, tmp_path / "cards")
    assert page.parent == tmp_path / "cards"


def test_a_card_says_how_much_wider_an_interval_is_half_a_year_ahead(cards):
    ahead = {"base_months": 1.5, "growth": 0.5, "seen_months": 9.0, "std_scale": {"all": 1.0}}
    page = render_card({**cards["local"], "calibration": {"ahead": ahead}})
    assert "interval 6 months ahead" in page
    assert "2.00 times as wide" in page
    assert "interval 6 months ahead" not in render_card(cards["local"])
