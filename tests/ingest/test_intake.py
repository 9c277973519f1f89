"""The one verb: files of every kind in, rows and rejections out, and into a project."""

import datetime as dt
import hashlib
import tracemalloc
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.ingest import ingest_folder, write_large_csv
from molagent.errors import ConfigError, FileFormatError, StoreError
from molagent.ingest.intake import read_data, show_layout
from molagent.ingest.layouts import Layout
from molagent.ingest.readings import parse_reading
from molagent.ingest.writing import write_intake
from molagent.store.aggregates import aggregate_results
from molagent.store.assays import load_rejections, load_sources
from molagent.store.database import Database
from tests.store.registry import behind

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ERLOTINIB = "C#Cc1cccc(Nc2ncnc3cc(OCCOC)c(OCCOC)cc23)c1"
LAPATINIB = "CS(=O)(=O)CCNCc1ccc(-c2ccc3ncnc(Nc4ccc(OCc5cccc(F)c5)c(Cl)c4)c3c2)o1"
AFATINIB = "CN(C)C/C=C/C(=O)Nc1cc2c(Nc3ccc(F)c(Cl)c3)ncnc2cc1O[C@H]1CCOC1"
COLUMNS = {
    "smiles": "smiles",
    "value": "value",
    "unit_column": "unit",
    "endpoint": "egfr_pic50",
    "target": "EGFR",
    "quantity": "IC50",
}


@pytest.fixture
def db(tmp_path: Path) -> Database:
    base = Database(tmp_path / "egfr.duckdb")
    base.migrate()
    return base


def fates(intake) -> set[int]:
    return set(intake.results["source_row"]) | set(intake.rejections["source_row"])


def test_every_row_ends_as_a_result_or_a_rejection_with_its_reason(write):
    path = write(
        "smiles,value,unit\n"
        f"{GEFITINIB},33,nM\n"
        f"{ERLOTINIB},> 10,uM\n"
        f"{LAPATINIB},NA,nM\n"
        f"{LAPATINIB},inactive,nM\n"
        f"{LAPATINIB},ND,nM\n"
        f"{LAPATINIB},~10.8,nM\n"
        f"{LAPATINIB},12-May,nM\n"
        f"{LAPATINIB},10.8,ug/mL\n"
        f"{LAPATINIB},\n"
        f"{LAPATINIB},,nM\n"
        "c1ccccc,5,nM\n"
        ",5,nM\n"
        f"5,{GEFITINIB},nM\n"
        f"x,{GEFITINIB},5\n"
        f"{AFATINIB},0.5,nM,,,\n"
    )
    intake = read_data(path, **COLUMNS)
    assert fates(intake) == set(range(2, 17))
    assert intake.results["source_row"].tolist() == [2, 3, 7, 9, 16]
    assert intake.results["relation"].tolist() == ["=", ">", "~", "=", "="]
    # 10.8 ug/mL of lapatinib, 581.1 g/mol
    assert intake.results["p_value"][3] == pytest.approx(4.731, abs=0.001)
    rejected = intake.rejections.set_index("source_row")
    assert rejected["kind"].to_dict() == {
        4: "value",
        5: "value",
        6: "value",
        8: "value",
        10: "row",
        11: "value",
        12: "structure",
        13: "structure",
        14: "row",
        15: "row",
    }
    assert rejected["reason"][14] == "the structure '5' is a number: are the columns shifted?"
    assert "is a structure: are the columns shifted?" in rejected["reason"][15]
    assert "is a date" in rejected["reason"][8]
    assert rejected["raw"][8] == f"{LAPATINIB},12-May,nM"
    assert intake.receipt.n_rows == 15
    assert (intake.receipt.accepted, intake.receipt.rejected) == (5, 10)


def test_a_dry_run_shows_the_layout_and_the_same_again_changes_nothing(write, db):
    path = write(f"Smiles,EGFR IC50 (nM),batch\n{GEFITINIB},33,B1\n{ERLOTINIB},2,B2\n", "egfr.csv")
    shown = show_layout(path).set_index("column")
    assert shown["role"].to_dict() == {
        "Smiles": "structure",
        "EGFR IC50 (nM)": "egfr_pic50 in nM",
        "batch": "batch",
    }
    assert shown["examples"]["EGFR IC50 (nM)"] == "33, 2"
    intake = read_data(path)
    assert intake.notes[0].startswith("guessed: ")
    assert not intake.receipt.written
    assert load_sources(db).empty
    first = write_intake(db, intake)
    assert (first.written, first.new_compounds, first.accepted) == (True, 2, 2)
    assert write_intake(db, read_data(path)).known
    assert len(load_sources(db)) == 1


