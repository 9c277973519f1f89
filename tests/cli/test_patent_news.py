"""What a later release says of a series that an earlier one did not."""

import pandas as pd
import pytest

from molagent.config.screen import ScreenConfig
from molagent.errors import InputError
from molagent.ingest.patents.importing import import_file
from molagent.ingest.patents.structures import StructureComputer
from molagent.project.patents import Patents, news_of_shortlist
from molagent.report.content import ReportContent
from molagent.report.summary import render_html
from tests.cli.calls import call, shown

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
CLENBUTEROL = "CC(C)(C)NCC(O)c1cc(Cl)c(N)c(Cl)c1"
SALBUTAMOL = "CC(C)(C)NCC(O)c1ccc(O)c(CO)c1"
MABUTEROL = "CC(C)(C)NCC(O)c1cc(Cl)c(N)c(C(F)(F)F)c1"
OLD = [
    (ASPIRIN, "US-1000001-A", "description"),
    (CLENBUTEROL, "US-1000002-A", "description"),
    (MABUTEROL, "US-1000002-A", "claims"),
    (SALBUTAMOL, "US-1000003-A", "claims"),
]
LATER = [
    (ASPIRIN, "US-1000001-A", "claims"),  # now in the claims
    (ASPIRIN, "US-2000001-B2", "claims"),  # a new publication
    (CLENBUTEROL, "US-1000002-A", "description"),
    (MABUTEROL, "US-1000002-A", "claims"),
    (MABUTEROL, "US-2000002-B2", "claims"),  # a neighbour of clenbuterol, elsewhere anew
    (CLENBUTEROL, "US-1000003-A", "claims"),  # a known publication
]


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    folder = tmp_path_factory.mktemp("releases")
    for name, rows in (("old", OLD), ("later", LATER)):
        path = folder / f"{name}.csv"
        lines = [",".join(row) for row in rows]
        path.write_text("\n".join(["smiles,document,section", *lines]))
        computer = StructureComputer(workers=0)
        import_file(path, folder / name, visibility="public", computer=computer)
    return folder


def news(releases, *smiles):
    found = Patents.open(releases=[releases / "later"]).news(list(smiles), releases / "old")
    return {(row["change"], row["publication_number"], row["level"]) for _, row in found.iterrows()}


def test_new_publications_and_claims_of_a_compound_are_news(releases):
    assert news(releases, ASPIRIN) == {
        ("now in claims", "US-1000001-A", "exact_in_claims"),
        ("new publication", "US-2000001-B2", "exact_in_claims"),
    }


def test_news_of_a_named_compound_and_of_its_neighbours_come_together(releases):
    found = news(releases, CLENBUTEROL)
    assert ("new compound", "US-1000003-A", "exact_in_claims") in found
    assert ("new publication", "US-2000002-B2", "similar") in found
    assert ("no longer there", "US-1000003-A", "similar") in found  # salbutamol's
    assert not any(number == "US-1000002-A" for _, number, _ in found)


def test_two_equal_releases_have_no_news_and_the_other_way_round_it_is_gone(releases):
    same = Patents.open(releases=[releases / "old"]).news([ASPIRIN, CLENBUTEROL], releases / "old")
    assert same.empty
    gone = Patents.open(releases=[releases / "old"]).news([ASPIRIN], releases / "later")
    assert ("no longer there", "US-2000001-B2") in set(
        zip(gone["change"], gone["publication_number"], strict=True)
    )


def test_what_cannot_be_compared_is_said(releases):
    patents = Patents.open(releases=[releases / "later"])
    found = patents.news(["C1CC", ASPIRIN], releases / "old")
    notes = " ".join(found.attrs["notes"])
    assert "C1CC was not compared" in notes
    assert "the scopes differ" in notes
    with pytest.raises(InputError, match="one is compared with an earlier one"):
        Patents.open(releases=[releases / "later", releases / "old"]).news([ASPIRIN], "x")


def test_the_command_shows_them_and_writes_a_page(capsys, releases, tmp_path):
    old, later = releases / "old", releases / "later"
    out = shown(capsys, "patents", "news", old, later, ASPIRIN)
    assert "now in claims" in out
    page, table = tmp_path / "news.html", tmp_path / "news.csv"
    shown(capsys, "patents", "news", old, later, ASPIRIN, "--report", page, "--csv", table)
    assert "What is new" in page.read_text()
    assert "US-2000001-B2" in page.read_text()
    assert table.read_text().startswith("change,structure,smiles")
    code, _, err = call(capsys, "patents", "news", old, old, ASPIRIN)
    assert not code
    assert "nothing is new" in err


def test_a_campaigns_report_says_what_is_new_since_the_earlier_release(releases):
    named = ScreenConfig(releases=(str(releases / "later"),), since=str(releases / "old"))
    shortlist = pd.DataFrame({"proposal_id": ["P1"], "smiles": [ASPIRIN]})
    found = news_of_shortlist(named, releases, lambda: shortlist)
    html = render_html(ReportContent(name="antipyretics", news=found))
    assert "New since the last release" in html
    assert "US-2000001-B2" in html
    assert news_of_shortlist(ScreenConfig(), releases, lambda: shortlist) is None
    assert "New since" not in render_html(ReportContent(name="antipyretics"))


def test_a_release_that_is_gone_is_told_in_the_report_and_does_not_stop_it(releases):
    named = ScreenConfig(releases=(str(releases / "later"),), since=str(releases / "lost"))
    shortlist = pd.DataFrame({"proposal_id": ["P1"], "smiles": [ASPIRIN]})
    found = news_of_shortlist(named, releases, lambda: shortlist)
    html = render_html(ReportContent(name="antipyretics", news=found))
    assert "the releases were not compared" in html
    assert "Nothing: both releases say the same" not in html
