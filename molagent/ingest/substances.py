"""What a file says of its substances beyond their parents, counted for the notes on the file."""

import re
from collections.abc import Iterator
from typing import Final

from molagent.chem.molecules import parse_smiles
from molagent.ingest.cells import shown
from molagent.ingest.frames import Frames

__all__ = ["SubstanceCount"]

_KINDS: Final = (
    ("isotopes:", "labelled"),
    ("relative", "of unknown absolute stereo"),
    ("racemic", "racemic"),
    ("axes:", "with an axis"),
)
_UNSAID: Final = "absolute or relative"
_FLAGGED: Final = "chiral flag 0"
_ATOM: Final = re.compile(r"\[[^\]]*\]")
_ORGANIC: Final = re.compile(r"C(?!l)|c")
_CARBON: Final = 6
_SHOWN: Final = 3
_MERGED: Final = ("taken as", "could not be followed")


class SubstanceCount:
    """Counts, chunk by chunk, the rows whose structure says more than its parent."""

    def __init__(self) -> None:
        self._kinds: dict[str, str] = {}
        self._unsaid = 0
        self._flagged = 0
        self._merged = 0
        self._mixtures: dict[str, str] = {}
        self._inorganic: dict[str, str] = {}

    def add(self, frames: Frames) -> None:
        """Take one chunk's frames."""
        compounds = frames.compounds
        for key, smiles in zip(
            compounds["inchikey"].tolist(), compounds["smiles"].tolist(), strict=True
        ):
            if not _is_organic(smiles):
                self._inorganic.setdefault(key, smiles)
            elif "." in smiles:
                self._mixtures.setdefault(key, smiles)
        rows: dict[int, tuple[str, str]] = {}
        for table in (frames.results, frames.structures):
            if "stereo_note" in table.columns:
                keys, notes = table["inchikey"], table["stereo_note"]
                told = zip(keys.tolist(), notes.tolist(), strict=True)
                rows |= dict(zip(table["source_row"].tolist(), told, strict=True))
        for key, note in rows.values():
            self._unsaid += _UNSAID in note
            self._flagged += _FLAGGED in note
            self._merged += any(word in note for word in _MERGED)
            if "/" in key:
                kinds = [name for word, name in _KINDS if word in note]
                self._kinds.setdefault(key, kinds[0] if kinds else "other")

    def notes(self) -> Iterator[str]:
        """Yield a sentence for each kind of thing that a SMILES of the parent does not say."""
        if self._kinds:
            kinds = list(self._kinds.values())
            counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
            yield (
                f"{len(kinds)} substances are more than their parent structure ({counts}): each is "
                "a compound of its own, and models work on the parent"
            )
        if self._unsaid:
            yield (
                f"{self._unsaid} structures have a chiral flag of 0 and no stereo groups: their "
                "stereo is taken as drawn, together with the pure enantiomer's"
            )
        if self._flagged:
            yield (
                f"{self._flagged} structures have stereo groups and a chiral flag of 0: their "
                "centres in no group are taken as racemic"
            )
        if self._merged:
            yield (
                f"{self._merged} structures have isotopes or stereo groups that could not be told "
                "apart: they are taken as their parents, and each row says so"
            )
        if self._mixtures:
            yield (
                f"{len(self._mixtures)} structures have several components of which none is a salt "
                f"or solvent ({_first(self._mixtures)}): each is registered as the mixture it is, "
                "and its values are of the mixture"
            )
        if self._inorganic:
            yield (
                f"{len(self._inorganic)} structures hold no carbon ({_first(self._inorganic)}): "
                "salts, solvents or controls, registered as they are drawn"
            )


def _is_organic(smiles: str) -> bool:
    """Return whether a SMILES has a carbon atom."""
    if _ORGANIC.search(_ATOM.sub("", smiles)):
        return True
    return any(atom.GetAtomicNum() == _CARBON for atom in parse_smiles(smiles).GetAtoms())


def _first(structures: dict[str, str]) -> str:
    listing = ", ".join(shown(smiles) for smiles in list(structures.values())[:_SHOWN])
    return f"{listing}, ..." if len(structures) > _SHOWN else listing
