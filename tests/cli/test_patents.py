"""Patent verbs: structures or a file of them, releases, a date, reports."""

import csv
from pathlib import Path

import pytest

from tests.cli.calls import call

ROOT = Path(__file__).parents[2]
BULK = ROOT / "data" / "patent_exports" / "surechembl_fixture"
COLLECTION = ROOT / "tests" / "patents" / "collection"
BARICITINIB = "CCS(=O)(=O)N1CC(CC#N)(n2cc(-c3ncnc4[nH]ccc34)cn2)C1"


def shown(capsys, *arguments):
    code, out, err = call(capsys, *arguments)
    assert not code, err
    return " ".join(out.split())


def refused(capsys, *arguments):
    code, _, err = call(capsys, *arguments)
    assert code
    return " ".join(err.split())


@pytest.fixture
def compounds(tmp_path):
    path = tmp_path / "compounds.csv"
    path.write_text(f"name,smiles\nbari,{BARICITINIB}\nhexane,CCCCCC\n", encoding="utf-8")
    return path


def test_check_shows_evidence_and_what_was_searched(capsys):
    text = shown(capsys, "patents", "check", BARICITINIB, "--data", COLLECTION)
    assert "exact in claims" in text
    assert "US-11197860" in text
    assert "searched: release molagent JAK publications" in text
    assert "not legal advice" in text


def test_check_hides_what_came_later(capsys):
    text = shown(
        capsys, "patents", "check", BARICITINIB, "--data", COLLECTION, "--as-of", "2020-01-01"
    )
    assert "US-11197860" not in text
    assert "publications up to 2020-01-01" in text


def test_check_says_of_which_publications_no_date_was_read(capsys):
    text = shown(
        capsys, "patents", "check", "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1",
        "--data", COLLECTION, "--as-of", "1990-01-01",
    )  # fmt: skip
    assert "EP-2173752-B1 date not read Incyte" in text


def test_check_writes_a_page_and_a_table_of_a_file(capsys, compounds, tmp_path):
    page, table = tmp_path / "out.html", tmp_path / "out.csv"
    text = shown(
        capsys, "patents", "check", "--file", compounds, "--data", COLLECTION,
        "--report", page, "--csv", table,
    )  # fmt: skip
    assert str(page) in text.replace(" ", "")
    assert "bari" in page.read_text(encoding="utf-8")
    with table.open(encoding="utf-8", newline="") as lines:
        levels = {row["structure"]: row["level"] for row in csv.DictReader(lines)}
    assert levels["hexane"] == "not_found"


def test_check_searches_disclosures_for_whom_they_belong_to(capsys, tmp_path):
    known = tmp_path / "known.csv"
    known.write_text("smiles,client,name\nCCCCCC,Acme,A-1\n", encoding="utf-8")
    acme = shown(capsys, "patents", "check", "CCCCCC", "--disclosures", known, "--client", "Acme")
    assert "exact elsewhere" in acme
    other = shown(
        capsys, "patents", "check", "CCCCCC", "--data", COLLECTION, "--disclosures", known
    )
    assert "Acme" not in other
    assert "not found" in other


def test_landscape_writes_a_page(capsys, tmp_path):
    page = tmp_path / "around.html"
    shown(
        capsys, "patents", "landscape", BARICITINIB, "--data", COLLECTION, "--at-least", "0.3",
        "--report", page,
    )  # fmt: skip
    assert "Families, nearest first" in page.read_text(encoding="utf-8")


def test_caffeine_is_a_component_of_betaine_caffeine(capsys, tmp_path):
    release = tmp_path / "sample"
    shown(
        capsys, "patents", "sync", "--scope", "all", "--source", BULK, "--into", release
    )  # fmt: skip
    said = shown(capsys, "patents", "check", "Cn1c(=O)c2c(ncn2C)n(C)c1=O", "--release", release)
    assert "SCHEMBL4039 a component of a mixture or salt" in said
    assert "same scaffold" not in said


def test_landscape_says_which_release_was_not_searched(capsys, tmp_path):
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    code, out, err = call(
        capsys, "patents", "landscape", BARICITINIB, "--release", unfinished,
        "--report", tmp_path / "around.html",
    )  # fmt: skip
    assert code == 0, err
    assert "around.html" in out
    assert "NOT searched" in err
    assert "not a release folder" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either structures or a file"),
        (("CCO", "--release", "no-such-folder"), "no such folder or file"),
        (("CCO", "--data", "no-such-folder"), "no such folder or file"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_remedy(capsys, arguments, said):
    assert said in refused(capsys, "patents", "check", *arguments)


def test_a_folder_that_is_no_release_is_not_checked(capsys, tmp_path):
    text = shown(capsys, "patents", "check", "CCO", "--release", tmp_path)
    assert "not checked" in text
    assert "not a release folder" in text
    assert "not found" not in text
