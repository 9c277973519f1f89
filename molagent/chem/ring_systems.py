"""Ring systems of a molecule: fused, spiro and bridged rings with what is doubly bonded to them."""

from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase

__all__ = ["ring_systems", "ring_systems_as_drawn"]

_KEPT: Final = 50_000


def ring_systems(mol: Chem.Mol) -> tuple[str, ...]:
    """Return the different ring systems of a molecule as canonical SMILES without stereo, in order.

    Every single bond outside a ring is cut and its place given a hydrogen; what still holds a ring
    is a ring system. This is how ChEMBL's ring systems were collected (after Walters 2022,
    practicalcheminformatics.blogspot.com, "Identifying ring systems in molecules").

    Examples
    --------
    >>> ring_systems(Chem.MolFromSmiles("O=C1CC[C@@H](C)N1Cc1ccccc1"))
    ('O=C1CCCN1', 'c1ccccc1')
    """
    systems = _atoms_of_systems(mol)
    if not systems:
        return ()
    symbols = [""] * mol.GetNumAtoms()
    for system in systems:
        for index in system:
            symbols[index] = _symbol(mol.GetAtomWithIdx(index), system)
    drawn = (
        Chem.MolFragmentToSmiles(
            mol, sorted(system), atomSymbols=symbols, isomericSmiles=False, canonical=True
        )
        for system in systems
    )
    return tuple(sorted({_canonical(each) for each in drawn}))


def ring_systems_as_drawn(mol: Chem.Mol) -> tuple[str, ...]:
    """Return the same with stereo as drawn; slower.

    Examples
    --------
    >>> ring_systems_as_drawn(Chem.MolFromSmiles("CN1C[C@H]2CC[C@@H]1C2"))
    ('C1C[C@@H]2C[C@H]1CN2',)
    """
    if not mol.GetRingInfo().NumRings():
        return ()
    cut = [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing()
    ]
    with rdBase.BlockLogs():
        parts = Chem.FragmentOnBonds(mol, cut) if cut else mol
        pieces = Chem.GetMolFrags(parts, asMols=True)
        found = {_closed(piece) for piece in pieces if piece.GetRingInfo().NumRings()}
    return tuple(sorted(found))


def _atoms_of_systems(mol: Chem.Mol) -> list[frozenset[int]]:
    """Return the atoms of each ring system: no single bond outside a ring holds them together."""
    rings = mol.GetRingInfo()
    systems: list[set[int]] = [set(ring) for ring in rings.AtomRings()]
    if not systems:
        return []
    doubly = [
        {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
        for bond in mol.GetBonds()
        if bond.GetBondType() != Chem.BondType.SINGLE and not rings.NumBondRings(bond.GetIdx())
    ]
    joined: list[set[int]] = []
    for group in (*systems, *doubly):
        touching = [each for each in joined if each & group]
        joined = [each for each in joined if not each & group]
        joined.append(group.union(*touching))
    return [
        frozenset(group) for group in joined if any(rings.NumAtomRings(index) for index in group)
    ]


def _symbol(atom: Chem.Atom, system: frozenset[int]) -> str:
    """Return an atom as SMILES with a hydrogen for each neighbour that is cut off."""
    cut = sum(neighbour.GetIdx() not in system for neighbour in atom.GetNeighbors())
    hydrogens, charge = atom.GetTotalNumHs() + cut, atom.GetFormalCharge()
    element = atom.GetSymbol().lower() if atom.GetIsAromatic() else atom.GetSymbol()
    return f"[{element}{f'H{hydrogens}' if hydrogens else ''}{f'{charge:+d}' if charge else ''}]"


@lru_cache(maxsize=_KEPT)
def _canonical(drawn: str) -> str:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(drawn)
    return drawn if mol is None else Chem.MolToSmiles(mol)


def _closed(piece: Chem.Mol) -> str:
    """Return a piece with hydrogens where it was cut."""
    for atom in piece.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(1)
            atom.SetIsotope(0)
    ring = Chem.RemoveAllHs(piece)
    for bond in ring.GetBonds():
        ends = bond.GetBeginAtom(), bond.GetEndAtom()
        # A double bond to an end without substituents has no stereo left.
        if bond.GetBondType() == Chem.BondType.DOUBLE and min(e.GetDegree() for e in ends) == 1:
            bond.SetStereo(Chem.BondStereo.STEREONONE)
    return Chem.MolToSmiles(ring)
