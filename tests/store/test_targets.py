import pandas as pd
import pyarrow as pa
import pytest

from molagent.errors import StoreError
from molagent.store.documents import register_documents
from molagent.store.targets import register_targets

MPRO = {
    "target_id": "Mpro",
    "name": "SARS-CoV-2 main protease",
    "kind": "single protein",
    "organism": "SARS-CoV-2",
    "uniprot": "P0DTD1",
}


def test_targets_are_registered_once_from_pandas_or_arrow(db):
    assert register_targets(db, pd.DataFrame([MPRO])) == 1
    assert register_targets(db, pa.Table.from_pylist([MPRO])) == 0
    (row,) = db.query("SELECT * FROM target").to_dict("records")
    assert (row["uniprot"], row["gene"]) == ("P0DTD1", None)


def test_a_target_of_the_same_id_and_another_protein_is_refused(db):
    register_targets(db, pd.DataFrame([MPRO]))
    with pytest.raises(StoreError, match="P0DTD1, given: P00760"):
        register_targets(db, pd.DataFrame([MPRO | {"uniprot": "P00760"}]))


def test_a_column_that_has_no_place_is_refused_and_not_lost(db):
    with pytest.raises(StoreError, match=r"targets has no place for unirpot; its columns are"):
        register_targets(db, pd.DataFrame([{**MPRO, "unirpot": "P0DTD1"}]))
    with pytest.raises(StoreError, match="targets lacks name"):
        register_targets(db, pd.DataFrame({"target_id": ["Mpro"]}))


def test_documents_are_registered_once(db):
    paper = {
        "document_id": "boby2023",
        "kind": "publication",
        "title": "Open science discovery of potent noncovalent SARS-CoV-2 Mpro inhibitors",
        "year": 2023,
        "doi": "10.1126/science.abo7201",
    }
    assert register_documents(db, pd.DataFrame([paper])) == 1
    assert register_documents(db, pd.DataFrame([paper])) == 0
    (row,) = db.query("SELECT * FROM document").to_dict("records")
    assert (row["doi"], row["year"]) == ("10.1126/science.abo7201", 2023)
    with pytest.raises(StoreError, match="CHECK"):
        register_documents(db, pd.DataFrame([paper | {"document_id": "x", "year": 20230}]))
