"""Two sites taken together: "R1 and R2 together with their atoms form a ring", "are a bond".

Each way is a core of its own, in which the two sites are not: bridged, or with one more bond.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import Final

from rdkit import Chem, rdBase

from molagent.errors import FileFormatError
from molagent.patents.markush.assemble import free_hydrogens
from molagent.patents.markush.bridges import BOND, JOINED_KINDS, JoinedRing, bridge_core
from molagent.patents.markush.cores import build_template
from molagent.patents.markush.language import parse_sites
from molagent.patents.markush.sites import Site
from molagent.patents.markush.tables import bounds_of, choice_of, take_table, texts_of
from molagent.patents.markush.templates import CoreTemplate

__all__ = ["Together", "join_sites", "parse_together"]

_KEYS: Final = {"sites", "by", "ring", "at", "group", "count"}
_RING: Final = {"size", "hetero", "hetero_total", "kind"}
_HETERO: Final = ("N", "O", "S")
_MOST_CORES: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """What two sites may be together.

    Attributes
    ----------
    sites
        Their names; one name twice for two groups of one site.
    by
        ``bond``, or groups with two attachments, the first to the first site, or one by a double
        bond where both sites stand on one atom.
    at
        Pairs of positions; empty for the only pair, or every pair of neighbours.
    carried
        What the new atoms may carry, as a site without positions.
    """

    sites: tuple[str, str]
    by: tuple[str, ...]
    ring: JoinedRing | None
    at: tuple[tuple[int, int], ...]
    carried: Site | None

    @property
    def words(self) -> str:
        """Say it, as ``R1 and R2 together: a bond or *OCO*``."""
        ways = ["a bond" if each == BOND else each for each in self.by]
        ways += [self.ring.describe()] if self.ring else []
        carried = f", carrying {self.carried.predicate.describe()}" if self.carried else ""
        return f"{' and '.join(self.sites)} together: {' or '.join(ways)}{carried}"


@dataclass(frozen=True, slots=True)
class _Joined:
    core: str
    sites: tuple[Site, ...]
    joined: Mapping[str, str]


def parse_together(records: object, sites: Sequence[Site], *, place: str) -> tuple[Together, ...]:
    """Return what sites of a claim may be together.

    Raises
    ------
    FileFormatError
        Naming the place, what is wrong and the remedy.
    """
    if not isinstance(records, list):
        raise FileFormatError("together is not a list", place=place, remedy="write [[together]]")
    return tuple(
        _table(record, {site.name for site in sites}, f"{place}: together {number}")
        for number, record in enumerate(records, start=1)
    )


def _table(record: object, known: set[str], place: str) -> Together:
    fields = take_table(record, _KEYS, {"sites"}, place=place)
    names = texts_of(fields["sites"], "sites", place)
    if len(names) != 2 or not set(names) <= known:
        raise FileFormatError(
            f"sites {list(names)!r} are not two sites",
            place=place,
            remedy=f"name two of {', '.join(sorted(known))}, or one twice",
        )
    by = texts_of(fields.get("by", []), "by", place)
    for bridge in by:
        _check_bridge(bridge, place)
    ring = _ring(fields["ring"], f"{place}.ring") if "ring" in fields else None
    if not by and ring is None:
        raise FileFormatError(
            "two sites together are nothing", place=place, remedy='give by = ["bond"] or ring'
        )
    carried = None
    if "group" in fields:
        site = {"name": "+".join(names), "positions": [1], "group": fields["group"]}
        [carried] = parse_sites([site | {"count": fields.get("count", [0, 1])}], place=place)
    return Together(
        sites=(names[0], names[1]),
        by=by,
        ring=ring,
        at=tuple(_pair(pair, place) for pair in fields.get("at", [])),
        carried=carried,
    )


def _check_bridge(text: str, place: str) -> None:
    if text == BOND:
        return
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(text)
    ends = [] if mol is None else [a for a in mol.GetAtoms() if a.GetAtomicNum() == 0]
    whole = mol is not None and len(Chem.GetMolFrags(mol)) == 1 and mol.GetNumAtoms() > len(ends)
    doubly = [end.GetBonds()[0].GetBondTypeAsDouble() == 2.0 for end in ends if end.GetDegree()]
    if whole and (len(ends) == 2 or (len(ends) == 1 and doubly == [True])):
        return
    raise FileFormatError(
        f"{text!r} joins no two sites",
        place=place,
        remedy='write "bond", a group with two *, as "*OCO*", or one, as "*=O"',
    )


def _ring(value: object, place: str) -> JoinedRing:
    fields = take_table(value, _RING, {"size"}, place=place)
    counts = take_table(fields.get("hetero", {}), set(_HETERO), set(), place=place)
    hetero = {symbol: bounds_of(each, place) for symbol, each in counts.items()}
    most = sum(high for _, high in hetero.values())
    low, high = bounds_of(fields["size"], place)
    if low < 3:
        raise FileFormatError(
            f"no ring has {low} atoms", place=place, remedy="let size begin with 3 or more"
        )
    return JoinedRing(
        sizes=(low, min(high, 12)),
        hetero=hetero,
        total=bounds_of(fields.get("hetero_total", [0, most]), place),
        kind=choice_of(fields.get("kind", "saturated"), JOINED_KINDS, "kind", place),
    )


def _pair(value: object, place: str) -> tuple[int, int]:
    match value:
        case [int(one), int(two)]:
            return one, two
    raise FileFormatError(
        f"at {value!r} is no pair of positions", place=place, remedy="write at = [[3, 4]]"
    )


def join_sites(
    templates: Sequence[CoreTemplate], tables: Sequence[Together], *, place: str, stereo: str
) -> tuple[CoreTemplate, ...]:
    """Return one more template for each way in which sites of these are taken together.

    Raises
    ------
    FileFormatError
        If two sites cannot be joined in any core, or there are too many ways.
    """
    found: dict[str, CoreTemplate] = {}
    used: set[str] = set()
    for template in templates:
        start = _Joined(template.smiles, template.sites, {})
        for way, ways in _ways(start, tables):
            used |= {table.words for table in ways}
            key = _key(way)
            if key not in found:
                if len(templates) + len(found) >= _MOST_CORES:
                    raise FileFormatError(
                        f"sites taken together give more than {_MOST_CORES} cores",
                        place=place,
                        remedy="bound ring sizes and hetero_total more narrowly",
                    )
                built = build_template(way.core, way.sites, place=place, stereo=stereo)
                found[key] = replace(built, joined=way.joined)
    for table in tables:
        if table.words not in used:
            raise FileFormatError(
                f"{table.words}: they cannot be joined in any core",
                place=place,
                remedy="give at = [[p, q]], positions that have hydrogens enough",
            )
    return tuple(found.values())


def _ways(
    start: _Joined, tables: Sequence[Together]
) -> Iterator[tuple[_Joined, tuple[Together, ...]]]:
    """Yield every way to take one or more pairs together."""
    for number, table in enumerate(tables, start=1):
        for way in _join(start, table):
            yield way, (table,)
            for further, used in _ways(way, tables[number:]):
                yield further, (table, *used)


def _join(start: _Joined, table: Together) -> Iterator[_Joined]:
    here = {site.name: site for site in start.sites}
    if not set(table.sites) <= set(here):
        return
    core = Chem.MolFromSmiles(start.core)
    atom_of = {atom.GetAtomMapNum(): atom.GetIdx() for atom in core.GetAtoms()}
    for one, two in _pairs(core, atom_of, table, here):
        path = 1 if one == two else len(Chem.GetShortestPath(core, atom_of[one], atom_of[two]))
        for bridge in chain(table.by, table.ring.bridges(path) if table.ring else ()):
            from_ring = bridge not in table.by
            built = bridge_core(core, atom_of[one], atom_of[two], bridge)
            if built is None:
                continue
            mol, new = built
            aromatic = from_ring and table.ring is not None and table.ring.kind == "aromatic"
            if aromatic and not all(mol.GetAtomWithIdx(i).GetIsAromatic() for i in new):
                continue
            yield _numbered(mol, new, bridge, table, start)


def _pairs(
    core: Chem.Mol, atom_of: Mapping[int, int], table: Together, here: Mapping[str, Site]
) -> list[tuple[int, int]]:
    first, second = (here[name] for name in table.sites)
    if table.at:
        return [pair for pair in table.at if set(pair) <= set(atom_of)]
    pairs = list(product(first.positions, second.positions))
    if first is not second and len(pairs) == 1:
        return pairs
    return [
        (one, two)
        for one, two in pairs
        if one == two or core.GetBondBetweenAtoms(atom_of[one], atom_of[two]) is not None
    ]


def _numbered(
    mol: Chem.Mol, new: list[int], bridge: str, table: Together, start: _Joined
) -> _Joined:
    """Return the core as text, with the new atoms numbered and the sites that are left."""
    chosen = [i for i in new if mol.GetAtomWithIdx(i).GetAtomMapNum()] or new
    for index in new:
        mol.GetAtomWithIdx(index).SetAtomMapNum(0)
    sites = [_left(site, table.sites.count(site.name)) for site in start.sites]
    kept = [site for site in sites if site is not None]
    if table.carried is not None:
        free = [index for index in chosen if free_hydrogens(mol, index)]
        highest = max(atom.GetAtomMapNum() for atom in mol.GetAtoms())
        numbers = tuple(range(highest + 1, highest + 1 + len(free)))
        for index, number in zip(free, numbers, strict=True):
            mol.GetAtomWithIdx(index).SetAtomMapNum(number)
        kept.append(replace(table.carried, positions=numbers))
    open_positions = {
        atom.GetAtomMapNum() for atom in mol.GetAtoms() if free_hydrogens(mol, atom.GetIdx())
    }
    here = tuple(
        replace(site, positions=tuple(p for p in site.positions if p in open_positions))
        for site in kept
    )
    what = "a bond" if bridge == BOND else Chem.MolToSmiles(Chem.MolFromSmiles(bridge))
    said = dict(start.joined)
    for name, other in zip(table.sites, reversed(table.sites), strict=True):
        said[name] = f"with {other} {what}"
    return _Joined(str(Chem.MolToSmiles(mol)), here, said)


def _left(site: Site, taken: int) -> Site | None:
    """Return a site after some of its groups were taken; None where nothing is left of it."""
    counts = tuple(count - taken for count in site.counts if count >= taken)
    if not taken:
        return site
    return replace(site, counts=counts) if any(counts) else None


def _key(way: _Joined) -> str:
    """Return what two ways share that differ in the numbers of new atoms only."""
    mol = Chem.MolFromSmiles(way.core)
    carried = {p for site in way.sites if "+" in site.name for p in site.positions}
    for atom in mol.GetAtoms():
        if atom.GetAtomMapNum() in carried:
            atom.SetAtomMapNum(0)
    return f"{Chem.MolToSmiles(mol)} {sorted(way.joined)}"
