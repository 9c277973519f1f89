"""Opening a collection folder, or an index that says why nothing can be checked."""

from collections.abc import Sequence
from pathlib import Path

from molagent.patents.claims import read_claims
from molagent.patents.ladder import PatentLadder
from molagent.patents.publications import read_collection
from molagent.protocols import PatentIndex
from molagent.records import Overlap, OverlapLevel

__all__ = ["UncheckedIndex", "load_patent_index"]


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
