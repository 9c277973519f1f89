"""Templates: a core whose numbered atoms may carry groups, and nothing else may hang anywhere.

This is the closed matcher. A molecule fits only if every heavy atom belongs to the core or to a
group that a site allows at that position; a substructure match alone says nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rdkit import Chem

from molagent.patents.markush.assemble import free_hydrogens, join_groups
from molagent.patents.markush.groups import Group, find_neighbours, group_smiles, groups_at
from molagent.patents.markush.predicates import Predicate

__all__ = ["Fit", "Site", "Template"]

# Symmetric cores match in several ways; more than this is a core too symmetric to be a claim's.
_MAX_MATCHES: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Positions of the core (atom map numbers), what they may carry, and how often in all."""

    name: str
    positions: tuple[int, ...]
    predicate: Predicate
    counts: tuple[int, ...]

    def describe(self) -> str:
        """Return for example ``R2 at position 3 or 4: halogen, 1 to 3 times``."""
        return f"{self.name} at {self.places()}: {self.predicate.describe()}, {_times(self.counts)}"

    def places(self) -> str:
        """Return for example ``position 4`` or ``positions 1 to 13``."""
        first, last = self.positions[0], self.positions[-1]
        if len(self.positions) == 1:
            return f"position {first}"
        if self.positions == tuple(range(first, last + 1)):
            return f"positions {first} to {last}"
        return f"positions {', '.join(str(position) for position in self.positions)}"


