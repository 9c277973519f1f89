"""SQL from outside in a process of its own: what no setting of DuckDB bounds ends with it.

A function that makes one text of gigabytes heeds neither an interrupt nor DuckDB's memory limit,
and a fault in C++ takes the process with it. So a notebook's or a command's SELECT runs in a
process that is stopped after its time, and that the system gives no more memory than it may take.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from molagent import errors
from molagent.errors import MolagentError, StoreError
from molagent.store.arrow import Parameters, as_pandas
from molagent.store.database import Database
from molagent.store.one_select import SelectLimits, select_table, too_long

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["main", "outside_frame", "outside_table"]

_START_S: Final = 60.0
_GRACE_S: Final = 2.0
_LATE: Final = 75
# What Python, Arrow and DuckDB take before the first row, as addresses and not as memory.
_GROUND_MB: Final = 2_048


def outside_table(
    db: Database, sql: str, parameters: Parameters = (), *, limits: SelectLimits | None = None
) -> "pa.Table":
    """Return the rows of one SELECT that somebody wrote, as an Arrow table.

    Parameters
    ----------
    parameters
        Bound, never pasted. What JSON has no word for, such as a date, is bound as its text.

    Raises
    ------
    StoreError
        If `sql` is not one SELECT, is wrong, or takes more than `limits` allow.
    """
    import pyarrow as pa

    allowed = limits or SelectLimits()
    # What the project file itself has to say is said here: whether it is there, held, or too old.
    with db.read():
        pass
    with tempfile.TemporaryDirectory(prefix="molagent-sql-") as folder:
        answer = Path(folder) / "rows.arrow"
        request = {
            "path": str(db.path.resolve()),
            "wait_s": db.wait_s,
            "sql": sql,
            "parameters": parameters if isinstance(parameters, dict) else list(parameters),
            "limits": {name: getattr(allowed, name) for name in allowed.__slots__},
            "answer": str(answer),
        }
        _ask(request, allowed)
        with pa.OSFile(str(answer), "rb") as source, pa.ipc.open_file(source) as rows:
            return rows.read_all()


def outside_frame(
    db: Database, sql: str, parameters: Parameters = (), *, limits: SelectLimits | None = None
) -> "pd.DataFrame":
    """Return what :func:`outside_table` returns as a frame."""
    return as_pandas(outside_table(db, sql, parameters, limits=limits))


def main() -> None:
    """Answer the one request on standard input: rows into a file, or an error as JSON."""
    request = json.load(sys.stdin)
    limits = SelectLimits(**request["limits"])
    _bound_memory(limits)
    # DuckDB is asked to stop in time; what does not heed it is ended.
    last = threading.Timer(limits.timeout_s + _GRACE_S + request["wait_s"], os._exit, [_LATE])
    last.daemon = True
    last.start()
    try:
        _answer(request, limits)
    except MolagentError as error:
        told = {
            "error": type(error).__name__,
            "message": error.message,
            "place": error.place,
            "remedy": error.remedy,
        }
        sys.stdout.write(json.dumps(told))
    except MemoryError:  # the reader says so of every answer that is none
        sys.exit(1)


def _answer(request: dict[str, Any], limits: SelectLimits) -> None:
    import pyarrow as pa

    db = Database(Path(request["path"]), wait_s=request["wait_s"])
    with db.read() as con:
        table = select_table(con, request["sql"], request["parameters"], limits=limits)
    with pa.OSFile(request["answer"], "wb") as out, pa.ipc.new_file(out, table.schema) as rows:
        rows.write_table(table)
    sys.stdout.write("{}")


def _ask(request: dict[str, Any], limits: SelectLimits) -> None:
    root = str(Path(errors.__file__).parents[1])
    inherited = os.environ.get("PYTHONPATH")
    paths = os.pathsep.join([root, inherited] if inherited else [root])
    code = "from molagent.store.select_process import main; main()"
    try:
        done = subprocess.run(  # noqa: S603 - our own code, no shell
            [sys.executable, "-P", "-c", code],
            input=json.dumps(request, default=str),
            capture_output=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": paths},
            timeout=_START_S + limits.timeout_s + request["wait_s"],
            check=False,
        )
        said = json.loads(done.stdout or "null")
    except subprocess.TimeoutExpired as error:
        raise too_long(limits) from error
    except json.JSONDecodeError:
        said = None
    if done.returncode == _LATE:
        raise too_long(limits)
    if said == {}:
        return
    if isinstance(said, dict) and "error" in said:
        kind = getattr(errors, said["error"], StoreError)
        raise kind(said["message"], place=said["place"], remedy=said["remedy"])
    raise StoreError(
        f"the statement needs more than {limits.memory_mb} MB, or ended the process it ran in",
        place=request["path"],
        remedy="ask for less",
    )


def _bound_memory(limits: SelectLimits) -> None:
    try:
        import resource
    except ImportError:  # not on Windows: DuckDB's own limit and the time hold there
        return
    most = (_GROUND_MB + limits.memory_mb + 2 * limits.answer_mb) * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
