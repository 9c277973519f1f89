"""What a ladder climbs: compounds that can be found, with where they are mentioned.

A source is a compound index and a reader of mentions, whatever stands behind them: a folder of
hand-read publications held in memory, a release on disk with millions of structures, or somebody's
disclosures. A source that cannot be opened stays in the list with its reason: what it would have
said is "not checked", never "not found".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from molagent.errors import InputError
from molagent.patents.index.similarity import SimilarRow
from molagent.patents.structurekeys import StructureKeys
from molagent.protocols import MentionReader
from molagent.records import PatentRelease

__all__ = [
    "CompoundSearch",
    "PatentSource",
    "UncheckedSource",
    "open_to",
    "unchecked_source",
]

# From this many compounds on "similar" begins higher, and below it the nearest is always told.
_LARGE: Final = 100_000
_SIMILAR_AMONG_FEW: Final = 0.4
_SIMILAR_AMONG_MANY: Final = 0.7


@runtime_checkable
class CompoundSearch(Protocol):
    """Finds rows by identity key and by similarity; row i is compound i of the mentions."""

    def __len__(self) -> int:
        """Return how many rows there are."""
        ...

    def parent(self, row: int) -> str | None:
        """Return the standardised parent of a row, None if the structure could not be read."""
        ...

    def find_keys(self, depth: str, keys: Sequence[str]) -> list[tuple[int, ...]]:
        """Return the rows of each key; `depth` is a field of ``IdentityKeys``."""
        ...

    def find_similar_bits(
        self, bits: npt.NDArray[np.uint64], *, at_least: float, top: int | None = None
    ) -> list[tuple[SimilarRow, ...]]:
        """Return the nearest rows of each fingerprint, ``Q x 16``, most similar first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PatentSource:
    """One searchable collection.

    Attributes
    ----------
    structures
        Keys that make a search short and find equal scaffolds; without them every identity key is
        computed, and scaffolds are compared among similar compounds only.
    at_least
        Least Tanimoto similarity that counts as similar; by default 0.4, and 0.7 from 100,000
        compounds on.
    """

    index: CompoundSearch
    mentions: MentionReader
    structures: StructureKeys | None = None
    at_least: float | None = None

    @property
    def release(self) -> PatentRelease:
        """What is searched."""
        return self.mentions.release

    @property
    def threshold(self) -> float:
        """Least similarity that counts."""
        if self.at_least is not None:
            return self.at_least
        return _SIMILAR_AMONG_MANY if self.is_large else _SIMILAR_AMONG_FEW

    @property
    def is_large(self) -> bool:
        """Whether the nearest compound is worth a scan of its own when nothing is similar."""
        return len(self.index) >= _LARGE

    def describe(self, *, top: int, relatives: bool) -> str:
        """Return release, scope and depth in words."""
        release = self.release
        parts = [f"identity by 4 keys over {len(self.index):,} compounds"]
        if self.is_large:
            parts.append("components of mixtures not looked up")
        if release.n_unreadable:
            parts.append(f"{release.n_unreadable:,} unreadable structures not searched")
        if relatives:
            parts.append("scaffold" if self.structures else "scaffold of similar compounds")
            parts.append(f"{top} nearest by Morgan radius 2 (1024 bit) from {self.threshold:.2f}")
        else:
            parts.append("relatives not looked for")
        return f"release {release.release}; scope {release.scope}; depth {', '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UncheckedSource:
    """A collection that should have been searched and could not be.

    Attributes
    ----------
    name
        What it is, or where it was expected.
    reason
        Why it was not searched, with what to do about it.
    """

    name: str
    reason: str
    visibility: str = "public"
    client: str = field(default="")


def unchecked_source(source: PatentSource) -> UncheckedSource | None:
    """Return why a source that opened still cannot be asked; None if it can.

    An empty collection is one: that nothing is found in nothing says nothing.
    """
    release = source.release
    if len(source.index) == 0 or release.n_compounds == release.n_unreadable:
        why = "holds no compound that can be searched"
    elif release.visibility == "client" and not release.client:
        why = "holds a client's disclosures without saying whose"
    else:
        return None
    return UncheckedSource(
        name=release.release,
        reason=f"release {release.release}, scope {release.scope}, {why}",
        visibility=release.visibility,
        client=release.client,
    )


def open_to(
    sources: Iterable[PatentSource | UncheckedSource], client: str | None
) -> tuple[PatentSource | UncheckedSource, ...]:
    """Return the sources that may be searched for a client, or in house for None.

    Publications are open to all. A client's disclosures are open to that client alone, not to
    another and not to the house; the house's own are open to the house alone. What is left out is
    not even named: that a disclosure exists is part of it.

    Raises
    ------
    InputError
        If a source has a visibility that is not known.
    """
    return tuple(_unnamed(source, client) for source in sources if _may_see(source, client))


def _unnamed(
    source: PatentSource | UncheckedSource, client: str | None
) -> PatentSource | UncheckedSource:
    """Hide from clients the name of a source that cannot be opened: its owner is not known."""
    if isinstance(source, PatentSource) or source.visibility != "unknown" or client is None:
        return source
    return replace(
        source,
        name="a release that cannot be opened",
        reason="a release cannot be opened, and does not say who may see it",
    )


def _party(name: str) -> str:
    return " ".join(name.split()).casefold()  # how a name is typed does not hide a client's own


def _may_see(source: PatentSource | UncheckedSource, client: str | None) -> bool:
    release = source.release if isinstance(source, PatentSource) else source
    if release.visibility == "public" or (
        release.visibility == "unknown" and isinstance(source, UncheckedSource)
    ):
        return True
    if release.visibility == "own":
        return client is None
    if release.visibility == "client":
        return bool(release.client) and _party(release.client) == _party(client or "")
    raise InputError(
        f"visibility {release.visibility!r} is not known",
        remedy="it is one of public, own, client",
    )
