"""Molecules as claims try them: one fragment, neutral, isotope labels dropped or kept."""

from functools import lru_cache
from typing import Final

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from molagent.chem.molecules import parse_smiles

__all__ = ["MAX_ATOMS", "counter_ions", "keep_one_fragment", "prepare_mol"]

# A hang-proof cap: the largest drug-like macrocycles have about 100 heavy atoms.
MAX_ATOMS: Final = 150

_COUNTER_IONS: Final = "_counter_ions"


def prepare_mol(smiles: str, isotopes: str = "ignored") -> Chem.Mol:
    """Return the molecule a claim is tried on: one fragment, isotope labels dropped or kept.

    Raises
    ------
    StructureError
        If the structure cannot be read or has more than :data:`MAX_ATOMS` atoms.

    Examples
    --------
    >>> mol = prepare_mol("C[NH+](C)CC[2H].[Cl-]")
    >>> Chem.MolToSmiles(mol), counter_ions(mol)
    ('CCN(C)C', ('Cl',))
    """
    return keep_one_fragment(parse_smiles(smiles, max_atoms=MAX_ATOMS), isotopes)


def keep_one_fragment(mol: Chem.Mol, isotopes: str = "ignored") -> Chem.Mol:
    """Return the largest fragment of a molecule, isotope labels dropped or kept.

    Charges that a proton explains are taken off; the other fragments are remembered.
    """
    fragments = Chem.GetMolFrags(mol, asMols=True)
    others: tuple[str, ...] = ()
    if len(fragments) > 1:
        mol = max(fragments, key=Chem.Mol.GetNumHeavyAtoms)
        kept = next(place for place, fragment in enumerate(fragments) if fragment is mol)
        rest = [fragment for place, fragment in enumerate(fragments) if place != kept]
        others = tuple(Chem.MolToSmiles(_neutral(fragment)) for fragment in rest)
    mol = _neutral(mol)
    if isotopes != "literal" and any(atom.GetIsotope() for atom in mol.GetAtoms()):
        mol = Chem.Mol(mol)
        for atom in mol.GetAtoms():
            atom.SetIsotope(0)
        mol = Chem.RemoveHs(mol)
    if others:
        mol.SetProp(_COUNTER_IONS, ".".join(others))
    return mol


def counter_ions(mol: Chem.Mol) -> tuple[str, ...]:
    """Return the other fragments of a prepared molecule, neutral, as SMILES."""
    return tuple(mol.GetProp(_COUNTER_IONS).split(".")) if mol.HasProp(_COUNTER_IONS) else ()


def _neutral(mol: Chem.Mol) -> Chem.Mol:
    if all(atom.GetFormalCharge() == 0 for atom in mol.GetAtoms()):
        return mol
    with rdBase.BlockLogs():
        return _uncharger().uncharge(mol)


@lru_cache(maxsize=1)
def _uncharger() -> rdMolStandardize.Uncharger:
    return rdMolStandardize.Uncharger()
