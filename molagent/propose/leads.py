"""Where a lead may be opened: parts that can be cut off and regrown while the rest stays.

A lead falls into parts at its single acyclic bonds (a terminal atom stays with its chain). A cut
takes one to three parts away; what is left is one core with an exit vector at each open bond, or
two cores to be linked. Protected atoms are never taken away, and no hydrogen of what stays is
replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from rdkit import Chem

from molagent.errors import InputError, StructureError
from molagent.propose.constraints import Rules
from molagent.propose.motifs import find_atom_type, read_mol
from molagent.propose.patterns import frozen_queries

__all__ = ["Cut", "find_cuts"]

PAIR: Final = 2
# Less of a lead than this is no core that a proposal would be recognised by.
SMALLEST_CORE: Final = 3
LINKER: Final = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """What a cut leaves of a lead.

    Parameters
    ----------
    smiles
        One core or two, ``[*:1]`` at a linker and higher numbers at other open bonds.
    link
        Whether there are two.
    """

    smiles: str
    link: bool


def find_cuts(smiles: str, rules: Rules, *, place: str = "") -> tuple[Cut, ...]:
    """Return every cut of a lead that the constraints allow.

    Parameters
    ----------
    smiles
        The lead; atoms with map numbers are protected.
    rules
        What else is protected, and what must not stay: a cut takes away something of every
        forbidden substructure, element and ring.
    place
        Name of the lead in messages.

    Raises
    ------
    StructureError
        If the lead cannot be read or built.
    InputError
        If nothing of it may change, with the reason.
    """
    mol = _read_lead(smiles, place)
    protected = _protected(mol, rules.constraints.frozen, place)
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
    offences = list(_offences(mol, rules))
    for name, atoms in offences:
        if atoms <= protected:
            raise InputError(f"the protected part holds {name}", place=place)
    parts = _parts(mol, protected)
    removable = [part for part in parts if not part & protected]
    if not removable or len(parts) == 1:
        raise InputError(
            f"no part of {smiles!r} may change: "
            + ("every part is protected" if protected else "it has no single acyclic bond"),
            place=place,
            remedy="protect less of it",
        )
    found = dict.fromkeys(
        cut
        for size in range(1, rules.constraints.most_cuts + 1)
        for chosen in combinations(removable, size)
        if len(chosen) < len(parts)
        for cut in _cut(mol, frozenset().union(*chosen), protected, offences, rules)
    )
    if not found:
        raise InputError(
            f"no cut of up to {rules.constraints.most_cuts} parts of {smiles!r} meets the "
            "constraints",
            place=place,
            remedy="protect less, allow more cuts, or relax size and forbidden substructures",
        )
    return tuple(found)


def _read_lead(smiles: str, place: str) -> Chem.Mol:
    mol = read_mol(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        raise StructureError(f"lead {smiles!r} cannot be read", place=place, remedy="correct it")
    if len(Chem.GetMolFrags(mol)) > 1:
        raise StructureError(
            f"lead {smiles!r} is in several parts", place=place, remedy="give the parent alone"
        )
    for atom in mol.GetAtoms():
        if find_atom_type(atom) is None:
            raise StructureError(
                f"atom {atom.GetSmarts()!r} of lead {smiles!r} is not in the generator's element "
                "table",
                place=place,
            )
    return mol


def _protected(mol: Chem.Mol, frozen: str, place: str) -> frozenset[int]:
    """Return atoms with map numbers, and those of every match of `frozen`."""
    found = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomMapNum()}
    if frozen:
        matches = [m for query in frozen_queries(frozen) for m in mol.GetSubstructMatches(query)]
        if not matches:
            raise InputError(
                f"the protected part {frozen!r} is not in the lead",
                place=place,
                remedy="give SMARTS or SMILES of a part of it, or number its atoms",
            )
        found.update(index for match in matches for index in match)
    return frozenset(found)


def _offences(mol: Chem.Mol, rules: Rules) -> Iterator[tuple[str, frozenset[int]]]:
    """Yield what a proposal may not keep, with its atoms."""
    for name, pattern in zip(rules.constraints.forbidden, rules.forbidden, strict=True):
        for match in mol.GetSubstructMatches(pattern, maxMatches=1000):
            yield f"the forbidden substructure {name!r}", frozenset(match)
    for index in rules.wrong_atoms(mol):
        yield f"the element {mol.GetAtomWithIdx(index).GetSymbol()}", frozenset({index})
    for ring in rules.wrong_rings(mol):
        yield f"a ring of {len(ring)} atoms", frozenset(ring)


def _opens(bond: Chem.Bond) -> bool:
    if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
        return False
    ends = bond.GetBeginAtom(), bond.GetEndAtom()
    terminal = any(atom.GetDegree() == 1 for atom in ends)
    return not terminal or any(atom.IsInRing() for atom in ends)


def _parts(mol: Chem.Mol, protected: frozenset[int]) -> list[frozenset[int]]:
    """Return the parts of a lead; bonds between protected atoms are not opened."""
    opened = {
        bond.GetIdx()
        for bond in mol.GetBonds()
        if _opens(bond) and not {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()} <= protected
    }
    return _connected(mol, frozenset(range(mol.GetNumAtoms())), opened)


def _connected(mol: Chem.Mol, atoms: frozenset[int], opened: set[int]) -> list[frozenset[int]]:
    """Return the connected sets of `atoms` when the bonds `opened` are gone."""
    left, parts = set(atoms), []
    while left:
        part, waiting = set(), [min(left)]
        while waiting:
            here = waiting.pop()
            if here not in left:
                continue
            left.discard(here)
            part.add(here)
            waiting += [
                bond.GetOtherAtomIdx(here)
                for bond in mol.GetAtomWithIdx(here).GetBonds()
                if bond.GetIdx() not in opened
            ]
        parts.append(frozenset(part))
    return parts


def _cut(
    mol: Chem.Mol,
    removed: frozenset[int],
    protected: frozenset[int],
    offences: list[tuple[str, frozenset[int]]],
    rules: Rules,
) -> Iterator[Cut]:
    """Yield the cut that takes atoms away, unless it breaks the constraints."""
    if not all(atoms & removed for _, atoms in offences):
        return
    kept = frozenset(range(mol.GetNumAtoms())) - removed
    cores = _connected(mol, kept, set())
    if len(cores) > PAIR or any(len(c) < SMALLEST_CORE and not c & protected for c in cores):
        return
    exits = {
        bond.GetIdx(): (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        for bond in mol.GetBonds()
        if (bond.GetBeginAtomIdx() in kept) != (bond.GetEndAtomIdx() in kept)
    }
    link = len(cores) == PAIR
    if len(kept) + len(exits) - link > rules.max_heavy_atoms:
        return
    linker: frozenset[int] = frozenset()
    if link:
        linker = next(p for p in _connected(mol, removed, set()) if _touches(p, cores, exits))
    # Different labels keep the stereo of an atom that loses two neighbours.
    labels = {
        bond: LINKER if linker & frozenset(ends) else number
        for number, (bond, ends) in enumerate(exits.items(), start=LINKER + 1)
    }
    yield Cut(_open(mol, removed, labels), link)


def _open(mol: Chem.Mol, removed: frozenset[int], labels: dict[int, int]) -> str:
    """Return the SMILES of what stays, a numbered dummy in place of each bond opened."""
    pairs = [(label, label) for label in labels.values()]
    opened = Chem.RWMol(Chem.FragmentOnBonds(mol, list(labels), dummyLabels=pairs))
    gone = set(removed)
    for atom in opened.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomMapNum(atom.GetIsotope())
            atom.SetIsotope(0)
            if atom.GetNeighbors()[0].GetIdx() in removed:
                gone.add(atom.GetIdx())
    for index in sorted(gone, reverse=True):
        opened.RemoveAtom(index)
    return str(Chem.MolToSmiles(opened))


def _touches(
    part: frozenset[int], cores: list[frozenset[int]], exits: dict[int, tuple[int, int]]
) -> bool:
    """Return whether a part that was taken away held both cores together."""
    ends = {index for pair in exits.values() if frozenset(pair) & part for index in pair}
    return all(ends & core for core in cores)
