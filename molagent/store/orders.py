"""Orders: what was asked of whom, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb
import pandas as pd

from molagent.errors import NotFoundError, StoreError
from molagent.store.arrow import Rows, as_pandas, frame_of, registered
from molagent.store.batches import require_batches
from molagent.store.database import Database
from molagent.store.frames import ORDER_EVENT, ORDER_LINE, ORDER_STATES
from molagent.store.sources import SourceFile, register_source

__all__ = [
    "Order",
    "load_order_events",
    "load_orders",
    "record_order_events",
    "write_orders",
]

_INSERT_ORDER: Final = """
INSERT INTO batch_order (order_id, supplier, placed_on, placed_by, file_id, note)
VALUES (?, ?, ?, ?, ?, ?)
"""
_INSERT_LINE: Final = """
INSERT INTO order_line
    (order_id, line, smiles, name, compound_id, campaign_id, proposal_id, amount_mg, price,
     currency, reason, source_row)
SELECT $order_id, f.line, f.smiles, f.name,
       coalesce(CAST(f.compound_id AS VARCHAR), k.compound_id), f.campaign_id, f.proposal_id,
       f.amount_mg, f.price, f.currency, f.reason, f.source_row
FROM line_frame f
LEFT JOIN compound k ON substance_key(k.inchikey, k.substance) = CAST(f.inchikey AS VARCHAR)
ORDER BY f.line
"""
_FIRST_EVENT: Final = """
INSERT INTO order_event (order_id, line, state, happened_on, actor)
SELECT $order_id, line, CASE WHEN $placed_on IS NULL THEN 'planned' ELSE 'ordered' END,
       CAST($placed_on AS DATE), $actor
FROM line_frame ORDER BY line
"""
_INSERT_EVENT: Final = """
INSERT INTO order_event (order_id, line, state, happened_on, batch_id, actor, note)
SELECT order_id, line, state, CAST(happened_on AS DATE), batch_id, actor, note
FROM event_frame ORDER BY ordinal
"""
_LOST: Final = """
SELECT f.order_id, f.line FROM event_frame f
ANTI JOIN order_line l ON l.order_id = f.order_id AND l.line = f.line
"""
_ORDERS: Final = """
SELECT order_id, supplier, placed_on, line, name, smiles, compound_id, proposal_id, state,
       ordered_on, made_on, shipped_on, received_on, batch_id
FROM order_status ORDER BY placed_on NULLS FIRST, order_id, line
"""
_EVENTS: Final = """
SELECT event_id, order_id, line, state, happened_on, batch_id, actor, note
FROM order_event WHERE $order_id = '' OR order_id = $order_id ORDER BY event_id
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class Order:
    """What was asked of one supplier at once.

    Attributes
    ----------
    lines
        Columns `molagent.store.frames.ORDER_LINE`; lines are numbered from 1 in input order.
    placed_on
        None while the order is planned: its lines then begin as ``planned``, else as ``ordered``.
    """

    order_id: str
    lines: Rows
    supplier: str
    placed_on: date | None = None
    placed_by: str = ""
    note: str = ""


def write_orders(db: Database, orders: Sequence[Order], *, source: SourceFile | None = None) -> int:
    """Store several orders in one transaction and return how many lines are new.

    Raises
    ------
    StoreError
        If an order has no line; then none of them is stored.
    """
    frames = [
        ORDER_LINE.completed(as_pandas(order.lines)).assign(line=range(1, len(order.lines) + 1))
        for order in orders
    ]
    empty = [order.order_id for order, frame in zip(orders, frames, strict=True) if frame.empty]
    if empty:
        raise StoreError(f"order {empty[0]} has no line", place=str(db.path), remedy="add one")
    if not orders:
        return 0
    named = f"order {orders[0].order_id}" if len(orders) == 1 else f"{len(orders)} orders"
    with db.write(origin=named) as con:
        return sum(
            _put(con, order, frame, source) for order, frame in zip(orders, frames, strict=True)
        )


def _put(
    con: duckdb.DuckDBPyConnection, order: Order, frame: pd.DataFrame, source: SourceFile | None
) -> int:
    order_id = order.order_id
    if con.execute("SELECT 1 FROM batch_order WHERE order_id = ?", [order_id]).fetchall():
        return 0
    if source:
        register_source(con, source)
    by = order.placed_by or None
    file_id = source.file_id if source else None
    con.execute(
        _INSERT_ORDER,
        [order_id, order.supplier, order.placed_on, by, file_id, order.note or None],
    )
    with registered(con, "line_frame", frame):
        con.execute(_INSERT_LINE, {"order_id": order_id})
        con.execute(_FIRST_EVENT, {"order_id": order_id, "placed_on": order.placed_on, "actor": by})
    return len(frame)


def record_order_events(db: Database, rows: Rows) -> int:
    """Append what happened to order lines, in the order it was learnt, and return how many.

    Parameters
    ----------
    rows
        Columns `molagent.store.frames.ORDER_EVENT`: ``order_id, line, state`` and any of
        ``happened_on, batch_id, actor, note``.

    Raises
    ------
    NotFoundError
        If a line is not in the project.
    StoreError
        If a state is not known.
    """
    frame = ORDER_EVENT.completed(as_pandas(rows)).assign(ordinal=range(len(rows)))
    strange = sorted(set(frame["state"]) - set(ORDER_STATES))
    if strange:
        raise StoreError(f"order state {strange[0]!r}", remedy=f"one of {', '.join(ORDER_STATES)}")
    with db.write(origin="order events") as con, registered(con, "event_frame", frame):
        lost = frame_of(con, _LOST)
        if len(lost):
            raise NotFoundError("order line", f"{lost['order_id'].iloc[0]}/{lost['line'].iloc[0]}")
        require_batches(con, frame["batch_id"], place=str(db.path))
        con.execute(_INSERT_EVENT)
    return len(frame)


def load_orders(db: Database) -> pd.DataFrame:
    """Return one row an order line: where it stands and the first date of each step.

    Returns
    -------
    pandas.DataFrame
        ``order_id, supplier, placed_on, line, name, smiles, compound_id, proposal_id, state,
        ordered_on, made_on, shipped_on, received_on, batch_id``.
    """
    return db.query(_ORDERS)


def load_order_events(db: Database, order_id: str = "") -> pd.DataFrame:
    """Return what happened to the lines of one order or of all, in the order it was learnt."""
    return db.query(_EVENTS, {"order_id": order_id})
