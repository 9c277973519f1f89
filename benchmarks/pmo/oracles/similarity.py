"""Count Tanimoto similarity to a reference drug, by one of GuacaMol's four fingerprints.

The counts are unfolded, as in TDC, so that no two environments share a bin. Morgan: Rogers and
Hahn 2010, doi:10.1021/ci100050t. Atom pairs: Carhart et al. 1985, doi:10.1021/ci00046a002, here
up to 10 bonds apart.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from benchmarks.pmo.oracles.modifiers import FloatArray, Oracle
from molagent.chem.molecules import parse_smiles

__all__ = ["Fingerprint", "similarity_to"]

_LONGEST_PAIR = 10


class Fingerprint(StrEnum):
    """The fingerprints of the GuacaMol tasks."""

    ECFP4 = "ecfp4"
    ECFP6 = "ecfp6"
    FCFP4 = "fcfp4"
    ATOM_PAIRS = "atom pairs"


@cache
def _generator(fingerprint: Fingerprint) -> "rdFingerprintGenerator.FingerprintGenerator64":
    if fingerprint is Fingerprint.ATOM_PAIRS:
        return rdFingerprintGenerator.GetAtomPairGenerator(
            maxDistance=_LONGEST_PAIR, countSimulation=False
        )
    if fingerprint is Fingerprint.FCFP4:
        features = rdFingerprintGenerator.GetMorganFeatureAtomInvGen()
        return rdFingerprintGenerator.GetMorganGenerator(radius=2, atomInvariantsGenerator=features)
    radius = 2 if fingerprint is Fingerprint.ECFP4 else 3
    return rdFingerprintGenerator.GetMorganGenerator(radius=radius)


def similarity_to(smiles: str, fingerprint: Fingerprint) -> Oracle:
    """Return an oracle for the similarity to `smiles`, 0 to 1.

    Examples
    --------
    >>> to_camphor = similarity_to("CC1(C)C2CCC1(C)C(=O)C2", Fingerprint.ECFP4)
    >>> to_camphor([Chem.MolFromSmiles("O=C1CC2CCC1(C)C2(C)C")]).tolist()
    [1.0]
    """
    generator = _generator(fingerprint)
    reference = generator.GetSparseCountFingerprint(parse_smiles(smiles))

    def similarity(mols: Sequence[Chem.Mol]) -> FloatArray:
        counts = [generator.GetSparseCountFingerprint(mol) for mol in mols]
        return np.array(DataStructs.BulkTanimotoSimilarity(reference, counts), dtype=np.float64)

    return similarity
