"""Synthetic accessibility score of Ertl and Schuffenhauer 2009, doi:10.1186/1758-2946-1-8.

How common the fragments of a structure are among a million known compounds, less penalties for
size, rings, bridges, spiro atoms, stereocentres and macrocycles: 1 is easy, 10 is hard. The
implementation is RDKit's own, from the contributed code that its wheels carry.
"""

import importlib.util
import math
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from rdkit import Chem, RDConfig

from molagent.chem.molecules import parse_smiles
from molagent.errors import ModelError, StructureError
from molagent.records import FloatArray

__all__ = ["sa_score", "sa_scores"]


def sa_score(mol: Chem.Mol) -> float:
    """Return the synthetic accessibility score, 1 (easy) to 10 (hard).

    NaN for a molecule without atoms.

    Raises
    ------
    ModelError
        If the installed RDKit does not carry the contributed code.

    Examples
    --------
    >>> round(sa_score(Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")), 2)
    1.58
    """
    if mol.GetNumAtoms() == 0:
        return math.nan
    return float(_scorer()(mol))


def sa_scores(smiles_list: Sequence[str]) -> FloatArray:
    """Return one score a structure, in input order; NaN where it cannot be read.

    Examples
    --------
    >>> sa_scores(["CCO", "c1ccc"]).round(1).tolist()
    [2.0, nan]
    """
    return np.array([_score(smiles) for smiles in smiles_list], dtype=np.float64)


def _score(smiles: str) -> float:
    try:
        return sa_score(parse_smiles(smiles))
    except StructureError:
        return math.nan


@cache
def _scorer() -> Callable[[Chem.Mol], float]:
    """Return the scorer of RDKit's contributed code, which is no importable package."""
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    spec = importlib.util.spec_from_file_location("_rdkit_sascorer", path)
    if spec is None or spec.loader is None or not path.exists():
        raise ModelError(
            "RDKit's SA_Score is missing", place=str(path), remedy="install RDKit from its wheel"
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    score: Callable[[Chem.Mol], float] = module.calculateScore
    return score
