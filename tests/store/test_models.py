from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.records import ModelVersion
from molagent.store.audit import load_audit
from molagent.store.models import (
    compare_versions,
    load_model_predictions,
    load_model_version,
    load_model_versions,
    register_model,
    store_predictions,
    verify_predictions,
)
from molagent.store.snapshots import create_snapshot
from molagent.store.verify import verify_audit
from tests.store.conftest import ingest_of
from tests.store.registry import BARICITINIB, RUXOLITINIB, TOFACITINIB, write_file

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


@pytest.fixture
def jak(db):
    write_file(db, ingest_of([(TOFACITINIB, "=", 8.1), (RUXOLITINIB, "=", 8.6)]))
    return db


@pytest.fixture
def model(jak):
    snapshot = create_snapshot(jak, "training 1")
    return ModelVersion(
        endpoint="jak1_pki",
        kind="local",
        model_hash="a" * 16,
        snapshot=snapshot.name,
        snapshot_sha256=snapshot.sha256,
        seed=0,
        artefact="models/" + "a" * 16,
        settings={"mean": 7.0},
        metrics={"rmse": 0.6, "coverage_90": None},
        card={"title": "JAK1", "reliable": True},
        reason="first",
        software="molagent 0.1.0",
    )


def answers(model_hash, **means):
    names = {"tofacitinib": TOFACITINIB, "baricitinib": BARICITINIB, "aspirin": ASPIRIN}
    mean = np.array([float(value) for value in means.values()])
    return pd.DataFrame(
        {
            "smiles": [names[name] for name in means],
            "mean": mean,
            "std": np.where(np.isnan(mean), np.nan, 0.5),
            "lo": mean - 0.8,
            "hi": mean + 0.8,
            "band": ["" if np.isnan(value) else "near" for value in mean],
            "in_domain": ~np.isnan(mean),
            "model_hash": model_hash,
        }
    )


def test_the_first_model_is_version_one_and_comes_back_whole(jak, model):
    stored = register_model(jak, model)
    assert stored.version_id == "jak1_pki/v1"
    assert stored.parent == ""
    assert stored.created_at is not None
    assert replace(stored, version=0, created_at=None) == model
    assert load_model_version(jak, "jak1_pki") == stored


def test_the_same_model_again_is_no_new_version(jak, model):
    first = register_model(jak, model)
    assert register_model(jak, model) == first
    assert len(load_model_versions(jak)) == 1


def test_a_retrained_model_follows_the_newest_and_both_stay(jak, model):
    register_model(jak, model)
    second = register_model(jak, replace(model, model_hash="b" * 16, reason="12 new values"))
    assert (second.version, second.parent) == (2, "jak1_pki/v1")
    assert load_model_version(jak, "jak1_pki", 1).model_hash == "a" * 16
    frame = load_model_versions(jak, "jak1_pki")
    assert frame["version_id"].tolist() == ["jak1_pki/v1", "jak1_pki/v2"]
    assert frame["metrics"][0] == {"rmse": 0.6, "coverage_90": None}


def test_versions_are_counted_by_endpoint(jak, model):
    register_model(jak, model)
    other = register_model(jak, replace(model, endpoint="jak2_pki", model_hash="c" * 16))
    assert other.version_id == "jak2_pki/v1"
    assert other.parent == ""


def test_a_model_of_an_unknown_snapshot_or_parent_is_refused(jak, model):
    with pytest.raises(NotFoundError, match="no snapshot named 'training 7'"):
        register_model(jak, replace(model, snapshot="training 7"))
    with pytest.raises(NotFoundError, match="no model version named 'jak1_pki/v9'"):
        register_model(jak, replace(model, parent="jak1_pki/v9"))
    assert load_model_versions(jak).empty


def test_a_model_trained_on_another_content_of_the_snapshot_is_refused(jak, model):
    with pytest.raises(StoreError, match="was trained on 000000000000"):
        register_model(jak, replace(model, snapshot_sha256="0" * 64))


def test_a_version_that_is_not_there_names_those_that_are(jak, model):
    register_model(jak, model)
    with pytest.raises(NotFoundError, match="known: jak1_pki/v1"):
        load_model_version(jak, "jak1_pki", 4)


