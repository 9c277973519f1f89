"""Files of every format, whole and broken, as rows of text."""

import datetime as dt
import json
import sqlite3

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from molagent.errors import FileFormatError, NotFoundError
from molagent.ingest import json_records
from molagent.ingest.chembl_dump import CHEMBL_COLUMNS, read_chembl_dump
from molagent.ingest.encodings import MIXED
from molagent.ingest.intake import read_data
from molagent.ingest.json_records import flatten, read_json
from molagent.ingest.readers import read_table
from molagent.ingest.sdf import read_sdf
from molagent.ingest.sources import find_format, open_table
from molagent.ingest.spreadsheets import read_sheet, sheet_names
from molagent.ingest.tables import cell_text

GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
ERLOTINIB = "C#Cc1cccc(Nc2ncnc3cc(OCCOC)c(OCCOC)cc23)c1"


def rows(table) -> list[tuple[int, list[str]]]:
    return [(row.number, list(row.cells)) for row in table.records()]


@pytest.fixture
def workbook(tmp_path):
    def _write(sheets: dict[str, list[list[object]]], merged=(), formats=(), name="assay.xlsx"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, lines in sheets.items():
            sheet = book.create_sheet(title)
            for line in lines:
                sheet.append(line)
        for span in merged:
            book.worksheets[0].merge_cells(span)
        for cell, number_format in formats:
            book.worksheets[0][cell].number_format = number_format
        path = tmp_path / name
        book.save(path)
        return path

    return _write


# ── workbooks ───────────────────────────────────────────────────────────────────────────────────


def test_merged_group_titles_stand_before_the_columns_own(workbook):
    path = workbook(
        {
            "EGFR": [
                ["EGFR panel, May 2026"],
                [],
                ["Compound", "SMILES", "EGFR wild type", None, "EGFR T790M", None],
                [None, None, "IC50 (nM)", "n", "IC50 (nM)", "n"],
                ["gefitinib", GEFITINIB, 33, 4, 3700, 2],
            ]
        },
        merged=("A1:F1", "C3:D3", "E3:F3", "A3:A4", "B3:B4"),
    )
    table = read_sheet(path)
    assert table.header == (
        "Compound",
        "SMILES",
        "EGFR wild type: IC50 (nM)",
        "EGFR wild type: n",
        "EGFR T790M: IC50 (nM)",
        "EGFR T790M: n",
    )
    assert rows(table) == [(5, ["gefitinib", GEFITINIB, "33", "4", "3700", "2"])]
    assert "the header takes lines 3 and 4" in table.notes[0]


def test_a_number_that_became_a_date_is_seen_as_a_date(workbook):
    path = workbook(
        {"s": [["smiles", "IC50 (uM)"], [GEFITINIB, dt.datetime(2026, 5, 12)]]}  # noqa: DTZ001
    )
    assert rows(read_sheet(path)) == [(2, [GEFITINIB, "2026-05-12"])]


def test_a_percentage_reads_as_it_is_shown(workbook):
    path = workbook(
        {"s": [["smiles", "inhibition"], [GEFITINIB, 0.453], [ERLOTINIB, 0.5]]},
        formats=(("B2", "0.0%"),),
    )
    assert [cells[1] for _, cells in rows(read_sheet(path))] == ["45.3%", "0.5"]


def test_the_first_sheet_with_a_table_is_read_and_the_others_are_named(workbook):
    path = workbook(
        {
            "Read me": [["made by the CRO"]],
            "Ki": [["smiles", "Ki (nM)"], [GEFITINIB, 5]],
            "IC50": [["smiles", "IC50 (nM)"], [GEFITINIB, 9]],
        }
    )
    assert sheet_names(path) == ("Read me", "Ki", "IC50")
    table = open_table(path)
    assert table.header == ("smiles", "Ki (nM)")
    assert table.notes == ("sheet 'Ki' was read; not read: 'Read me', 'IC50'",)
    assert rows(open_table(path, sheet="IC50")) == [(2, [GEFITINIB, "9"])]
    with pytest.raises(FileFormatError, match="no sheet 'Kd'; there are 'Read me', 'Ki', 'IC50'"):
        open_table(path, sheet="Kd")


def test_a_row_that_goes_beyond_the_header_has_a_fault(workbook):
    path = workbook({"s": [["smiles", "Ki (nM)"], [GEFITINIB, 5, None, "shifted"]]})
    (row,) = read_sheet(path).records()
    assert row.fault == "'shifted' stands beyond the header's last column"


def test_a_workbook_that_is_cut_off_or_empty_is_refused(workbook, tmp_path):
    path = workbook({"s": [["only a title"]]})
    with pytest.raises(FileFormatError, match="no sheet has a header of several columns"):
        read_sheet(path)
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(FileFormatError, match="the workbook cannot be read"):
        open_table(cut)


# ── SD files ────────────────────────────────────────────────────────────────────────────────────


def record(smiles: str, fields: dict[str, str], *, v3000: bool = False) -> str:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles(smiles), forceV3000=v3000)
    return block + "".join(f"> <{name}>\n{text}\n\n" for name, text in fields.items()) + "$$$$\n"


