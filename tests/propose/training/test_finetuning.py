import csv
import math

import pytest

from molagent.errors import InputError, ModelError
from molagent.propose.packed import find_obstacle, pack_smiles
from molagent.propose.sampler import GraphGenerator
from molagent.propose.training.finetuning import fine_tune
from molagent.propose.training.run import PolicyTrainingSettings, schedule
from molagent.propose.weights import load_policy
from molagent.protocols import NullProgress

SETTINGS = PolicyTrainingSettings(
    batch_size=8,
    seeded_batches=1,
    empty_batches=1,
    learning_rate=5e-3,
    warmup=1,
    check_steps=4,
    bfloat16=False,
    workers=0,
)


def tune(drugs, base, out, **changes):
    chosen = {"steps": 8, "settings": SETTINGS, "keep_prior": 0.0, "name": "drugs", **changes}
    return fine_tune(list(drugs), out=out, progress=NullProgress(), base=base, **chosen)


def test_fine_tuning_teaches_the_compounds(tiny_model, drugs, tmp_path):
    report = tune(drugs.values(), tiny_model, tmp_path, steps=60)
    assert report.taught == len(drugs)
    assert report.held_out_after < report.held_out_before - 0.1
    before = GraphGenerator(tiny_model).log_prob(list(drugs.values()))
    after = GraphGenerator(report.folder, "drugs").log_prob(list(drugs.values()))
    assert (after > before).mean() > 0.8


def test_compounds_that_cannot_be_built_are_counted_and_named(tiny_model, drugs, tmp_path):
    salt, metal = "[Na+].OC(=O)c1ccccc1", "C[Fe]C"
    report = tune([*drugs.values(), salt, metal, "no structure"], tiny_model, tmp_path)
    assert report.compounds == len(drugs) + 3
    assert report.taught == len(drugs)
    assert report.unsupported == {
        "in several parts": 1,
        "atom [Fe] is not in the element table": 1,
        "not a SMILES string": 1,
    }
    with (tmp_path / "unsupported.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert [row["smiles"] for row in rows] == [salt, metal, "no structure"]
    assert rows[0]["row"] == str(len(drugs))


def test_a_list_without_buildable_compounds_is_refused(tiny_model, tmp_path):
    with pytest.raises(InputError, match="0 of 2 compounds can be built: 2 in several parts"):
        tune(["C.C", "CC.C"], tiny_model, tmp_path)


def test_a_resumed_run_ends_at_the_same_bytes(tiny_model, drugs, tmp_path, monkeypatch):
    monkeypatch.setattr("molagent.propose.compounds.PRIOR_SAMPLES", 40)
    whole = tune(drugs.values(), tiny_model, tmp_path / "whole", keep_prior=0.5)
    monkeypatch.setattr("molagent.propose.training.run.schedule", dying_at(5))
    with pytest.raises(KeyboardInterrupt):
        tune(drugs.values(), tiny_model, tmp_path / "parts", keep_prior=0.5)
    monkeypatch.setattr("molagent.propose.training.run.schedule", schedule)
    parts = tune(drugs.values(), tiny_model, tmp_path / "parts", keep_prior=0.5)
    assert parts.steps == whole.steps
    name = "weights.safetensors"
    assert (whole.folder / name).read_bytes() == (parts.folder / name).read_bytes()


def dying_at(last: int):
    def dying(step: int, fraction: float, warmup: int) -> float:
        if step == last:
            raise KeyboardInterrupt
        return schedule(step, fraction, warmup)

    return dying


def test_training_ends_when_held_out_compounds_no_longer_gain(tiny_model, drugs, tmp_path):
    patient = PolicyTrainingSettings(
        batch_size=8,
        seeded_batches=1,
        empty_batches=1,
        learning_rate=0.1,  # far too high: the loss can only rise
        warmup=1,
        check_steps=1,
        patience=2,
        bfloat16=False,
        workers=0,
    )
    report = tune(drugs.values(), tiny_model, tmp_path, steps=200, settings=patient)
    assert report.stopped_early
    assert report.held_out_after <= report.held_out_before
    with (report.folder / "losses.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    best = min(rows, key=lambda row: float(row["total"]))
    assert report.steps == int(float(best["step"]))
    assert len(rows) == rows.index(best) + 3


def test_the_card_says_what_was_taught_and_from_what(tiny_model, drugs, tmp_path):
    values = [float(n) for n in range(len(drugs))]
    values[0] = math.nan
    report = tune(drugs.values(), tiny_model, tmp_path, activity=values, name="project")
    model = load_policy(report.folder)
    card = model.card
    assert model.imitated.tolist() == [1]
    assert "activity" in model.conditions
    assert [source["file"] for source in card["data"]] == ["drugs.smi", "project"]
    assert card["imitate"] == [1]
    assert card["activity"]["count"] == len(drugs) - 1
    assert card["activity"]["mean"] == pytest.approx(6.5)
    assert card["started_from"]["steps"] == 3


def test_activities_must_fit_the_compounds_and_differ(tiny_model, drugs, tmp_path):
    with pytest.raises(InputError, match="1 activities"):
        tune(drugs.values(), tiny_model, tmp_path, activity=[1.0])
    with pytest.raises(InputError, match="do not differ"):
        tune(drugs.values(), tiny_model, tmp_path, activity=[1.0] * len(drugs))


def test_a_folder_of_another_start_is_refused(tiny_model, drugs, tmp_path):
    tune(drugs.values(), tiny_model, tmp_path / "one")
    further = tmp_path / "one" / "model"
    tune(drugs.values(), tiny_model, tmp_path / "two")
    with pytest.raises(ModelError, match="checkpoint was made with"):
        tune(drugs.values(), further, tmp_path / "two")


def test_fine_tuning_can_go_on_from_a_fine_tuned_model(tiny_model, drugs, tmp_path):
    first = tune(drugs.values(), tiny_model, tmp_path / "one")
    again = tune(list(drugs.values())[:6], first.folder, tmp_path / "two")
    card = load_policy(again.folder).card
    assert [source["file"] for source in card["data"]] == ["drugs.smi", "drugs"]
    assert card["data"][1]["structures"] == 6


@pytest.mark.parametrize(
    "smiles", ["", "CCO", "C.C", "C" * 60, "C" * 61, "C[13CH3]", "[Fe]", "[H][H]", "C[N+](C)(C)C"]
)
def test_what_is_said_to_be_buildable_is_what_gets_packed(smiles, vocabulary):
    assert len(pack_smiles([smiles], vocabulary)) == int(find_obstacle(smiles) is None)
