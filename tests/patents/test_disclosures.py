"""Disclosures are read row by row and belong to somebody."""

from datetime import date

import pytest

from molagent.errors import FileFormatError
from molagent.patents.disclosures import disclosure_sources, read_disclosures
from molagent.patents.ladder import PatentLadder
from molagent.patents.releases import PatentSource, UncheckedSource
from molagent.records import OverlapLevel
from tests.patents.conftest import ASPIRIN, BARICITINIB, TOFACITINIB

TEXT = f"""smiles,name,document,date,client,note
{TOFACITINIB}.Cl,OUR-1,NB-12,2024-03-04,,page 7
{BARICITINIB},A-5,kick-off,,Acme,
C1CC,OUR-2,NB-12,2024-03-04,,ring not closed
"""


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "known.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_rows_keep_their_place_and_day(written):
    ours, theirs, broken = read_disclosures(written)
    assert (ours.document, ours.disclosed_on, ours.client) == ("NB-12", date(2024, 3, 4), "")
    assert (theirs.client, theirs.disclosed_on, theirs.place) == ("Acme", None, "known.csv:3")
    assert broken.place == "known.csv:4"


def test_each_party_is_a_source_of_its_own(written):
    ours, acme = disclosure_sources(read_disclosures(written), name="known.csv")
    assert isinstance(ours, PatentSource)
    assert isinstance(acme, PatentSource)
    assert (ours.release.visibility, ours.release.n_unreadable) == ("own", 1)
    assert (acme.release.visibility, acme.release.client) == ("client", "Acme")


def test_a_disclosed_salt_is_found_with_its_note_and_what_could_not_be_read_is_said(written):
    sources = disclosure_sources(read_disclosures(written), name="known.csv")
    [overlaps] = PatentLadder(sources=sources).find_overlap([TOFACITINIB])
    found = overlaps[0]
    assert (found.level, found.relation) == (OverlapLevel.VARIANT, "salt")
    assert found.publication_number == "NB-12 (2024-03-04)"
    assert (found.route, found.visibility, found.matched_name) == ("own", "own", "OUR-1")
    assert "page 7" in found.reason
    assert "1 unreadable structures not searched" in found.searched
    assert "confidential" in found.licence


def test_disclosures_have_dates_too(written):
    sources = disclosure_sources(read_disclosures(written))
    early = PatentLadder(sources=sources, as_of=date(2024, 3, 3)).find_overlap([TOFACITINIB])[0]
    assert early[0].level is OverlapLevel.NOT_FOUND


def test_a_file_of_which_nothing_can_be_read_is_not_checked(tmp_path):
    path = tmp_path / "known.csv"
    path.write_text("smiles\nC1CC\n", encoding="utf-8")
    [source] = disclosure_sources(read_disclosures(path))
    assert isinstance(source, UncheckedSource)
    [overlaps] = PatentLadder(sources=[source]).find_overlap([ASPIRIN])
    assert [o.level for o in overlaps] == [OverlapLevel.NOT_CHECKED]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("structure,name\nCCO,x\n", "known.csv:1: unknown column 'structure'"),
        ("name\nx\n", "no column 'smiles'"),
        ("smiles,date\nCCO,04/03/2024\n", "known.csv:2: date '04/03/2024' is no day"),
        ("smiles,name\n,x\n", "known.csv:2: no structure"),
        ("smiles,name\nCCO\n", "known.csv:2"),
        ('smiles\n"CCO\n', "known.csv"),
    ],
)
def test_a_broken_file_is_refused_with_its_row(tmp_path, text, said):
    path = tmp_path / "known.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileFormatError) as refused:
        read_disclosures(path)
    assert said in str(refused.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match="cannot be read"):
        read_disclosures(tmp_path / "none.csv")
