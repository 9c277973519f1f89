"""What a number alone says about the date of its publication."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from molagent.patents.numbers import (
    normalize_publication_number,
    publication_window,
    without_kind,
)

# Grants whose dates are printed on them.
DATED = {
    "US-6635762-B1": date(2003, 10, 21),
    "US-7250420-B2": date(2007, 7, 31),
    "US-7301023-B2": date(2007, 11, 27),
    "US-10233174-B2": date(2019, 3, 19),
    "US-RE41783-E1": date(2010, 9, 28),
    "WO-2015032423-A1": date(2015, 3, 12),
}


def test_a_grant_lies_between_its_dated_neighbours():
    assert publication_window("US-8158616-B2", DATED) == (date(2007, 11, 27), date(2019, 3, 19))


def test_the_first_and_the_last_are_bounded_on_one_side():
    assert publication_window("US-5770603", DATED) == (None, date(2003, 10, 21))
    assert publication_window("US-11851431", DATED) == (date(2019, 3, 19), None)


def test_a_dated_grant_bounds_itself():
    assert publication_window("US-7250420-B2", DATED) == (date(2007, 7, 31), date(2007, 7, 31))


def test_reissues_are_numbered_on_their_own():
    assert publication_window("US-RE47221", DATED) == (date(2010, 9, 28), None)
    assert publication_window("US-8158616", {"US-RE41783": date(2010, 9, 28)}) == (None, None)


def test_an_application_carries_its_year():
    year_2014 = (date(2014, 1, 1), date(2014, 12, 31))
    assert publication_window("US-20140213576-A1", {}) == year_2014
    assert publication_window("WO-2001042246-A2", {}) == (date(2001, 1, 1), date(2001, 12, 31))
    assert publication_window("JP-2021187848-A", {}) == (date(2021, 1, 1), date(2021, 12, 31))


def test_what_is_printed_again_under_a_number_came_out_no_earlier():
    assert publication_window("WO-2001042246-A3", {}) == (date(2001, 1, 1), None)
    assert publication_window("US-20140213576-A9", {}) == (date(2014, 1, 1), None)
    assert publication_window("US-7265221-C1", DATED) == (date(2007, 7, 31), None)


def test_a_certificate_of_reexamination_bounds_no_other_grant():
    reexamined = {"US-6635762-B1": date(2003, 10, 21), "US-6700000-C1": date(2012, 1, 3)}
    assert publication_window("US-7265221", reexamined) == (date(2003, 10, 21), None)


def test_other_numbers_bound_nothing():
    for number in ("JP-7383030-B2", "EP-2173752-B1", "HK-1213881-B", "AU-2010264635-B2"):
        assert publication_window(number, DATED) == (None, None)


@given(
    st.integers(4_000_000, 12_000_000),
    st.dictionaries(st.integers(4_000_000, 12_000_000), st.integers(0, 20_000), max_size=8),
)
def test_bounds_never_contradict_an_order_that_holds(number, days):
    ordered = dict(zip(sorted(days), sorted(days.values()), strict=True))
    dated = {
        f"US-{other}": date.fromordinal(date(1980, 1, 1).toordinal() + day)
        for other, day in ordered.items()
    }
    first, last = publication_window(f"US-{number}", dated)
    assert first is None or last is None or first <= last
    assert first is None or first in dated.values()


@given(st.sampled_from(["US", "EP", "WO"]), st.integers(2002, 2030), st.integers(1, 999_999))
def test_dropping_the_kind_keeps_office_and_number(office, year, serial):
    digits = f"{year}{serial:06d}" if office == "WO" else f"{serial + 1_000_000}"
    number = normalize_publication_number(f"{office} {digits} A1")
    assert number == f"{without_kind(number)}-A1"
    assert normalize_publication_number(without_kind(number)) == without_kind(number)