def test_records_of_both_versions_and_their_fields_are_read(write):
    text = record(GEFITINIB, {"Ki (nM)": "0.4", "note": "two\nlines"})
    text += record(ERLOTINIB, {"Ki (nM)": "> 100", "batch": "7"}, v3000=True)
    table = read_sdf(write(text, "egfr.sdf"))
    assert table.header == ("molblock", "title", "Ki (nM)", "note", "batch")
    read = rows(table)
    assert [number for number, _ in read] == [1, 2]
    assert read[0][1][2:] == ["0.4", "two\nlines", ""]
    assert read[1][1][2:] == ["> 100", "", "7"]
    assert "V3000" in read[1][1][0]


def test_a_blank_field_and_one_that_comes_twice_keep_their_places(write):
    block = record(GEFITINIB, {}).replace("$$$$\n", "")
    text = f"{block}> <Ki>\n\n\n> <chain>\nA\n\n> <chain>\nB\n\n$$$$\n"
    table = read_sdf(write(text, "chains.sdf"))
    assert table.header[2:] == ("Ki", "chain", "chain (2)")
    assert next(iter(table.records())).cells[2:] == ["", "A", "B"]


def test_a_truncated_sd_file_gives_its_whole_records_and_names_the_broken_one(write):
    text = record(GEFITINIB, {"Ki (nM)": "0.4"}) + record(ERLOTINIB, {"Ki (nM)": "12.5"})
    for cut in (len(text) - 10, len(text) - 200, len(record(GEFITINIB, {"Ki (nM)": "0.4"})) + 40):
        table = read_sdf(write(text[:cut], "cut.sdf"))
        read = list(table.records())
        assert [row.fault == "" for row in read] == [True, False]
        assert "the record is cut off" in read[1].fault
        assert "the file is cut off" in table.notes[0]


def test_a_lone_molfile_needs_no_end(write):
    block = record(GEFITINIB, {}).replace("$$$$\n", "")
    assert [row.fault for row in read_sdf(write(block, "one.mol")).records()] == [""]


# ── Parquet and JSON ────────────────────────────────────────────────────────────────────────────


def test_parquet_reads_as_text_and_a_cut_file_is_refused(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame(
        {"smiles": [GEFITINIB, None], "nM": [0.1 + 0.2, 5.0], "year": [2026, 2027]}
    ).to_parquet(path)
    assert rows(open_table(path)) == [(1, [GEFITINIB, "0.3", "2026"]), (2, ["", "5", "2027"])]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(FileFormatError, match="no Parquet file, or is cut off"):
        open_table(path)


@pytest.mark.parametrize(
    "text",
    [
        '[{"smiles": "CCO", "r": {"value": 9, "modifier": ">"}}, {"smiles": "CO", "r": 2.5}]',
        '{"smiles": "CCO", "r": {"value": 9, "modifier": ">"}}\n{"smiles": "CO", "r": 2.5}\n',
        '{"count": 2, "objects": [{"smiles": "CCO", "r": {"value": 9, "modifier": ">"}},'
        ' {"smiles": "CO", "r": 2.5}]}',
    ],
)
def test_json_reads_the_same_as_a_list_as_lines_and_wrapped(write, text):
    table = open_table(write(text, "a.json"))
    assert table.header == ("smiles", "r", "r.modifier")
    assert rows(table) == [(1, ["CCO", "9", ">"]), (2, ["CO", "2.5", ""])]


def test_json_is_read_in_pieces_wherever_they_fall(write, monkeypatch):
    entries = [{"id": number, "text": "µ" * number, "x": [1, {"a": 2}]} for number in range(40)]
    path = write(json.dumps(entries, ensure_ascii=False), "a.json")
    whole = rows(read_json(path))
    for size in (1, 7, 64):
        monkeypatch.setattr(json_records, "_CHUNK", size)
        assert rows(read_json(path)) == whole
    assert len(whole) == 40


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('[{"a": 1}, {"a": 2}', "the list is cut off after element 2"),
        ('[{"a": 1}, {"a": ', r"element 2 cannot be read \(.*; the file may be cut off"),
        ("[]", "the file holds no objects"),
        ("[1, 2]", "the file holds no objects"),
    ],
)
def test_json_that_is_cut_off_or_holds_nothing_is_refused(write, text, what):
    with pytest.raises(FileFormatError, match=what):
        open_table(write(text, "a.json"))


