"""Bemis-Murcko scaffolds (Bemis and Murcko 1996, doi:10.1021/jm9602928)."""

import hashlib

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from molagent.chem.molecules import parse_smiles

__all__ = ["murcko_scaffold", "scaffold_id"]


def murcko_scaffold(smiles: str) -> str:
    """Return the canonical SMILES of the Bemis-Murcko scaffold, without stereo; '' if acyclic.

    Examples
    --------
    >>> murcko_scaffold("Cc1ccccc1CCO")
    'c1ccccc1'
    """
    mol = parse_smiles(smiles)
    Chem.RemoveStereochemistry(mol)
    scaffold = MurckoScaffold.GetScaffoldForMol(mol)  # type: ignore[no-untyped-call]
    return Chem.MolToSmiles(scaffold)


def scaffold_id(scaffold: str) -> str:
    """Return the short id of a series, ``S-`` and eight hex digits; '' for acyclic compounds.

    Agents name series by this id and never see the structure.

    Examples
    --------
    >>> scaffold_id("c1ccccc1")
    'S-a4f2f5b9'
    """
    if not scaffold:
        return ""
    return f"S-{hashlib.sha256(scaffold.encode()).hexdigest()[:8]}"
