"""Joining groups: draws molecules for the fuzz tests of claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molagent.errors import StructureError

__all__ = [
    "WrittenCore",
    "free_hydrogens",
    "join_groups",
    "join_linker",
    "join_on_random_atoms",
    "write_group",
    "written_core",
]

# A double bond asks for two hydrogens of one atom; another place may have them.
_ATTEMPTS: Final = 8


def free_hydrogens(mol: Chem.Mol, index: int) -> int:
    """Return how many groups an atom of a core can still carry."""
    return int(mol.GetAtomWithIdx(index).GetTotalNumHs())


def join_groups(core: Chem.Mol, placed: Sequence[tuple[int, str]]) -> Chem.Mol:
    """Return the core with groups (SMILES with one ``*``) joined to its atoms.

    Raises
    ------
    StructureError
        If the result is not a valid molecule.

    Examples
    --------
    >>> phenol = join_groups(Chem.MolFromSmiles("c1ccccc1"), [(0, "*O")])
    >>> Chem.MolToSmiles(phenol)
    'Oc1ccccc1'
    """
    editable = Chem.RWMol(core)
    dummies: list[int] = []
    for index, smiles in placed:
        group = _parse(smiles)
        dummy = next(atom for atom in group.GetAtoms() if atom.GetAtomicNum() == 0)
        bond = dummy.GetBonds()[0]
        offset = editable.GetNumAtoms()
        editable.InsertMol(group)
        target = editable.GetAtomWithIdx(index)
        order = int(bond.GetBondTypeAsDouble())
        target.SetNumExplicitHs(max(0, target.GetNumExplicitHs() - order))
        editable.AddBond(index, offset + bond.GetOtherAtomIdx(dummy.GetIdx()), bond.GetBondType())
        dummies.append(offset + dummy.GetIdx())
    for index in sorted(dummies, reverse=True):
        editable.RemoveAtom(index)
    result = editable.GetMol()
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(result)
        except (Chem.MolSanitizeException, ValueError) as error:
            raise StructureError(
                f"groups {[smiles for _, smiles in placed]} do not fit ({error})",
                remedy="check positions and counts of the claim",
            ) from error
    return result


@lru_cache(maxsize=8192)
def _parse(smiles: str) -> Chem.Mol:
    """Return a group; the same few are drawn again and again."""
    group = Chem.MolFromSmiles(smiles)
    if group is None:
        raise StructureError(f"group {smiles!r} is not SMILES", remedy="correct the predicate")
    return group


@dataclass(frozen=True, slots=True)
class WrittenCore:
    """A core as it was written, ready to carry groups.

    Attributes
    ----------
    mol
        The core without map numbers; not to be changed.
    atom_of
        Position to atom index.
    free
        Position to how many groups it can carry.
    """

    mol: Chem.Mol
    atom_of: Mapping[int, int]
    free: Mapping[int, int]


@lru_cache(maxsize=2048)
def written_core(smiles: str) -> WrittenCore:
    """Return a core that is drawn on many times.

    Examples
    --------
    >>> dict(written_core("[NH2:1]c1cc[cH:3]cc1").free)
    {1: 2, 3: 1}
    """
    mol = Chem.MolFromSmiles(smiles)
    numbers = {atom.GetIdx(): atom.GetAtomMapNum() for atom in mol.GetAtoms()}
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    atom_of = {number: index for index, number in numbers.items() if number}
    free = {number: free_hydrogens(mol, index) for number, index in atom_of.items()}
    return WrittenCore(mol, atom_of, free)


def join_on_random_atoms(
    smiles: str, extras: Sequence[str], rng: np.random.Generator, *, needed: int = 0
) -> str:
    """Return a group with hydrogens of random atoms replaced by other groups.

    All of them hang on the group itself, none on another; as many as there are hydrogens for.
    Carbons come first, then nitrogens.

    Raises
    ------
    StructureError
        If fewer than `needed` find a place.
    """
    mol = Chem.MolFromSmiles(smiles)
    for _ in range(_ATTEMPTS):
        places = [
            atom.GetIdx()
            for symbol in ("C", "N")
            for atom in (mol.GetAtomWithIdx(int(i)) for i in rng.permutation(mol.GetNumAtoms()))
            if atom.GetSymbol() == symbol
            for _ in range(atom.GetTotalNumHs())
        ]
        n_carbon = sum(mol.GetAtomWithIdx(place).GetSymbol() == "C" for place in places)
        places[:n_carbon] = rng.permutation(places[:n_carbon]).tolist()
        placed = list(zip(places, extras, strict=False))
        if len(placed) < needed:
            break
        if not placed:
            return smiles
        try:
            return write_group(join_groups(mol, placed))
        except StructureError:
            continue
    raise StructureError(
        f"{smiles} has no place for {', '.join(extras)}", remedy="check counts of the claim"
    )


def write_group(mol: Chem.Mol) -> str:
    """Return a group as SMILES that begins with its ``*``.

    Examples
    --------
    >>> write_group(Chem.MolFromSmiles("CO*"))
    '*OC'
    """
    dummy = next(atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0)
    return str(Chem.MolToSmiles(mol, rootedAtAtom=dummy))


def join_linker(linker: str, group: str) -> str:
    """Return a group behind a linker, whose second ``*`` it takes; its own ``*`` comes first.

    Examples
    --------
    >>> join_linker("*OCC*", "*C#N")
    '*OCCC#N'
    >>> join_linker("*OCC*", "*OCC*")
    '*OCCOCC*'
    """
    if not linker:
        return group
    first, second = Chem.MolFromSmiles(linker), Chem.MolFromSmiles(group)
    near, far = (atom.GetIdx() for atom in first.GetAtoms() if atom.GetAtomicNum() == 0)
    offset = first.GetNumAtoms()
    joined = Chem.RWMol(Chem.CombineMols(first, second))
    own = next(atom.GetIdx() for atom in second.GetAtoms() if atom.GetAtomicNum() == 0) + offset
    end, root = (joined.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in (far, own))
    joined.AddBond(end, root, joined.GetBondBetweenAtoms(own, root).GetBondType())
    for place in sorted((far, own), reverse=True):
        joined.RemoveAtom(place)
    mol = joined.GetMol()
    Chem.SanitizeMol(mol)
    return str(Chem.MolToSmiles(mol, rootedAtAtom=near - int(far < near)))
