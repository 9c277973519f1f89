"""Numbers are read by how their column writes them, not each cell for itself."""

import openpyxl
import pandas as pd
import pytest

from molagent.errors import FileFormatError, InputError
from molagent.ingest.intake import read_data
from molagent.ingest.notations import Notation, decide_notations, decimal_sign
from molagent.ingest.plates import read_plates
from molagent.ingest.points import read_points
from molagent.ingest.tables import NumberText
from molagent.ingest.written_numbers import spelled_plainly

GERMAN = """SMILES;Name;IC50 (nM);Hemmung (%);LogD
CCOc1ccccc1;a;12,5;−12,4;1,2
CCCOc1ccccc1;b;1250,75;45,1;3,4
CCCCOc1ccccc1;c;1.250,75;99,9;-0,3
"""
COLUMNS = {"smiles": "SMILES", "value": "IC50", "endpoint": "x_pic50", "quantity": "IC50"}


def ic50(write, values, *, delimiter=";", unit="nM", **options):
    alkanols = ["C" * length + "O" for length in range(1, len(values) + 1)]
    rows = [f"{smiles}{delimiter}{value}" for smiles, value in zip(alkanols, values, strict=True)]
    text = "\n".join([f"SMILES{delimiter}IC50", *rows, ""])
    return read_data(write(text, "x.csv"), **COLUMNS, unit=unit, **options)


def read(intake):
    return dict(zip(intake.results["original"], intake.results["value"], strict=True))


def decided(texts, delimiter=","):
    (notation,) = decide_notations(
        ["x"], ["x"], [[text] for text in texts], decimal="", delimiter=delimiter, place="x.csv"
    ).values()
    return [notation.plain(text) for text in texts], notation


def test_decimal_commas_of_a_german_export_are_read(write):
    layout = {
        "smiles": "SMILES",
        "name_column": "Name",
        "readout": [
            {"endpoint": "x_pic50", "quantity": "IC50", "value": "IC50 (nM)", "unit": "nM"},
            {"endpoint": "inh", "quantity": "inhibition", "value": "Hemmung (%)", "unit": "%"},
        ],
    }
    intake = read_data(write(GERMAN, "input.csv"), **layout)
    values = intake.results.groupby("endpoint", sort=True)["value"].apply(list)
    assert values["x_pic50"] == [12.5, 1250.75, 1250.75]
    assert values["inh"] == [-12.4, 45.1, 99.9]
    assert any("decimal comma ('12,5' is 12.5)" in note for note in intake.notes)


def test_a_point_between_thousands_is_read_as_its_column_is_written(write):
    intake = ic50(write, ["12,5", "1.250", "2.400", "850"])
    assert read(intake) == {"12,5": 12.5, "1.250": 1250.0, "2.400": 2400.0, "850": 850.0}
    assert any("groups of thousands ('1.250' is 1250)" in note for note in intake.notes)


def test_a_comma_between_thousands_beside_decimal_points_is_read(write):
    intake = ic50(write, ["12.5", "1,250", "1,250.75", "12 500"])
    assert list(read(intake).values()) == [12.5, 1250.0, 1250.75, 12500.0]


def test_a_number_that_may_be_either_is_rejected_and_can_be_said(write):
    open_ = ic50(write, ["1,250", "2,400"], delimiter="\t")
    assert open_.receipt.accepted == 0
    assert "say which with decimal" in open_.rejections["reason"][0]
    assert list(read(ic50(write, ["1,250"], delimiter="\t", decimal=",")).values()) == [1.25]
    assert list(read(ic50(write, ["1,250"], delimiter="\t", decimal="point")).values()) == [1250.0]


def test_a_column_without_evidence_follows_the_other_columns_of_its_file(write):
    text = "SMILES;IC50;MW\nCCO;1.250;46,07\nCCCO;2.400;60,10\n"
    intake = read_data(write(text, "x.csv"), **COLUMNS, unit="nM")
    assert read(intake) == {"1.250": 1250.0, "2.400": 2400.0}
    alone = "SMILES;IC50\nCCO;1.250\nCCCO;2.400\n"
    assert read_data(write(alone, "y.csv"), **COLUMNS, unit="nM").receipt.accepted == 0
    commas = "SMILES,IC50\nCCO,1.250\nCCCO,2.400\n"
    assert read(read_data(write(commas, "z.csv"), **COLUMNS, unit="nM"))["1.250"] == 1.25


def test_a_column_of_both_notations_loses_what_is_not_sure(write):
    intake = ic50(write, ["12,5", "12.5", "1.250", "100"])
    assert read(intake) == {"12,5": 12.5, "12.5": 12.5, "100": 100.0}
    (reason,) = intake.rejections["reason"]
    assert reason.startswith("'1.250' has a sign that may be decimal or part thousands")


def test_a_sign_that_cannot_part_thousands_is_decimal_whatever_the_column_does(write):
    intake = ic50(write, ["1,250", "2.5", "0,5"])
    assert read(intake) == {"2.5": 2.5, "0,5": 0.5}
    assert any("decimal comma ('0,5' is 0.5)" in note for note in intake.notes)


def test_a_note_on_a_unicode_minus_keeps_the_sign(write):
    path = write('SMILES,Inhibition (%)\nCCOc1ccccc1,"−12,4"\nCCCOc1ccccc1,"1,5"\n')
    intake = read_data(path)
    assert intake.results["value"].tolist() == [-12.4, 1.5]
    assert any("('−12,4' is -12.4)" in note for note in intake.notes)


