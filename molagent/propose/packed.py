"""Many molecules in flat integer arrays, cut into pieces: what traces are drawn from."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.propose.conditions import NAMES, describe_mol
from molagent.propose.motifs import cut_mol, find_atom_type, read_mol
from molagent.propose.vocabulary import MotifVocabulary

__all__ = ["NO_BLOCK", "PackedMolecules", "find_obstacle", "pack_smiles"]

NO_BLOCK = 65535
MAX_PACKED_ATOMS = 60
_UNKNOWN = (math.nan,) * len(NAMES)

U8 = NDArray[np.uint8]
I64 = NDArray[np.int64]


@dataclass(frozen=True)
class PackedMolecules:
    """Many molecules in flat arrays; molecule ``i`` owns rows ``offset[i]:offset[i + 1]``.

    Parameters
    ----------
    atoms
        ``N x 5``: atom type, piece, slot in the motif, hydrogens, in ring.
    bonds
        ``E x 3``: begin, end, Kekule order plus 4 where aromatic.
    pieces
        Block number of every piece, `NO_BLOCK` where the vocabulary lacks it.
    offsets
        ``M + 1 x 3``: first atom, bond and piece row of each molecule.
    corpus
        Number of the source file of each molecule.
    properties
        ``M x 4`` in the order of `conditions.NAMES`; NaN where unknown.
    """

    atoms: U8
    bonds: U8
    pieces: NDArray[np.uint16]
    offsets: I64
    corpus: U8
    properties: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of molecules."""
        return len(self.corpus)

    def save(self, path: Path) -> None:
        """Write to an npz file, complete or not at all."""
        partial = path.with_suffix(".partial.npz")
        np.savez(
            partial,
            atoms=self.atoms,
            bonds=self.bonds,
            pieces=self.pieces,
            offsets=self.offsets,
            corpus=self.corpus,
            properties=self.properties,
        )
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> PackedMolecules:
        """Read an npz file written by `save`."""
        with np.load(path) as content:
            return cls(**{name: content[name] for name in content.files})

    @classmethod
    def concatenate(cls, parts: Sequence[PackedMolecules]) -> PackedMolecules:
        """Join parts in order."""
        offsets = [np.zeros((1, 3), dtype=np.int64)]
        for part in parts:
            offsets.append(part.offsets[1:] + offsets[-1][-1])
        return cls(
            atoms=np.concatenate([p.atoms for p in parts]),
            bonds=np.concatenate([p.bonds for p in parts]),
            pieces=np.concatenate([p.pieces for p in parts]),
            offsets=np.concatenate(offsets),
            corpus=np.concatenate([p.corpus for p in parts]),
            properties=np.concatenate([p.properties for p in parts]),
        )

    @property
    def sha256(self) -> str:
        """Hash of the packed content."""
        digest = hashlib.sha256()
        for field in fields(self):
            digest.update(np.ascontiguousarray(getattr(self, field.name)).tobytes())
        return digest.hexdigest()


def _pack_one(
    mol: Chem.Mol, vocabulary: MotifVocabulary
) -> tuple[list[list[int]], list[list[int]], list[int]] | None:
    types = [find_atom_type(atom) for atom in mol.GetAtoms()]
    if len(types) > MAX_PACKED_ATOMS or any(kind is None for kind in types):
        return None
    cut = cut_mol(mol)
    atoms = [
        [kind or 0, 0, 0, a.GetTotalNumHs(), int(a.IsInRing())]
        for kind, a in zip(types, mol.GetAtoms(), strict=True)
    ]
    pieces = []
    for number, (smiles, members) in enumerate(cut.pieces):
        if len(members) == 1:
            pieces.append(atoms[members[0]][0])
        else:
            pieces.append(vocabulary.index.get(smiles, NO_BLOCK))
        for slot, atom in enumerate(members):
            atoms[atom][1], atoms[atom][2] = number, slot
    aromatic = [b.GetIsAromatic() for b in cut.mol.GetBonds()]
    Chem.Kekulize(cut.mol, clearAromaticFlags=True)
    bonds = [
        [b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondTypeAsDouble()) + 4 * flag]
        for b, flag in zip(cut.mol.GetBonds(), aromatic, strict=True)
    ]
    bonds += [[begin, end, 1] for begin, end in cut.cuts]
    return atoms, bonds, pieces


def find_obstacle(smiles: str) -> str | None:
    """Return why a structure cannot be built from blocks, None if it can.

    Examples
    --------
    >>> find_obstacle("C[13CH3]")
    'atom [13CH3] is not in the element table'
    >>> find_obstacle("CCO") is None
    True
    """
    mol = read_mol(smiles)
    if mol is None or mol.GetNumAtoms() == 0:
        return "not a SMILES string"
    if "." in smiles:
        return "in several parts"
    if mol.GetNumAtoms() > MAX_PACKED_ATOMS:
        return f"more than {MAX_PACKED_ATOMS} heavy atoms"
    for atom in mol.GetAtoms():
        if find_atom_type(atom) is None:
            return f"atom {atom.GetSmarts()} is not in the element table"
    return None


def pack_smiles(
    smiles_list: Iterable[str],
    vocabulary: MotifVocabulary,
    *,
    corpus: int = 0,
    described: Collection[str] = (),
) -> PackedMolecules:
    """Pack structures; those that cannot be built (isotopes, metals, salts) are left out.

    Parameters
    ----------
    smiles_list
        Structures; stereo marks are dropped.
    vocabulary
        Blocks to recognise.
    corpus
        Number stored with each molecule.
    described
        Which properties to compute; QED takes as long as all the rest of packing.
    """
    atoms: list[list[int]] = []
    bonds: list[list[int]] = []
    pieces: list[int] = []
    offsets = [(0, 0, 0)]
    properties: list[tuple[float, ...]] = []
    for smiles in smiles_list:
        mol = read_mol(smiles)
        if mol is None or "." in smiles or mol.GetNumAtoms() == 0:
            continue
        Chem.RemoveStereochemistry(mol)
        known = describe_mol(mol, described) if described else _UNKNOWN
        packed = _pack_one(mol, vocabulary)
        if packed is None:
            continue
        atoms += packed[0]
        bonds += packed[1]
        pieces += packed[2]
        offsets.append((len(atoms), len(bonds), len(pieces)))
        properties.append(known)
    return PackedMolecules(
        atoms=np.array(atoms, dtype=np.uint8).reshape(-1, 5),
        bonds=np.array(bonds, dtype=np.uint8).reshape(-1, 3),
        pieces=np.array(pieces, dtype=np.uint16),
        offsets=np.array(offsets, dtype=np.int64),
        corpus=np.full(len(offsets) - 1, corpus, dtype=np.uint8),
        properties=np.array(properties, dtype=np.float32).reshape(-1, len(NAMES)),
    )
