"""What a structure, as it was given, says of its stereo: counted, in words.

Enhanced stereo groups (``|&1:4|`` of CXSMILES, ``STERAC`` and ``STEREL`` of V3000 molblocks) say
which centres are racemic and which relative. A SMILES without them means what it draws; a molblock
without them and without the chiral flag leaves open whether it is absolute or relative.
"""

from collections import Counter
from typing import Final

from rdkit import Chem

__all__ = ["describe_isotopes", "describe_stereo"]

_GROUPS: Final = {
    Chem.StereoGroupType.STEREO_AND: "racemic",
    Chem.StereoGroupType.STEREO_OR: "relative",
    Chem.StereoGroupType.STEREO_ABSOLUTE: "absolute",
}
_AXES: Final = (Chem.BondStereo.STEREOATROPCW, Chem.BondStereo.STEREOATROPCCW)
_FLAG: Final = "_MolFileChiralFlag"
_ORDER: Final = ("absolute", "racemic", "relative", "absolute or relative", "unknown")


def describe_stereo(mol: Chem.Mol) -> str:
    """Return how many centres and double bonds are absolute, racemic, relative or unknown.

    Parameters
    ----------
    mol
        A sanitised molecule, with its stereo groups and its chiral flag where it has them.

    Returns
    -------
    str
        ``absolute 2, unknown 1; double bonds: drawn 1``; '' where there is no stereo to tell.
        ``absolute or relative`` are centres of a molblock that does not say which. A centre that
        only symmetry hides counts as RDKit's ``FindPotentialStereo`` counts it.

    Examples
    --------
    >>> describe_stereo(Chem.MolFromSmiles("C[C@H](N)C(=O)O"))
    'absolute 1'
    >>> describe_stereo(Chem.MolFromSmiles("C[C@H](N)[C@@H](O)C(F)Cl |&1:1,3|"))
    'racemic 2, unknown 1'
    """
    groups = {
        atom.GetIdx(): _GROUPS[group.GetGroupType()]
        for group in mol.GetStereoGroups()
        for atom in group.GetAtoms()
    }
    said = "absolute"
    if not groups and mol.HasProp(_FLAG) and not mol.GetIntProp(_FLAG):
        said = "absolute or relative"
    centres: Counter[str] = Counter()
    bonds: Counter[str] = Counter()
    axes = sum(bond.GetStereo() in _AXES for bond in mol.GetBonds())
    for found in Chem.FindPotentialStereo(mol):
        specified = found.specified == Chem.StereoSpecified.Specified
        if found.type == Chem.StereoType.Atom_Tetrahedral:
            centres[groups.get(found.centeredOn, said) if specified else "unknown"] += 1
        elif found.type == Chem.StereoType.Bond_Double:
            bonds["drawn" if specified else "unknown"] += 1
    parts = []
    if centres:
        parts.append(", ".join(f"{kind} {centres[kind]}" for kind in _ORDER if centres[kind]))
    if bonds:
        told = ", ".join(f"{kind} {bonds[kind]}" for kind in ("drawn", "unknown") if bonds[kind])
        parts.append(f"double bonds: {told}")
    if axes:
        parts.append(f"axes: drawn {axes}")
    return "; ".join(parts)


def describe_isotopes(mol: Chem.Mol) -> str:
    """Return the labelled atoms of a structure, counted: ``3 x 2H, 1 x 125I``; '' for none.

    Examples
    --------
    >>> describe_isotopes(Chem.MolFromSmiles("[2H]C([2H])([2H])NC(=O)c1ccccc1"))
    '3 x 2H'
    """
    labels = Counter(
        f"{atom.GetIsotope()}{atom.GetSymbol()}" for atom in mol.GetAtoms() if atom.GetIsotope()
    )
    return ", ".join(f"{count} x {label}" for label, count in sorted(labels.items()))
