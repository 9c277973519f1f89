"""The named compounds of a collection, ready to be compared with a structure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rdkit import Chem

from molagent.chem.fingerprints import morgan_bits, tanimoto
from molagent.chem.identity import inchikey
from molagent.chem.molecules import parse_smiles
from molagent.chem.scaffolds import murcko_scaffold
from molagent.chem.standardize import standardize_smiles
from molagent.patents.index.keys import IdentityKeys, heavy_formula, identity_keys
from molagent.patents.index.similarity import FingerprintIndex
from molagent.patents.publications import Collection, NamedCompound, Publication

__all__ = ["CompoundTable", "Entry", "compare"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One named compound of one publication, with what it is compared by.

    Attributes
    ----------
    inchikey
        Of the compound as named, counter-ion included.
    keys, scaffold
        Of its standardised parent.
    """

    publication: Publication
    compound: NamedCompound
    parent: str
    inchikey: str
    keys: IdentityKeys
    scaffold: str


class CompoundTable:
    """Entries by heavy formula, scaffold and fingerprint.

    A parent that five publications name is five entries but one neighbour: scaffold and
    similarity answer with its first entry.
    """

    def __init__(self, collection: Collection) -> None:
        self.entries = tuple(_read_entries(collection))
        self._by_formula: dict[str, list[Entry]] = {}
        self._by_scaffold: dict[str, list[Entry]] = {}
        first: dict[str, Entry] = {}
        for entry in self.entries:
            formula = heavy_formula(parse_smiles(entry.parent))
            self._by_formula.setdefault(formula, []).append(entry)
            if entry.parent not in first:
                first[entry.parent] = entry
                self._by_scaffold.setdefault(entry.scaffold, []).append(entry)
        self._first = tuple(first.values())
        self._fingerprints = FingerprintIndex.from_smiles(tuple(first))

    def __len__(self) -> int:
        """Return how many entries there are."""
        return len(self.entries)

    def find_same_formula(self, mol: Chem.Mol) -> list[Entry]:
        """Return entries with the same heavy atoms: no other can share an identity key."""
        return self._by_formula.get(heavy_formula(mol), [])

    def find_same_scaffold(self, scaffold: str) -> list[Entry]:
        """Return one entry for each parent with this scaffold."""
        return self._by_scaffold.get(scaffold, [])

    def find_nearest(self, parents: Sequence[str], top: int) -> list[list[tuple[Entry, float]]]:
        """Return the nearest parents of each query and their similarities, nearest first."""
        return [
            [(self._first[row], similarity) for row, similarity in neighbours]
            for neighbours in self._fingerprints.search(parents, top=top)
        ]


def compare(parent: str, other: str) -> float:
    """Return the Tanimoto similarity of two parents.

    Examples
    --------
    >>> compare("CCO", "CCO")
    1.0
    """
    bits = morgan_bits([parent, other])
    return float(tanimoto(bits[:1], bits[1:])[0, 0])


def _read_entries(collection: Collection) -> Iterator[Entry]:
    for publication in collection.publications:
        for compound in publication.compounds:
            parent = standardize_smiles(compound.smiles)
            yield Entry(
                publication=publication,
                compound=compound,
                parent=parent,
                inchikey=inchikey(compound.smiles),
                keys=identity_keys(parent),
                scaffold=murcko_scaffold(parent),
            )
