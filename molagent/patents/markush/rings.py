"""The ring predicate of the claim language: one ring or ring system and its hetero atoms."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.bounds import CountBounds, limit
from molagent.patents.markush.groups import Group
from molagent.patents.markush.predicates import FOREIGN_GROUP, span
from molagent.patents.markush.ring_drawing import RingPlan, draw_ring

__all__ = ["RING_JOINTS", "RING_KINDS", "Ring"]

RING_KINDS: Final = ("any", "saturated", "nonaromatic", "aromatic")

# How many atoms two rings of a system share.
RING_JOINTS: Final = {"any": (1, 99), "spiro": (1, 1), "fused": (2, 2), "bridged": (3, 99)}

_LARGEST_DRAWN: Final = 12
_ATTEMPTS: Final = 300
_FOREIGN: Final = 0.1


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring or ring system, all of whose atoms are ring atoms.

    Attributes
    ----------
    size
        Fewest and most ring atoms.
    rings
        Fewest and most rings.
    kind
        ``saturated``, ``nonaromatic`` (it may have double bonds), ``aromatic`` or ``any``.
    hetero
        Element to fewest and most; an element that is not listed may not occur.
    hetero_total
        Fewest and most hetero atoms together, None for no bound.
    attach
        Elements by which the ring may be attached; empty for any.
    ring_sizes
        Fewest and most atoms of each single ring of a system, None for no bound.
    joint
        How the rings of a system are joined: ``fused``, ``spiro``, ``bridged`` or ``any``.
    carbons
        Fewest and most carbon atoms, None for no bound: "(C2-C9)heterocycloalkyl".
    """

    size: tuple[int, int]
    rings: tuple[int, int] = (1, 1)
    kind: str = "any"
    hetero: tuple[tuple[str, int, int], ...] = ()
    hetero_total: tuple[int, int] | None = None
    attach: tuple[str, ...] = ()
    ring_sizes: tuple[int, int] | None = None
    joint: str = "any"
    carbons: tuple[int, int] | None = None

    def matches(self, group: Group) -> bool:
        """Check size, ring count, saturation, hetero atoms, joints and the attachment."""
        if group.bond != 1.0 or not self.size[0] <= group.size <= self.size[1]:
            return False
        n_rings = group.n_inner_bonds() - group.size + 1
        if not self.rings[0] <= n_rings <= self.rings[1]:
            return False
        atoms = [group.atom(index) for index in group.atoms]
        if any(not _only_ring_bonds(group, atom) or atom.GetFormalCharge() for atom in atoms):
            return False
        symbols = [atom.GetSymbol() for atom in atoms]
        return (
            self._kind_fits(group, atoms)
            and self._hetero_fits(symbols)
            and (not self.attach or group.atom(group.root).GetSymbol() in self.attach)
            and self._system_fits(group)
        )

    def describe(self) -> str:
        """Return for example ``saturated 4-7-membered ring with 1-2 O``."""
        words = [] if self.kind == "any" else [self.kind]
        if self.joint != "any":
            words.append(self.joint)
        words.append(f"{span(*self.size)}-membered")
        words.append("ring" if self.rings == (1, 1) else f"system of {span(*self.rings)} rings")
        if self.ring_sizes:
            words.append(f"of {span(*self.ring_sizes)} atoms each")
        if not self.hetero:
            words.append("of carbon")
        elif self.hetero_total is None:
            counts = (f"{span(low, high)} {element}" for element, low, high in self.hetero)
            words.append("with " + " and ".join(counts))
        else:
            elements = ", ".join(element for element, _, _ in self.hetero)
            words.append(f"with {span(*self.hetero_total)} hetero atoms ({elements})")
        if self.carbons:
            words.append(f"of C{span(*self.carbons)}")
        if self.attach:
            words.append(f"attached by {' or '.join(self.attach)}")
        return " ".join(words)

    def bounds(self) -> tuple[CountBounds, ...]:
        """Bound each size by itself."""
        fewest = sum(low for _, low, _ in self.hetero)
        most = sum(high for _, _, high in self.hetero)
        if self.hetero_total:
            fewest, most = max(fewest, self.hetero_total[0]), min(most, self.hetero_total[1])
        boxes = []
        for size in range(self.size[0], self.size[1] + 1):
            single = (size, size) if self.rings == (1, 1) else (3, size)
            single = self.ring_sizes or single
            carbons = (max(0, size - most), size - min(fewest, size))
            if self.carbons:
                carbons = max(carbons[0], self.carbons[0]), min(carbons[1], self.carbons[1])
            aromatic = {"any": (0, size), "aromatic": (size, size)}.get(self.kind, (0, 0))
            elements = {symbol: (low, min(high, size)) for symbol, low, high in self.hetero}
            named = {symbol: pair for symbol, pair in elements.items() if symbol in _COUNTED}
            rest = [pair for symbol, pair in elements.items() if symbol not in _COUNTED]
            if rest:
                named["other"] = (sum(low for low, _ in rest), sum(high for _, high in rest))
            boxes.append(
                limit(
                    atoms=(size, size),
                    C=carbons,
                    rings=self.rings,
                    aromatic=aromatic,
                    # Some aromatic systems keep a bond that is not aromatic itself.
                    double=(0, 0) if self.kind == "saturated" else (0, size),
                    triple=(0, 0) if self.kind == "saturated" else (0, size),
                    smallest_ring=single,
                    largest_ring=single,
                    to_ring=(0, 0),
                    **named,
                )
            )
        return tuple(boxes)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a ring or ring system of a random size with random hetero atoms.

        Raises
        ------
        StructureError
            If no such ring can be drawn: aromatic rings of other sizes than five and six.
        """
        for _ in range(_ATTEMPTS):
            smiles = draw_ring(self._plan(rng), rng)
            if smiles is not None:
                return smiles
        raise StructureError(
            f"no ring could be drawn that is a {self.describe()}",
            remedy="check size, rings, kind and hetero against each other",
        )

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a ring of another size, saturation, element or attachment, or an open chain."""
        if rng.random() < _FOREIGN:
            return FOREIGN_GROUP
        others = list(self._neighbours())
        for place in rng.permutation(len(others)):
            try:
                return others[int(place)].sample(rng)
            except StructureError:
                continue
        return "*" + "C" * max(self.size[0], 1)

    def _neighbours(self) -> Iterator["Ring"]:
        """Yield rings that break one bound each."""
        free = None if self.ring_sizes is None else (3, 99)
        yield replace(self, size=(self.size[1] + 1, self.size[1] + 1), ring_sizes=free)
        if self.size[0] > 3 * self.rings[0]:
            yield replace(self, size=(self.size[0] - 1, self.size[0] - 1), ring_sizes=free)
        yield replace(self, kind="saturated" if self.kind == "aromatic" else "aromatic")
        if self.hetero_total:
            most = self.hetero_total[1] + 1
            wider = tuple((symbol, low, most) for symbol, low, _ in self.hetero)
            yield replace(self, hetero=wider, hetero_total=(most, most))
        listed = {symbol for symbol, _, _ in self.hetero}
        foreign = next(symbol for symbol in ("S", "O", "N", "Se") if symbol not in listed)
        yield replace(self, hetero=(*self.hetero, (foreign, 1, 1)), hetero_total=None)
        for symbol, low, high in self.hetero:
            others = tuple(entry for entry in self.hetero if entry[0] != symbol)
            yield replace(self, hetero=(*others, (symbol, high + 1, high + 1)), hetero_total=None)
            if low:
                yield replace(self, hetero=(*others, (symbol, low - 1, low - 1)), hetero_total=None)

    def _plan(self, rng: np.random.Generator) -> RingPlan:
        """Choose numbers within the bounds."""
        n_rings = int(rng.integers(self.rings[0], self.rings[1] + 1))
        high = max(self.size[0], min(self.size[1], max(_LARGEST_DRAWN, self.size[0])))
        counts = {symbol: int(rng.integers(low, high_ + 1)) for symbol, low, high_ in self.hetero}
        if self.hetero_total:
            counts = _meet_total(self.hetero, self.hetero_total, rng)
        possible = ("fused",) if self.kind == "aromatic" else ("fused", "spiro", "bridged")
        joints = [joint for joint in possible if self.joint in ("any", joint)] or [self.joint]
        return RingPlan(
            size=int(rng.integers(self.size[0], high + 1)),
            n_rings=n_rings,
            single=self.ring_sizes or (3, 99),
            hetero=tuple((symbol, count) for symbol, count in counts.items() if count),
            aromatic=self.kind == "aromatic",
            joint=str(rng.choice(joints)),
            attach=self.attach,
            carbons=self.carbons or (0, 99),
        )

    def _kind_fits(self, group: Group, atoms: list[Chem.Atom]) -> bool:
        if self.kind == "any":
            return True
        if self.kind == "aromatic":
            return all(atom.GetIsAromatic() for atom in atoms)
        if any(atom.GetIsAromatic() for atom in atoms):
            return False
        return self.kind == "nonaromatic" or all(
            bond.GetBondType() == Chem.BondType.SINGLE
            for atom in atoms
            for bond in atom.GetBonds()
            if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= group.atoms
        )

    def _hetero_fits(self, symbols: list[str]) -> bool:
        allowed = {"C", *(element for element, _, _ in self.hetero)}
        if not set(symbols) <= allowed:
            return False
        if any(not low <= symbols.count(element) <= high for element, low, high in self.hetero):
            return False
        n_hetero = sum(symbol != "C" for symbol in symbols)
        if self.carbons and not self.carbons[0] <= symbols.count("C") <= self.carbons[1]:
            return False
        return self.hetero_total is None or (
            self.hetero_total[0] <= n_hetero <= self.hetero_total[1]
        )

    def _system_fits(self, group: Group) -> bool:
        if self.ring_sizes is None and self.joint == "any":
            return True
        rings = [set(r) for r in group.mol.GetRingInfo().AtomRings() if group.atoms.issuperset(r)]
        low, high = self.ring_sizes or (3, group.size)
        least, most = RING_JOINTS[self.joint]
        shared = [len(one & other) for one, other in combinations(rings, 2)]
        return all(low <= len(ring) <= high for ring in rings) and all(
            least <= count <= most for count in shared if count
        )


_COUNTED: Final = frozenset(("N", "O", "S", "F", "Cl", "Br", "I"))


def _meet_total(
    hetero: tuple[tuple[str, int, int], ...], total: tuple[int, int], rng: np.random.Generator
) -> dict[str, int]:
    """Choose counts of each element that add up to an allowed total."""
    counts = {symbol: low for symbol, low, _ in hetero}
    wanted = int(rng.integers(total[0], total[1] + 1))
    while sum(counts.values()) < wanted:
        open_ = [symbol for symbol, _, high in hetero if counts[symbol] < high]
        if not open_:
            break
        counts[str(rng.choice(open_))] += 1
    return counts


def _only_ring_bonds(group: Group, atom: Chem.Atom) -> bool:
    """Return whether every bond of the atom inside the group is a ring bond."""
    return all(
        bond.IsInRing()
        for bond in atom.GetBonds()
        if bond.GetOtherAtomIdx(atom.GetIdx()) in group.atoms
    )