@dataclass(frozen=True, slots=True)
class Fit:
    """How a molecule lies on a template; it fits if there are no failures.

    Attributes
    ----------
    groups
        Site name to the groups found there.
    failures
        What does not fit, in words.
    """

    groups: Mapping[str, tuple[Group, ...]]
    failures: tuple[str, ...] = ()

    def assignment(self) -> dict[str, str]:
        """Return site name to the SMILES of its groups; ``H`` where there is none."""
        return {
            name: _tally(group_smiles(group) for group in groups) or "H"
            for name, groups in self.groups.items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
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
    """

    smiles: str
    sites: tuple[Site, ...]
    query: Chem.Mol = field(compare=False, repr=False)
    positions: Mapping[int, int] = field(compare=False)
    root: int | None = None
    words: str = ""

    def find_fit(self, mol: Chem.Mol, group: Group | None = None) -> Fit | None:
        """Return the best way to lay a molecule (or a group of it) on the template.

        None if the core does not occur; otherwise the fit with the fewest failures.
        """
        best: Fit | None = None
        adjacency = None if group is None else group.adjacency
        for match in self._core_matches(mol, group):
            adjacency = adjacency or find_neighbours(mol)
            fit = self._lay(mol, adjacency, match, group)
            if not fit.failures:
                return fit
            if best is None or len(fit.failures) < len(best.failures):
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

    def sample(self, rng: np.random.Generator) -> str:
        """Draw a member, as SMILES."""
        return Chem.MolToSmiles(self.fill(self.draw(rng)))

    def sample_outside(self, rng: np.random.Generator) -> str:
        """Draw a member with one group replaced by one that its site does not allow."""
        placed = self.draw(rng)
        filled = [index for index, (site, _, _) in enumerate(placed) if site is not None]
        if not filled:
            return f"{self.smiles}[Si]"
        chosen = int(rng.choice(filled))
        site, position, _ = placed[chosen]
        placed[chosen] = (site, position, site.predicate.sample_outside(rng))
        return Chem.MolToSmiles(self.fill(placed))

    def draw(self, rng: np.random.Generator) -> list[tuple[Site, int, str]]:
        """Draw groups for every site: (site, position, group)."""
        core = Chem.MolFromSmiles(self.smiles)
        free = {
            atom.GetAtomMapNum(): free_hydrogens(core, atom.GetIdx())
            for atom in core.GetAtoms()
            if atom.GetAtomMapNum()
        }
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
        """Return the core with groups at its positions."""
        core = Chem.MolFromSmiles(self.smiles)
        atom_of = {atom.GetAtomMapNum(): atom.GetIdx() for atom in core.GetAtoms()}
        for atom in core.GetAtoms():
            atom.SetAtomMapNum(0)
        return join_groups(core, [(atom_of[position], smiles) for _, position, smiles in placed])

    def _core_matches(self, mol: Chem.Mol, group: Group | None) -> Iterator[tuple[int, ...]]:
        matches = mol.GetSubstructMatches(self.query, uniquify=False, maxMatches=_MAX_MATCHES)
        if group is None or self.root is None:
            yield from matches
            return
        for match in matches:
            if match[self.root] == group.root and group.atoms.issuperset(match):
                yield match

    def _lay(
        self,
        mol: Chem.Mol,
        adjacency: tuple[tuple[int, ...], ...],
        match: tuple[int, ...],
        within: Group | None,
    ) -> Fit:
        core = frozenset(match)
        everything = (
            frozenset(range(mol.GetNumAtoms())) if within is None else frozenset(within.atoms)
        )
        failures = self._core_failures(mol, match, core)
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
        claimed = sum(group.size for _, group in hung)
        if not failures and claimed != len(rest):
            failures.append("part of the molecule is not joined to the core")
        assigned = self._share_out(hung)
        if assigned is None:
            failures.extend(self._site_failures(hung))
            assigned = {site.name: [] for site in self.sites}
        groups = {name: tuple(found) for name, found in assigned.items()}
        return Fit(groups, tuple(dict.fromkeys(failures)))

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
        return failures

    def _share_out(self, hung: list[tuple[int, Group]]) -> dict[str, list[Group]] | None:
        """Give every group to a site so that all counts fit; None if that cannot be done."""
        options = [
            [
                site
                for site in self.sites
                if position in site.positions and site.predicate.matches(group)
            ]
            for position, group in hung
        ]
        if any(not sites for sites in options):
            return None
        taken: dict[str, list[Group]] = {site.name: [] for site in self.sites}

        def place(index: int) -> bool:
            if index == len(hung):
                return all(len(taken[site.name]) in site.counts for site in self.sites)
            for site in options[index]:
                taken[site.name].append(hung[index][1])
                if len(taken[site.name]) <= max(site.counts) and place(index + 1):
                    return True
                taken[site.name].pop()
            return False

        return taken if place(0) else None

    def _site_failures(self, hung: list[tuple[int, Group]]) -> list[str]:
        failures = []
        for position, group in hung:
            sites = [site for site in self.sites if position in site.positions]
            if not any(site.predicate.matches(group) for site in sites):
                allowed = " or ".join(f"{s.name}: {s.predicate.describe()}" for s in sites)
                failures.append(
                    f"position {position} carries {group_smiles(group)}; the claim allows {allowed}"
                )
        if failures:
            return failures
        for site in self.sites:
            found = sum(position in site.positions for position, _ in hung)
            if found not in site.counts:
                failures.append(
                    f"{site.name} occurs {found} times; the claim allows {_times(site.counts)}"
                )
        return failures or ["the groups cannot be shared out among the sites"]


def _touches(group: Group, core: frozenset[int]) -> int:
    """Return how many bonds join the group to the core."""
    return sum(neighbour in core for index in group.atoms for neighbour in group.adjacency[index])


def _tally(groups: Iterable[str]) -> str:
    """Return groups in alphabetical order, repeated ones counted."""
    return ", ".join(
        group if times == 1 else f"{times} x {group}"
        for group, times in sorted(Counter(groups).items())
    )


def _times(counts: tuple[int, ...]) -> str:
    if len(counts) == 1:
        return "exactly once" if counts[0] == 1 else f"exactly {counts[0]} times"
    if counts == tuple(range(counts[0], counts[-1] + 1)):
        return f"{counts[0]} to {counts[-1]} times"
    return " or ".join(str(count) for count in counts) + " times"