def test_predictions_are_kept_with_what_is_registered_and_unknown_stays_unknown(jak, model):
    stored = register_model(jak, model)
    store_predictions(
        jak, stored, answers("a" * 16, tofacitinib=8.0, aspirin=np.nan), purpose="all compounds"
    )
    frame = load_model_predictions(jak, "jak1_pki").set_index("smiles")
    assert frame.loc[TOFACITINIB, "compound_id"].startswith("MA-")
    assert frame.loc[ASPIRIN, "compound_id"] is None
    assert np.isnan(frame.loc[ASPIRIN, "mean"])
    assert not frame.loc[ASPIRIN, "in_domain"]
    assert frame.loc[TOFACITINIB, "lo"] == pytest.approx(7.2)


def test_the_same_answer_again_is_not_stored_twice(jak, model):
    stored = register_model(jak, model)
    rows = answers("a" * 16, tofacitinib=8.0, baricitinib=7.5)
    first = store_predictions(jak, stored, rows, purpose="all")
    assert store_predictions(jak, stored, rows.iloc[::-1], purpose="again") == first
    assert jak.query("SELECT count(*) AS n FROM model_prediction")["n"][0] == 2


def test_old_predictions_stay_when_a_new_version_answers(jak, model):
    old = register_model(jak, model)
    store_predictions(jak, old, answers("a" * 16, tofacitinib=8.0, baricitinib=7.5), purpose="all")
    new = register_model(jak, replace(model, model_hash="b" * 16))
    rows = answers("b" * 16, tofacitinib=8.1, baricitinib=6.5, aspirin=5.0)
    store_predictions(jak, new, rows, purpose="all")
    assert load_model_predictions(jak, "jak1_pki", 1)["mean"].sum() == pytest.approx(15.5)
    comparison = compare_versions(jak, "jak1_pki", 1)
    assert comparison["smiles"].tolist() == [BARICITINIB, TOFACITINIB]
    assert comparison["shift"].tolist() == pytest.approx([-1.0, 0.1])
    current = jak.query("SELECT smiles, version, mean FROM current_prediction")
    assert set(current["version"]) == {2}
    assert len(current) == 3


def test_predictions_of_another_model_are_refused(jak, model):
    stored = register_model(jak, model)
    with pytest.raises(InputError, match="not of jak1_pki/v1"):
        store_predictions(jak, stored, answers("f" * 16, tofacitinib=8.0), purpose="all")
    with pytest.raises(NotFoundError, match="jak1_pki/v3"):
        store_predictions(jak, replace(stored, version=3), answers("a" * 16), purpose="all")


def test_a_structure_that_stands_twice_or_a_missing_column_is_refused(jak, model):
    stored = register_model(jak, model)
    rows = answers("a" * 16, tofacitinib=8.0)
    with pytest.raises(InputError, match="more than one row"):
        store_predictions(jak, stored, pd.concat([rows, rows]), purpose="all")
    with pytest.raises(InputError, match="predictions lack band"):
        store_predictions(jak, stored, rows.drop(columns="band"), purpose="all")


def test_an_interval_that_does_not_hold_its_mean_is_refused_whole(jak, model):
    stored = register_model(jak, model)
    rows = answers("a" * 16, tofacitinib=8.0, baricitinib=7.0).assign(lo=9.0)
    with pytest.raises(StoreError):
        store_predictions(jak, stored, rows, purpose="all")
    assert jak.query("SELECT * FROM prediction_run").empty


def test_a_prediction_that_was_changed_past_the_api_is_named(jak, model):
    stored = register_model(jak, model)
    run = store_predictions(jak, stored, answers("a" * 16, tofacitinib=8.0), purpose="all")
    assert verify_predictions(jak).empty
    with jak.write() as con:
        con.execute("UPDATE model_prediction SET mean = 8.2")
    assert verify_predictions(jak)["prediction_run"].tolist() == [run]
    (problem,) = verify_audit(jak).problems
    assert (problem.kind, problem.table_name) == ("prediction", "model_prediction")


def test_versions_and_runs_stand_in_the_audit_trail(jak, model):
    stored = register_model(jak, model)
    store_predictions(jak, stored, answers("a" * 16, tofacitinib=8.0), purpose="all")
    entry = load_audit(jak, table_name="model_version").iloc[0]
    assert (entry["action"], entry["row_key"]) == ("insert", "jak1_pki/v1")
    assert entry["origin"] == "register model of jak1_pki"
    assert len(load_audit(jak, table_name="prediction_run")) == 1
    assert verify_audit(jak).whole
