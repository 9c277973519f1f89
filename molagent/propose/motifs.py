"""The building blocks a graph generator adds: typed atoms and frequent motifs.

A molecule falls into motifs when every acyclic single bond that touches a ring, and does not
lead to a terminal atom, is cut. Ring systems keep their one-atom substituents, chains between
rings stay whole. Motifs that are not in the vocabulary are built atom by atom, so every
molecule of the supported elements can be reached.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from rdkit import Chem, rdBase

__all__ = [
    "ATOM_TYPES",
    "AtomType",
    "Motif",
    "cut_mol",
    "find_atom_type",
    "is_cut",
    "motif_from_smiles",
    "read_mol",
]


@dataclass(frozen=True, slots=True)
class AtomType:
    """An element in one charge and valence state.

    Parameters
    ----------
    symbol
        Element symbol.
    charge
        Formal charge.
    valence
        Sum of bond orders including hydrogens; open valence is what bonds have not used.
    """

    symbol: str
    charge: int
    valence: int

    @property
    def atomic_number(self) -> int:
        """Atomic number of the element."""
        return int(Chem.GetPeriodicTable().GetAtomicNumber(self.symbol))


CARBON = 6

# The order is part of every stored model: append, never reorder.
ATOM_TYPES: tuple[AtomType, ...] = (
    AtomType("C", 0, 4),
    AtomType("N", 0, 3),
    AtomType("O", 0, 2),
    AtomType("F", 0, 1),
    AtomType("Cl", 0, 1),
    AtomType("Br", 0, 1),
    AtomType("I", 0, 1),
    AtomType("S", 0, 2),
    AtomType("S", 0, 4),
    AtomType("S", 0, 6),
    AtomType("P", 0, 3),
    AtomType("P", 0, 5),
    AtomType("B", 0, 3),
    AtomType("Si", 0, 4),
    AtomType("Se", 0, 2),
    AtomType("N", 1, 4),
    AtomType("N", -1, 2),
    AtomType("O", -1, 1),
    AtomType("O", 1, 3),
    AtomType("S", -1, 1),
    AtomType("S", 1, 3),
    AtomType("P", 1, 4),
    AtomType("B", -1, 4),
)
_TYPE_INDEX = {(a.atomic_number, a.charge, a.valence): i for i, a in enumerate(ATOM_TYPES)}


def read_mol(smiles: str) -> Chem.Mol | None:
    """Return the sanitised molecule, None where RDKit cannot read it."""
    with rdBase.BlockLogs():
        return Chem.MolFromSmiles(smiles)


def find_atom_type(atom: Chem.Atom) -> int | None:
    """Return the index of the atom's type in `ATOM_TYPES`, None for unsupported atoms."""
    if atom.GetNumRadicalElectrons() or atom.GetIsotope():
        return None
    key = (atom.GetAtomicNum(), atom.GetFormalCharge(), atom.GetTotalValence())
    return _TYPE_INDEX.get(key)


def is_cut(bond: Chem.Bond) -> bool:
    """Return whether a bond joins two blocks: single, acyclic, touching a ring, not terminal."""
    if bond.IsInRing() or bond.GetBondType() != Chem.BondType.SINGLE:
        return False
    begin, end = bond.GetBeginAtom(), bond.GetEndAtom()
    if begin.GetDegree() == 1 or end.GetDegree() == 1:
        return False
    return bool(begin.IsInRing() or end.IsInRing())


@dataclass(frozen=True, slots=True)
class CutMol:
    """A molecule in pieces.

    Parameters
    ----------
    mol
        The molecule without its cut bonds; hydrogens fill the open places.
    cuts
        Atom index pairs of the cut bonds, all single.
    pieces
        For every piece its canonical SMILES and its atom indices in SMILES order.
    """

    mol: Chem.Mol
    cuts: tuple[tuple[int, int], ...]
    pieces: tuple[tuple[str, tuple[int, ...]], ...]


