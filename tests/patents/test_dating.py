"""Whether a publication was out on a day, from its date or from what its number says."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.patents.compounds import publication_header
from molagent.patents.dating import (
    describe_dating,
    describe_years,
    is_surely_later,
    publication_days,
)
from molagent.patents.numbers import publication_window
from molagent.patents.publications import read_collection
from molagent.records import PublicationRecord
from tests.patents.conftest import SMALL_COLLECTION

FIRST, LAST = date(2011, 2, 1), date(2013, 4, 5)
DAYS = st.dates(date(1980, 1, 1), date(2030, 12, 31))


def record(day=None, after=None, by=None):
    return PublicationRecord(
        publication_number="US-8000000",
        publication_date=day,
        published_after=after,
        published_by=by,
    )


@pytest.mark.parametrize(
    ("as_of", "later", "words"),
    [
        (date(2011, 1, 31), True, None),
        (FIRST, False, "; date not known, counted"),
        (date(2013, 4, 4), False, "; date not known, counted"),
        (LAST, False, ""),
        (None, False, ""),
    ],
)
def test_both_limits_are_days_on_which_it_can_have_appeared(as_of, later, words):
    bounded = record(after=FIRST, by=LAST)
    assert is_surely_later(bounded, as_of) is later
    if not later:
        said = "published between 2011-02-01 and 2013-04-05 by its number"
        assert describe_dating(bounded, as_of) == said + words


def test_a_date_that_was_read_decides_whatever_the_limits_say():
    read = record(date(2012, 6, 5), after=FIRST, by=FIRST)
    assert publication_days(read) == (date(2012, 6, 5), date(2012, 6, 5))
    assert is_surely_later(read, date(2012, 6, 4))
    assert describe_dating(read, date(2012, 6, 5)) == ""


def test_nothing_known_is_counted_and_says_so():
    for unknown in (record(), None):
        assert not is_surely_later(unknown, date(1900, 1, 1))
        assert describe_dating(unknown, FIRST) == "date not known, counted"
        assert describe_dating(unknown) == ""


def test_one_limit_decides_on_its_own_side_only():
    early, late = record(by=LAST), record(after=FIRST)
    assert describe_dating(early, LAST) == "published no later than 2013-04-05 by its number"
    assert "counted" in describe_dating(early, FIRST)
    assert not is_surely_later(early, date(1900, 1, 1))
    assert is_surely_later(late, date(2011, 1, 31))
    assert "no earlier than 2011-02-01 by its number; date not known" in describe_dating(late, LAST)


def test_a_year_and_a_single_day_are_said_as_such():
    year = record(after=date(2018, 1, 1), by=date(2018, 12, 31))
    assert describe_dating(year) == "published in 2018 by its number"
    assert describe_dating(record(after=FIRST, by=FIRST)) == "published on 2011-02-01 by its number"
    assert describe_years(*publication_days(year)) == "2018 (by number)"


def test_a_number_that_begins_with_its_year_needs_no_neighbours():
    application = PublicationRecord(publication_number="US-20190100538-A1")
    assert is_surely_later(application, date(2018, 12, 31))
    assert not is_surely_later(application, date(2019, 1, 1))
    assert describe_dating(application, date(2019, 12, 31)) == "published in 2019 by its number"
    # A grant is bounded by its neighbours alone.
    assert publication_days(PublicationRecord(publication_number="US-8158616")) == (None, None)


def test_a_hand_read_publication_hands_its_limits_on():
    collection = read_collection(SMALL_COLLECTION)
    undated = [p for p in collection.publications if p.publication_date is None and p.published_by]
    assert undated
    for publication in undated:
        header = publication_header(publication)
        assert header.publication_date is None
        assert publication_days(header) == (publication.published_after, publication.published_by)


@given(
    st.dictionaries(st.integers(6_000_000, 6_000_200), DAYS, min_size=1, max_size=8),
    DAYS,
    st.data(),
)
def test_numbers_never_hide_what_was_out_nor_call_out_what_was_not(days, as_of, data):
    issued = dict(zip(sorted(days), sorted(days.values()), strict=True))
    number = data.draw(st.sampled_from(sorted(issued)))
    others = {f"US-{each}-B2": day for each, day in issued.items() if each != number}
    first, last = publication_window(f"US-{number}-B1", others)
    bounded = record(after=first, by=last)
    if is_surely_later(bounded, as_of):
        assert issued[number] > as_of
    elif "counted" not in describe_dating(bounded, as_of):
        assert issued[number] <= as_of
