"""Groups: the parts of a molecule that hang off the core of a claim.

A group is a set of atoms with one bond to the rest. The questions asked of it (is it acyclic, where
does it branch, what is left when a substituent is taken off) are answered on the whole molecule,
so nothing is cut out and re-sanitised.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rdkit import Chem

__all__ = [
    "Group",
    "branches",
    "cuts",
    "find_neighbours",
    "free_group",
    "group_smiles",
    "groups_at",
]


@dataclass(frozen=True, slots=True)
class Group:
    """Atoms of `mol` that hang on `anchor` (outside the group) by the bond to `root`.

    Attributes
    ----------
    bond
        Bond order between `anchor` and `root`.
    adjacency
        Neighbours of every atom of `mol`: asking RDKit each time costs ten times as much.
    """

    mol: Chem.Mol
    atoms: frozenset[int]
    root: int
    anchor: int
    adjacency: tuple[tuple[int, ...], ...]
    bond: float = 1.0

    @property
    def size(self) -> int:
        """How many atoms the group has, explicit deuterium included."""
        return len(self.atoms)

    def atom(self, index: int) -> Chem.Atom:
        """Return an atom of the molecule."""
        return self.mol.GetAtomWithIdx(index)

    def inner_neighbours(self, index: int) -> list[int]:
        """Return the neighbours of an atom that belong to the group."""
        return [neighbour for neighbour in self.adjacency[index] if neighbour in self.atoms]

    def n_inner_bonds(self) -> int:
        """Return how many bonds join two atoms of the group."""
        return sum(len(self.inner_neighbours(index)) for index in self.atoms) // 2

    def has_ring(self) -> bool:
        """Return whether the group closes a ring of its own."""
        return self.n_inner_bonds() >= self.size

    def is_saturated_carbon(self, index: int) -> bool:
        """Return whether an atom is a neutral carbon whose bonds within the group are single.

        A substituent that was taken off may have hung by a double bond, as oxo does.
        """
        atom = self.atom(index)
        return (
            atom.GetAtomicNum() == 6  # carbon
            and not atom.GetIsAromatic()
            and atom.GetFormalCharge() == 0
            and atom.GetNumRadicalElectrons() == 0
            and all(
                bond.GetBondType() == Chem.BondType.SINGLE
                for bond in atom.GetBonds()
                if bond.GetOtherAtomIdx(index) in self.atoms
            )
        )

    def without(self, part: frozenset[int]) -> "Group":
        """Return the group with some atoms taken off."""
        return replace(self, atoms=self.atoms - part)


def branches(group: Group) -> list[Group] | None:
    """Return what hangs on the root once the root is taken off; None if two of them are joined."""
    rest = group.atoms - {group.root}
    found: list[Group] = []
    seen: set[int] = set()
    for start in group.inner_neighbours(group.root):
        if start in seen:
            return None
        atoms = _reach(group.adjacency, start, rest)
        seen |= atoms
        found.append(_hang(group.mol, group.adjacency, atoms, start, group.root))
    return found


def cuts(group: Group) -> Iterator[tuple[Group, Group]]:
    """Yield every way to take one subgroup off: (what stays with the root, what comes off).

    Only bonds outside rings are cut, so both sides are groups again; what comes off knows by
    which bond it hung.
    """
    for index in group.atoms:
        for neighbour in group.inner_neighbours(index):
            if group.mol.GetBondBetweenAtoms(index, neighbour).IsInRing():
                continue
            off = _reach(group.adjacency, neighbour, group.atoms - {index})
            if group.root not in off:
                hanging = _hang(group.mol, group.adjacency, off, neighbour, index)
                yield group.without(off), hanging


def find_neighbours(mol: Chem.Mol) -> tuple[tuple[int, ...], ...]:
    """Return the neighbours of every atom."""
    return tuple(
        tuple(neighbour.GetIdx() for neighbour in atom.GetNeighbors()) for atom in mol.GetAtoms()
    )


def free_group(smiles: str) -> Group:
    """Return the group that SMILES with ``*`` where it is attached stands for.

    Examples
    --------
    >>> free_group("*OC").size
    2
    """
    mol = Chem.MolFromSmiles(smiles)
    [anchor] = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    rest = frozenset(range(mol.GetNumAtoms())) - {anchor}
    [group] = groups_at(mol, find_neighbours(mol), anchor, rest)
    return group


def groups_at(
    mol: Chem.Mol, adjacency: tuple[tuple[int, ...], ...], anchor: int, rest: frozenset[int]
) -> Iterator[Group]:
    """Yield what hangs on an atom, among the atoms `rest` (which do not include it)."""
    for start in adjacency[anchor]:
        if start in rest:
            yield _hang(mol, adjacency, _reach(adjacency, start, rest), start, anchor)


def group_smiles(group: Group) -> str:
    """Return the group as SMILES without stereo, ``*`` where it is attached.

    Examples
    --------
    >>> anisole = Chem.MolFromSmiles("COc1ccccc1")
    >>> [methoxy] = groups_at(anisole, find_neighbours(anisole), 2, frozenset({0, 1}))
    >>> group_smiles(methoxy)
    '*OC'
    """
    # Chiral marks depend on the order of neighbours, which the fragment does not keep.
    symbols = [""] * group.mol.GetNumAtoms()
    for index in group.atoms:
        atom = group.atom(index)
        symbols[index] = atom.GetSmarts(isomericSmiles=atom.GetIsotope() > 0)
    symbols[group.anchor] = "*"
    text = Chem.MolFragmentToSmiles(
        group.mol,
        atomsToUse=[*sorted(group.atoms), group.anchor],
        atomSymbols=symbols,
        rootedAtAtom=group.anchor,
        isomericSmiles=False,
    )
    return str(text)


def _reach(
    adjacency: tuple[tuple[int, ...], ...], start: int, allowed: frozenset[int]
) -> frozenset[int]:
    """Return the connected atoms of `allowed` that contain `start`."""
    seen = {start}
    stack = [start]
    while stack:
        for index in adjacency[stack.pop()]:
            if index in allowed and index not in seen:
                seen.add(index)
                stack.append(index)
    return frozenset(seen)


def _hang(
    mol: Chem.Mol,
    adjacency: tuple[tuple[int, ...], ...],
    atoms: frozenset[int],
    root: int,
    anchor: int,
) -> Group:
    bond = mol.GetBondBetweenAtoms(anchor, root)
    return Group(mol, atoms, root, anchor, adjacency, float(bond.GetBondTypeAsDouble()))
