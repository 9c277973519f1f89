"""Composite predicates of the claim language: alternatives, linkers, substituents."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.patents.markush.assemble import join_on_random_atoms
from molagent.patents.markush.groups import Group, branches, cuts, is_saturated_carbon
from molagent.patents.markush.predicates import FOREIGN_GROUP, Predicate, draw_alkyl, span

__all__ = ["AlkyleneThen", "AnyGroup", "AtomThen", "OneOf", "OptionallySubstituted"]

# Taking substituents off can branch; nothing a claim on a small molecule names is larger.
_LARGEST_GROUP: Final = 60


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of several predicates."""

    options: tuple[Predicate, ...]

    def matches(self, group: Group) -> bool:
        """Return whether one of them matches."""
        return any(option.matches(group) for option in self.options)

    def describe(self) -> str:
        """Return the alternatives, joined by ``or``."""
        return " or ".join(option.describe() for option in self.options)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw from a random option."""
        return self.options[int(rng.integers(len(self.options)))].sample(rng)

    def sample_outside(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - outside all of them
        """Return a group that no option can match."""
        return FOREIGN_GROUP


@dataclass(frozen=True, slots=True)
class AlkyleneThen:
    """A saturated carbon chain of `low` to `high` atoms, then another group.

    Attributes
    ----------
    straight
        Whether only ``(CH2)n`` counts, or branched chains too.
    """

    low: int
    high: int
    then: Predicate
    straight: bool = False

    def matches(self, group: Group) -> bool:
        """Try every bond at which the rest can begin."""
        if self.low == 0 and self.then.matches(group):
            return True
        return any(
            self._is_chain(kept, off.anchor) and self.then.matches(off)
            for kept, off in cuts(group)
            if self.low <= kept.size <= self.high
        )

    def describe(self) -> str:
        """Return for example ``C1-4 alkylene, then saturated ring``."""
        bounds = span(self.low, self.high)
        chain = f"(CH2){bounds}" if self.straight else f"C{bounds} alkylene"
        return f"{chain}, then {self.then.describe()}"

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a straight chain and what follows."""
        size = int(rng.integers(self.low, self.high + 1))
        return "*" + "C" * size + self.then.sample(rng)[1:]

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one chain atom too many before something that is no chain."""
        return "*" + "C" * (self.high + 1) + self.then.sample(rng)[1:]

    def _is_chain(self, kept: Group, end: int) -> bool:
        if kept.has_ring() or not all(is_saturated_carbon(kept.atom(i)) for i in kept.atoms):
            return False
        if not self.straight:
            return True
        degrees = {index: len(kept.inner_neighbours(index)) for index in kept.atoms}
        ends_fit = kept.size == 1 or (end != kept.root and degrees[kept.root] == degrees[end] == 1)
        return ends_fit and all(degree <= 2 for degree in degrees.values())  # noqa: PLR2004 - a chain


@dataclass(frozen=True, slots=True)
class AtomThen:
    """One O, S or N atom, then `count` groups: alkoxy, alkylthio, mono- and dialkylamino."""

    symbol: str
    then: Predicate
    word: str
    count: int = 1

    def matches(self, group: Group) -> bool:
        """Check the atom, then each branch."""
        atom = group.atom(group.root)
        if group.bond != 1.0 or atom.GetSymbol() != self.symbol or atom.GetFormalCharge():
            return False
        if atom.GetIsAromatic():
            return False
        found = branches(group)
        return (
            found is not None
            and len(found) == self.count
            and all(self.then.matches(branch) for branch in found)
        )

    def describe(self) -> str:
        """Return for example ``C1-4 alkoxy``."""
        return f"{self.then.describe().removesuffix(' alkyl')} {self.word}"

    def sample(self, rng: np.random.Generator) -> str:
        """Draw the branches."""
        parts = [self.then.sample(rng)[1:] for _ in range(self.count)]
        return f"*{self.symbol}" + "".join(f"({part})" for part in parts[:-1]) + parts[-1]

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a branch that does not fit."""
        return f"*{self.symbol}{self.then.sample_outside(rng)[1:]}"


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

    def sample(self, rng: np.random.Generator) -> str:
        """Draw the base and replace hydrogens."""
        count = int(rng.integers(self.low, min(self.high, self.low + 2) + 1))
        extras = [self.by.sample(rng) for _ in range(count)]
        return join_on_random_atoms(self.base.sample(rng), extras, rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw the base with a substituent no claim names."""
        return join_on_random_atoms(self.base.sample(rng), [FOREIGN_GROUP], rng)


@dataclass(frozen=True, slots=True)
class AnyGroup:
    """Any group up to a size: for parts of a claim that were not read. Only for drafts."""

    high: int

    def matches(self, group: Group) -> bool:
        """Count atoms; silicon stays out so that fuzz tests have an outside."""
        return group.size <= self.high and all(
            group.atom(index).GetSymbol() != "Si" for index in group.atoms
        )

    def describe(self) -> str:
        """Say that it was not read."""
        return f"any group of up to {self.high} atoms (not read)"

    def sample(self, rng: np.random.Generator) -> str:
        """Draw an alkyl group."""
        return "*" + draw_alkyl(int(rng.integers(1, min(self.high, 4) + 1)), rng)

    def sample_outside(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - any will do
        """Return a group outside it."""
        return FOREIGN_GROUP
