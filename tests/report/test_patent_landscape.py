"""The landscape on a page: every figure says what is not on it."""

import re
from datetime import date
from pathlib import Path

import pytest

from molagent.patents.ladder import PatentLadder
from molagent.patents.landscape import survey
from molagent.patents.publications import read_collection
from molagent.report.patent_landscape import map_svg, time_svg, write_landscape
from tests.patents.conftest import BARICITINIB
from tests.patents.test_climbing import source

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


def test_what_has_no_date_is_a_bar_over_the_time_its_number_leaves(tmp_path):
    windows = [
        ("US-8158616-B2", (date(2007, 11, 27), date(2014, 1, 28))),
        ("US-8420629-B2", (date(2007, 11, 27), date(2014, 1, 28))),
        ("WO-2010003030-A1", (date(2010, 1, 1), date(2010, 12, 31))),
        ("US-9814722-B2", (date(2016, 6, 14), None)),
        ("EP-2173752-B1", None),
        ("US-1001-B2", date(2012, 5, 6)),
    ]
    ladder = PatentLadder(
        sources=[source([(RUXOLITINIB, number, "claims", days) for number, days in windows])]
    )
    found = survey(ladder, [RUXOLITINIB])
    figure = time_svg(found)
    bars = re.findall(r"<path class='bar' d='M([\d.]+) ([\d.]+)H([\d.]+)'([^>]*)/>", figure)
    assert figure.count("<circle") == 1
    # Two grants of one window are one bar.
    assert len(bars) == 3
    assert ["stroke-dasharray" in style for *_, style in bars] == [False, False, True]
    lanes = [float(y) for _, y, _, _ in bars]
    assert lanes[0] != lanes[1]  # they would lie on each other
    assert lanes[0] == lanes[2]
    starts, ends = ([float(bar[at]) for bar in bars] for at in (0, 2))
    assert starts[0] < starts[1] < ends[1] < ends[0] < starts[2] < ends[2]
    page = write_landscape(found, tmp_path / "bars.html").read_text(encoding="utf-8")
    assert "1 without a known date are not on this figure" in page
    assert "2007-2014 (by number)" in page
    assert "A year by number was not read" in page


def test_bars_at_the_least_similarity_stay_above_the_axis():
    days = [(date(2007, 1, day), date(2014, 1, 28)) for day in range(1, 5)]
    mentioned = [(BARICITINIB, f"US-80000{at}-B2", "claims", day) for at, day in enumerate(days)]
    ladder = PatentLadder(sources=[source(mentioned)])
    least = survey(ladder, [RUXOLITINIB], at_least=0.1).compounds["similarity"].min()
    found = survey(ladder, [RUXOLITINIB], at_least=least)
    floor = re.search(r"<path d='M58 14V(\d+)H", figure := time_svg(found))
    bars = re.findall(r"<path class='bar' d='M[\d.]+ ([\d.]+)H", figure)
    assert len(set(bars)) == 4
    assert max(map(float, bars)) <= float(floor[1])


def test_an_empty_landscape_can_be_drawn(tmp_path):
    empty = survey(PatentLadder(read_collection(COLLECTION)), ["CCCCCCCC"], at_least=0.9)
    page = write_landscape(empty, tmp_path / "empty.html").read_text(encoding="utf-8")
    assert "0 compounds of 0 publications" in page
