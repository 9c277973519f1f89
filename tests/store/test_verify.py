# ruff: noqa: S608 - the statements are the attacks, and their values come from this file
import shutil
from pathlib import Path

import duckdb
import pytest

from molagent.errors import InputError, StoreError
from molagent.store.audit import AuditHead, load_audit, load_audit_head
from molagent.store.database import Database
from molagent.store.verify import verify_audit
from tests.store.conftest import ingest_of
from tests.store.registry import BARICITINIB, RUXOLITINIB, TOFACITINIB, write_file


@pytest.fixture(scope="module")
def audited(tmp_path_factory, empty_project) -> Path:
    """A project after three writes: assays and results by ingest, a correction, a deletion."""
    path = tmp_path_factory.mktemp("audited") / "jak.duckdb"
    db = Database(shutil.copy(empty_project, path), actor="ann")
    rows = [(TOFACITINIB, "=", 8.1), (RUXOLITINIB, "=", 8.6), (BARICITINIB, "<", 5.0)]
    write_file(db, ingest_of(rows, rejected=2))
    with db.write(origin="doubt a value") as con:
        con.execute(
            "UPDATE result SET validity = 'suspect', validity_reason = 'smells' WHERE result_id = 1"
        )
    with db.write(origin="drop a row") as con:
        con.execute("DELETE FROM rejection WHERE source_row = 101")
    return path


@pytest.fixture
def db(tmp_path, audited) -> Database:
    return Database(shutil.copy(audited, tmp_path / "jak.duckdb"), wait_s=0.2, actor="ann")


def tamper(db: Database, *statements: str) -> None:
    """Change the file as somebody would who has DuckDB and no molagent."""
    con = duckdb.connect(str(db.path))
    con.execute("SET python_enable_replacements = false")
    for statement in statements:
        con.execute(statement)
    con.close()


def seq_of(db: Database, table_name: str) -> int:
    return int(load_audit(db, table_name=table_name)["seq"].iloc[0])


def test_a_project_that_nobody_tampered_with_is_whole(db):
    report = verify_audit(db)
    assert report.problems == ()
    assert report.whole
    assert report.head == load_audit_head(db)
    assert report.sentence.startswith("audit trail whole: ")
    assert verify_audit(db, head=str(report.head)).whole


def test_a_new_project_is_whole(empty_project):
    report = verify_audit(Database(empty_project))
    assert report.whole
    assert report.links >= 1


def test_an_entry_says_who_when_what_and_for_which_file(db):
    entries = load_audit(db, table_name="result")
    assert entries["actor"].unique().tolist() == ["ann"]
    assert entries["action"].tolist() == ["insert", "insert", "insert", "update"]
    assert '"original":"7.94328"' in entries["after"].iloc[0]
    change = load_audit(db, table_name="result", row_key="1").iloc[-1]
    assert (change["action"], change["origin"]) == ("update", "doubt a value")
    assert '"validity":"valid"' in change["before"]
    assert '"validity":"suspect","validity_reason":"smells"' in change["after"]
    gone = load_audit(db, table_name="rejection", newest=1).iloc[0]
    assert gone["action"] == "delete"
    assert gone["after"] is None


def test_what_was_rolled_back_is_not_in_the_trail(db):
    before = load_audit_head(db)
    with pytest.raises(StoreError), db.write() as con:
        con.execute("UPDATE result SET flag = 'odd'; SELECT nonsense")
    assert load_audit_head(db) == before
    with db.write() as con:
        con.execute("UPDATE result SET flag = 'odd'")
    assert verify_audit(db).whole


def test_a_write_by_another_program_is_in_the_trail_as_unknown(db):
    tamper(db, "SET TimeZone = 'Asia/Tokyo'", "UPDATE result SET flag = 'odd'")
    assert verify_audit(db).whole
    assert load_audit(db, table_name="result")["actor"].iloc[-1] == "unknown"


def test_a_row_written_in_another_time_zone_is_the_same_row(db):
    tamper(
        db,
        "SET TimeZone = 'America/New_York'",
        "INSERT INTO compound (compound_id, smiles, inchikey, connectivity, scaffold, standardizer)"
        " VALUES ('MA-999999', 'C', 'VNWKTOKETHGBQD-UHFFFAOYSA-N', 'VNWKTOKETHGBQD', '', 'x')",
    )
    assert verify_audit(db).whole


