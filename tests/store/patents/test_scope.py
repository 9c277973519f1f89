import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from molagent.errors import InputError
from molagent.store.patents.scope import Scope


def test_a_whole_scope_reads_back_as_words():
    scope = Scope.parse(
        'cpc:A61P,"C07D 487/04" since:2000 until:2020-02 country:us,EP assignee:"Eli Lilly",pfizer'
    )
    assert scope.words == (
        "cpc A61P, C07D487/04; since 2000-01-01; until 2020-02-29; country US, EP; "
        "assignee eli lilly, pfizer"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the scope is empty"),
        ("  ", "the scope is empty"),
        ("A61P", "'A61P' is not understood"),
        ("cpc:", "'cpc:' is not understood"),
        ("year:2000", "'year:2000' is not understood"),
        ("cpc:A61P'; DROP", "quotation"),
        ("cpc:(.*)", "is not a class code"),
        ("cpc:I61P", "is not a class code"),
        ("country:USA", "is not a country code"),
        ("since:2000,2001", "is not one date"),
        ("since:last-year", "is not one date"),
        ("since:2000-13", "is not one date"),
        ("since:2000-1-2-3", "is not one date"),
        ("all cpc:A61P", "'all' is not understood"),
    ],
)
def test_a_scope_that_says_nothing_clear_is_refused(text, message):
    with pytest.raises(InputError, match=message.replace("(", r"\(")):
        Scope.parse(text)


def test_everything_has_to_be_said():
    assert Scope.parse("all").words == "everything"
    assert Scope.parse("all").everything


def test_years_and_months_are_taken_whole():
    scope = Scope.parse("since:2000-12 until:2000-12")
    assert (scope.since, scope.until) == (date(2000, 12, 1), date(2000, 12, 31))


@given(st.text(max_size=30))
def test_any_text_is_a_scope_or_a_clear_error(text):
    with contextlib.suppress(InputError):
        assert Scope.parse(text).words
