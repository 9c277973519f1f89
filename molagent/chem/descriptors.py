"""Physicochemical descriptors as a table, one row a structure in input order."""

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Final

import pandas as pd
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from molagent.chem.molecules import parse_smiles
from molagent.chem.precedent import precedent
from molagent.chem.synthetic_accessibility import sa_score

__all__ = ["DESCRIPTORS", "descriptor_table"]


# RDKit's module `Descriptors` builds a table of two hundred functions when it is imported; these
# are the functions behind the few that are needed here.
def _molecular_weight(mol: Chem.Mol) -> float:
    return float(rdMolDescriptors._CalcMolWt(mol))  # noqa: SLF001 - what Descriptors.MolWt calls


def _logp(mol: Chem.Mol) -> float:
    return float(rdMolDescriptors.CalcCrippenDescriptors(mol)[0])


def _qed(mol: Chem.Mol) -> float:
    from rdkit.Chem import QED

    return float(QED.qed(mol))  # type: ignore[no-untyped-call]


# Name -> (function, unit or meaning).
DESCRIPTORS: Final = MappingProxyType[str, tuple[Callable[[Chem.Mol], float], str]](
    {
        "mw": (_molecular_weight, "average molecular weight, g/mol"),
        "logp": (_logp, "Crippen logP, doi:10.1021/ci990307l"),
        "tpsa": (rdMolDescriptors.CalcTPSA, "topological polar surface area, A^2"),
        "hbd": (rdMolDescriptors.CalcNumLipinskiHBD, "NH and OH, Lipinski's count"),
        "hba": (rdMolDescriptors.CalcNumLipinskiHBA, "N and O, Lipinski's count"),
        "rotb": (rdMolDescriptors.CalcNumRotatableBonds, "rotatable bonds"),
        "rings": (rdMolDescriptors.CalcNumRings, "rings"),
        "aromatic_rings": (rdMolDescriptors.CalcNumAromaticRings, "aromatic rings"),
        "heavy_atoms": (Chem.Mol.GetNumHeavyAtoms, "heavy atoms"),
        "fsp3": (rdMolDescriptors.CalcFractionCSP3, "fraction of sp3 carbons"),
        "charge": (Chem.GetFormalCharge, "formal charge"),
        "qed": (_qed, "quantitative estimate of drug-likeness, doi:10.1038/nchem.1243"),
        "precedent": (
            precedent,
            "mean log10 count of the atoms' environments in real compounds: 0 unseen, 3 ordinary",
        ),
        "sa_score": (sa_score, "1 easy .. 10 hard to make, doi:10.1186/1758-2946-1-8"),
    }
)


def descriptor_table(smiles_list: Sequence[str], names: Sequence[str] = ()) -> pd.DataFrame:
    """Return descriptors, ``N x len(names)``; all of :data:`DESCRIPTORS` if `names` is empty.

    Examples
    --------
    >>> descriptor_table(["CCO"], ["hbd", "hba"]).iloc[0].to_dict()
    {'hbd': 1.0, 'hba': 1.0}
    """
    chosen = tuple(names) or tuple(DESCRIPTORS)
    functions = [DESCRIPTORS[name][0] for name in chosen]
    mols = [parse_smiles(smiles) for smiles in smiles_list]
    return pd.DataFrame(
        [[float(function(mol)) for function in functions] for mol in mols], columns=list(chosen)
    )