@pytest.mark.parametrize(
    "column", ["table_name", "after", "before", "columns", "row_key", "action"]
)
def test_a_changed_entry_is_named(db, column):
    seq = seq_of(db, "result")
    value = "'{}'" if column in {"after", "before", "columns"} else "'eve'"
    tamper(db, f"UPDATE audit_entry SET {column} = {value} WHERE seq = {seq}")
    first = verify_audit(db).problems[0]
    assert (first.kind, first.seq) == ("entry", seq)
    assert f"entry {seq} (" in first.message


@pytest.mark.parametrize("column", ["actor", "origin", "recorded_at", "form", "digest"])
def test_a_changed_link_is_named(db, column):
    value = {"recorded_at": "now()", "form": "1"}.get(column, "'eve'")
    link = load_audit_head(db).link
    tamper(db, f"UPDATE audit_link SET {column} = {value} WHERE link = {link}")
    assert f"link {link} is not as it was written" in {
        problem.message for problem in verify_audit(db).problems
    }


# How somebody who has read the schema would write an entry's hash, and a link's, anew.
REHASH = (
    "UPDATE audit_entry SET hash = unhex(sha256(concat(seq, chr(10), table_name, chr(10), action,"
    " chr(10), to_json(row_key), chr(10), columns, chr(10), before, chr(10), after)))"
    " WHERE seq = {seq}"
)
RELINK = (
    "UPDATE audit_link SET hash = sha256(concat('2', chr(10), prev_hash, chr(10), link, chr(10),"
    " epoch_us(recorded_at), chr(10), to_json(actor), chr(10), to_json(origin), chr(10), first_seq,"
    " chr(10), last_seq, chr(10), digest)) WHERE link = {link}"
)


def test_a_changed_entry_whose_hash_was_computed_anew_breaks_its_link(db):
    seq = seq_of(db, "result")
    tamper(
        db,
        f"UPDATE audit_entry SET after = replace(after, '8.1', '9.9') WHERE seq = {seq}",
        REHASH.format(seq=seq),
    )
    first = verify_audit(db).problems[0]
    assert first.kind == "link"
    assert "are not those that link" in first.message


def test_a_changed_writer_whose_link_was_computed_anew_detaches_the_next_link(db):
    link = load_audit_head(db).link - 1
    tamper(
        db,
        f"UPDATE audit_link SET actor = 'eve' WHERE link = {link}",
        RELINK.format(link=link),
    )
    first = verify_audit(db).problems[0]
    assert first.message == (
        f"link {link + 1} does not follow link {link}: one of the two was replaced"
    )


def test_an_entry_moved_to_another_link_is_found(db):
    seq = seq_of(db, "result")
    tamper(db, f"UPDATE audit_entry SET link = link + 1 WHERE seq = {seq}")
    messages = " | ".join(problem.message for problem in verify_audit(db).problems)
    assert f"the first that is missing is {seq}" in messages
    assert "1 entries belong to no link" in messages


def test_a_deleted_entry_is_named(db):
    seq = seq_of(db, "result") + 1
    tamper(db, f"DELETE FROM audit_entry WHERE seq = {seq}")
    first = verify_audit(db).problems[0]
    assert (first.kind, first.seq) == ("link", seq)
    assert f"the first that is missing is {seq}" in first.message


def test_reordered_entries_are_named(db):
    a = seq_of(db, "result")
    tamper(
        db,
        f"UPDATE audit_entry SET seq = CASE seq WHEN {a} THEN {a + 1} ELSE {a} END"
        f" WHERE seq IN ({a}, {a + 1})",
    )
    assert {problem.seq for problem in verify_audit(db).problems} >= {a, a + 1}


