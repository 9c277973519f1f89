"""What became of shortlisted compounds, as a chemist says it: ordered, made, failed and so on."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.cycles import CampaignStore
from molagent.store.frames import ORDER_STATES
from molagent.store.orders import Order, load_orders, record_order_events, write_orders

__all__ = ["mark"]

_SUPPLIER = "not named"


def mark(
    store: CampaignStore,
    proposal_ids: Sequence[str],
    state: str,
    *,
    on: date | None = None,
    supplier: str = "",
    note: str = "",
) -> int:
    """Record the state of proposals; one without an order line gets one first.

    Returns
    -------
    int
        How many lines have the state now.

    Raises
    ------
    StoreError
        If the state is not known.
    NotFoundError
        If a proposal is not known.
    """
    if state not in ORDER_STATES:
        raise StoreError(f"order state {state!r}", remedy=f"one of {', '.join(ORDER_STATES)}")
    proposals = store.load("proposal").set_index("proposal_id")
    asked = list(dict.fromkeys(proposal_ids))
    for name in asked:
        if name not in proposals.index:
            raise NotFoundError("proposal", name, known=list(proposals.index[:5]))
    lines = _lines(store)
    fresh = [name for name in asked if name not in lines]
    if fresh:
        _order(store, proposals.loc[fresh], supplier or _SUPPLIER, note)
        lines = _lines(store)
    events = [
        {
            "order_id": lines[name][0],
            "line": lines[name][1],
            "state": state,
            "happened_on": on,
            "note": note or None,
        }
        for name in asked
    ]
    return record_order_events(store.db, pd.DataFrame(events))


def _lines(store: CampaignStore) -> dict[str, tuple[str, int]]:
    """Return proposal id to the newest order line of it."""
    orders = load_orders(store.db)
    mine = orders[orders["order_id"].str.startswith(f"{store.campaign_id}/")]
    return {
        str(row["proposal_id"]): (str(row["order_id"]), int(row["line"]))
        for row in mine.to_dict("records")
    }


def _order(store: CampaignStore, proposals: pd.DataFrame, supplier: str, note: str) -> None:
    numbers = {order_id for order_id, _ in _lines(store).values()}
    lines = pd.DataFrame(
        {
            "smiles": proposals["smiles"],
            "inchikey": proposals["inchikey"],
            "campaign_id": store.campaign_id,
            "proposal_id": proposals.index,
        }
    )
    order_id = f"{store.campaign_id}/{len(numbers) + 1}"
    write_orders(store.db, [Order(order_id=order_id, lines=lines, supplier=supplier, note=note)])
