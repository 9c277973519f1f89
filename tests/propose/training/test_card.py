import json
import shutil
import xml.etree.ElementTree as ET

import pytest

from molagent.errors import ModelError
from molagent.propose.training.card import build_card
from molagent.propose.weights import load_packaged_policy
from molagent.report.generatorcard import render_generator_card, write_generator_card


@pytest.fixture
def folder(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "model")


def test_a_card_says_what_data_and_how_long(folder):
    html, data = write_generator_card(folder)
    facts = json.loads(data.read_text(encoding="utf-8"))
    assert facts["data"][0]["file"] == "drugs.smi"
    assert facts["traces"] == 24
    assert facts["epochs"] == pytest.approx(24 / 13, abs=0.01)
    assert facts["losses"][-1]["step"] == 3
    page = html.read_text(encoding="utf-8")
    assert facts["data"][0]["sha256"] in page
    assert "molagent train generator" in page


def test_the_loss_curve_is_one_readable_drawing(folder):
    page = write_generator_card(folder)[0].read_text(encoding="utf-8")
    svg = page[page.index("<svg") : page.index("</svg>") + 6]
    labels = "".join(ET.fromstring(svg).itertext())  # noqa: S314 - the test's own
    assert "held out, from nothing" in labels
    assert "nats an event" in labels


def test_the_same_model_gives_the_same_page(folder):
    first = write_generator_card(folder)[0].read_bytes()
    assert write_generator_card(folder)[0].read_bytes() == first


def test_measured_figures_are_shown(folder):
    (folder / "figures.json").write_text('{"valid": 0.998}', encoding="utf-8")
    assert "0.998" in render_generator_card(build_card(folder))


def test_names_in_a_card_are_escaped(folder):
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    settings["data"][0]["file"] = "<script>alert(1)</script>"
    (folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    assert "<script>" not in render_generator_card(build_card(folder))


def test_damaged_losses_are_refused(folder):
    (folder / "losses.csv").write_text("step,total\n1,much\n", encoding="utf-8")
    with pytest.raises(ModelError, match="losses cannot be read"):
        build_card(folder)


def test_a_model_without_recorded_losses_still_has_a_card(folder):
    (folder / "losses.csv").unlink()
    assert "No losses were recorded" in render_generator_card(build_card(folder))


def test_the_shipped_model_has_two_million_parameters():
    model = load_packaged_policy()
    assert 1.5e6 < sum(p.numel() for p in model.policy.parameters()) < 2.5e6