def test_an_added_entry_is_found(db):
    tamper(
        db,
        "DROP TRIGGER audit_link_insert ON audit_entry",
        "INSERT INTO audit_entry SELECT * REPLACE (seq + 1000 AS seq) FROM audit_entry LIMIT 1",
    )
    messages = " | ".join(problem.message for problem in verify_audit(db).problems)
    assert "1 entries belong to no link" in messages
    assert "trigger audit_link_insert is missing" in messages


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM audit_link WHERE link = 2", "before link 3 a link is missing"),
        ("DELETE FROM audit_link", "the trail has no link"),
        ("UPDATE audit_link SET hash = sha256('x') WHERE link = 2", "link 2 is not as it was"),
        ("DELETE FROM audit_link WHERE link >= 4", "entries belong to no link"),
    ],
)
def test_a_broken_link_is_found(db, statement, message):
    tamper(db, statement)
    assert message in " | ".join(problem.message for problem in verify_audit(db).problems)


def test_a_tail_cut_off_with_its_links_leaves_rows_that_the_trail_does_not_know(db):
    head = load_audit_head(db)
    tamper(
        db,
        f"DELETE FROM audit_link WHERE link = {head.link}",
        f"DELETE FROM audit_entry WHERE seq = {head.entries}",
    )
    report = verify_audit(db)
    assert report.problems[0].kind == "row"
    assert "the trail does not say that it was deleted" in report.problems[0].message


def test_a_tail_cut_off_with_its_rows_shows_only_against_a_kept_head(db):
    before = verify_audit(db).head
    with db.write() as con:
        con.execute("INSERT INTO assay (assay_id, endpoint, quantity) VALUES ('x', 'x', 'Ki')")
    head = load_audit_head(db)
    triggers = db.query("SELECT sql FROM duckdb_triggers() WHERE table_name = 'assay'")["sql"]
    tamper(
        db,
        "DROP TRIGGER audit_assay_delete ON assay",
        "DELETE FROM assay WHERE assay_id = 'x'",
        *[sql for sql in triggers if "AFTER DELETE" in sql],
        f"DELETE FROM audit_link WHERE link = {head.link}",
        f"DELETE FROM audit_entry WHERE seq = {head.entries}",
    )
    assert verify_audit(db).whole  # what the documentation says it cannot see
    problem = verify_audit(db, head=head).problems[0]
    assert problem.kind == "head"
    assert f"the trail was cut off: the head that was kept is link {head.link}" in problem.message
    assert verify_audit(db, head=before).whole


def test_a_trail_of_another_project_does_not_contain_the_kept_head(db, tmp_path):
    other = Database(tmp_path / "other.duckdb")
    other.migrate()
    genesis = AuditHead(0, 0, other.query("SELECT hash FROM audit_link")["hash"][0])
    problem = verify_audit(db, head=genesis).problems[0]
    assert "not the one whose head was kept" in problem.message


def test_a_value_changed_past_the_trail_is_named(db):
    tamper(
        db,
        "DROP TRIGGER audit_result_update ON result",
        "UPDATE result SET p_value = 9.9 WHERE result_id = 1",
    )
    kinds = {problem.kind: problem for problem in verify_audit(db).problems}
    assert kinds["row"].message == "result 1 has p_value 9.9 where the trail says 8.1"
    assert "trigger audit_result_update is missing" in kinds["schema"].message


def test_the_macros_of_the_trail_cannot_be_rewritten_under_its_triggers(db):
    with pytest.raises(duckdb.DependencyException, match="depends on macro function"):
        tamper(db, "CREATE OR REPLACE MACRO audit_actor() AS 'ann'")


def test_a_foreign_trigger_or_a_rewritten_view_is_found(db):
    tamper(
        db,
        "CREATE TRIGGER sly AFTER INSERT ON result REFERENCING NEW TABLE AS n FOR EACH STATEMENT"
        " INSERT INTO assay (assay_id, endpoint, quantity) SELECT 'z', 'z', 'Ki' FROM n",
        "CREATE OR REPLACE VIEW result_current AS SELECT 1 AS one",
    )
    messages = [problem.message for problem in verify_audit(db).problems]
    assert messages == [
        "view result_current is not the one molagent made",
        "trigger sly is not one of molagent's",
    ]


def test_every_table_of_facts_has_its_three_triggers(db):
    frame = db.query("SELECT trigger_name FROM duckdb_triggers()")
    names = set(frame["trigger_name"])
    tables = {name.split("_", 1)[1].rsplit("_", 1)[0] for name in names} - {"link"}
    assert {"result", "compound", "curve", "rejection", "source_file", "correction"} <= tables
    for table in tables:
        assert {f"audit_{table}_{event}" for event in ("insert", "update", "delete")} <= names


