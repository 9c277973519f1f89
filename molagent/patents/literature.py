"""Where the rows of a source are mentioned, as far as it is seen on a date."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from molagent.patents.dating import is_surely_later, publication_days
from molagent.patents.releases import PatentSource
from molagent.records import Mention, PublicationRecord

__all__ = ["Literature"]

# A solvent has a million mentions; those in claims come first, and then the earliest.
_MOST_MENTIONS: Final = 20_000


class Literature:
    """Mentions and headers of rows, as far as they are seen on a date."""

    def __init__(self, source: PatentSource, as_of: date | None) -> None:
        self._source = source
        self._as_of = as_of
        self._mentions: dict[int, tuple[Mention, ...]] = {}
        self._headers: dict[str, PublicationRecord] = {}

    def load(self, rows: Iterable[int]) -> None:
        """Read what is said of rows, in one question for mentions and one for headers."""
        new = sorted(set(rows) - self._mentions.keys())
        if not new:
            return
        found = self._source.mentions.find_mentions(new, most=_MOST_MENTIONS)
        unnamed = Mention(row=-1, publication_number="", route="")
        self._mentions |= {row: found.get(row) or (replace(unnamed, row=row),) for row in new}
        numbers = {m.publication_number for row in new for m in self._mentions[row]}
        wanted = sorted(numbers - self._headers.keys() - {""})
        if wanted:
            self._headers |= self._source.mentions.find_publications(wanted)

    def header(self, number: str) -> PublicationRecord | None:
        """Return the header of a publication, None if the source has none."""
        return self._headers.get(number)

    def publications(self, row: int) -> dict[str, list[Mention]]:
        """Return the mentions of a row by publication, without those that surely came later."""
        seen: dict[str, list[Mention]] = {}
        for mention in self._mentions[row]:
            number = mention.publication_number
            if not is_surely_later(self._headers.get(number), self._as_of):
                seen.setdefault(number, []).append(mention)
        return seen

    def order(self, number: str, mentions: Sequence[Mention]) -> tuple[bool, date, str]:
        """Return what publications of one rung are sorted by: claims first, then the earliest.

        Without a date it stands where it was surely out.
        """
        _, published = publication_days(self._headers.get(number))
        in_claims = any("claims" in mention.sections for mention in mentions)
        return not in_claims, published or date.max, number
