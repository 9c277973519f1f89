"""Particular groups of the claim language: cyano and the like, and linkers drawn as fragments."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molagent.errors import StructureError
from molagent.patents.markush.assemble import join_linker, write_group
from molagent.patents.markush.bounds import FAR, NOTHING, CountBounds, few, measure, measure_group
from molagent.patents.markush.embedding import lies_as
from molagent.patents.markush.groups import Group, cuts
from molagent.patents.markush.predicates import FOREIGN_GROUP, Predicate
from molagent.patents.markush.preparing import normal_core

__all__ = ["Linked", "LinkingGroup", "Named", "build_link", "build_named", "repeat_link"]


@dataclass(frozen=True, slots=True)
class Named:
    """One particular small group, such as cyano; `smiles` with ``*`` where it is attached."""

    name: str
    smiles: str
    query: Chem.Mol = field(compare=False, repr=False)

    def matches(self, group: Group) -> bool:
        """Compare by mutual substructure: same atoms, same bonds, same charges and attachment."""
        if group.size != self.query.GetNumAtoms() - 1:
            return False
        ways = lies_as(self.query, group.mol, {0: group.anchor}, group.atoms)
        return any(
            match[1] == group.root and same_charges(group, self.query, match) for match in ways
        )

    def describe(self) -> str:
        """Return the name."""
        return self.name

    def bounds(self) -> tuple[CountBounds, ...]:
        """Count what it has."""
        counts = measure_group(self.smiles)
        return (CountBounds(counts, counts),)

    def sample(self, rng: np.random.Generator) -> str:  # noqa: ARG002 - there is only one
        """Return the group."""
        return self.smiles

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw the group with a hydrogen replaced, or a group no claim names."""
        mol = Chem.RWMol(Chem.MolFromSmiles(self.smiles))
        free = [
            atom.GetIdx()
            for atom in mol.GetAtoms()
            if atom.GetAtomicNum() and atom.GetTotalNumHs() and not atom.GetNumExplicitHs()
        ]
        if not free or rng.random() < _FOREIGN:
            return FOREIGN_GROUP
        number = int(rng.choice((6, 9)))
        mol.AddBond(int(rng.choice(free)), mol.AddAtom(Chem.Atom(number)), Chem.BondType.SINGLE)
        Chem.SanitizeMol(mol)
        return write_group(mol)


@dataclass(frozen=True, slots=True)
class LinkingGroup:
    """A group with two attachments: the first ``*`` to the core, the second to what follows."""

    smiles: str
    query: Chem.Mol = field(compare=False, repr=False)
    ends: tuple[int, int] = field(compare=False)

    @property
    def size(self) -> int:
        """How many atoms the link has; a bond has none."""
        return max(0, self.query.GetNumAtoms() - len(self.ends))

    @property
    def length(self) -> int:
        """How many atoms lie between its two attachments."""
        return len(Chem.GetShortestPath(self.query, *self.ends)) - 2 if self.size else 0

    def fits(self, kept: Group, off: Group) -> bool:
        """Return whether `kept` is this link, with `off` on its far end."""
        if kept.size != self.size or off.bond != 1.0 or kept.bond != 1.0:
            return False
        near, far = self.ends
        ways = lies_as(self.query, kept.mol, {near: kept.anchor, far: off.root}, kept.atoms)
        return any(same_charges(kept, self.query, match, skip=self.ends) for match in ways)

    def bounds(self) -> CountBounds:
        """Count what it has."""
        if not self.size:
            return NOTHING
        counts = measure(self.query)
        return CountBounds(counts, counts)


