import json
import shutil

import pandas as pd
import pytest

from molagent.errors import InputError, NotFoundError
from molagent.store.cycles import CampaignStore
from molagent.store.database import Database
from molagent.store.lineage import REFERENCES, find_source
from molagent.store.raw_files import keep_raw_file
from molagent.store.restorations import restore_snapshot
from molagent.store.snapshots import create_snapshot
from tests.store.conftest import ingest_of
from tests.store.registry import BARICITINIB, KEYS, RUXOLITINIB, TOFACITINIB, write_file

CAMPAIGN = "0123456789ab"


@pytest.fixture(scope="module")
def measured(tmp_path_factory, empty_project) -> Database:
    """Two files, a corrected value, a curve with wells, a campaign's proposal of a proposal."""
    folder = tmp_path_factory.mktemp("lineage")
    db = Database(shutil.copy(empty_project, folder / "jak.duckdb"), actor="ann")
    write_file(db, ingest_of([(TOFACITINIB, "=", 8.1), (RUXOLITINIB, "=", 8.6)]))
    write_file(db, ingest_of([(TOFACITINIB, "<", 7.6)], name="b.csv"))
    create_snapshot(db, "training 1")
    with db.write(origin="by hand") as con:
        con.execute(
            "INSERT INTO result BY NAME SELECT * EXCLUDE (result_id, revision)"
            " REPLACE (8.3 AS p_value, 5.0 AS value), 1 AS revision FROM result"
            " WHERE result_id = 1"
        )
        con.execute(
            "INSERT INTO correction (old_result_id, new_result_id, actor, reason)"
            " VALUES (1, 4, 'ann', 'typed the wrong digit')"
        )
        con.execute("UPDATE result SET superseded_by = 4 WHERE result_id = 1")
    _add_curve(db)
    _add_campaign(db)
    return db


def _add_curve(db: Database) -> None:
    with db.write(origin="fit curves") as con:
        con.execute(
            "INSERT INTO run (run_id, assay_id, run_on, operator) VALUES"
            " ('R1', 'jak1_pki', '2026-03-02', 'Bob')"
        )
        con.execute(
            "INSERT INTO plate (plate_id, run_id, barcode, n_rows, n_columns, signal_hash, file_id)"
            " SELECT 1, 'R1', 'PLATE7', 32, 48, 'h', file_id FROM source_file WHERE name = 'b.csv'"
        )
        con.execute(
            "INSERT INTO well (plate_id, well_row, well_column, role, compound_id, signal)"
            " VALUES (1, 28, 5, 'sample', 'MA-000002', 1234.5)"
        )
        con.execute(
            "INSERT INTO curve (curve_id, assay_id, compound_id, run_id, result_id, bottom,"
            " bottom_locked, top, top_locked, p_ac50, p_ac50_se, p_ac50_locked, hill, hill_locked,"
            " r2, curve_class, n_points, n_outliers, method, method_version, settings, p_value,"
            " p_relation) VALUES (1, 'jak1_pki', 'MA-000002', 'R1', 2, 0, true, 100, true, 8.6,"
            " 0.05, false, 1.1, false, 0.98, 'full', 2, 0, '4pl', '1', '{}', 8.6, '=')"
        )
        con.execute(
            "INSERT INTO curve_point (curve_id, ordinal, concentration_m, response, plate_id,"
            " well_row, well_column, source_row) VALUES (1, 1, 1e-9, 71.5, 1, 28, 5, 17)"
        )