def test_the_answer_does_not_depend_on_chunks_or_processes(write, db):
    lines = [
        f"{smiles},{value},nM"
        for value in (1, 20, 40, 3000)
        for smiles in (GEFITINIB, ERLOTINIB, "nonsense", LAPATINIB + ".Cl")
    ]
    path = write("smiles,value,unit\n" + "\n".join(lines) + "\n")
    whole = read_data(path, **COLUMNS, workers=0)
    for chunk_rows, workers in ((1, 1), (5, 2), (7, 0)):
        parts = read_data(path, **COLUMNS, chunk_rows=chunk_rows, workers=workers)
        pd.testing.assert_frame_equal(parts.results, whole.results)
        pd.testing.assert_frame_equal(parts.rejections, whole.rejections)
        assert parts.receipt == whole.receipt
    assert set(whole.results["flag"]) == {"unit_slip"}  # 1 nM beside 3 uM
    assert write_intake(db, parts).accepted == 12
    stored = db.query("SELECT source_row, value, validity FROM result ORDER BY source_row")
    assert stored["source_row"].tolist() == whole.results["source_row"].tolist()
    assert set(stored["validity"]) == {"suspect"}
    assert len(load_rejections(db)) == 4


def test_other_endpoints_than_potencies_are_stored_with_their_units(write, db):
    path = write(
        "SMILES,Molecule Name,EGFR IC50 (uM),HLM CLint (uL/min/mg),KSOL (ug/mL),Inhibition (%)\n"
        f"{GEFITINIB},gefitinib,0.033,25,,-3.2\n"
        f"{ERLOTINIB},erlotinib,0.002,,50,0\n"
        f"{LAPATINIB},lapatinib,inactive,12,,\n"
        f"{AFATINIB},afatinib,,,,\n",
        "vault.csv",
    )
    intake = read_data(path)
    assert intake.summary.set_index("endpoint")["values"].to_dict() == {
        "egfr_pic50": 2,
        "hlm_clint": 2,
        "ksol": 1,
        "vault_inhibition": 2,
    }
    assert fates(intake) == {2, 3, 4, 5}
    assert intake.rejections[["source_row", "field", "kind"]].to_numpy().tolist() == [
        [4, "EGFR IC50 (uM)", "value"],
        [5, "", "value"],
    ]
    write_intake(db, intake)
    solubility = aggregate_results(db, "ksol").iloc[0]
    assert solubility["unit"] == "uM"
    # 50 ug/mL of erlotinib, 393.4 g/mol
    assert solubility["value"] == pytest.approx(127.1, abs=0.1)
    inhibition = aggregate_results(db, "vault_inhibition")
    assert sorted(inhibition["value"]) == [-3.2, 0.0]
    assert set(inhibition["unit"]) == {"%"}
    (gefitinib,) = db.query("SELECT compound_id FROM compound_raw WHERE name = 'gefitinib'")[
        "compound_id"
    ]
    trace = behind(db, gefitinib, "vault_inhibition").iloc[0]
    assert (trace["file"], trace["row"], trace["value as it stood"]) == ("vault.csv", 2, "-3.2")


def test_an_endpoint_that_is_something_else_in_the_project_is_refused(write, db):
    path = write(f"smiles,value,unit\n{GEFITINIB},33,nM\n")
    write_intake(db, read_data(path, **COLUMNS))
    other = write(f"smiles,value,unit\n{ERLOTINIB},33,%\n", "b.csv")
    columns = {**COLUMNS, "dimension": "percent"}
    with pytest.raises(StoreError, match="holds concentration in nM, the file brings percent in %"):
        write_intake(db, read_data(other, **columns))
    assert len(load_sources(db)) == 1


def test_two_dimensions_in_one_endpoint_are_not_mixed(write):
    path = write(f"smiles,value,unit\n{GEFITINIB},33,nM\n{ERLOTINIB},33,%\n")
    intake = read_data(path, **COLUMNS)
    assert intake.results["source_row"].tolist() == [2]
    assert "% is a percent, egfr_pic50 a concentration" in intake.rejections["reason"][0]


def test_a_workbook_of_a_cro_comes_in_with_dates_and_merged_titles(tmp_path, db):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Results"
    for line in (
        ["CRO report 17"],
        ["Compound", None, "EGFR", None],
        ["Name", "SMILES", "IC50 (nM)", "n"],
        ["gefitinib", GEFITINIB, 33, 3],
        ["erlotinib", ERLOTINIB, dt.datetime(2026, 5, 2), 3],  # noqa: DTZ001 - as Excel has it
        ["lapatinib", LAPATINIB, ">10000", 3],
    ):
        sheet.append(line)
    sheet.merge_cells("A2:B2")
    sheet.merge_cells("C2:D2")
    path = tmp_path / "cro.xlsx"
    book.save(path)
    intake = read_data(path)
    assert intake.results["source_row"].tolist() == [4, 6]
    assert intake.rejections[["source_row", "kind"]].to_numpy().tolist() == [[5, "value"]]
    assert "'2026-05-02' is a date" in intake.rejections["reason"][0]
    receipt = write_intake(db, intake)
    assert (receipt.accepted, receipt.rejected) == (2, 1)


