"""Cells that a spreadsheet would run stay text, and are read back as they were."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.formulas import csv_text, guarded, unguarded, unguarded_row
from molagent.ingest.readers import read_table

RUN = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''@x"]


@pytest.mark.parametrize("text", RUN)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe_and_loses_it_again(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(str(guarded(text))) == text


@pytest.mark.parametrize("cell", ["-1.5", "+3", "-1e-9", -2, 1.5, "=", "-", "CCO", "'s-Gravenhage"])
def test_numbers_relations_and_plain_words_stay(cell):
    assert guarded(cell) == cell


@given(st.text(max_size=30))
def test_every_text_comes_back(text):
    assert unguarded(str(guarded(text))) == text


def test_a_frame_is_safe_in_every_cell_and_title_and_leaves_numbers_alone():
    frame = pd.DataFrame({"=name": ["=HYPERLINK(1)", None], "value": [-1.5, 2.0], "n": [-1, 2]})
    rows = list(csv.reader(io.StringIO(csv_text(frame))))
    assert rows == [["'=name", "value", "n"], ["'=HYPERLINK(1)", "-1.5", "-1"], ["", "2.0", "2"]]


def test_a_file_that_molagent_wrote_is_read_with_the_names_it_had(tmp_path):
    names = ["=A-1", "-B2", "@C", "plain", "'quoted"]
    path = tmp_path / "names.csv"
    path.write_text(csv_text(pd.DataFrame({"name": names, "smiles": ["CCO"] * 5})))
    assert [cells[0] for _, cells in read_table(path).rows()] == names


def test_a_row_without_apostrophes_is_as_it_was():
    assert unguarded_row(["CCO", "-1", "=A1", ""]) == ["CCO", "-1", "=A1", ""]
