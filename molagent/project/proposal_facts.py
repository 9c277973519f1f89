"""Everything that a campaign's store says of one proposal."""

import math
from collections.abc import Hashable, Mapping
from typing import Any, Final

from molagent.config import CampaignConfig
from molagent.errors import NotFoundError
from molagent.project.departures import departures_frame
from molagent.protocols import PatentIndex
from molagent.store.cycles import CampaignStore

__all__ = ["proposal_facts"]

_TABLES: Final = ("judgement", "prediction", "overlap", "ranking", "shortlist")


def proposal_facts(
    config: CampaignConfig, store: CampaignStore, patents: PatentIndex | None, proposal_id: str
) -> dict[str, Any]:
    """Return the proposal, and what each later stage wrote of it; blank cells are left out.

    Returns
    -------
    dict
        The proposal's columns; then ``judgement, prediction, overlap, ranking, shortlist``, each a
        list of rows; then ``left``, a row a step by which its lineage left a claim: the last
        compound inside with what stood at the claim's sites, the first one outside, and why.

    Raises
    ------
    NotFoundError
        If there is no such proposal.
    """
    proposals = store.load("proposal")
    mine = proposals[proposals["proposal_id"] == proposal_id]
    if mine.empty:
        raise NotFoundError("proposal", proposal_id, known=proposals["proposal_id"].head(5))
    rows = {name: _rows(store, name, proposal_id) for name in _TABLES}
    left = departures_frame(config, store, patents, [proposal_id]).to_dict("records")
    facts = {str(key): value for key, value in mine.to_dict("records")[0].items()}
    return {**facts, **rows, "left": [_left(row) for row in left]}


def _left(row: Mapping[Hashable, Any]) -> dict[str, Any]:
    """Return a step out of a claim with its sites in words."""
    stood = ", ".join(f"{site} = {group}" for site, group in row["assignment"].items())
    return {
        "claim": f"{row['claim_id']} ({row['status']})",
        "parent": row["parent_id"],
        "inside": stood,
        "beside": row["beside"],
        "step": row["step"],
        "outside": row["child_id"],
        "because": "; ".join(row["reasons"]),
        "steps_before": row["generations"],
    }


def _rows(store: CampaignStore, table: str, proposal_id: str) -> list[dict[str, Any]]:
    frame = store.load(table)
    mine = frame[frame["proposal_id"] == proposal_id].drop(columns="proposal_id")
    return [
        {str(key): value for key, value in row.items() if not _blank(value)}
        for row in mine.to_dict("records")
    ]


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
