"""What a build of a release brought."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from molagent.records import PatentRelease
from molagent.store.patents.manifest import Manifest

__all__ = ["ReleaseTotals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTotals:
    """What a build brought.

    Attributes
    ----------
    added, kept, dropped
        Structures compared with what the folder held before.
    computed
        Structures whose keys were computed; all others were known from earlier syncs.
    flags
        Structures by quality flag.
    """

    release: PatentRelease
    added: int
    kept: int
    dropped: int
    computed: int
    refused: int
    n_activities: int
    flags: Mapping[str, int]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, manifest: Manifest, *, notes: tuple[str, ...]) -> Self:
        """Return the totals of a release that is there and stays as it is."""
        return cls(
            release=manifest.release,
            added=0,
            kept=manifest.release.n_compounds,
            dropped=0,
            computed=0,
            refused=manifest.counts.get("refused_rows", 0),
            n_activities=manifest.counts.get("activities", 0),
            flags={
                name.removeprefix("flag_"): count
                for name, count in manifest.counts.items()
                if name.startswith("flag_")
            },
            notes=notes,
        )
