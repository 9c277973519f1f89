"""Structures as one flat graph: every atom and bond of many molecules in a few arrays.

A graph is made once and then only indexed. A batch is a gather of rows, so an epoch spends its
time in matrix products and not in Python.

Shapes: ``M`` molecules, ``V`` atoms, ``E`` directed bonds (each bond twice), ``D`` descriptors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from rdkit import Chem, rdBase
from rdkit.Chem import Descriptors
from torch import Tensor

from molagent.chem.molecules import readable_mol
from molagent.learn.embedding import EMBEDDING_SIZE, embed
from molagent.records import BoolArray

__all__ = [
    "ATOM_WIDTH",
    "BOND_WIDTH",
    "DESCRIPTOR_NAMES",
    "FEATURES",
    "GraphBatch",
    "MolecularGraphs",
    "column_names",
    "describe",
    "pack_graphs",
]

# What the columns mean. An artefact made with another text is refused.
FEATURES: Final = "atoms: element degree charge hydrogens hybridisation chirality flags; v1"

_ELEMENTS: Final = (5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53)
_HYBRIDISATION: Final = (
    Chem.HybridizationType.SP,
    Chem.HybridizationType.SP2,
    Chem.HybridizationType.SP3,
)
_CHIRALITY: Final = (Chem.ChiralType.CHI_TETRAHEDRAL_CW, Chem.ChiralType.CHI_TETRAHEDRAL_CCW)
_BONDS: Final = (
    Chem.BondType.SINGLE,
    Chem.BondType.DOUBLE,
    Chem.BondType.TRIPLE,
    Chem.BondType.AROMATIC,
)
_STEREO: Final = (Chem.BondStereo.STEREOE, Chem.BondStereo.STEREOZ)
_MAX_DEGREE: Final = 5
_MAX_HYDROGENS: Final = 4
_CHARGES: Final = (-1, 0, 1)
_RING_SIZES: Final = (3, 4, 5, 6, 7)

ATOM_WIDTH: Final = (
    (len(_ELEMENTS) + 1)
    + (_MAX_DEGREE + 1)
    + (len(_CHARGES) + 1)
    + (_MAX_HYDROGENS + 1)
    + (len(_HYBRIDISATION) + 1)
    + (len(_CHIRALITY) + 1)
    + (1 + len(_RING_SIZES))
)
BOND_WIDTH: Final = (len(_BONDS) + 1) + 2 + (len(_STEREO) + 1)

# Partial charges are left out: they are NaN for many metals and slow for all else. So are indices
# that grow without bound.
_LEFT_OUT: Final = frozenset({"Ipc", "AvgIpc", "BertzCT"})
_DESCRIPTORS: Final = tuple(
    (name, function)
    for name, function in Descriptors._descList  # noqa: SLF001 - RDKit's public list of its own
    if "PartialCharge" not in name and not name.startswith("BCUT2D") and name not in _LEFT_OUT
)
DESCRIPTOR_NAMES: Final = tuple(name for name, _ in _DESCRIPTORS)


@dataclass(frozen=True, slots=True, eq=False)
class GraphBatch:
    """Some molecules of a :class:`MolecularGraphs`, numbered anew from 0.

    Attributes
    ----------
    atoms
        ``V x ATOM_WIDTH``.
    bonds
        ``E x BOND_WIDTH``.
    edges
        ``2 x E``; from and to, rows of `atoms`.
    molecule
        ``V``; row of the molecule that an atom belongs to.
    descriptors
        ``M x D``.
    """

    atoms: Tensor
    bonds: Tensor
    edges: Tensor
    molecule: Tensor
    descriptors: Tensor

    def __len__(self) -> int:
        """Return the number of molecules."""
        return len(self.descriptors)


@dataclass(frozen=True, slots=True, eq=False)
class MolecularGraphs:
    """Graphs of ``M`` molecules.

    Attributes
    ----------
    atoms, bonds
        ``V x ATOM_WIDTH`` and ``E x BOND_WIDTH``, 0 and 1.
    edges
        ``2 x E``; from and to, counted within the molecule.
    first_atom, first_bond
        ``M + 1``; where a molecule's rows begin, and one past the last.
    descriptors
        ``M x D``; as RDKit gives them, NaN where it cannot.
    """

    atoms: Tensor
    bonds: Tensor
    edges: Tensor
    first_atom: npt.NDArray[np.int64]
    first_bond: npt.NDArray[np.int64]
    descriptors: Tensor

    def __len__(self) -> int:
        """Return the number of molecules."""
        return len(self.first_atom) - 1

    def subset(self, rows: npt.NDArray[np.int64]) -> MolecularGraphs:
        """Return the molecules `rows` as graphs of their own."""
        atoms, sizes = _ranges(self.first_atom, rows)
        bonds, bond_counts = _ranges(self.first_bond, rows)
        return MolecularGraphs(
            atoms=self.atoms[torch.from_numpy(atoms)],
            bonds=self.bonds[torch.from_numpy(bonds)],
            edges=self.edges[:, torch.from_numpy(bonds)],
            first_atom=_starts(sizes.tolist()),
            first_bond=_starts(bond_counts.tolist()),
            descriptors=self.descriptors[torch.from_numpy(rows)],
        )

    def batch(self, rows: npt.NDArray[np.int64]) -> GraphBatch:
        """Return the molecules `rows`, in that order."""
        atoms, sizes = _ranges(self.first_atom, rows)
        bonds, bond_counts = _ranges(self.first_bond, rows)
        offsets = np.repeat(np.cumsum(sizes) - sizes, bond_counts)
        return GraphBatch(
            atoms=self.atoms[torch.from_numpy(atoms)].float(),
            bonds=self.bonds[torch.from_numpy(bonds)].float(),
            edges=self.edges[:, torch.from_numpy(bonds)] + torch.from_numpy(offsets),
            molecule=torch.from_numpy(np.repeat(np.arange(len(rows)), sizes)),
            descriptors=self.descriptors[torch.from_numpy(rows)],
        )


def pack_graphs(
    smiles_list: Sequence[str], *, descriptors: bool = True, embedding: bool = False
) -> tuple[MolecularGraphs, BoolArray]:
    """Return the graphs of the structures that can be read, and which those are.

    Parameters
    ----------
    descriptors
        Whether to compute RDKit's descriptors too, about 5 ms a structure.
    embedding
        Whether MiniMol's embedding stands behind them, about 12 ms a structure; needs the `adme`
        extra. A structure that cannot be embedded counts as one that cannot be read.

    Returns
    -------
    graphs
        One molecule a readable structure, in input order.
    readable
        ``N``; True where the structure could be read.

    Examples
    --------
    >>> graphs, readable = pack_graphs(["CCO", "not a structure"], descriptors=False)
    >>> len(graphs), graphs.atoms.shape[0], graphs.edges.shape[1], readable.tolist()
    (1, 3, 4, [True, False])
    """
    mols = [readable_mol(smiles) for smiles in smiles_list]
    embedded = _embedded(smiles_list) if embedding else None
    if embedded is not None:
        mols = [
            mol if bool(np.isfinite(row).all()) else None
            for mol, row in zip(mols, embedded, strict=True)
        ]
    readable = np.array([mol is not None for mol in mols], dtype=bool)
    kept = [mol for mol in mols if mol is not None]
    parts = [_graph(mol) for mol in kept]
    return MolecularGraphs(
        atoms=torch.from_numpy(_stack([part[0] for part in parts], ATOM_WIDTH)),
        bonds=torch.from_numpy(_stack([part[1] for part in parts], BOND_WIDTH)),
        edges=torch.from_numpy(
            np.concatenate([part[2] for part in parts], axis=1)
            if parts
            else np.zeros((2, 0), dtype=np.int64)
        ),
        first_atom=_starts([len(part[0]) for part in parts]),
        first_bond=_starts([len(part[1]) for part in parts]),
        descriptors=torch.from_numpy(
            np.concatenate(
                [
                    describe(kept) if descriptors else np.zeros((len(kept), 0), dtype=np.float32),
                    *([embedded[readable]] if embedded is not None else []),
                ],
                axis=1,
            )
        ),
    ), readable


def column_names(count: int) -> list[str]:
    """Return what the ``D`` columns of descriptors are, given their number.

    Examples
    --------
    >>> column_names(0), column_names(512), len(column_names(len(DESCRIPTOR_NAMES)))
    ([], ['MiniMol, 512'], 202)
    """
    embedding = [f"MiniMol, {EMBEDDING_SIZE}"] if count >= EMBEDDING_SIZE else []
    own = list(DESCRIPTOR_NAMES) if count % EMBEDDING_SIZE else []
    return own + embedding


def describe(mols: Sequence[Chem.Mol]) -> npt.NDArray[np.float32]:
    """Return RDKit's descriptors, ``M x D``; NaN where one cannot be computed or is not finite."""
    table = np.full((len(mols), len(_DESCRIPTORS)), np.nan)
    with rdBase.BlockLogs():
        for row, mol in enumerate(mols):
            for column, (_, function) in enumerate(_DESCRIPTORS):
                table[row, column] = _value(function, mol)
    table[~np.isfinite(table) | (np.abs(table) > np.finfo(np.float32).max)] = np.nan
    return table.astype(np.float32)


