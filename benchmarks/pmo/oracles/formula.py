"""Closeness to a molecular formula, as TDC counts it since August 2022.

Earlier TDC versions summed the digits of the SMILES instead of the atoms of the formula; that
variant lives on there as ``isomers_..._prev`` and is not offered here.
"""

import re
from collections.abc import Sequence

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from benchmarks.pmo.oracles.modifiers import FloatArray, Oracle

__all__ = ["isomers_of"]

_ELEMENT = re.compile(r"([A-Z][a-z]*)(\d*)")
_COUNT_SIGMA = 1.0
_TOTAL_SIGMA = 2.0


def _count(formula: str) -> dict[str, int]:
    # A charge at the end ("C7H8N2O2-2") starts with its sign and is not read.
    return {element: int(count or 1) for element, count in _ELEMENT.findall(formula)}


def isomers_of(formula: str) -> Oracle:
    """Return an oracle that is 1 for every isomer of `formula`, hydrogens written out.

    The geometric mean of one bell for each element of `formula` (sigma: 1 atom) and of one for
    the number of atoms of the molecule (sigma: 2 atoms). Elements that `formula` does not name
    count in the number of atoms only.

    Examples
    --------
    >>> oracle = isomers_of("C7H8N2O2")
    >>> oracle([Chem.MolFromSmiles("NC(=O)c1ccc(O)cc1N")]).tolist()
    [1.0]
    """
    target = _count(formula)
    centre = np.array([*target.values(), sum(target.values())], dtype=np.float64)
    sigma = np.array([_COUNT_SIGMA] * len(target) + [_TOTAL_SIGMA])

    def closeness(mols: Sequence[Chem.Mol]) -> FloatArray:
        rows = np.empty((len(mols), len(centre)))
        for row, mol in enumerate(mols):
            found = _count(rdMolDescriptors.CalcMolFormula(mol))
            rows[row] = [*(found.get(element, 0) for element in target), sum(found.values())]
        # The logarithm of a geometric mean of bells is a mean of parabolas.
        exponents = -0.5 * np.square((rows - centre) / sigma)
        return np.asarray(np.exp(exponents.mean(axis=1)), dtype=np.float64)

    return closeness
