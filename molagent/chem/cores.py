"""Cores to grow on: what a series always carries, and as many other rings as leave room.

A Murcko scaffold drops what hangs on its rings, and taking rings off its rim drops what every
potent compound may need. Here the parts that nearly all of a series carry are found first, and are
never taken off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smarts, parse_smiles

__all__ = ["core_keeping", "shared_parts"]

_NEARLY_ALL: Final = 0.95
# Alike are alike: more members say the same and cost a search each.
_MOST_MEMBERS: Final = 120
# A core that is nothing but shared parts may leave as little room as this, in heavy atoms.
_LEAST_ROOM: Final = 4


def shared_parts(smiles: str, members: Sequence[str]) -> tuple[frozenset[int], ...]:
    """Return the parts of a compound, as atoms of its flat drawing, that nearly all members carry.

    Each grows from a ring system, by whole ring systems and single atoms, as long as 95 % of the
    members carry it. A part that lies in a larger one too, as a second phenyl, is none.

    Parameters
    ----------
    smiles
        A compound of the series.
    members
        Compounds of the series, itself among them; the first 120 are asked.

    Examples
    --------
    >>> members = ["Cc1ccc(C(=O)NC2CC2)cc1", "Clc1ccc(C(=O)NCC)cc1", "Fc1cccc(C(=O)NCCC)c1"]
    >>> [sorted(part) for part in shared_parts(members[1], members)]
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]
    """
    mol = _flat(smiles)
    drawn = [_flat(member) for member in members[:_MOST_MEMBERS]]
    pieces = _pieces(mol)
    grown = {_grown(mol, piece, pieces, drawn) for piece in pieces if _in_ring(mol, piece)}
    found: list[frozenset[int]] = []
    for part in sorted(grown - {frozenset()}, key=lambda part: (-len(part), sorted(part))):
        if not any(_cut_out(mol, other).HasSubstructMatch(_query(mol, part)) for other in found):
            found.append(part)
    return tuple(found)


def core_keeping(
    smiles: str, members: Sequence[str], patterns: Sequence[str], max_heavy_atoms: int
) -> str:
    """Return a compound's scaffold with what its series always carries, as far as it leaves room.

    Ring systems that are no shared part are taken off the rim, the smallest first, until at most
    `max_heavy_atoms` are left. '' where the shared parts alone leave fewer than four atoms more.

    Parameters
    ----------
    members
        As in :func:`shared_parts`.
    patterns
        SMARTS of motifs: atoms of those that the compound carries are kept too.

    Examples
    --------
    >>> members = ["OC(=O)c1ccc(CC2CCCCC2)cc1", "OC(=O)c1ccc(CCN)cc1", "Cc1ccc(C(=O)O)cc1"]
    >>> core_keeping(members[0], members, [], 12)
    'Cc1ccc(C(=O)O)cc1'
    """
    mol = _flat(smiles)
    kept = frozenset().union(*shared_parts(smiles, members), _motif_atoms(mol, patterns))
    tree = _Tree(mol, _pieces(mol), kept)
    tree.strip_chains()
    while tree.size > max_heavy_atoms and tree.strip_ring():
        tree.strip_chains()
    room = max_heavy_atoms if tree.holds_more else max_heavy_atoms + _LEAST_ROOM
    return str(Chem.MolToSmiles(_cut_out(mol, tree.atoms))) if 0 < tree.size <= room else ""


@dataclass
class _Tree:
    """The pieces of a molecule that are left; acyclic bonds join them to a tree."""

    mol: Chem.Mol
    pieces: list[frozenset[int]]
    kept: frozenset[int]

    @property
    def atoms(self) -> frozenset[int]:
        return frozenset().union(*self.pieces)

    @property
    def size(self) -> int:
        return len(self.atoms)

    @property
    def holds_more(self) -> bool:
        """Whether a ring system is left that may be taken off."""
        return any(_in_ring(self.mol, piece) and not piece & self.kept for piece in self.pieces)

    def strip_chains(self) -> None:
        """Take off what hangs on rings and is not kept, as in a Murcko scaffold."""
        while chains := [leaf for leaf in self._leaves() if not _in_ring(self.mol, leaf)]:
            self.pieces = [piece for piece in self.pieces if piece not in chains]

    def strip_ring(self) -> bool:
        """Take the smallest ring system off the rim; False where all that is left is kept."""
        rings = [leaf for leaf in self._leaves() if _in_ring(self.mol, leaf)]
        if not rings or len(self.pieces) == 1:
            return False
        taken = min(rings, key=lambda ring: (len(ring), sorted(ring)))
        self.pieces = [piece for piece in self.pieces if piece != taken]
        return True

    def _leaves(self) -> list[frozenset[int]]:
        """Return the pieces with one neighbour at most that are not kept."""
        left = self.atoms
        leaves = []
        for piece in self.pieces:
            joined = sum(
                other.GetIdx() in left - piece
                for atom in piece
                for other in self.mol.GetAtomWithIdx(atom).GetNeighbors()
            )
            if joined <= 1 and not piece & self.kept:
                leaves.append(piece)
        return leaves


def _grown(
    mol: Chem.Mol,
    piece: frozenset[int],
    pieces: Sequence[frozenset[int]],
    members: Sequence[Chem.Mol],
) -> frozenset[int]:
    """Return the largest part around a piece that nearly all carry; empty if not even itself."""
    part = piece
    if not _is_shared(mol, part, members):
        return frozenset()
    refused: set[frozenset[int]] = set()
    while waiting := [
        each
        for each in pieces
        if not each <= part and each not in refused and _touch(mol, part, each)
    ]:
        wider = part | waiting[0]
        if _is_shared(mol, wider, members):
            part = wider
        else:
            refused.add(waiting[0])
    return part


def _is_shared(mol: Chem.Mol, part: frozenset[int], members: Sequence[Chem.Mol]) -> bool:
    query = _query(mol, part)
    carried = sum(member.HasSubstructMatch(query) for member in members)
    return carried >= _NEARLY_ALL * len(members)


def _query(mol: Chem.Mol, part: frozenset[int]) -> Chem.Mol:
    # Without hydrogens on nitrogen: what hangs there elsewhere is the series' own variation.
    return parse_smarts(Chem.MolFragmentToSmiles(mol, sorted(part)).replace("[nH]", "n"))


def _touch(mol: Chem.Mol, part: frozenset[int], piece: frozenset[int]) -> bool:
    return any(
        other.GetIdx() in part
        for atom in piece
        for other in mol.GetAtomWithIdx(atom).GetNeighbors()
    )


def _motif_atoms(mol: Chem.Mol, patterns: Sequence[str]) -> frozenset[int]:
    """Return the atoms of one place a pattern, of those that the molecule carries."""
    atoms: set[int] = set()
    for pattern in patterns:
        places = mol.GetSubstructMatches(parse_smarts(pattern), maxMatches=50)
        if places:
            # The place that needs fewest atoms more.
            atoms |= set(min(places, key=lambda place: (len(set(place) - atoms), place)))
    return frozenset(atoms)


def _in_ring(mol: Chem.Mol, piece: frozenset[int]) -> bool:
    return any(mol.GetAtomWithIdx(atom).IsInRing() for atom in piece)


def _pieces(mol: Chem.Mol) -> list[frozenset[int]]:
    """Return ring systems and single atoms; what a double or triple bond joins is one piece."""
    joined = Chem.RWMol(mol)
    for bond in mol.GetBonds():
        if not bond.IsInRing() and bond.GetBondType() == Chem.BondType.SINGLE:
            joined.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    return [frozenset(atoms) for atoms in Chem.GetMolFrags(joined)]


def _cut_out(mol: Chem.Mol, atoms: frozenset[int]) -> Chem.Mol:
    """Return atoms of a molecule as a molecule, hydrogens in the place of what hung on them."""
    cut = Chem.RWMol(mol)
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtom(), bond.GetEndAtom()
        for here, there in (ends, ends[::-1]):
            if here.GetIdx() in atoms and there.GetIdx() not in atoms:
                left = cut.GetAtomWithIdx(here.GetIdx())
                if left.GetNoImplicit() or left.GetIsAromatic():
                    left.SetNumExplicitHs(left.GetNumExplicitHs() + 1)
    for index in sorted(set(range(mol.GetNumAtoms())) - atoms, reverse=True):
        cut.RemoveAtom(index)
    Chem.SanitizeMol(cut)
    return cut.GetMol()


@lru_cache(maxsize=4096)
def _flat(smiles: str) -> Chem.Mol:
    """Return a molecule without stereo; read again, so that carbons are in no bracket any more."""
    mol = parse_smiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return parse_smiles(Chem.MolToSmiles(mol, canonical=False))
