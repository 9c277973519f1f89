from datetime import date

import pandas as pd
import pytest

from molagent.errors import StoreError
from molagent.store.batches import load_batches, register_batches
from tests.store.registry import KEYS, RUXOLITINIB, TOFACITINIB, register_drugs, source

VIALS = pd.DataFrame(
    {
        "inchikey": [KEYS[TOFACITINIB], KEYS[TOFACITINIB], KEYS[RUXOLITINIB], None],
        "compound_id": [None, None, None, "MA-000001"],
        "supplier": ["Enamine", "Enamine", "Enamine", "WuXi"],
        "lot": ["Z1", "Z2", "Z1", "W9"],
        "salt": ["OC(=O)CC(O)(CC(=O)O)C(=O)O", None, None, None],
        "purity": [98.5, None, 95.0, None],
        "shipped_on": ["2020-04-17", None, None, None],
        "received_on": ["2020-04-20", None, None, None],
    }
)


def test_vials_get_numbers_within_their_compound(db):
    register_drugs(db)
    answer = register_batches(db, VIALS, source=source("shipment.csv", "orders"))
    assert answer["batch_id"].tolist() == [
        *("MA-000001-B01", "MA-000001-B02", "MA-000002-B01", "MA-000001-B03")
    ]
    row = load_batches(db, compound_id="MA-000001").iloc[0]
    assert (row["purity"], row["received_on"], row["file"]) == (
        *(98.5, date(2020, 4, 20)),
        "shipment.csv",
    )


def test_the_same_vials_again_get_the_same_ids_and_new_ones_go_on(db):
    register_drugs(db)
    register_batches(db, VIALS)
    again = register_batches(db, VIALS.iloc[::-1])
    assert again["batch_id"].tolist() == [
        *("MA-000001-B03", "MA-000002-B01", "MA-000001-B02", "MA-000001-B01")
    ]
    more = VIALS.iloc[[0, 0]].assign(lot="Z3")
    assert register_batches(db, more)["batch_id"].tolist() == ["MA-000001-B04", "MA-000001-B04"]
    assert len(load_batches(db)) == 5


def test_a_vial_of_nothing_known_is_refused_whole(db):
    register_drugs(db)
    strange = VIALS.assign(inchikey="AAAAAAAAAAAAAA-UHFFFAOYSA-N")
    with pytest.raises(StoreError, match=r"3 batches are of compounds.*lot 'Z1' of Enamine"):
        register_batches(db, strange)
    assert load_batches(db).empty


@pytest.mark.parametrize(
    "wrong", [{"purity": 985.0}, {"received_on": "2020-04-01"}, {"amount_mg": -1.0}]
)
def test_what_cannot_be_is_refused(db, wrong):
    register_drugs(db)
    with pytest.raises(StoreError, match="CHECK"):
        register_batches(db, VIALS.head(1).assign(**wrong))
