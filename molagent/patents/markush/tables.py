"""Values of a claim file, checked: tables, bounds, numbers, words."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from molagent.errors import FileFormatError
from molagent.patents.publications import take_fields

__all__ = ["bounds_of", "carbons_of", "choice_of", "number_of", "take_table", "texts_of"]

_LARGEST_BOUND: Final = 100


def take_table(value: object, known: set[str], required: set[str], *, place: str) -> dict[str, Any]:
    """Return a table as a dict after refusing what is none, and unknown and missing keys."""
    if not isinstance(value, Mapping):
        raise FileFormatError(
            f"{value!r} is not a table",
            place=place,
            remedy=f"its keys are {', '.join(sorted(known))}",
        )
    return take_fields(value, known, required, place=place)


def bounds_of(value: object, place: str) -> tuple[int, int]:
    """Return ``[fewest, most]`` as a pair."""
    match value:
        case [int(low), int(high)] if 0 <= low <= high <= _LARGEST_BOUND:
            if not (isinstance(low, bool) or isinstance(high, bool)):
                return low, high
    raise FileFormatError(
        f"{value!r} is not a pair of bounds", place=place, remedy="write [fewest, most]"
    )


def carbons_of(value: object, place: str, least: int = 1) -> tuple[int, int]:
    """Return bounds of carbons, which begin with `least`."""
    low, high = bounds_of(value, place)
    if low < least:
        raise FileFormatError(
            f"{value!r} are no numbers of carbons here",
            place=place,
            remedy=f"begin with {least}; what may be absent has a count that begins with 0",
        )
    return low, high


def number_of(value: object, place: str, least: int = 0) -> int:
    """Return a whole number of `least` or more."""
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= _LARGEST_BOUND:
        return value
    raise FileFormatError(
        f"{value!r} is not a number of {least} to {_LARGEST_BOUND}",
        place=place,
        remedy="write a whole number",
    )


def choice_of(value: object, known: Iterable[str], what: str, place: str) -> str:
    """Return a word after checking that it is one of those known."""
    words = list(known)
    if value in words:
        return str(value)
    raise FileFormatError(
        f"{what} {value!r} is not known", place=place, remedy=f"write {', '.join(words)}"
    )


def texts_of(value: object, name: str, place: str) -> tuple[str, ...]:
    """Return a list of text as a tuple."""
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return tuple(value)
    raise FileFormatError(
        f"{name} is not a list of text", place=place, remedy="list text in quotes"
    )