def _embedded(smiles_list: Sequence[str]) -> npt.NDArray[np.float32]:
    rows, _ = embed(smiles_list)
    return rows


def _value(function: object, mol: Chem.Mol) -> float:
    try:
        return float(function(mol))  # type: ignore[operator]
    except (ValueError, RuntimeError, ZeroDivisionError):
        return float("nan")  # unknown, and filled with the training mean


def _graph(
    mol: Chem.Mol,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    atoms = np.array([_atom(atom) for atom in mol.GetAtoms()], dtype=np.uint8)
    count = mol.GetNumBonds()
    bonds = np.zeros((2 * count, BOND_WIDTH), dtype=np.uint8)
    edges = np.zeros((2, 2 * count), dtype=np.int64)
    for row, bond in enumerate(mol.GetBonds()):
        ends = (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx())
        edges[:, 2 * row] = ends
        edges[:, 2 * row + 1] = ends[::-1]
        bonds[2 * row : 2 * row + 2] = _bond(bond)
    return atoms, bonds, edges


def _atom(atom: Chem.Atom) -> list[int]:
    return [
        *_one_hot(atom.GetAtomicNum(), _ELEMENTS),
        *_one_hot(min(atom.GetDegree(), _MAX_DEGREE), range(_MAX_DEGREE)),
        *_one_hot(atom.GetFormalCharge(), _CHARGES),
        *_one_hot(min(atom.GetTotalNumHs(), _MAX_HYDROGENS), range(_MAX_HYDROGENS)),
        *_one_hot(atom.GetHybridization(), _HYBRIDISATION),
        *_one_hot(atom.GetChiralTag(), _CHIRALITY),
        int(atom.GetIsAromatic()),
        *(int(atom.IsInRingSize(size)) for size in _RING_SIZES),
    ]


def _bond(bond: Chem.Bond) -> list[int]:
    return [
        *_one_hot(bond.GetBondType(), _BONDS),
        int(bond.GetIsConjugated()),
        int(bond.IsInRing()),
        *_one_hot(bond.GetStereo(), _STEREO),
    ]


def _one_hot(value: object, known: Sequence[object]) -> list[int]:
    """Return ones and zeros; the last place is for what is not known."""
    places = [int(value == entry) for entry in known]
    return [*places, int(not any(places))]


def _stack(parts: list[npt.NDArray[np.uint8]], width: int) -> npt.NDArray[np.uint8]:
    return np.concatenate([part.reshape(-1, width) for part in parts] or [_nothing(width)])


def _nothing(width: int) -> npt.NDArray[np.uint8]:
    return np.zeros((0, width), dtype=np.uint8)


def _starts(sizes: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(np.array(sizes, dtype=np.int64))]).astype(np.int64)


def _ranges(
    starts: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the indices of all `rows`, one range after the other, and the ranges' sizes."""
    first, sizes = starts[rows], starts[rows + 1] - starts[rows]
    shift = np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
    return np.arange(int(sizes.sum()), dtype=np.int64) + shift, sizes