def _add_campaign(db: Database) -> None:
    store = CampaignStore(db, CAMPAIGN)
    store.start("jak1", "0123456789abcdef", {"seed": 1}, "jak1.toml", "fixed", 7, 1, "0.2.0")
    shared = {
        "inchikey": KEYS[BARICITINIB],
        "scaffold": "",
        "generator": "edits",
        "mode": "analogues",
        "seed": 7,
        "detail": "",
    }
    proposals = pd.DataFrame(
        [
            {"proposal_id": "P1-0001", "smiles": "CCO", "parents": ("MA-000001",), **shared},
            {"proposal_id": "P1-0002", "smiles": "CCN", "parents": ("P1-0001", "X"), **shared},
        ]
    )
    prediction = pd.DataFrame(
        [
            {
                "proposal_id": "P1-0002",
                "endpoint": "jak1_pki",
                "mean": 7.9,
                "std": 0.4,
                "in_domain": True,
                "model_hash": "abc",
            }
        ]
    )
    card = {"title": "JAK1, exact GP", "n_train": 2, "unit": "pKi", "reliable": False}
    cards = pd.DataFrame([{"endpoint": "jak1_pki", "model_hash": "abc", "card": card}])
    ranking = pd.DataFrame(
        [
            {
                "proposal_id": "P1-0002",
                "desirability": 0.71,
                "components": {
                    "jak1_pki": {"value": 7.9, "desirability": 0.8, "weight": 2.0},
                    "weight": {"value": 320.0, "desirability": 0.5, "weight": 1.0},
                },
                "nearest_id": "MA-000001",
                "nearest_similarity": 0.6,
            }
        ]
    )
    for stage, tables in (
        ("fit", {"model_card": cards}),
        ("propose", {"proposal": proposals}),
        ("screen", {"prediction": prediction}),
        ("rank", {"ranking": ranking}),
    ):
        store.finish_stage(1, stage, seconds=1.0, detail={}, tables=tables)


def kinds(source) -> list[str]:
    return [entry.kind for entry in source.walk()]


def test_a_mean_leads_to_every_row_behind_it(measured):
    source = find_source(measured, "value:MA-000001/jak1_pki")
    # 8.3 and < 7.6: the bound pulls the value down, and is too far off to be chance.
    assert source.facts["value"] == "7.907 -log10(M)"
    assert source.facts["contradicted"] == "by a bound"
    assert source.facts["results"] == 2
    assert source.rows() == [("b.csv", 2), ("jak1.csv", 2)]
    text = str(source)
    assert "by ann" in text
    assert "with ingest jak1.csv" in text
    assert "standardiser by hand" in text
    assert 'read as {"smiles": "smiles"}' in text


def test_a_corrected_result_leads_to_the_one_it_replaced_and_why(measured):
    source = find_source(measured, "result:4")
    correction = next(entry for entry in source.walk() if entry.kind == "correction")
    assert correction.facts["reason"] == "typed the wrong digit"
    old = correction.sources[0]
    assert (old.kind, old.label) == ("result", "1")
    assert old.facts["counts"] == "no, 4 took its place"
    assert old.facts["p value"] == "8.1"


def test_a_result_leads_through_its_curve_to_plate_well_and_operator(measured):
    point = next(e for e in find_source(measured, "result:2").walk() if e.kind == "point")
    assert point.facts["well"] == "AB05"
    assert point.facts["plate"] == "PLATE7"
    assert point.facts["operator"] == "Bob"
    assert point.facts["signal"] == 1234.5
    assert ("b.csv", 17) in find_source(measured, "curve:1").rows()
    assert find_source(measured, "curve:1").facts["locked"] == "bottom, top"


def test_a_prediction_leads_to_its_model_its_data_and_its_parents(measured):
    source = find_source(measured, "prediction:P1-0002/jak1_pki")
    assert source.facts["mean"] == 7.9
    assert kinds(source)[:2] == ["prediction", "model"]
    assert source.sources[0].facts["n train"] == 2
    assert [entry.label for entry in source.sources[0].sources] == ["b.csv:2-2", "jak1.csv:2-3"]
    made = source.sources[1]
    assert made.facts["generator"] == "edits"
    assert [entry.kind for entry in made.sources] == ["proposal", "parent"]
    assert made.sources[0].sources[0].label == "MA-000001"
    assert ("jak1.csv", 2) in source.rows()


