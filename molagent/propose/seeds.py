"""What a generator starts from: nothing, a core with exit vectors, or two cores to be linked.

A core is kept as it is. Its atoms are frozen except for exit vectors: the places of ``[*]``
dummies, each of which must be used exactly once, or, in a core without dummies, every hydrogen,
each of which may be used. Two cores have one linking exit each; a linker will grow from that of
the first and end at that of the second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem, rdBase

from molagent.errors import StructureError
from molagent.propose.distances import SEED_BUCKETS, graph_distances
from molagent.propose.links import LinkEnds
from molagent.propose.motifs import find_atom_type
from molagent.propose.stereo import SeedStereo, read_stereo
from molagent.propose.trace import FROZEN, LINK, OPTIONAL, REQUIRED

__all__ = ["EMPTY_SEED", "SeedGraph", "parse_seed"]

PAIR = 2


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
    link
        The atoms to be connected where the seed is two cores.
    stereo
        Stereo marks that products keep; None without any.
    """

    smiles: str
    atoms: NDArray[np.int64]
    bonds: NDArray[np.int64]
    kekule: tuple[tuple[int, int, int], ...]
    required: NDArray[np.int64]
    distance: NDArray[np.uint8]
    link: LinkEnds | None = None
    stereo: SeedStereo | None = None

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


def _take_exits(mol: Chem.Mol, smiles: str, linking: list[int]) -> tuple[Chem.Mol, list[int]]:
    """Replace dummies by hydrogen; return the core and the number of exits an atom.

    Anchors of `linking` dummies are marked with the property ``_link``.
    """
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
        if index in linking:
            anchor.SetIntProp("_link", 1)
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
    return core, counts


def _linking_exits(mol: Chem.Mol, smiles: str) -> list[int]:
    """Return the linking dummy of both fragments."""
    parts = Chem.GetMolFrags(mol)
    if len(parts) != PAIR:
        raise StructureError(
            f"{smiles!r} has {len(parts)} parts, a linker needs two",
            remedy="write both fragments as one SMILES with a dot, [*] where the linker attaches",
        )
    chosen = []
    for part in parts:
        dummies = [i for i in part if mol.GetAtomWithIdx(i).GetAtomicNum() == 0]
        marked = [i for i in dummies if mol.GetAtomWithIdx(i).GetAtomMapNum() == 1]
        found = dummies if len(dummies) == 1 else marked
        if len(found) != 1:
            fragment = Chem.MolFragmentToSmiles(mol, part)
            raise StructureError(
                f"fragment {fragment!r} has {len(dummies)} exit vectors, {len(found)} marked for "
                "the linker",
                remedy="give it one [*], or mark the linker's with [*:1]",
            )
        chosen.append(found[0])
    return chosen


def parse_seed(
    smiles: str,
    *,
    max_heavy_atoms: int | None = None,
    link: bool = False,
    hydrogens: bool = False,
    keep_stereo: bool = True,
) -> SeedGraph:
    """Read a core with exit vectors, or say why nothing can grow on it.

    Parameters
    ----------
    smiles
        A core. ``[*]`` or ``[*:n]`` marks exit vectors, all of which will be used; without any,
        every hydrogen of the core may be replaced.
    max_heavy_atoms
        Largest product allowed; checked against the core's size.
    link
        Whether `smiles` is two fragments with one linking exit each: their only one, or the one
        marked ``[*:1]``.
    hydrogens
        Whether hydrogens may be replaced beside marked exit vectors.
    keep_stereo
        Whether products keep the core's stereo marks.

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
    parts = len(Chem.GetMolFrags(mol))
    if parts > 1 and not link:
        raise StructureError(
            f"scaffold {smiles!r} is in {parts} parts", remedy="give one connected core"
        )
    linking = _linking_exits(mol, smiles) if link else []
    marked = any(atom.GetAtomicNum() == 0 for atom in mol.GetAtoms())
    hydrogens = hydrogens or not marked
    stereo = read_stereo(mol, hydrogens=hydrogens) if keep_stereo else None
    Chem.RemoveStereochemistry(mol)
    core, exits = _take_exits(mol, smiles, linking)
    ends = [atom.GetIdx() for atom in core.GetAtoms() if atom.HasProp("_link")]
    if link:
        exits[ends[1]] -= 1  # the join has its own action
    atoms = _describe(core, exits, ends, smiles, hydrogens=hydrogens)
    _check_room(smiles, atoms, exits, max_heavy_atoms)
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
        distance=graph_distances(len(atoms), codes, SEED_BUCKETS - 1),
        link=LinkEnds(*ends) if link else None,
        stereo=stereo or None,
    )


def _describe(
    core: Chem.Mol, exits: list[int], ends: list[int], smiles: str, *, hydrogens: bool
) -> NDArray[np.int64]:
    """Return the features of a core's atoms, ``S x 5``."""
    rows = []
    for atom, count in zip(core.GetAtoms(), exits, strict=True):
        kind = find_atom_type(atom)
        if kind is None:
            raise StructureError(
                f"atom {atom.GetSmarts()!r} of scaffold {smiles!r} is not in the generator's "
                "element table"
            )
        capacity = count
        if hydrogens:  # exits were given hydrogens; the join's is no exit
            last = bool(ends) and atom.GetIdx() == ends[-1]
            capacity = atom.GetTotalNumHs() - last
        flag = (REQUIRED if count else OPTIONAL) if capacity else FROZEN
        flag = LINK if atom.GetIdx() in ends else flag
        rows.append((kind, min(capacity, 4), flag, int(atom.IsInRing()), atom.GetDegree()))
    return np.array(rows, dtype=np.int64).reshape(-1, 5)


def _check_room(
    smiles: str, atoms: NDArray[np.int64], exits: list[int], max_heavy_atoms: int | None
) -> None:
    wanted = int(sum(exits))
    if not atoms[:, 1].any():
        raise StructureError(
            f"scaffold {smiles!r} has no hydrogen that could be replaced",
            remedy="mark an exit vector with [*]",
        )
    if max_heavy_atoms is not None and len(atoms) + max(wanted, 1) > max_heavy_atoms:
        raise StructureError(
            f"scaffold {smiles!r} has {len(atoms)} heavy atoms and {wanted} exit vectors, "
            f"more than {max_heavy_atoms} heavy atoms allow",
            remedy="raise max_heavy_atoms",
        )


def _order(bond: Chem.Bond) -> int:
    return int(bond.GetBondTypeAsDouble())
