"""A project of the time before the registry opens, migrates and keeps its data."""

import duckdb
import pytest

from molagent.errors import StoreError
from molagent.store.assays import load_endpoint, load_rejections, trace_result
from molagent.store.database import Database
from molagent.store.migrations import apply_pending, known_migrations

OLD = """
INSERT INTO compound VALUES
    ('MA-000001', 'CCO', 'LFQSCWFLJHTTHZ-UHFFFAOYSA-N', 'LFQSCWFLJHTTHZ', '', 'old', now()),
    ('MA-000002', 'CCN', 'QUSNBJAOOMFDIB-UHFFFAOYSA-N', 'QUSNBJAOOMFDIB', '', 'old', now());
INSERT INTO source_file VALUES
    ('f1', 'jak1.csv', 's1', 9, 'utf-8', ',', '{}', 4, 3, 1, now()),
    ('f2', 'jak1_corrected.csv', 's2', 9, 'utf-8', ',', '{}', 1, 1, 0, now());
INSERT INTO compound_raw VALUES
    ('f1', 2, 'MA-000001', 'OCC', 'ethanol'), ('f1', 3, 'MA-000001', 'CCO', NULL),
    ('f1', 4, 'MA-000002', 'NCC', NULL), ('f2', 2, 'MA-000002', 'NCC', NULL);
INSERT INTO assay VALUES ('jak1_pki', 'jak1_pki', 'JAK1', 'Ki', '', '');
INSERT INTO result
    (compound_id, assay_id, relation, value, unit, original, p_value, p_relation, flag, file_id,
     source_row, superseded_by) VALUES
    ('MA-000001', 'jak1_pki', '=', 2.5, 'uM', '2.5', 5.60206, '=', '', 'f1', 2, NULL),
    ('MA-000001', 'jak1_pki', '>', 30, 'uM', '>30', 4.522879, '<', 'duplicate', 'f1', 3, NULL),
    ('MA-000002', 'jak1_pki', '=', 50, 'nM', '50', 7.30103, '=', '', 'f1', 4, 4),
    ('MA-000002', 'jak1_pki', '=', 40, 'nM', '40', 7.39794, '=', '', 'f2', 2, NULL);
INSERT INTO rejection VALUES ('f1', 5, 'value', 'the value is negative', 'CC,-1');
"""


@pytest.fixture
def old_path(tmp_path):
    path = tmp_path / "old.duckdb"
    con = duckdb.connect(str(path))
    con.begin()
    apply_pending(con, known_migrations()[:3], place=str(path))
    con.execute(OLD)
    con.commit()
    con.close()
    return path


def test_an_old_project_asks_for_the_migration_and_keeps_every_row(old_path):
    with pytest.raises(StoreError, match=r"lacks 0004_registry.*bring it up to date"):
        Database(old_path).query("SELECT 1")
    db = Database(old_path)
    assert db.migrate()[0] == "0004_registry"
    frame = load_endpoint(db, "jak1_pki")
    assert frame["p_value"].tolist() == [5.60206, 7.39794]
    assert frame["n"].tolist() == [2, 1]
    rows = db.query("SELECT * FROM result ORDER BY result_id")
    assert rows["result_id"].tolist() == [1, 2, 3, 4]
    assert rows["superseded_by"].tolist()[2] == 4
    assert rows["original"].tolist() == ["2.5", ">30", "50", "40"]
    assert set(rows["validity"]) == {"valid"}
    assert load_rejections(db)["reason"].tolist() == ["the value is negative"]
    assert trace_result(db, "MA-000002", "jak1_pki")["file"].tolist() == ["jak1_corrected.csv"]


def test_old_values_get_their_standard_value_and_their_assay_a_first_version(old_path):
    db = Database(old_path)
    db.migrate()
    rows = db.query("SELECT standard_value, standard_unit FROM result ORDER BY result_id")
    assert rows["standard_value"].tolist() == [2500.0, 30000.0, 50.0, 40.0]
    assert set(rows["standard_unit"]) == {"nM"}
    protocol = db.query("SELECT assay_id, version, dimension, unit FROM assay_protocol").iloc[0]
    assert protocol.tolist() == ["jak1_pki", 1, "concentration", "nM"]


def test_after_the_migration_new_rows_go_on_counting_and_old_keys_still_bind(old_path):
    db = Database(old_path)
    db.migrate()
    insert = (
        "INSERT INTO result (compound_id, assay_id, relation, value, unit, original, "
        "standard_value, standard_unit, file_id, source_row) "
        "VALUES (?, 'jak1_pki', '=', 0, '%', '0', 0, '%', 'f2', 9)"
    )
    with db.write() as con:
        con.execute(insert, ["MA-000001"])
    assert db.query("SELECT max(result_id) AS n FROM result")["n"].tolist() == [5]
    with pytest.raises(StoreError, match="foreign key"), db.write() as con:
        con.execute(insert.replace("'f2', 9", "'f2', 10"), ["MA-000009"])
    with pytest.raises(StoreError, match=r"(?i)foreign key|still referenced"), db.write() as con:
        con.execute("DELETE FROM compound WHERE compound_id = 'MA-000002'")
