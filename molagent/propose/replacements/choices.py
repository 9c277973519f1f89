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

__all__ = ["Changes", "Offers", "PartChange"]

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
class _Seen:
    """The parts that were seen at places of one kind.

    Attributes
    ----------
    parts
        With their points in the order of the tables.
    sizes
        Their heavy atoms.
    weights
        How often each is tried.
    trusts
        How far each is trusted, by how much the places look alike.
    """

    parts: tuple[SeenPart, ...]
    sizes: NDArray[np.int64]
    weights: NDArray[np.float64]
    trusts: NDArray[np.float64]


class Offers:
    """What several tables offer at places of a kind; remembered, for a series has few kinds.

    Parameters
    ----------
    tables
        Pairs of a table and the fewest compounds that make a replacement; the first is the
        project's own where there are two.
    """

    def __init__(self, tables: Sequence[tuple[ReplacementTable, int]]) -> None:
        self._tables = tables
        self._known: dict[tuple[tuple[int, ...], str], _Seen] = {}

    def at(self, place: Place) -> _Seen:
        """Return what was seen at places like one, its own part left out."""
        kind = place.keys, place.standing
        if kind not in self._known:
            self._known[kind] = self._looked_up(place)
        return self._known[kind]

    def _looked_up(self, place: Place) -> _Seen:
        found: dict[str, SeenPart] = {}
        weights: dict[str, float] = {}
        for number, (table, least) in enumerate(self._tables):
            own = _OWN if number + 1 < len(self._tables) else 1.0
            every = table.seen(place, least=least)
            # Of one radius all together have its trust: many at a place that is hardly alike are
            # no better than one.
            total = dict.fromkeys(_TRUST, 0.0)
            for seen in every:
                total[seen.radius] += math.sqrt(seen.compounds)
            for seen in every:
                found.setdefault(seen.part, seen)
                share = math.sqrt(seen.compounds) / total[seen.radius]
                weights[seen.part] = weights.get(seen.part, 0.0) + own * _TRUST[seen.radius] * share
        parts = tuple(found.values())
        return _Seen(
            parts,
            np.array([_size(seen.part) for seen in parts], dtype=np.int64),
            np.array([weights[seen.part] for seen in parts]),
            np.array([_TRUST[seen.radius] for seen in parts]),
        )


@dataclass(frozen=True)
class _Options:
    """What may stand at one place of a molecule: rows of what was seen, and their weights."""

    place: Place
    seen: _Seen
    rows: NDArray[np.int64]
    weights: NDArray[np.float64]
    trust: float


class Changes:
    """What may be replaced in one molecule.

    Parameters
    ----------
    mol
        The molecule.
    offers
        What is seen where.
    sizes
        Fewest and most heavy atoms of what may come of it.
    cuts
        1 for substituents only, 2 for linkers and rings in the middle too.
    """

    def __init__(
        self, mol: Chem.Mol, offers: Offers, sizes: tuple[float, float], *, cuts: int = 2
    ) -> None:
        self._mol = mol
        groups: dict[str, list[_Options]] = {"hydrogen": [], "part": [], "linker": []}
        room = sizes[0] - mol.GetNumHeavyAtoms(), sizes[1] - mol.GetNumHeavyAtoms()
        for place in find_places(mol, max_part=MAX_PART, cuts=cuts):
            options = _options(place, offers.at(place), room)
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
        seen = options.seen.parts[int(rng.choice(options.rows, p=weights))]
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


def _options(place: Place, seen: _Seen, room: tuple[float, float]) -> _Options | None:
    """Return what may stand at a place; `room` is by how much the molecule may shrink or grow."""
    apart = seen.sizes - len(place.atoms)
    rows = np.flatnonzero((room[0] <= apart) & (apart <= room[1]))
    if not len(rows):
        return None
    weights = seen.weights[rows] * np.exp(-np.abs(apart[rows]) / _SIZE_SCALE)
    trust = float(seen.trusts[rows].max()) * math.exp(-len(place.atoms) / _PART_SCALE)
    return _Options(place, seen, rows, weights, trust)


@lru_cache(maxsize=100_000)
def _size(part: str) -> int:
    """Return the heavy atoms of a part."""
    mol = parse_smiles(part)
    return sum(atom.GetAtomicNum() > 1 for atom in mol.GetAtoms())
