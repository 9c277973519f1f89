"""Bemis-Murcko scaffolds (Bemis and Murcko 1996, doi:10.1021/jm9602928)."""

from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from molagent.chem.molecules import parse_smiles

__all__ = ["murcko_scaffold"]


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
