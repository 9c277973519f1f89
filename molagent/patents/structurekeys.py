"""Two cheap keys of a parent: its skeleton, which rules a match out, and its scaffold.

Identity keys cost some 2 ms a structure, most of it for tautomers, and a new structure rarely
shares one with anything. All four leave the heavy atoms and which of them are bonded as they are:
they move hydrogens, charges and bond orders, or drop stereo and isotopes. So two structures that
share any of them share their **skeleton**, the graph of elements without bond orders, and where no
row has the skeleton no key needs to be computed. Its key is a hash of atom environments without
bond types (Morgan 1965, doi:10.1021/c160017a018; Weisfeiler and Leman 1968): equal graphs always
have equal keys, so nothing is missed; different ones may, which costs time only. InChI takes bonds
to metals away, so a structure with a metal is always looked up by its identity keys.

The **scaffold** is Bemis and Murcko's, from two rings on.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import rdkit
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator

from molagent.chem.scaffolds import decompose
from molagent.errors import FileFormatError

__all__ = ["StructureKeys", "scaffold_key", "skeleton_key"]

UInt64Array = npt.NDArray[np.uint64]

# Benzene is a scaffold of half of chemistry: a scaffold says something from two rings on.
_SMALLEST_SCAFFOLD: Final = 9
_NON_METALS: Final = frozenset({1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53})
_META: Final = "structurekeys.json"
_FORMAT: Final = 1
_CHUNK: Final = 2_000
_SAMPLED: Final = 1_024
# What a row without a readable structure has; no hash is zero.
_NONE: Final = 0

_GENERATOR: Final = rdFingerprintGenerator.GetMorganGenerator(
    radius=3, useBondTypes=False, includeRedundantEnvironments=True
)


def skeleton_key(mol: Chem.Mol, elements: Sequence[int] | None = None) -> int:
    """Return the key of the graph of heavy elements, without bond orders; 64 bit, never 0.

    `elements` are the atomic numbers of the molecule where they are known already.

    Examples
    --------
    >>> pyridone, hydroxypyridine, aniline = (
    ...     skeleton_key(Chem.MolFromSmiles(smiles))
    ...     for smiles in ("O=c1cccc[nH]1", "Oc1ccccn1", "Nc1ccccc1")
    ... )
    >>> pyridone == hydroxypyridine, pyridone == aniline
    (True, False)
    """
    numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()] if elements is None else elements
    if 1 in numbers:
        with rdBase.BlockLogs():
            mol = Chem.RemoveAllHs(mol, sanitize=False)
        numbers = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
    environments = _GENERATOR.GetSparseCountFingerprint(mol, customAtomInvariants=list(numbers))
    return _hash(repr(sorted(environments.GetNonzeroElements().items())))


def scaffold_key(mol: Chem.Mol) -> int:
    """Return the key of the Murcko scaffold without stereo; 0 if it has fewer than 9 atoms.

    Examples
    --------
    >>> scaffold_key(Chem.MolFromSmiles("Cc1ccccc1")) == 0
    True
    >>> indole, skatole = (
    ...     scaffold_key(Chem.MolFromSmiles(s)) for s in ("c1ccc2[nH]ccc2c1", "Cc1c[nH]c2ccccc12")
    ... )
    >>> indole == skatole != 0
    True
    """
    flat = Chem.Mol(mol)
    Chem.RemoveStereochemistry(flat)
    scaffold = decompose(flat)
    if scaffold.GetNumAtoms() < _SMALLEST_SCAFFOLD:
        return _NONE
    return _hash(Chem.MolToSmiles(scaffold))


class _Parents(Protocol):
    """An index whose rows have keys."""

    def __len__(self) -> int: ...

    def parent(self, row: int) -> str | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class StructureKeys:
    """Skeletons and scaffolds of the rows of a compound index.

    Attributes
    ----------
    skeletons
        Different keys, sorted.
    scaffolds, scaffold_rows
        Keys of rows that have a scaffold, sorted, and the rows they belong to.
    """

    rows: int
    skeletons: UInt64Array
    scaffolds: UInt64Array
    scaffold_rows: npt.NDArray[np.uint32]

    @classmethod
    def from_parents(cls, parents: Iterable[str | None], *, workers: int = 1) -> "StructureKeys":
        """Compute the keys of parents in row order, in `workers` processes."""
        chunks = list(_computed(parents, workers))
        pairs = np.concatenate(chunks) if chunks else np.empty((0, 2), dtype=np.uint64)
        skeletons, scaffolds = pairs[:, 0], pairs[:, 1]
        order = np.argsort(scaffolds, kind="stable")
        order = order[np.searchsorted(scaffolds[order], 1) :]
        return cls(
            rows=len(pairs),
            skeletons=np.unique(skeletons[skeletons != _NONE]),
            scaffolds=scaffolds[order],
            scaffold_rows=order.astype(np.uint32),
        )

    def may_match(self, mol: Chem.Mol) -> bool:
        """Return False only if no row can share an identity key with a molecule."""
        elements = [atom.GetAtomicNum() for atom in mol.GetAtoms()]
        if not _NON_METALS.issuperset(elements):
            return True  # InChI cuts bonds to metals: the skeleton says nothing
        key = np.uint64(skeleton_key(mol, elements))
        at = int(np.searchsorted(self.skeletons, key))
        return at < len(self.skeletons) and bool(self.skeletons[at] == key)

    def find_scaffold(self, key: int) -> npt.NDArray[np.uint32]:
        """Return the rows of a scaffold, ascending; none for key 0."""
        if key == _NONE:
            return np.empty(0, dtype=np.uint32)
        wanted = np.uint64(key)
        first = np.searchsorted(self.scaffolds, wanted, side="left")
        last = np.searchsorted(self.scaffolds, wanted, side="right")
        return np.asarray(self.scaffold_rows[first:last])

    def write(self, folder: Path, index: _Parents) -> None:
        """Write the arrays and their settings; the settings last, so a torn write is none."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _META).unlink(missing_ok=True)
        np.save(folder / "skeletons.npy", self.skeletons)
        np.save(folder / "scaffolds.npy", self.scaffolds)
        np.save(folder / "scaffold_rows.npy", self.scaffold_rows)
        (folder / _META).write_text(json.dumps(_settings(index), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def find(cls, folder: Path, index: _Parents) -> "StructureKeys | None":
        """Map the keys of an index into memory; None if it has none.

        Raises
        ------
        FileFormatError
            If they were made by another RDKit, for another index, or are broken.
        """
        path = folder / _META
        if not path.is_file():
            return None
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            arrays = [
                np.load(folder / f"{name}.npy", mmap_mode="r")
                for name in ("skeletons", "scaffolds", "scaffold_rows")
            ]
        except (OSError, ValueError) as error:
            raise FileFormatError(
                f"the structure keys cannot be read ({error})",
                place=str(path),
                remedy=f"delete {_META}, or compute them again",
            ) from error
        if found != (expected := _settings(index)):
            raise FileFormatError(
                f"the structure keys were made with {found}, not {expected}",
                place=str(path),
                remedy=f"delete {_META}, or compute them again",
            )
        return cls(len(index), *arrays)


def _settings(index: _Parents) -> dict[str, object]:
    """Return what the keys depend on; some parents stand for the index that they are keys of."""
    rows = np.linspace(0, len(index) - 1, min(len(index), _SAMPLED)).astype(int).tolist()
    sample = "\n".join(index.parent(row) or "" for row in rows)
    return {
        "format": _FORMAT,
        "rdkit": rdkit.__version__,
        "rows": len(index),
        "sample": hashlib.blake2b(sample.encode(), digest_size=16).hexdigest(),
    }


def _computed(parents: Iterable[str | None], workers: int) -> Iterator[UInt64Array]:
    chunks = _chunked(parents)
    if workers <= 1:
        yield from map(_compute, chunks)
        return
    # Spawned: a forked child inherits locks of numeric libraries that other threads hold.
    with get_context("spawn").Pool(workers) as pool:
        yield from pool.imap(_compute, chunks)


def _chunked(parents: Iterable[str | None]) -> Iterator[list[str | None]]:
    left = iter(parents)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _compute(parents: Sequence[str | None]) -> UInt64Array:
    """Return skeleton and scaffold key of parents, ``N x 2``."""
    keys = np.zeros((len(parents), 2), dtype=np.uint64)
    with rdBase.BlockLogs():
        for row, parent in enumerate(parents):
            mol = Chem.MolFromSmiles(parent) if parent else None
            if mol is not None:
                keys[row] = skeleton_key(mol), scaffold_key(mol)
    return keys


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) or 1