def test_a_json_object_that_states_a_key_twice_is_refused_with_its_number(write):
    text = '[{"smiles": "CCO", "Ki": 5, "Ki": 50}, {"smiles": "CO", "Ki": 7}]'
    first, second = open_table(write(text, "a.json")).records()
    assert (first.number, first.fault) == (
        1,
        "the key 'Ki' stands 2 times in one object ('5', '50')",
    )
    assert (second.cells, second.fault) == (["CO", "7"], "")


def test_a_json_file_of_two_lists_of_one_name_is_refused(write):
    text = '{"data": [{"smiles": "CCO"}], "data": [{"smiles": "CO"}]}'
    with pytest.raises(FileFormatError, match="the key 'data' stands 2 times") as error:
        open_table(write(text, "a.json"))
    assert error.value.remedy == "write each key once"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
        max_leaves=8,
    )
)
def test_any_object_flattens_to_texts(value):
    flat = flatten({"k": value})
    assert all(isinstance(key, str) and isinstance(text, str) for key, text in flat.items())


# ── text ────────────────────────────────────────────────────────────────────────────────────────


def test_lines_of_two_encodings_are_each_read_as_what_they_are(write):
    path = write("")
    path.write_bytes(
        "smiles,IC50 (µM),name\nCCO,5,méthode\n".encode() + "CO,7,crème\n".encode("latin-1")
    )
    table = read_table(path)
    assert table.encoding == MIXED
    assert table.header[1] == "IC50 (µM)"
    assert [cells[2] for _, cells in rows(table)] == ["méthode", "crème"]
    assert "both were read as what they are" in table.notes[0]


@pytest.mark.parametrize(
    ("name", "head", "found"),
    [
        ("a.csv", b"smiles,value\n", "delimited"),
        ("a.txt", b'[{"a": 1}]', "delimited"),
        ("a.dat", b'[{"a": 1}]', "json"),
        ("a.dat", b"PAR1", "parquet"),
        ("a.dat", b"SQLite format 3\x00", "chembl"),
        ("a.dat", b"\n  x\n\n  0  0\nM  END\n", "sdf"),
        ("a.zip", b"PK\x03\x04", "delimited"),
    ],
)
def test_the_format_is_that_of_the_content(tmp_path, name, head, found):
    path = tmp_path / name
    path.write_bytes(head)
    assert find_format(path).name == found


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_leads_back_to_it(value):
    assert float(cell_text(value)) == pytest.approx(value, rel=1e-14, abs=0.0)


# ── ChEMBL ──────────────────────────────────────────────────────────────────────────────────────

# The tables of a ChEMBL release with the columns that are read; the rows are of ChEMBL 27.
CHEMBL = """
CREATE TABLE molecule_dictionary (molregno INTEGER, chembl_id TEXT, pref_name TEXT);
CREATE TABLE compound_structures (molregno INTEGER, canonical_smiles TEXT);
CREATE TABLE docs (doc_id INTEGER, chembl_id TEXT, year INTEGER, doi TEXT, journal TEXT,
                   title TEXT, patent_id TEXT);
CREATE TABLE target_dictionary (tid INTEGER, chembl_id TEXT, pref_name TEXT, organism TEXT);
CREATE TABLE assays (assay_id INTEGER, chembl_id TEXT, assay_type TEXT, description TEXT,
                     tid INTEGER, assay_organism TEXT, assay_cell_type TEXT, bao_format TEXT,
                     confidence_score INTEGER);
CREATE TABLE activities (activity_id INTEGER, assay_id INTEGER, doc_id INTEGER, molregno INTEGER,
                         type TEXT, relation TEXT, value REAL, units TEXT, standard_type TEXT,
                         standard_relation TEXT, standard_value REAL, standard_units TEXT,
                         pchembl_value REAL, activity_comment TEXT, data_validity_comment TEXT,
                         potential_duplicate INTEGER, text_value TEXT);
INSERT INTO molecule_dictionary VALUES (1, 'CHEMBL939', 'GEFITINIB'), (2, 'CHEMBL553', NULL),
                                       (3, 'CHEMBL1201585', 'TRASTUZUMAB');
INSERT INTO target_dictionary VALUES (9, 'CHEMBL203', 'Epidermal growth factor receptor erbB1',
                                      'Homo sapiens'), (10, 'CHEMBL1824', 'erbB-2', 'Homo sapiens');
INSERT INTO docs VALUES (5, 'CHEMBL1128789', 1996, '10.1021/jm950692f', 'J Med Chem', 't', NULL);
INSERT INTO assays VALUES
    (7, 'CHEMBL674637', 'B', 'Inhibition of EGFR', 9, NULL, NULL, 'BAO_0000357', 8),
    (8, 'CHEMBL1', 'B', 'erbB-2', 10, NULL, NULL, NULL, 8);
INSERT INTO activities VALUES
    (32260, 7, 5, 1, 'IC50', '=', 0.041, 'uM', 'IC50', '=', 41.0, 'nM', 7.39, NULL, NULL, 0, NULL),
    (32267, 7, 5, 2, 'IC50', '>', 100, 'uM', 'IC50', '>', 100000, 'nM', NULL, NULL, NULL, 0, NULL),
    (32270, 7, 5, 3, 'IC50', '=', 1, 'nM', 'IC50', '=', 1, 'nM', 9.0, NULL, NULL, 0, NULL),
    (32280, 8, 5, 1, 'IC50', '=', 3.7, 'uM', 'IC50', '=', 3700, 'nM', 5.43, NULL, NULL, 0, NULL),
    (32290, 7, 5, 1, 'Inhibition', '=', 45, '%', 'Inhibition', '=', 45, '%', NULL, NULL, NULL, 0,
     NULL);
"""


