"""One random edit of a molecule: atoms and bonds appended, inserted, changed or deleted.

After Jensen 2019, doi:10.1039/C8SC05372C. Edits act on Kekule graphs and leave aromatic rings
whole, except that an aromatic atom may change its element.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from rdkit import Chem

from molagent.propose.children import (
    CHILD_ATTEMPTS,
    DOUBLE,
    SINGLE,
    TRIPLE,
    clear_touched,
    find_centres,
    finish_child,
    is_plain,
    kekule_copy,
)

__all__ = ["MUTATIONS", "mutate"]

# Elements a mutation may introduce: atomic number and relative frequency.
ELEMENTS = ((6, 6.0), (7, 3.0), (8, 3.0), (9, 1.5), (17, 1.0), (16, 1.0), (35, 0.3))
_NUMBERS = np.array([n for n, _ in ELEMENTS])
_SHARES = np.array([w for _, w in ELEMENTS]) / sum(w for _, w in ELEMENTS)

Edit = Callable[[Chem.RWMol, np.random.Generator], bool]


def _pick(items: list[int], rng: np.random.Generator) -> int:
    return items[int(rng.integers(len(items)))]


def _free(atom: Chem.Atom) -> int:
    return int(atom.GetTotalNumHs())


def _open_atoms(mol: Chem.RWMol, valence: int = 1) -> list[int]:
    return [a.GetIdx() for a in mol.GetAtoms() if _free(a) >= valence]


def _element(rng: np.random.Generator) -> Chem.Atom:
    return Chem.Atom(int(rng.choice(_NUMBERS, p=_SHARES)))


def _append_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atoms = _open_atoms(mol)
    if not atoms:
        return False
    mol.AddBond(_pick(atoms, rng), mol.AddAtom(_element(rng)), SINGLE)
    return True


def _insert_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    bonds = [b.GetIdx() for b in mol.GetBonds() if b.GetBondType() == SINGLE and is_plain(b)]
    if not bonds:
        return False
    bond = mol.GetBondWithIdx(_pick(bonds, rng))
    begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
    mol.RemoveBond(begin, end)
    middle = mol.AddAtom(Chem.Atom(int(rng.choice([6, 7, 8]))))
    mol.AddBond(begin, middle, SINGLE)
    mol.AddBond(middle, end, SINGLE)
    return True


def _delete_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atoms = [
        a.GetIdx()
        for a in mol.GetAtoms()
        if a.GetDegree() in {1, 2} and all(is_plain(b) for b in a.GetBonds())
    ]
    if not atoms:
        return False
    atom = mol.GetAtomWithIdx(_pick(atoms, rng))
    ends = [n.GetIdx() for n in atom.GetNeighbors()]
    if len(ends) > 1 and mol.GetBondBetweenAtoms(*ends) is None:
        mol.AddBond(ends[0], ends[1], SINGLE)
    mol.RemoveAtom(atom.GetIdx())
    return True


def _change_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    return _changed(mol.GetAtomWithIdx(int(rng.integers(mol.GetNumAtoms()))), rng)


def _changed(atom: Chem.Atom, rng: np.random.Generator) -> bool:
    number = int(rng.choice(_NUMBERS, p=_SHARES))
    if atom.GetFormalCharge() or number == atom.GetAtomicNum():
        return False
    atom.SetAtomicNum(number)
    return True


def _change_chain_atom(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atoms = [a for a in mol.GetAtoms() if all(is_plain(bond) for bond in a.GetBonds())]
    if not atoms:
        return False
    return _changed(atoms[int(rng.integers(len(atoms)))], rng)


def _change_bond(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    bonds = [b.GetIdx() for b in mol.GetBonds() if is_plain(b)]
    if not bonds:
        return False
    bond = mol.GetBondWithIdx(_pick(bonds, rng))
    orders = [o for o in (SINGLE, DOUBLE, TRIPLE) if o != bond.GetBondType()]
    bond.SetBondType(orders[int(rng.choice(2, p=[0.8, 0.2]))])
    return True


def _delete_ring_bond(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    bonds = [b.GetIdx() for b in mol.GetBonds() if b.IsInRing() and is_plain(b)]
    if not bonds:
        return False
    bond = mol.GetBondWithIdx(_pick(bonds, rng))
    mol.RemoveBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
    return True


def _close_ring(mol: Chem.RWMol, rng: np.random.Generator) -> bool:
    atoms = _open_atoms(mol)
    if not atoms:
        return False
    start = _pick(atoms, rng)
    distance = Chem.GetDistanceMatrix(mol)[start]
    # Three-, five- and six-membered rings: the path is one bond shorter than the ring.
    ends = [a for a in atoms if distance[a] in {2, 4, 5}]
    if not ends:
        return False
    mol.AddBond(start, _pick(ends, rng), SINGLE)
    return True


MUTATIONS: dict[str, tuple[float, Edit]] = {
    "append atom": (0.22, _append_atom),
    "insert atom": (0.15, _insert_atom),
    "delete atom": (0.14, _delete_atom),
    "change atom": (0.22, _change_atom),
    "change bond": (0.12, _change_bond),
    "delete ring bond": (0.04, _delete_ring_bond),
    "close ring": (0.10, _close_ring),
}
# What makes compounds that a chemist would order. Of the children of the three that are missing, or
# that touch aromatic rings, nine of ten hold unstable groups or rings that nobody made.
_CAREFUL = {
    name: (rate, _change_chain_atom if name == "change atom" else edit)
    for name, (rate, edit) in MUTATIONS.items()
    if name not in {"change bond", "close ring", "delete ring bond"}
}


def mutate(
    mol: Chem.Mol, rng: np.random.Generator, *, careful: bool = False
) -> tuple[Chem.Mol, str] | None:
    """Apply one random edit.

    Parameters
    ----------
    mol
        Sanitised molecule. Stereocentres whose neighbours stay keep their configuration.
    rng
        Random numbers.
    careful
        Leave rings and their atoms, and the orders of bonds, as they are.

    Returns
    -------
    tuple or None
        The child and the name of the edit; None if every attempt failed.
    """
    edits = _CAREFUL if careful else MUTATIONS
    names = list(edits)
    rates = np.array([rate for rate, _ in edits.values()])
    rates = rates / rates.sum()
    for _ in range(CHILD_ATTEMPTS):
        name = names[int(rng.choice(len(names), p=rates))]
        work = kekule_copy(mol)
        centres = find_centres(work)
        if edits[name][1](work, rng):
            clear_touched(work, centres)
            if (child := finish_child(work)) is not None:
                return child, name
    return None
