"""Genus against genus: whether there is a structure that two claims both hold.

Three answers. **Yes**, with a witness, which both claims were asked about. **No**, where it can be
proven: every member of one is listed and tried on the other, or at some atom of the ring system
that both share their sites allow nothing in common, or what the cores and sites can be counted to
have excludes it, or the rings of one cannot be those of the other. Else **unknown**,
which says how hard was looked. It is about claims as they were read, never about the law.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molagent.errors import StructureError
from molagent.patents.markush.bounds import COUNTED, CountBounds, union
from molagent.patents.markush.definition import Claim
from molagent.patents.markush.draws import Draw, draws
from molagent.patents.markush.enumeration import enumerate_members
from molagent.patents.markush.groups import Group, cuts, find_neighbours, free_group, group_smiles
from molagent.patents.markush.matching import ClaimMatch, match_claim
from molagent.patents.markush.preparing import prepare_mol
from molagent.patents.markush.sharing import why_apart
from molagent.patents.markush.sites import Site
from molagent.patents.markush.templates import CoreTemplate

__all__ = ["GenusOverlap", "compare_claims"]

_MOVES: Final = 60
_FAR: Final = 1_000.0
_HARVESTED: Final = 40
_WHOLE: Final = 0.15
_POOL: Final = 0.5
# What tautomers differ in, and what is no matter of molecules, proves nothing.
_UNPROVEN: Final = frozenset({"aromatic", "double", "triple", "to_ring", "labelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GenusOverlap:
    """Whether two claims overlap.

    Attributes
    ----------
    answer
        ``yes``, ``no`` or ``unknown``.
    witness
        SMILES of a structure inside both, for a yes.
    reason
        The proof of a no; for unknown, what was tried.
    ours, theirs
        How the witness lies in each claim; for unknown, how the nearest structure that one of them
        holds fails in the other.
    tried
        How many structures were asked.
    """

    answer: str
    witness: str = ""
    reason: str = ""
    ours: ClaimMatch | None = None
    theirs: ClaimMatch | None = None
    tried: int = 0


def compare_claims(
    ours: Claim, theirs: Claim, *, seconds: float = 60.0, tries: int = 5_000, seed: int = 0
) -> GenusOverlap:
    """Return whether two claims, as they were read, hold a structure in common.

    Parameters
    ----------
    seconds, tries
        The search for a witness ends with the first that is used up; both are for unknown only.
        A proof by trying every member of one claim must end in time too.
    seed
        Of the draws: the same seed and tries, within the time, give the same answer.
    """
    if proof := _salts_apart(ours, theirs) or _counts_apart(ours, theirs):
        return GenusOverlap(answer="no", reason=proof)
    search = _Search(ours, theirs, seconds, tries, seed)
    with rdBase.BlockLogs():
        for first, second in ((ours, theirs), (theirs, ours)):
            listed = enumerate_members(first)
            for smiles in listed or ():
                if found := search.ask(smiles):
                    return found
                if search.late:
                    return search.run()
            if listed is not None and _lists_all(first, second):
                number = f"each of at most {len(listed):,} structures"
                said = f"{number if len(listed) > 1 else 'the one structure'} of {first.claim_id}"
                return GenusOverlap(
                    answer="no",
                    reason=f"{said} was tried, and none is inside {second.claim_id}",
                    tried=search.tried,
                )
        return search.run()


def _lists_all(first: Claim, second: Claim) -> bool:
    """Return whether what one claim lists, flat and unlabelled, is all that the other may hold."""
    configured = second.stereo != "ignored" and first.stereo != "literal"
    labelled = second.isotopes == "literal" and first.isotopes != "literal"
    return not (configured or labelled)


class _Search:
    """Looks for a witness: listed members, then draws that are changed towards the other claim."""

    def __init__(self, ours: Claim, theirs: Claim, seconds: float, tries: int, seed: int) -> None:
        self._ours, self._theirs = ours, theirs
        self._ends = time.monotonic() + seconds
        self._tries = tries
        self._rng = np.random.default_rng(seed)
        self.tried = 0
        self._nearest: tuple[float, str] = (_FAR, "")
        self._ion = next(
            (f".{claim.salts[0]}" for claim in (ours, theirs) if not isinstance(claim.salts, str)),
            "",
        )

    def ask(self, smiles: str) -> GenusOverlap | None:
        """Return the answer if a structure is inside both claims."""
        self.tried += 1
        try:
            ours = match_claim(self._ours, smiles + self._ion)
            theirs = match_claim(self._theirs, smiles + self._ion) if ours.inside else None
        except StructureError:
            return None
        if theirs is None or not theirs.inside:
            return None
        return GenusOverlap(
            answer="yes", witness=smiles + self._ion, ours=ours, theirs=theirs, tried=self.tried
        )

    @property
    def late(self) -> bool:
        """Whether its time is over."""
        return time.monotonic() >= self._ends

    def run(self) -> GenusOverlap:
        for smiles in (*self._ours.members, *self._theirs.members):
            if found := self.ask(smiles):
                return found
        sides = [_Side(self._ours, self._theirs), _Side(self._theirs, self._ours)]
        for side in sides:
            side.harvest(self._rng)
        while self._goes_on():
            for side in sides:
                if found := self._climb(side):
                    return found
        distance, smiles = self._nearest
        near = f"; the nearest, {smiles}, is outside one of them" if distance < _FAR else ""
        return GenusOverlap(
            answer="unknown",
            reason=f"{self.tried:,} structures were tried and none is inside both{near}",
            ours=match_claim(self._ours, smiles) if smiles else None,
            theirs=match_claim(self._theirs, smiles) if smiles else None,
            tried=self.tried,
        )

    def _goes_on(self) -> bool:
        return self.tried < self._tries and not self.late

    def _climb(self, side: "_Side") -> GenusOverlap | None:
        """Draw a member of one claim and change it towards the other, one group at a time."""
        draw = next(draws(side.claim, self._rng), None)
        if draw is None:
            self.tried += 1
            return None
        best = _FAR + 1
        for _ in range(_MOVES):
            changed = side.change(draw, self._rng) if best <= _FAR else draw
            cost, smiles = self._cost(side, changed)
            if cost == 0.0 and (found := self.ask(smiles)):
                return found
            if cost <= best:
                best, draw = cost, changed
            if not self._goes_on():
                break
        return None

    def _cost(self, side: "_Side", draw: Draw) -> tuple[float, str]:
        """Return how much keeps a draw out of the other claim, and the draw."""
        self.tried += 1
        try:
            smiles = str(Chem.MolToSmiles(draw.template.fill(draw.placed)))
            fit = side.other.find_fit(prepare_mol(smiles + self._ion, side.other.isotopes))
        except StructureError:
            return 2 * _FAR, ""
        cost = _FAR if fit is None else len(fit.failures) + 0.01 * fit.unclaimed
        if cost < self._nearest[0]:
            self._nearest = (cost, smiles)
        return cost, smiles


@dataclass(slots=True)
class _Side:
    """A claim whose draws are changed, and the claim that they are to fall into."""

    claim: Claim
    other: Claim
    pool: dict[str, list[str]] = field(default_factory=dict)

    def harvest(self, rng: np.random.Generator) -> None:
        """Collect, site by site, groups of the other claim's members that this one allows."""
        groups: dict[str, None] = {}
        drawn = _drawn(self.other, rng, _HARVESTED)
        for smiles in (*self.other.members, *drawn):
            groups |= dict.fromkeys(_groups_of(smiles))
        for site in self.claim.sites:
            self.pool[site.name] = [g for g in groups if _allows(site, g)]

    def change(self, draw: Draw, rng: np.random.Generator) -> Draw:
        """Return a draw with one group exchanged, added or taken away, or another draw."""
        if rng.random() < _WHOLE:
            return next(draws(self.claim, rng), draw)
        sites = [site for site in draw.template.sites if site.positions]
        if not sites:
            return draw
        site = sites[int(rng.integers(len(sites)))]
        placed = list(draw.placed)
        mine = [at for at, (each, _, _) in enumerate(placed) if each.name == site.name]
        number = len(mine)
        may_add, may_drop = number + 1 in site.counts, number - 1 in site.counts
        choice = rng.random()
        if may_add and (not mine or choice < 1 / 3):
            position = int(rng.choice(site.positions))
            placed.append((site, position, self._group(site, rng)))
        elif mine and may_drop and choice < 2 / 3:
            del placed[mine[int(rng.integers(number))]]
        elif mine:
            at = mine[int(rng.integers(number))]
            position = int(rng.choice(site.positions)) if choice > 0.9 else placed[at][1]
            placed[at] = (site, position, self._group(site, rng))
        return Draw(draw.template, placed)

    def _group(self, site: Site, rng: np.random.Generator) -> str:
        pool = self.pool.get(site.name)
        if pool and rng.random() < _POOL:
            return str(pool[int(rng.integers(len(pool)))])
        return site.predicate.sample(rng)


