"""One campaign's memory: each stage of each cycle is wholly there or not at all."""

import json
from collections.abc import Mapping
from typing import Any

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.database import Database, registered
from molagent.store.tables import (
    CampaignTable,
    get_table,
    json_text,
    stage_rank,
)

__all__ = ["CampaignStore"]

_HEADER = """
SELECT campaign_id, name, config_hash, config_json, config_path, policy, seed, cycles, version,
       created_at
FROM campaign WHERE campaign_id = ?
"""
_START = """
INSERT INTO campaign
    (campaign_id, name, config_hash, config_json, config_path, policy, seed, cycles, version)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_INSERT_STAGE = """
INSERT INTO stage (campaign_id, cycle, stage, seconds, detail) VALUES (?, ?, ?, ?, ?)
"""
_STAGES = """
SELECT cycle, stage, seconds, detail, finished_at FROM stage WHERE campaign_id = ?
"""
_PLAN_NEXT = """
UPDATE campaign SET cycles = greatest(cycles, 1 + (
    SELECT coalesce(max(cycle), 0) FROM stage
    WHERE campaign_id = $campaign_id AND stage = 'fit'
))
WHERE campaign_id = $campaign_id RETURNING cycles
"""
_WAITS = """
SELECT cycles > (
    SELECT coalesce(max(cycle), 0) FROM stage
    WHERE campaign_id = $campaign_id AND stage = 'fit'
)
FROM campaign WHERE campaign_id = $campaign_id
"""
_IS_DONE = "SELECT 1 FROM stage WHERE campaign_id = ? AND cycle = ? AND stage = ?"


class CampaignStore:
    """Writes and reads the stages of one campaign.

    Parameters
    ----------
    db
        The project.
    campaign_id
        First 12 hex digits of the configuration's hash.
    """

    def __init__(self, db: Database, campaign_id: str) -> None:
        self.db = db
        self.campaign_id = campaign_id

    def start(
        self,
        name: str,
        config_hash: str,
        config_json: str | Mapping[str, Any],
        config_path: str,
        policy: str,
        seed: int,
        cycles: int,
        version: str,
        *,
        exclusive: bool = False,
    ) -> bool:
        """Write the campaign's header; a second time with the same configuration does nothing.

        Parameters
        ----------
        exclusive
            Refuse if the project holds a campaign with another configuration.

        Returns
        -------
        bool
            True if the header was written, False if it was there.

        Raises
        ------
        StoreError
            If this id, or with `exclusive` this project, belongs to another configuration.
        """
        values = [
            self.campaign_id,
            name,
            config_hash,
            json_text(config_json),
            config_path,
            policy,
            seed,
            cycles,
            version,
        ]
        with self.db.write(origin=f"start campaign {name}") as con:
            rows = con.execute("SELECT campaign_id, config_hash, name FROM campaign").fetchall()
            for campaign_id, other_hash, other_name in rows:
                concerned = exclusive or campaign_id == self.campaign_id
                if concerned and other_hash != config_hash:
                    raise StoreError(
                        f"the project holds campaign {other_name!r} ({campaign_id}) with another "
                        "configuration",
                        place=str(self.db.path),
                        remedy="go on with that configuration, or use a new project file",
                    )
            known = any(row[0] == self.campaign_id for row in rows)
            if not known:
                con.execute(_START, values)
        return not known

    def plan_next(self) -> int:
        """Make sure that one cycle is planned which has not fitted its models yet.

        What is measured meanwhile is learnt from there. A second call before that cycle runs
        changes nothing.

        Returns
        -------
        int
            How many cycles are planned now.

        Raises
        ------
        NotFoundError
            If the campaign was never started.
        """
        with self.db.write(origin=f"plan the next cycle of {self.campaign_id}") as con:
            rows = con.execute(_PLAN_NEXT, {"campaign_id": self.campaign_id}).fetchall()
            if not rows:
                raise self._not_started()
        return int(rows[0][0])

    def waits_to_learn(self) -> bool:
        """Return whether a cycle is planned that has not fitted its models yet."""
        frame = self.db.query(_WAITS, {"campaign_id": self.campaign_id})
        return not frame.empty and bool(frame.iloc[0, 0])

    def header(self) -> dict[str, Any] | None:
        """Return the campaign's header with ``config_json`` parsed, or None before `start`."""
        frame = self.db.query(_HEADER, [self.campaign_id])
        if frame.empty:
            return None
        header = {str(name): value for name, value in frame.astype(object).iloc[0].items()}
        header["config_json"] = json.loads(header["config_json"])
        return header

    def finish_stage(
        self,
        cycle: int,
        stage: str,
        *,
        seconds: float,
        detail: Mapping[str, Any],
        tables: Mapping[str, pd.DataFrame],
    ) -> None:
        """Write everything a stage made, and that it is done, in one transaction.

        Parameters
        ----------
        tables
            Table name to rows, without ``campaign_id``; a frame without ``cycle`` gets `cycle`.
            NaN and None become NULL. JSON columns take mappings, lists or JSON text.

        Raises
        ------
        NotFoundError
            If a table or the stage is not known.
        StoreError
            If the stage is done already, the campaign was not started, or a row breaks a rule of
            its table. Nothing is written then.
        """
        stage_rank(stage)
        prepared = [
            (get_table(name), self._prepared(get_table(name), frame, cycle, stage))
            for name, frame in tables.items()
        ]
        text = json_text(detail)
        with self.db.write(origin=f"campaign {self.campaign_id} {cycle}/{stage}") as con:
            self._require_open(con, cycle, stage)
            con.execute(_INSERT_STAGE, [self.campaign_id, cycle, stage, float(seconds), text])
            for table, frame in prepared:
                _insert(con, table, frame)

    def is_done(self, cycle: int, stage: str) -> bool:
        """Return whether a stage was finished."""
        stage_rank(stage)
        return not self.db.query(_IS_DONE, [self.campaign_id, cycle, stage]).empty

    def stages(self) -> pd.DataFrame:
        """Return the finished stages in order: cycle, stage, seconds, detail, finished_at."""
        frame = self.db.query(_STAGES, [self.campaign_id])
        frame["detail"] = pd.Series([json.loads(text) for text in frame["detail"]], dtype=object)
        ranks = pd.Series([stage_rank(stage) for stage in frame["stage"]], dtype="int64")
        order = frame.assign(rank=ranks).sort_values(["cycle", "rank"]).index
        return frame.loc[order].reset_index(drop=True)

    def load(self, table: str, cycle: int | None = None) -> pd.DataFrame:
        """Return the rows of one table, of one cycle or of all, in the order they were written.

        JSON columns come back as Python values, list columns as tuples.

        Raises
        ------
        NotFoundError
            If the table is not one of ``CAMPAIGN_TABLES``.
        """
        entry = get_table(table)
        parameters = {"campaign_id": self.campaign_id, "cycle": cycle}
        return entry.parsed(self.db.query(entry.select_sql, parameters))

    def _prepared(
        self, table: CampaignTable, frame: pd.DataFrame, cycle: int, stage: str
    ) -> pd.DataFrame:
        checked = table.checked(frame)
        if "cycle" not in checked.columns:
            checked = checked.assign(cycle=cycle)
        return checked.assign(campaign_id=self.campaign_id, written_by=_stage_key(cycle, stage))

    def _require_open(self, con: duckdb.DuckDBPyConnection, cycle: int, stage: str) -> None:
        started = con.execute(
            "SELECT 1 FROM campaign WHERE campaign_id = ?", [self.campaign_id]
        ).fetchall()
        if not started:
            raise self._not_started()
        if con.execute(_IS_DONE, [self.campaign_id, cycle, stage]).fetchall():
            raise StoreError(
                f"stage {stage} of cycle {cycle} is done already",
                place=str(self.db.path),
                remedy="ask is_done() first",
            )

    def _not_started(self) -> NotFoundError:
        known = self.db.path.name
        return NotFoundError("campaign", self.campaign_id, place=known)


def _stage_key(cycle: int, stage: str) -> str:
    return f"{cycle}/{stage}"


def _insert(con: duckdb.DuckDBPyConnection, table: CampaignTable, frame: pd.DataFrame) -> None:
    if frame.empty:
        return
    with registered(con, "stage_frame", frame):
        con.execute(table.insert_sql)
