"""Cores to regrow: a good structure without one or two of its parts.

Bonds are cut as the policy's blocks are cut (`molagent.propose.motifs`), so what is taken away is
what the policy can put back, or replace.
"""

from __future__ import annotations

import numpy as np
from rdkit import Chem

from molagent.propose.motifs import is_cut, read_mol

__all__ = ["open_core"]

TWO_CUTS = 0.35
SMALLEST_CORE = 4


def _terminal_bonds(mol: Chem.Mol) -> list[int]:
    """Single bonds to a terminal atom: the smallest parts that can be replaced."""
    return [
        bond.GetIdx()
        for bond in mol.GetBonds()
        if bond.GetBondType() == Chem.BondType.SINGLE
        and 1 in {bond.GetBeginAtom().GetDegree(), bond.GetEndAtom().GetDegree()}
    ]


def open_core(smiles: str, rng: np.random.Generator) -> str | None:
    """Cut one or two parts off a structure at random.

    Parameters
    ----------
    smiles
        Structure without stereo marks.
    rng
        Random numbers.

    Returns
    -------
    str or None
        The core with ``[*]`` where the parts were; None where nothing can be cut off.
    """
    mol = read_mol(smiles)
    if mol is None:
        return None
    inner = [bond.GetIdx() for bond in mol.GetBonds() if is_cut(bond)]
    bonds = inner + _terminal_bonds(mol)
    if not bonds:
        return None
    # Every bond between blocks is as likely as all terminal bonds together.
    weights = np.array([1.0] * len(inner) + [1.0 / (len(bonds) - len(inner) or 1)] * len(bonds))
    weights = weights[: len(bonds)] / weights[: len(bonds)].sum()
    count = 2 if len(bonds) > 1 and rng.random() < TWO_CUTS else 1
    chosen = rng.choice(len(bonds), size=count, replace=False, p=weights)
    cut = Chem.FragmentOnBonds(
        mol, [bonds[i] for i in chosen.tolist()], dummyLabels=[(0, 0)] * count
    )
    parts = [
        part
        for part in Chem.GetMolFrags(cut, asMols=True, sanitizeFrags=False)
        if _exits(part) == count or count == 1
    ]
    sizes = np.array([part.GetNumAtoms() - _exits(part) for part in parts], dtype=np.float64)
    if not len(sizes) or sizes.max() < SMALLEST_CORE:
        return None
    sizes[sizes < SMALLEST_CORE] = 0.0
    part = parts[int(rng.choice(len(parts), p=sizes / sizes.sum()))]
    return str(Chem.MolToSmiles(part))


def _exits(mol: Chem.Mol) -> int:
    return sum(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms())