def _drawn(claim: Claim, rng: np.random.Generator, count: int) -> Iterator[str]:
    for _ in range(count):
        draw = next(draws(claim, rng), None)
        if draw is None:
            return
        try:
            yield str(Chem.MolToSmiles(draw.template.fill(draw.placed)))
        except StructureError:
            continue


def _groups_of(smiles: str) -> Iterator[str]:
    """Yield every part of a structure that hangs by one bond outside rings."""
    try:
        mol = max(Chem.GetMolFrags(prepare_mol(smiles), asMols=True), key=Chem.Mol.GetNumHeavyAtoms)
    except StructureError:
        return
    adjacency = find_neighbours(mol)
    whole = Group(mol, frozenset(range(mol.GetNumAtoms())), 0, 0, adjacency)
    for kept, off in cuts(whole):
        if off.bond == 1.0:
            yield group_smiles(off)
            yield group_smiles(Group(mol, kept.atoms, off.anchor, off.root, adjacency))


def _allows(site: Site, group: str) -> bool:
    try:
        return bool(site.predicate.matches(free_group(group)))
    except (StructureError, ValueError):
        return False


def _salts_apart(ours: Claim, theirs: Claim) -> str:
    for one, other in ((ours, theirs), (theirs, ours)):
        if isinstance(one.salts, str):
            continue
        named = " or ".join(one.salts)
        if other.salts == "none":
            return f"{one.claim_id} is on the salt with {named}, {other.claim_id} on the free form"
        if not isinstance(other.salts, str) and not set(one.salts) & set(other.salts):
            return f"{one.claim_id} is on the salt with {named}, {other.claim_id} on another salt"
    return ""


