"""The ring predicate of the claim language: one ring or fused system and its hetero atoms."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.patents.markush.groups import Group
from molagent.patents.markush.predicates import span

__all__ = ["Ring"]


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring or fused ring system, all of whose atoms are ring atoms.

    Attributes
    ----------
    size
        Fewest and most ring atoms.
    rings
        Fewest and most rings.
    kind
        ``saturated``, ``aromatic`` or ``any``.
    hetero
        Element to fewest and most; an element that is not listed may not occur.
    hetero_total
        Fewest and most hetero atoms together, None for no bound.
    attach
        Elements by which the ring may be attached; empty for any.
    """

    size: tuple[int, int]
    rings: tuple[int, int] = (1, 1)
    kind: str = "any"
    hetero: tuple[tuple[str, int, int], ...] = ()
    hetero_total: tuple[int, int] | None = None
    attach: tuple[str, ...] = ()

    def matches(self, group: Group) -> bool:
        """Check size, ring count, saturation, hetero atoms and the attachment."""
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
        )

    def describe(self) -> str:
        """Return for example ``saturated 4-7-membered ring with 1-2 O``."""
        words = [] if self.kind == "any" else [self.kind]
        words.append(f"{span(*self.size)}-membered")
        words.append("ring" if self.rings == (1, 1) else f"system of {span(*self.rings)} rings")
        if not self.hetero:
            words.append("of carbon")
        elif self.hetero_total is None:
            counts = (f"{span(low, high)} {element}" for element, low, high in self.hetero)
            words.append("with " + " and ".join(counts))
        else:
            elements = ", ".join(element for element, _, _ in self.hetero)
            words.append(f"with {span(*self.hetero_total)} hetero atoms ({elements})")
        return " ".join(words)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a monocycle of a random size with the fewest hetero atoms it must have."""
        size = int(rng.integers(self.size[0], self.size[1] + 1))
        return self._draw(size)

    def sample_outside(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - the border is one point
        """Draw one ring atom too many."""
        return self._draw(self.size[1] + 1) if self.kind != "aromatic" else "*C1CCCCC1"

    def _draw(self, size: int) -> str:
        atoms = ["C"] * size
        place = 2  # not at the attachment, not next to it unless the ring is small
        for element, low, _ in self.hetero:
            for _ in range(low):
                atoms[place % size] = element
                place += 2
        if self.hetero_total and not any(low for _, low, _ in self.hetero):
            for _ in range(self.hetero_total[0]):
                atoms[place % size] = self.hetero[0][0]
                place += 2
        if self.kind == "aromatic":
            return _draw_aromatic(size, [atom for atom in atoms if atom != "C"])
        return "*" + atoms[0] + "1" + "".join(atoms[1:]) + "1"

    def _kind_fits(self, group: Group, atoms: list[Chem.Atom]) -> bool:
        if self.kind == "aromatic":
            return all(atom.GetIsAromatic() for atom in atoms)
        if self.kind == "saturated":
            return not any(atom.GetIsAromatic() for atom in atoms) and all(
                bond.GetBondType() == Chem.BondType.SINGLE
                for atom in atoms
                for bond in atom.GetBonds()
                if {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= group.atoms
            )
        return True

    def _hetero_fits(self, symbols: list[str]) -> bool:
        allowed = {"C", *(element for element, _, _ in self.hetero)}
        if not set(symbols) <= allowed:
            return False
        if any(not low <= symbols.count(element) <= high for element, low, high in self.hetero):
            return False
        n_hetero = sum(symbol != "C" for symbol in symbols)
        return self.hetero_total is None or (
            self.hetero_total[0] <= n_hetero <= self.hetero_total[1]
        )


_AROMATIC_SIX: Final = {0: "*c1ccccc1", 1: "*c1cccnc1", 2: "*c1cncnc1"}
_AROMATIC_FIVE: Final = {"N": "*c1ccc[nH]1", "O": "*c1ccco1", "S": "*c1cccs1"}
_SIX: Final = 6


def _draw_aromatic(size: int, hetero: list[str]) -> str:
    if size == _SIX:
        return _AROMATIC_SIX[min(len(hetero), 2)]
    return _AROMATIC_FIVE[hetero[0] if hetero else "N"]


def _only_ring_bonds(group: Group, atom: Chem.Atom) -> bool:
    """Return whether every bond of the atom inside the group is a ring bond."""
    return all(
        bond.IsInRing()
        for bond in atom.GetBonds()
        if bond.GetOtherAtomIdx(atom.GetIdx()) in group.atoms
    )
