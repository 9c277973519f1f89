"""A collection's records: publications as they were read, and the compounds they name."""

from dataclasses import dataclass
from datetime import date

from molagent.patents.numbers import normalize_publication_number, without_kind

__all__ = ["Collection", "LegalEvent", "NamedCompound", "Publication"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCompound:
    """A compound a publication names; `section` is where the name was read, or None."""

    name: str
    smiles: str
    smiles_source: str
    section: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEvent:
    """What a page says happened to a publication, as it was read there.

    Attributes
    ----------
    event
        In words, complete enough to stand alone.
    source
        The page it was read on, which need not be the publication's.
    happened_on
        None where the page gives none, as with a status that is merely shown.
    """

    event: str
    source: str
    happened_on: date | None = None

    def describe(self) -> str:
        """Return the event with its date.

        Examples
        --------
        >>> day = date(2020, 11, 19)
        >>> LegalEvent(event="opposition rejected", source="", happened_on=day).describe()
        '2020-11-19: opposition rejected'
        """
        day = self.happened_on
        return f"{day.isoformat()}: {self.event}" if day else self.event


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One publication, with the page it was read on and what of it was read.

    Attributes
    ----------
    publication_date, filed_on, priority_date
        None is "not read", never "no date".
    family_id
        The simple family, where a page shows one.
    series
        The collection's own grouping by drug or chemical series; not a patent family.
    classes
        Classification symbols as printed, IPC or CPC.
    legal
        Events as read, oldest first. They are part of `note` too, so that whoever shows the note
        shows them.
    published_after, published_by
        Bounds on an unread publication date that follow from numbers being given in order
        (:func:`molagent.patents.numbers.publication_window`); the date itself where it was read.
    """

    publication_number: str
    source: str
    read: str
    read_on: date
    title: str | None = None
    assignee: str | None = None
    publication_date: date | None = None
    filed_on: date | None = None
    priority_date: date | None = None
    family_id: str | None = None
    series: str | None = None
    classes: tuple[str, ...] = ()
    legal: tuple[LegalEvent, ...] = ()
    note: str = ""
    compounds: tuple[NamedCompound, ...] = ()
    published_after: date | None = None
    published_by: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Every publication of one release, and what the release covers."""

    release: str
    scope: str
    licence: str
    publications: tuple[Publication, ...]

    def find_publication(self, number: str) -> Publication | None:
        """Return the publication of this number, whether or not either has a kind code."""
        wanted = without_kind(normalize_publication_number(number))
        for publication in self.publications:
            if without_kind(publication.publication_number) == wanted:
                return publication
        return None
