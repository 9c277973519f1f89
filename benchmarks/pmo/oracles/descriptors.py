"""Descriptors and substructures of a batch as oracles' raw values."""

from collections.abc import Callable, Sequence

import numpy as np
from rdkit import Chem
from rdkit.Chem import QED, GraphDescriptors, rdMolDescriptors

from benchmarks.pmo.oracles.modifiers import FloatArray, Oracle

__all__ = [
    "aromatic_rings",
    "bertz_complexity",
    "drug_likeness",
    "fluorines",
    "logp",
    "polar_surface",
    "rings",
    "with_substructure",
    "without_substructure",
]

_FLUORINE = Chem.MolFromSmarts("[#9]")


def _each(function: Callable[[Chem.Mol], float]) -> Oracle:
    return lambda mols: np.array([function(mol) for mol in mols], dtype=np.float64)


polar_surface: Oracle = _each(rdMolDescriptors.CalcTPSA)
"""Topological polar surface area, A^2."""

logp: Oracle = _each(lambda mol: rdMolDescriptors.CalcCrippenDescriptors(mol)[0])
"""Crippen logP, doi:10.1021/ci990307l."""

rings: Oracle = _each(rdMolDescriptors.CalcNumRings)
aromatic_rings: Oracle = _each(rdMolDescriptors.CalcNumAromaticRings)
fluorines: Oracle = _each(lambda mol: len(mol.GetSubstructMatches(_FLUORINE)))

bertz_complexity: Oracle = _each(GraphDescriptors.BertzCT)
"""Bertz complexity index, doi:10.1021/ja00402a001."""

drug_likeness: Oracle = _each(QED.qed)
"""QED, doi:10.1038/nchem.1243."""


def with_substructure(smarts: str) -> Oracle:
    """Return an oracle that is 1 where `smarts` is found, else 0.

    Examples
    --------
    >>> with_substructure("c1ccccc1")([Chem.MolFromSmiles(s) for s in ("Oc1ccccc1", "CO")])
    array([1., 0.])
    """
    pattern = Chem.MolFromSmarts(smarts)
    return _each(lambda mol: mol.HasSubstructMatch(pattern))


def without_substructure(smarts: str) -> Oracle:
    """Return an oracle that is 0 where `smarts` is found, else 1."""
    found = with_substructure(smarts)

    def absent(mols: Sequence[Chem.Mol]) -> FloatArray:
        return 1.0 - found(mols)

    return absent
