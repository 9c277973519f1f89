"""Donors, acceptors and the paths of atoms between them: the part of a compound that binds.

A motif is written as SMARTS: both ends as what they are, the atoms between as aromatic or not, any
bond. ``[nH]~c~[nX2]`` is a ring NH and a ring N on one aromatic carbon, as in 7-azaindole.
"""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smarts, parse_smiles

__all__ = ["MOST_BONDS", "motif_places"]

#: Bonds between donor and acceptor at most: beyond, they need not bind to the same place.
MOST_BONDS: Final = 4

# An amine is a donor or, protonated, the charge that a receptor's acid binds: with or without H.
_DONORS: Final = ("[nH]", "[NX3;!H0]", "[OX2;H1]", "[NX3;!$(N*=,:*)]")
_ACCEPTORS: Final = ("[nX2]", "[OX1]", "[NX1]", "[NX2]", "[OX2;H0]")


def motif_places(smiles: str) -> dict[str, frozenset[tuple[int, int]]]:
    """Return the motifs of a structure, each with the end atoms of every place where it is.

    Examples
    --------
    >>> sorted(motif_places("c1ccc2cc[nH]c2n1"))
    ['[nH]~c~[nX2]']
    """
    mol = parse_smiles(smiles)
    donors, acceptors = _labels(mol, _DONORS), _labels(mol, _ACCEPTORS)
    symbols = [_symbol(atom) for atom in mol.GetAtoms()]
    beside = [[n.GetIdx() for n in atom.GetNeighbors()] for atom in mol.GetAtoms()]
    found: dict[str, set[tuple[int, int]]] = {}
    for start, firsts in donors.items():
        for path in _shortest_paths(start, beside):
            between = [symbols[index] for index in path[1:-1]]
            for first, last in product(firsts, acceptors.get(path[-1], ())):
                found.setdefault("~".join((first, *between, last)), set()).add((start, path[-1]))
    return {motif: frozenset(places) for motif, places in found.items()}


def _shortest_paths(start: int, beside: list[list[int]]) -> Iterator[tuple[int, ...]]:
    """Yield every shortest path from an atom: the long way round a ring binds no partner."""
    border: list[tuple[int, ...]] = [(start,)]
    seen = {start}
    for _ in range(MOST_BONDS):
        border = [
            (*path, index) for path in border for index in beside[path[-1]] if index not in seen
        ]
        seen.update(path[-1] for path in border)
        yield from border


def _labels(mol: Chem.Mol, patterns: tuple[str, ...]) -> dict[int, list[str]]:
    answer: dict[int, list[str]] = {}
    for pattern in patterns:
        for (index,) in mol.GetSubstructMatches(_query(pattern)):
            answer.setdefault(index, []).append(pattern)
    return answer


def _symbol(atom: Chem.Atom) -> str:
    symbol = atom.GetSymbol().lower() if atom.GetIsAromatic() else atom.GetSymbol()
    return symbol if len(symbol) == 1 else f"[{symbol}]"


@cache
def _query(pattern: str) -> Chem.Mol:
    return parse_smarts(pattern)
