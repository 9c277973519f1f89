"""The stereoisomers that a drawing leaves open."""

from typing import Any, Final

from rdkit import Chem, rdBase
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions

from molagent.chem.molecules import parse_smiles

__all__ = ["MOST_ISOMERS", "count_open_stereo", "open_isomers"]

MOST_ISOMERS: Final = 4
"""Isomers of one drawing that are looked at: those of two open centres."""

# A molecule with more open elements than this is not written out to the end.
_MOST_DRAWN: Final = 64
_EMBEDDING_SEED: Final = 0xF00D


def count_open_stereo(smiles: str) -> int:
    """Return how many centres and double bonds a drawing leaves open.

    Examples
    --------
    >>> count_open_stereo("CC(O)C(=O)NC"), count_open_stereo("C[C@H](O)C(=O)NC")
    (1, 0)
    """
    return len(_open(parse_smiles(smiles)))


def open_isomers(smiles: str, *, most: int = MOST_ISOMERS) -> tuple[str, ...]:
    """Return the stereoisomers of a drawing, at most `most`; the drawing alone if none is open.

    Centres that are drawn stay as they are. An isomer that no conformer can have, as a bridge from
    one face of a small ring to the other, is left out. Canonical SMILES in the order of the
    alphabet, so that the answer does not depend on how the drawing was written.

    Examples
    --------
    >>> open_isomers("CC(O)C(=O)NC")
    ('CNC(=O)[C@@H](C)O', 'CNC(=O)[C@H](C)O')
    >>> open_isomers("CC(O)C(C)O")  # one of the four drawings is meso
    ('C[C@@H](O)[C@@H](C)O', 'C[C@H](O)[C@@H](C)O', 'C[C@H](O)[C@H](C)O')
    """
    mol = parse_smiles(smiles)
    if not _open(mol):
        return (Chem.MolToSmiles(mol),)
    options = StereoEnumerationOptions(  # type: ignore[no-untyped-call]
        onlyUnassigned=True, unique=True, maxIsomers=_MOST_DRAWN, rand=_EMBEDDING_SEED
    )
    with rdBase.BlockLogs():
        drawn = {
            Chem.MolToSmiles(isomer): isomer
            for isomer in EnumerateStereoisomers(mol, options=options)  # type: ignore[no-untyped-call]
        }
    strained = _may_be_impossible(mol)
    found: list[str] = []
    for text in sorted(drawn):
        if len(found) == most:
            break
        if not strained or _exists(drawn[text]):
            found.append(text)
    # Where no conformer was found for any the check is of no use: none is left out.
    return tuple(found) or tuple(sorted(drawn)[:most])


def _open(mol: Chem.Mol) -> list[int]:
    return [
        found.centeredOn
        for found in Chem.FindPotentialStereo(mol)
        if found.specified != Chem.StereoSpecified.Specified and not _turns_freely(mol, found)
    ]


def _turns_freely(mol: Chem.Mol, found: Chem.StereoInfo) -> bool:
    """Return whether it is the double bond of an N-H, as in an amidine: its sides change places."""
    if found.type != Chem.StereoType.Bond_Double:
        return False
    bond = mol.GetBondWithIdx(found.centeredOn)
    ends = bond.GetBeginAtom(), bond.GetEndAtom()
    return any(atom.GetSymbol() == "N" and atom.GetTotalNumHs() > 0 for atom in ends)


def _may_be_impossible(mol: Chem.Mol) -> bool:
    """Return whether two atoms that join rings are stereocentres: only then faces exclude."""
    rings = mol.GetRingInfo()
    joined = [
        found.centeredOn
        for found in Chem.FindPotentialStereo(mol)
        if found.type == Chem.StereoType.Atom_Tetrahedral
        and rings.NumAtomRings(found.centeredOn) > 1
    ]
    return len(joined) > 1


def _exists(isomer: Chem.Mol) -> bool:
    from rdkit.Chem import rdDistGeom

    with rdBase.BlockLogs():
        settings: Any = rdDistGeom.ETKDGv3()
        settings.randomSeed = _EMBEDDING_SEED
        settings.maxIterations = 5
        return bool(rdDistGeom.EmbedMolecule(Chem.AddHs(isomer), settings) >= 0)
