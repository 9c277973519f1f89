"""Building blocks: what a route may start from, by role and by similarity.

The list that comes with molagent (``data/blocks.csv``) holds common reagents from general
knowledge; their availability was not checked with a vendor. A site's own file is the normal use:
its inventory, or a vendor's catalogue.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.molecules import parse_smiles
from molagent.chem.standardize import standardize_smiles
from molagent.errors import FileFormatError, StructureError
from molagent.propose.sieve import flat_smiles
from molagent.propose.synthesis.routes import StartingMaterial
from molagent.records import Rejection

__all__ = ["BlockLibrary", "BuildingBlock", "default_blocks", "read_blocks"]

_ID_NAMES: Final = ("id", "block_id", "compound_id", "catalog_id", "catalog_number")
_NAME_NAMES: Final = ("name", "title")
# Larger than any reagent: most of a proposal would be bought, not made.
_MAX_HEAVY_ATOMS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingBlock:
    """One reagent."""

    block_id: str
    smiles: str
    name: str = ""


@dataclass(frozen=True)
class BlockLibrary:
    """Building blocks of one source.

    Attributes
    ----------
    source
        Where they were read.
    rejections
        Rows that could not be used, and why.
    """

    blocks: tuple[BuildingBlock, ...]
    source: str
    rejections: tuple[Rejection, ...] = ()

    def __len__(self) -> int:
        """Return how many blocks there are."""
        return len(self.blocks)

    @cached_property
    def mols(self) -> tuple[Chem.Mol, ...]:
        """The molecules, in the order of `blocks`."""
        return tuple(Chem.MolFromSmiles(block.smiles) for block in self.blocks)

    @cached_property
    def bits(self) -> NDArray[np.uint64]:
        """Packed Morgan fingerprints, ``N x 16``."""
        return morgan_bits([block.smiles for block in self.blocks])

    @cached_property
    def _by_structure(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for index, block in enumerate(self.blocks):
            found.setdefault(flat_smiles(block.smiles), index)
        return found

    @cached_property
    def _roles(self) -> dict[str, NDArray[np.int64]]:
        return {}

    def find(self, smiles: str) -> BuildingBlock | None:
        """Return the block of that structure, stereo marks aside, or None."""
        index = self._by_structure.get(flat_smiles(smiles))
        return None if index is None else self.blocks[index]

    def material(self, index: int) -> StartingMaterial:
        """Return a block as what a route starts from."""
        block = self.blocks[index]
        return StartingMaterial(smiles=block.smiles, block_id=block.block_id, name=block.name)

    def material_of(self, smiles: str) -> StartingMaterial:
        """Return a starting material, with its id where the structure is a block."""
        index = self._by_structure.get(flat_smiles(smiles))
        return StartingMaterial(smiles=smiles) if index is None else self.material(index)

    def with_role(self, smarts: str, query: Chem.Mol) -> NDArray[np.int64]:
        """Return which blocks carry a role, as indices; remembered by the text of the role.

        The first use of all roles takes about 25 s for 100,000 blocks.
        """
        if smarts not in self._roles:
            hits = [i for i, mol in enumerate(self.mols) if mol.HasSubstructMatch(query)]
            self._roles[smarts] = np.array(hits, dtype=np.int64)
        return self._roles[smarts]

    def find_similar(
        self, smiles: str, smarts: str, query: Chem.Mol, count: int
    ) -> list[tuple[int, float]]:
        """Return the most similar blocks with a role, ``(index, similarity)``, best first.

        Similarity is Tanimoto, 1024-bit Morgan radius 2; ties go to the earlier row.
        """
        members = self.with_role(smarts, query)
        if len(members) == 0:
            return []
        similarity = tanimoto(morgan_bits([smiles]), self.bits[members])[0]
        order = np.argsort(-similarity, kind="stable")[:count]
        return [(int(members[i]), float(similarity[i])) for i in order]


@cache
def default_blocks() -> BlockLibrary:
    """Return the common reagents that come with molagent.

    Examples
    --------
    >>> default_blocks().find("C1COCCN1").name
    'morpholine'
    """
    place = resources.files(__package__) / "data" / "blocks.csv"
    rows = list(csv.DictReader(place.read_text(encoding="utf-8").splitlines()))
    blocks = [
        BuildingBlock(block_id=row["id"], smiles=row["smiles"], name=row["name"]) for row in rows
    ]
    return BlockLibrary(tuple(blocks), source="common reagents (availability not checked)")


def read_blocks(path: Path) -> BlockLibrary:
    """Read building blocks from a file.

    Parameters
    ----------
    path
        CSV with a header and the columns ``smiles``, an id (``id``, ``compound_id``,
        ``catalog_id``) and, if there is one, ``name``; or a SMILES file, one structure and its id
        a line. Either may be gzipped. Salts are stripped. Rows that cannot be used become
        rejections; of a structure that comes twice the first row counts.

    Raises
    ------
    FileFormatError
        If the file cannot be read, lacks a column, or holds no block that can be used.
    """
    try:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
            lines = handle.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"building blocks cannot be read ({error})",
            place=str(path),
            remedy="give a CSV or SMILES file",
        ) from error
    is_csv = ".csv" in path.suffixes
    blocks: dict[str, BuildingBlock] = {}
    rejections: list[Rejection] = []
    for number, smiles, block_id, name in _csv_rows(lines, path) if is_csv else _smi_rows(lines):
        source = f"{path.name}:{number}"
        try:
            readable = _reagent(smiles, source)
        except StructureError as error:
            rejections.append(Rejection(source=source, reason=error.message, raw=smiles))
            continue
        if readable in blocks:
            rejections.append(Rejection(source=source, reason="came before", raw=smiles))
            continue
        blocks[readable] = BuildingBlock(block_id=block_id or source, smiles=readable, name=name)
    if not blocks:
        raise FileFormatError(
            "no building block can be used",
            place=str(path),
            remedy="give one SMILES and one id a row",
        )
    return BlockLibrary(tuple(blocks.values()), source=path.name, rejections=tuple(rejections))


def _reagent(smiles: str, place: str) -> str:
    # The full standardisation is slow, and only salts and charges need it.
    if "." in smiles or "+" in smiles or "-]" in smiles:
        smiles = standardize_smiles(smiles)
    mol = parse_smiles(smiles, max_atoms=_MAX_HEAVY_ATOMS, place=place)
    return str(Chem.MolToSmiles(mol))


def _smi_rows(lines: Sequence[str]) -> Iterator[tuple[int, str, str, str]]:
    for number, line in enumerate(lines, start=1):
        parts = line.split(maxsplit=1)
        if not parts or (number == 1 and parts[0].lower() == "smiles"):
            continue
        yield number, parts[0], parts[1].strip() if len(parts) > 1 else "", ""


def _csv_rows(lines: Sequence[str], path: Path) -> Iterator[tuple[int, str, str, str]]:
    rows = csv.reader(lines)
    header = [cell.strip().lower() for cell in next(rows, [])]
    if "smiles" not in header:
        raise FileFormatError(
            "no column named 'smiles'", place=f"{path}:1", remedy="name the column of structures"
        )
    smiles_at = header.index("smiles")
    id_at = next((header.index(key) for key in _ID_NAMES if key in header), None)
    name_at = next((header.index(key) for key in _NAME_NAMES if key in header), None)
    for row in rows:
        if any(cell.strip() for cell in row):
            yield (
                rows.line_num,
                _cell(row, smiles_at),
                _cell(row, id_at),
                _cell(row, name_at),
            )


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at].strip() if at is not None and at < len(row) else ""
