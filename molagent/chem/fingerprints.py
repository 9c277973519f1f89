"""Fingerprints as arrays, one row a structure in input order.

Morgan: Rogers and Hahn 2010, doi:10.1021/ci100050t. Atom pairs: Carhart et al. 1985,
doi:10.1021/ci00046a002. Count Tanimoto (MinMax): Ralaivola et al. 2005,
doi:10.1016/j.neunet.2005.07.009.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.molecules import parse_smiles

__all__ = ["atom_pair_counts", "morgan_bits", "morgan_counts", "tanimoto"]

_RADIUS: Final = 2


def morgan_bits(smiles_list: Sequence[str], *, n_bits: int = 1024) -> npt.NDArray[np.uint64]:
    """Return packed Morgan fingerprints of radius 2, ``N x n_bits / 64``.

    Examples
    --------
    >>> morgan_bits(["CCO", "CCN"]).shape
    (2, 16)
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=n_bits)
    packed = np.zeros((len(smiles_list), n_bits // 64), dtype=np.uint64)
    for row, smiles in enumerate(smiles_list):
        bits = generator.GetFingerprintAsNumPy(parse_smiles(smiles))
        packed[row] = np.packbits(bits, bitorder="little").view(np.uint64)
    return packed


def morgan_counts(
    structures: Sequence[str | Chem.Mol], *, n_bins: int = 2048, chiral: bool = False
) -> npt.NDArray[np.uint16]:
    """Return Morgan radius 2 counts, ``N x n_bins``, of SMILES or of what was read of them.

    With `chiral` they tell enantiomers apart.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(
        radius=_RADIUS, fpSize=n_bins, includeChirality=chiral
    )
    return _counts(structures, generator, n_bins)


def atom_pair_counts(
    structures: Sequence[str | Chem.Mol], *, n_bins: int = 2048, chiral: bool = False
) -> npt.NDArray[np.uint16]:
    """Return atom-pair counts, ``N x n_bins``, of SMILES or of what was read of them.

    With `chiral` they tell enantiomers apart.
    """
    # Count simulation would turn counts into bits; the MinMax kernel wants the counts themselves.
    generator = rdFingerprintGenerator.GetAtomPairGenerator(
        fpSize=n_bins, countSimulation=False, includeChirality=chiral
    )
    return _counts(structures, generator, n_bins)


def tanimoto(
    queries: npt.NDArray[np.uint64], library: npt.NDArray[np.uint64]
) -> npt.NDArray[np.float64]:
    """Return Tanimoto similarities of packed fingerprints, ``Q x N``; 0 for two empty ones."""
    size_q = np.bitwise_count(queries).sum(axis=1, dtype=np.int64)
    size_l = np.bitwise_count(library).sum(axis=1, dtype=np.int64)
    result = np.zeros((len(queries), len(library)), dtype=np.float64)
    for row, query in enumerate(queries):
        common = np.bitwise_count(library & query).sum(axis=1, dtype=np.int64)
        union = size_q[row] + size_l - common
        np.divide(common, union, out=result[row], where=union > 0)
    return result


def _counts(
    structures: Sequence[str | Chem.Mol],
    generator: rdFingerprintGenerator.FingerprintGenerator64,
    n_bins: int,
) -> npt.NDArray[np.uint16]:
    counts = np.zeros((len(structures), n_bins), dtype=np.uint16)
    for row, structure in enumerate(structures):
        mol = parse_smiles(structure) if isinstance(structure, str) else structure
        counts[row] = np.minimum(generator.GetCountFingerprintAsNumPy(mol), np.iinfo(np.uint16).max)
    return counts
