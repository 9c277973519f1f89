import pandas as pd
import pytest

from molagent.errors import InputError, NotFoundError, StoreError
from molagent.store.aggregates import aggregate_results
from molagent.store.audit import load_audit
from molagent.store.restorations import diff_snapshots, restore_snapshot
from molagent.store.snapshots import create_snapshot, load_snapshot, load_snapshots
from molagent.store.verify import verify_audit
from tests.store.conftest import ingest_of
from tests.store.registry import BARICITINIB, RUXOLITINIB, TOFACITINIB, write_file

FIRST = [(TOFACITINIB, "=", 8.1), (RUXOLITINIB, "=", 8.6)]


@pytest.fixture
def jak(db):
    write_file(db, ingest_of(FIRST))
    return db


def doubt(db, result_id: int) -> None:
    with db.write(origin="doubt") as con:
        con.execute(
            "UPDATE result SET validity = 'invalid', validity_reason = 'wrong vial'"
            " WHERE result_id = ?",
            [result_id],
        )


def replace_file(db) -> None:
    """A corrected file: tofacitinib has another value, ruxolitinib is not in it any more."""
    old = db.query("SELECT file_id FROM source_file WHERE name = 'jak1.csv'")["file_id"][0]
    rows = [(TOFACITINIB, "=", 7.5), (BARICITINIB, "=", 8.2)]
    write_file(db, ingest_of(rows, name="jak1_v2.csv"), replaces=old)


def test_a_snapshot_lists_what_counts_and_says_who_took_it(jak):
    snapshot = create_snapshot(jak, "training 1", note="first model")
    assert snapshot.n_results == 2
    assert len(snapshot.sha256) == 64
    assert snapshot.actor == jak.actor
    frame = load_snapshot(jak, "training 1")
    assert frame["p_value"].tolist() == [8.1, 8.6]
    assert frame["smiles"].tolist() == [TOFACITINIB, RUXOLITINIB]
    assert not frame["changed"].any()
    assert load_snapshots(jak)["note"].tolist() == ["first model"]


def test_the_same_data_have_the_same_hash_and_other_data_another(jak):
    first = create_snapshot(jak, "a")
    assert create_snapshot(jak, "b").sha256 == first.sha256
    write_file(jak, ingest_of([(BARICITINIB, "=", 8.0)], name="more.csv"))
    assert create_snapshot(jak, "c").sha256 != first.sha256


def test_a_name_is_used_once(jak):
    create_snapshot(jak, "a")
    with pytest.raises(InputError, match="there is a snapshot 'a' already"):
        create_snapshot(jak, "a")
    with pytest.raises(InputError, match="needs a name"):
        create_snapshot(jak, " ")


def test_unknown_names_list_the_known_ones(jak):
    create_snapshot(jak, "a")
    with pytest.raises(NotFoundError, match="known: a"):
        load_snapshot(jak, "b")
    with pytest.raises(NotFoundError, match="known: a"):
        diff_snapshots(jak, "a", "b")
    with pytest.raises(NotFoundError, match="known: jak1_pki"):
        create_snapshot(jak, "b", endpoints=["jak2_pki"])


def test_an_empty_project_has_an_empty_snapshot(db):
    assert create_snapshot(db, "nothing").n_results == 0
    assert load_snapshot(db, "nothing").empty


def test_a_snapshot_gives_back_a_value_as_it_was_before_it_was_doubted(jak):
    create_snapshot(jak, "a")
    doubt(jak, 1)
    frame = load_snapshot(jak, "a")
    assert frame["changed"].tolist() == [True, False]
    assert frame["validity"].tolist() == ["valid", "valid"]
    assert frame["p_value"].tolist() == [8.1, 8.6]


def test_a_snapshot_of_one_endpoint_leaves_the_others_out(jak):
    write_file(jak, ingest_of([(BARICITINIB, "=", 6.0)], name="jak2.csv", endpoint="jak2_pki"))
    create_snapshot(jak, "jak2", endpoints=["jak2_pki"])
    assert load_snapshot(jak, "jak2")["endpoint"].tolist() == ["jak2_pki"]
    create_snapshot(jak, "all")
    assert len(load_snapshot(jak, "all")) == 3
    assert len(load_snapshot(jak, "all", endpoint="jak2_pki")) == 1


