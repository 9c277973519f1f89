"""What a generator starts from: nothing, or a core with exit vectors.

A core is kept as it is. Its atoms are frozen except for exit vectors: the places of ``[*]``
dummies, each of which must be used exactly once, or, in a core without dummies, every hydrogen,
each of which may be used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase

from molagent.errors import StructureError
from molagent.propose.distances import SEED_BUCKETS, graph_distances
from molagent.propose.motifs import find_atom_type
from molagent.propose.trace import FROZEN, OPTIONAL, REQUIRED

__all__ = ["EMPTY_SEED", "SeedGraph", "parse_seed"]


@dataclass(frozen=True)
class SeedGraph:
    """A core of ``S`` atoms and ``E`` bonds, ready for the policy.

    Parameters
    ----------
    smiles
        Canonical SMILES of the core, hydrogens in place of exit vectors; "" if empty.
    atoms
        ``S x 5``: atom type, exit capacity, exit kind, in ring, degree.
    bonds
        ``E x 3``: begin, end, 0 single, 1 double, 2 triple, 3 aromatic.
    kekule
        ``(begin, end, order)`` of the same bonds.
    required
        ``S``: exit vectors that must be used.
    distance
        ``S x S`` bucketed topological distance.
    """

    smiles: str
    atoms: NDArray[np.int64]
    bonds: NDArray[np.int64]
    kekule: tuple[tuple[int, int, int], ...]
    required: NDArray[np.int64]
    distance: NDArray[np.uint8]

    @property
    def size(self) -> int:
        """Number of heavy atoms ``S``."""
        return len(self.atoms)


EMPTY_SEED = SeedGraph(
    smiles="",
    atoms=np.zeros((0, 5), dtype=np.int64),
    bonds=np.zeros((0, 3), dtype=np.int64),
    kekule=(),
    required=np.zeros(0, dtype=np.int64),
    distance=np.zeros((0, 0), dtype=np.uint8),
)


def _read(smiles: str) -> Chem.Mol:
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is not None and mol.GetNumAtoms() > 0:
            return mol
        raw = Chem.MolFromSmiles(smiles, sanitize=False)
        problems = Chem.DetectChemistryProblems(raw) if raw is not None else ()
    if not problems:
        raise StructureError(
            f"scaffold {smiles!r} is not a SMILES string", remedy="write the core as SMILES"
        )
    raise StructureError(
        f"scaffold {smiles!r} cannot exist: {problems[0].Message()}",
        remedy="move the exit vector to an atom with a hydrogen",
    )


def _take_exits(mol: Chem.Mol, smiles: str) -> tuple[Chem.Mol, list[int], bool]:
    """Replace dummies by hydrogen; return the core, exits an atom, and whether any was marked."""
    exits: dict[int, int] = {}
    work = Chem.RWMol(mol)
    dummies = [a.GetIdx() for a in work.GetAtoms() if a.GetAtomicNum() == 0]
    for index in dummies:
        dummy = work.GetAtomWithIdx(index)
        bonds = dummy.GetBonds()
        if len(bonds) != 1 or bonds[0].GetBondType() != Chem.BondType.SINGLE:
            raise StructureError(
                f"exit vector of scaffold {smiles!r} must hang on one atom by a single bond",
                remedy="write every exit vector as a terminal [*]",
            )
        anchor = bonds[0].GetOtherAtom(dummy)
        if anchor.GetAtomicNum() == 0:
            raise StructureError(f"scaffold {smiles!r} joins two exit vectors")
        exits[anchor.GetIdx()] = exits.get(anchor.GetIdx(), 0) + 1
        dummy.SetAtomicNum(1)
        dummy.SetIsotope(0)
        dummy.SetAtomMapNum(0)
    for index, count in exits.items():
        work.GetAtomWithIdx(index).SetIntProp("_exits", count)
    Chem.SanitizeMol(work)
    core = Chem.RemoveHs(work.GetMol())
    for atom in core.GetAtoms():
        atom.SetAtomMapNum(0)
    counts = [a.GetIntProp("_exits") if a.HasProp("_exits") else 0 for a in core.GetAtoms()]
    return core, counts, bool(dummies)


def parse_seed(smiles: str, *, max_heavy_atoms: int | None = None) -> SeedGraph:
    """Read a core with exit vectors, or say why nothing can grow on it.

    Parameters
    ----------
    smiles
        A core. ``[*]`` or ``[*:n]`` marks exit vectors, all of which will be used; without any,
        every hydrogen of the core may be replaced. Stereo marks are dropped.
    max_heavy_atoms
        Largest product allowed; checked against the core's size.

    Returns
    -------
    SeedGraph
        Atoms in RDKit's order of the core.

    Raises
    ------
    StructureError
        If the core cannot be read, is in several parts, holds an element that cannot be built,
        has no place to grow, or leaves no room for its exit vectors.
    """
    mol = _read(smiles)
    if len(Chem.GetMolFrags(mol)) > 1:
        raise StructureError(
            f"scaffold {smiles!r} is in {len(Chem.GetMolFrags(mol))} parts",
            remedy="give one connected core",
        )
    Chem.RemoveStereochemistry(mol)
    core, exits, marked = _take_exits(mol, smiles)
    rows = []
    for atom, count in zip(core.GetAtoms(), exits, strict=True):
        kind = find_atom_type(atom)
        if kind is None:
            raise StructureError(
                f"atom {atom.GetSmarts()!r} of scaffold {smiles!r} is not in the generator's "
                "element table"
            )
        capacity = count if marked else atom.GetTotalNumHs()
        flag = (REQUIRED if marked else OPTIONAL) if capacity else FROZEN
        rows.append((kind, min(capacity, 4), flag, int(atom.IsInRing()), atom.GetDegree()))
    atoms = np.array(rows, dtype=np.int64).reshape(-1, 5)
    wanted = int(sum(exits))
    if not atoms[:, 1].any():
        raise StructureError(
            f"scaffold {smiles!r} has no hydrogen that could be replaced",
            remedy="mark an exit vector with [*]",
        )
    if max_heavy_atoms is not None and len(rows) + max(wanted, 1) > max_heavy_atoms:
        raise StructureError(
            f"scaffold {smiles!r} has {len(rows)} heavy atoms and {wanted} exit vectors, "
            f"more than {max_heavy_atoms} heavy atoms allow",
            remedy="raise max_heavy_atoms",
        )
    codes = [
        (b.GetBeginAtomIdx(), b.GetEndAtomIdx(), 3 if b.GetIsAromatic() else _order(b) - 1)
        for b in core.GetBonds()
    ]
    canonical = Chem.MolToSmiles(core)
    Chem.Kekulize(core, clearAromaticFlags=True)
    kekule = tuple((b.GetBeginAtomIdx(), b.GetEndAtomIdx(), _order(b)) for b in core.GetBonds())
    return SeedGraph(
        smiles=canonical,
        atoms=atoms,
        bonds=np.array(codes, dtype=np.int64).reshape(-1, 3),
        kekule=kekule,
        required=np.array(exits, dtype=np.int64),
        distance=graph_distances(len(rows), codes, SEED_BUCKETS - 1),
    )


def _order(bond: Chem.Bond) -> int:
    return int(bond.GetBondTypeAsDouble())
