"""A notebook and the command line on one project file, in turn."""

import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.writers import measure_writers
from molagent.store import database
from molagent.store.database import Database
from molagent.store.turns import Turns

# What a second process does between two cells: it reads what the first wrote, and writes.
OTHER = """
import sys
from pathlib import Path
from molagent.store.database import Database

db = Database(Path(sys.argv[1]), wait_s=20)
for line in sys.stdin:
    number = int(line)
    seen = db.query("SELECT count(*) AS n FROM target")["n"][0]
    with db.write() as con:
        con.execute(
            "INSERT INTO target (target_id, name, kind) VALUES (?, 'other', 'single protein')",
            [f"O{number}"],
        )
    print(seen, flush=True)
"""


def second_process(db: Database) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", OTHER, str(db.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(database.__file__).parents[2],
    )


def add(db: Database, target_id: str) -> None:
    with db.write() as con:
        con.execute(
            "INSERT INTO target (target_id, name, kind) VALUES (?, 'ours', 'single protein')",
            [target_id],
        )


def test_two_processes_use_one_project_in_turn_without_an_error_about_locks(db):
    with second_process(db) as other:
        for number in range(5):
            add(db, f"N{number}")
            held = db.query("SELECT * FROM target")
            # A reader of a large answer is open across the other's turn.
            reader = db.scan("SELECT target_id FROM target", batch_rows=1)
            other.stdin.write(f"{number}\n")
            other.stdin.flush()
            assert int(other.stdout.readline()) == len(held) == 2 * number + 1
            assert reader.read_all().num_rows == 2 * number + 1
        other.stdin.close()
    assert other.returncode == 0
    names = db.query("SELECT name FROM target")["name"].tolist()
    assert sorted(names) == ["other"] * 5 + ["ours"] * 5


def test_a_process_that_comes_while_another_writes_waits_its_turn(db):
    patient = Database(db.path, wait_s=20)
    with second_process(db) as other:
        other.stdin.write("".join(f"{number}\n" for number in range(10)))
        other.stdin.close()
        for number in range(10):
            add(patient, f"N{number}")
        other.stdout.read()
    assert other.returncode == 0
    assert len(patient.query("SELECT * FROM target")) == 20


def test_six_writers_that_come_again_and_again_all_get_their_turns():
    (row,) = measure_writers(processes=6, writes=3, hold_s=0.05).to_dict("records")
    assert row["done"] == row["stored"] == 18


def test_who_waits_for_a_turn_goes_before_a_newcomer(tmp_path):
    order = []
    held, mine, theirs = (Turns(tmp_path / "p.duckdb") for _ in range(3))

    def wait():
        with mine.mine(shared=False, wait_s=20):
            order.append("the one who waited")

    with held.mine(shared=False, wait_s=0):
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(1.5)  # its pauses are short by now
    with theirs.mine(shared=False, wait_s=20):
        order.append("the newcomer")
    waiting.join()
    assert order == ["the one who waited", "the newcomer"]


def test_readers_share_a_turn_and_a_writer_waits_for_them(tmp_path):
    one, other, writer = (Turns(tmp_path / "p.duckdb") for _ in range(3))
    with (
        one.mine(shared=True, wait_s=0),
        other.mine(shared=True, wait_s=5) as left,
        writer.mine(shared=False, wait_s=0.1) as nothing,
    ):
        assert left > 4
        assert nothing == 0
