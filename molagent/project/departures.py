"""Which claims the lineages of proposals left, and by which step, from what is stored."""

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

import pandas as pd

from molagent.campaign.pool import load_measured
from molagent.config import CampaignConfig
from molagent.project.wishes import campaign_leads
from molagent.protocols import PatentIndex
from molagent.store.cycles import CampaignStore

if TYPE_CHECKING:
    from molagent.patents.departures import Ancestor

__all__ = ["departures_frame"]


def departures_frame(
    config: CampaignConfig,
    store: CampaignStore,
    patents: PatentIndex | None,
    proposal_ids: Iterable[str],
) -> pd.DataFrame:
    """Return one row a step that left a claim, by the claims as they are read now.

    Returns
    -------
    pandas.DataFrame
        ``proposal_id``, and the fields of :class:`molagent.patents.departures.Departure`; empty
        where the campaign has no claims.
    """
    from molagent.patents.departures import Departure, find_departures
    from molagent.patents.ladder import PatentLadder

    names = [each.name for each in fields(Departure)]
    rows: list[dict[str, object]] = []
    if isinstance(patents, PatentLadder) and patents.claims:
        lineage = _lineage(config, store)
        for name, steps in find_departures(list(proposal_ids), lineage, patents.claims).items():
            for step in steps:
                facts = {key: getattr(step, key) for key in names}
                rows.append({"proposal_id": name, **facts, "reasons": list(step.reasons)})
    return pd.DataFrame(rows, columns=["proposal_id", *names])


def _lineage(config: CampaignConfig, store: CampaignStore) -> "dict[str, Ancestor]":
    """Return every compound that a proposal may descend from, by id."""
    from molagent.patents.departures import Ancestor

    with store.db.read():
        measured = load_measured(store.db, [assay.endpoint for assay in config.assays])
        leads = campaign_leads(config, store.db, measured)
        proposals = store.load("proposal")
    lineage = {lead.compound_id: Ancestor(smiles=lead.smiles) for lead in leads}
    lineage |= {
        str(row["compound_id"]): Ancestor(smiles=str(row["smiles"]))
        for row in measured.to_dict("records")
    }
    return lineage | {
        str(row["proposal_id"]): Ancestor(
            smiles=str(row["smiles"]), parents=tuple(row["parents"]), step=str(row["detail"])
        )
        for row in proposals.to_dict("records")
    }
