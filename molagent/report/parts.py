"""Parts of structures as pictures: substituents, cores with their positions, pairs side by side."""

import re
from typing import Final

import numpy as np
from markupsafe import Markup
from rdkit import Chem

from molagent.chem.fragments import fragmentations, swapped
from molagent.errors import StructureError
from molagent.report.drawing import align_to_reference, depict, structure_svg
from molagent.report.vector import empty_tile

__all__ = ["aligned_svgs", "changed_atoms", "core_svg", "part_svg"]

_HYDROGEN: Final = re.compile(r"\*\[H\]|\[H\]\[\*:\d+\]|\[\*:\d+\]\[H\]")
_LONGEST: Final = 1.35


def part_svg(part: str, *, width: int = 96, height: int = 62) -> Markup:
    """Return a drawing of a substituent or linker, its open bonds crossed by a wavy line.

    A hydrogen is written as a letter. Two open ends of a linker are told apart by number.
    """
    plain = part.replace("[1*]", "[*:1]").replace("[2*]", "[*:2]")
    if _HYDROGEN.fullmatch(plain):
        return empty_tile((width, height), "H")
    try:
        mol = depict(plain)
    except StructureError:
        return empty_tile((width, height), "not drawn")
    numbered = len({atom.GetAtomMapNum() for atom in mol.GetAtoms() if atom.GetAtomMapNum()}) > 1
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            if numbered:
                atom.SetProp("_displayLabel", f"({atom.GetAtomMapNum()})")
            atom.SetAtomMapNum(0)
    return structure_svg(
        mol, width=width, height=height, title=part, thumbnail=True, open_ends=not numbered
    )


def core_svg(core: str, *, width: int = 340, height: int = 230) -> Markup:
    """Return a drawing of a core with R1, R2 and so on at its positions."""
    try:
        mol = depict(core)
    except StructureError:
        return empty_tile((width, height), "structure not drawn")
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0 and (label := atom.GetAtomMapNum()):
            atom.SetProp("_displayLabel", f"R<sub>{label}</sub>")
            atom.SetProp("_displayLabelW", f"R<sub>{label}</sub>")
            atom.SetAtomMapNum(0)
    return structure_svg(mol, width=width, height=height, title=core)


def changed_atoms(smiles: str, constant: str, variable: str) -> tuple[int, ...]:
    """Return the atoms of a compound that a matched pair changes; empty for a hydrogen."""
    mol = depict(smiles)
    for item in fragmentations(mol):
        same = {item.variable, swapped(item.variable) if item.cuts > 1 else item.variable}
        if item.constant == constant and variable in same:
            return item.atoms
    return ()


def aligned_svgs(
    first: str,
    second: str,
    *,
    highlights: tuple[tuple[int, ...], tuple[int, ...]] | None = None,
    width: int = 205,
    height: int = 160,
) -> tuple[Markup, Markup]:
    """Return two structures in one orientation, with what differs on a tinted ground.

    Parameters
    ----------
    highlights
        Atoms of the first and of the second that differ; what lies outside their largest common
        part where None.
    """
    pair = align_to_reference(second, first)
    marks = highlights or (align_to_reference(first, second).changed, pair.changed)
    # A ring system forced into another's place has bonds across the picture: better turned.
    other = depict(second) if _is_stretched(pair.mol) else pair.mol
    return (
        structure_svg(pair.reference, width=width, height=height, highlight=marks[0]),
        structure_svg(other, width=width, height=height, highlight=marks[1]),
    )


def _is_stretched(mol: Chem.Mol) -> bool:
    places = mol.GetConformer().GetPositions()[:, :2]
    lengths = [
        float(np.linalg.norm(places[bond.GetBeginAtomIdx()] - places[bond.GetEndAtomIdx()]))
        for bond in mol.GetBonds()
    ]
    return bool(lengths) and max(lengths) > _LONGEST * float(np.median(lengths))
