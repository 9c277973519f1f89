"""The evidence ladder: what a collection of publications says about a structure.

Strongest first: named in claims, named elsewhere, a salt, tautomer or stereo variant of a named
compound, inside a confirmed Markush claim, perhaps inside a draft, same scaffold, similar. Below
them stand "not found", which always says what was searched, and "not checked", which says why.
None of it is a legal verdict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from rdkit import Chem, rdBase

from molagent.chem.identity import inchikey
from molagent.chem.molecules import parse_smiles
from molagent.chem.scaffolds import murcko_scaffold
from molagent.chem.standardize import standardize_smiles
from molagent.errors import StructureError
from molagent.patents.compounds import CompoundTable, Entry, compare
from molagent.patents.evidence import overlap_of_claim, overlap_of_compound
from molagent.patents.index.keys import identity_keys
from molagent.patents.markush.claims import (
    MAX_ATOMS,
    Claim,
    ClaimStatus,
    keep_one_fragment,
    read_claims,
)
from molagent.patents.markush.matching import match_prepared
from molagent.patents.publications import Collection, find_pseudo_atoms, read_collection
from molagent.protocols import PatentIndex
from molagent.records import Overlap, OverlapLevel

__all__ = ["PatentLadder", "UncheckedIndex", "load_patent_index"]

Neighbours = list[tuple[Entry, float]]

_RANK: Final = {level: rank for rank, level in enumerate(OverlapLevel)}

# Benzene is a scaffold of half of chemistry: a scaffold says something from two rings on.
_SMALLEST_SCAFFOLD: Final = 9

_VARIANT_WORDS: Final = {
    "inchikey": "same parent; another salt, solvate, charge or isotope",
    "connectivity": "same connectivity; another stereoisomer or isotope",
    "without_stereo": "another stereoisomer",
    "without_tautomers": "another tautomer",
}


@dataclass(frozen=True, slots=True)
class _Query:
    """A structure that could be read, with its parent."""

    smiles: str
    mol: Chem.Mol
    parent: str
    parent_mol: Chem.Mol


class UncheckedIndex:
    """The index of a project without a patent collection: every answer is "not checked"."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.release = "none"
        self.scope = "nothing"

    def find_overlap(self, smiles_list: Sequence[str]) -> list[tuple[Overlap, ...]]:
        """Return one "not checked" a structure."""
        unchecked = Overlap(level=OverlapLevel.NOT_CHECKED, searched="nothing", reason=self.reason)
        return [(unchecked,) for _ in smiles_list]


