"""Publication numbers: one spelling for each, and what a number alone says about its date.

A date that was not read stays unread. But offices number in order: an application's number often
carries its year, and a US grant with a lower number was issued no later than one with a higher.
Such bounds answer "was it published by then?" where the date itself is missing.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from molagent.errors import InputError

__all__ = ["normalize_publication_number", "publication_window", "without_kind"]

_WORDS: Final = re.compile(r"\b(PATENT|PAT|PUBLICATION|APPLICATION|APPL|NO|NUMBER)\b\.?", re.I)
_NUMBER: Final = re.compile(
    r"(?P<country>[A-Z]{2})(?P<prefix>RE|PP|PI|MU|D|I)?(?P<digits>\d{4,14})(?P<kind>[A-Z]\d?)?"
)
_REISSUE: Final = re.compile(r"RE\d{5}([A-Z]\d?)?")  # written without a country, always US
_CENTURY_TURN: Final = 78  # the first PCT applications were published in 1978
_EP_DIGITS: Final = 7
_WO_SERIAL_DIGITS: Final = 6
_US_SERIAL_DIGITS: Final = 7
_YEAR_DIGITS: Final = 4

# What an office prints under the same number later (search reports, corrections, certificates of
# reexamination) has other kind codes; "" is a number without one.
_FIRST_KINDS: Final = {
    "WO": frozenset(["", "A1", "A2"]),
    "JP": frozenset(["A"]),
    "US": frozenset(["", "A", "A1", "B1", "B2", "E", "E1"]),
}
# PCT and US applications, and Japanese ones since 2000, begin with the year of publication.
_YEARLY: Final = re.compile(r"(WO-(?=(19|20)\d{8})|US-(?=20\d{9})|JP-(?=20\d{8}-A))(?P<year>\d{4})")
_US_GRANT: Final = re.compile(r"US-(?P<prefix>RE)?(?P<number>\d{5,8})(-[A-Z]\d?)?")


def normalize_publication_number(text: str) -> str:
    """Return a publication number as ``CC-NUMBER-KIND``; without kind if it is not given.

    US applications are padded to year and seven digits, WO to year and six, EP to seven digits.

    Raises
    ------
    InputError
        If no country code and number can be made out.

    Examples
    --------
    >>> normalize_publication_number("US 6,635,762 B1")
    'US-6635762-B1'
    >>> normalize_publication_number("WO/2015/032423")
    'WO-2015032423'
    >>> normalize_publication_number("WO 01/42246 A2")
    'WO-2001042246-A2'
    """
    if not isinstance(text, str):
        raise InputError(
            f"the publication number {text!r} is no text",
            remedy="write it in quotes, for example 'US-6635762-B1'",
        )
    compact = re.sub(r"[\s,./()\-]", "", _WORDS.sub(" ", text.upper()))
    if _REISSUE.fullmatch(compact):
        compact = f"US{compact}"
    found = _NUMBER.fullmatch(compact)
    if found is None:
        raise InputError(
            f"{text!r} is not a publication number",
            remedy="write country, number and kind, for example US-6635762-B1",
        )
    country, prefix = found["country"], found["prefix"] or ""
    number = prefix + _canonical_digits(country, found["digits"])
    return "-".join(part for part in (country, number, found["kind"]) if part)


def without_kind(number: str) -> str:
    """Return a normalised number without its kind code.

    Examples
    --------
    >>> without_kind("US-9249149-B2")
    'US-9249149'
    """
    return "-".join(number.split("-")[:2])


def publication_window(number: str, dated: Mapping[str, date]) -> tuple[date | None, date | None]:
    """Return between which days a publication must have appeared, going by its number alone.

    Parameters
    ----------
    number
        Normalised. For a US grant or reissue the neighbours in `dated` bound it, for PCT, US and
        Japanese applications the year that their number begins with; for others nothing does.
    dated
        Normalised numbers whose date was read; those of other series are not looked at, nor is
        what was printed again later under its number (search report, correction, reexamination).

    Returns
    -------
    Earliest and latest day, both included; None where there is no bound. What was printed again
    under its number has no latest day: its number says when it first came out.

    Examples
    --------
    >>> dated = {"US-7301023-B2": date(2007, 11, 27), "US-8637553": date(2014, 1, 28)}
    >>> publication_window("US-8158616", dated)
    (datetime.date(2007, 11, 27), datetime.date(2014, 1, 28))
    >>> publication_window("WO-2018081488-A1", {})
    (datetime.date(2018, 1, 1), datetime.date(2018, 12, 31))
    >>> publication_window("HK-1213881-B", dated)
    (None, None)
    """
    if found := _YEARLY.match(number):
        year = int(found["year"])
        return date(year, 1, 1), date(year, 12, 31) if _is_first(number) else None
    grant = _US_GRANT.fullmatch(number)
    if grant is None:
        return None, None
    rank = int(grant["number"])
    before, after = [], []
    for other, day in dated.items():
        known = _US_GRANT.fullmatch(other)
        if known is None or known["prefix"] != grant["prefix"] or not _is_first(other):
            continue
        if int(known["number"]) <= rank:
            before.append(day)
        if int(known["number"]) >= rank:
            after.append(day)
    return max(before, default=None), min(after, default=None) if _is_first(number) else None


def _is_first(number: str) -> bool:
    """Return whether a kind code is that of the first printing under a number."""
    country, _, kind = (*number.split("-"), "")[:3]
    return kind in _FIRST_KINDS[country]


def _canonical_digits(country: str, digits: str) -> str:
    if country == "WO":
        return _canonical_wo(digits)
    if country == "EP":
        return digits.lstrip("0").zfill(_EP_DIGITS)
    if country == "US":
        # 20190100538 is an application (year, serial); 6635762 and 06635762 are grants.
        if len(digits) >= _YEAR_DIGITS + _US_SERIAL_DIGITS - 1 and digits.startswith("20"):
            return digits[:_YEAR_DIGITS] + digits[_YEAR_DIGITS:].zfill(_US_SERIAL_DIGITS)
        return digits.lstrip("0")
    return digits


def _canonical_wo(digits: str) -> str:
    """Before mid 2002 the year has two digits and the serial number five."""
    if digits.startswith(("19", "20")) and len(digits) > _YEAR_DIGITS + 4:
        year, serial = digits[:_YEAR_DIGITS], digits[_YEAR_DIGITS:]
    else:
        year = ("19" if int(digits[:2]) >= _CENTURY_TURN else "20") + digits[:2]
        serial = digits[2:]
    return year + serial.lstrip("0").zfill(_WO_SERIAL_DIGITS)
