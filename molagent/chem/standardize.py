"""Standardised parents by ChEMBL's rules.

The steps are those of the ChEMBL structure pipeline (Bento et al. 2020,
doi:10.1186/s13321-020-00456-1): normalise functional groups, neutralise charges, then strip salts,
solvents and isotopes to get the parent.
"""

from functools import cache
from importlib.metadata import version

from rdkit import Chem, rdBase

from molagent.chem.interrupts import keep_interrupts
from molagent.chem.molecules import parse_smiles
from molagent.chem.parents import parent_mol
from molagent.chem.sizes import MAX_HEAVY_ATOMS
from molagent.errors import StructureError

__all__ = ["parent_of_mol", "standard_parent", "standardize_smiles", "standardizer_version"]


@cache
def standardizer_version() -> str:
    """Return the name and versions that decide what a parent is."""
    pipeline = version("chembl-structure-pipeline")
    return f"chembl_structure_pipeline {pipeline}, rdkit {version('rdkit')}"


def standardize_smiles(smiles: str, *, max_atoms: int = MAX_HEAVY_ATOMS, place: str = "") -> str:
    """Return the canonical SMILES of the standardised parent.

    Parameters
    ----------
    smiles
        Any valid SMILES, with salts, solvents and charges as they come.
    max_atoms
        Largest accepted number of heavy atoms.
    place
        ``file:row`` for the error message.

    Raises
    ------
    StructureError
        If the structure cannot be read, or nothing is left of it.

    Examples
    --------
    >>> standardize_smiles("c1ccccc1CC[NH3+].[Cl-]")
    'NCCc1ccccc1'
    """
    return standard_parent(smiles, max_atoms=max_atoms, place=place)[0]


def standard_parent(
    smiles: str, *, max_atoms: int = MAX_HEAVY_ATOMS, place: str = ""
) -> tuple[str, Chem.Mol]:
    """Return the canonical SMILES of the standardised parent and the molecule read from it.

    For those who need the molecule too: see :func:`standardize_smiles`.
    """
    mol = parse_smiles(smiles, max_atoms=max_atoms, place=place)
    return parent_of_mol(mol, smiles, place=place)


def parent_of_mol(mol: Chem.Mol, smiles: str, *, place: str = "") -> tuple[str, Chem.Mol]:
    """Return the same for a molecule that :func:`parse_smiles` has read from a text."""
    with rdBase.BlockLogs(), keep_interrupts():
        try:
            parent = parent_mol(mol, smiles.strip())
        except (Chem.MolSanitizeException, ValueError, RuntimeError) as error:
            raise StructureError(
                f"{smiles!r} cannot be standardised ({error})",
                place=place,
                remedy="correct the structure",
            ) from error
        if parent is None or parent.GetNumAtoms() == 0:
            raise StructureError(
                f"nothing is left of {smiles!r} after salts and solvents are stripped",
                place=place,
                remedy="leave the row out",
            )
        # One round trip: the pipeline's molecule can keep atom order dependent annotations.
        first = Chem.MolToSmiles(parent)
        read = Chem.MolFromSmiles(first)
        standard = Chem.MolToSmiles(read)
        return standard, read if standard == first else Chem.MolFromSmiles(standard)
