"""One optimisation run's memory: every call of its objective, written step by step."""

import json
from collections.abc import Mapping
from typing import Any, Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.database import Database, registered
from molagent.store.tables import json_text

__all__ = ["CALL_COLUMNS", "OptimisationStore", "load_runs"]

CALL_COLUMNS: Final = (
    "call",
    "step",
    "smiles",
    "source",
    "total",
    "reward",
    "raw",
    "note",
)

_START: Final = """
INSERT INTO optimisation_run (run_id, name, seed, calls, objective, settings, model_hash, version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAME: Final = """
SELECT seed, objective, settings, model_hash FROM optimisation_run WHERE run_id = ?
"""
_HEADER: Final = """
SELECT run_id, name, seed, calls, objective, settings, model_hash, version, created_at
FROM optimisation_run WHERE run_id = ?
"""
_RUNS: Final = """
SELECT r.run_id, r.name, r.seed, r.calls AS budget, count(c.call) AS calls,
       max(c.step) AS newest_step, max(c.total) AS best_total, r.created_at
FROM optimisation_run r LEFT JOIN optimisation_call c USING (run_id)
GROUP BY ALL ORDER BY r.created_at, r.run_id
"""
_INSERT_CALLS: Final = """
INSERT INTO optimisation_call BY NAME SELECT * FROM call_frame
"""
_DELETE_CALLS: Final = """
DELETE FROM optimisation_call WHERE run_id = $run_id AND step >= $step
"""
_INSERT_MEMORY: Final = """
INSERT INTO optimisation_memory (run_id, filter, bucket, count)
SELECT $run_id, $filter, bucket, count FROM memory_frame
"""
_CALLS: Final = """
SELECT call, step, smiles, source, total, reward, raw, note
FROM optimisation_call WHERE run_id = $run_id AND step >= $step ORDER BY call
"""


class OptimisationStore:
    """Writes and reads the calls of one optimisation run.

    Parameters
    ----------
    db
        The project.
    run_id
        Any name that is new in the project, or that of the run to go on with.
    """

    def __init__(self, db: Database, run_id: str) -> None:
        self.db = db
        self.run_id = run_id

    def start(
        self,
        *,
        name: str,
        seed: int,
        calls: int,
        objective: Mapping[str, Any],
        settings: Mapping[str, Any],
        model_hash: str,
        version: str,
    ) -> bool:
        """Write the run's header; a second time only the budget may differ, and is taken over.

        Returns
        -------
        bool
            True if the header was written, False if it was there.

        Raises
        ------
        StoreError
            If a run of this id has another seed, objective, settings or weights.
        """
        texts = (json_text(objective), json_text(settings))
        with self.db.write(origin=f"start optimisation {self.run_id}") as con:
            rows = con.execute(_SAME, [self.run_id]).fetchall()
            if not rows:
                values = [self.run_id, name, seed, calls, *texts, model_hash, version]
                con.execute(_START, values)
                return True
            self._require_same(rows[0], (seed, *texts, model_hash))
            con.execute(
                "UPDATE optimisation_run SET calls = ? WHERE run_id = ?", [calls, self.run_id]
            )
        return False

    def header(self) -> dict[str, Any]:
        """Return the run's header, `objective` and `settings` parsed.

        Raises
        ------
        NotFoundError
            If there is no such run.
        """
        frame = self.db.query(_HEADER, [self.run_id])
        if frame.empty:
            known = load_runs(self.db)["run_id"]
            raise NotFoundError("optimisation run", self.run_id, known=known)
        header = {str(key): value for key, value in frame.astype(object).iloc[0].items()}
        return {**header, **{key: json.loads(header[key]) for key in ("objective", "settings")}}

    def append(
        self, calls: pd.DataFrame, *, memory_kind: str = "", memory: Mapping[str, int] | None = None
    ) -> None:
        """Write the calls of one step, and the diversity memory after it, in one transaction.

        They take the place of what was there of this step and of later ones: a run that was
        interrupted before its checkpoint makes its last step again.

        Parameters
        ----------
        calls
            Columns `CALL_COLUMNS`; `raw` holds mappings or JSON text. NaN becomes NULL.
        memory_kind, memory
            The filter's kind and its counts; they take the place of the earlier ones.

        Raises
        ------
        StoreError
            If a column is missing or unknown, a call or structure is there already, or the run
            was not started. Nothing is written then.
        """
        if sorted(map(str, calls.columns)) != sorted(CALL_COLUMNS):
            raise StoreError(
                f"calls have the columns {', '.join(map(str, calls.columns))}",
                remedy=f"give {', '.join(CALL_COLUMNS)}",
            )
        frame = calls.assign(run_id=self.run_id, raw=[json_text(value) for value in calls["raw"]])
        with self.db.write(origin=f"optimisation {self.run_id}") as con:
            self._require_started(con)
            if len(frame):
                first = int(frame["step"].min())
                con.execute(_DELETE_CALLS, {"run_id": self.run_id, "step": first})
                with registered(con, "call_frame", frame):
                    con.execute(_INSERT_CALLS)
            if memory is not None:
                self._replace_memory(con, memory_kind, memory)

    def load_calls(self, *, since_step: int = 0) -> pd.DataFrame:
        """Return the calls in order, `raw` as mappings with None where a value is unknown."""
        frame = self.db.query(_CALLS, {"run_id": self.run_id, "step": since_step})
        parsed = [json.loads(text) for text in frame["raw"]]
        return frame.assign(raw=pd.Series(parsed, index=frame.index, dtype=object))

    def _replace_memory(
        self, con: duckdb.DuckDBPyConnection, kind: str, memory: Mapping[str, int]
    ) -> None:
        con.execute("DELETE FROM optimisation_memory WHERE run_id = ?", [self.run_id])
        if memory:
            frame = pd.DataFrame({"bucket": list(memory), "count": list(memory.values())})
            with registered(con, "memory_frame", frame):
                con.execute(_INSERT_MEMORY, {"run_id": self.run_id, "filter": kind})

    def _require_started(self, con: duckdb.DuckDBPyConnection) -> None:
        if not con.execute(_SAME, [self.run_id]).fetchall():
            raise StoreError(
                f"optimisation run {self.run_id!r} was not started",
                place=str(self.db.path),
                remedy="call start() first",
            )

    def _require_same(self, stored: tuple[Any, ...], given: tuple[Any, ...]) -> None:
        names = ("seed", "objective", "settings", "weights")
        for name, ours, theirs in zip(names, stored, given, strict=True):
            same = json.loads(ours) == json.loads(theirs) if name in names[1:3] else ours == theirs
            if not same:
                raise StoreError(
                    f"optimisation run {self.run_id!r} began with another {name}",
                    place=str(self.db.path),
                    remedy="give the new run another name, or go on with what it began with",
                )


def load_runs(db: Database) -> pd.DataFrame:
    """Return the project's optimisation runs.

    Returns
    -------
    pandas.DataFrame
        ``run_id, name, seed, budget, calls, newest_step, best_total, created_at``, oldest first.
    """
    return db.query(_RUNS)
