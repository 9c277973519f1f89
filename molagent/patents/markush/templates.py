"""Templates: a core whose numbered atoms may carry groups, and nothing else may hang anywhere.

This is the closed matcher. A molecule fits only if every heavy atom belongs to the core or to a
group that a site allows at that position; a substructure match alone says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.assemble import join_groups, write_group, written_core
from molagent.patents.markush.bounds import COUNTED, FAR, CountBounds, measure, union
from molagent.patents.markush.embedding import LabelledPattern, find_embeddings
from molagent.patents.markush.groups import Group, find_neighbours, group_smiles, groups_at
from molagent.patents.markush.predicates import FOREIGN_GROUP
from molagent.patents.markush.reasons import explain_mismatch
from molagent.patents.markush.sites import Accept, Fit, Groups, Known, Site, times

__all__ = ["CoreTemplate", "Fit", "Site"]

# A configured core's atoms are told apart by labels, which begin above any real isotope.
_FIRST_LABEL: Final = 400
# Tautomers differ in bond orders, and the distance to a ring is no matter of molecules.
_UNLIMITED: Final = [COUNTED.index(name) for name in ("aromatic", "double", "triple", "to_ring")]
_ATTEMPTS: Final = 50
_HALF: Final = 0.5


def _accept_all(_: Groups) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreTemplate:
    """A core with sites; as a predicate (``root`` given) it describes a group.

    Attributes
    ----------
    smiles
        The core as written: atom map numbers are positions, ``*`` is the attachment.
    query
        The core without the attachment and without map numbers.
    positions
        Atom index in `query` to position.
    root
        Atom index in `query` that carries the attachment, None for a whole molecule.
    words
        How to call it in a sentence; empty to spell out core and sites.
    relative
        Whether the mirror image of the configuration meets it too.
    configured
        The core with its configuration where that must be met, None where it does not matter.
    skeleton
        The core without bond orders, which the tautomers of a structure share.
    joined
        Sites that are taken together in this core, and what they are.
    """

    smiles: str
    sites: tuple[Site, ...]
    query: Chem.Mol = field(compare=False, repr=False)
    positions: Mapping[int, int] = field(compare=False)
    root: int | None = None
    words: str = ""
    relative: bool = False
    configured: Chem.Mol | None = field(compare=False, repr=False, default=None)
    skeleton: Chem.Mol = field(compare=False, repr=False, kw_only=True)
    joined: Mapping[str, str] = field(compare=False, default_factory=dict)
    _limits: list[CountBounds] = field(
        compare=False, repr=False, init=False, default_factory=list
    )  # summed up when it is first asked for, as is
    _patterns: list[LabelledPattern] = field(
        compare=False, repr=False, init=False, default_factory=list
    )

    def find_fit(
        self, mol: Chem.Mol, group: Group | None = None, accept: Accept = _accept_all
    ) -> Fit | None:
        """Return the best way to lay a molecule (or a group of it) on the template.

        None if the core does not occur; otherwise, of all ways the core lies in the molecule, the
        one with the fewest failures and the fewest atoms unaccounted for.

        Raises
        ------
        StructureError
            If the core lies in it in too many ways to try.
        """
        best: Fit | None = None
        # A symmetric core lies in several ways, and the same groups hang on it in each.
        known: Known = {}
        adjacency = None if group is None else group.adjacency
        for match in self.core_matches(mol, group):
            adjacency = adjacency or find_neighbours(mol)
            fit = self._lay(mol, adjacency, match, group, accept, known)
            if not fit.failures:
                return fit
            if best is None or fit.rank < best.rank:
                best = fit
        return best

    def matches(self, group: Group) -> bool:
        """Return whether the template accounts for every atom of the group."""
        if group.bond != 1.0 or group.size < self.query.GetNumAtoms():
            return False
        fit = self.find_fit(group.mol, group)
        return fit is not None and not fit.failures

    def describe(self) -> str:
        """Return its name, or the core and its sites."""
        if self.words:
            return self.words
        sites = "; ".join(site.describe() for site in self.sites)
        return f"{self.smiles} ({sites})" if sites else self.smiles

    def bounds(self) -> tuple[CountBounds, ...]:
        """Add what the sites may carry to the core."""
        counts = measure(self.query)
        total = CountBounds(counts, counts)
        for site in self.sites:
            box = union(site.predicate.bounds())
            total += union(box.times(count) for count in site.counts)
        return (total.with_ring_at(0, FAR),)

    def limits(self) -> CountBounds:
        """Return what a whole member can be counted to have, whichever tautomer it is drawn as."""
        if not self._limits:
            [box] = self.bounds()
            low, high = box.low.copy(), box.high.copy()
            low[_UNLIMITED], high[_UNLIMITED] = 0, FAR
            self._limits.append(CountBounds(low, high))
        return self._limits[0]

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a member, as SMILES.

        Raises
        ------
        StructureError
            If its counts and positions do not fit together.
        """
        for _ in range(_ATTEMPTS):
            try:
                return write_group(self.fill(self.draw(rng)))
            except StructureError:
                continue
        raise StructureError(f"no {self.describe()} could be drawn", remedy="check its counts")

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a member with one group replaced by one that its site does not allow."""
        for _ in range(_ATTEMPTS):
            placed = self.draw(rng)
            if not placed or rng.random() < _HALF:
                hydrogens = [(p, "*[SiH3]") for s in self.sites for p in s.positions]
                if not hydrogens:
                    return FOREIGN_GROUP
                position, group = hydrogens[int(rng.integers(len(hydrogens)))]
                placed.append((self.sites[0], position, group))
            else:
                chosen = int(rng.integers(len(placed)))
                site, position, _ = placed[chosen]
                placed[chosen] = (site, position, site.predicate.sample_outside(rng))
            try:
                return write_group(self.fill(placed))
            except StructureError:
                continue
        return FOREIGN_GROUP

    def draw(self, rng: np.random.Generator) -> list[tuple[Site, int, str]]:
        """Draw groups for every site: (site, position, group)."""
        free = dict(written_core(self.smiles).free)
        placed: list[tuple[Site, int, str]] = []
        # Sites that must be filled choose first, or an optional one could take their only place.
        for site in sorted(self.sites, key=lambda site: -min(site.counts)):
            places = [place for place in site.positions for _ in range(free[place])]
            counts = [count for count in site.counts if count <= len(places)]
            for place in rng.permutation(places)[: int(rng.choice(counts))]:
                free[int(place)] -= 1
                placed.append((site, int(place), site.predicate.sample(rng)))
        return placed

    def fill(self, placed: list[tuple[Site, int, str]]) -> Chem.Mol:
        """Return the core with groups at its positions; the core's atoms come first."""
        core = written_core(self.smiles)
        return join_groups(core.mol, [(core.atom_of[at], smiles) for _, at, smiles in placed])

    def core_matches(self, mol: Chem.Mol, group: Group | None = None) -> Iterator[tuple[int, ...]]:
        """Yield the ways the core lies in a molecule, or on a group of it.

        Ways that put the same groups on the same sites are one.

        Raises
        ------
        StructureError
            If there are too many to try.
        """
        if group is None or self.root is None:
            return find_embeddings(self._pattern(), mol, {}, None)
        return find_embeddings(self._pattern(), mol, {self.root: group.root}, group.atoms)

    def _pattern(self) -> LabelledPattern:
        if not self._patterns:
            self._patterns.append(self._labelled())
        return self._patterns[0]

    def _labelled(self) -> LabelledPattern:
        labels = [""] * self.query.GetNumAtoms()
        for index, position in self.positions.items():
            names = sorted(site.name for site in self.sites if position in site.positions)
            labels[index] = ", ".join(names)
        if self.root is not None:
            labels[self.root] += " root"
        configured = self.configured is not None
        return LabelledPattern(self.smiles, tuple(labels), self.query, ordered=configured)

    def _lay(
        self,
        mol: Chem.Mol,
        adjacency: tuple[tuple[int, ...], ...],
        match: tuple[int, ...],
        within: Group | None,
        accept: Accept,
        known: Known,
    ) -> Fit:
        core = frozenset(match)
        everything = (
            frozenset(range(mol.GetNumAtoms())) if within is None else frozenset(within.atoms)
        )
        failures = self._core_failures(mol, match, core)
        unclaimed = 0
        hung: list[tuple[int, Group]] = []
        rest = everything - core
        for query_index, atom_index in enumerate(match):
            for group in groups_at(mol, adjacency, atom_index, rest):
                position = self.positions.get(query_index)
                if _touches(group, core) > 1:
                    failures.append(f"{group_smiles(group)} bridges two atoms of the core")
                elif position is None:
                    failures.append(f"{group_smiles(group)} hangs where the claim allows nothing")
                else:
                    hung.append((position, group))
                    continue
                unclaimed += group.size
        if not failures and sum(group.size for _, group in hung) != len(rest):
            failures.append("part of the molecule is not joined to the core")
        options = [self._options(position, group, known) for position, group in hung]
        assigned, excluded = self._share_out(hung, options, accept)
        if assigned is None:
            failures.extend([excluded] if excluded else self._site_failures(hung, options))
            unclaimed += sum(group.size for _, group in hung if not excluded)
            assigned = {site.name: () for site in self.sites}
        return Fit(assigned, tuple(dict.fromkeys(failures)), unclaimed, self.joined)

    def _core_failures(
        self, mol: Chem.Mol, match: tuple[int, ...], core: frozenset[int]
    ) -> list[str]:
        """Return bonds and charges among the core's atoms that the core does not have."""
        bonds = sum(
            bond.GetBeginAtomIdx() in core and bond.GetEndAtomIdx() in core
            for bond in mol.GetBonds()
        )
        failures = [] if bonds == self.query.GetNumBonds() else ["the core closes another ring"]
        if any(
            mol.GetAtomWithIdx(atom).GetFormalCharge()
            != self.query.GetAtomWithIdx(index).GetFormalCharge()
            for index, atom in enumerate(match)
        ):
            failures.append("the core is charged")
        if any(
            mol.GetAtomWithIdx(atom).GetIsotope() != self.query.GetAtomWithIdx(index).GetIsotope()
            for index, atom in enumerate(match)
        ):
            failures.append("the core is labelled")
        if self.configured is not None and not self._is_met(mol, match, self.configured):
            failures.append("the core has another configuration, or one that is not given")
        return failures

    def _is_met(self, mol: Chem.Mol, match: tuple[int, ...], core: Chem.Mol) -> bool:
        met = _is_configured(mol, match, core)
        return met or (self.relative and _is_configured(mol, match, _mirror(core)))

    def _options(self, position: int, group: Group, known: Known) -> list[Site]:
        """Return the sites that allow a group at a position."""
        allowed = []
        for site in self.sites:
            if position not in site.positions:
                continue
            key = (site.name, group.root, group.atoms)
            if key not in known:
                known[key] = site.predicate.matches(group)
            if known[key]:
                allowed.append(site)
        return allowed

    def _share_out(
        self, hung: list[tuple[int, Group]], options: list[list[Site]], accept: Accept
    ) -> tuple[dict[str, tuple[Group, ...]] | None, str]:
        """Give every group to a site so that all counts fit and the assignment is accepted.

        Returns the assignment, or None and why the last one that fitted was excluded.
        """
        if any(not sites for sites in options):
            return None, ""
        taken: dict[str, list[Group]] = {site.name: [] for site in self.sites}
        excluded = ""

        def place(index: int) -> bool:
            nonlocal excluded
            if index == len(hung):
                if any(len(taken[site.name]) not in site.counts for site in self.sites):
                    return False
                excluded = accept({name: tuple(groups) for name, groups in taken.items()})
                return not excluded
            for site in options[index]:
                taken[site.name].append(hung[index][1])
                if len(taken[site.name]) <= max(site.counts) and place(index + 1):
                    return True
                taken[site.name].pop()
            return False

        if place(0):
            return {name: tuple(groups) for name, groups in taken.items()}, ""
        return None, excluded

    def _site_failures(self, hung: list[tuple[int, Group]], options: list[list[Site]]) -> list[str]:
        failures = []
        for (position, group), allowing in zip(hung, options, strict=True):
            sites = [site for site in self.sites if position in site.positions]
            if allowing:
                continue
            allowed = " or ".join(f"{s.name}: {s.predicate.describe()}" for s in sites)
            failure = f"position {position} carries {group_smiles(group)}"
            if not sites:
                failures.append(f"{failure}; the claim allows nothing there in this core")
                continue
            reason = explain_mismatch([site.predicate for site in sites], group)
            failures.append(f"{failure}; the claim allows {allowed}{reason and f' ({reason})'}")
        if failures:
            return failures
        for site in self.sites:
            found = sum(position in site.positions for position, _ in hung)
            if found not in site.counts:
                failures.append(
                    f"{site.name} occurs {found} times; the claim allows {times(site.counts)}"
                )
        return failures or ["the groups cannot be shared out among the sites"]


def _is_configured(mol: Chem.Mol, match: tuple[int, ...], core: Chem.Mol) -> bool:
    """Return whether a core has its configuration where it lies; labels allow but this way."""
    labelled, pattern = Chem.Mol(mol), Chem.Mol(core)
    for index, atom in enumerate(match):
        labelled.GetAtomWithIdx(atom).SetIsotope(_FIRST_LABEL + index)
        pattern.GetAtomWithIdx(index).SetIsotope(_FIRST_LABEL + index)
    return bool(labelled.HasSubstructMatch(pattern, useChirality=True))


def _mirror(core: Chem.Mol) -> Chem.Mol:
    mirrored = Chem.Mol(core)
    for atom in mirrored.GetAtoms():
        atom.InvertChirality()
    return mirrored


def _touches(group: Group, core: frozenset[int]) -> int:
    """Return how many bonds join the group to the core."""
    return sum(neighbour in core for index in group.atoms for neighbour in group.adjacency[index])
