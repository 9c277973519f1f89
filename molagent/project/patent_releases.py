"""Release folders as sources of the evidence ladder: index and mentions opened together."""

from pathlib import Path
from typing import Final

from molagent.errors import FileFormatError, MolagentError
from molagent.patents.index.compounds import CompoundIndex
from molagent.patents.releases import PatentSource, UncheckedSource, unchecked_source
from molagent.patents.structurekeys import StructureKeys
from molagent.store.patents.manifest import check_hashes, read_visibility, recorded_bytes
from molagent.store.patents.reader import PatentStore

__all__ = ["open_release", "prepare_release"]

_SEEN_BY: Final = ("public", "own", "client")
# Files up to this size are held against their hashes whenever they are opened: a tenth of a second.
_HASHED_UP_TO: Final = 1 << 26


def open_release(
    folder: Path, *, at_least: float | None = None, strict: bool = False
) -> PatentSource | UncheckedSource:
    """Open a release folder as a source of the ladder.

    One that is half written, truncated, of other settings or empty is "not checked" with the
    reason, or raises if `strict` holds.

    Raises
    ------
    MolagentError
        If `strict` holds and the release cannot be searched.
    """
    try:
        _require_undamaged(folder)
        mentions = PatentStore.open(folder)
        index = CompoundIndex.open(mentions.index_folder)
        structures = StructureKeys.find(mentions.index_folder, index)
    except MolagentError as error:
        if strict:
            raise
        return _unchecked(folder, error)
    except (OSError, ValueError) as error:
        # A file that is missing or torn is named by what fails on it.
        torn = FileFormatError(
            f"the release cannot be opened ({error})",
            place=str(folder),
            remedy="run the sync or import into this folder again",
        )
        if strict:
            raise torn from error
        return _unchecked(folder, torn)
    source = PatentSource(index=index, mentions=mentions, structures=structures, at_least=at_least)
    unchecked = unchecked_source(source)
    if strict and unchecked is not None:
        raise FileFormatError(unchecked.reason, place=str(folder), remedy="sync a wider scope")
    return unchecked or source


def _require_undamaged(folder: Path) -> None:
    """Refuse a small release whose files changed; a large one is for ``releases --verify``."""
    if recorded_bytes(folder) <= _HASHED_UP_TO and (faults := check_hashes(folder)):
        raise FileFormatError(
            "; ".join(faults),
            place=str(folder),
            remedy="run the sync or import into this folder again",
        )


def _unchecked(folder: Path, error: MolagentError) -> UncheckedSource:
    visibility, client = read_visibility(folder)
    if visibility not in _SEEN_BY:
        visibility = "unknown"
    return UncheckedSource(
        # Evidence is sent to others, who need not know where it lies.
        name=folder.name,
        reason=str(error).replace(str(folder), folder.name),
        visibility=visibility,
        client=client,
    )


def prepare_release(folder: Path, *, workers: int = 1) -> StructureKeys:
    """Compute skeletons and scaffolds of a release once; a ladder over it is then faster.

    A sync does so for all but very large scopes.
    Its identity keys are then computed only for structures whose skeleton the release holds, and
    compounds of the same scaffold are found wherever they are, not among similar ones only.

    Raises
    ------
    MolagentError
        If the release cannot be opened.
    """
    with PatentStore.open(folder) as store:
        index = CompoundIndex.open(store.index_folder)
        if found := StructureKeys.find(store.index_folder, index):
            return found
        keys = StructureKeys.from_parents(
            (index.parent(row) for row in range(len(index))), workers=workers
        )
        keys.write(store.index_folder, index)
    return keys