def test_an_optimisation_s_calls_are_audited_and_its_memory_which_follows_from_them_is_not(db):
    sql = "SELECT table_name FROM duckdb_triggers() WHERE table_name LIKE 'optimisation%'"
    tables = set(db.query(sql)["table_name"])
    assert tables == {"optimisation_run", "optimisation_call"}


def test_every_trigger_names_its_rows_by_the_whole_primary_key(db):
    """A trigger that joined or named rows by a part of the key would mix rows up."""
    keys = db.query(
        "SELECT table_name, constraint_column_names AS columns FROM duckdb_constraints()"
        " WHERE constraint_type = 'PRIMARY KEY'"
    ).set_index("table_name")["columns"]
    triggers = db.query(
        "SELECT table_name, event_manipulation AS event, sql FROM duckdb_triggers()"
        " WHERE table_name <> 'audit_entry'"
    )
    for row in triggers.to_dict("records"):
        columns = keys[row["table_name"]]
        side = {"INSERT": "n.", "DELETE": "o.", "UPDATE": ""}[row["event"]]
        named = ", ".join(f"{side}{name}" for name in columns)
        key = f"concat_ws('/', {named})" if len(columns) > 1 else named
        text = row["sql"].replace('"', "")
        assert f", {key}, " in text, row["table_name"]
        assert f"'{row['table_name']}', '{row['event'].lower()}'" in text
        if row["event"] == "UPDATE":
            assert f"USING ({', '.join(columns)})" in text


@pytest.mark.parametrize("text", ["", "1:2", "a:b:" + "0" * 64, "1:2:abc"])
def test_a_text_that_is_no_head_is_refused(text):
    with pytest.raises(InputError, match="not the head of an audit trail"):
        AuditHead.parse(text)


def test_a_head_is_read_back_from_its_text(db):
    head = load_audit_head(db)
    assert AuditHead.parse(str(head)) == head


def test_a_snapshot_whose_list_was_changed_is_named(db):
    with db.write() as con:
        con.execute(
            "INSERT INTO snapshot SELECT 's', sha256(''), 0, '', [], link, last_seq, hash, now()"
            " FROM audit_head"
        )
    assert verify_audit(db).whole
    tamper(db, "INSERT INTO snapshot_result VALUES ('s', 1, 'x')")
    assert verify_audit(db).problems[0].kind == "snapshot"


def test_a_row_that_points_to_nothing_is_found(db):
    with db.write() as con:
        con.execute(
            "INSERT INTO correction (old_result_id, new_result_id, actor, reason)"
            " VALUES (1, 99, 'ann', 'typo')"
        )
        con.execute("UPDATE result SET superseded_by = -1 WHERE result_id = 2")
        con.execute(
            "INSERT INTO curve_point (curve_id, ordinal, concentration_m, plate_id, well_row,"
            " well_column) VALUES (5, 1, 1e-9, 1, 2, 3)"
        )
    messages = [problem.message for problem in verify_audit(db).problems]
    assert messages == [
        "correction points to result 99, which is not there",
        "curve_point points to curve 5, which is not there",
        "curve_point points to well 1/2/3, which is not there",
    ]


def test_a_row_that_others_point_to_cannot_be_changed_and_the_error_says_so(db):
    with pytest.raises(StoreError, match="append a new row"), db.write() as con:
        con.execute("UPDATE assay SET target = 'JAK2'")
    assert verify_audit(db).whole


@pytest.mark.slow
def test_too_large_a_rewrite_is_refused_in_plain_words_and_changes_nothing(db):
    """A limit of DuckDB 2.0.0: where this passes with a newer one, the limit can go."""
    with db.write() as con:
        con.execute(
            "INSERT INTO series SELECT 's' || range, false, 'test', now() FROM range(125000)"
        )
    with pytest.raises(StoreError, match="several transactions"), db.write() as con:
        con.execute("UPDATE series SET definition = 'x'")
    assert db.query("SELECT DISTINCT definition FROM series")["definition"].tolist() == ["test"]
