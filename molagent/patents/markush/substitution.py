"""A group with some of its hydrogens replaced by substituents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.errors import StructureError
from molagent.patents.markush.assemble import join_on_random_atoms
from molagent.patents.markush.bounds import FAR, CountBounds, few, union
from molagent.patents.markush.groups import Group, cuts
from molagent.patents.markush.predicates import FOREIGN_GROUP, Predicate

__all__ = ["OptionallySubstituted"]

# Taking substituents off can branch; nothing a claim on a small molecule names is larger.
_LARGEST_GROUP: Final = 60

# How often the base, an unheard-of substituent, a wrong one, and one too many is drawn.
_BREAKS: Final = (0.55, 0.05, 0.25, 0.15)


@dataclass(frozen=True, slots=True)
class OptionallySubstituted:
    """A group with `low` to `high` of its hydrogens replaced by substituents."""

    base: Predicate
    by: Predicate
    high: int
    low: int = 0

    def matches(self, group: Group) -> bool:
        """Take substituents off until what is left is the base group.

        An atom that carried a substituent belongs to the base and may not come off itself, or
        propyl would pass as ethyl on methyl.
        """
        if group.size > _LARGEST_GROUP:
            return False
        seen: set[tuple[frozenset[int], frozenset[int]]] = set()
        layer: list[tuple[Group, frozenset[int]]] = [(group, frozenset())]
        for taken in range(self.high + 1):
            if taken >= self.low and any(self.base.matches(rest) for rest, _ in layer):
                return True
            layer = [
                state for rest, carriers in layer for state in self._take_one(rest, carriers, seen)
            ]
        return False

    def _take_one(
        self,
        group: Group,
        carriers: frozenset[int],
        seen: set[tuple[frozenset[int], frozenset[int]]],
    ) -> Iterator[tuple[Group, frozenset[int]]]:
        """Yield every way to take one more substituent off: what is left, and what carries."""
        for kept, off in cuts(group):
            if off.atoms & carriers:
                continue
            state = (kept.atoms, carriers | {off.anchor})
            if state not in seen and self.by.matches(off):
                seen.add(state)
                yield kept, state[1]

    def describe(self) -> str:
        """Return the base and what may replace its hydrogens."""
        bounds = f"{self.low}-{self.high}" if self.low else f"up to {self.high}"
        return f"{self.base.describe()} with {bounds} of ({self.by.describe()})"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add each number of substituents to the base."""
        extra = union(self.by.bounds())
        boxes = []
        for box in self.base.bounds():
            for count in range(self.low, self.high + 1):
                total = box + extra.times(count)
                far = FAR if count and extra.has_rings else box.to_ring[1]
                boxes.append(total.with_ring_at(total.to_ring[0], far))
        return few(boxes)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw the base and replace hydrogens."""
        count = int(rng.integers(self.low, min(self.high, self.low + 2) + 1))
        extras = [self.by.sample(rng) for _ in range(count)]
        return join_on_random_atoms(self.base.sample(rng), extras, rng, needed=self.low)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw another base, another substituent, or one substituent too many."""
        for kind in rng.choice(len(_BREAKS), size=len(_BREAKS), replace=False, p=_BREAKS):
            try:
                return self._break(int(kind), rng)
            except StructureError:
                continue
        return FOREIGN_GROUP

    def _break(self, kind: int, rng: np.random.Generator) -> str:
        if kind == 0:
            least = [self.by.sample(rng) for _ in range(self.low)]
            return join_on_random_atoms(self.base.sample_outside(rng), least, rng)
        extras = {
            1: lambda: [FOREIGN_GROUP],
            2: lambda: [self.by.sample_outside(rng)],
            3: lambda: [self.by.sample(rng) for _ in range(self.high + 1)],
        }[kind]()
        return join_on_random_atoms(self.base.sample(rng), extras, rng, needed=len(extras))
