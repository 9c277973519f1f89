import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from molagent.errors import StoreError
from molagent.store.compounds import register_compounds

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"
COUNT = "SELECT count(*) AS n FROM compound"


def frame_of_keys(keys: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {"smiles": "C", "inchikey": keys, "connectivity": keys, "scaffold": "", "standardizer": "s"}
    )


def test_compounds_get_numbers_in_input_order(db, make_compounds):
    with db.write() as con:
        registered = register_compounds(con, make_compounds(RUXOLITINIB, TOFACITINIB))
    assert registered["compound_id"].tolist() == ["MA-000001", "MA-000002"]
    assert registered["smiles"].tolist() == [RUXOLITINIB, TOFACITINIB]


def test_a_known_compound_keeps_its_number(db, make_compounds):
    with db.write() as con:
        register_compounds(con, make_compounds(RUXOLITINIB, TOFACITINIB))
    with db.write() as con:
        again = register_compounds(con, make_compounds(BARICITINIB, TOFACITINIB, RUXOLITINIB))
    assert again["compound_id"].tolist() == ["MA-000003", "MA-000002", "MA-000001"]
    assert db.query(COUNT)["n"][0] == 3


def test_a_structure_given_twice_is_registered_once(db, make_compounds):
    with db.write() as con:
        registered = register_compounds(
            con, make_compounds(TOFACITINIB, RUXOLITINIB, TOFACITINIB, BARICITINIB)
        )
    assert registered["compound_id"].tolist() == [
        "MA-000001",
        "MA-000002",
        "MA-000001",
        "MA-000003",
    ]


def test_an_empty_frame_registers_nothing(db):
    with db.write() as con:
        assert register_compounds(con, frame_of_keys([])).empty
    assert db.query(COUNT)["n"][0] == 0


def test_a_missing_column_is_named(db, make_compounds):
    frame = make_compounds(TOFACITINIB).drop(columns="scaffold")
    with pytest.raises(StoreError, match="compounds lack scaffold"), db.write() as con:
        register_compounds(con, frame)


def test_ids_go_on_beyond_a_million(db):
    with db.write() as con:
        con.execute(
            "INSERT INTO compound (compound_id, smiles, inchikey, connectivity, scaffold,"
            " standardizer) VALUES ('MA-999999', 'C', 'old', 'old', '', 's')"
        )
        registered = register_compounds(con, frame_of_keys(["new", "newer"]))
        again = register_compounds(con, frame_of_keys(["newest"]))
    assert registered["compound_id"].tolist() == ["MA-1000000", "MA-1000001"]
    assert again["compound_id"].tolist() == ["MA-1000002"]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=3))
def test_ids_are_dense_stable_and_one_a_structure(new_db, batches):
    db = new_db()
    seen: dict[str, str] = {}
    for keys in batches:
        with db.write() as con:
            registered = register_compounds(con, frame_of_keys(keys))
        for key, compound_id in zip(keys, registered["compound_id"], strict=True):
            assert seen.setdefault(key, compound_id) == compound_id
    assert list(seen.values()) == [f"MA-{number:06d}" for number in range(1, len(seen) + 1)]
