"""What was stripped from a structure to get its parent: which counter-ions and solvents, how many.

Names are those of the ChEMBL structure pipeline's lists of salt formers and solvents (Bento et al.
2020, doi:10.1186/s13321-020-00456-1).
"""

from collections import Counter
from functools import cache
from importlib.resources import files
from math import gcd
from typing import Final

from rdkit import Chem, rdBase

__all__ = ["describe_salt", "same_skeleton"]

_LISTS: Final = ("salts.smi", "solvents.smi")


def describe_salt(smiles: str, parent: str) -> str:
    """Return what a structure has beside its parent, in SMILES and with names and proportions.

    Parameters
    ----------
    smiles
        The structure as given, readable by RDKit.
    parent
        SMILES of its standardised parent.

    Returns
    -------
    str
        ``SMILES (name n:m, ...)`` with `n` of it for `m` of the parent; ``unnamed`` where the lists
        have no name; '' where nothing was stripped.

    Examples
    --------
    >>> describe_salt("NCc1ccccc1.Cl", "NCc1ccccc1")
    'Cl (chloride 1:1)'
    >>> describe_salt("OC(=O)/C=C/C(O)=O.CCN.CCN.O", "CCN")
    'O.O=C(O)/C=C/C(=O)O (water 1:2, maleate and fumarate 1:2)'
    """
    if "." not in smiles:
        return ""
    with rdBase.BlockLogs():
        given: Chem.Mol | None = Chem.MolFromSmiles(smiles)
        kept: Chem.Mol | None = Chem.MolFromSmiles(parent)
        if given is None or kept is None:
            return ""
        parents = Counter(same_skeleton(part) for part in Chem.GetMolFrags(kept, asMols=True))
        stripped: list[tuple[str, str]] = []
        copies = 0
        for fragment in Chem.GetMolFrags(given, asMols=True):
            skeleton = same_skeleton(fragment)
            if skeleton in parents:
                copies += 1
            else:
                stripped.append((Chem.MolToSmiles(fragment), skeleton))
    # A parent that standardisation has rewritten is not among the fragments as they were given.
    if not stripped or not copies:
        return ""
    per_parent = max(1, copies // max(1, parents.total()))
    counts = Counter(sorted(stripped))
    told = []
    for (_, skeleton), count in counts.items():
        common = gcd(count, per_parent)
        name = _names().get(skeleton, "unnamed")
        told.append(f"{name} {count // common}:{per_parent // common}")
    return f"{'.'.join(sorted(text for text, _ in stripped))} ({', '.join(told)})"


def same_skeleton(mol: Chem.Mol) -> str:
    """Return a text that an acid, its anion and its salt's drawing have in common.

    Examples
    --------
    >>> same_skeleton(Chem.MolFromSmiles("CC(=O)[O-]")) == same_skeleton(
    ...     Chem.MolFromSmiles("CC(O)=O")
    ... )
    True
    """
    bare = Chem.RWMol(mol)
    Chem.RemoveStereochemistry(bare)
    for atom in bare.GetAtoms():
        atom.SetFormalCharge(0)
        atom.SetIsotope(0)
        atom.SetNumExplicitHs(0)
        atom.SetNoImplicit(True)  # noqa: FBT003 - RDKit takes no names
        atom.SetNumRadicalElectrons(0)
    return Chem.MolToSmiles(bare)


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for file_name in _LISTS:
        text = files("chembl_structure_pipeline").joinpath("data", file_name).read_text("utf-8")
        for line in text.splitlines():
            name, tab, smiles = line.strip().partition("\t")
            if line.startswith("#") or not tab:
                continue
            with rdBase.BlockLogs():
                mol = Chem.MolFromSmiles(smiles)
            if mol is not None:
                names.setdefault(same_skeleton(mol), name.lower())
    return names
