"""Bridges over two atoms of a core: which there are for a ring, and putting one in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise, product
from typing import Final

from rdkit import Chem, rdBase

from molagent.patents.markush.assemble import free_hydrogens
from molagent.patents.markush.predicates import span

__all__ = ["BOND", "JOINED_KINDS", "JoinedRing", "bridge_core"]

BOND: Final = "bond"
JOINED_KINDS: Final = ("saturated", "aromatic", "any")
_HIGHER: Final = {
    Chem.BondType.SINGLE: Chem.BondType.DOUBLE,
    Chem.BondType.DOUBLE: Chem.BondType.TRIPLE,
}
_FEWEST_OF_A_LOOP: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedRing:
    """The ring that two sites close: its size, and what the new atoms are."""

    sizes: tuple[int, int]
    hetero: Mapping[str, tuple[int, int]]
    total: tuple[int, int]
    kind: str

    def bridges(self, inside: int) -> Iterator[str]:
        """Yield the bridges where `inside` atoms of the core lie in the ring."""
        for size in range(self.sizes[0], self.sizes[1] + 1):
            length = size - inside
            for elements in product(("C", *self.hetero), repeat=max(0, length)):
                counts = {symbol: elements.count(symbol) for symbol in self.hetero}
                fits = all(low <= counts[s] <= high for s, (low, high) in self.hetero.items())
                if length >= 0 and fits and self.total[0] <= sum(counts.values()) <= self.total[1]:
                    yield from self._bonded(elements)

    def _bonded(self, elements: tuple[str, ...]) -> Iterator[str]:
        if not elements:
            yield BOND
            return
        places = [
            place
            for place in range(1, len(elements))
            if self.kind != "saturated" and set(elements[place - 1 : place + 1]) <= {"C", "N"}
        ]
        for number in range(len(places) + 1):
            for double in combinations(places, number):
                if all(b - a > 1 for a, b in pairwise(double)):
                    chain = ("=" * (i in double) + symbol for i, symbol in enumerate(elements))
                    yield f"*{''.join(chain)}*"

    def describe(self) -> str:
        """Return for example ``a saturated 5-7-membered ring with 0-1 O``."""
        hetero = [f"{span(*self.hetero[symbol])} {symbol}" for symbol in self.hetero]
        word = "" if self.kind == "any" else f"{self.kind} "
        return f"a {word}{span(*self.sizes)}-membered ring" + (
            f" with {' and '.join(hetero)} among the new atoms" if hetero else ""
        )


def bridge_core(
    core: Chem.Mol, one: int, two: int, bridge: str
) -> tuple[Chem.Mol, list[int]] | None:
    """Return a core bridged between two atoms, and the new atoms.

    None where hydrogens or valences forbid it.

    Examples
    --------
    >>> mol, new = bridge_core(Chem.MolFromSmiles("c1ccccc1"), 0, 1, "*OCO*")
    >>> Chem.MolToSmiles(mol), new
    ('c1ccc2c(c1)OCO2', [6, 7, 8])
    """
    mol = Chem.RWMol(core)
    if bridge == BOND:
        taken = [(one, 1), (two, 1)] if _add_bond(mol, one, two) else []
    else:
        taken = _add_group(mol, one, two, Chem.MolFromSmiles(bridge))
    for atom in {atom for atom, _ in taken}:
        order = sum(each for at, each in taken if at == atom)
        if free_hydrogens(core, atom) < order:
            return None
        ended = mol.GetAtomWithIdx(atom)
        ended.SetNumExplicitHs(max(0, ended.GetNumExplicitHs() - order))
    with rdBase.BlockLogs():
        valid = Chem.SanitizeMol(mol, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE
    if not taken or not valid:
        return None
    return mol.GetMol(), list(range(core.GetNumAtoms(), mol.GetNumAtoms()))


def _add_bond(mol: Chem.RWMol, one: int, two: int) -> bool:
    """Join two atoms, or make their bond the next higher one."""
    if one == two:
        return False
    bond: Chem.Bond | None = mol.GetBondBetweenAtoms(one, two)
    if bond is None:
        mol.AddBond(one, two, Chem.BondType.SINGLE)
    elif bond.GetBondType() in _HIGHER:
        bond.SetBondType(_HIGHER[bond.GetBondType()])
    else:
        return False
    return True


def _add_group(mol: Chem.RWMol, one: int, two: int, group: Chem.Mol) -> list[tuple[int, int]]:
    """Hang a group on both atoms; return (atom, hydrogens taken), empty where it cannot hang."""
    ends = [atom for atom in group.GetAtoms() if atom.GetAtomicNum() == 0]
    links = [(end.GetNeighbors()[0].GetIdx(), end.GetBonds()[0]) for end in ends]
    looped = one == two and group.GetNumAtoms() - len(ends) < _FEWEST_OF_A_LOOP
    if (len(ends) == 1 and one != two) or (len(ends) > 1 and looped):
        return []
    offset = mol.GetNumAtoms()
    mol.InsertMol(group)
    taken = []
    for atom, (inner, bond) in zip((one, two), links, strict=False):
        mol.AddBond(atom, offset + inner, bond.GetBondType())
        taken.append((atom, int(bond.GetBondTypeAsDouble())))
    for index in sorted((offset + end.GetIdx() for end in ends), reverse=True):
        mol.RemoveAtom(index)
    return taken