class PatentLadder:
    """Evidence from one collection and its claims.

    Parameters
    ----------
    collection
        Publications and the compounds they name.
    claims
        Markush claims; rejected ones are left out.
    top
        How many neighbours are shown.
    at_least
        Least similarity that counts as similar.
    """

    def __init__(
        self,
        collection: Collection,
        claims: Sequence[Claim] = (),
        *,
        top: int = 3,
        at_least: float = 0.4,
    ) -> None:
        self.collection = collection
        self.claims = tuple(claim for claim in claims if claim.status is not ClaimStatus.REJECTED)
        self.top = top
        self.at_least = at_least
        self._compounds = CompoundTable(collection)

    @property
    def release(self) -> str:
        """Which collection, and of which date, is searched."""
        return self.collection.release

    @property
    def scope(self) -> str:
        """What the collection covers."""
        return self.collection.scope

    @property
    def searched(self) -> str:
        """Release, scope and depth, for every answer."""
        confirmed = sum(claim.status is ClaimStatus.CONFIRMED for claim in self.claims)
        return (
            f"release {self.release}; scope {self.scope}; depth identity by 4 keys over "
            f"{len(self._compounds)} named compounds, {confirmed} confirmed and "
            f"{len(self.claims) - confirmed} draft claims, scaffold, "
            f"{self.top} nearest by Morgan radius 2 (1024 bit) from {self.at_least:.2f}"
        )

    def get_claim(self, claim_id: str) -> Claim | None:
        """Return a claim by its id, None if it is not in the collection."""
        return next((claim for claim in self.claims if claim.claim_id == claim_id), None)

    def find_overlap(self, smiles_list: Sequence[str]) -> list[tuple[Overlap, ...]]:
        """Return evidence, strongest first, one non-empty tuple a structure in input order."""
        with rdBase.BlockLogs():
            queries = [self._read(smiles) for smiles in smiles_list]
        readable = [query.parent for query in queries if isinstance(query, _Query)]
        neighbours = iter(self._compounds.find_nearest(readable, self.top))
        return [
            self._climb(query, next(neighbours)) if isinstance(query, _Query) else (query,)
            for query in queries
        ]

    def _read(self, smiles: str) -> _Query | Overlap:
        try:
            mol = parse_smiles(smiles, max_atoms=MAX_ATOMS)
            if strange := find_pseudo_atoms(mol):
                return self._unchecked(
                    f"the structure has {', '.join(strange)}: letters of a drawing read as "
                    "elements, or outside what can be searched"
                )
            parent = _parent(smiles)
            return _Query(smiles, mol, parent, parse_smiles(parent, max_atoms=MAX_ATOMS))
        except StructureError as error:
            return self._unchecked(str(error))

    def _unchecked(self, reason: str) -> Overlap:
        return Overlap(level=OverlapLevel.NOT_CHECKED, searched=self.searched, reason=reason)

    def _climb(self, query: _Query, nearest: Neighbours) -> tuple[Overlap, ...]:
        named = list(self._same_compound(query))
        found = named + list(self._inside_claims(query))
        if not named:
            found += self._relatives(query, nearest)
        if not found:
            return (
                Overlap(
                    level=OverlapLevel.NOT_FOUND,
                    searched=self.searched,
                    similarity=nearest[0][1] if nearest else float("nan"),
                    reason="nothing on any rung; in a collection of this size that says little",
                ),
            )
        return tuple(sorted(found, key=lambda overlap: _RANK[overlap.level]))

    def _same_compound(self, query: _Query) -> Iterator[Overlap]:
        # Identity keys cost milliseconds; only the same heavy atoms make them worth computing.
        entries = self._compounds.find_same_formula(query.parent_mol)
        if not entries:
            return
        try:
            key, keys = inchikey(query.smiles), identity_keys(query.parent)
        except StructureError as error:
            yield self._unchecked(str(error))
            return
        for entry in entries:
            similarity = compare(query.parent, entry.parent)
            if key == entry.inchikey:
                in_claims = entry.compound.section == "claims"
                level = OverlapLevel.EXACT_IN_CLAIMS if in_claims else OverlapLevel.EXACT_ELSEWHERE
                yield self._named(entry, level, similarity, "same standard InChIKey")
            elif depth := keys.shared_depth(entry.keys):
                yield self._named(entry, OverlapLevel.VARIANT, similarity, _VARIANT_WORDS[depth])

    def _inside_claims(self, query: _Query) -> Iterator[Overlap]:
        labelled = any(atom.GetIsotope() for atom in query.mol.GetAtoms())
        prepared = {
            "ignored": query.parent_mol,
            # Parents have lost their labels; the structure as given has them.
            "literal": keep_one_fragment(query.mol, "literal") if labelled else query.parent_mol,
        }
        for claim in self.claims:
            match = match_prepared(claim, prepared[claim.isotopes])
            if not match.inside:
                continue
            publication = self.collection.find_publication(claim.publication_number)
            yield overlap_of_claim(claim, match, publication, searched=self.searched)

    def _relatives(self, query: _Query, nearest: Neighbours) -> list[Overlap]:
        """Return compounds of the same scaffold, then similar ones, `top` in all."""
        scaffold = murcko_scaffold(query.parent)
        large = bool(scaffold) and parse_smiles(scaffold).GetNumAtoms() >= _SMALLEST_SCAFFOLD
        same = self._compounds.find_same_scaffold(scaffold) if large else []
        found = [
            self._named(
                entry,
                OverlapLevel.SAME_SCAFFOLD,
                compare(query.parent, entry.parent),
                "same Murcko scaffold",
            )
            for entry in same
        ]
        found += [
            self._named(entry, OverlapLevel.SIMILAR, similarity, "similar fingerprint")
            for entry, similarity in nearest
            if similarity >= self.at_least and entry not in same
        ]
        found.sort(key=lambda overlap: (_RANK[overlap.level], -overlap.similarity))
        return found[: self.top]

    def _named(self, entry: Entry, level: OverlapLevel, similarity: float, reason: str) -> Overlap:
        return overlap_of_compound(
            entry, level, similarity=similarity, reason=reason, searched=self.searched
        )


def load_patent_index(folder: Path | None) -> PatentIndex:
    """Return the index of a collection folder; without one, an index that checks nothing.

    Raises
    ------
    FileFormatError
        If the folder has a collection that cannot be read: a broken one is not an empty one.
    """
    if folder is None:
        return UncheckedIndex("no patent collection is configured")
    if not (folder / "publications.toml").is_file():
        return UncheckedIndex(f"{folder} holds no publications.toml")
    collection = read_collection(folder)
    claims = read_claims(folder)
    if not collection.publications and not claims:
        return UncheckedIndex(f"{folder} holds no publications")
    return PatentLadder(collection, claims)


@lru_cache(maxsize=65536)
def _parent(smiles: str) -> str:
    """Return the standardised parent: a campaign asks about the same structures again."""
    return standardize_smiles(smiles, max_atoms=MAX_ATOMS)