def test_a_desirability_leads_to_its_objectives(measured):
    source = find_source(measured, f"desirability:{CAMPAIGN}/P1-0002")
    assert source.facts["desirability"] == 0.71
    objectives = {entry.label: entry for entry in source.sources if entry.kind == "objective"}
    assert objectives["jak1_pki"].sources[0].kind == "prediction"
    assert objectives["weight"].sources[0].facts == {"computed from": "the structure"}
    assert kinds(source).count("proposal") == 2  # the proposal and its parent, once each


def test_a_snapshot_leads_to_its_files(measured):
    source = find_source(measured, "snapshot:training 1")
    assert source.facts["results"] == 3
    assert [entry.label for entry in source.sources] == ["b.csv:2-2", "jak1.csv:2-3"]


def test_a_kept_file_is_said_to_be_kept(measured, tmp_path):
    db = Database(shutil.copy(measured.path, tmp_path / "jak.duckdb"))
    path = tmp_path / "kept.csv"
    path.write_text("smiles\n")
    digest = keep_raw_file(db, path).sha256
    with db.write() as con:
        con.execute(
            "INSERT INTO source_file BY NAME SELECT * REPLACE ('k' AS file_id, ? AS sha256)"
            " FROM source_file WHERE name = 'b.csv'",
            [digest],
        )
        con.execute(
            "INSERT INTO result BY NAME SELECT * EXCLUDE (result_id) REPLACE ('k' AS file_id)"
            " FROM result WHERE result_id = 3"
        )
    assert "bytes kept in the project" in str(find_source(db, "result:5"))
    assert "kept in the project" not in str(find_source(db, "result:3"))


def test_a_result_set_aside_by_a_restoration_says_so(measured, tmp_path):
    db = Database(shutil.copy(measured.path, tmp_path / "jak.duckdb"))
    write_file(db, ingest_of([(BARICITINIB, "=", 8.0)], name="c.csv"))
    restore_snapshot(db, "training 1", reason="test")
    assert find_source(db, "result:5").facts["counts"] == "no, restoration 1"


def test_the_tree_is_json_and_prints(measured):
    for reference in (
        "value:MA-000001/jak1_pki",
        "compound:MA-000001",
        "curve:1",
        "proposal:P1-0002",
        "prediction:P1-0002/jak1_pki",
        "desirability:P1-0002",
    ):
        source = find_source(measured, reference)
        again = json.loads(json.dumps(source.to_dict(), allow_nan=False))
        assert again["kind"] == source.kind
        assert len(str(source).splitlines()) == len(list(source.walk()))


@pytest.mark.parametrize("reference", ["", "12", "result:", "result:x", "value:MA-000001", "a:b"])
def test_what_names_no_value_is_refused_with_examples(measured, reference):
    with pytest.raises(InputError, match="give "):
        find_source(measured, reference)


@pytest.mark.parametrize(
    "reference",
    [
        "result:99",
        "value:MA-000009/jak1_pki",
        "value:MA-000001/tyk2",
        "compound:MA-000009",
        "curve:9",
        "proposal:P9-0001",
        "prediction:P1-0001/jak1_pki",
        "prediction:MA-000001/jak1_pki",
        "desirability:P1-0001",
        "model:jak1_pki/v9",
        "snapshot:none",
    ],
)
def test_what_is_not_there_is_not_found(measured, reference):
    with pytest.raises(NotFoundError):
        find_source(measured, reference)


def test_a_proposal_number_of_two_campaigns_needs_the_campaign(measured, tmp_path):
    db = Database(shutil.copy(measured.path, tmp_path / "jak.duckdb"))
    with db.write() as con:
        for table in ("campaign", "proposal"):
            con.execute(
                f"INSERT INTO {table} SELECT * REPLACE ('other' AS campaign_id) FROM {table}"  # noqa: S608
            )
    with pytest.raises(InputError, match="put the campaign before it"):
        find_source(db, "proposal:P1-0001")
    assert find_source(db, "proposal:other/P1-0001").label == "P1-0001"


def test_every_kind_of_reference_has_its_finder():
    from molagent.store.lineage import _FINDERS

    assert set(_FINDERS) == set(REFERENCES)
