"""Objectives that are computed from the structure alone, by name."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.molecules import parse_smarts, parse_smiles
from molagent.chem.properties import PROPERTIES
from molagent.errors import InputError, NotFoundError
from molagent.propose.optimise.components import Evaluate
from molagent.records import FloatArray

__all__ = [
    "PROPERTIES",
    "property_function",
    "similarity_function",
    "substructure_function",
]

_ECFP4_RADIUS: Final = 2


def property_function(name: str) -> tuple[Evaluate, str]:
    """Return the batch function of a property, and its unit.

    Raises
    ------
    NotFoundError
        If there is no such property; the error lists the known ones.

    Examples
    --------
    >>> weigh, unit = property_function("molecular_weight")
    >>> [round(mass, 1) for mass in weigh(["CC(=O)Oc1ccccc1C(=O)O"])], unit
    ([180.2], 'average molecular weight, g/mol')
    """
    if name not in PROPERTIES:
        raise NotFoundError("property", name, known=PROPERTIES)
    function, unit = PROPERTIES[name]

    def evaluate(smiles_list: Sequence[str]) -> list[float]:
        return [float(function(parse_smiles(smiles))) for smiles in smiles_list]

    return evaluate, unit


def similarity_function(
    reference: str | Sequence[str], *, fingerprint: str = "counts"
) -> Callable[[Sequence[str]], FloatArray]:
    """Return the function that compares structures with one reference, or with the nearest of some.

    Parameters
    ----------
    fingerprint
        ``counts`` or ``bits``: Tanimoto over ECFP4 (Morgan, radius 2), unfolded counts or 2048
        bits (Rogers and Hahn 2010, doi:10.1021/ci100050t).

    Examples
    --------
    >>> like_aspirin = similarity_function("CC(=O)Oc1ccccc1C(=O)O")
    >>> like_aspirin(["O=C(O)c1ccccc1OC(C)=O", "O=C(O)c1ccccc1O"]).round(2)
    array([1.  , 0.51])
    """
    if fingerprint not in ("counts", "bits"):
        raise NotFoundError("fingerprint", fingerprint, known=("counts", "bits"))
    references = [reference] if isinstance(reference, str) else list(reference)
    if not references:
        raise InputError("there is no reference to compare with", remedy="give at least one SMILES")
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_ECFP4_RADIUS, fpSize=2048)
    make = (
        generator.GetSparseCountFingerprint if fingerprint == "counts" else generator.GetFingerprint
    )
    known = [make(parse_smiles(smiles, place="reference")) for smiles in references]

    def evaluate(smiles_list: Sequence[str]) -> FloatArray:
        rows = [
            DataStructs.BulkTanimotoSimilarity(make(parse_smiles(smiles)), known)
            for smiles in smiles_list
        ]
        return np.array([max(row) for row in rows], dtype=np.float64)

    return evaluate


def substructure_function(smarts: str) -> Evaluate:
    """Return the function that is 1 where a SMARTS pattern is found, else 0.

    Examples
    --------
    >>> has_acid = substructure_function("C(=O)[OH]")
    >>> has_acid(["CC(=O)O", "CCO"])
    [1.0, 0.0]
    """
    query = parse_smarts(smarts, place="smarts")

    def evaluate(smiles_list: Sequence[str]) -> list[float]:
        return [float(parse_smiles(smiles).HasSubstructMatch(query)) for smiles in smiles_list]

    return evaluate
