"""How the newest campaign of a project file stands, read without pandas.

Most of what `molagent status` would wait for is the import of pandas, and a header with some twenty
finished stages needs no frame.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from molagent.errors import StoreError
from molagent.store.database import Database

__all__ = ["CampaignStatus", "FinishedStage", "load_status"]

_NEWEST: Final = """
SELECT name, campaign_id, policy, seed, cycles FROM campaign ORDER BY created_at DESC LIMIT 1
"""
# Stages finish in their order, so the time they finished at is it.
_STAGES: Final = """
SELECT cycle, stage, seconds, detail FROM stage WHERE campaign_id = ? ORDER BY cycle, finished_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedStage:
    """One finished stage of a cycle; cycle 0 is what comes before the first."""

    cycle: int
    stage: str
    seconds: float
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStatus:
    """A campaign's header and its finished stages, in order.

    Attributes
    ----------
    cycles
        How many are planned.
    """

    name: str
    campaign_id: str
    policy: str
    seed: int
    cycles: int
    stages: tuple[FinishedStage, ...]


def load_status(path: Path) -> CampaignStatus:
    """Return how the newest campaign of a project file, which must exist, stands.

    A file of an earlier molagent is brought up to date first.

    Raises
    ------
    StoreError
        If it holds no campaign, or is not a project file.
    """
    database = Database(path)
    database.migrate()
    with database.read() as con:
        header = con.execute(_NEWEST).fetchone()
        if header is None:
            raise StoreError(
                "the project holds no campaign", place=str(path), remedy="use `molagent run`"
            )
        name, campaign_id, policy, seed, cycles = header
        rows = con.execute(_STAGES, [campaign_id]).fetchall()
    return CampaignStatus(
        name=name,
        campaign_id=campaign_id,
        policy=policy,
        seed=seed,
        cycles=cycles,
        stages=tuple(
            FinishedStage(cycle=cycle, stage=stage, seconds=seconds, detail=json.loads(detail))
            for cycle, stage, seconds, detail in rows
        ),
    )
