"""How a core lies in a molecule: in every way that its symmetry does not make the same.

RDKit lists all ways, and a core with a few tert-butyl groups has thousands that put the same
groups on the same sites. A list that was cut off would leave the answer to the order of the atoms.
So where the list is long, ways are searched here one by one, with the core's symmetry broken as by
Grochow and Kellis (2007, doi:10.1007/978-3-540-71681-5_7): of each set of ways that a symmetry of
the core turns into each other, exactly one is found.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rdkit import Chem

from molagent.errors import StructureError

__all__ = ["LabelledPattern", "find_embeddings", "lies_as"]

# So many ways are cheaper listed by RDKit than searched here.
_LISTED: Final = 512
# Steps of one search, about three seconds; and ways that differ, each of which is laid out.
_MOST_STEPS: Final = 400_000
_MOST_WAYS: Final = 20_000

Condition = tuple[int, int]
"""Two atoms of the core of which the first has to lie on the lower atom number."""


@dataclass(frozen=True, slots=True)
class LabelledPattern:
    """A core to be looked for; the same key is the same core.

    Attributes
    ----------
    labels
        What an atom of the core may carry: only atoms with one label are exchanged by a symmetry.
    ordered
        Whether ways that a symmetry turns into each other differ all the same, as where a
        configuration must be met.
    """

    key: str
    labels: tuple[str, ...]
    mol: Chem.Mol = field(compare=False, repr=False)
    ordered: bool = False


def find_embeddings(
    pattern: LabelledPattern, mol: Chem.Mol, fixed: Mapping[int, int], within: frozenset[int] | None
) -> Iterator[tuple[int, ...]]:
    """Yield the ways a core lies in a molecule, as atoms of the molecule in the core's order.

    Parameters
    ----------
    fixed
        Core atom to the atom that it has to lie on.
    within
        Atoms that it may lie on; None for all.

    Raises
    ------
    StructureError
        If there are too many ways to try: nothing is said then, rather than of some of them.
    """
    listed = mol.GetSubstructMatches(pattern.mol, uniquify=False, maxMatches=_LISTED)
    if len(listed) < _LISTED:
        for match in listed:
            placed = all(match[here] == there for here, there in fixed.items())
            if placed and (within is None or within.issuperset(match)):
                yield match
        return
    conditions = () if pattern.ordered else _symmetry(pattern)
    search = _AtomSearch(pattern.mol, mol, conditions)
    for ways, match in enumerate(search.run(fixed, within)):
        if ways >= _MOST_WAYS:
            raise _too_many()
        yield match


def lies_as(
    query: Chem.Mol, mol: Chem.Mol, fixed: Mapping[int, int], atoms: frozenset[int]
) -> Iterator[tuple[int, ...]]:
    """Yield ways in which a query lies on exactly these atoms and the fixed ones.

    Raises
    ------
    StructureError
        If there are too many to try.
    """
    listed = mol.GetSubstructMatches(query, uniquify=False, maxMatches=_LISTED)
    ways: Iterator[tuple[int, ...]] = iter(listed)
    if len(listed) >= _LISTED:
        ways = _AtomSearch(query, mol, ()).run(fixed, atoms | frozenset(fixed.values()))
    for match in ways:
        if all(match[here] == there for here, there in fixed.items()) and atoms.issuperset(
            atom for here, atom in enumerate(match) if here not in fixed
        ):
            yield match


def _too_many() -> StructureError:
    return StructureError(
        "not tried: the core lies in the structure in too many ways",
        remedy="look at the structure by hand, or write more of the claim's core",
    )


class _AtomSearch:
    """A backtracking search for one core in one molecule."""

    def __init__(
        self, core: Chem.Mol, mol: Chem.Mol, conditions: Sequence[Condition], *, labels: object = ()
    ) -> None:
        self._core, self._mol = core, mol
        self._before: dict[int, list[int]] = {}
        self._after: dict[int, list[int]] = {}
        for low, high in conditions:
            self._before.setdefault(high, []).append(low)
            self._after.setdefault(low, []).append(high)
        self._fits = [
            [_alike(mine, theirs) for theirs in mol.GetAtoms()] for mine in core.GetAtoms()
        ]
        if labels:
            self._fits = [
                [fits and labels[here] == labels[there] for there, fits in enumerate(row)]  # type: ignore[index]
                for here, row in enumerate(self._fits)
            ]
        self._neighbours = [[n.GetIdx() for n in atom.GetNeighbors()] for atom in mol.GetAtoms()]
        self._bonds = [
            [(b.GetOtherAtomIdx(atom.GetIdx()), b) for b in atom.GetBonds()]
            for atom in core.GetAtoms()
        ]
        self._steps = 0

    def run(
        self, fixed: Mapping[int, int], within: frozenset[int] | None
    ) -> Iterator[tuple[int, ...]]:
        """Yield every way that keeps to the conditions."""
        order = self._order(list(fixed))
        placed: dict[int, int] = {}
        taken: set[int] = set()
        everywhere = range(self._mol.GetNumAtoms())
        allowed = frozenset(everywhere) if within is None else within

        def candidates(here: int) -> Sequence[int]:
            if here in fixed:
                return [fixed[here]]
            joined = [placed[other] for other, _ in self._bonds[here] if other in placed]
            return self._neighbours[joined[0]] if joined else everywhere

        def extend(depth: int) -> Iterator[tuple[int, ...]]:
            if depth == len(order):
                yield tuple(placed[here] for here in range(len(order)))
                return
            here = order[depth]
            for there in candidates(here):
                self._count_step()
                if there not in allowed or there in taken or not self._fits[here][there]:
                    continue
                if self._joins(here, there, placed):
                    placed[here] = there
                    taken.add(there)
                    yield from extend(depth + 1)
                    taken.discard(there)
                    del placed[here]

        yield from extend(0)

    def _count_step(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise _too_many()

    def _joins(self, here: int, there: int, placed: Mapping[int, int]) -> bool:
        if any(placed.get(low, -1) > there for low in self._before.get(here, ())):
            return False
        if any(there > placed[high] for high in self._after.get(here, ()) if high in placed):
            return False
        for other, bond in self._bonds[here]:
            if other in placed:
                found = self._mol.GetBondBetweenAtoms(there, placed[other])
                if found is None or not bond.Match(found):
                    return False
        return True

    def _order(self, begin: list[int]) -> list[int]:
        """Return the core's atoms, each after a neighbour where there is one."""
        order = list(begin)
        seen = set(order)
        while len(order) < self._core.GetNumAtoms():
            border = [o for here in order for o, _ in self._bonds[here] if o not in seen]
            rest = [here for here in range(self._core.GetNumAtoms()) if here not in seen]
            choice = max(border or rest, key=lambda here: len(self._bonds[here]))
            order.append(choice)
            seen.add(choice)
        return order


def _alike(mine: Chem.Atom, theirs: Chem.Atom) -> bool:
    return bool(mine.Match(theirs))


@lru_cache(maxsize=256)
def _symmetry(pattern: LabelledPattern) -> tuple[Condition, ...]:
    """Return conditions that exactly one of the ways meets that symmetries turn into each other."""
    core = pattern.mol
    ranks = list(Chem.CanonicalRankAtoms(core, breakTies=False))
    labels = [(rank, label) for rank, label in zip(ranks, pattern.labels, strict=True)]
    search = _AtomSearch(core, core, (), labels=labels)
    conditions: list[Condition] = []
    fixed: dict[int, int] = {}
    for here in range(core.GetNumAtoms()):
        for there in range(core.GetNumAtoms()):
            if there == here or labels[here] != labels[there] or there in fixed:
                continue
            if next(search.run({**fixed, here: there}, None), None) is not None:
                conditions.append((here, there))
        fixed[here] = here
    return tuple(conditions)