def test_a_difference_says_what_was_superseded_removed_added_and_changed(jak):
    create_snapshot(jak, "a")
    replace_file(jak)
    create_snapshot(jak, "b")
    frame = diff_snapshots(jak, "a", "b")
    assert frame[["change", "result_id", "new_result_id"]].astype(object).to_numpy().tolist() == [
        ["added", pd.NA, 4],
        ["removed", 2, pd.NA],
        ["superseded", 1, 3],
    ]
    assert frame["compound_id"].tolist() == ["MA-000003", "MA-000002", "MA-000001"]
    assert frame["old_value"].tolist()[1:] == [8.6, 8.1]
    assert frame["new_value"].tolist()[::2] == [8.2, 7.5]
    assert diff_snapshots(jak, "a").equals(diff_snapshots(jak, "a", "b"))
    doubt(jak, 3)
    changed = diff_snapshots(jak, "b").iloc[0]
    assert (changed["change"], changed["result_id"]) == ("changed", 3)
    assert (changed["old_validity"], changed["new_validity"]) == ("valid", "invalid")


def test_a_snapshot_does_not_differ_from_itself(jak):
    create_snapshot(jak, "a")
    assert diff_snapshots(jak, "a", "a").empty
    assert diff_snapshots(jak, "a").empty


def test_going_back_lets_the_old_values_count_and_deletes_nothing(jak):
    first = create_snapshot(jak, "a")
    before = aggregate_results(jak, "jak1_pki")
    replace_file(jak)
    second = create_snapshot(jak, "b")
    after = aggregate_results(jak, "jak1_pki")
    restoration = restore_snapshot(jak, "a", reason="the new file was of another assay")
    assert (restoration.returned, restoration.set_aside, restoration.reverted) == (2, 2, 0)
    assert aggregate_results(jak, "jak1_pki").equals(before)
    assert create_snapshot(jak, "a again").sha256 == first.sha256
    assert int(jak.query("SELECT count(*) AS n FROM result")["n"][0]) == 4
    aside = jak.query("SELECT superseded_by FROM result WHERE result_id > 2 ORDER BY result_id")
    assert aside["superseded_by"].tolist() == [1, -restoration.restoration_id]
    restore_snapshot(jak, "b", reason="it was the right assay after all")
    assert aggregate_results(jak, "jak1_pki").equals(after)
    assert create_snapshot(jak, "b again").sha256 == second.sha256
    assert verify_audit(jak).whole
    origins = load_audit(jak, table_name="restoration")["origin"].tolist()
    assert origins == ["restore snapshot a", "restore snapshot b"]


def test_going_back_takes_doubts_back_too(jak):
    first = create_snapshot(jak, "a")
    doubt(jak, 1)
    assert restore_snapshot(jak, "a", reason="the vial was right").reverted == 1
    assert create_snapshot(jak, "b").sha256 == first.sha256


def test_going_back_to_one_endpoint_leaves_the_others_alone(jak):
    create_snapshot(jak, "jak1", endpoints=["jak1_pki"])
    write_file(jak, ingest_of([(BARICITINIB, "=", 6.0)], name="jak2.csv", endpoint="jak2_pki"))
    restore_snapshot(jak, "jak1", reason="test")
    assert len(aggregate_results(jak, "jak2_pki")) == 1


def test_going_back_needs_a_reason(jak):
    create_snapshot(jak, "a")
    with pytest.raises(InputError, match="needs a reason"):
        restore_snapshot(jak, "a", reason="")


def test_going_back_where_nothing_changed_changes_nothing(jak):
    create_snapshot(jak, "a")
    restoration = restore_snapshot(jak, "a", reason="to be sure")
    assert (restoration.returned, restoration.set_aside, restoration.reverted) == (0, 0, 0)


def test_a_value_changed_in_place_does_not_pass_for_the_snapshots(jak):
    create_snapshot(jak, "a")
    with jak.write() as con:
        con.execute("UPDATE result SET p_value = 9.9 WHERE result_id = 1")
    assert load_snapshot(jak, "a")["p_value"].tolist() == [8.1, 8.6]
    with pytest.raises(StoreError, match="is not what snapshot 'a' was taken of"):
        restore_snapshot(jak, "a", reason="undo it")
    with jak.write() as con:
        con.execute("UPDATE audit_entry SET after = replace(after, '8.1', '8.2')")
    with pytest.raises(StoreError, match="1 of the 2 results of snapshot 'a' are not"):
        load_snapshot(jak, "a")
