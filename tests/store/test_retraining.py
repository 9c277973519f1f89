"""From a snapshot to a new version and back, over the store and the models together."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rdkit import Chem

from molagent.learn.registry import (
    TrainingData,
    load_predictor,
    prediction_table,
    retrain,
    summarise_shift,
)
from molagent.store.aggregates import aggregate_snapshot, learning_frame
from molagent.store.models import (
    compare_versions,
    load_model_predictions,
    load_model_version,
    load_model_versions,
    register_model,
    store_predictions,
)
from molagent.store.receipts import ASSAY_COLUMNS, IngestResult
from molagent.store.snapshots import create_snapshot
from tests.store.registry import write_file

JAK = Path(__file__).parents[2] / "data" / "jak" / "jak1_ki.csv"


def file_of(rows, name):
    """An ingested file of real rows: ``(smiles, Ki in nM)``."""
    keys = [Chem.MolToInchiKey(Chem.MolFromSmiles(smiles)) for smiles, _ in rows]
    structures = [smiles for smiles, _ in rows]
    values = [value for _, value in rows]
    results = pd.DataFrame(
        {
            "source_row": range(2, 2 + len(rows)),
            "endpoint": "jak1_pki",
            "inchikey": keys,
            "raw_smiles": structures,
            "name": "",
            "relation": "=",
            "value": values,
            "unit": "nM",
            "original": [f"{value:g}" for value in values],
            "p_value": [9 - np.log10(value) for value in values],
            "p_relation": "=",
            "flag": "",
        }
    )
    compounds = pd.DataFrame(
        {
            "smiles": structures,
            "inchikey": keys,
            "connectivity": [key[:14] for key in keys],
            "scaffold": "",
            "standardizer": "by hand",
        }
    )
    return IngestResult(
        name=name,
        sha256=name,
        bytes=1,
        encoding="utf-8",
        delimiter=",",
        mapping={},
        n_rows=len(rows),
        assays=pd.DataFrame([["jak1_pki", "JAK1", "Ki", "", ""]], columns=list(ASSAY_COLUMNS)),
        compounds=compounds,
        results=results,
        rejections=pd.DataFrame(columns=["source_row", "kind", "reason", "raw"]),
    )


@pytest.fixture(scope="module")
def rows():
    with JAK.open(newline="", encoding="utf-8") as lines:
        table = {row["smiles"]: float(row["exp_mean [nM]"]) for row in csv.DictReader(lines)}
    keyed = {Chem.MolToInchiKey(Chem.MolFromSmiles(s)): (s, v) for s, v in table.items()}
    return list(keyed.values())[:90]


def train_version(db, folder, name, reason):
    """What one command does: snapshot, train, register, predict every compound, keep."""
    snapshot = create_snapshot(db, name)
    data = TrainingData(
        frames={"jak1_pki": learning_frame(aggregate_snapshot(db, name, "jak1_pki"))},
        snapshot=snapshot.name,
        snapshot_sha256=snapshot.sha256,
        units={"jak1_pki": "pKi"},
        targets={"jak1_pki": "JAK1"},
    )
    trained = retrain(data, kind="local", candidates=("gp",), folder=folder, seed=0, reason=reason)[
        0
    ]
    version = register_model(db, trained.version)
    everything = db.query("SELECT smiles FROM compound ORDER BY compound_id")["smiles"].tolist()
    table = prediction_table(trained.predictor, everything)
    store_predictions(db, version, table, purpose="all compounds")
    return version


def test_new_values_make_a_new_version_and_the_old_predictions_stay(db, rows, tmp_path):
    folder = tmp_path / "models"
    write_file(db, file_of(rows[:60], "first.csv"))
    first = train_version(db, folder, "training 1", "first")
    before = load_model_predictions(db, "jak1_pki", 1)
    write_file(db, file_of(rows[60:], "second.csv"))
    second = train_version(db, folder, "training 2", "30 new values")

    assert (first.version, second.version, second.parent) == (1, 2, "jak1_pki/v1")
    assert first.artefact != second.artefact
    assert load_model_predictions(db, "jak1_pki", 1).equals(before)
    comparison = compare_versions(db, "jak1_pki", 1)
    assert len(comparison) == 60
    shift = summarise_shift(comparison)
    assert shift.n == 60
    assert 0 < shift.rms < 1.5

    old = load_model_version(db, "jak1_pki", 1)
    said = load_predictor(folder / old.artefact, "jak1_pki").predict(before["smiles"].tolist())
    np.testing.assert_allclose(said.mean, before["mean"], rtol=1e-9)


def test_training_again_on_the_same_snapshot_is_no_new_version(db, rows, tmp_path):
    write_file(db, file_of(rows[:60], "first.csv"))
    first = train_version(db, tmp_path / "models", "training 1", "first")
    again = train_version(db, tmp_path / "models", "training 1b", "the same data")
    assert again == first
    assert len(load_model_versions(db)) == 1
    assert db.query("SELECT count(*) AS n FROM prediction_run")["n"][0] == 1
