"""The campaign's tables, by name: what may be written with a stage and read back."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.records import OVERLAP_COLUMNS, Stage

__all__ = ["CAMPAIGN_TABLES", "CampaignTable", "get_table", "json_text", "stage_rank"]


@dataclass(frozen=True, slots=True)
class CampaignTable:
    """One allow-listed table and the statements that touch it.

    The statements are put together from names in this file only, never from a caller's text.
    """

    name: str
    columns: tuple[str, ...]
    json_columns: tuple[str, ...] = ()

    @property
    def insert_sql(self) -> str:
        """Insert the registered frame ``stage_frame``."""
        return f"INSERT INTO {self.name} BY NAME SELECT * FROM stage_frame"  # noqa: S608

    @property
    def select_sql(self) -> str:
        """Read the rows of ``$campaign_id``, of ``$cycle`` or all cycles if that is NULL."""
        return (
            f"SELECT {', '.join(self.columns)} FROM {self.name} "  # noqa: S608
            "WHERE campaign_id = $campaign_id AND ($cycle IS NULL OR cycle = $cycle) "
            "ORDER BY cycle, rowid"
        )

    def checked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with its JSON columns as text.

        Raises
        ------
        StoreError
            If the frame has columns the table lacks.
        """
        unknown = sorted(set(map(str, frame.columns)) - set(self.columns))
        if unknown:
            raise StoreError(
                f"table {self.name} has no column {', '.join(unknown)}",
                remedy=f"its columns are {', '.join(self.columns)}",
            )
        texts = {
            name: [json_text(value) for value in frame[name]]
            for name in self.json_columns
            if name in frame.columns
        }
        return frame.assign(**texts)

    def parsed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame` with its JSON columns as Python values."""
        values = {
            name: pd.Series([json.loads(text) for text in frame[name]], frame.index, dtype=object)
            for name in self.json_columns
        }
        return frame.assign(**values)


def _table(name: str, columns: str, *, json_columns: tuple[str, ...] = ()) -> CampaignTable:
    return CampaignTable(name, ("cycle", *columns.split()), json_columns)


_TABLES: Final = (
    _table("model_card", "endpoint model_hash card", json_columns=("card",)),
    _table(
        "proposal",
        "proposal_id smiles inchikey scaffold generator mode seed parents detail",
    ),
    _table("judgement", "proposal_id ordinal filter verdict reason evidence"),
    _table("prediction", "proposal_id endpoint mean std in_domain model_hash"),
    _table(
        "overlap",
        f"proposal_id ordinal {' '.join(OVERLAP_COLUMNS)}",
        json_columns=("assignment",),
    ),
    _table(
        "ranking",
        "proposal_id desirability components nearest_id nearest_similarity",
        json_columns=("components",),
    ),
    _table("plan", "revision plan", json_columns=("plan",)),
    _table(
        "decision",
        "ordinal actor action reason sources parameters",
        json_columns=("parameters",),
    ),
    _table("transcript", "ordinal actor kind content", json_columns=("content",)),
    _table(
        "shortlist",
        "rank proposal_id desirability acquisition reason place isomers make",
        json_columns=("isomers", "make"),
    ),
)

CAMPAIGN_TABLES: Final[Mapping[str, CampaignTable]] = {table.name: table for table in _TABLES}


def get_table(name: str) -> CampaignTable:
    """Return the allow-listed table of that name.

    Raises
    ------
    NotFoundError
        If there is none; the error lists the names.
    """
    try:
        return CAMPAIGN_TABLES[name]
    except KeyError:
        raise NotFoundError("campaign table", name, known=CAMPAIGN_TABLES) from None


def stage_rank(stage: str) -> int:
    """Return the place of a stage in its cycle.

    Raises
    ------
    NotFoundError
        If there is no such stage.
    """
    stages = [str(each) for each in Stage]
    if stage not in stages:
        raise NotFoundError("stage", stage, known=stages)
    return stages.index(stage)


def json_text(value: object) -> str:
    """Return a value as JSON; text is taken to be JSON already.

    NaN and infinities become null: JSON has neither, and null is what "not known" means here.

    Raises
    ------
    StoreError
        If text is not JSON, or a value has no JSON form.

    Examples
    --------
    >>> json_text({"pki": float("nan"), "ids": ("MA-000001",)})
    '{"pki": null, "ids": ["MA-000001"]}'
    """
    try:
        if isinstance(value, str):
            json.loads(value)
            return value
        return json.dumps(_plain(value), allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError) as error:
        raise StoreError(
            f"a JSON column got {str(value)[:80]!r} ({error})",
            remedy="give a mapping, a list or JSON text",
        ) from error


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        entries = sorted(value) if isinstance(value, set | frozenset) else value
        return [_plain(entry) for entry in entries]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
