"""Which part of a release is taken: classes, dates, countries, assignees."""

import re
import shlex
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from molagent.errors import InputError

__all__ = ["Scope"]

_CLASS: Final = re.compile(r"[A-HY](\d{2}([A-Z](\d{1,4}(/\d{1,6})?)?)?)?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_KEYS: Final = ("cpc", "ipc", "since", "until", "country", "assignee")
_EXAMPLE: Final = 'for example "cpc:A61P,C07D since:2000 country:US,EP,WO assignee:pfizer"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Conditions that a publication has to meet, all of them; one of the values of each.

    Attributes
    ----------
    cpc, ipc
        Beginnings of class codes (``A61P``, ``C07D487/04``); spaces in the source do not count.
    since, until
        First and last publication date. A publication whose date is not known meets neither.
    countries
        Two-letter codes of the publishing office.
    assignees
        Parts of an assignee's name, upper and lower case alike.
    everything
        Said in so many words (``all``): an empty scope is an error and not the whole release.

    Examples
    --------
    >>> Scope.parse("cpc:A61P,C07D since:2000 country:US,EP").words
    'cpc A61P, C07D; since 2000-01-01; country US, EP'
    """

    cpc: tuple[str, ...] = ()
    ipc: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    countries: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    everything: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a scope as it is typed.

        Raises
        ------
        InputError
            If it is empty, a word is not known or a value cannot be one.
        """
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise InputError(f"scope {text!r}: {error}", remedy="close the quotes") from error
        if not words:
            raise InputError("the scope is empty", remedy=f"say what to take, {_EXAMPLE}, or 'all'")
        if words == ["all"]:
            return cls(everything=True)
        values: dict[str, list[str]] = {}
        for word in words:
            key, colon, rest = word.partition(":")
            parts = [part.strip() for part in rest.split(",") if part.strip()]
            if not colon or key not in _KEYS or not parts:
                raise InputError(
                    f"scope {text!r}: {word!r} is not understood",
                    remedy=f"use {', '.join(f'{name}:' for name in _KEYS)} with values, {_EXAMPLE}",
                )
            values.setdefault(key, []).extend(parts)
        return cls(
            cpc=tuple(_class(code, text) for code in values.get("cpc", ())),
            ipc=tuple(_class(code, text) for code in values.get("ipc", ())),
            since=_day(values.get("since", []), text, last=False),
            until=_day(values.get("until", []), text, last=True),
            countries=tuple(_country(code, text) for code in values.get("country", ())),
            assignees=tuple(name.lower() for name in values.get("assignee", ())),
        )

    @property
    def words(self) -> str:
        """The scope as it is shown beside every answer."""
        parts = [
            f"{name} {', '.join(values)}"
            for name, values in (("cpc", self.cpc), ("ipc", self.ipc))
            if values
        ]
        if self.since:
            parts.append(f"since {self.since.isoformat()}")
        if self.until:
            parts.append(f"until {self.until.isoformat()}")
        if self.countries:
            parts.append(f"country {', '.join(self.countries)}")
        if self.assignees:
            parts.append(f"assignee {', '.join(self.assignees)}")
        return "; ".join(parts) or "everything"

    @property
    def cpc_pattern(self) -> str:
        """A regular expression for CPC codes joined by newlines; '' for any."""
        return _pattern(self.cpc)

    @property
    def ipc_pattern(self) -> str:
        """The same for IPC codes."""
        return _pattern(self.ipc)


def _pattern(codes: tuple[str, ...]) -> str:
    # 'A61P 35/00' and 'A61P35/00' are one code; the sources write both.
    spaced = [rf"{code[:4]}\s*{re.escape(code[4:])}" for code in codes]
    return rf"(^|\n)\s*({'|'.join(spaced)})" if spaced else ""


def _class(code: str, text: str) -> str:
    compact = re.sub(r"\s", "", code.upper())
    if not _CLASS.fullmatch(compact):
        raise InputError(
            f"scope {text!r}: {code!r} is not a class code",
            remedy="give its beginning, such as A61P or C07D487/04",
        )
    return compact


def _country(code: str, text: str) -> str:
    if not _COUNTRY.fullmatch(code.upper()):
        raise InputError(
            f"scope {text!r}: {code!r} is not a country code", remedy="give two letters: US, EP, WO"
        )
    return code.upper()


def _day(values: list[str], text: str, *, last: bool) -> date | None:
    if not values:
        return None
    try:
        (value,) = values
        year, *rest = [int(part) for part in value.split("-")]
        month = rest[0] if rest else 12 if last else 1
        if len(rest) > 1:
            return date(year, month, *rest[1:])
        first = date(year, month, 1)
        following = date(year + month // 12, month % 12 + 1, 1)
    except (ValueError, TypeError) as error:
        raise InputError(
            f"scope {text!r}: {', '.join(values)!r} is not one date",
            remedy="write 2000, 2000-06 or 2000-06-30",
        ) from error
    return date.fromordinal(following.toordinal() - 1) if last else first
