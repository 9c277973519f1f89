"""No row of a file is lost without a word."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from molagent.errors import FileFormatError
from molagent.ingest.intake import read_data
from molagent.ingest.json_records import read_json
from molagent.ingest.readers import read_table
from molagent.ingest.sdf import read_sdf
from molagent.ingest.spreadsheets import read_sheet

COLUMNS = {
    "smiles": "SMILES",
    "name_column": "Name",
    "value": "IC50",
    "unit": "nM",
    "endpoint": "x_pic50",
    "quantity": "IC50",
}
HEADER = "SMILES,Name,IC50,Comment\n"


def chains(count: int) -> list[str]:
    return ["C" * (number % 30 + 1) + "O" for number in range(count)]


def workbook(path: Path, rows: int = 20) -> Path:
    book = Workbook()
    sheet = book.active
    sheet.append(["SMILES", "Name", "IC50", "Comment"])
    for number, smiles in enumerate(chains(rows), start=1):
        sheet.append([smiles, f"c{number}", 10.0 * number, ""])
    book.save(path)
    return path


def edited(path: Path, change, part: str = "xl/worksheets/sheet1.xml") -> Path:
    """Change one part of a workbook, as another program would have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_quote_that_is_never_closed_does_not_swallow_the_rows_behind_it(write):
    rows = [f"{smiles},c{number},{number + 1},ok" for number, smiles in enumerate(chains(300))]
    rows[4] = rows[4].replace(",ok", ',"kinetic outlier')
    path = write(HEADER + "\n".join(rows) + "\n", "x.csv")
    with pytest.raises(FileFormatError, match=r"x\.csv:6: a quote opens in this row"):
        read_data(path, **COLUMNS)


def test_a_quote_that_another_row_closes_does_not_swallow_the_rows_between(write):
    rows = [f"{smiles},c{number},{number + 1},ok" for number, smiles in enumerate(chains(40))]
    rows[4] = rows[4].replace(",ok", ',"outlier')
    rows[9] = rows[9].replace(",ok", ',again"')
    path = write(HEADER + "\n".join(rows) + "\n", "x.csv")
    with pytest.raises(FileFormatError, match=r"x\.csv:6: .*line 7 is a row by itself"):
        read_data(path, **COLUMNS)


def test_a_comment_of_several_lines_is_one_cell_and_no_row_is_missed(write):
    text = HEADER + 'CCO,a,10,"washed twice,\nmeasured again"\nCCCO,b,20,ok\n\n,,,\nCCCCO,c,30,ok\n'
    table = read_table(write(text, "x.csv"))
    assert [cells[1] for _, cells in table.rows()] == ["a", "b", "c"]
    assert table.counted.total == 7
    assert table.counted.inside == 1
    assert table.counted.notes == ("2 blank lines passed over: 4, 5",)


@pytest.mark.parametrize(
    "row",
    [
        '"CCO\nCO",a,10,ok',
        'CCO,a,10,"washed, twice\nmeasured, again, on Monday"',
        'CCO,"a name\nof two, lines",10,ok',
    ],
)
def test_a_cell_of_several_lines_in_any_column_is_no_lost_row(write, row):
    table = read_table(write(f"{HEADER}CCCO,b,20,ok\n{row}\nCCCCO,c,30,ok\n", "x.csv"))
    assert [number for number, _ in table.rows()] == [2, 3, 4]