def _counts_apart(ours: Claim, theirs: Claim) -> str:
    """Return why no core of one can be laid with a core of the other; empty if one may."""
    reasons: dict[str, None] = {}
    for mine in ours.templates:
        for other in theirs.templates:
            names = ours.claim_id, theirs.claim_id
            reason = (
                why_apart(mine, other, names)
                or _bounds_apart(mine, other)
                or _rings_apart(mine, other)
            )
            if not reason:
                return ""
            reasons[reason] = None
    return "; ".join(list(reasons)[:3])


def _bounds_apart(mine: CoreTemplate, other: CoreTemplate) -> str:
    [one], [two] = mine.bounds(), other.bounds()
    for place, name in enumerate(COUNTED):
        if name in _UNPROVEN:
            continue
        low_one, low_two = int(one.low[place]), int(two.low[place])
        high_one, high_two = int(one.high[place]), int(two.high[place])
        if low_one > high_two or low_two > high_one:
            words = name.replace("_", " ")
            return (
                f"{words}: {low_one} to {high_one} with core {mine.smiles}, "
                f"{low_two} to {high_two} with core {other.smiles}"
            )
    return ""


def _rings_apart(mine: CoreTemplate, other: CoreTemplate) -> str:
    """Where no group of a claim has a ring, its members' rings are its core's."""
    for closed, asked in ((mine, other), (other, mine)):
        if _groups_have_rings(closed):
            continue
        rings = _ring_bonds(asked.query)
        if rings.GetNumAtoms() and not _ring_bonds(closed.query).HasSubstructMatch(rings):
            return f"the rings of {asked.smiles} are not among those of {closed.smiles}"
    return ""


def _groups_have_rings(template: CoreTemplate) -> bool:
    boxes: Sequence[CountBounds] = [union(site.predicate.bounds()) for site in template.sites]
    return any(box.has_rings for box in boxes)


def _ring_bonds(core: Chem.Mol) -> Chem.Mol:
    """Return the atoms and bonds of a core's rings, all bonds alike."""
    rings = Chem.RWMol()
    place: dict[int, int] = {}
    for bond in core.GetBonds():
        if not bond.IsInRing():
            continue
        for atom in (bond.GetBeginAtom(), bond.GetEndAtom()):
            if atom.GetIdx() not in place:
                place[atom.GetIdx()] = rings.AddAtom(Chem.Atom(atom.GetAtomicNum()))
        ends = place[bond.GetBeginAtomIdx()], place[bond.GetEndAtomIdx()]
        rings.AddBond(*ends, Chem.BondType.SINGLE)
    return rings.GetMol()
