"""A read file into the project: its rows, the names of its compounds, its lots and orders."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from molagent.errors import InputError
from molagent.ingest.intake import Intake
from molagent.store.batches import register_batches
from molagent.store.database import Database
from molagent.store.ingests import write_parts
from molagent.store.orders import Order, write_orders
from molagent.store.receipts import IngestReceipt, IngestResult

__all__ = ["write_intake"]


def write_intake(
    db: Database, intake: Intake, *, replaces: str = "", raw: Path | None = None
) -> IngestReceipt:
    """Store a read file; the same file read the same way a second time changes nothing.

    Rows, compounds and their names are one transaction; lots and orders, which are idempotent by
    themselves, follow it, so that a killed ingest is completed by running it again.

    Parameters
    ----------
    replaces
        The ``file_id`` of a file that this one corrects, see ``molagent.store.ingests``.
    raw
        The file itself, to keep its bytes in the same transaction.

    Raises
    ------
    StoreError
        If an endpoint of the file is in the project as something else.
    InputError
        If the file is of points or wells, which are stored with their curves and plates.
    """
    if intake.layout.well:
        raise InputError(
            f"the layout is of {intake.layout.table}, which bring no results",
            place=intake.table.name,
            remedy=f"use `molagent data {intake.layout.kind}`",
        )
    source = intake.source
    answer = write_parts(db, source, _parts(intake), intake.receipt, replaces=replaces, raw=raw)
    if intake.layout.table == "shipments":
        lots = intake.lots.drop_duplicates(["inchikey", "supplier", "lot"])
        register_batches(db, lots, source=source)
    if intake.layout.table == "orders":
        groups = intake.order_lines.groupby(["order_id", "supplier"], sort=False)
        orders = [
            Order(
                order_id=str(order_id),
                lines=lines[["smiles", "name", "inchikey", "source_row"]],
                supplier=str(supplier),
                placed_on=None
                if pd.isna(lines["placed_on"].iloc[0])
                else lines["placed_on"].iloc[0],
            )
            for (order_id, supplier), lines in groups
        ]
        write_orders(db, orders, source=source)
    return answer


def _parts(intake: Intake) -> Iterator[tuple[IngestResult, pd.DataFrame]]:
    for part, names in intake.named_parts():
        yield part, names.rename(columns={"name": "alias"})[["system", "alias", "inchikey"]]
