"""Totals over the parts of a chain: interrupted alkyl, and linkers of many units."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.patents.markush.assemble import join_linker
from molagent.patents.markush.bounds import FAR, CountBounds, few, limit, union
from molagent.patents.markush.fragments import LinkingGroup
from molagent.patents.markush.groups import Group, cuts
from molagent.patents.markush.predicates import FOREIGN_GROUP, Predicate, draw_alkyl, span

__all__ = ["Chain", "Interrupted"]

_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Alkyl of `low` to `high` carbons in all, with `fewest` to `most` links between carbons."""

    low: int
    high: int
    links: tuple[LinkingGroup, ...]
    most: int
    fewest: int = 0

    def matches(self, group: Group) -> bool:
        """Take the group apart at its links, in every way, and add the carbons up."""
        if group.bond != 1.0 or group.has_ring():
            return False
        return any(
            self.low <= carbons <= self.high and self.fewest <= links
            for carbons, links in self._ways(group, {})
        )

    def _ways(
        self, group: Group, known: dict[frozenset[int], frozenset[tuple[int, int]]]
    ) -> frozenset[tuple[int, int]]:
        """Return the numbers of carbons and links that a group can be read as."""
        if group.atoms in known:
            return known[group.atoms]
        ways: set[tuple[int, int]] = set()
        if all(group.is_saturated_carbon(index) for index in group.atoms):
            ways.add((group.size, 0))
        else:
            for carbons, rest in self._first_links(group):
                for n_carbons, n_links in self._ways(carbons, known):
                    for more_carbons, more_links in self._ways(rest, known):
                        ways.add((n_carbons + more_carbons, n_links + more_links + 1))
        known[group.atoms] = frozenset(
            way for way in ways if way[0] <= self.high and way[1] <= self.most
        )
        return known[group.atoms]

    def _first_links(self, group: Group) -> Iterator[tuple[Group, Group]]:
        """Yield what lies before a link and what follows it, for every link of the group."""
        sizes = {link.size for link in self.links}
        for kept, off in cuts(group):
            for link_atoms, rest in cuts(off):
                if link_atoms.size in sizes and any(
                    link.fits(link_atoms, rest) for link in self.links
                ):
                    yield kept, rest

    def describe(self) -> str:
        """Return for example ``C2-6 alkyl interrupted by up to 2 of *O* or *S*``."""
        by = " or ".join(link.smiles for link in self.links)
        count = span(self.fewest, self.most) if self.fewest else f"up to {self.most}"
        return f"C{span(self.low, self.high)} alkyl, in all, interrupted by {count} of {by}"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add the links, each number of them, to the carbons."""
        carbons = (self.low, self.high)
        alkyl = limit(atoms=carbons, C=carbons)
        link = union(link.bounds() for link in self.links)
        return few(alkyl + link.times(count) for count in range(self.fewest, self.most + 1))

    def sample(self, rng: np.random.Generator) -> str:
        """Draw parts of alkyl and the links between them."""
        carbons = int(rng.integers(max(self.low, self.fewest + 1), self.high + 1))
        links = int(rng.integers(self.fewest, min(self.most, carbons - 1) + 1))
        return self._join(carbons, links, rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one carbon or one link too many, or another link."""
        if rng.random() < _HALF:
            return self._join(self.high + 1, min(self.most, self.high), rng)
        if self.high > self.most + 1 and rng.random() < _HALF:
            return self._join(self.high, self.most + 1, rng)
        return "*" + "C" * max(1, self.low - 1) + "[Se]C"

    def _join(self, carbons: int, links: int, rng: np.random.Generator) -> str:
        ends = sorted(rng.choice(np.arange(1, carbons), size=links, replace=False).tolist())
        sizes = np.diff([0, *ends, carbons]).tolist()
        smiles = "*" + draw_alkyl(int(sizes[-1]), rng)
        for size in reversed(sizes[:-1]):
            link = self.links[int(rng.integers(len(self.links)))]
            smiles = join_linker(f"*{'C' * int(size)}*", join_linker(link.smiles, smiles))
        return smiles


@dataclass(frozen=True, slots=True)
class Chain:
    """A row of `low` to `high` units, each of a list, then another group: a linker."""

    low: int
    high: int
    units: tuple[LinkingGroup, ...]
    then: Predicate

    def matches(self, group: Group) -> bool:
        """Take unit after unit off the front, in every way, until what is left may follow."""
        if group.bond != 1.0:
            return False
        sizes = {unit.size for unit in self.units}
        layer = {group.atoms: group}
        for taken in range(self.high + 1):
            if taken >= self.low and any(self.then.matches(rest) for rest in layer.values()):
                return True
            layer = {
                off.atoms: off
                for rest in layer.values()
                for kept, off in cuts(rest)
                if kept.size in sizes and any(unit.fits(kept, off) for unit in self.units)
            }
            if not layer:
                return False
        return False

    def describe(self) -> str:
        """Return for example ``5-20 of *C* or *O* in a row, then carboxy``."""
        of = " or ".join(unit.smiles for unit in self.units)
        return f"{span(self.low, self.high)} of {of} in a row, then {self.then.describe()}"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add the units, each number of them, to what follows."""
        unit = union(unit.bounds() for unit in self.units)
        row = union(unit.times(count) for count in range(self.low, self.high + 1))
        return few((row + box).with_ring_at(0, FAR) for box in self.then.bounds())

    def sample(self, rng: np.random.Generator) -> str:
        """Draw units and what follows."""
        return self._row(int(rng.integers(self.low, self.high + 1)), self.then.sample(rng), rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one unit too many or too few, another unit, or another end."""
        if rng.random() < _HALF:
            count = int(rng.integers(self.low, self.high + 1))
            return self._row(count, self.then.sample_outside(rng), rng)
        if self.low and rng.random() < _HALF:
            return self._row(self.low - 1, self.then.sample(rng), rng)
        if rng.random() < _HALF:
            return self._row(self.high + 1, self.then.sample(rng), rng)
        return FOREIGN_GROUP

    def _row(self, count: int, smiles: str, rng: np.random.Generator) -> str:
        for _ in range(count):
            unit = self.units[int(rng.integers(len(self.units)))]
            smiles = join_linker(unit.smiles, smiles)
        return smiles
