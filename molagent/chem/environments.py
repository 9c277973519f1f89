"""Environments of atoms: radius 2 around each, and radius 1 at the two ends of each bond.

The first are those of Morgan fingerprints (Rogers and Hahn 2010, doi:10.1021/ci100050t), the second
those of LACAN (Dehaen, doi:10.26434/chemrxiv.15001196).
"""

import hashlib
from functools import lru_cache

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator
from rdkit.Chem.MolStandardize import rdMolStandardize

__all__ = ["atom_environments", "bonded_pairs", "uncharged"]

_KEPT = 200_000


def uncharged(mol: Chem.Mol) -> Chem.Mol:
    """Return a molecule without the charges that a proton more or less would take away.

    References hold neutral drawings; an ammonium or a carboxylate is no other environment.

    Examples
    --------
    >>> Chem.MolToSmiles(uncharged(Chem.MolFromSmiles("C[NH2+]CC(=O)[O-]")))
    'CNCC(=O)O'
    """
    if not any(atom.GetFormalCharge() for atom in mol.GetAtoms()):
        return mol
    return rdMolStandardize.Uncharger(canonicalOrder=True).uncharge(mol)


def atom_environments(mol: Chem.Mol) -> list[int]:
    """Return the identifier of the radius-2 environment of each atom, unsigned 32 bits.

    Examples
    --------
    >>> len(atom_environments(Chem.MolFromSmiles("CCO")))
    3
    """
    if not mol.GetNumAtoms():
        return []
    generator, output = _morgan()
    generator.GetSparseCountFingerprint(mol, additionalOutput=output)
    return [bits[-1] for bits in output.GetAtomToBits()]


def bonded_pairs(mol: Chem.Mol) -> list[tuple[int, int]]:
    """Return the environments at the two ends of each bond, signed 32 bits, the smaller first.

    An environment is an atom's element, degree, hydrogens, charge and kind of ring with those of
    its neighbours, the other end left out, and the bonds between them.

    Examples
    --------
    >>> bonded_pairs(Chem.MolFromSmiles("CO"))[0] == bonded_pairs(Chem.MolFromSmiles("OC"))[0]
    True
    """
    atoms = [
        (
            atom.GetAtomicNum(),
            atom.GetDegree(),
            atom.GetTotalNumHs(),
            atom.GetFormalCharge(),
            int(atom.IsInRing()) + int(atom.GetIsAromatic()),
        )
        for atom in mol.GetAtoms()
    ]
    bonds = [
        (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), int(bond.GetBondType()))
        for bond in mol.GetBonds()
    ]
    around: list[dict[int, tuple[int, ...]]] = [{} for _ in atoms]
    for begin, end, kind in bonds:
        around[begin][end] = (*atoms[end], kind)
        around[end][begin] = (*atoms[begin], kind)
    pairs = []
    for begin, end, kind in bonds:
        one = _identifier((*atoms[begin], kind), _without(around[begin], end))
        two = _identifier((*atoms[end], kind), _without(around[end], begin))
        pairs.append((one, two) if one <= two else (two, one))
    return pairs


def _without(around: dict[int, tuple[int, ...]], other: int) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted(each for index, each in around.items() if index != other))


@lru_cache(maxsize=_KEPT)
def _identifier(centre: tuple[int, ...], around: tuple[tuple[int, ...], ...]) -> int:
    """Return the first four bytes of the MD5 of the numbers in order, as LACAN hashes them."""
    numbers = [*centre, *(number for each in around for number in each)]
    digest = hashlib.md5(str(numbers).encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big", signed=True)


@lru_cache(maxsize=1)
def _morgan() -> tuple[
    "rdFingerprintGenerator.FingerprintGenerator64", rdFingerprintGenerator.AdditionalOutput
]:
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateAtomToBits()
    generator = rdFingerprintGenerator.GetMorganGenerator(
        radius=2, includeRedundantEnvironments=True
    )
    return generator, output
