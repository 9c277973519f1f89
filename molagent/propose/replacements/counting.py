"""Count which parts real compounds have at which places."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import islice
from typing import Final

from rdkit import Chem

from molagent.chem.molecules import parse_smiles
from molagent.propose.motifs import read_mol
from molagent.propose.replacements.places import RADII, find_places
from molagent.propose.replacements.table import Counts
from molagent.protocols import NullProgress, Progress

__all__ = ["MAX_PART", "count_parts", "seen_often"]

#: Most heavy atoms of a part that is counted.
MAX_PART: Final = 12
_CHUNK: Final = 1000

_Rows = dict[tuple[int, ...], Counter[str]]


def count_parts(
    smiles_list: Sequence[str],
    *,
    cuts: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> Counts:
    """Return which parts stand at which places, and in how many structures.

    Parameters
    ----------
    smiles_list
        Real compounds; what cannot be read, or is of several pieces, counts nothing.
    cuts
        1 for substituents, 2 for linkers and rings in the middle too.
    workers
        Processes.
    progress
        Receives one step a thousand structures.

    Returns
    -------
    Counts
        A part with a stereocentre or double bond of unknown configuration is left out: a proposal
        should say what it is.
    """
    chunks = [(chunk, cuts) for chunk in _chunks(smiles_list)]
    total: _Rows = defaultdict(Counter)
    progress = progress or NullProgress()
    progress.start("count parts", len(chunks))
    for rows in _in_turn(chunks, workers):
        for place, parts in rows.items():
            total[place].update(parts)
        progress.advance()
    progress.finish(f"{len(total)} places")
    return total


def seen_often(counts: Counts, *, least: int = 2) -> Counts:
    """Return the parts that `least` compounds have at places alike up to two bonds."""
    near = RADII.index(2)
    alike: dict[int, Counter[str]] = defaultdict(Counter)
    for place, parts in counts.items():
        alike[place[near]].update(parts)
    kept = {
        place: {part: n for part, n in parts.items() if alike[place[near]][part] >= least}
        for place, parts in counts.items()
    }
    return {place: parts for place, parts in kept.items() if parts}


def _in_turn(chunks: list[tuple[list[str], int]], workers: int) -> Iterator[_Rows]:
    if workers == 1:
        yield from map(_count, chunks)
        return
    with ProcessPoolExecutor(max_workers=workers) as pool:
        yield from pool.map(_count, chunks)


def _count(job: tuple[list[str], int]) -> _Rows:
    smiles_list, cuts = job
    rows: _Rows = defaultdict(Counter)
    for smiles in smiles_list:
        mol = read_mol(smiles)
        if mol is None:
            continue
        # A compound counts once for a place, however often it has it.
        found = {
            (place.keys, place.standing)
            for place in find_places(mol, max_part=MAX_PART, cuts=cuts)
            if _is_settled(place.standing)
        }
        for keys, part in found:
            rows[keys][part] += 1
    return rows


@cache
def _is_settled(part: str) -> bool:
    """Return whether the configuration of a part is known all over."""
    found = Chem.FindPotentialStereo(parse_smiles(part))
    return all(one.specified == Chem.StereoSpecified.Specified for one in found)


def _chunks(smiles_list: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(smiles_list)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
