"""Two claims on one ring system, compared atom by atom: which site they cannot agree on.

Where nothing else in the members of a claim has as many rings as one ring system of its core, that
system lies in a member in one place only. Two claims that each have such a system can share a
member only if the two systems are the same, and if at each of its atoms something may hang that
both allow. What may hang there is counted, from the definitions; where all of it can be listed, the
lists are compared. Bond orders and hydrogens are left out, in which tautomers differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Final

from rdkit import Chem

from molagent.patents.markush.bounds import COUNTED, NOTHING, CountBounds, few, measure, union
from molagent.patents.markush.enumeration import finite_groups
from molagent.patents.markush.groups import Group, find_neighbours, groups_at
from molagent.patents.markush.sites import Site
from molagent.patents.markush.templates import CoreTemplate

__all__ = ["why_apart"]

_RINGS: Final = COUNTED.index("rings")
# What tautomers differ in, and what is no matter of molecules, proves nothing.
_COMPARED: Final = [
    place
    for place, name in enumerate(COUNTED)
    if name not in {"aromatic", "double", "triple", "to_ring", "labelled"}
]
_MOST_WAYS: Final = 256
_MOST_LISTED: Final = 200
_MOST_ALIKE: Final = 3


@dataclass(frozen=True, slots=True)
class _Choice:
    """One thing that may hang on an atom: what it counts, what it is where that is known."""

    box: CountBounds
    skeletons: frozenset[str] | None
    site: str
    words: str


_NOTHING_THERE: Final = _Choice(NOTHING, frozenset({""}), "", "hydrogen")


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The ring system of a core that is nowhere else, and what may hang on each of its atoms."""

    mol: Chem.Mol
    choices: tuple[tuple[_Choice, ...], ...]
    sites: Mapping[str, tuple[int, tuple[int, ...]]]


def why_apart(ours: CoreTemplate, theirs: CoreTemplate, names: tuple[str, str]) -> str:
    """Return why no structure fits two cores with their sites; empty where one may.

    Parameters
    ----------
    names
        What to call the claims of the two in the answer.
    """
    one, two = _find_anchor(ours), _find_anchor(theirs)
    if one is None or two is None:
        return ""
    if one.mol.GetNumAtoms() != two.mol.GetNumAtoms():
        return f"the ring systems of {ours.smiles} and {theirs.smiles} differ"
    ways = two.mol.GetSubstructMatches(one.mol, uniquify=False, maxMatches=_MOST_WAYS)
    if not ways or one.mol.GetNumBonds() != two.mol.GetNumBonds():
        return f"the ring systems of {ours.smiles} and {theirs.smiles} differ"
    if len(ways) >= _MOST_WAYS:
        return ""
    reasons: dict[str, None] = {}
    for way in ways:
        reason = _apart_as_laid(one, two, way, names)
        if not reason:
            return ""
        reasons[reason] = None
    first, *others = reasons
    return f"{first}; and so in each other way to lay the ring system" if others else first


def _apart_as_laid(one: _Anchor, two: _Anchor, way: tuple[int, ...], names: tuple[str, str]) -> str:
    """Return which atom or site leaves nothing in common in one way to lay the two."""
    left: list[tuple[set[str], set[str]]] = []
    for atom, other in enumerate(way):
        pairs = [
            (mine, its)
            for mine in one.choices[atom]
            for its in two.choices[other]
            if _overlap(mine, its)
        ]
        if not pairs:
            return (
                f"at one atom of the ring system {names[0]} allows {_say(one.choices[atom])}, "
                f"{names[1]} {_say(two.choices[other])}"
            )
        left.append(({mine.site for mine, _ in pairs}, {its.site for _, its in pairs}))
    back = {other: atom for atom, other in enumerate(way)}
    for side, anchor in enumerate((one, two)):
        for name, (fewest, atoms) in anchor.sites.items():
            places = atoms if side == 0 else tuple(back[atom] for atom in atoms)
            if sum(name in left[place][side] for place in places) < fewest:
                return f"{name} of {names[side]} finds no place where {names[1 - side]} allows it"
    return ""


def _overlap(mine: _Choice, its: _Choice) -> bool:
    apart = (mine.box.low > its.box.high) | (its.box.low > mine.box.high)
    if bool(apart[_COMPARED].any()):
        return False
    return mine.skeletons is None or its.skeletons is None or bool(mine.skeletons & its.skeletons)


def _say(choices: tuple[_Choice, ...]) -> str:
    said = dict.fromkeys(f"{c.site}: {c.words}" if c.site else c.words for c in choices)
    return " or ".join(list(said)[:4]) or "nothing"


def _find_anchor(template: CoreTemplate) -> _Anchor | None:
    """Return the ring system of a core that has more rings than anything else in its members."""
    core = template.query
    systems = sorted(_ring_systems(core), key=lambda atoms: -_rings(core, atoms))
    if not systems:
        return None
    most = _rings(core, systems[0])
    rivals = [_rings(core, atoms) for atoms in systems[1:]]
    boxes = [union(site.predicate.bounds()) for site in template.sites if any(site.counts)]
    rivals += [int(box.high[_RINGS]) for box in boxes]
    if any(rival >= most for rival in rivals):
        return None
    atoms = sorted(systems[0])
    place = {index: number for number, index in enumerate(atoms)}
    sites: dict[str, tuple[int, tuple[int, ...]]] = {}
    for site in template.sites:
        standing = [i for i, position in template.positions.items() if position in site.positions]
        # Where several may hang on one atom, atoms do not count them.
        alone = all(_room(core, i) == 1 for i in standing)
        if standing and set(standing) <= set(atoms) and alone:
            sites[site.name] = (min(site.counts), tuple(place[i] for i in standing))
    choices = tuple(tuple(_choices(template, index, systems[0])) for index in atoms)
    return _Anchor(_flat(core, atoms), choices, sites)


