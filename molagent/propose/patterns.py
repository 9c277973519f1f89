"""Substructure patterns: read, looked for in a frozen part, and whether growth can undo them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rdkit import Chem

from molagent.errors import InputError
from molagent.propose.motifs import read_mol

__all__ = ["compile_smarts", "elements_of", "frozen_queries", "is_permanent"]

# What an exit vector may become: substructures that match with all of these match for ever.
ENDS: Final = (6, 7, 8, 9)


def compile_smarts(patterns: Sequence[str], kind: str = "forbidden") -> list[Chem.Mol]:
    """Read SMARTS patterns.

    Raises
    ------
    InputError
        If a pattern is not SMARTS.
    """
    compiled = []
    for pattern in patterns:
        mol = Chem.MolFromSmarts(pattern)
        if mol is None or mol.GetNumAtoms() == 0:
            raise InputError(
                f"{kind} substructure {pattern!r} is not SMARTS", remedy="correct the pattern"
            )
        compiled.append(mol)
    return compiled


def frozen_queries(frozen: str) -> Iterator[Chem.Mol]:
    """Yield what finds a frozen part: SMILES without its dummies, or else SMARTS.

    Raises
    ------
    InputError
        If the text is neither.
    """
    mol = read_mol(frozen)
    if mol is not None and any(a.GetAtomicNum() == 0 for a in mol.GetAtoms()):
        yield Chem.DeleteSubstructs(mol, Chem.MolFromSmarts("[#0]"))
        return
    query: Chem.Mol | None = Chem.MolFromSmarts(frozen)
    if query is None and mol is None:
        raise InputError(f"the protected part {frozen!r} is neither SMILES nor SMARTS")
    if query is not None:
        yield query
    if mol is not None:  # a Kekule drawing matches as SMILES only
        yield mol


def elements_of(pattern: Chem.Mol) -> set[str]:
    """Return the elements that a pattern cannot match without."""
    found = set()
    for atom in pattern.GetAtoms():
        # Alternatives and negations have atomic number 0 here.
        if atom.GetAtomicNum() > 1:
            found.add(str(atom.GetSymbol()))
    return found


def filled_variants(text: str, *, hydrogens: bool) -> Iterator[tuple[Chem.Mol, frozenset[int]]]:
    """Yield a core with its exits filled in several ways, and the core's atoms."""
    mol = Chem.MolFromSmiles(text)
    dummies = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0]
    core = frozenset(range(mol.GetNumAtoms())) - frozenset(dummies)
    grown: Iterable[int] = dummies
    if hydrogens or not dummies:
        yield _filled(mol, dummies, ENDS[0]), core
        mol = Chem.AddHs(mol)
        # One hydrogen of an atom at a time may go, so none is certain; all may stay as well.
        grown = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() <= 1]
    for number in ENDS:
        yield _filled(mol, grown, number), core


def _filled(mol: Chem.Mol, places: Iterable[int], number: int) -> Chem.Mol:
    filled = Chem.RWMol(mol)
    for index in places:
        atom = filled.GetAtomWithIdx(index)
        atom.SetAtomicNum(number)
        atom.SetIsotope(0)
        atom.SetNoImplicit(False)  # noqa: FBT003 - RDKit knows no keyword
    Chem.SanitizeMol(filled)
    return filled


def core_matches(mol: Chem.Mol, core: frozenset[int], pattern: Chem.Mol) -> set[frozenset[int]]:
    found = (frozenset(match) for match in mol.GetSubstructMatches(pattern, maxMatches=1000))
    return {match for match in found if match <= core}


def is_permanent(text: str, pattern: Chem.Mol, *, hydrogens: bool) -> bool:
    """Return whether a frozen part holds a pattern whatever grows on it.

    Parameters
    ----------
    text
        SMILES of the frozen part with its exits.
    pattern
        What to look for.
    hydrogens
        Whether hydrogens may be replaced beside marked exits.

    Examples
    --------
    The exit makes a secondary amine of what is drawn as a primary one.

    >>> is_permanent("[*]Nc1ccccc1", Chem.MolFromSmarts("[NX3;H2]"), hydrogens=False)
    False
    >>> is_permanent("[*]Nc1ccccc1", Chem.MolFromSmarts("c1ccccc1"), hydrogens=False)
    True
    """
    variants = filled_variants(text, hydrogens=hydrogens)
    return bool(set.intersection(*(core_matches(mol, core, pattern) for mol, core in variants)))
