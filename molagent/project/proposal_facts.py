"""Everything that a campaign's store says of one proposal."""

import math
from typing import Any, Final

from molagent.errors import NotFoundError
from molagent.store.cycles import CampaignStore

__all__ = ["proposal_facts"]

_TABLES: Final = ("judgement", "prediction", "overlap", "ranking", "shortlist")


def proposal_facts(store: CampaignStore, proposal_id: str) -> dict[str, Any]:
    """Return the proposal, and what each later stage wrote of it; blank cells are left out.

    Returns
    -------
    dict
        The proposal's columns; then ``judgement, prediction, overlap, ranking, shortlist``, each a
        list of rows.

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
    return {**{str(key): value for key, value in mine.to_dict("records")[0].items()}, **rows}


def _rows(store: CampaignStore, table: str, proposal_id: str) -> list[dict[str, Any]]:
    frame = store.load(table)
    mine = frame[frame["proposal_id"] == proposal_id].drop(columns="proposal_id")
    return [
        {str(key): value for key, value in row.items() if not _blank(value)}
        for row in mine.to_dict("records")
    ]


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
