"""The shortlist survives the way into other programs."""

import csv
import errno
import os
from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import load_workbook
from rdkit import Chem

from molagent.errors import MolagentError
from molagent.report.content import ReportContent
from molagent.report.export import (
    shortlist_rows,
    write_csv,
    write_purchases,
    write_sdf,
    write_xlsx,
)
from molagent.report.files import replace_file


def with_first(content: ReportContent, **values: object) -> ReportContent:
    shortlist = content.shortlist.astype(object)
    for column, value in values.items():
        shortlist.loc[shortlist.index[0], column] = value
    return replace(content, shortlist=shortlist)


def test_an_sdf_read_back_has_the_same_inchikeys(content, tmp_path):
    path = write_sdf(content, tmp_path / "shortlist.sdf")
    with Chem.SDMolSupplier(str(path)) as supplier:
        read = [(mol.GetProp("_Name"), Chem.MolToInchiKey(mol)) for mol in supplier]
    expected = [(row["proposal_id"], row["inchikey"]) for row in shortlist_rows(content)]
    assert len(read) == 24
    assert read == expected


def test_an_sdf_has_flat_coordinates_and_leaves_unknown_values_out(content, tmp_path):
    path = write_sdf(content, tmp_path / "shortlist.sdf")
    unknown = [row["proposal_id"] for row in shortlist_rows(content) if row["solubility"] is None]
    assert unknown
    with Chem.SDMolSupplier(str(path)) as supplier:
        for mol in supplier:
            assert not mol.GetConformer().Is3D()
            assert mol.HasProp("solubility") == (mol.GetProp("_Name") not in unknown)


def test_a_reason_cannot_break_out_of_its_sdf_record(small_content, tmp_path):
    nasty = with_first(small_content, reason="one\n\n$$$$\ntwo")
    path = write_sdf(nasty, tmp_path / "shortlist.sdf")
    with Chem.SDMolSupplier(str(path)) as supplier:
        assert len(list(supplier)) == 4


def test_a_csv_is_utf8_with_empty_cells_where_a_value_is_unknown(content, tmp_path):
    changed = with_first(content, reason="µM – naïve")
    path = write_csv(changed, tmp_path / "shortlist.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert rows[0]["reason"] == "µM – naïve"
    assert [row["solubility"] == "" for row in rows] == [
        row["solubility"] is None for row in shortlist_rows(content)
    ]
    assert "0.0" not in {row["solubility"] for row in rows}


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_text_that_looks_like_a_formula_stays_text(small_content, tmp_path, start):
    text = f"{start}cmd|'/c calc'!A1"
    changed = with_first(small_content, reason=text)
    rows = csv.DictReader(write_csv(changed, tmp_path / "a.csv").read_text("utf-8").splitlines())
    assert next(rows)["reason"] == f"'{text}"
    sheet = load_workbook(write_xlsx(changed, tmp_path / "a.xlsx"))["Shortlist"]
    cell = next(c for c in sheet[2] if c.value == text)
    assert cell.data_type == "s"


def test_a_workbook_has_a_picture_for_every_compound_and_four_sheets(content, tmp_path):
    book = load_workbook(write_xlsx(content, tmp_path / "shortlist.xlsx"))
    assert book.sheetnames == ["Shortlist", "To buy", "Objectives and models", "Provenance"]
    sheet = book["Shortlist"]
    assert len(sheet._images) == 24
    assert [image.anchor._from.row for image in sheet._images] == list(range(1, 25))
    assert sheet.freeze_panes == "D2"
    heads = [cell.value for cell in sheet[1]]
    assert "solubility, predicted (log mol/L)" in heads


def test_a_workbook_says_unknown_where_a_value_is_missing(content, tmp_path):
    sheet = load_workbook(write_xlsx(content, tmp_path / "shortlist.xlsx"))["Shortlist"]
    heads = [cell.value for cell in sheet[1]]
    column = heads.index("solubility, predicted (log mol/L)")
    shown = [row[column].value for row in sheet.iter_rows(min_row=2)]
    wanted = [row["solubility"] for row in shortlist_rows(content)]
    assert [value == "unknown" for value in shown] == [value is None for value in wanted]


def test_a_structure_that_cannot_be_drawn_is_said_so_in_the_workbook(small_content, tmp_path):
    changed = with_first(small_content, smiles="not a structure")
    sheet = load_workbook(write_xlsx(changed, tmp_path / "shortlist.xlsx"))["Shortlist"]
    assert len(sheet._images) == 3
    assert sheet["C2"].value == "structure not drawn"


def test_an_empty_shortlist_still_makes_readable_files(tmp_path):
    empty = ReportContent(name="nothing yet")
    assert write_csv(empty, tmp_path / "a.csv").read_text() == ""
    assert write_sdf(empty, tmp_path / "a.sdf").read_text() == ""
    assert load_workbook(BytesIO(write_xlsx(empty, tmp_path / "a.xlsx").read_bytes())).sheetnames


def test_a_full_disk_leaves_the_old_file_and_names_the_remedy(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MolagentError, match=r"report\.html: the disk is full; free .* MB"):
        replace_file(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_the_way_is_an_error_with_its_path(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(MolagentError, match=r"file/report\.html: the file cannot be written"):
        replace_file(blocker / "report.html", b"new")


def test_an_order_says_which_isomers_how_to_make_them_and_what_they_weigh(content, tmp_path):
    properties = content.shortlist[["proposal_id"]].assign(mw=412.5, hbd=2.0, sa_score=3.2)
    path = write_csv(replace(content, properties=properties), tmp_path / "shortlist.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    first, second = rows[:2]
    assert (first["mw"], first["hbd"], first["sa_score"]) == ("412.5", "2.0", "3.2")
    assert first["making"] == "2 steps, 1 piece to be found or made"
    assert (first["steps"], first["place"]) == ("2", "best")
    assert second["order"].startswith("racemate, separate")
    assert second["order_ids"].split() == [second["proposal_id"], f"{second['proposal_id']}-mirror"]
    assert second["making"].startswith(
        "no route found: no template cuts this structure; nearest that was made: MA-"
    )
    assert second["steps"] == ""


def test_the_purchase_list_names_each_piece_once_with_what_it_is_for(content, tmp_path):
    path = write_purchases(content, tmp_path / "purchase_list.csv")
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [(row["smiles"], row["name"]) for row in rows] == [
        ("N#CCC(=O)O", "cyanoacetic acid"),
        ("CNC1CCCNC1", ""),
    ]
    made = list(content.shortlist["proposal_id"])[::2]
    assert rows[0]["used_for"].split() == made
    assert rows[0]["compounds"] == str(len(made))
