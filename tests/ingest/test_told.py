import pandas as pd
import pytest
from rdkit import Chem

from molagent.config import DerivedConfig
from molagent.errors import FileFormatError
from molagent.ingest.intake import read_data
from molagent.ingest.writing import write_intake
from molagent.project.intake import read_tell
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import load_assays
from molagent.store.cycles import CampaignStore
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


def told(path, assays=ASSAYS, **options):
    return read_data(
        path, "results_form", structures=STRUCTURES, assays=assays, workers=0, **options
    )


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
    result = told(path)
    assert result.results["source_row"].tolist() == [2, 3, 4, 8]
    assert result.results["name"].tolist() == ["P1-0001", "P1-0001", "", "MA-000002"]
    reasons = result.rejections.set_index("source_row")
    assert reasons["kind"].tolist() == ["structure", "endpoint", "value"]
    assert reasons["reason"][5] == "no proposal or compound named 'P9-9999', and no SMILES"
    assert reasons["reason"][6] == "no endpoint named 'jak3_pki'; known: jak1_pki, jak2_pki"

    db = Database(tmp_path / "p.duckdb")
    db.migrate()
    assert write_intake(db, result).endpoints == ("jak1_pki", "jak2_pki")
    frame = aggregate_results(db, "jak2_pki").iloc[0]
    assert (frame["relation"], frame["value"]) == ("<", pytest.approx(5.0))
    assert behind(db, frame["compound_id"], "jak2_pki")["name"].tolist() == ["P1-0001"]
    again = told(path, load_assays(db))
    assert write_intake(db, again).known


def test_a_swapped_label_is_rejected(write):
    path = write(
        "compound_id,smiles,value,unit\n"
        f"P1-0001,{RUXOLITINIB},0.7,nM\n"
        "P1-0001,N#CCC(=O)N1CC[C@@H](C)[C@@H](N(C)c2ncnc3[nH]ccc23)C1,0.7,nM\n"
    )
    result = told(path, ASSAYS.iloc[:1])
    assert result.results["source_row"].tolist() == [3]
    assert "is not the structure of its id" in result.rejections["reason"][0]
    assert result.rejections["kind"].tolist() == ["structure"]


def test_one_assay_needs_no_endpoint_column_and_a_title_may_hold_the_unit(write):
    path = write("proposal_id;Ki (nM)\nP1-0001;>10000\n")
    result = told(path, ASSAYS.iloc[:1])
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
        told(write(text))


def test_a_file_of_which_no_row_fits_is_all_rejections(write, tmp_path):
    path = write("proposal_id,endpoint,value,unit\nP9,jak1_pki,1,nM\n,,,x\nP1-0001,jak1_pki\n")
    result = told(path)
    assert result.results.empty
    assert result.rejections["source_row"].tolist() == [2, 3, 4]
    db = Database(tmp_path / "p.duckdb")
    db.migrate()
    assert write_intake(db, result).rejected == 3


def test_an_unknown_id_with_a_structure_is_taken_and_said_or_refused(write):
    path = write(
        "compound_id,smiles,value,unit\n"
        f"P1-0001,{TOFACITINIB},0.7,nM\n"
        f"CRO-17,{BARICITINIB},5.9,nM\n"
        f",{RUXOLITINIB},3.3,nM\n"
    )
    taken = told(path, ASSAYS.iloc[:1])
    assert taken.results["source_row"].tolist() == [2, 3, 4]
    assert "1 results are of 1 ids that the project does not know ('CRO-17')" in taken.notes[-1]
    refused = told(path, ASSAYS.iloc[:1], unknown_ids="refuse")
    assert refused.results["source_row"].tolist() == [2, 4]
    assert refused.rejections["reason"].tolist() == ["no proposal or compound named 'CRO-17'"]
    assert not any("does not know" in note for note in refused.notes)
    assert refused.receipt.file_id != taken.receipt.file_id


PROJECT = pd.DataFrame(
    [
        ["jak1_pki", "JAK1", "Ki", "", "", "concentration", "nM"],
        ["jak1_inhibition", "JAK1", "inhibition", "", "", "percent", "%"],
        ["hlm_clint", "", "CLint", "", "", "clearance_microsome", "uL/min/mg"],
        ["ksol", "", "solubility", "", "", "amount_per_volume", "uM"],
    ],
    columns=[*ASSAY_COLUMNS, "dimension", "unit"],
)
FORM = (
    "proposal_id,smiles,endpoint,relation,value,unit\n"
    f"P1-0001,{TOFACITINIB},jak1_pki,=,>10000,nM\n"
    f"P1-0001,{TOFACITINIB},jak1_inhibition,=,-3.5,%\n"
    f"P1-0001,{TOFACITINIB},hlm_clint,=,<= 9,uL/min/mg\n"
    f"P1-0001,{TOFACITINIB},ksol,=,0.2,mM\n"
    f"MA-000002,{RUXOLITINIB},jak1_pki,<,>10,nM\n"
    f"MA-000002,{RUXOLITINIB},jak1_inhibition,=,12,nM\n"
    f"MA-000002,{RUXOLITINIB},ksol,=,,mM\n"
)


def as_csv(folder):
    path = folder / "back.csv"
    path.write_text(FORM, encoding="utf-8")
    return path


def as_xlsx(folder):
    path = folder / "back.xlsx"
    frame = pd.read_csv(as_csv(folder), dtype=str, keep_default_na=False)
    frame.to_excel(path, index=False, engine="openpyxl")
    return path