@dataclass(frozen=True, slots=True)
class Linked:
    """One of several links, then another group: ``-O-``, ``-C(O)NH-``, ``-(OCH2CH2)n-``, a bond."""

    links: tuple[LinkingGroup, ...]
    then: Predicate
    words: str = ""

    def matches(self, group: Group) -> bool:
        """Try every bond at which the rest can begin."""
        if any(not link.size for link in self.links) and self.then.matches(group):
            return True
        sizes = {link.size for link in self.links}
        return any(
            any(link.fits(kept, off) for link in self.links) and self.then.matches(off)
            for kept, off in cuts(group)
            if kept.size in sizes
        )

    def describe(self) -> str:
        """Return for example ``*O* or *S*, then phenyl``."""
        words = self.words or " or ".join(link.smiles or "a bond" for link in self.links)
        return f"{words}, then {self.then.describe()}"

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add each link to what follows."""
        return few(_after(link, box) for box in self.then.bounds() for link in self.links)

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a link and what follows."""
        link = self.links[int(rng.integers(len(self.links)))]
        return join_linker(link.smiles, self.then.sample(rng))

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a link that is not listed, or one before something that does not follow."""
        if rng.random() < _FOREIGN:
            link = self.links[int(rng.integers(len(self.links)))]
            return join_linker(link.smiles, self.then.sample_outside(rng))
        other = str(rng.choice(("*[Se]*", "*C(C)(C)C(C)(C)*", "*S(=O)(=O)O*", "*N=N*")))
        return join_linker(other, self.then.sample(rng))


_FOREIGN: Final = 0.5
_N_ENDS: Final = 2


def build_named(name: str, smiles: str) -> Named | None:
    """Return the predicate of one group, None if the SMILES is not a group with one ``*``.

    Examples
    --------
    >>> build_named("cyano", "*C#N").describe()
    'cyano'
    """
    mol = parse_fragment(smiles)
    if mol is None or not smiles.startswith("*") or _dummies(mol) != [0]:
        return None
    charged = any(sign in smiles for sign in "+-")
    return Named(name, write_group(mol) if charged else smiles, _as_query(mol))


def build_link(smiles: str) -> LinkingGroup | None:
    """Return a link with two ``*``, the first towards the core; ``"bond"`` has no atom."""
    if smiles == "bond":
        return LinkingGroup("", Chem.Mol(), (0, 0))
    mol = parse_fragment(smiles)
    if mol is None or len(ends := _dummies(mol)) != _N_ENDS or mol.GetNumAtoms() == _N_ENDS:
        return None
    return LinkingGroup(smiles, _as_query(mol), (ends[0], ends[1]))


def repeat_link(unit: LinkingGroup, times: int) -> LinkingGroup:
    """Return a link of `times` units in a row.

    Examples
    --------
    >>> repeat_link(build_link("*OCC*"), 2).smiles
    '*OCCOCC*'
    """
    if times == 0:
        return LinkingGroup("", Chem.Mol(), (0, 0))
    smiles = unit.smiles
    for _ in range(times - 1):
        smiles = join_linker(unit.smiles, smiles)
    link = build_link(smiles)
    if link is None:  # pragma: no cover - a unit in a row with itself has two ends
        raise StructureError(f"{unit.smiles!r} cannot be repeated", remedy="correct the unit")
    return link


def parse_fragment(smiles: str) -> Chem.Mol | None:
    """Return the molecule of SMILES with ``*``, None if there is none."""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
    if mol is None or any(atom.GetNumRadicalElectrons() for atom in mol.GetAtoms()):
        return None
    return normal_core(mol)


def _dummies(mol: Chem.Mol) -> list[int]:
    """Return the attachments of a fragment that can be one; none if one of them is in a ring."""
    found = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    return [] if any(atom.GetDegree() != 1 for atom in found) else [a.GetIdx() for a in found]


def _as_query(mol: Chem.Mol) -> Chem.Mol:
    parameters = Chem.AdjustQueryParameters.NoAdjustments()
    parameters.makeDummiesQueries = True  # type: ignore[assignment] # RDKit's stub is wrong
    return Chem.AdjustQueryProperties(mol, parameters)


def same_charges(
    group: Group, query: Chem.Mol, match: tuple[int, ...], skip: tuple[int, ...] = (0,)
) -> bool:
    """Return whether matched atoms have the charges and isotopes of the query's."""
    return all(
        (atom.GetFormalCharge(), atom.GetIsotope())
        == (query.GetAtomWithIdx(place).GetFormalCharge(), query.GetAtomWithIdx(place).GetIsotope())
        for place, atom in ((place, group.atom(index)) for place, index in enumerate(match))
        if place not in skip
    )


def _after(link: LinkingGroup, box: CountBounds) -> CountBounds:
    """Return the bounds of a group that follows a link."""
    linked = link.bounds()
    if linked.has_rings:
        return (linked + box).with_ring_at(0, FAR)
    return (linked + box).with_ring_at(*(place + link.length for place in box.to_ring))
