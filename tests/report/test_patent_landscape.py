"""The landscape on a page: every figure says what is not on it."""

import re
from pathlib import Path

import pytest

from molagent.patents import PatentLadder, read_collection
from molagent.patents.landscape import survey
from molagent.report.patent_landscape import map_svg, time_svg, write_landscape

COLLECTION = Path(__file__).parents[1] / "patents" / "collection"
RUXOLITINIB = "N#CC[C@H](C1CCCC1)n1cc(-c2ncnc3[nH]ccc23)cn1"


@pytest.fixture(scope="module")
def landscape():
    return survey(PatentLadder(read_collection(COLLECTION)), [RUXOLITINIB, "C1CC"], at_least=0.25)


def test_the_page_stands_alone_and_names_what_was_searched(landscape, tmp_path):
    page = write_landscape(landscape, tmp_path / "landscape.html").read_text(encoding="utf-8")
    assert "molagent JAK publications 2026-11-21" in page
    assert "not legal advice" in page
    assert "without a known date are not on this figure" in page
    assert "1 structures could not be read" in page
    assert "<script" not in page
    visible = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert (
        re.findall(r"(?i)\b(novel\w*|patented|free|safe\w*|clear\w*|infring\w*)\b", visible) == []
    )
    assert not re.search(r"(src|href)=['\"]https?:", page)


def test_each_dated_publication_is_a_dot_and_the_series_is_ringed(landscape):
    dated = landscape.compounds["publication_date"].notna().sum()
    assert time_svg(landscape).count("<circle") == dated
    assert map_svg(landscape).count("fill='none' stroke='#1F2933' stroke-width='1.8'") == 1


def test_an_empty_landscape_can_be_drawn(tmp_path):
    empty = survey(PatentLadder(read_collection(COLLECTION)), ["CCCCCCCC"], at_least=0.9)
    page = write_landscape(empty, tmp_path / "empty.html").read_text(encoding="utf-8")
    assert "0 compounds of 0 publications" in page
