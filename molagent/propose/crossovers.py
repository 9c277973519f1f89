"""Children of two parents: a part of one joined to a part of the other.

After Jensen 2019, doi:10.1039/C8SC05372C: parents are cut at an acyclic single bond, or at two
bonds of a ring that is not aromatic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rdkit import Chem

from molagent.propose.children import (
    CHILD_ATTEMPTS,
    SINGLE,
    clear_touched,
    find_centres,
    finish_child,
    is_plain,
    kekule_copy,
)

__all__ = ["crossover"]

RING_CROSSOVER_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class _CutHalf:
    """A part of a parent and the atoms where it was cut."""

    mol: Chem.RWMol
    ends: tuple[int, ...]


def _half(mol: Chem.RWMol, ends: list[int], rng: np.random.Generator) -> _CutHalf | None:
    """Return one of the two parts into which `mol` fell; `ends` lists both sides of each cut."""
    parts = Chem.GetMolFrags(mol)
    if len(parts) != 2:  # two halves
        return None
    chosen = set(parts[int(rng.integers(2))])
    keep = tuple(e for e in ends if e in chosen)
    if len(keep) * 2 != len(ends):
        return None
    for number, atom in enumerate(mol.GetAtoms()):
        atom.SetIntProp("_number", number)
    for end in ends:
        mol.GetAtomWithIdx(end).SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
    for index in sorted(set(range(mol.GetNumAtoms())) - chosen, reverse=True):
        mol.RemoveAtom(index)
    moved = {a.GetIntProp("_number"): a.GetIdx() for a in mol.GetAtoms()}
    return _CutHalf(mol, tuple(moved[e] for e in keep))


def _cut_chain(mol: Chem.Mol, rng: np.random.Generator) -> _CutHalf | None:
    work = kekule_copy(mol)
    bonds = [b for b in work.GetBonds() if b.GetBondType() == SINGLE and not b.IsInRing()]
    if not bonds:
        return None
    bond = bonds[int(rng.integers(len(bonds)))]
    ends = [bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()]
    work.RemoveBond(*ends)
    return _half(work, ends, rng)


def _cut_ring(mol: Chem.Mol, rng: np.random.Generator) -> _CutHalf | None:
    work = kekule_copy(mol)
    rings = work.GetRingInfo().BondRings()
    if not rings:
        return None
    ring = rings[int(rng.integers(len(rings)))]
    bonds = [work.GetBondWithIdx(b) for b in ring]
    singles = [b.GetIdx() for b in bonds if b.GetBondType() == SINGLE and is_plain(b)]
    if len(singles) < 2:  # a ring falls apart at two bonds
        return None
    chosen = rng.choice(len(singles), size=2, replace=False).tolist()
    ends: list[int] = []
    for number in chosen:
        bond = work.GetBondWithIdx(singles[number])
        ends += [bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()]
    work.RemoveBond(ends[0], ends[1])
    work.RemoveBond(ends[2], ends[3])
    return _half(work, ends, rng)


def crossover(first: Chem.Mol, second: Chem.Mol, rng: np.random.Generator) -> Chem.Mol | None:
    """Join a part of one parent to a part of the other.

    Parameters
    ----------
    first, second
        Sanitised parents. Stereocentres away from the cuts keep their configuration.
    rng
        Random numbers.

    Returns
    -------
    Chem.Mol or None
        The child; None if every attempt failed.
    """
    for _ in range(CHILD_ATTEMPTS):
        cut = _cut_ring if rng.random() < RING_CROSSOVER_SHARE else _cut_chain
        left, right = cut(first, rng), cut(second, rng)
        if left is None or right is None or len(set(right.ends)) != len(set(left.ends)):
            continue
        joined = Chem.RWMol(Chem.CombineMols(left.mol, right.mol))
        centres = find_centres(joined)
        shift = left.mol.GetNumAtoms()
        ends = [right.ends[i] + shift for i in rng.permutation(len(right.ends)).tolist()]
        pairs = list(zip(left.ends, ends, strict=True))
        if len(set(pairs)) < len(pairs):
            continue
        for begin, end in pairs:
            joined.AddBond(begin, end, SINGLE)
        clear_touched(joined, centres)
        if (child := finish_child(joined)) is not None:
            return child
    return None
