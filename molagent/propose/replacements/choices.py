"""Which replacements a structure offers, and how likely each is to be tried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from molagent.chem.assembly import joined
from molagent.chem.molecules import parse_smiles
from molagent.propose.replacements.counting import MAX_PART
from molagent.propose.replacements.places import Place, find_places
from molagent.propose.replacements.table import ReplacementTable, SeenPart

__all__ = ["Changes", "PartChange"]

# What was seen at a place alike up to three bonds is tried before what is alike up to one.
_TRUST: Final = {3: 1.0, 2: 0.3, 1: 0.03}
# A project's own compounds say more of its series than all others.
_OWN: Final = 3.0
# Large parts, and parts of another size, are tried less often; heavy atoms.
_SIZE_SCALE: Final = 4.0
_PART_SCALE: Final = 8.0
# How often a hydrogen is replaced, and how often a linker or a ring in the middle.
_HYDROGEN_SHARE: Final = 0.2
_LINKER_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True)
class PartChange:
    """One part replaced by another.

    Attributes
    ----------
    smiles
        What came of it; None where it cannot exist.
    old, new
        The parts.
    seen
        Where the new one was seen.
    """

    smiles: str | None
    old: str
    new: str
    seen: SeenPart

    def to_text(self) -> str:
        """Say what was replaced, and on what grounds.

        Examples
        --------
        >>> PartChange("CCOc1ccccc1", "*C", "*CC", SeenPart("*CC", 12, 3)).to_text()
        '*C to *CC, seen in 12 compounds at places alike up to 3 bonds'
        """
        return (
            f"{self.old} to {self.new}, seen in {self.seen.compounds} compounds at places alike "
            f"up to {self.seen.radius} bond{'s' if self.seen.radius > 1 else ''}"
        )


@dataclass(frozen=True)
class _Options:
    place: Place
    parts: tuple[SeenPart, ...]
    weights: NDArray[np.float64]
    trust: float


class Changes:
    """What may be replaced in one molecule.

    Parameters
    ----------
    mol
        The molecule.
    tables
        Pairs of a table and the fewest compounds that make a replacement; the first is the
        project's own where there are two.
    sizes
        Fewest and most heavy atoms of what may come of it.
    cuts
        1 for substituents only, 2 for linkers and rings in the middle too.
    """

    def __init__(
        self,
        mol: Chem.Mol,
        tables: Sequence[tuple[ReplacementTable, int]],
        sizes: tuple[float, float],
        *,
        cuts: int = 2,
    ) -> None:
        self._mol = mol
        groups: dict[str, list[_Options]] = {"hydrogen": [], "part": [], "linker": []}
        room = sizes[0] - mol.GetNumHeavyAtoms(), sizes[1] - mol.GetNumHeavyAtoms()
        for place in find_places(mol, max_part=MAX_PART, cuts=cuts):
            options = _options(place, tables, room)
            if options is not None:
                groups[_kind(place)].append(options)
        shares = {"hydrogen": _HYDROGEN_SHARE, "linker": _LINKER_SHARE, "part": 1.0}
        self._groups = [group for group in groups.values() if group]
        self._shares = _normalised([shares[name] for name, group in groups.items() if group])

    def __bool__(self) -> bool:
        """Return whether anything may be replaced."""
        return bool(self._groups)

    def draw(self, rng: np.random.Generator, temperature: float = 1.0) -> PartChange:
        """Return one change: a place at random, then what was often seen at its like.

        Parameters
        ----------
        temperature
            Above 1 what was seen seldom comes more often.
        """
        group = self._groups[int(rng.choice(len(self._groups), p=self._shares))]
        places = _normalised([options.trust for options in group])
        options = group[int(rng.choice(len(group), p=places))]
        weights = _normalised(options.weights ** (1.0 / temperature))
        seen = options.parts[int(rng.choice(len(weights), p=weights))]
        new = options.place.fitted(seen.part)
        smiles = joined(options.place.opened(self._mol), new)
        return PartChange(smiles, options.place.variable, new, seen)


def _normalised(weights: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights as shares that add up to 1; none for none."""
    shares = np.asarray(weights, dtype=np.float64)
    return shares / shares.sum() if len(shares) else shares


def _kind(place: Place) -> str:
    if not place.atoms:
        return "hydrogen"
    return "linker" if "[2*]" in place.variable else "part"


def _options(
    place: Place, tables: Sequence[tuple[ReplacementTable, int]], room: tuple[float, float]
) -> _Options | None:
    """Return what may stand at a place; `room` is by how much the molecule may shrink or grow."""
    found: dict[str, SeenPart] = {}
    weights: dict[str, float] = {}
    for number, (table, least) in enumerate(tables):
        own = _OWN if number + 1 < len(tables) else 1.0
        every = table.seen(place, least=least)
        # Of one radius all together have its trust: many at a place that is hardly alike are
        # no better than one.
        total = dict.fromkeys(_TRUST, 0.0)
        for seen in every:
            total[seen.radius] += math.sqrt(seen.compounds)
        for seen in every:
            apart = _size(seen.part) - len(place.atoms)
            if room[0] <= apart <= room[1]:
                found.setdefault(seen.part, seen)
                weight = own * _TRUST[seen.radius] * math.sqrt(seen.compounds) / total[seen.radius]
                weight *= math.exp(-abs(apart) / _SIZE_SCALE)
                weights[seen.part] = weights.get(seen.part, 0.0) + weight
    if not found:
        return None
    trust = max(_TRUST[seen.radius] for seen in found.values())
    trust *= math.exp(-len(place.atoms) / _PART_SCALE)
    return _Options(
        place, tuple(found.values()), np.array([weights[part] for part in found]), trust
    )


@lru_cache(maxsize=100_000)
def _size(part: str) -> int:
    """Return the heavy atoms of a part."""
    mol = parse_smiles(part)
    return sum(atom.GetAtomicNum() > 1 for atom in mol.GetAtoms())
