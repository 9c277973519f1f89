"""Predicates of the claim language: what a group may be.

A predicate answers for a whole group: every atom of it must be accounted for. Each one can also
say itself in words, draw a sample that satisfies it and one that just does not; the last two feed
the fuzz tests. Composite predicates live in :mod:`molagent.patents.markush.composites`.
"""

from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

import numpy as np
from rdkit import Chem

from molagent.patents.markush.groups import Group, is_saturated_carbon

__all__ = [
    "FOREIGN_GROUP",
    "HALOGENS",
    "Carbons",
    "Deuterium",
    "Haloalkyl",
    "Halogen",
    "Named",
    "Predicate",
    "draw_alkyl",
    "span",
]

HALOGENS: Final = ("F", "Cl", "Br", "I")

# Rejected by every predicate but `any_group`: silicon is in no claim language.
FOREIGN_GROUP: Final = "*[Si](C)(C)C"

_CARBON: Final = 6


@runtime_checkable
class Predicate(Protocol):
    """What a group may be."""

    def matches(self, group: Group) -> bool:
        """Return whether the predicate accounts for every atom of the group."""
        ...

    def describe(self) -> str:
        """Return the predicate in words."""
        ...

    def sample(self, rng: np.random.Generator) -> str:
        """Return a group that satisfies it, as SMILES with ``*`` where it is attached."""
        ...

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Return a group that does not satisfy it, as close to the border as is easy."""
        ...


def span(low: int, high: int) -> str:
    """Return ``C1-4`` style bounds.

    Examples
    --------
    >>> span(1, 4), span(2, 2)
    ('1-4', '2')
    """
    return str(low) if low == high else f"{low}-{high}"


@dataclass(frozen=True, slots=True)
class Carbons:
    """Acyclic hydrocarbon group: alkyl, alkenyl (one double bond or more), alkynyl."""

    low: int
    high: int
    kind: str = "alkyl"

    def matches(self, group: Group) -> bool:
        """Count carbons and multiple bonds; rings, charges and hetero atoms are out."""
        if group.bond != 1.0 or not self.low <= group.size <= self.high or group.has_ring():
            return False
        atoms = [group.atom(index) for index in group.atoms]
        if self.kind == "alkyl":
            return all(is_saturated_carbon(atom) for atom in atoms)
        if not all(_is_chain_carbon(atom) for atom in atoms):
            return False
        orders = {
            bond.GetBondTypeAsDouble()
            for atom in atoms
            for bond in atom.GetBonds()
            if bond.GetBeginAtomIdx() in group.atoms and bond.GetEndAtomIdx() in group.atoms
        }
        return _MULTIPLE[self.kind] in orders and orders <= {1.0, _MULTIPLE[self.kind]}

    def describe(self) -> str:
        """Return for example ``C1-4 alkyl``."""
        return f"C{span(self.low, self.high)} {self.kind}"

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a chain or branched isomer of a random size."""
        return "*" + self._draw(int(rng.integers(self.low, self.high + 1)), rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one carbon too many."""
        return "*" + self._draw(self.high + 1, rng)

    def _draw(self, size: int, rng: np.random.Generator) -> str:
        if self.kind != "alkyl":
            return "C" * (size - 2) + ("C=C" if self.kind == "alkenyl" else "C#C")
        return draw_alkyl(size, rng)


@dataclass(frozen=True, slots=True)
class Halogen:
    """One halogen atom of a list."""

    elements: tuple[str, ...] = HALOGENS

    def matches(self, group: Group) -> bool:
        """Compare the element of the only atom."""
        return group.size == 1 and group.atom(group.root).GetSymbol() in self.elements

    def describe(self) -> str:
        """Return ``halogen`` or the list."""
        return "halogen" if self.elements == HALOGENS else _or(self.elements)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw one of the list."""
        return f"*{rng.choice(self.elements)}"

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a halogen that is not listed, or a pseudohalogen."""
        others = [symbol for symbol in HALOGENS if symbol not in self.elements]
        return f"*{rng.choice(others)}" if others else "*SC#N"


@dataclass(frozen=True, slots=True)
class Haloalkyl:
    """Alkyl with at least one hydrogen replaced by halogen; carbons are counted."""

    low: int
    high: int
    elements: tuple[str, ...] = HALOGENS

    def matches(self, group: Group) -> bool:
        """Require carbon at the root, one halogen or more, nothing else."""
        if group.has_ring() or group.bond != 1.0:
            return False
        atoms = {index: group.atom(index) for index in group.atoms}
        carbons = [index for index, atom in atoms.items() if is_saturated_carbon(atom)]
        halogens = [i for i, atom in atoms.items() if atom.GetSymbol() in self.elements]
        return (
            group.root in carbons
            and bool(halogens)
            and self.low <= len(carbons) <= self.high
            and len(carbons) + len(halogens) == group.size
        )

    def describe(self) -> str:
        """Return for example ``C1-2 haloalkyl``."""
        return f"C{span(self.low, self.high)} haloalkyl"

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a perhalogenated end of a straight chain."""
        halogen = rng.choice(self.elements)
        size = int(rng.integers(self.low, self.high + 1))
        return "*" + "C" * size + f"({halogen})" * int(rng.integers(1, 3)) + str(halogen)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one carbon too many."""
        return "*" + "C" * (self.high + 1) + str(rng.choice(self.elements))


@dataclass(frozen=True, slots=True)
class Deuterium:
    """One deuterium atom."""

    def matches(self, group: Group) -> bool:
        """Compare element and isotope."""
        atom = group.atom(group.root)
        return group.size == 1 and (atom.GetAtomicNum(), atom.GetIsotope()) == (1, 2)

    def describe(self) -> str:
        """Return ``deuterium``."""
        return "deuterium"

    def sample(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - there is only one
        """Return deuterium."""
        return "*[2H]"

    def sample_outside(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - any will do
        """Return tritium."""
        return "*[3H]"


@dataclass(frozen=True, slots=True)
class Named:
    """One particular small group, such as cyano; `smiles` with ``*`` where it is attached."""

    name: str
    smiles: str
    query: Chem.Mol = field(compare=False, repr=False)

    def matches(self, group: Group) -> bool:
        """Compare by mutual substructure: same atoms, same bonds, same attachment."""
        if group.size != self.query.GetNumAtoms() - 1:
            return False
        for match in group.mol.GetSubstructMatches(self.query, uniquify=False):
            if match[0] == group.anchor and group.atoms == frozenset(match[1:]):
                return bool(match[1] == group.root)
        return False

    def describe(self) -> str:
        """Return the name."""
        return self.name

    def sample(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - there is only one
        """Return the group."""
        return self.smiles

    def sample_outside(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - any will do
        """Return a group no claim names."""
        return FOREIGN_GROUP


_MULTIPLE: Final = {"alkenyl": 2.0, "alkynyl": 3.0}


def draw_alkyl(size: int, rng: np.random.Generator) -> str:
    """Return a random saturated chain or branched isomer of `size` carbons, first atom first."""
    parents = [0] + [int(rng.integers(max(0, index - 2), index)) for index in range(1, size)]
    children: list[list[int]] = [[] for _ in range(size)]
    for index in range(1, size):
        children[parents[index]].append(index)

    def write(index: int) -> str:
        return "C" + "".join(f"({write(child)})" for child in children[index])

    return write(0)


def _is_chain_carbon(atom: Chem.Atom) -> bool:
    return (
        atom.GetAtomicNum() == _CARBON and not atom.GetIsAromatic() and not atom.GetFormalCharge()
    )


def _or(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
