"""Whether a publication was out on a day, as far as its date or its number says so.

A date that was read decides. Where none was read, bounds that follow from the number may
(:func:`molagent.patents.numbers.publication_window`): both bounds are days on which it can have
appeared. What neither decides is counted, and the evidence says that its date is not known.
"""

from datetime import date
from typing import Final

from molagent.patents.numbers import publication_window
from molagent.records import PublicationRecord

__all__ = ["BY_NUMBER", "describe_dating", "describe_years", "is_surely_later", "publication_days"]

_COUNTED: Final = "date not known, counted"
_BY_NUMBER: Final = "by its number"
# What stands behind years that follow from a number.
BY_NUMBER: Final = " (by number)"


def publication_days(record: PublicationRecord | None) -> tuple[date | None, date | None]:
    """Return the earliest and the latest day of publication, both included; None for no bound.

    A date that was read is both, whatever the bounds say. A release on disk keeps no bounds; there
    the number speaks for itself where it begins with its year.

    Examples
    --------
    >>> first, last = publication_days(PublicationRecord(publication_number="WO-2018081488-A1"))
    >>> print(first, last)
    2018-01-01 2018-12-31
    """
    if record is None:
        return None, None
    if record.publication_date is not None:
        return record.publication_date, record.publication_date
    if record.published_after is None and record.published_by is None:
        return publication_window(record.publication_number, {})
    return record.published_after, record.published_by


def is_surely_later(record: PublicationRecord | None, as_of: date | None) -> bool:
    """Return whether a publication cannot have been out at the end of a day.

    Examples
    --------
    >>> read = PublicationRecord(publication_number="US-1", publication_date=date(2015, 6, 7))
    >>> is_surely_later(read, date(2015, 6, 7)), is_surely_later(read, date(2015, 6, 6))
    (False, True)
    >>> bounded = PublicationRecord(publication_number="US-1", published_after=date(2015, 6, 7))
    >>> is_surely_later(bounded, date(2015, 6, 7)), is_surely_later(bounded, date(2015, 6, 6))
    (False, True)
    """
    if as_of is None:
        return False
    first, _ = publication_days(record)
    return first is not None and first > as_of


def describe_dating(record: PublicationRecord | None, as_of: date | None = None) -> str:
    """Return what is known instead of a date, in words; '' where the date was read.

    Parameters
    ----------
    as_of
        If nothing says whether it was out by then, the words say that it is counted.

    Examples
    --------
    >>> bounded = PublicationRecord(
    ...     publication_number="US-8158616",
    ...     published_after=date(2007, 11, 27),
    ...     published_by=date(2014, 1, 28),
    ... )
    >>> describe_dating(bounded, date(2015, 1, 1))
    'published between 2007-11-27 and 2014-01-28 by its number'
    >>> describe_dating(bounded, date(2010, 1, 1))
    'published between 2007-11-27 and 2014-01-28 by its number; date not known, counted'
    """
    if record is not None and record.publication_date is not None:
        return ""
    first, last = publication_days(record)
    surely_out = as_of is None or (last is not None and last <= as_of)
    counted = "" if surely_out else _COUNTED
    return "; ".join(words for words in (_describe_days(first, last), counted) if words)


def describe_years(first: date | None, last: date | None) -> str:
    """Return the years in which a publication without a date can have appeared.

    Examples
    --------
    >>> describe_years(date(2011, 2, 1), date(2013, 4, 5))
    '2011-2013 (by number)'
    >>> describe_years(None, date(2003, 10, 21)), describe_years(date(2019, 3, 19), None)
    ('2003 or earlier (by number)', '2019 or later (by number)')
    >>> describe_years(None, None)
    'not known'
    """
    if first and last:
        years = str(first.year) if first.year == last.year else f"{first.year}-{last.year}"
    elif last:
        years = f"{last.year} or earlier"
    elif first:
        years = f"{first.year} or later"
    else:
        return "not known"
    return f"{years}{BY_NUMBER}"


def _describe_days(first: date | None, last: date | None) -> str:
    if first and last:
        if first == last:
            return f"published on {first} {_BY_NUMBER}"
        if first == date(first.year, 1, 1) and last == date(first.year, 12, 31):
            return f"published in {first.year} {_BY_NUMBER}"
        return f"published between {first} and {last} {_BY_NUMBER}"
    if last:
        return f"published no later than {last} {_BY_NUMBER}"
    return f"published no earlier than {first} {_BY_NUMBER}" if first else ""
