# ruff: noqa: S608 - the statements are the attacks, and their values come from this file
"""A trail that was begun in the first form is followed on, and every attack on it still shows."""

import shutil
from pathlib import Path

import duckdb
import pytest

from molagent.store.audit import load_audit, load_audit_head
from molagent.store.database import Database
from molagent.store.migrations import known_migrations
from molagent.store.verify import verify_audit

NAME = "0007_audit_rows"


@pytest.fixture(scope="module")
def first_form(tmp_path_factory) -> Path:
    """A project as it was before: three writes by ann, one of them an update, and a deletion."""
    path = tmp_path_factory.mktemp("form1") / "old.duckdb"
    con = duckdb.connect(str(path))
    con.execute("SET python_enable_replacements = false; SET TimeZone = 'UTC'")
    con.execute(
        "CREATE TABLE migration (name VARCHAR PRIMARY KEY, sha256 VARCHAR NOT NULL,"
        " applied_at TIMESTAMPTZ NOT NULL DEFAULT now())"
    )
    for migration in known_migrations():
        if migration.name < NAME:
            con.execute(migration.sql)
            con.execute(
                "INSERT INTO migration (name, sha256) VALUES (?, ?)",
                [migration.name, migration.sha256],
            )
    con.execute("SET VARIABLE molagent_actor = 'ann'")
    con.execute("SET VARIABLE molagent_origin = 'ingest a.csv'")
    for statement in (
        "INSERT INTO assay (assay_id, endpoint, target, quantity)"
        " VALUES ('jak1_pki', 'jak1_pki', 'JAK1', 'Ki')",
        "INSERT INTO compound (compound_id, smiles, inchikey, connectivity, scaffold, standardizer)"
        " VALUES ('MA-000001', 'C', 'k', 'k', '', 'x')",
        "INSERT INTO source_file (file_id, name, sha256, bytes, encoding, delimiter, mapping,"
        " n_rows, accepted, rejected) VALUES ('f', 'a.csv', 's', 1, 'utf-8', ',', '{}', 1, 1, 0)",
        "INSERT INTO result (compound_id, assay_id, relation, value, unit, original,"
        " standard_value, standard_unit, p_value, p_relation, file_id, source_row)"
        " SELECT 'MA-000001', 'jak1_pki', '=', range + 0.1, 'nM', 'x', range + 0.1, 'nM',"
        " 9 - log10(range + 0.1), '=', 'f', range FROM range(1, 5)",
        "UPDATE result SET validity = 'suspect', validity_reason = 'smells' WHERE result_id = 2",
        "DELETE FROM result WHERE result_id = 3",
    ):
        con.execute(statement)
    con.close()
    return path


@pytest.fixture
def old(tmp_path, first_form) -> Path:
    return Path(shutil.copy(first_form, tmp_path / "old.duckdb"))


def run(path: Path, *statements: str) -> None:
    con = duckdb.connect(str(path))
    con.execute("SET python_enable_replacements = false")
    for statement in statements:
        con.execute(statement)
    con.close()


def messages(db: Database) -> str:
    return " | ".join(problem.message for problem in verify_audit(db).problems)


def test_a_trail_of_the_first_form_verifies_with_the_head_it_had(old):
    con = duckdb.connect(str(old), read_only=True)
    link, entries, digest = con.execute("FROM audit_head").fetchall()[0]
    columns = "actor, origin, epoch_us(recorded_at), before, after"
    written = con.execute(f"SELECT {columns} FROM audit_entry ORDER BY seq").fetchall()
    con.close()
    db = Database(old, actor="bob")
    assert db.migrate()[0] == NAME
    report = verify_audit(db, head=f"{link}:{entries}:{digest}")
    assert report.problems == ()
    assert (report.entries, report.head.hash) == (entries, digest)
    with db.read() as con:
        assert con.execute(f"SELECT {columns} FROM audit_trail ORDER BY seq").fetchall() == written


def test_the_second_form_goes_on_from_the_last_link_of_the_first(old):
    db = Database(old, actor="bob")
    db.migrate()
    before = load_audit_head(db)
    with db.write(origin="doubt another") as con:
        con.execute(
            "UPDATE result SET validity = 'suspect', validity_reason = 'x' WHERE result_id = 4"
        )
    links = db.query("SELECT link, form, actor, prev_hash FROM audit_link ORDER BY link")
    assert links["form"].tolist() == [1] * (before.link + 1) + [2]
    assert links["prev_hash"].iloc[-1] == before.hash
    assert verify_audit(db, head=before).whole
    history = load_audit(db, table_name="result", row_key="4")
    assert history["actor"].tolist() == ["ann", "bob"]
    told, now = history["after"].iloc[0], history["before"].iloc[1]
    assert told == now  # the same row, as an object of either form


@pytest.mark.parametrize(
    ("column", "value"),
    [("after", "'{}'"), ("row_key", "'9'"), ("action", "'x'"), ("columns", "'[]'")],
)
def test_a_changed_entry_of_the_first_form_is_named(old, column, value):
    db = Database(old)
    db.migrate()
    run(old, f"UPDATE audit_entry SET {column} = {value} WHERE seq = 5")
    assert verify_audit(db).problems[0].seq == 5


@pytest.mark.parametrize(("column", "value"), [("actor", "'eve'"), ("recorded_at", "now()")])
def test_a_changed_writer_of_the_first_form_breaks_the_entries(old, column, value):
    db = Database(old)
    db.migrate()
    run(old, f"UPDATE audit_link SET {column} = {value} WHERE link = 4")
    assert verify_audit(db).problems[0].kind == "entry"


def test_what_was_changed_before_the_migration_shows_after_it(old):
    run(old, "UPDATE audit_entry SET hash = 'no hash' WHERE seq = 2")
    run(old, "DELETE FROM audit_entry WHERE seq = 5")
    db = Database(old)
    db.migrate()
    assert "entry 2 (" in messages(db)
    assert "the first that is missing is 5" in messages(db)


def test_a_link_cannot_pass_for_one_of_the_other_form(old):
    db = Database(old)
    db.migrate()
    run(old, "UPDATE audit_link SET form = 2 WHERE link = 3")
    assert "link 3 is not as it was written" in messages(db)


def test_a_row_changed_past_the_trail_is_named_whichever_form_told_of_it(old):
    db = Database(old)
    db.migrate()
    run(old, "DROP TRIGGER audit_result_update ON result", "UPDATE result SET p_value = 1")
    rows = [problem for problem in verify_audit(db).problems if problem.kind == "row"]
    assert [problem.row_key for problem in rows] == ["1", "4", "2"]
    assert rows[0].message == "result 1 has p_value 1.0 where the trail says 8.958607314841775"
