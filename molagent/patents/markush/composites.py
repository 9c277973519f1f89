"""Composite predicates of the claim language: alternatives, chains, groups on an atom."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from molagent.patents.markush.assemble import join_linker
from molagent.patents.markush.bounds import FAR, CountBounds, few, limit, measure_group, union
from molagent.patents.markush.groups import Group, branches, cuts
from molagent.patents.markush.predicates import FOREIGN_GROUP, Predicate, draw_alkyl, span

__all__ = ["AlkyleneThen", "AnyGroup", "AtomThen", "OneOf"]

_HALF: Final = 0.5
_FOREIGN: Final = 0.1


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

    def bounds(self) -> tuple[CountBounds, ...]:
        """Return the bounds of all of them."""
        return few(box for option in self.options for box in option.bounds())

    def sample(self, rng: np.random.Generator) -> str:
        """Draw from a random option."""
        return self.options[int(rng.integers(len(self.options)))].sample(rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw what is outside one option, or a group that no option can match."""
        if rng.random() < _FOREIGN:
            return FOREIGN_GROUP
        for place in rng.permutation(len(self.options)):
            smiles = self.options[int(place)].sample_outside(rng)
            counts = measure_group(smiles)
            if not any(box.hold(counts) for box in self.bounds()):
                return smiles
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
        return group.bond == 1.0 and any(
            self._is_chain(kept, off.anchor) and self.then.matches(off)
            for kept, off in cuts(group)
            if self.low <= kept.size <= self.high
        )

    def describe(self) -> str:
        """Return for example ``C1-4 alkylene, then saturated ring``."""
        bounds = span(self.low, self.high)
        chain = f"(CH2){bounds}" if self.straight else f"C{bounds} alkylene"
        return f"{chain}, then {self.then.describe()}"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add the chain, of each length, to what follows."""
        return few(
            (limit(atoms=(size, size), C=(size, size)) + box).with_ring_at(
                box.to_ring[0] + (size if self.straight else min(size, 1)), box.to_ring[1] + size
            )
            for box in self.then.bounds()  # outermost: asked once, not once a size
            for size in range(self.low, self.high + 1)
        )

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a chain, straight or with a branch, and what follows."""
        size = int(rng.integers(self.low, self.high + 1))
        return self._join(size, self.then.sample(rng), rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one chain atom too many or too few, another atom in it, or another end."""
        size = int(rng.integers(self.low, self.high + 1))
        if rng.random() < _HALF:
            return self._join(size, self.then.sample_outside(rng), rng)
        then = self.then.sample(rng)
        breaks = ["*" + "C" * (self.high + 1) + then[1:]]
        if self.low > 0:
            breaks.append("*" + "C" * (self.low - 1) + then[1:])
        if size > 1:
            breaks.append("*C" + str(rng.choice(("N", "[SiH2]"))) + "C" * (size - 1) + then[1:])
        return str(rng.choice(breaks))

    def _join(self, size: int, then: str, rng: np.random.Generator) -> str:
        if size < 2 or self.straight or rng.random() < _HALF:  # one has no branch
            return "*" + "C" * size + then[1:]
        side = int(rng.integers(1, size))
        before = int(rng.integers(0, size - side))
        after = size - side - before - 1
        return join_linker("*" + "C" * before + f"C({'C' * side})" + "C" * after + "*", then)

    def _is_chain(self, kept: Group, end: int) -> bool:
        if kept.has_ring() or not all(kept.is_saturated_carbon(index) for index in kept.atoms):
            return False
        if not self.straight:
            return True
        degrees = {index: len(kept.inner_neighbours(index)) for index in kept.atoms}
        ends_fit = kept.size == 1 or (end != kept.root and degrees[kept.root] == degrees[end] == 1)
        return ends_fit and all(degree <= 2 for degree in degrees.values())  # a chain


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
        then = self.then.describe()
        if then.endswith("alkyl"):
            return f"{then.removesuffix('alkyl').rstrip()} {self.word}".replace(
                "halo alk", "haloalk"
            )
        return f"{self.symbol} with {then}"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add the atom to its branches."""
        atom = limit(atoms=(1, 1), **{self.symbol: (1, 1)})
        boxes = self.then.bounds()
        branch = boxes if self.count == 1 else (union(boxes).times(self.count),)
        return few(
            (atom + box).with_ring_at(*(place + 1 for place in box.to_ring)) for box in branch
        )

    def sample(self, rng: np.random.Generator) -> str:
        """Draw the branches."""
        smiles = f"*{self.symbol}" + "(*)" * (self.count - 1) + "*"
        for _ in range(self.count):
            smiles = _join_last(smiles, self.then.sample(rng))
        return smiles

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a branch that does not fit, or another atom."""
        if rng.random() < _HALF:
            return f"*{self.symbol}{self.then.sample_outside(rng)[1:]}"
        other = str(rng.choice([symbol for symbol in ("O", "S", "N") if symbol != self.symbol]))
        return f"*{other}{self.then.sample(rng)[1:]}"


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

    def bounds(self) -> tuple[CountBounds, ...]:
        """Bound nothing but the number of atoms."""
        most = (0, 3 * self.high)
        names = ("C", "N", "O", "S", "F", "Cl", "Br", "I", "other", "labelled")
        return (
            limit(
                atoms=(0, self.high),
                **dict.fromkeys(names, (0, self.high)),
                **dict.fromkeys(("rings", "aromatic", "double", "triple"), most),
                smallest_ring=(0, FAR),
                largest_ring=(0, FAR),
                to_ring=(0, FAR),
            ),
        )

    def sample(self, rng: np.random.Generator) -> str:
        """Draw an alkyl group."""
        return "*" + draw_alkyl(int(rng.integers(1, min(self.high, 4) + 1)), rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a group too large, or one with silicon."""
        return FOREIGN_GROUP if rng.random() < _HALF else "*" + "C" * (self.high + 1)


def _join_last(smiles: str, group: str) -> str:
    """Return a fragment with a group on the last of its attachments."""
    head, _, tail = smiles.rpartition("*")
    return f"{head}{group[1:]}{tail}"
