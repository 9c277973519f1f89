"""Many processes that write to one project file: whether all of them get their turn.

Each writer opens the file, holds it for a while as a transaction of that length would, commits and
comes again at once, so that the file is never free for long.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import pandas as pd

from molagent.store.database import Database

__all__ = ["measure_writers"]

# Run by `python -c`: a project file, a writer's number, writes, seconds held, seconds waited.
_WRITER: Final = """
import json, sys, time
from pathlib import Path
from molagent.errors import StoreLockedError
from molagent.store.database import Database

path, number, writes, hold_s, wait_s = sys.argv[1], *map(float, sys.argv[2:])
db = Database(Path(path), wait_s=wait_s, actor=f"writer {number:g}")
print("ready", flush=True)
sys.stdin.readline()
done, waits = 0, []
for write in range(int(writes)):
    came = time.monotonic()
    try:
        with db.write(origin="writers") as con:
            waits.append(time.monotonic() - came)
            con.execute(
                "INSERT INTO target (target_id, name, kind) VALUES (?, ?, 'single protein')",
                [f"T{number:g}-{write}", "bench"],
            )
            time.sleep(hold_s)
        done += 1
    except StoreLockedError:
        waits.append(time.monotonic() - came)
print(json.dumps([done, max(waits), sum(waits)]), flush=True)
"""


def measure_writers(
    *, processes: int = 10, writes: int = 20, hold_s: float = 0.3, wait_s: float = 120.0
) -> pd.DataFrame:
    """Let processes write to one project file at the same time, each again and again.

    Parameters
    ----------
    processes, writes
        How many, and how often each.
    hold_s
        Seconds that one write holds the file.
    wait_s
        Seconds that one waits for it; then its write is lost.

    Returns
    -------
    pandas.DataFrame
        One row: ``processes, writes`` (asked for), ``done`` (reported), ``stored`` (rows in the
        file), ``longest_wait_s, mean_wait_s, seconds``.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "writers.duckdb"
        Database(path, actor="bench").migrate()
        begun = [
            subprocess.Popen(  # noqa: S603 - our own interpreter and text
                [sys.executable, "-c", _WRITER]
                + [str(each) for each in (path, number, writes, hold_s, wait_s)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(processes)
        ]
        for each in begun:
            _line(each)
        began = time.monotonic()
        for each in begun:
            _go(each)
        told = [json.loads(_line(each)) for each in begun]
        seconds = time.monotonic() - began
        for each in begun:
            each.communicate()
        stored = Database(path).query("SELECT count(*) AS n FROM target")["n"][0]
    asked = processes * writes
    return pd.DataFrame(
        [
            {
                "processes": processes,
                "writes": asked,
                "done": sum(done for done, _, _ in told),
                "stored": int(stored),
                "longest_wait_s": round(max(longest for _, longest, _ in told), 2),
                "mean_wait_s": round(sum(total for _, _, total in told) / asked, 2),
                "seconds": round(seconds, 1),
            }
        ]
    )


def _line(process: "subprocess.Popen[str]") -> str:
    return process.stdout.readline() if process.stdout is not None else ""


def _go(process: "subprocess.Popen[str]") -> None:
    if process.stdin is not None:
        process.stdin.write("go\n")
        process.stdin.flush()
