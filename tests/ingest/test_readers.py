import hashlib

import pytest

from molagent.errors import FileFormatError
from molagent.ingest.readers import delimited, read_table

TEXT = "smiles,Ki [µM],name\nCCO,5,éthanol\nCO,7,méthanol\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("latin-1", "latin-1"),
    ],
)
def test_text_reads_the_same_in_every_encoding(write, encoding, found):
    table = read_table(write(TEXT, encoding=encoding))
    assert table.encoding == found
    assert table.header == ("smiles", "Ki [µM]", "name")
    assert [cells[2] for _, cells in table.rows()] == ["éthanol", "méthanol"]


def test_big_endian_utf_16_is_found_by_its_mark(write):
    table = read_table(write("\ufeff" + TEXT, encoding="utf-16-be"))
    assert table.encoding == "utf-16"
    assert table.header[0] == "smiles"


def test_the_latin_1_fallback_is_noted_and_nothing_else_is(write):
    assert "read as Latin-1" in read_table(write(TEXT, encoding="latin-1")).notes[0]
    assert read_table(write(TEXT)).notes == ()


def test_a_latin_1_byte_deep_in_a_long_file_is_found(write):
    text = "smiles,value,name\n" + "CCO,5,x\n" * 200_000 + "CCO,5,é\n"
    assert read_table(write(text, encoding="latin-1")).encoding == "latin-1"


def test_utf_16_without_its_mark_is_refused_with_a_remedy(write):
    with pytest.raises(FileFormatError, match="UTF-16 without its mark; save it as UTF-8"):
        read_table(write(TEXT, encoding="utf-16-le"))


def test_a_utf_16_file_cut_in_the_middle_of_a_character_is_refused(write):
    path = write(TEXT, encoding="utf-16")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FileFormatError, match="not the utf-16 that its first bytes announce"):
        list(read_table(path).rows())


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(write, delimiter):
    table = read_table(write(TEXT.replace(",", delimiter)))
    assert table.delimiter == delimiter
    assert [cells[0] for _, cells in table.rows()] == ["CCO", "CO"]


def test_a_delimiter_inside_quotes_does_not_mislead(write):
    table = read_table(write('name;smiles;value\n"a, b, c, d";CCO;5\n"e, f, g, h";CO;7\n'))
    assert table.delimiter == ";"
    assert next(table.rows()) == (2, ["a, b, c, d", "CCO", "5"])


def test_a_wrong_delimiter_is_named_with_the_one_it_looks_like(write):
    with pytest.raises(FileFormatError, match=r"'\\t' leaves one column .*look comma-separated"):
        read_table(write(TEXT), delimiter="\t")


def test_a_delimiter_of_two_characters_is_refused(write):
    with pytest.raises(FileFormatError, match="'::' is not one character"):
        read_table(write(TEXT), delimiter="::")


@pytest.mark.parametrize("separator", [" ", ":", "^"])
def test_a_file_with_an_unknown_delimiter_is_refused(write, separator):
    text = f"smiles{separator}value\nCCO{separator}5\n"
    with pytest.raises(FileFormatError, match=r"is one column .*separate columns by comma, tab"):
        read_table(write(text))


@pytest.mark.parametrize("text", ["", "\n\n \n", "\ufeff"])
def test_an_empty_file_is_refused(write, text):
    with pytest.raises(FileFormatError, match=r"jak1_ki\.csv: the file is empty"):
        read_table(write(text))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"PK\x03\x04rest", "a spreadsheet or zip archive"),
        (b"\x1f\x8brest", "a gzip archive"),
        (b"<datawarrior-fileinfo>\n", "a DataWarrior file, whose structures are in a code"),
        (b"PAR1rest", "a Parquet file"),
        (b"\xd0\xcf\x11\xe0rest", "an old Excel file"),
        (b"\x89PNG\x00\x00", "zero bytes"),
    ],
)
def test_what_is_not_text_is_refused_by_name(tmp_path, content, what):
    path = tmp_path / "jak1.csv"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=what):
        read_table(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(FileFormatError, match=r"nowhere\.csv: the file cannot be read"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(FileFormatError, match="the file cannot be read"):
        read_table(tmp_path)


def test_a_missing_column_is_answered_with_the_closest_one(write):
    table = read_table(write(TEXT))
    with pytest.raises(
        FileFormatError, match=r"no column 'Ki \[uM\]' among 'smiles', .*did you mean 'Ki \[µM\]'"
    ):
        table.column("Ki [uM]")
    with pytest.raises(FileFormatError, match="name one of these columns"):
        table.column("zzz")


def test_a_column_that_stands_twice_is_refused_only_if_it_is_asked_for(write):
    table = read_table(write("smiles,value,value\nCCO,1,2\n"))
    assert table.column("smiles") == 0
    with pytest.raises(FileFormatError, match="the header has 2 columns 'value'"):
        table.column("value")


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(write):
    text = '\n\nsmiles,value\n\nCCO,1\n,,\n"C\nC",2\nCO,3\n'
    assert list(read_table(write(text)).rows()) == [
        (5, ["CCO", "1"]),
        (7, ["C\nC", "2"]),
        (8, ["CO", "3"]),
    ]


def test_windows_line_ends_leave_no_trace(write):
    table = read_table(write("smiles,value\r\nCCO,1\r\n"))
    assert table.header == ("smiles", "value")
    assert list(table.rows()) == [(2, ["CCO", "1"])]


def test_a_quote_that_is_never_closed_is_reported_with_its_row(write):
    text = 'smiles,value\nCCO,1\n"CO,2\n' + "CCO,3\n" * 40_000
    with pytest.raises(FileFormatError, match=r"jak1_ki\.csv:3: .*quote that is never closed"):
        list(read_table(write(text)).rows())


def test_hash_and_size_are_those_of_the_file(write):
    path = write(TEXT, encoding="latin-1")
    table = read_table(path)
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert table.bytes == path.stat().st_size


def test_a_rejected_row_is_kept_as_it_would_stand_in_a_file():
    assert delimited(['say "no"', "1,5", ""], ",") == '"say ""no""","1,5",'