@pytest.fixture
def dump(tmp_path):
    path = tmp_path / "chembl_27.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(CHEMBL)
        structures = [(1, GEFITINIB), (2, ERLOTINIB)]
        connection.executemany("INSERT INTO compound_structures VALUES (?, ?)", structures)
    connection.close()
    return path


def test_a_chembl_dump_gives_activities_with_all_they_hang_on(dump):
    table = open_table(dump)
    assert table.header == tuple(CHEMBL_COLUMNS)
    read = {row.number: dict(zip(table.header, row.cells, strict=True)) for row in table.records()}
    assert sorted(read) == [32260, 32267, 32270, 32280, 32290]
    assert read[32260]["canonical_smiles"] == GEFITINIB
    assert read[32260]["document_doi"] == "10.1021/jm950692f"
    assert read[32270]["canonical_smiles"] == ""


def test_a_dump_is_filtered_by_values_that_are_never_sql(dump):
    chosen = open_table(dump, where={"target_chembl_id": ["CHEMBL203"], "type": ["IC50", "Ki"]})
    assert [row.number for row in chosen.records()] == [32260, 32267, 32270]
    quoted = read_chembl_dump(dump, where={"type": ["' OR 1=1 --"]})
    assert list(quoted.records()) == []
    with pytest.raises(NotFoundError, match=r"no column named 'act\.type; DROP'"):
        read_chembl_dump(dump, where={"act.type; DROP": ["x"]})


def test_a_database_that_is_no_chembl_dump_is_refused(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE activities (activity_id INTEGER)")
    connection.close()
    with pytest.raises(FileFormatError, match=r"has no activities\.assay_id.*it is no ChEMBL dump"):
        open_table(path)


def test_an_older_release_without_a_column_reads_it_as_blank(dump):
    with sqlite3.connect(dump) as connection:
        connection.execute("ALTER TABLE activities DROP COLUMN text_value")
    connection.close()
    table = open_table(dump)
    place = table.header.index("text_value")
    assert {row.cells[place] for row in table.records()} == {""}


def test_a_dump_comes_in_by_its_layout_one_endpoint_an_assay(dump):
    intake = read_data(dump, where={"target_chembl_id": ["CHEMBL203"]})
    assert "read as the layout 'chembl' says" in intake.notes[0]
    assert intake.results[["source_row", "endpoint", "relation"]].to_numpy().tolist() == [
        [32260, "chembl674637_pic50", "="],
        [32267, "chembl674637_pic50", ">"],
        [32290, "chembl674637_inhibition", "="],
    ]
    assert intake.rejections[["source_row", "reason"]].to_numpy().tolist() == [
        [32270, "the structure is blank, and no structure is known for the name 'CHEMBL1201585'"]
    ]
    assert intake.mapping["where"] == {"target_chembl_id": ["CHEMBL203"]}
    pooled = read_data(dump, "chembl_by_target")
    assert set(pooled.assays["endpoint"]) == {"chembl203_pic50", "chembl1824_pic50"}


def test_a_truncated_sd_file_comes_in_up_to_where_it_breaks(write):
    text = record(GEFITINIB, {"Ki (nM)": "0.4"}) + record(ERLOTINIB, {"Ki (nM)": "12.5"})
    intake = read_data(write(text[:-12], "egfr_ki.sdf"))
    assert intake.results["source_row"].tolist() == [1]
    assert intake.results["inchikey"].tolist() == ["XGALLCVXEZPNRQ-UHFFFAOYSA-N"]
    assert intake.rejections[["source_row", "kind"]].to_numpy().tolist() == [[2, "row"]]
    assert any("the file is cut off" in note for note in intake.notes)
