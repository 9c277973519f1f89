"""Similarity of 2D pharmacophores: Gobbi and Poppinger 1998, Biotechnol. Bioeng. 61, 47-54.

A pharmacophore is a pair or a triple of features with the topological distances between them, in
the bins 2, 3, ... 7 and 8 or more bonds. RDKit enumerates them in Python; here all triples of a
molecule are one array. Each of Gobbi's features is a single atom, which makes that possible.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem.Pharm2D import Gobbi_Pharm2D

from benchmarks.pmo.oracles.modifiers import FloatArray, Oracle
from molagent.chem.molecules import parse_smiles

__all__ = ["pharmacophore_similarity_to", "pharmacophores"]

_NEAREST, _FARTHEST, _LAST_BIN = 2, 99, 8
# Families and bins are written in octal digits; a pair leaves the digits of its third point 0.
# A bin is its distance less 1, from 1 (2 bonds) to 7 (8 bonds or more).
_DIGIT = 8


@cache
def _features() -> tuple[Chem.Mol, ...]:
    factory = Gobbi_Pharm2D.factory.featFactory  # type: ignore[attr-defined]
    definitions: dict[str, str] = factory.GetFeatureDefs()
    return tuple(Chem.MolFromSmarts(definitions[name]) for name in sorted(definitions))


@lru_cache(maxsize=128)
def _triples(n: int) -> tuple[NDArray[np.int16], NDArray[np.int16], NDArray[np.int16]]:
    # 150 features have half a million triples, and many sizes are kept: 16 bits are enough.
    first, second = np.triu_indices(n, 1)
    later = n - 1 - second
    starts = np.repeat(second + 1, later)
    steps = np.arange(later.sum()) - np.repeat(np.cumsum(later) - later, later)
    columns = np.repeat(first, later), np.repeat(second, later), starts + steps
    i, j, k = (column.astype(np.int16) for column in columns)
    return i, j, k


def pharmacophores(mol: Chem.Mol) -> NDArray[np.int64]:
    """Return the codes of the pharmacophores of `mol`, sorted, each once.

    Examples
    --------
    >>> len(pharmacophores(Chem.MolFromSmiles("OCCN")))
    5
    """
    family, atoms = [], []
    for number, feature in enumerate(_features()):
        found = [match[0] for match in mol.GetSubstructMatches(feature)]
        family += [number] * len(found)
        atoms += found
    kind, atom = np.array(family, dtype=np.int64), np.array(atoms, dtype=np.intp)
    distance = Chem.GetDistanceMatrix(mol)[np.ix_(atom, atom)]
    usable = (distance >= _NEAREST) & (distance < _FARTHEST + 1)
    bins = np.where(usable, np.minimum(distance, _LAST_BIN) - 1, 0).astype(np.int64)
    return np.unique(np.concatenate([_pairs_of(kind, bins), _triples_of(kind, bins)]))


def _pairs_of(kind: NDArray[np.int64], bins: NDArray[np.int64]) -> NDArray[np.int64]:
    first, second = np.triu_indices(len(kind), 1)
    gap = bins[first, second]
    codes: NDArray[np.int64] = (kind[first] * _DIGIT + kind[second]) * _DIGIT + gap
    return codes[gap > 0]


def _triples_of(kind: NDArray[np.int64], bins: NDArray[np.int64]) -> NDArray[np.int64]:
    i, j, k = _triples(len(kind))
    ij, ik, jk = bins[i, j], bins[i, k], bins[j, k]
    kept = (ij > 0) & (ik > 0) & (jk > 0)
    i, j, k, ij, ik, jk = i[kept], j[kept], k[kept], ij[kept], ik[kept], jk[kept]
    # Two features of one family are interchangeable: the longer distance is written first. Three
    # of a family need both exchanges and the first once more, which sorts them.
    front, back = kind[i] == kind[j], kind[j] == kind[k]
    ik, jk = _longer_first(ik, jk, front)
    ij, ik = _longer_first(ij, ik, back)
    ik, jk = _longer_first(ik, jk, front & back)
    codes: NDArray[np.int64] = (kind[i] * _DIGIT + kind[j]) * _DIGIT + kind[k]
    # 1 in front: a triple is never taken for a pair.
    return (((_DIGIT**3 + codes) * _DIGIT + ij) * _DIGIT + ik) * _DIGIT + jk


def _longer_first(
    a: NDArray[np.int64], b: NDArray[np.int64], exchangeable: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    swap = exchangeable & (a < b)
    return np.where(swap, b, a), np.where(swap, a, b)


def pharmacophore_similarity_to(smiles: str) -> Oracle:
    """Return an oracle for the Tanimoto similarity of pharmacophores to `smiles`, 0 to 1.

    Examples
    --------
    >>> gefitinib = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
    >>> pharmacophore_similarity_to(gefitinib)([Chem.MolFromSmiles(gefitinib)]).tolist()
    [1.0]
    """
    reference = pharmacophores(parse_smiles(smiles))

    def similarity(mols: Sequence[Chem.Mol]) -> FloatArray:
        values = np.empty(len(mols))
        for row, mol in enumerate(mols):
            codes = pharmacophores(mol)
            common = len(np.intersect1d(codes, reference, assume_unique=True))
            values[row] = common / (len(codes) + len(reference) - common)
        return values

    return similarity
