"""What the index keeps of one structure."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.standardize import standard_parent
from molagent.patents.index.keys import IdentityKeys, keys_of_parent
from molagent.patents.index.manifest import IndexSettings
from molagent.patents.index.patterns import pattern_words

__all__ = ["FINGERPRINT_WORDS", "IndexRow", "compute_row", "fingerprint_words"]

FINGERPRINT_WORDS: Final = IndexSettings().n_bits // 64


@dataclass(frozen=True, slots=True, eq=False)
class IndexRow:
    """One standardised parent, its keys, and as words of 64 bits what it is searched by.

    Attributes
    ----------
    bits
        Morgan fingerprint, ``16``.
    pattern
        Bits of its substructures, ``17``.
    """

    parent: str
    keys: IdentityKeys
    bits: npt.NDArray[np.uint64]
    pattern: npt.NDArray[np.uint64]


def compute_row(smiles: str) -> IndexRow:
    """Return the row of a structure as it comes, salts and charges included.

    It needs nothing but its argument, so that it can run in a worker process that is killed when
    a structure takes too long.

    Raises
    ------
    StructureError
        If the structure cannot be read, has too many atoms, or InChI fails on it.

    Examples
    --------
    >>> row = compute_row("c1ccccc1CC[NH3+].[Cl-]")
    >>> row.parent, row.keys.inchikey, row.bits.shape
    ('NCCc1ccccc1', 'BHHGXPLMPWCGHP-UHFFFAOYSA-N', (16,))
    """
    parent, mol = standard_parent(smiles)
    return IndexRow(parent, keys_of_parent(parent, mol), fingerprint_words(mol), pattern_words(mol))


def fingerprint_words(mol: Chem.Mol) -> npt.NDArray[np.uint64]:
    """Return the 1024-bit Morgan fingerprint of radius 2 as 16 words, bit 0 lowest."""
    text = DataStructs.BitVectToBinaryText(_generator().GetFingerprint(mol))
    return np.frombuffer(text, dtype="<u8").astype(np.uint64, copy=False)


@cache
def _generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    settings = IndexSettings()
    return rdFingerprintGenerator.GetMorganGenerator(radius=settings.radius, fpSize=settings.n_bits)
