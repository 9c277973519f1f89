# ruff: noqa: S608 - the statements are the attacks, and their values come from this file
"""Projects of every earlier version open, keep their data and stay beside the new file."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from molagent.errors import StoreError, StoreFullError, StoreLockedError
from molagent.store import database as database_module
from molagent.store import migrations
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import load_rejections
from molagent.store.audit import load_audit, load_audit_head
from molagent.store.database import Database
from molagent.store.schema import VERSION
from molagent.store.verify import verify_audit
from tests.store.earlier import VERSIONS, make_earlier
from tests.store.registry import behind

WITH_TRAIL = range(5, 9)
CATALOGUE = """
SELECT 'trigger' AS kind, trigger_name AS name, sql FROM duckdb_triggers()
UNION ALL SELECT 'macro', function_name, concat(CAST(parameters AS VARCHAR), macro_definition)
FROM duckdb_functions() WHERE NOT internal AND function_type = 'macro'
UNION ALL SELECT 'view', view_name, sql FROM duckdb_views() WHERE NOT internal
UNION ALL SELECT 'table', table_name, sql FROM duckdb_tables() WHERE NOT internal
UNION ALL SELECT 'type', type_name, CAST(labels AS VARCHAR) FROM duckdb_types() WHERE NOT internal
UNION ALL SELECT 'sequence', sequence_name, '' FROM duckdb_sequences()
UNION ALL SELECT 'constraint', table_name, constraint_text FROM duckdb_constraints()
ORDER BY ALL
"""


@pytest.fixture(scope="session")
def shelf(tmp_path_factory) -> dict[int, Path]:
    """A project of each earlier version, to copy."""
    folder = tmp_path_factory.mktemp("earlier")
    return {version: make_earlier(folder / f"v{version}.duckdb", version) for version in VERSIONS}


@pytest.fixture
def earlier(tmp_path, shelf):
    """Give a project of a version, for this test alone."""

    def _earlier(version: int) -> Path:
        return Path(shutil.copy(shelf[version], tmp_path / "jak1.duckdb"))

    return _earlier


@pytest.fixture(scope="session")
def migrated_shelf(tmp_path_factory, shelf) -> dict[int, Path]:
    """The same, brought up to date by bob."""
    folder = tmp_path_factory.mktemp("migrated")
    return {version: migrated_by_bob(path, folder) for version, path in shelf.items()}


@pytest.fixture
def migrated(tmp_path, migrated_shelf):
    """Give a project that was of a version and has been brought up to date."""

    def _migrated(version: int) -> Database:
        return Database(shutil.copy(migrated_shelf[version], tmp_path / "jak1.duckdb"), actor="bob")

    return _migrated


@pytest.fixture(scope="session")
def first_form(tmp_path_factory) -> Path:
    """A trail of the first form: writes by ann, one of them an update, and a deletion."""
    return make_earlier(
        tmp_path_factory.mktemp("form1") / "old.duckdb",
        6,
        "UPDATE result SET validity = 'suspect', validity_reason = 'smells' WHERE result_id = 2",
        "DELETE FROM result WHERE result_id = 3",
    )


@pytest.fixture(scope="session")
def migrated_first_form(tmp_path_factory, first_form) -> Path:
    return migrated_by_bob(first_form, tmp_path_factory.mktemp("migrated1"))


@pytest.fixture
def old(tmp_path, migrated_first_form) -> Database:
    return Database(shutil.copy(migrated_first_form, tmp_path / "old.duckdb"), actor="bob")


def migrated_by_bob(path: Path, folder: Path) -> Path:
    copy = Path(shutil.copy(path, folder / path.name))
    Database(copy, actor="bob").migrate()
    return copy


def run(path: Path, *statements: str) -> None:
    con = duckdb.connect(str(path))
    con.execute("SET python_enable_replacements = false")
    for statement in statements:
        con.execute(statement)
    con.close()


def rows_of(path: Path, sql: str) -> list[tuple]:
    con = duckdb.connect(str(path), read_only=True)
    rows = con.execute(sql).fetchall()
    con.close()
    return rows


def names_beside(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


def messages(db: Database) -> str:
    return " | ".join(problem.message for problem in verify_audit(db).problems)


# -- every version -----------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_project_of_any_version_becomes_what_a_new_one_is(migrated, db, version):
    assert rows_of(migrated(version).path, CATALOGUE) == rows_of(db.path, CATALOGUE)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_project_keeps_every_row(migrated, version):
    db = migrated(version)
    assert db.version() == VERSION
    frame = aggregate_results(db, "jak1_pki")
    # 2.5 uM and >30 uM of one compound: the bound pulls the value down.
    pulled, plain = frame["value"]
    assert 4.52 < pulled < 5.60206
    assert plain == 7.39794
    assert (frame["n_exact"] + frame["n_censored"]).tolist() == [2, 1]
    rows = db.query("SELECT * FROM result ORDER BY result_id")
    assert rows["result_id"].tolist() == [1, 2, 3, 4]
    assert rows["superseded_by"].tolist()[2] == 4
    assert rows["original"].tolist() == ["2.5", ">30", "50", "40"]
    assert rows["standard_value"].tolist() == [2500.0, 30000.0, 50.0, 40.0]
    assert set(rows["standard_unit"]) == {"nM"}
    assert set(rows["validity"]) == {"valid"}
    assert load_rejections(db)["reason"].tolist() == ["the value is negative"]
    assert behind(db, "MA-000002", "jak1_pki")["file"].tolist() == ["jak1_corrected.csv"]
    raw = db.query("SELECT raw_smiles, format FROM compound_raw ORDER BY file_id, source_row")
    assert raw["raw_smiles"].tolist() == ["OCC", "CCO", "NCC", "NCC"]
    assert set(raw["format"]) == {"smiles"}


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_project_asks_for_the_migration(earlier, version):
    with pytest.raises(StoreError, match=rf"is of version {version}; .*bring it up to date"):
        Database(earlier(version)).query("SELECT 1")


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_assay_of_before_the_registry_gets_its_first_protocol(migrated, version):
    db = migrated(version)
    protocol = db.query("SELECT assay_id, version, dimension, unit FROM assay_protocol").iloc[0]
    assert protocol.tolist() == ["jak1_pki", 1, "concentration", "nM"]


@pytest.mark.parametrize("version", [1, 4, 8])
def test_new_rows_go_on_counting_and_old_keys_still_bind(migrated, version):
    db = migrated(version)
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
    assert verify_audit(db).whole


def test_the_versions_a_file_has_been_of_stay_written_in_it(migrated):
    names = migrated(3).query("SELECT name FROM migration ORDER BY name")["name"].tolist()
    assert names == ["0001_assays", "0002_campaign", "0003_optimisation", "0009"]


# -- the file beside it ------------------------------------------------------------------------


def test_the_earlier_file_stays_beside_the_new_one_and_the_log_says_so(earlier, caplog):
    path = earlier(7)
    before = path.read_bytes()
    assert Database(path).migrate() == path.with_name("jak1.duckdb.version-7")
    assert path.with_name("jak1.duckdb.version-7").read_bytes() == before
    assert names_beside(path) == ["jak1.duckdb", "jak1.duckdb.version-7"]
    assert "was of version 7 and is of version 9 now" in caplog.text
    assert "kept as jak1.duckdb.version-7" in caplog.text


def test_a_current_project_is_left_alone_and_nothing_is_said(db, caplog):
    before = db.path.read_bytes()
    assert db.migrate() is None
    assert db.path.read_bytes() == before
    assert caplog.text == ""


def test_a_file_that_has_the_name_of_the_backup_is_not_overwritten(earlier):
    path = earlier(8)
    taken = path.with_name("jak1.duckdb.version-8")
    taken.write_text("mine")
    assert Database(path).migrate() == path.with_name("jak1.duckdb.version-8.2")
    assert taken.read_text() == "mine"


def test_without_second_names_the_earlier_file_is_copied(earlier, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    path = earlier(8)
    before = path.read_bytes()
    monkeypatch.setattr(os, "link", refuse)
    assert Database(path).migrate().read_bytes() == before
    assert Database(path).version() == VERSION


def test_what_a_killed_process_left_in_the_log_is_in_both_files(earlier):
    path = earlier(8)
    script = (
        "import duckdb, sys, time\ncon = duckdb.connect(sys.argv[1])\n"
        "con.execute('PRAGMA disable_checkpoint_on_shutdown')\n"
        "con.execute('PRAGMA wal_autocheckpoint=\\'1TB\\'')\n"
        "con.execute(\"INSERT INTO optimisation_memory VALUES ('r', 'murcko', 'c1ccccc1', 1)\")\n"
        "print('written', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "written\n"
        writer.kill()
    assert path.with_name("jak1.duckdb.wal").exists()
    backup = Database(path).migrate()
    for file in (path, backup):
        assert rows_of(file, "SELECT bucket FROM optimisation_memory") == [("c1ccccc1",)]
    assert names_beside(path) == ["jak1.duckdb", "jak1.duckdb.version-8"]


# -- what stops it -----------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["create_triggers", "sign_ledger", "_keep"])
def test_a_process_killed_half_way_leaves_the_earlier_file_usable(earlier, moment):
    path = earlier(6)
    before = path.read_bytes()
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom molagent.store import migrations\n"
        f"real = migrations.{moment}\n"
        "def stop(*given):\n"
        "    real(*given)\n    print('half', flush=True)\n    time.sleep(60)\n"
        f"migrations.{moment} = stop\n"
        "migrations.copy_to_current(Path(sys.argv[1]), actor='ann')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(database_module.__file__).parents[2],
    ) as writer:
        assert writer.stdout.readline() == "half\n"
        writer.kill()
    assert path.read_bytes() == before
    db = Database(path)
    assert db.version() == 6
    assert db.migrate() == path.with_name("jak1.duckdb.version-6")
    assert names_beside(path) == ["jak1.duckdb", "jak1.duckdb.version-6"]
    assert verify_audit(db).whole


def test_a_copy_that_fails_leaves_the_earlier_file_as_it_was(earlier, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = earlier(8)
    before = path.read_bytes()
    monkeypatch.setattr(migrations, "create_triggers", fail)
    with pytest.raises(StoreFullError, match="the disk is full; free space"):
        Database(path).migrate()
    assert path.read_bytes() == before
    assert names_beside(path) == ["jak1.duckdb"]


def test_without_room_for_a_second_file_nothing_is_begun(earlier, monkeypatch):
    path = earlier(8)
    before = path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(StoreFullError, match=r"earlier version.* MB beside it, of which 1 MB are"):
        Database(path).migrate()
    assert path.read_bytes() == before
    assert names_beside(path) == ["jak1.duckdb"]


def test_a_file_that_somebody_has_open_is_not_migrated(earlier):
    path = earlier(8)
    script = "import duckdb, sys\ncon = duckdb.connect(sys.argv[1], read_only=True)\n"
    script += "print('open', flush=True)\nsys.stdin.readline()\n"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert reader.stdout.readline() == "open\n"
        with pytest.raises(StoreLockedError, match=f"PID {reader.pid}"):
            Database(path, wait_s=0.2).migrate()
        reader.communicate("\n")
    assert names_beside(path) == ["jak1.duckdb"]


def test_sql_that_no_released_molagent_shipped_is_refused(earlier):
    path = earlier(4)
    run(path, "UPDATE migration SET sha256 = 'x' WHERE name = '0002_campaign'")
    with pytest.raises(StoreError, match="has a 0002_campaign that no released molagent made"):
        Database(path).migrate()
    assert names_beside(path) == ["jak1.duckdb"]


# -- what others made in the file --------------------------------------------------------------


def test_tables_and_views_of_somebody_else_go_over(earlier):
    path = earlier(8)
    run(
        path,
        "CREATE SCHEMA mine",
        "CREATE TABLE mine.note (compound_id VARCHAR PRIMARY KEY, text VARCHAR NOT NULL)",
        "INSERT INTO mine.note VALUES ('MA-000001', 'smells of apples')",
        "CREATE VIEW told AS SELECT smiles, text FROM compound JOIN mine.note USING (compound_id)",
    )
    Database(path).migrate()
    assert rows_of(path, "FROM told") == [("CCO", "smells of apples")]


def test_a_column_of_somebody_else_in_a_table_of_molagent_is_named_and_not_lost(earlier):
    path = earlier(8)
    run(path, "ALTER TABLE optimisation_run ADD COLUMN my_note VARCHAR")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"optimisation_run has columns .* my_note"):
        Database(path).migrate()
    assert path.read_bytes() == before


# -- the trail ---------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_rows_of_before_the_trail_get_into_it(migrated, version):
    db = migrated(version)
    assert verify_audit(db).whole
    entry = load_audit(db, table_name="result").iloc[0]
    assert (entry["action"], entry["actor"], entry["origin"]) == ("baseline", "bob", "migrate")
    run(db.path, "DROP TRIGGER audit_result_update ON result", "UPDATE result SET value = 6")
    assert any(problem.kind == "row" for problem in verify_audit(db).problems)


@pytest.mark.parametrize("version", WITH_TRAIL)
def test_a_trail_goes_over_with_the_head_it_had(shelf, migrated, version):
    path = shelf[version]
    link, entries, digest = rows_of(path, "FROM audit_head")[0]
    trail = "audit_entry" if version < 7 else "audit_trail"
    columns = (
        "seq, epoch_us(recorded_at), actor, origin, table_name, action, row_key, before, after"
    )
    written = rows_of(path, f"SELECT {columns} FROM {trail} ORDER BY seq")
    db = migrated(version)
    report = verify_audit(db, head=f"{link}:{entries}:{digest}")
    assert report.problems == ()
    assert (report.entries, report.head.hash) == (entries, digest)
    assert rows_of(db.path, f"SELECT {columns} FROM audit_trail ORDER BY seq") == written


def test_the_second_form_goes_on_from_the_last_link_of_the_first(old):
    before = load_audit_head(old)
    with old.write(origin="doubt another") as con:
        con.execute(
            "UPDATE result SET validity = 'suspect', validity_reason = 'x' WHERE result_id = 4"
        )
    links = old.query("SELECT link, form, actor, prev_hash FROM audit_link ORDER BY link")
    assert links["form"].tolist() == [1] * (before.link + 1) + [2]
    assert links["prev_hash"].iloc[-1] == before.hash
    assert verify_audit(old, head=before).whole
    history = load_audit(old, table_name="result", row_key="4")
    assert history["actor"].tolist() == ["ann", "bob"]
    told, now = json.loads(history["after"].iloc[0]), json.loads(history["before"].iloc[1])
    younger = {name: value for name, value in now.items() if name not in told}
    assert younger == {
        "source_column": "",
        "scale": "linear",
        "tested_at_nm": None,
        "source_note": None,
    }
    assert {**told, **younger} == now  # the same row, as an object of either form


@pytest.mark.parametrize(
    ("column", "value"),
    [("after", "'{}'"), ("row_key", "'9'"), ("action", "'x'"), ("columns", "'[]'")],
)
def test_a_changed_entry_of_the_first_form_is_named(old, column, value):
    run(old.path, f"UPDATE audit_entry SET {column} = {value} WHERE seq = 5")
    assert verify_audit(old).problems[0].seq == 5


@pytest.mark.parametrize(("column", "value"), [("actor", "'eve'"), ("recorded_at", "now()")])
def test_a_changed_writer_of_the_first_form_breaks_the_entries(old, column, value):
    run(old.path, f"UPDATE audit_link SET {column} = {value} WHERE link = 4")
    assert verify_audit(old).problems[0].kind == "entry"


def test_what_was_changed_before_the_migration_shows_after_it(tmp_path, first_form):
    path = Path(shutil.copy(first_form, tmp_path / "old.duckdb"))
    run(path, "UPDATE audit_entry SET hash = 'no hash' WHERE seq = 2")
    run(path, "DELETE FROM audit_entry WHERE seq = 5")
    db = Database(path)
    db.migrate()
    assert "entry 2 (" in messages(db)
    assert "the first that is missing is 5" in messages(db)


def test_a_link_cannot_pass_for_one_of_the_other_form(old):
    run(old.path, "UPDATE audit_link SET form = 2 WHERE link = 3")
    assert "link 3 is not as it was written" in messages(old)


def test_a_row_changed_past_the_trail_is_named_whichever_form_told_of_it(old):
    run(old.path, "DROP TRIGGER audit_result_update ON result", "UPDATE result SET p_value = 1")
    rows = [problem for problem in verify_audit(old).problems if problem.kind == "row"]
    assert {problem.row_key for problem in rows} == {"1", "2", "4"}
    assert rows[0].message == "result 1 has p_value 1.0 where the trail says 5.60206"
