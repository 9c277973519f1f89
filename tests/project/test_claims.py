"""The claims of the bundled collection, by id, in words, as pictures and as constraints."""

from pathlib import Path

import pytest

from molagent.errors import NotFoundError
from molagent.patents.markush.claims import read_claims
from molagent.project.claims import ClaimShelf

COLLECTION = Path(__file__).parents[2] / "data" / "patents"
DEUTERATED = "US-9662335-B2/1"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"
LABELLED = "N#CC([2H])([2H])[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"


@pytest.fixture(scope="module")
def shelf() -> ClaimShelf:
    return ClaimShelf(read_claims(COLLECTION))


def test_a_claim_is_found_by_its_id_and_an_unknown_one_is_named(shelf: ClaimShelf):
    assert shelf[DEUTERATED] in list(shelf)
    with pytest.raises(NotFoundError, match="US-1/1"):
        shelf["US-1/1"]


def test_the_table_says_who_stands_behind_each_claim(shelf: ClaimShelf):
    table = shelf.table().set_index("claim")
    assert len(table) == len(shelf)
    confirmed = table[table["status"] == "confirmed"]
    assert (confirmed["confirmed_by"] != "").all()
    assert (table["in_words"].str.len() > 40).all()


def test_ruxolitinib_misses_the_deuterated_claim_and_its_isotopologue_does_not(shelf: ClaimShelf):
    found = shelf.match([RUXOLITINIB, LABELLED])
    found = found[found["claim"] == DEUTERATED].set_index("structure")["outcome"]
    assert found[RUXOLITINIB] == "near miss"
    assert found[LABELLED] == "inside"


def test_a_boundary_is_drawn_with_what_the_claim_allows(shelf: ClaimShelf, tmp_path: Path):
    picture = shelf.show_boundary(DEUTERATED, LABELLED)
    assert "<svg" in picture._repr_html_()
    assert "the claim allows" in picture._repr_html_()
    assert picture.write(tmp_path / "leave.html").stat().st_size > 1000


def test_constraints_name_the_claims_they_keep_out_of(shelf: ClaimShelf):
    constraints = shelf.keep_outside([DEUTERATED])
    assert [region.name for region in constraints.outside] == [f"inside {DEUTERATED}"]
    assert len(shelf.keep_outside().outside) == len(shelf)
