"""Structures on the command line: SMILES as they stand, or the one file that is named."""

from pathlib import Path

import openpyxl

from molagent.cli.structures import given_structures


def test_smiles_are_taken_as_they_stand():
    assert given_structures(["CCO", "c1ccccc1"]) == ["CCO", "c1ccccc1"]
    assert given_structures(["CCO"]) == ["CCO"]


def test_a_spreadsheet_is_read_and_not_taken_for_a_smiles(tmp_path: Path):
    book = openpyxl.Workbook()
    for row in (["smiles", "name"], ["CCO", "ethanol"]):
        book.active.append(row)
    book.save(tmp_path / "ideas.xlsx")
    assert given_structures([str(tmp_path / "ideas.xlsx")]) == ["CCO"]


def test_a_file_of_any_suffix_is_read(tmp_path: Path):
    ideas = tmp_path / "ideas.tab"
    ideas.write_text("smiles\tname\nCCO\tethanol\n", encoding="utf-8")
    assert given_structures([str(ideas)]) == ["CCO"]
