"""Orders and shipments that the rows of a file name: lines and lots."""

import re
from datetime import date

import pandas as pd

from molagent.ingest.cells import parse_date
from molagent.ingest.layouts import Layout

__all__ = ["order_frames"]


def order_frames(seen: pd.DataFrame, layout: Layout) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return order lines and lots of rows that name orders or shipments.

    Returns
    -------
    tuple of pandas.DataFrame
        ``order_id, supplier, placed_on, line, smiles, name, inchikey, source_row`` for a table of
        orders, and ``supplier, lot, inchikey, shipped_on, source_row, note`` for one of shipments;
        the other is empty.
    """
    lines: list[tuple[object, ...]] = []
    lots: list[tuple[object, ...]] = []
    counts: dict[str, int] = {}
    for row in seen.itertuples(index=False):
        orders = [part for part in str(row.orders).split("\n") if part]
        named = [part for part in str(row.lots).split("\n") if part]
        on = date.fromisoformat(str(row.on_date)) if row.on_date else None
        for place, order in enumerate(orders or [""]):
            supplier, day = _order_of(order, layout)
            if layout.table == "orders":
                counts[order] = counts.get(order, 0) + 1
                lines.append(
                    (
                        *(order or layout.name, supplier, day or on, counts[order]),
                        *(row.raw_smiles, row.name, row.inchikey, row.source_row),
                    )
                )
            elif layout.table == "shipments":
                # A lot that is not named is called after its shipment.
                lot = named[place] if place < len(named) else order or str(row.name)
                lots.append((supplier, lot, row.inchikey, day or on, row.source_row, order))
    line_columns = ("order_id", "supplier", "placed_on", "line", "smiles", "name", "inchikey")
    return (
        pd.DataFrame(lines, columns=[*line_columns, "source_row"]),
        pd.DataFrame(
            lots, columns=["supplier", "lot", "inchikey", "shipped_on", "source_row", "note"]
        ),
    )


def _order_of(order: str, layout: Layout) -> tuple[str, date | None]:
    match = re.search(layout.order_pattern, order) if layout.order_pattern and order else None
    groups = match.groupdict() if match else {}
    day = None
    if groups.get("date"):
        day = parse_date(groups["date"], layout.date_format)
    return groups.get("supplier") or layout.supplier or "unknown", day