def test_a_sheet_is_read_beyond_the_range_that_it_announces(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    edited(path, lambda xml: re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:D5"', xml))
    intake = read_data(path, **COLUMNS)
    assert (intake.receipt.n_rows, intake.receipt.accepted) == (20, 20)


def test_a_row_at_the_end_of_the_sheet_is_read(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    edited(
        path,
        lambda xml: re.sub(rb'r="([A-Z]?)21"', lambda found: b'r="%s1048576"' % found[1], xml),
    )
    assert [row.number for row in read_sheet(path).records()][-2:] == [20, 1_048_576]


def test_a_row_that_stands_twice_in_a_sheet_is_named(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    edited(path, lambda xml: xml.replace(b'<row r="9"', b'<row r="8"'))
    with pytest.raises(FileFormatError, match=r"x\.xlsx\[Sheet\]:8: row 8 stands twice"):
        list(read_sheet(path).records())


def test_rows_under_a_foreign_name_of_the_tag_are_missed_aloud(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    edited(
        path,
        lambda xml: xml.replace(b'<row r="21"', b'<x:row xmlns:x="urn:x" r="21"').replace(
            b"</row></sheetData>", b"</x:row></sheetData>"
        ),
    )
    with pytest.raises(FileFormatError, match="21 rows, of which 20 were read: 1 would be lost"):
        list(read_sheet(path).records())


def test_a_sheet_that_is_cut_off_is_refused_with_the_row_reached(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    edited(path, lambda xml: xml[: xml.index(b'<row r="15"') + 40])
    with pytest.raises(FileFormatError, match=r"x\.xlsx\[Sheet\]:15: the workbook cannot be read"):
        list(read_sheet(path).records())


def test_a_cell_that_cannot_be_read_rejects_its_row_only(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    edited(path, lambda xml: xml.replace(b"<v>70</v>", b"<v>7O</v>"))
    intake = read_data(path, **COLUMNS)
    assert intake.receipt.accepted == 19
    ((row, reason),) = intake.rejections[["source_row", "reason"]].itertuples(index=False)
    assert row == 8
    assert "cell C8 cannot be read" in reason


def test_a_sheet_that_is_named_and_not_held_refuses_the_workbook(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    edited(path, lambda xml: re.sub(rb' r:id="\w+"', b"", xml), "xl/workbook.xml")
    with pytest.raises(FileFormatError, match="a sheet is named in it that it does not hold"):
        read_sheet(path)


def test_a_date_beyond_the_calendar_rejects_its_row_only(tmp_path):
    path = tmp_path / "x.xlsx"
    book = Workbook()
    book.active.append(["smiles", "IC50"])
    for smiles in chains(3):
        book.active.append([smiles, 5.0])
    book.active["B3"].value = 9_999_999
    book.active["B3"].number_format = "yyyy-mm-dd"
    book.save(path)
    intake = read_data(path, smiles="smiles", value="IC50", unit="nM", endpoint="x_pic50")
    assert list(intake.results["source_row"]) == [2, 4]
    assert list(intake.rejections["source_row"]) == [3]


def test_bytes_of_a_workbook_that_do_not_unpack_are_refused(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(path.read_bytes())
    at = entry.header_offset + 30 + len(entry.filename) + 20
    content[at : at + 40] = b"\xff" * 40
    path.write_bytes(bytes(content))
    with pytest.raises(FileFormatError, match="the workbook cannot be read"):
        list(read_sheet(path).records())


def test_a_workbook_that_unpacks_to_hundreds_of_megabytes_is_refused_before(tmp_path):
    path = workbook(tmp_path / "x.xlsx")
    strings = b"<sst><si><t>" + b"A" * (60 << 20) + b"</t></si></sst>"
    edited(path, lambda _: strings, "xl/sharedStrings.xml")
    assert path.stat().st_size < 1 << 20
    with pytest.raises(FileFormatError, match=r"sharedStrings\.xml unpacks .* to 60 MiB"):
        read_sheet(path)


def test_what_stands_behind_a_json_list_is_not_dropped(write):
    rows = json.dumps([{"SMILES": "CCO", "IC50": 10}])
    with pytest.raises(FileFormatError, match="there is more behind the list"):
        read_json(write(f"{rows}\n{rows}\n", "x.json"))


@pytest.mark.parametrize("depth", [60, 3_000, 100_000])
def test_json_that_is_nested_too_deeply_is_refused_in_a_sentence(write, depth):
    deep = '{"a":' * depth + "1" + "}" * depth
    with pytest.raises(FileFormatError, match="nested too deeply"):
        read_json(write(f'[{{"SMILES": {deep}}}]', "x.json"))
    lists = "[" * depth + "]" * depth
    if depth > 1_000:
        with pytest.raises(FileFormatError, match="nested too deeply"):
            read_json(write(f'[{{"SMILES": {lists}}}]', "y.json"))


def test_an_integer_of_5000_digits_in_json_is_refused_with_its_element(write):
    text = '[{"SMILES": "CCO", "IC50": 1}, {"SMILES": "CO", "IC50": ' + "9" * 5_000 + "}]"
    with pytest.raises(FileFormatError, match=r"x\.json:2: .*digits"):
        read_json(write(text, "x.json"))


def test_half_a_character_in_json_becomes_a_mark_and_the_row_is_kept(write):
    table = read_json(write('[{"SMILES": "CCO", "Name": "\\ud800x"}]', "x.json"))
    assert [list(row.cells) for row in table.records()] == [["CCO", "?x"]]


def test_the_records_of_an_sd_file_are_counted_by_their_ends(write):
    record = "a\n\n\n  0  0  0  0  0  0            999 V2000\nM  END\n>  <IC50>\n10\n\n$$$$\n"
    table = read_sdf(write(record * 3, "x.sdf"))
    assert len(list(table.records())) == table.counted.total == 3


def test_parquet_with_a_column_name_that_is_not_utf_8_is_refused(tmp_path):
    path = tmp_path / "x.parquet"
    pd.DataFrame({"SMILES": ["CCO"], "nameXX": ["a"]}).to_parquet(path)
    path.write_bytes(path.read_bytes().replace(b"nameXX", b"name\xff\xfe"))
    with pytest.raises(FileFormatError, match="no Parquet file, or is cut off or damaged"):
        read_data(path, **COLUMNS)


def test_a_text_in_parquet_that_is_not_utf_8_is_refused_with_its_row(tmp_path):
    path = tmp_path / "x.parquet"
    frame = pd.DataFrame({"SMILES": ["CCO"], "Name": ["aXXb"], "IC50": [1.0]})
    frame.to_parquet(path, compression=None)
    path.write_bytes(path.read_bytes().replace(b"aXXb", b"a\xff\xfeb"))
    with pytest.raises(FileFormatError, match=r"x\.parquet:1: the file is damaged"):
        read_data(path, **COLUMNS)


CELLS = st.one_of(
    st.sampled_from(["", "ok", '"', '"x', 'x"', "a, b; c", "two\nlines", "12,5", "−3", "=A1", "#"]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8),
)


@example(
    cells=[("", "", '"'), ("", '"', "")],
    careless=[True] * 8,
    blank=8,
    end="\n",
    encoding="utf-8",
)
@example(
    cells=[('"', "", ""), ("", '"', "")],
    careless=[True] * 8,
    blank=8,
    end="\n",
    encoding="utf-8",
)
@example(
    cells=[("", "", ""), ("", "", ""), ("", '"', ""), ("", '"', "")],
    careless=[False, False, True, True, *[False] * 4],
    blank=0,
    end="\n",
    encoding="utf-8",
)
@example(
    cells=[("", "", '"'), ("", "a, b; c", '"')],
    careless=[True] * 8,
    blank=8,
    end="\n",
    encoding="utf-8",
)
@given(
    cells=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8),
    careless=st.lists(st.booleans(), min_size=8, max_size=8),
    blank=st.integers(0, 8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_every_line_of_any_text_is_a_row_a_named_blank_or_refused(
    tmp_path_factory, cells, careless, blank, end, encoding
):
    """However cells are quoted, or not: rows that were written are read, or the file is refused."""
    text, written = io.StringIO(), 0
    text.write(f"SMILES;Name;IC50;Comment{end}")
    quoted = csv.writer(text, delimiter=";", lineterminator=end, quoting=csv.QUOTE_ALL)
    for place, row in enumerate(cells):
        if careless[place] and not any("\n" in cell for cell in row):
            text.write(";".join(["CCO", *row]) + end)
        else:
            quoted.writerow(["CCO", *row])
        written += 1
        if place == blank:
            text.write(f";;;{end}")
            written += 1
    path = tmp_path_factory.mktemp("lines") / "x.csv"
    path.write_bytes(text.getvalue().encode(encoding))
    table = read_table(path, delimiter=";", wanted=["SMILES", "Name"])
    try:
        rows = list(table.records())
    except FileFormatError:
        return
    assert len(rows) + table.counted.n_blank == written
