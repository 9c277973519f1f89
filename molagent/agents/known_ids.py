"""Ids that an action may name: those that stood in the summary or in a tool result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["KnownIds", "listed_ids"]

# Which entry of a tool answer makes which kind of id known.
ID_ENTRIES: Mapping[str, str] = {
    "compound_id": "compounds",
    "proposal_id": "compounds",
    "nearest_id": "compounds",
    "parents": "compounds",
    "scaffold_id": "scaffolds",
    "claim_id": "claims",
    "publication_number": "publications",
}


@dataclass(slots=True)
class KnownIds:
    """Ids that stood in the summary or in a tool result, so an action may name them."""

    compounds: set[str] = field(default_factory=set)
    scaffolds: set[str] = field(default_factory=set)
    claims: set[str] = field(default_factory=set)
    publications: set[str] = field(default_factory=set)
    calls: set[str] = field(default_factory=set)

    def learn(self, value: object) -> None:
        """Take in every id of a tool answer, at any depth."""
        if isinstance(value, Mapping):
            for key, item in value.items():
                kind = ID_ENTRIES.get(str(key))
                if kind is not None:
                    ids = item if isinstance(item, list | tuple) else (item,)
                    getattr(self, kind).update(i for i in ids if isinstance(i, str) and i)
                self.learn(item)
        elif isinstance(value, list | tuple):
            for item in value:
                self.learn(item)

    def __contains__(self, identifier: object) -> bool:
        """Return whether an id of any kind was shown."""
        return any(
            identifier in kind
            for kind in (
                self.calls,
                self.compounds,
                self.scaffolds,
                self.claims,
                self.publications,
            )
        )


def listed_ids(ids: Sequence[str], limit: int = 4) -> str:
    """Return the first ids in words."""
    more = f" and {len(ids) - limit} more" if len(ids) > limit else ""
    return ", ".join(ids[:limit]) + more
