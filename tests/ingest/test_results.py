import pandas as pd
import pytest

from molagent.errors import FileFormatError
from molagent.ingest.results import read_results
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import load_assays, write_ingest
from molagent.store.database import Database
from molagent.store.receipts import ASSAY_COLUMNS
from tests.store.registry import behind

TOFACITINIB = "C[C@@H]1CCN(C(=O)CC#N)C[C@@H]1N(C)c1ncnc2[nH]ccc12"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"
ASSAYS = pd.DataFrame(
    [["jak1_pki", "JAK1", "Ki", "", ""], ["jak2_pki", "JAK2", "Ki", "", ""]],
    columns=list(ASSAY_COLUMNS),
)
STRUCTURES = {"P1-0001": TOFACITINIB, "MA-000002": RUXOLITINIB}


def test_results_are_matched_by_id_or_structure_and_checked_as_any_others(write, tmp_path):
    path = write(
        "proposal_id,smiles,endpoint,relation,value,unit\n"
        "P1-0001,,jak1_pki,=,0.7,nM\n"
        "P1-0001,,jak2_pki,>,10,uM\n"
        f",{BARICITINIB},jak1_pki,,5.9,nM\n"
        "P9-9999,,jak1_pki,=,1,nM\n"
        "P1-0001,,jak3_pki,=,1,nM\n"
        "MA-000002,,jak1_pki,=,-1,nM\n"
        "MA-000002,,jak1_pki,=,1,ug/mL\n",
        "batch_1.csv",
    )
    result = read_results(path, ASSAYS, STRUCTURES)
    assert result.results["source_row"].tolist() == [2, 3, 4]
    assert result.results["name"].tolist() == ["P1-0001", "P1-0001", ""]
    reasons = result.rejections.set_index("source_row")
    assert reasons["kind"].tolist() == ["structure", "endpoint", "value", "unit"]
    assert reasons["reason"][5] == "no proposal or compound named 'P9-9999', and no SMILES"
    assert reasons["reason"][6] == "no endpoint named 'jak3_pki'; known: jak1_pki, jak2_pki"

    db = Database(tmp_path / "p.duckdb")
    db.migrate()
    assert write_ingest(db, result).endpoints == ("jak1_pki", "jak2_pki")
    frame = aggregate_results(db, "jak2_pki").iloc[0]
    assert (frame["relation"], frame["value"]) == ("<", pytest.approx(5.0))
    assert behind(db, frame["compound_id"], "jak2_pki")["name"].tolist() == ["P1-0001"]
    again = read_results(path, load_assays(db), STRUCTURES)
    assert write_ingest(db, again).known


def test_a_swapped_label_is_rejected(write):
    path = write(
        "compound_id,smiles,value,unit\n"
        f"P1-0001,{RUXOLITINIB},0.7,nM\n"
        "P1-0001,N#CCC(=O)N1CC[C@@H](C)[C@@H](N(C)c2ncnc3[nH]ccc23)C1,0.7,nM\n"
    )
    result = read_results(path, ASSAYS.iloc[:1], STRUCTURES)
    assert result.results["source_row"].tolist() == [3]
    assert "is not the structure of its id" in result.rejections["reason"][0]
    assert result.rejections["kind"].tolist() == ["structure"]


def test_one_assay_needs_no_endpoint_column_and_a_title_may_hold_the_unit(write):
    path = write("proposal_id;Ki (nM)\nP1-0001;>10000\n")
    result = read_results(path, ASSAYS.iloc[:1], STRUCTURES)
    assert result.results["endpoint"].tolist() == ["jak1_pki"]
    assert result.results["p_relation"].tolist() == ["<"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("endpoint,value,unit\njak1_pki,1,nM\n", "no column proposal_id or smiles among"),
        ("proposal_id,value,unit\nP1-0001,1,nM\n", "no column endpoint among"),
        ("proposal_id,endpoint,unit\nP1-0001,jak1_pki,nM\n", "no column value among"),
        ("proposal_id,endpoint,value\nP1-0001,jak1_pki,1\n", "no column unit among"),
        ("proposal_id,endpoint,value,unit\n", "a header and no rows"),
    ],
)
def test_missing_columns_are_named(write, text, missing):
    with pytest.raises(FileFormatError, match=missing):
        read_results(write(text), ASSAYS, STRUCTURES)


def test_a_file_of_which_no_row_fits_is_all_rejections(write, tmp_path):
    path = write("proposal_id,endpoint,value,unit\nP9,jak1_pki,1,nM\n,,,x\nP1-0001,jak1_pki\n")
    result = read_results(path, ASSAYS, STRUCTURES)
    assert result.results.empty
    assert result.rejections["source_row"].tolist() == [2, 3, 4]
    db = Database(tmp_path / "p.duckdb")
    db.migrate()
    assert write_ingest(db, result).rejected == 3


def test_an_unknown_id_with_a_structure_is_taken_and_said_or_refused(write):
    path = write(
        "compound_id,smiles,value,unit\n"
        f"P1-0001,{TOFACITINIB},0.7,nM\n"
        f"CRO-17,{BARICITINIB},5.9,nM\n"
        f",{RUXOLITINIB},3.3,nM\n"
    )
    taken = read_results(path, ASSAYS.iloc[:1], STRUCTURES)
    assert taken.results["source_row"].tolist() == [2, 3, 4]
    assert "1 results are of 1 ids that the project does not know ('CRO-17')" in taken.notes[0]
    refused = read_results(path, ASSAYS.iloc[:1], STRUCTURES, unknown_ids="refuse")
    assert refused.results["source_row"].tolist() == [2, 4]
    assert refused.rejections["reason"].tolist() == ["no proposal or compound named 'CRO-17'"]
    assert refused.notes == ()
    assert refused.file_id != taken.file_id
