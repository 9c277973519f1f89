"""Sites of a core, and how a molecule lies on a core with its sites."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from molagent.patents.markush.groups import Group, group_smiles
from molagent.patents.markush.predicates import Predicate

__all__ = ["Accept", "Fit", "Groups", "Known", "Site", "times"]

Groups = Mapping[str, tuple[Group, ...]]
"""Site name to the groups that stand there."""

Accept = Callable[[Groups], str]
"""Says why an assignment that the sites allow is excluded all the same; empty if it is not."""

Known = dict[tuple[str, int, frozenset[int]], bool]
"""Whether a site (by name) allows a group (by root and atoms), as far as it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Positions of the core (atom map numbers), what they may carry, and how often in all."""

    name: str
    positions: tuple[int, ...]
    predicate: Predicate
    counts: tuple[int, ...]

    def describe(self) -> str:
        """Return for example ``R2 at position 3 or 4: halogen, 1 to 3 times``."""
        return f"{self.name} at {self.places()}: {self.predicate.describe()}, {times(self.counts)}"

    def places(self) -> str:
        """Return for example ``position 4`` or ``positions 1 to 13``."""
        if not self.positions:
            return "no position of this core"
        first, last = self.positions[0], self.positions[-1]
        if len(self.positions) == 1:
            return f"position {first}"
        if self.positions == tuple(range(first, last + 1)):
            return f"positions {first} to {last}"
        return f"positions {', '.join(str(position) for position in self.positions)}"


@dataclass(frozen=True, slots=True)
class Fit:
    """How a molecule lies on a template; it fits if there are no failures.

    Attributes
    ----------
    groups
        Site name to the groups found there.
    failures
        What does not fit, in words.
    unclaimed
        How many atoms neither the core nor a site accounts for.
    joined
        Site name to what it is together with another.
    """

    groups: Mapping[str, tuple[Group, ...]]
    failures: tuple[str, ...] = ()
    unclaimed: int = 0
    joined: Mapping[str, str] = field(default_factory=dict)

    @property
    def rank(self) -> tuple[int, int]:
        """What orders fits: the fewer failures and unclaimed atoms the better."""
        return len(self.failures), self.unclaimed

    def assignment(self) -> dict[str, str]:
        """Return site name to the SMILES of its groups; ``H`` where there is none."""
        shown = {
            name: _tally(group_smiles(group) for group in groups)
            for name, groups in self.groups.items()
        }
        for name, together in self.joined.items():
            shown[name] = ", ".join(filter(None, (together, shown.get(name))))
        return {name: said or "H" for name, said in shown.items()}


def _tally(groups: Iterable[str]) -> str:
    """Return groups in alphabetical order, repeated ones counted."""
    return ", ".join(
        group if times == 1 else f"{times} x {group}"
        for group, times in sorted(Counter(groups).items())
    )


def times(counts: tuple[int, ...]) -> str:
    """Return counts in words, as ``1 to 3 times``."""
    if len(counts) == 1:
        return "exactly once" if counts[0] == 1 else f"exactly {counts[0]} times"
    if counts == tuple(range(counts[0], counts[-1] + 1)):
        return f"{counts[0]} to {counts[-1]} times"
    return " or ".join(str(count) for count in counts) + " times"
