"""Where decoration grows: a measured core with what its series never varied."""

from collections.abc import Collection, Iterator, Sequence

from molagent.chem.cores import core_keeping
from molagent.chem.molecules import parse_smarts, parse_smiles
from molagent.chem.scaffolds import core_of, murcko_scaffold
from molagent.records import PotentSeries

__all__ = ["carried", "decoration_core"]


def decoration_core(
    scaffold: str, measured: Collection[str], series: Sequence[PotentSeries], room: int
) -> str:
    """Return the core that a scaffold is decorated on; '' where none leaves room.

    Of a scaffold that a potent compound of a series has, it is the best such compound's with what
    nearly all of the series carry. Of another, the largest part that was measured, and of the
    compounds of a series that hold this part the best one's core.

    Parameters
    ----------
    measured
        Scaffolds of measured compounds: what a generator made up is no place to grow on. Empty
        asks nothing.
    series
        Those whose rules are kept.
    room
        Most heavy atoms of the core.
    """
    kept = (core for core in _kept_cores(scaffold, series, room) if core)
    core = next(kept, "")
    if core:
        return core
    part = _measured_part(scaffold, measured, room)
    return next(_cores_around(part, series, room), part) if part else ""


def carried(patterns: Sequence[str], core: str | None) -> tuple[str, ...]:
    """Return the patterns that a core carries: a hydrogen of one is no place to grow."""
    if not core:
        return ()
    mol = parse_smiles(core)
    return tuple(each for each in patterns if mol.HasSubstructMatch(parse_smarts(each)))


def _kept_cores(scaffold: str, series: Sequence[PotentSeries], room: int) -> Iterator[str]:
    for home in series:
        for smiles in home.smiles:
            if murcko_scaffold(smiles) == scaffold:
                yield _core_of_member(smiles, home, room)
                break


def _cores_around(part: str, series: Sequence[PotentSeries], room: int) -> Iterator[str]:
    """Yield the core of the best compound of each series that holds a part and the series' core."""
    query = parse_smiles(part)
    for home in series:
        if not query.HasSubstructMatch(parse_smarts(home.pattern)):
            continue
        for smiles in home.smiles:
            if parse_smiles(smiles).HasSubstructMatch(query):
                core = _core_of_member(smiles, home, room)
                if core:
                    yield core
                break


def _core_of_member(smiles: str, home: PotentSeries, room: int) -> str:
    motifs = [rule.smarts for rule in home.rules if rule.kind == "motif"]
    return core_keeping(smiles, home.smiles, motifs, room)


def _measured_part(scaffold: str, measured: Collection[str], room: int) -> str:
    core = core_of(scaffold, room)
    whole = [parse_smiles(each) for each in sorted(measured)]
    while core and whole:
        mol = parse_smiles(core)
        if any(each.HasSubstructMatch(mol) for each in whole):
            break
        core = core_of(core, mol.GetNumHeavyAtoms() - 1)
    return core