def test_what_the_files_owner_set_aside_is_kept_and_does_not_count(write, db):
    path = write(
        "smiles,value,unit,outlier\n"
        f"{GEFITINIB},33,nM,false\n{GEFITINIB},90000,nM,TRUE\n{GEFITINIB},35,nM,\n"
    )
    intake = read_data(path, **COLUMNS, outlier_column="outlier")
    assert intake.results["validity"].tolist() == ["valid", "invalid", "valid"]
    # It says nothing about the others either: no conflict, no slip.
    assert intake.results["flag"].tolist() == ["", "duplicate", "duplicate"]
    write_intake(db, intake)
    assert aggregate_results(db, "egfr_pic50").iloc[0]["n_exact"] == 2


def test_a_value_that_stands_beside_each_point_is_read_once(write):
    path = write(
        "smiles,run,conc,IC50\n"
        f"{GEFITINIB},1,100,33\n{GEFITINIB},1,10,33\n{GEFITINIB},2,100,35\n{ERLOTINIB},1,100,33\n"
    )
    readout = {"endpoint": "egfr_pic50", "quantity": "IC50", "value": "IC50", "unit": "nM"}
    layout = Layout(smiles="smiles", readout=[{**readout, "once_per": ["smiles", "run", "IC50"]}])
    intake = read_data(path, layout)
    assert intake.results["source_row"].tolist() == [2, 4, 5]
    assert intake.rejections["reason"].tolist() == ["row 2 states the same value"]


def test_a_row_that_only_repeats_a_value_is_told_apart_from_an_empty_one(write):
    path = write(
        "smiles,IC50,inhibition\n"
        f"{GEFITINIB},33,98\n{GEFITINIB},33,91\n{GEFITINIB},33,\n{GEFITINIB},,\n"
    )
    one = {"endpoint": "p", "quantity": "IC50", "value": "IC50", "unit": "nM"}
    other = {"endpoint": "i", "quantity": "inhibition", "value": "inhibition", "unit": "%"}
    layout = Layout(smiles="smiles", readout=[{**one, "once_per": ["smiles", "IC50"]}, other])
    intake = read_data(path, layout)
    assert fates(intake) == {2, 3, 4, 5}
    assert intake.results[["source_row", "endpoint"]].to_numpy().tolist() == [
        *([2, "p"], [2, "i"], [3, "i"])
    ]
    assert intake.rejections["kind"].tolist() == ["repeat", "value"]


def test_a_file_of_names_needs_structures(write):
    path = write("name,value,unit\ngefitinib,33,nM\nsotorasib,5,nM\n,5,nM\n")
    columns = {key: value for key, value in COLUMNS.items() if key != "smiles"}
    intake = read_data(path, **columns, name_column="name", structures={"gefitinib": GEFITINIB})
    assert intake.results["source_row"].tolist() == [2]
    assert intake.rejections["reason"].tolist() == [
        "no structure is known for the name 'sotorasib'",
        "neither structure nor name",
    ]


def test_a_file_off_by_a_thousand_from_the_project_is_flagged(write):
    known = pd.DataFrame(
        {
            "inchikey": [
                "XGALLCVXEZPNRQ-UHFFFAOYSA-N",
                "AAKJLRGGTJKAMG-UHFFFAOYSA-N",
                "BCFGMOOMADDAQU-UHFFFAOYSA-N",
            ],
            "endpoint": "egfr_pic50",
            "p_value": [7.5, 8.7, 8.0],
        }
    )
    lines = f"{GEFITINIB},33\n{ERLOTINIB},2\n{LAPATINIB},10\n"
    path = write(f"smiles,value\n{lines}")
    columns = {key: value for key, value in COLUMNS.items() if key != "unit_column"}
    right = read_data(path, **columns, unit="nM", known=known)
    assert set(right.results["flag"]) == {""}
    wrong = read_data(path, **columns, unit="uM", known=known)
    assert set(wrong.results["flag"]) == {"unit_slip"}
    assert "the file's unit may be wrong" in wrong.notes[0]


