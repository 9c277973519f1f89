"""A table is found below what stands above it, and its rows below what describes its columns."""

import gzip

import openpyxl
import pytest

from molagent.errors import FileFormatError
from molagent.ingest.intake import read_data
from molagent.ingest.points import read_points
from molagent.ingest.sources import open_table
from molagent.ingest.table_start import find_start

ROWS = "CCOc1ccccc1,a,10\nCCCOc1ccccc1,b,20\n"
PUBCHEM = """PUBCHEM_RESULT_TAG,PUBCHEM_SID,PUBCHEM_EXT_DATASOURCE_SMILES,PubChem Value,IC50
RESULT_TYPE,,,FLOAT,FLOAT
RESULT_DESCR,,,PubChem standardized value,IC50 as published
RESULT_UNIT,,,MICROMOLAR,NANOMOLAR
RESULT_IS_ACTIVE_CONCENTRATION,,,TRUE,
1,434318973,CCOc1ccccc1,0.93,930
2,434318974,CCOC(=O)c1ccccc1,55.0,55000
"""


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def cells(table):
    return [list(row.cells) for row in table.records()]


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Report of the CRO\n\n", 3),
        ("Project,JAK1\nDate,2021-03-04\n\n", 4),
        ("Project,JAK1,\nOperator,A. Miller,\n", 3),
        ("# run 7\n# made, by, hand\n", 3),
        ("sep=,\n", 2),
    ],
)
def test_what_stands_above_a_table_is_no_row_and_is_noted(write, above, line):
    table = open_table(write(f"{above}SMILES,Name,IC50 (nM)\n{ROWS}", "x.csv"))
    assert table.header == ("SMILES", "Name", "IC50 (nM)")
    assert [row.number for row in table.records()] == [line + 1, line + 2]
    assert f"the header is line {line}; what stands above it was not read" in table.notes


def test_the_delimiter_that_excel_names_is_taken(write):
    table = open_table(write("\ufeffsep=;\nSMILES;Name;IC50 (nM)\nCCOc1ccccc1;a,b,c;10\n", "s.csv"))
    assert (table.delimiter, cells(table)) == (";", [["CCOc1ccccc1", "a,b,c", "10"]])


def test_titles_behind_a_hash_are_titles(write):
    table = open_table(write(f"#SMILES,Name,IC50 (nM)\n{ROWS}", "x.csv"))
    assert table.header[0] == "SMILES"
    assert len(cells(table)) == 2


def test_a_header_in_the_first_line_stays_the_header(write):
    for header in ("SMILES,0.1,1", ",SMILES,IC50", "a,b,c", "compound,note,smiles text"):
        table = open_table(write(f"{header}\nCCO,a,10\nCCC,b,20\n", "x.csv"))
        assert table.header == tuple(header.split(","))
        assert len(cells(table)) == 2


def test_the_line_with_the_named_columns_is_the_header(write):
    text = "Plate,Operator\n7,Miller\nStoff,Wert\nCCOc1ccccc1,10\n"
    intake = read_data(
        write(text, "x.csv"),
        smiles="Stoff",
        value="Wert",
        unit="nM",
        endpoint="x_pic50",
        quantity="IC50",
    )
    assert list(intake.results["value"]) == [10.0]


def test_a_line_of_units_belongs_to_the_titles(tmp_path, write):
    rows = [["ID", "Structure", "IC50", "Ki"], [None, None, "nM", "(µM)"]]
    path = workbook(tmp_path / "u.xlsx", Data=[*rows, ["a", "CCOc1ccccc1", 10, 0.5]])
    for table in (
        open_table(path),
        open_table(write("ID,Structure,IC50,Ki\n-,-,nM,µM\na,CCOc1ccccc1,10,0.5\n", "u.csv")),
    ):
        assert table.header == ("ID", "Structure", "IC50 (nM)", "Ki (µM)")
        assert cells(table) == [["a", "CCOc1ccccc1", "10", "0.5"]]
        assert "line 2 below the header describes the columns" in table.notes[0]


def test_the_lines_that_describe_pubchem_columns_are_no_rows(write):
    table = open_table(write(PUBCHEM, "AID.csv"))
    assert [row.number for row in table.records()] == [6, 7]
    assert table.units == {"PubChem Value": "uM", "IC50": "nM"}
    intake = read_data(
        write(PUBCHEM, "AID.csv"),
        smiles="PUBCHEM_EXT_DATASOURCE_SMILES",
        value="IC50",
        unit="nM",
        endpoint="x_pic50",
        quantity="IC50",
    )
    assert (list(intake.results["value"]), intake.receipt.rejected) == ([930.0, 55000.0], 0)


def test_a_cover_sheet_is_passed_over(tmp_path):
    path = workbook(
        tmp_path / "c.xlsx",
        README=[["Author", "x"], ["Date", "2026-01-01"]],
        Results=[["SMILES", "Ki (nM)"], ["CCOc1ccccc1", 5], ["CCCOc1ccccc1", 50]],
        More=[["SMILES", "Ki (nM)"], ["CCO", 7]],
    )
    table = open_table(path)
    assert table.sheet == "Results"
    assert table.notes == ("sheet 'Results' was read; not read: 'README', 'More'",)
    assert cells(open_table(path, sheet="More")) == [["CCO", "7"]]


def test_points_below_a_report_head_are_read(write):
    text = "Assay:,FP\nOperator:,Miller\n\ncompound,concentration (uM),inhibition (%)\n"
    points = read_points(write(f"{text}a,1,5\na,10,50\n", "p.csv")).points
    assert list(points["response"]) == [5.0, 50.0]


def test_a_packed_file_is_read_as_what_it_holds(tmp_path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(f"SMILES,Name,IC50 (nM)\n{ROWS}".encode()))
    table = open_table(path)
    assert (table.name, table.bytes) == ("x.csv.gz", path.stat().st_size)
    assert len(cells(table)) == 2
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(FileFormatError, match=r"x\.csv\.gz: the file cannot be unpacked"):
        open_table(path)
    path.write_bytes(gzip.compress(b"\x00" * (70 << 20)))
    with pytest.raises(FileFormatError, match="unpacks to more than 64 MiB"):
        open_table(path)


def test_a_list_of_smiles_without_titles_registers_structures(write):
    text = "CCOc1ccccc1 phenetole\nC1CC1 |r| a ring\n\n# a comment\nCCO\tethanol\n"
    intake = read_data(write(text, "l.smi"))
    assert intake.layout.table == "structures"
    assert list(intake.names["name"]) == ["phenetole", "a ring", "ethanol"]
    assert "1 blank line passed over: 3" in intake.notes
    assert cells(open_table(write("smiles name\nCCO ethanol\n", "t.smi"))) == [["CCO", "ethanol"]]


def test_a_datawarrior_file_is_refused_with_the_reason(write):
    with pytest.raises(FileFormatError, match=r"DataWarrior file, .* save it from DataWarrior"):
        open_table(
            write("<datawarrior-fileinfo>\n</datawarrior-fileinfo>\nStructure\tID\n", "d.dwar")
        )


def test_lines_without_titles_of_several_columns_are_no_table():
    assert find_start([(1, ["a"]), (2, [])], titled=True) is None
    assert find_start([(1, []), (2, [""])]) is None
