"""Claims as pictures: every site is in the drawing and in the table, and nothing is left open."""

import re

import pytest

from molagent.patents.markush.boundary import find_boundary
from molagent.patents.markush.claims import parse_claim, read_claim, read_claims
from molagent.patents.markush.members import run_members
from molagent.report.claim import boundary_html, claim_html, claim_page, claim_svg
from molagent.report.claim_core import core_picture, site_labels
from tests.patents.conftest import COLLECTION, EGFR_CLAIM
from tests.patents.markush.test_drafting import egfr_tables

MEMBER = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCC1CCCO1"
CLAIMS = [read_claim(EGFR_CLAIM), *read_claims(COLLECTION)]


def tags(html: str) -> list[str]:
    return re.findall(r"<(/?[a-z0-9]+)", html)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.claim_id)
def test_every_claim_of_the_house_is_drawn_with_all_its_sites(claim):
    picture = claim_html(claim, run_members(claim)).html
    for site in claim.sites:
        assert site.name in picture
    assert "not drawn" not in picture
    opened = [tag for tag in tags(picture) if not tag.startswith("/")]
    for tag in ("table", "ul", "li", "div", "figure", "td", "tr"):
        assert opened.count(tag) == tags(picture).count(f"/{tag}"), tag
    assert "src=" not in picture


def test_the_state_of_a_reading_is_the_first_thing_one_sees():
    draft, confirmed = CLAIMS[0], next(c for c in CLAIMS if c.confirmed_by)
    assert 'state draft">draft<' in claim_html(draft).html
    assert 'state confirmed">confirmed<' in claim_html(confirmed).html


def test_a_test_that_fails_stands_out():
    tables = egfr_tables() | {"status": "draft", "members": [MEMBER, "CCO"]}
    claim = parse_claim(tables, place="test")
    picture = claim_html(claim, run_members(claim)).html
    assert picture.count("card bad") == 1
    assert "falls outside" in picture


def test_words_of_a_claim_cannot_break_out_of_the_page():
    tables = egfr_tables() | {
        "status": "draft",
        "text": "<script>alert(1)</script>",
        "note": "a & b",
    }
    picture = claim_html(parse_claim(tables, place="test")).html
    assert "<script" not in picture
    assert "a &amp; b" in picture


def test_a_site_that_roams_a_ring_has_its_bond_drawn_into_it():
    claim = CLAIMS[0]
    fixed = parse_claim(
        egfr_tables() | {"status": "draft", "site": egfr_tables()["site"][:1]}, place="test"
    )
    drawn = core_picture(claim.templates[0], site_labels(claim.sites))
    without = core_picture(fixed.templates[0], site_labels(fixed.sites))
    assert len(drawn) > len(without)
    assert claim_svg(claim).startswith("<svg")


def test_long_names_of_sites_are_letters_in_the_drawing_and_explained_beside_it():
    claim = next(c for c in CLAIMS if c.claim_id == "WO-2015032423-A1/abstract")
    labels = site_labels(claim.sites)
    assert labels["(CH2)nQ1AR1"] == "(b)"
    assert "<b>(b)</b> (CH2)nQ1AR1" in claim_html(claim).html


def test_a_page_holds_several_claims_without_outside_references():
    text = claim_page([(claim, ()) for claim in CLAIMS[:3]])
    assert text.startswith("<!doctype html>")
    assert text.count("<section") == 3


def test_what_leaves_a_claim_is_drawn_with_its_reason():
    inside = boundary_html(MEMBER, find_boundary(CLAIMS[0], MEMBER, top=2)).html
    assert "Inside US-5770603/1" in inside
    assert inside.count('class="card"') == 1 + 8  # and the structure itself
    outside = boundary_html("CCO", find_boundary(CLAIMS[0], "CCO")).html
    assert "its core does not occur" in outside
