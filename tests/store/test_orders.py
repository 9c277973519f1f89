from datetime import date

import pandas as pd
import pytest

from molagent.errors import NotFoundError, StoreError
from molagent.store.batches import register_batches
from molagent.store.database import Database
from molagent.store.orders import (
    Order,
    load_order_events,
    load_orders,
    record_order_events,
    write_orders,
)
from tests.store.registry import KEYS, RUXOLITINIB, TOFACITINIB, register_drugs, source

LINES = pd.DataFrame(
    {
        "smiles": [TOFACITINIB, RUXOLITINIB],
        "name": ["EDJ-MED-8c98ee63-1", None],
        "inchikey": [KEYS[TOFACITINIB], "AAAAAAAAAAAAAA-UHFFFAOYSA-N"],
        "proposal_id": [None, "P1-0007"],
        "amount_mg": [5.0, 10.0],
    }
)


def place(db, *, source=None, **other):
    given = {"supplier": "Enamine", "placed_on": date(2021, 1, 25), "placed_by": "A. Chemist"}
    order = Order(order_id="20210125", lines=LINES, **(given | other))
    return write_orders(db, [order], source=source)


def test_a_line_goes_from_ordered_to_received_and_keeps_its_dates(db):
    register_drugs(db)
    assert place(db, source=source("20210125_moonshot_to_enamine.csv", "orders")) == 2
    vial = pd.DataFrame({"compound_id": ["MA-000001"], "supplier": ["Enamine"], "lot": ["Z9"]})
    batch = register_batches(db, vial)["batch_id"][0]
    events = pd.DataFrame(
        {
            "order_id": "20210125",
            "line": [1, 1, 2],
            "state": ["shipped", "received", "failed"],
            "happened_on": ["2021-03-01", "2021-03-04", None],
            "batch_id": [None, batch, None],
            "note": [None, None, "two steps did not work"],
        }
    )
    assert record_order_events(db, events) == 3
    first, second = load_orders(db).to_dict("records")
    assert (first["state"], first["ordered_on"], first["received_on"], first["batch_id"]) == (
        *("received", date(2021, 1, 25), date(2021, 3, 4)),
        batch,
    )
    assert (second["state"], second["shipped_on"], second["compound_id"]) == ("failed", None, None)
    assert load_order_events(db, "20210125")["state"].tolist() == [
        *("ordered", "ordered", "shipped", "received", "failed")
    ]


def test_an_order_is_stored_once(db):
    register_drugs(db)
    assert (place(db), place(db)) == (2, 0)
    assert len(load_order_events(db)) == 2


def test_without_a_date_an_order_is_planned(db):
    register_drugs(db)
    place(db, placed_on=None)
    assert set(load_orders(db)["state"]) == {"planned"}


def test_what_happens_to_lines_that_are_not_there_is_refused(db):
    register_drugs(db)
    place(db)
    event = pd.DataFrame({"order_id": ["20210125"], "line": [3], "state": ["made"]})
    with pytest.raises(NotFoundError, match="20210125/3"):
        record_order_events(db, event)
    with pytest.raises(StoreError, match="order state 'lost'; one of planned, ordered"):
        record_order_events(db, event.assign(line=1, state="lost"))
    with pytest.raises(StoreError, match="not registered"):
        record_order_events(db, event.assign(line=1, batch_id="MA-000001-B07"))
    with pytest.raises(StoreError, match="order empty has no line"):
        write_orders(db, [Order(order_id="empty", lines=LINES.head(0), supplier="Enamine")])


def test_orders_are_stored_together_or_not_at_all(tmp_path):
    db = Database(tmp_path / "orders.duckdb")
    db.migrate()
    line = pd.DataFrame({"smiles": ["CCO"]})
    empty = pd.DataFrame({"smiles": pd.Series([], dtype="str")})
    good = Order(order_id="A", lines=line, supplier="one")
    with pytest.raises(StoreError, match="order B has no line"):
        write_orders(db, [good, Order(order_id="B", lines=empty, supplier="two")])
    assert load_orders(db).empty
    assert write_orders(db, [good, Order(order_id="C", lines=line, supplier="two")]) == 2
    assert write_orders(db, [good]) == 0
    assert load_orders(db)["order_id"].tolist() == ["A", "C"]
