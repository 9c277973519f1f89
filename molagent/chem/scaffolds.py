"""Bemis-Murcko scaffolds (Bemis and Murcko 1996, doi:10.1021/jm9602928)."""

import hashlib
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles

__all__ = [
    "ROOM_TO_DECORATE",
    "core_of",
    "decompose",
    "murcko_scaffold",
    "scaffold_id",
    "topological_scaffold",
]

ROOM_TO_DECORATE: Final = 8
"""Heavy atoms that a core which is to be decorated leaves free at least."""

_MOST_NEIGHBOURS = 4


def decompose(mol: Chem.Mol) -> Chem.Mol:
    """Return the Bemis-Murcko scaffold of a molecule; without atoms if it is acyclic.

    What RDKit's ``MurckoScaffold.GetScaffoldForMol`` does, without its module, whose import
    compiles reactions that nothing here uses.
    """
    scaffold = Chem.MurckoDecompose(mol)
    scaffold.ClearComputedProps()
    scaffold.UpdatePropertyCache()
    Chem.GetSymmSSSR(scaffold)
    return scaffold


def murcko_scaffold(smiles: str) -> str:
    """Return the canonical SMILES of the Bemis-Murcko scaffold, without stereo; '' if acyclic.

    Examples
    --------
    >>> murcko_scaffold("Cc1ccccc1CCO")
    'c1ccccc1'
    """
    mol = parse_smiles(smiles)
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(decompose(mol))


def topological_scaffold(smiles: str) -> str:
    """Return the Bemis-Murcko scaffold as a graph of carbons and single bonds; '' if acyclic.

    Compounds share it that differ in heteroatoms, unsaturation and what hangs on the rings and
    linkers ("graph framework", Bemis and Murcko 1996).

    Examples
    --------
    >>> topological_scaffold("O=C(Nc1ccccc1)c1ccncc1")
    'C1CCC(CCC2CCCCC2)CC1'
    """
    mol = parse_smiles(smiles)
    Chem.RemoveStereochemistry(mol)
    graph = Chem.RWMol()
    for atom in mol.GetAtoms():
        # A carbon holds four bonds; what has more neighbours (a phosphorane's P) is a dummy atom.
        graph.AddAtom(Chem.Atom(6 if atom.GetDegree() <= _MOST_NEIGHBOURS else 0))
    for bond in mol.GetBonds():
        graph.AddBond(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), Chem.BondType.SINGLE)
    Chem.SanitizeMol(graph)
    # Made generic first: in a Murcko scaffold of RDKit a carbonyl on a ring or linker stays.
    return Chem.MolToSmiles(decompose(graph))


def scaffold_id(scaffold: str) -> str:
    """Return the short id of a series, ``S-`` and eight hex digits; '' for acyclic compounds.

    Agents name series by this id and never see the structure.

    Examples
    --------
    >>> scaffold_id("c1ccccc1")
    'S-13cad05c'
    """
    if not scaffold:
        return ""
    return f"S-{hashlib.sha256(scaffold.encode()).hexdigest()[:8]}"


def core_of(scaffold: str, max_heavy_atoms: int) -> str:
    """Return the largest part of a scaffold that leaves room to decorate it.

    Ring systems are taken off the rim, the smallest first, until at most `max_heavy_atoms` are
    left; a scaffold that is small enough comes back as it is. '' if not even one ring system fits.

    Examples
    --------
    >>> core_of("c1ccc(CCc2ccc3[nH]ccc3c2)cc1", 12)
    'c1ccc2[nH]ccc2c1'
    """
    current = scaffold
    while current and parse_smiles(current).GetNumHeavyAtoms() > max_heavy_atoms:
        # Ties fall to the alphabet, so that the core does not depend on bond order.
        current = max(_pruned(current), key=lambda part: (_size(part), part), default="")
    return current


def _pruned(scaffold: str) -> set[str]:
    """Return what is left of a scaffold when it is cut at one bond beside a ring."""
    mol = parse_smiles(scaffold)
    parts: set[str] = set()
    for bond in mol.GetBonds():
        beside_ring = bond.GetBeginAtom().IsInRing() or bond.GetEndAtom().IsInRing()
        if bond.IsInRing() or not beside_ring or bond.GetBondType() != Chem.BondType.SINGLE:
            continue
        cut = Chem.FragmentOnBonds(mol, [bond.GetIdx()], addDummies=False)
        fragments = Chem.MolToSmiles(cut).split(".")
        parts |= {murcko_scaffold(fragment) for fragment in fragments}
    return parts - {scaffold, ""}


def _size(smiles: str) -> int:
    return parse_smiles(smiles).GetNumHeavyAtoms()
