"""Joining groups: draws molecules for the fuzz tests of claims."""

from collections.abc import Sequence

import numpy as np
from rdkit import Chem, rdBase

from molagent.errors import StructureError

__all__ = ["free_hydrogens", "join_groups", "join_on_random_atoms"]


def free_hydrogens(mol: Chem.Mol, index: int) -> int:
    """Return how many groups an atom of a core can still carry."""
    return int(mol.GetAtomWithIdx(index).GetTotalNumHs())


def join_groups(core: Chem.Mol, placed: Sequence[tuple[int, str]]) -> Chem.Mol:
    """Return the core with groups (SMILES with one ``*``) joined to its atoms.

    Raises
    ------
    StructureError
        If the result is no valid molecule.

    Examples
    --------
    >>> phenol = join_groups(Chem.MolFromSmiles("c1ccccc1"), [(0, "*O")])
    >>> Chem.MolToSmiles(phenol)
    'Oc1ccccc1'
    """
    editable = Chem.RWMol(core)
    dummies: list[int] = []
    for index, smiles in placed:
        group = Chem.MolFromSmiles(smiles)
        if group is None:
            raise StructureError(f"group {smiles!r} is not SMILES", remedy="correct the predicate")
        dummy = next(atom for atom in group.GetAtoms() if atom.GetAtomicNum() == 0)
        bond = dummy.GetBonds()[0]
        offset = editable.GetNumAtoms()
        editable.InsertMol(group)
        target = editable.GetAtomWithIdx(index)
        if target.GetNumExplicitHs():
            target.SetNumExplicitHs(target.GetNumExplicitHs() - 1)
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


def join_on_random_atoms(smiles: str, extras: Sequence[str], rng: np.random.Generator) -> str:
    """Return a group with hydrogens of random carbons replaced by other groups.

    All of them hang on the group itself, none on another; as many as there are hydrogens for.
    """
    mol = Chem.MolFromSmiles(smiles)
    places = [
        atom.GetIdx()
        for atom in mol.GetAtoms()
        if atom.GetSymbol() == "C"
        for _ in range(atom.GetTotalNumHs())
    ]
    chosen = [int(place) for place in rng.permutation(places)]
    placed = list(zip(chosen, extras, strict=False))
    return Chem.MolToSmiles(join_groups(mol, placed)) if placed else smiles