@pytest.mark.parametrize(
    ("columns", "error", "what"),
    [
        ({**COLUMNS, "scale": "ln"}, FileFormatError, "unknown scale 'ln'"),
        ({**COLUMNS, "colour": "x"}, ConfigError, "colour: Extra inputs"),
        ({**COLUMNS, "smiles": "SMILES"}, FileFormatError, "did you mean 'smiles'"),
    ],
)
def test_a_layout_that_does_not_fit_the_file_is_an_error_of_its_own(write, columns, error, what):
    with pytest.raises(error, match=what):
        read_data(write(f"smiles,value,unit\n{GEFITINIB},33,nM\n"), **columns)


def test_a_file_with_a_header_only_is_refused(write):
    with pytest.raises(FileFormatError, match="a header and no rows"):
        read_data(write("smiles,value,unit\n"), **COLUMNS)


def test_memory_does_not_grow_with_the_file(tmp_path):
    peaks = []
    for megabytes in (1, 2):
        path = tmp_path / f"{megabytes}.csv"
        rows = write_large_csv(path, [GEFITINIB, ERLOTINIB, LAPATINIB], megabytes=megabytes)
        columns = {**COLUMNS, "unit_column": "", "unit": "nM"}
        parse_reading.cache_clear()  # what it remembers has a bound of its own
        tracemalloc.start()
        intake = read_data(path, **columns, chunk_rows=1_000, workers=0)
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
        assert intake.receipt.n_rows == intake.receipt.accepted == rows
    # Chunks are held one at a time; of each row only its compound, endpoint and number are kept,
    # some 350 bytes while they are compared: 12,500 rows more, held as they were read, take 10 MiB.
    assert peaks[1] - peaks[0] < 6.0
    assert peaks[1] < 20.0


def test_nothing_is_left_on_disk_when_the_intake_is_gone(tmp_path, monkeypatch, write):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = write("smiles,value,unit\n" + f"{GEFITINIB},33,nM\n" * 5)
    intake = read_data(path, **COLUMNS, chunk_rows=2, workers=0)
    assert list(tmp_path.glob("molagent-ingest-*"))
    del intake
    assert not list(tmp_path.glob("molagent-ingest-*"))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(cells=[("", "NA", "nM"), (GEFITINIB, "5", "nM")], chunk_rows=1)
@example(cells=[("", "NA", "nM")], chunk_rows=1)
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from([GEFITINIB, ERLOTINIB + ".Cl", "c1ccccc", "", "12"]),
            st.sampled_from(["5", ">10", "NA", "", "-3", "12-May", "5,5", "1e400", "CCO"]),
            st.sampled_from(["nM", "uM", "%", "", "x"]),
        ),
        min_size=1,
        max_size=8,
    ),
    chunk_rows=st.integers(1, 4),
)
def test_whatever_a_file_holds_no_row_is_lost(tmp_path, cells, chunk_rows):
    text = "smiles,value,unit\n" + "".join(
        f'{smiles},"{value}",{unit}\n' for smiles, value, unit in cells
    )
    path = tmp_path / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.csv"
    path.write_text(text, encoding="utf-8")
    if not any("".join(line).strip() for line in cells):
        return
    intake = read_data(path, **COLUMNS, chunk_rows=chunk_rows, workers=0)
    filled = {number for number, line in enumerate(cells, start=2) if any(line)}
    assert fates(intake) == filled
    assert not set(intake.results["source_row"]) & set(intake.rejections["source_row"])


def test_a_folder_comes_in_by_the_layouts_that_ship(tmp_path):
    folder = tmp_path / "delivery"
    folder.mkdir()
    (folder / "covid_moonshot_ids.csv").write_text(
        "SMILES,CID,canonical_CID,old_CID,inchikey,short_inchikey\n"
        f"{GEFITINIB},GEF-1,GEF-1,G-1,x,x\n{ERLOTINIB},ERL-1,ERL-1,,x,x\n",
        encoding="utf-8",
    )
    (folder / "dose_response_points.csv").write_text(
        "cid,assay,batch,concentration_uM,percent_inhibition,outlier\n"
        "GEF-1,rapidfire,1,20,55.5,\nERL-1,rapidfire,1,20,-3,true\nOSI-1,rapidfire,1,20,9,\n",
        encoding="utf-8",
    )
    (folder / "notes.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    project = tmp_path / "delivery.duckdb"
    frame = ingest_folder(folder, project, workers=1)
    assert frame[["file", "accepted", "rejected"]].to_numpy().tolist() == [
        ["covid_moonshot_ids.csv", 2, 0],
        ["dose_response_points.csv", 2, 1],
    ]
    db = Database(project)
    names = db.query("SELECT system, alias FROM compound_alias ORDER BY ALL")
    assert ["PostEra before 2020-05", "G-1"] in names.to_numpy().tolist()
    values = aggregate_results(db, "mpro_rapidfire_inhibition_20_um")
    assert values["value"].tolist() == [55.5]
    assert set(ingest_folder(folder, project, workers=1)["new_compounds"]) == {0}