def test_a_decimal_comma_that_comes_late_does_not_leave_wrong_numbers_above_it():
    _, notation = decided(["1.250", "2.400"])
    with pytest.raises(FileFormatError, match="numbers above it were read with decimal points"):
        notation.plain("12,5")
    _, unread = decided(["100", "200"])
    assert [unread.plain("12,5"), unread.plain("1.250")] == ["12.5", "1250"]


@pytest.mark.parametrize(
    ("written", "relation", "value"),
    [
        ("−12.4", "=", -12.4),
        ("＞１０", ">", 10.0),
        ("ca. 10", "~", 10.0),
        ("⩽ 3.2", "<=", 3.2),
        ("10 ± 2", "=", 10.0),
        ("10 +/- 2 (n=3)", "=", 10.0),
        ("10 (±2)", "=", 10.0),
        ("12 (10-14)", "=", 12.0),
        ("45.5*", "=", 45.5),
        ("45.5 †", "=", 45.5),
        ("7 (n=2)", "=", 7.0),
        ("&lt;5", "<", 5.0),
        ("1.2×10⁻²", "=", 0.012),
        ("more than 20", ">", 20.0),
    ],
)
def test_a_value_is_read_as_people_write_it(write, written, relation, value):
    text = f"SMILES\tInh\nCCO\t{written}\n"
    intake = read_data(
        write(text, "x.tsv"),
        smiles="SMILES",
        value="Inh",
        unit="%",
        endpoint="inh",
        quantity="inhibition",
    )
    row = intake.results.iloc[0]
    assert (row["relation"], row["value"], row["original"]) == (relation, value, written)


def test_what_was_left_out_of_a_cell_is_said(write):
    intake = ic50(write, ["10 ± 2 nM", "12 ± 3 nM", "12.5*"])
    assert "'IC50': in 2 cells a spread or range behind the value was left out" in "\n".join(
        intake.notes
    )
    assert "a mark of a footnote" in "\n".join(intake.notes)


@pytest.mark.parametrize("written", ["10-20", "10–20", "12.5a", "12/5", "1,2,3", "5 x 10", "C10"])
def test_what_is_no_single_number_stays_rejected(write, written):
    assert ic50(write, [written]).receipt.rejected == 1


def test_dates_that_a_spreadsheet_made_of_numbers_stay_rejected(write):
    for written in ("12.Mai", "12.05.2021", "2021-03-04"):
        assert "date" in ic50(write, [written, "12,5"]).rejections["reason"][0]


def test_a_number_of_a_workbook_keeps_its_point_beside_texts_with_commas(tmp_path):
    book = openpyxl.Workbook()
    for row in [["SMILES", "IC50"], ["CCO", 1.255], ["CCCO", "12,5"], ["CCCCO", "1.250"]]:
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    intake = read_data(tmp_path / "x.xlsx", **COLUMNS, unit="nM")
    assert list(intake.results["value"]) == [1.255, 12.5, 1250.0]
    assert decided([NumberText("1.255"), "12,5"])[0] == ["1.255", "12.5"]


def test_points_are_read_with_decimal_commas(write):
    text = (
        "compound;concentration (µM);inhibition (%)\n"
        "full;0,01;1,5\nfull;0,1;9,2\nfull;1;50,1\nfull;10;91,3\nfull;100;−2,0\n"
    )
    points = read_points(write(text, "points.csv")).points
    assert list(points["response"]) == [1.5, 9.2, 50.1, 91.3, -2.0]
    assert points["concentration_m"].tolist() == pytest.approx([1e-8, 1e-7, 1e-6, 1e-5, 1e-4])


def test_a_drawn_plate_is_read_with_decimal_commas(write):
    lines = [";" + ";".join(map(str, range(1, 13)))]
    for row in range(8):
        cells = (f"{row + 1}{column:02d},5" for column in range(1, 13))
        lines.append("ABCDEFGH"[row] + ";" + ";".join(cells))
    wells = read_plates(write("\n".join(lines), "p.csv")).wells
    assert wells["signal"].tolist()[:2] == [101.5, 102.5]


def test_the_decimal_sign_is_named_in_signs_or_words():
    assert [decimal_sign(text) for text in ("", ",", "comma", "Point")] == ["", ",", ",", "."]
    with pytest.raises(InputError, match="neither"):
        decimal_sign(";")


def test_a_plain_cell_is_left_as_it_is():
    assert spelled_plainly("12.5 nM") == ("12.5 nM", "")
    notation = Notation("x", ".")
    assert notation.plain(">10 uM") == ">10 uM"
    assert notation.notes == ()


def test_the_form_that_pandas_wrote_to_a_workbook_keeps_its_equals_signs(tmp_path):
    path = tmp_path / "form.xlsx"
    frame = pd.DataFrame({"SMILES": ["CCO"], "relation": ["="], "IC50": [12.5]})
    frame.to_excel(path, index=False)
    intake = read_data(path, **COLUMNS, unit="nM", relation_column="relation")
    assert list(intake.results["relation"]) == ["="]


def test_a_formula_without_a_stored_result_is_rejected_by_name(tmp_path):
    book = openpyxl.Workbook()
    for row in [["SMILES", "IC50"], ["CCO", "=2*A9"], ["CCCO", "=B9"], ["=A9", 5], ["CCCCO", 7]]:
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    intake = read_data(tmp_path / "x.xlsx", **COLUMNS, unit="nM")
    assert intake.receipt.accepted == 1
    assert all("formula without a stored result" in why for why in intake.rejections["reason"])