def cut_mol(mol: Chem.Mol) -> CutMol:
    """Cut the acyclic single bonds that touch a ring and do not lead to a terminal atom.

    Parameters
    ----------
    mol
        Sanitised molecule without stereo marks.

    Returns
    -------
    CutMol
        The pieces in canonical form; atom indices are those of `mol`.
    """
    cuts = tuple((b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in mol.GetBonds() if is_cut(b))
    pieces_mol = Chem.RWMol(mol)
    for begin, end in cuts:
        pieces_mol.RemoveBond(begin, end)
        for index in (begin, end):
            atom = pieces_mol.GetAtomWithIdx(index)
            # RDKit gives aromatic heteroatoms and bracket atoms no implicit hydrogen by itself.
            if atom.GetNoImplicit() or (atom.GetIsAromatic() and atom.GetAtomicNum() != CARBON):
                atom.SetNumExplicitHs(atom.GetNumExplicitHs() + 1)
    pieces_mol.UpdatePropertyCache(strict=False)
    smiles = Chem.MolToSmiles(pieces_mol)
    order = [int(i) for i in json.loads(_output_order(pieces_mol))]
    pieces, start = [], 0
    for piece, size in zip(smiles.split("."), _piece_sizes(smiles), strict=True):
        pieces.append((piece, tuple(order[start : start + size])))
        start += size
    return CutMol(mol=pieces_mol, cuts=cuts, pieces=tuple(pieces))


def _output_order(mol: Chem.Mol) -> str:
    return str(mol.GetProp("_smilesAtomOutputOrder")).replace(",]", "]")


_SIZES: dict[str, int] = {}


def _piece_sizes(smiles: str) -> list[int]:
    sizes = []
    for piece in smiles.split("."):
        if piece not in _SIZES:
            _SIZES[piece] = Chem.MolFromSmiles(piece, sanitize=False).GetNumAtoms()
        sizes.append(_SIZES[piece])
    return sizes


@dataclass(frozen=True)
class Motif:
    """One block: its atoms, Kekule bonds and open valences.

    Parameters
    ----------
    smiles
        Canonical SMILES; atom order is the order in this string.
    atom_types
        Index into `ATOM_TYPES` for each of ``n`` atoms.
    bonds
        ``(begin, end, order)`` with order 1, 2 or 3.
    open_valence
        Hydrogens that a bond may replace, one value an atom.
    anchors
        For every atom the first atom equivalent to it by symmetry.
    relabel
        For every atom a permutation of the ``n`` atoms that maps it onto its anchor and
        leaves the motif unchanged.
    """

    smiles: str
    atom_types: tuple[int, ...]
    bonds: tuple[tuple[int, int, int], ...]
    open_valence: tuple[int, ...]
    anchors: tuple[int, ...]
    relabel: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Number of heavy atoms."""
        return len(self.atom_types)


def _symmetry(mol: Chem.Mol) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...]]:
    """Return anchors and relabelling permutations of a motif."""
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    matches = mol.GetSubstructMatches(mol, uniquify=False, maxMatches=2000)
    # Substructure matching ignores hydrogens (pyridine N on pyrrole NH); ranks do not.
    matches = [m for m in matches if all(ranks[a] == ranks[b] for a, b in enumerate(m))]
    identity = tuple(range(mol.GetNumAtoms()))
    anchors, relabel = [], []
    for atom, rank in enumerate(ranks):
        anchor = ranks.index(rank)
        # match[query] = target: an automorphism as a permutation query -> target.
        mapping = next((m for m in matches if m[atom] == anchor), None)
        anchors.append(anchor if mapping is not None else atom)
        relabel.append(tuple(mapping) if mapping is not None else identity)
    return tuple(anchors), tuple(relabel)


def motif_from_smiles(smiles: str) -> Motif | None:
    """Return the motif of a canonical SMILES, None if it has unsupported atoms.

    Parameters
    ----------
    smiles
        Canonical SMILES of one piece as `cut_mol` gives it.
    """
    mol = read_mol(smiles)
    if mol is None:
        return None
    anchors, relabel = _symmetry(mol)
    types = [find_atom_type(atom) for atom in mol.GetAtoms()]
    open_valence = tuple(int(atom.GetTotalNumHs()) for atom in mol.GetAtoms())
    if any(kind is None for kind in types) or not any(open_valence):
        return None
    Chem.Kekulize(mol, clearAromaticFlags=True)
    bonds = tuple(
        (b.GetBeginAtomIdx(), b.GetEndAtomIdx(), int(b.GetBondTypeAsDouble()))
        for b in mol.GetBonds()
    )
    return Motif(
        smiles=smiles,
        atom_types=tuple(kind for kind in types if kind is not None),
        bonds=bonds,
        open_valence=open_valence,
        anchors=anchors,
        relabel=relabel,
    )
