"""Batch, run and document columns: what a row names is found in the project, or made known."""

import pytest

from molagent.ingest.intake import read_data
from molagent.ingest.writing import write_intake
from molagent.store.audit import load_audit
from molagent.store.batches import load_batches, register_batches
from molagent.store.database import Database
from molagent.store.documents import register_documents
from molagent.store.lineage import find_source
from molagent.store.verify import verify_audit

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ERLOTINIB = "C#Cc1cccc(Nc2ncnc3cc(OCCOC)c(OCCOC)cc23)c1"
LAYOUT = {
    "smiles": "smiles",
    "value": "value",
    "unit": "nM",
    "quantity": "IC50",
    "batch_column": "batch",
    "run_column": "run",
    "document_column": "source",
    "supplier": "AstraZeneca",
    "date_column": "day",
}
TEXT = (
    "smiles,value,batch,run,source,day\n"
    f"{GEFITINIB},33,AZ-1,R1,10.1016/S0960-894X(01)00344-4,2001-05-02\n"
    f"{GEFITINIB},35,AZ-1,R2,10.1016/S0960-894X(01)00344-4,2001-05-03\n"
    f"{GEFITINIB},41,AZ-2,R2,ELN-0042,2001-05-04\n"
    f"{ERLOTINIB},2,,,WO1996030347A1,2001-05-04\n"
)
ROWS = (
    "SELECT source_row, compound_id, batch_id, run_id, document_id FROM result ORDER BY result_id"
)


@pytest.fixture
def db(tmp_path) -> Database:
    base = Database(tmp_path / "egfr.duckdb", actor="ann")
    base.migrate()
    return base


def read(path, endpoint="egfr_pic50"):
    return read_data(path, endpoint=endpoint, workers=0, **LAYOUT)


def test_what_a_row_names_is_registered_and_linked(db, write):
    write_intake(db, read(write(TEXT)))
    rows = db.query(ROWS)
    assert rows["batch_id"].tolist() == ["MA-000001-B01", "MA-000001-B01", "MA-000001-B02", None]
    assert rows["run_id"].tolist() == [
        "egfr_pic50/R1", "egfr_pic50/R2", "egfr_pic50/R2", None,
    ]  # fmt: skip
    assert rows["document_id"].tolist() == [
        "10.1016/S0960-894X(01)00344-4",
        "10.1016/S0960-894X(01)00344-4",
        "ELN-0042",
        "WO1996030347A1",
    ]
    batches = load_batches(db)
    assert batches["lot"].tolist() == ["AZ-1", "AZ-2"]
    assert batches["supplier"].unique().tolist() == ["AstraZeneca"]
    assert batches["source_row"].tolist() == [2, 4]
    kinds = db.query("SELECT document_id, kind, doi, patent_number FROM document ORDER BY kind")
    assert kinds["kind"].tolist() == ["patent", "publication", "report"]
    assert kinds["doi"].tolist() == [None, "10.1016/S0960-894X(01)00344-4", None]
    assert kinds["patent_number"].tolist() == ["WO1996030347A1", None, None]
    assert verify_audit(db).whole


def test_the_same_file_again_changes_nothing_and_another_file_finds_the_same(db, write):
    write_intake(db, read(write(TEXT)))
    assert write_intake(db, read(write(TEXT))).known
    write_intake(db, read(write(TEXT.replace(",33,", ",30,"), name="second.csv")))
    counts = db.query(
        "SELECT (SELECT count(*) FROM batch) AS batches, (SELECT count(*) FROM run) AS runs,"
        " (SELECT count(*) FROM document) AS documents, (SELECT count(*) FROM result) AS results"
    ).iloc[0]
    assert counts.to_dict() == {"batches": 2, "runs": 2, "documents": 3, "results": 8}
    linked = db.query(ROWS)
    assert linked.iloc[:4, 1:].equals(linked.iloc[4:, 1:].reset_index(drop=True))


def test_a_run_of_the_same_name_is_another_run_in_another_assay(db, write):
    write_intake(db, read(write(TEXT)))
    write_intake(db, read(write(TEXT, name="her2.csv"), endpoint="her2_pic50"))
    runs = db.query("SELECT run_id, assay_id FROM run ORDER BY run_id")
    assert runs["run_id"].tolist() == [
        "egfr_pic50/R1", "egfr_pic50/R2", "her2_pic50/R1", "her2_pic50/R2",
    ]  # fmt: skip
    assert load_batches(db)["lot"].tolist() == ["AZ-1", "AZ-2"]


def test_registered_batches_and_documents_are_found_by_their_own_ids(db, write):
    path = write(f"smiles,value\n{GEFITINIB},33\n", name="first.csv")
    columns = {"smiles": "smiles", "value": "value", "unit": "nM", "quantity": "IC50"}
    write_intake(db, read_data(path, endpoint="egfr_pic50", workers=0, **columns))
    register_batches(
        db,
        db.query("SELECT 'Enamine' AS supplier, 'E-9' AS lot, compound_id FROM compound"),
    )
    register_documents(
        db,
        db.query(
            "SELECT 'barker2001' AS document_id, 'publication' AS kind, 'Studies' AS title,"
            " '10.1016/s0960-894x(01)00344-4' AS doi"
        ),
    )
    text = TEXT.replace("AZ-1", "MA-000001-B01").replace("10.1016", "https://doi.org/10.1016")
    write_intake(db, read(write(text)))
    rows = db.query(ROWS + " OFFSET 1")
    assert rows["batch_id"].tolist()[:2] == ["MA-000001-B01", "MA-000001-B01"]
    assert rows["document_id"].tolist()[:2] == ["barker2001", "barker2001"]
    assert load_batches(db)["lot"].tolist() == ["E-9", "AZ-2"]


def test_lineage_shows_the_vial_the_run_and_the_document(db, write):
    write_intake(db, read(write(TEXT)))
    source = find_source(db, "result:1")
    shown = {entry.kind: entry for entry in source.sources}
    assert shown["batch"].label == "MA-000001-B01"
    assert shown["batch"].facts["lot"] == "AZ-1"
    assert shown["batch"].facts["from"] == "jak1_ki.csv:2"
    assert shown["batch"].facts["by"] == "ann"
    assert shown["run"].facts["from"] == "jak1_ki.csv"
    assert shown["document"].facts["doi"] == "10.1016/S0960-894X(01)00344-4"
    assert "batch" not in {entry.kind for entry in find_source(db, "result:4").sources}
    assert load_audit(db, table_name="batch")["origin"].tolist() == ["ingest jak1_ki.csv"] * 2


def test_a_file_in_parts_links_as_one_in_one_part(db, write):
    intake = read_data(write(TEXT), endpoint="egfr_pic50", workers=0, chunk_rows=1, **LAYOUT)
    write_intake(db, intake)
    rows = db.query(ROWS)
    assert rows["batch_id"].tolist() == ["MA-000001-B01", "MA-000001-B01", "MA-000001-B02", None]
    assert load_batches(db)["lot"].tolist() == ["AZ-1", "AZ-2"]