def as_json(folder):
    path = folder / "back.json"
    frame = pd.read_csv(as_csv(folder), dtype=str, keep_default_na=False)
    path.write_text(frame.to_json(orient="records"), encoding="utf-8")
    return path


def as_sdf(folder):
    path = folder / "back.sdf"
    frame = pd.read_csv(as_csv(folder), dtype=str, keep_default_na=False)
    with path.open("w", encoding="utf-8") as stream:
        for row in frame.to_dict("records"):
            stream.write(Chem.MolToMolBlock(Chem.MolFromSmiles(row.pop("smiles"))))
            stream.writelines(f">  <{name}>\n{text}\n\n" for name, text in row.items())
            stream.write("$$$$\n")
    return path


@pytest.mark.parametrize("write_as", [as_csv, as_xlsx, as_json, as_sdf])
def test_any_file_of_any_unit_comes_back_and_the_typed_sign_wins_over_the_forms(tmp_path, write_as):
    intake = told(write_as(tmp_path), PROJECT)
    rows = intake.results.set_index("endpoint")
    assert rows["relation"].to_dict() == {
        "jak1_pki": ">", "jak1_inhibition": "=", "hlm_clint": "<=", "ksol": "=",
    }  # fmt: skip
    assert rows["standard_value"].to_dict() == {
        "jak1_pki": 10_000.0, "jak1_inhibition": -3.5, "hlm_clint": 9.0, "ksol": 200.0,
    }  # fmt: skip
    assert rows["p_value"]["jak1_pki"] == pytest.approx(5.0)
    assert rows["p_relation"]["jak1_pki"] == "<"
    first = 0 if write_as in (as_sdf, as_json) else 1
    refused = intake.rejections
    assert (refused["source_row"] - first).tolist() == [5, 6, 7]
    assert refused["kind"].tolist() == ["relation", "unit", "value"]
    assert "the value says '>', the relation column '<'" in refused["reason"].iloc[0]
    assert "'nM' is no unit of percent" in refused["reason"].iloc[1]


def test_a_percent_that_comes_back_is_stored_beside_what_the_layout_brought(tmp_path):
    db = Database(tmp_path / "p.duckdb")
    db.migrate()
    screen = tmp_path / "screen.csv"
    screen.write_text(f"smiles,value\n{TOFACITINIB},81\n", encoding="utf-8")
    columns = {"endpoint": "jak1_inhibition", "quantity": "inhibition", "target": "JAK1"}
    write_intake(
        db, read_data(screen, smiles="smiles", value="value", unit="%", workers=0, **columns)
    )
    back = tmp_path / "back.csv"
    back.write_text("compound_id,value,unit\nMA-000001,77.5,percent\n", encoding="utf-8")
    known = {"MA-000001": TOFACITINIB}
    assays = load_assays(db)
    intake = read_data(back, "results_form", structures=known, assays=assays, workers=0)
    assert write_intake(db, intake).accepted == 1
    values = db.query("SELECT standard_value FROM result ORDER BY result_id")
    assert values["standard_value"].tolist() == [81.0, 77.5]


def test_a_decimal_comma_can_be_said_of_told_values(write):
    path = write("compound_id;value;unit\nP1-0001;1,250;nM\nMA-000002;>2,500;nM\n", "back.csv")
    unsure = told(path, ASSAYS.iloc[:1])
    assert unsure.rejections["source_row"].tolist() == [2, 3]
    assert told(path, ASSAYS.iloc[:1], decimal=",").results["value"].tolist() == [1.25, 2.5]


def test_results_of_a_compound_are_told_by_any_name_that_the_project_knows(tmp_path):
    db = Database(tmp_path / "p.duckdb")
    db.migrate()
    first = tmp_path / "first.csv"
    first.write_text(f"SMILES,Name,Ki (nM)\n{TOFACITINIB},CP-690550,5\n", encoding="utf-8")
    write_intake(db, read_data(first, workers=0, endpoint="jak1_pki", target="JAK1"))
    back = tmp_path / "back.csv"
    back.write_text("compound_id,value,unit\nCP-690550,7,nM\nCP-1,9,nM\n", encoding="utf-8")
    intake = read_tell(CampaignStore(db, "main"), back)
    assert intake.results["inchikey"].tolist() == ["UJLAWZDWDVHWOW-YPMHNXCESA-N"]
    assert intake.results["value"].tolist() == [7.0]
    assert intake.rejections["reason"].tolist() == [
        "no proposal or compound named 'CP-1', and no SMILES"
    ]


def test_a_difference_is_told_by_the_values_of_both_its_assays(tmp_path):
    db = Database(tmp_path / "p.duckdb")
    db.migrate()
    first = tmp_path / "first.csv"
    first.write_text(f"SMILES,Name,Ki (nM)\n{TOFACITINIB},CP-690550,5\n", encoding="utf-8")
    write_intake(db, read_data(first, workers=0, endpoint="jak1_pki", target="JAK1"))
    back = tmp_path / "back.csv"
    row = "CP-690550,jak1_over_jak2,1.2,"
    back.write_text(f"compound_id,endpoint,value,unit\n{row}\n", encoding="utf-8")
    derived = DerivedConfig(endpoint="jak1_over_jak2", minuend="jak1_pki", subtrahend="jak2_pki")
    intake = read_tell(CampaignStore(db, "main"), back, derived=[derived])
    assert intake.rejections["reason"].tolist() == [
        "'jak1_over_jak2' is not measured; give values of both jak1_pki and jak2_pki, of which it"
        " is the difference"
    ]
