"""Cores to regrow: a good structure without one or two of its ends, or without its middle.

Bonds are cut as the policy's blocks are cut (`molagent.propose.motifs`), so what is taken away is
what the policy can put back, or replace.
"""

from __future__ import annotations

import numpy as np
from rdkit import Chem

from molagent.propose.motifs import is_cut, read_mol

__all__ = ["open_core"]

TWO_CUTS = 0.35
# Of two cuts, how often the middle is taken out and not the ends.
LINK = 0.5
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
        The core with ``[*]`` where the parts were, in two pieces where the middle was; None where
        nothing can be cut off.
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
    places = [bonds[i] for i in chosen.tolist()]
    cut = Chem.FragmentOnBonds(mol, places, dummyLabels=[(0, 0)] * count)
    parts = Chem.GetMolFrags(cut, asMols=True, sanitizeFrags=False)
    ends = [part for part in parts if _exits(part) == 1 and _size(part) >= SMALLEST_CORE]
    if count == 1:
        kept = _one_of(ends, rng)
    elif len(ends) == count and rng.random() < LINK:
        kept = Chem.CombineMols(*ends)
    else:
        inside = [part for part in parts if _exits(part) == count]
        kept = _one_of([part for part in inside if _size(part) >= SMALLEST_CORE], rng)
    return None if kept is None else str(Chem.MolToSmiles(kept))


def _one_of(parts: list[Chem.Mol], rng: np.random.Generator) -> Chem.Mol | None:
    """Draw a part in proportion to its size."""
    if not parts:
        return None
    sizes = np.array([_size(part) for part in parts], dtype=np.float64)
    return parts[int(rng.choice(len(parts), p=sizes / sizes.sum()))]


def _size(mol: Chem.Mol) -> int:
    return int(mol.GetNumAtoms()) - _exits(mol)


def _exits(mol: Chem.Mol) -> int:
    return sum(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms())