def _choices(template: CoreTemplate, index: int, system: frozenset[int]) -> Iterator[_Choice]:
    """Yield what may hang, all in all, on one atom of the ring system."""
    core = template.query
    adjacency = find_neighbours(core)
    rest = frozenset(range(core.GetNumAtoms())) - system
    fixed = list(groups_at(core, adjacency, index, rest))
    position = template.positions.get(index)
    here = [site for site in template.sites if position in site.positions]
    if not fixed and _room(core, index) == 1:
        if all(0 in site.counts for site in here if site.positions == (position,)):
            yield _NOTHING_THERE
        yield from (choice for site in here for choice in _of_site(site))
        return
    if not fixed and not here:
        yield _NOTHING_THERE
        return
    yield from _in_all(template, index, fixed)


def _in_all(template: CoreTemplate, index: int, fixed: Sequence[Group]) -> Iterator[_Choice]:
    """Yield what a part of the core and the sites on it, or several groups, come to in all."""
    core = template.query
    total = NOTHING
    for group in fixed:
        part = Chem.RWMol(core)
        for atom in sorted(set(range(core.GetNumAtoms())) - group.atoms, reverse=True):
            part.RemoveAtom(atom)
        Chem.FastFindRings(part)
        counts = measure(part)
        total += CountBounds(counts, counts)
    boxes: tuple[CountBounds, ...] = (total,)
    reached = {index}.union(*(group.atoms for group in fixed))
    names = []
    for site in template.sites:
        standing = {i for i, each in template.positions.items() if each in site.positions}
        if not standing & reached:
            continue
        counted = site.counts if standing <= reached else range(max(site.counts) + 1)
        added = [box for count in counted for box in _times(site.predicate.bounds(), count)]
        boxes = few(one + other for one in boxes for other in few(added))
        names.append(f"{site.name}: {site.predicate.describe()}")
    words = f"a part of the core with {'; '.join(names)}" if fixed and names else "; ".join(names)
    for box in boxes:
        yield _Choice(box, None, "", words or "a part of the core")


def _times(boxes: Sequence[CountBounds], count: int) -> Iterator[CountBounds]:
    """Yield the bounds of so many groups, each within one of some bounds."""
    if count > _MOST_ALIKE:
        yield union(boxes).times(count)
        return
    for chosen in combinations_with_replacement(boxes, count):
        yield sum(chosen, start=NOTHING)


def _of_site(site: Site) -> Iterator[_Choice]:
    words = site.predicate.describe()
    listed = finite_groups(site.predicate)
    if listed is not None and len(listed) <= _MOST_LISTED:
        skeletons = frozenset(_skeleton(smiles) for smiles in listed)
        yield _Choice(union(site.predicate.bounds()), skeletons, site.name, words)
        return
    for box in few(site.predicate.bounds()):
        yield _Choice(box, None, site.name, words)


def _skeleton(smiles: str) -> str:
    """Return a group without bond orders, hydrogens, charges and labels."""
    if smiles == "*[2H]":
        return ""
    mol = Chem.MolFromSmiles(smiles.replace("[2H]", "[H]"))
    return str(Chem.MolToSmiles(_flat(mol, range(mol.GetNumAtoms()))))


def _flat(mol: Chem.Mol, atoms: Sequence[int]) -> Chem.Mol:
    """Return atoms of a molecule as elements joined by single bonds."""
    flat = Chem.RWMol()
    place = {}
    for index in atoms:
        place[index] = flat.AddAtom(Chem.Atom(mol.GetAtomWithIdx(index).GetAtomicNum()))
    for bond in mol.GetBonds():
        ends = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if set(ends) <= set(place):
            flat.AddBond(place[ends[0]], place[ends[1]], Chem.BondType.SINGLE)
    for atom in flat.GetAtoms():
        atom.SetNoImplicit(True)  # noqa: FBT003 - RDKit takes no names
    return flat.GetMol()


def _ring_systems(mol: Chem.Mol) -> list[frozenset[int]]:
    """Return the atoms of each ring system; rings that share an atom are one."""
    systems: list[frozenset[int]] = []
    for ring in mol.GetRingInfo().AtomRings():
        touching = [each for each in systems if each & set(ring)]
        systems = [each for each in systems if each not in touching]
        systems.append(frozenset(ring).union(*touching))
    return systems


def _rings(mol: Chem.Mol, atoms: frozenset[int]) -> int:
    bonds = sum(
        bond.GetBeginAtomIdx() in atoms and bond.GetEndAtomIdx() in atoms for bond in mol.GetBonds()
    )
    return bonds - len(atoms) + 1


def _room(mol: Chem.Mol, index: int) -> int:
    """Return how many groups an atom of a core can carry."""
    return int(mol.GetAtomWithIdx(index).GetTotalNumHs())
