import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from molagent.errors import StoreError, StoreFullError, StoreLockedError
from molagent.store import database as database_module
from molagent.store import template
from molagent.store.database import Database, registered
from molagent.store.schema import VERSION

HOLD = """
import sys, time, duckdb
con = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


@contextmanager
def held_by_another_process(path: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout.readline() == "open\n"
        try:
            yield holder
        finally:
            if not holder.stdin.closed:
                holder.stdin.write("\n")


def count(db: Database) -> int:
    return int(db.query("SELECT count(*) AS n FROM assay")["n"][0])


def add_assay(con, name: str) -> None:
    con.execute(
        "INSERT INTO assay (assay_id, endpoint, quantity) VALUES (?, ?, 'Ki')", [name, name]
    )


def add_assay_and_raise(con, error: BaseException) -> None:
    add_assay(con, "jak1_pki")
    raise error


def test_a_new_project_is_made_once(tmp_path):
    db = Database(tmp_path / "new" / "jak.duckdb")
    assert db.version() == 0
    assert db.migrate() is None
    assert db.version() == VERSION
    assert db.migrate() is None
    assert db.query("SELECT name FROM migration")["name"].tolist() == [f"{VERSION:04d}"]


def test_what_is_written_is_read_back_through_another_object(db):
    with db.write() as con:
        add_assay(con, "jak1_pki")
    assert count(Database(db.path)) == 1


def test_an_exception_in_a_write_leaves_nothing(db):
    with pytest.raises(ZeroDivisionError), db.write() as con:
        add_assay_and_raise(con, ZeroDivisionError())
    assert count(db) == 0


def test_a_keyboard_interrupt_in_a_write_leaves_nothing(db):
    with pytest.raises(KeyboardInterrupt), db.write() as con:
        add_assay_and_raise(con, KeyboardInterrupt())
    assert count(db) == 0


def test_reading_cannot_write(db):
    with pytest.raises(StoreError, match="read-only"), db.read() as con:
        add_assay(con, "jak1_pki")
    with pytest.raises(StoreError, match="read-only"):
        db.query("DELETE FROM assay")


def test_parameters_are_bound_and_not_pasted(db):
    evil = "x'; DROP TABLE assay; --"
    assert db.query("SELECT ? AS text", [evil])["text"].tolist() == [evil]
    assert count(db) == 0


def test_sql_sees_neither_other_files_nor_python_variables(db, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(StoreError, match="disabled by configuration"):
        db.query("SELECT * FROM read_csv(?)", [str(secret)])
    with pytest.raises(StoreError, match="frame"):
        db.query("SELECT * FROM frame")
    assert len(frame) == 1


def test_wrong_sql_is_a_store_error_that_names_the_file(db):
    with pytest.raises(StoreError, match=r"jak\.duckdb: .*nowhere"):
        db.query("SELECT * FROM nowhere")


def test_lists_come_back_as_tuples_enums_as_text_and_null_text_as_none(db):
    frame = db.query(
        "SELECT ['a', 'b'] AS ids, CAST('<' AS relation) AS relation, CAST(NULL AS VARCHAR) AS note"
        " UNION ALL SELECT NULL, '=', 'x' ORDER BY ids NULLS LAST"
    )
    assert frame["ids"].tolist() == [("a", "b"), None]
    assert frame["relation"].tolist() == ["<", "="]
    assert frame["note"].tolist() == [None, "x"]


def test_nan_is_written_as_null(db):
    frame = pd.DataFrame({"x": [1.0, float("nan")], "s": ["a", None]})
    with db.write() as con, registered(con, "given", frame):
        nulls = con.execute("SELECT x IS NULL, s IS NULL FROM given").fetchall()
    assert nulls == [(False, False), (True, True)]


def test_a_column_of_mixed_types_is_refused_in_words(db):
    frame = pd.DataFrame({"x": [1, "a"]}, dtype=object)
    with (
        pytest.raises(StoreError, match="cannot be stored"),
        db.write() as con,
        registered(con, "given", frame),
    ):
        pass


@pytest.mark.parametrize("access", ["read", "write"])
def test_a_file_open_elsewhere_is_reported_with_its_holder(db, access):
    with db.write() as con:
        add_assay(con, "jak1_pki")
    with held_by_another_process(db.path) as holder:
        with pytest.raises(StoreLockedError) as caught, getattr(db, access)():
            pass
        message = str(caught.value)
        assert f"PID {holder.pid}" in message
        assert "python" in message
        assert "close that program or notebook kernel" in message
        assert caught.value.transient
    assert count(db) == 1


def test_a_lock_that_is_released_soon_is_waited_for(db):
    patient = Database(db.path, wait_s=20.0)
    with held_by_another_process(db.path) as holder:
        with pytest.raises(StoreLockedError):
            count(Database(db.path, wait_s=0.0))
        release = threading.Timer(0.3, lambda: holder.communicate("\n"))
        release.start()
        assert count(patient) == 0
        release.join()


def test_nothing_is_held_between_two_calls(db):
    with db.write() as con:
        add_assay(con, "jak1_pki")
    other = duckdb.connect(str(db.path))
    assert other.execute("SELECT count(*) FROM assay").fetchall() == [(1,)]
    other.close()


def test_threads_of_one_process_take_turns(db):
    failures = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                with Database(db.path, wait_s=0.0).write() as con:
                    add_assay(con, f"{number}-{turn}")
                count(db)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count(db) == 20


def test_a_write_inside_a_write_is_refused_at_once(db):
    with db.write() as con:
        add_assay(con, "jak1_pki")
        with pytest.raises(StoreError, match="use the connection of the open block"):
            count(db)
    assert count(db) == 1


def test_a_read_inside_a_read_works_and_a_write_inside_a_read_is_refused_at_once(db):
    with db.read():
        assert count(db) == 0
        with pytest.raises(StoreError, match="leave it before writing"), db.write():
            pass
    with db.write() as con:
        add_assay(con, "jak1_pki")
    assert count(db) == 1


def test_sums_come_back_as_numbers(db):
    assert db.query("SELECT sum(x) AS total FROM range(4) t(x)")["total"].dtype == "float64"


def test_a_process_killed_while_writing_leaves_the_project_as_it_was(db):
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom molagent.store.database import Database\n"
        "with Database(Path(sys.argv[1])).write() as con:\n"
        "    con.execute(\"INSERT INTO assay SELECT 'a' || range, 'a', NULL, 'Ki', NULL, NULL\"\n"
        "                ' FROM range(1000)')\n"
        "    print('written', flush=True)\n    time.sleep(60)\n"
    )
    root = Path(database_module.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", script, str(db.path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
    ) as writer:
        assert writer.stdout.readline() == "written\n"
        writer.kill()
    assert count(db) == 0


def test_there_is_no_project_to_read(tmp_path):
    db = Database(tmp_path / "missing.duckdb")
    assert db.version() == 0
    with pytest.raises(StoreError, match="there is no project file; check the path"):
        db.query("SELECT 1")
    assert not db.path.exists()


@pytest.mark.parametrize("content", [b"", b"smiles,value\nCCO,1\n" * 400])
@pytest.mark.parametrize("name", ["jak1.txt", "jak1.csv"])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    for action in (Database(path).migrate, Database(path).version):
        with pytest.raises(StoreError, match="not a molagent project file"):
            action()
    assert path.read_bytes() == content


def test_a_duckdb_file_of_someone_else_is_refused(tmp_path):
    path = tmp_path / "other.duckdb"
    con = duckdb.connect(str(path))
    con.execute("CREATE TABLE orders (id INTEGER)")
    con.close()
    with pytest.raises(StoreError, match="not a molagent project"):
        Database(path).migrate()


def test_a_project_of_a_newer_molagent_is_refused(db):
    with db.write() as con:
        con.execute("INSERT INTO migration (name, sha256) VALUES ('9999_future', 'x')")
    with pytest.raises(StoreError, match=r"newer molagent \(it has 9999_future\); update molagent"):
        Database(db.path).query("SELECT 1")
    with pytest.raises(StoreError, match="newer molagent"):
        Database(db.path).migrate()


def test_a_project_of_this_version_by_other_sql_is_refused(db):
    with db.write() as con:
        con.execute("UPDATE migration SET sha256 = 'x'")
    with pytest.raises(StoreError, match="is of version 9, but was made by other SQL"):
        Database(db.path).query("SELECT 1")


def test_a_project_that_cannot_be_made_leaves_nothing_in_the_file(tmp_path, monkeypatch):
    def fail(con: duckdb.DuckDBPyConnection) -> None:
        con.execute("CREATE TABLE assay (text VARCHAR); SELECT nonsense")

    db = Database(tmp_path / "jak.duckdb")
    with monkeypatch.context() as patch:
        patch.setattr(template, "cache_folder", lambda _: None)  # made here, not copied
        patch.setattr(database_module, "create_project", fail)
        with pytest.raises(StoreError, match="nonsense"):
            db.migrate()
    assert db.version() == 0
    db.migrate()
    assert count(db) == 0


def test_a_full_disk_reported_by_the_system_is_a_store_error(db):
    with pytest.raises(StoreFullError, match="the disk is full; free space"), db.write() as con:
        add_assay_and_raise(con, OSError(28, "No space left on device"))
    with pytest.raises(FileNotFoundError), db.write():
        (db.path.parent / "missing.csv").read_text()
    assert count(db) == 0
