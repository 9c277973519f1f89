"""Predicates of the claim language: what a group may be.

A predicate answers for a whole group: every atom of it must be accounted for. Each one can also
say itself in words, bound what its groups can be counted to have, and draw a group that satisfies
it and one that just does not; the last two feed the fuzz tests. Particular groups are in
:mod:`~molagent.patents.markush.fragments`, rings in :mod:`~molagent.patents.markush.rings`, and
what is built from other predicates in :mod:`~molagent.patents.markush.composites`.
"""

from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

import numpy as np
from rdkit import Chem

from molagent.patents.markush.assemble import write_group
from molagent.patents.markush.bounds import CountBounds, limit
from molagent.patents.markush.groups import Group

__all__ = [
    "FOREIGN_GROUP",
    "HALOGENS",
    "Carbons",
    "Deuterium",
    "Haloalkyl",
    "Halogen",
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

    def bounds(self) -> tuple[CountBounds, ...]:
        """Return bounds of which every group that satisfies it meets at least one."""
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
        if self.kind == "alkyl":
            return all(group.is_saturated_carbon(index) for index in group.atoms)
        atoms = [group.atom(index) for index in group.atoms]
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

    def bounds(self) -> tuple[CountBounds, ...]:
        """Bound carbons, and the multiple bonds of alkenyl and alkynyl."""
        carbons = (self.low, self.high)
        if self.kind == "alkyl":
            return (limit(atoms=carbons, C=carbons),)
        multiple = {"alkenyl": "double", "alkynyl": "triple"}[self.kind]
        return (limit(atoms=carbons, C=carbons, **{multiple: (1, max(1, self.high - 1))}),)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a chain or branched isomer of a random size."""
        return "*" + self._draw(int(rng.integers(self.low, self.high + 1)), rng)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one carbon too many or too few, one multiple bond, or a ring."""
        size = int(rng.integers(self.low, self.high + 1))
        breaks = ["*" + self._draw(self.high + 1, rng)]
        if self.low > (1 if self.kind == "alkyl" else 2):
            breaks.append("*" + self._draw(self.low - 1, rng))
        if self.kind != "alkyl":
            breaks.append("*" + draw_alkyl(size, rng))
        elif size > 1:
            breaks.append(f"*{'C' * (size - 2)}{rng.choice(('C=C', 'C#C'))}")
        if size > 2:  # the smallest ring
            breaks.append(f"*C1{'C' * (size - 1)}1")
        return str(rng.choice(breaks))

    def _draw(self, size: int, rng: np.random.Generator) -> str:
        if self.kind == "alkyl":
            return draw_alkyl(size, rng)
        multiple = "C=C" if self.kind == "alkenyl" else "C#C"
        before = int(rng.integers(0, size - 1))
        return "C" * before + multiple + "C" * (size - 2 - before)


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

    def bounds(self) -> tuple[CountBounds, ...]:
        """Bound each element of the list by itself."""
        return tuple(limit(atoms=(1, 1), **{symbol: (1, 1)}) for symbol in self.elements)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw one of the list."""
        return f"*{rng.choice(self.elements)}"

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a halogen that is not listed, or a pseudohalogen."""
        others = [symbol for symbol in HALOGENS if symbol not in self.elements]
        return f"*{rng.choice(others)}" if others else "*SC#N"


@dataclass(frozen=True, slots=True)
class Haloalkyl:
    """Alkyl with `fewest` or more of its hydrogens replaced by halogen; carbons are counted.

    With `every`, all of its hydrogens are, as in perfluoroalkyl.
    """

    low: int
    high: int
    elements: tuple[str, ...] = HALOGENS
    fewest: int = 1
    every: bool = False

    def matches(self, group: Group) -> bool:
        """Require carbon at the root, enough halogens, nothing else."""
        if group.has_ring() or group.bond != 1.0:
            return False
        carbons = [index for index in group.atoms if group.is_saturated_carbon(index)]
        halogens = [i for i in group.atoms if group.atom(i).GetSymbol() in self.elements]
        return (
            group.root in carbons
            and len(halogens) >= self.fewest
            and self.low <= len(carbons) <= self.high
            and len(carbons) + len(halogens) == group.size
            and (not self.every or len(halogens) == 2 * len(carbons) + 1)
        )

    def describe(self) -> str:
        """Return for example ``C1-2 haloalkyl``."""
        if self.every:
            return f"C{span(self.low, self.high)} alkyl with {_or(self.elements)} for every H"
        halogen = "halo" if self.elements == HALOGENS else f"{_or(self.elements)}-substituted "
        few = "" if self.fewest == 1 else f" with {self.fewest} halogens or more"
        return f"C{span(self.low, self.high)} {halogen}alkyl{few}"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Bound carbons, and halogens by the hydrogens of the alkyl."""
        boxes = []
        for size in range(self.low, self.high + 1):
            most = 2 * size + 1
            fewest = most if self.every else self.fewest
            each = (fewest if len(self.elements) == 1 else 0, most)
            boxes.append(
                limit(
                    atoms=(size + fewest, size + most),
                    C=(size, size),
                    **dict.fromkeys(self.elements, each),
                )
            )
        return tuple(boxes)

    def sample(self, rng: np.random.Generator) -> str:
        """Replace hydrogens of a random alkyl."""
        chain = draw_alkyl(int(rng.integers(self.low, self.high + 1)), rng)
        return self._halogenate(f"*{chain}", rng, self.elements)

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw one carbon too many, no halogen, or a halogen that is not listed."""
        size = int(rng.integers(self.low, self.high + 1))
        breaks = [self._halogenate("*" + "C" * (self.high + 1), rng, self.elements)]
        breaks.append("*" + "C" * size)
        others = tuple(symbol for symbol in HALOGENS if symbol not in self.elements)
        if others:
            breaks.append(self._halogenate("*" + "C" * size, rng, others))
        return str(rng.choice(breaks))

    def _halogenate(self, smiles: str, rng: np.random.Generator, elements: tuple[str, ...]) -> str:
        mol = Chem.RWMol(Chem.MolFromSmiles(smiles))
        places = [a.GetIdx() for a in mol.GetAtoms() for _ in range(a.GetTotalNumHs())]
        least = len(places) if self.every else self.fewest
        most = min(len(places), least + 2)
        chosen = rng.permutation(places)[: int(rng.integers(min(least, most), most + 1))]
        for place in chosen:
            number = Chem.GetPeriodicTable().GetAtomicNumber(str(rng.choice(elements)))
            mol.AddBond(int(place), mol.AddAtom(Chem.Atom(number)), Chem.BondType.SINGLE)
        Chem.SanitizeMol(mol)
        return write_group(mol)


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

    def bounds(self) -> tuple[CountBounds, ...]:
        """Bound labelled hydrogens."""
        return (limit(labelled=(1, 1)),)

    def sample(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - there is only one
        """Return deuterium."""
        return "*[2H]"

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Return tritium, methyl or fluorine."""
        return str(rng.choice(("*[3H]", "*C", "*F")))


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
