"""Members of a claim with one thing broken, and the proof, without the matcher, that they are out.

A broken member may by chance be another member: pentyl at R1 may be what R2 allows there. So each
one is proven outside from the definition: wherever the core lies in it, no way to give its groups
to the sites is within the bounds that the definition sets on atoms, rings and multiple bonds (see
:mod:`~molagent.patents.markush.bounds`) and meets counts and provisos. What cannot be proven is
left out and counted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from rdkit import Chem, rdBase

from molagent.errors import StructureError
from molagent.patents.markush.assemble import join_groups, written_core
from molagent.patents.markush.bounds import CountBounds, measure_group
from molagent.patents.markush.definition import Claim
from molagent.patents.markush.draws import Draw, draws
from molagent.patents.markush.groups import Group, free_group
from molagent.patents.markush.templates import CoreTemplate, Site

__all__ = ["Broken", "draw_broken", "draw_near_misses"]

_MOST_MATCHES: Final = 512
_ATTEMPTS: Final = 200

Hung = list[tuple[int, str]]
"""Atom of the core and the group on it."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A structure outside a claim.

    Attributes
    ----------
    kind
        What was done: ``group``, ``missing``, ``too many``, ``extra atom``, ``core``,
        ``proviso`` or ``configuration``.
    where
        The site, or the atom of the core.
    """

    smiles: str
    kind: str
    where: str


def draw_broken(claim: Claim, count: int, *, seed: int) -> tuple[list[Broken], int]:
    """Return members with one thing broken, and how many were left out as unproven.

    Same seed, same structures; fewer than `count` if the claim can hardly be broken.
    """
    rng = np.random.default_rng(seed)
    found: list[Broken] = []
    unproven = 0
    for _ in range(_ATTEMPTS * max(count, 1)):
        if len(found) >= count:
            break
        with rdBase.BlockLogs():
            outcome = _break_one(claim, rng)
        if outcome is None:
            continue
        broken, proven = outcome
        if proven:
            found.append(broken)
        else:
            unproven += 1
    return found, unproven


def draw_near_misses(claim: Claim, count: int, *, seed: int) -> list[tuple[str, str]]:
    """Return members with one thing broken: (structure, the site or atom that was broken)."""
    return [(broken.smiles, broken.where) for broken in draw_broken(claim, count, seed=seed)[0]]


def _break_one(claim: Claim, rng: np.random.Generator) -> tuple[Broken, bool] | None:
    """Return a broken member and whether it is proven outside; None if nothing came of it."""
    if claim.stereo != "ignored" and rng.random() < _OPEN:
        return _leave_open(claim, rng)
    kind = list(_BREAKS)[int(rng.choice(len(_BREAKS), p=_SHARES))]
    try:
        draw = next(draws(claim, rng))
        broken = _BREAKS[kind](claim, draw, rng)
        if broken is None:
            return None
        core, hung, where = broken
        mol = join_groups(core, hung)
    except (StructureError, StopIteration):
        return None
    outside = not _may_be_inside(claim, mol, core.GetNumAtoms(), hung)
    return Broken(Chem.MolToSmiles(mol), kind, where), outside


Change = tuple[Chem.Mol, Hung, str]


def _lay_out(
    template: CoreTemplate, placed: Sequence[tuple[Site, int, str]]
) -> tuple[Chem.Mol, Hung]:
    """Return the core without map numbers and what hangs on which of its atoms."""
    core = written_core(template.smiles)
    return core.mol, [(core.atom_of[position], smiles) for _, position, smiles in placed]


def _break_group(_: Claim, draw: Draw, rng: np.random.Generator) -> Change | None:
    if not draw.placed:
        return None
    placed = list(draw.placed)
    chosen = int(rng.integers(len(placed)))
    site, position, _group = placed[chosen]
    placed[chosen] = (site, position, site.predicate.sample_outside(rng))
    return *_lay_out(draw.template, placed), site.name


def _take_away(_: Claim, draw: Draw, rng: np.random.Generator) -> Change | None:
    needed = [site for site in draw.template.sites if min(site.counts) > 0]
    if not needed:
        return None
    site = needed[int(rng.integers(len(needed)))]
    own = [entry for entry in draw.placed if entry[0] is site][: min(site.counts) - 1]
    others = [entry for entry in draw.placed if entry[0] is not site]
    return *_lay_out(draw.template, [*others, *own]), site.name


def _add_one(_: Claim, draw: Draw, rng: np.random.Generator) -> Change | None:
    full = [site for site in draw.template.sites if site.positions]
    if not full:
        return None
    site = full[int(rng.integers(len(full)))]
    placed = list(draw.placed)
    while sum(entry[0] is site for entry in placed) <= max(site.counts):
        # A position without room for it shows when the structure is put together.
        placed.append((site, int(rng.choice(site.positions)), site.predicate.sample(rng)))
    return *_lay_out(draw.template, placed), site.name


def _hang_elsewhere(_: Claim, draw: Draw, rng: np.random.Generator) -> Change | None:
    core, hung = _lay_out(draw.template, draw.placed)
    numbered = set(written_core(draw.template.smiles).atom_of.values())
    free = [a.GetIdx() for a in core.GetAtoms() if a.GetTotalNumHs()]
    free = [index for index in free if index not in numbered]
    if not free:
        return None
    atom = int(rng.choice(free))
    return core, [*hung, (atom, str(rng.choice(("*C", "*F", "*Cl", "*O"))))], f"core atom {atom}"


def _change_core(_: Claim, draw: Draw, rng: np.random.Generator) -> Change | None:
    core, hung = _lay_out(draw.template, draw.placed)
    editable = Chem.RWMol(core)
    atom = editable.GetAtomWithIdx(int(rng.integers(core.GetNumAtoms())))
    options = _OTHER_ELEMENTS.get(atom.GetAtomicNum(), ())
    if not options:
        return None
    number, fewer = options[int(rng.integers(len(options)))]
    atom.SetAtomicNum(number)
    atom.SetNumExplicitHs(max(0, atom.GetNumExplicitHs() - fewer))
    if Chem.SanitizeMol(editable, catchErrors=True) != Chem.SanitizeFlags.SANITIZE_NONE:
        return None
    return editable.GetMol(), hung, f"core atom {atom.GetIdx()}"


def _break_proviso(claim: Claim, draw: Draw, rng: np.random.Generator) -> Change | None:
    if not claim.provisos and not claim.filled:
        return None
    for _ in range(_ATTEMPTS):
        template = claim.templates[int(rng.integers(len(claim.templates)))]
        draw = Draw(template, template.draw(rng))
        mol = template.fill(draw.placed)
        if claim.excludes(draw.groups(), mol):
            return *_lay_out(template, draw.placed), "proviso"
    return None


_BREAKS: Final[dict[str, Callable[[Claim, Draw, np.random.Generator], Change | None]]] = {
    "group": _break_group,
    "missing": _take_away,
    "too many": _add_one,
    "extra atom": _hang_elsewhere,
    "core": _change_core,
    "proviso": _break_proviso,
}
_SHARES: Final = (0.55, 0.1, 0.1, 0.1, 0.1, 0.05)
_OPEN: Final = 0.1


def _leave_open(claim: Claim, rng: np.random.Generator) -> tuple[Broken, bool] | None:
    """Return a member without the configuration that its core must have."""
    for draw in draws(claim, rng):
        core = Chem.MolFromSmiles(draw.template.smiles)
        unspecified = Chem.ChiralType.CHI_UNSPECIFIED
        if all(atom.GetChiralTag() == unspecified for atom in core.GetAtoms()):
            return None
        try:
            mol = draw.template.fill(draw.placed)
        except StructureError:
            continue
        Chem.RemoveStereochemistry(mol)
        return Broken(Chem.MolToSmiles(mol), "configuration", "core"), True
    return None


# Atomic number to (another, how many hydrogens fewer it carries).
_OTHER_ELEMENTS: Final = {
    6: ((7, 1), (14, 0)),
    7: ((6, -1), (15, 0)),
    8: ((16, 0), (7, -1)),
    16: ((8, 0), (34, 0)),
}


def _may_be_inside(claim: Claim, mol: Chem.Mol, n_core: int, hung: Hung) -> bool:
    """Return whether the definition leaves a way for the structure to be inside.

    `mol` has the core's atoms first, then the groups of `hung`. Sound, not exact: True may be
    wrong, False is not.
    """
    core = frozenset(range(n_core))
    for template in claim.templates:
        matches = mol.GetSubstructMatches(template.query, uniquify=False, maxMatches=_MOST_MATCHES)
        if len(matches) >= _MOST_MATCHES:
            return True
        for match in matches:
            # A core that lies elsewhere too cuts the structure into groups that were not drawn.
            if frozenset(match) != core or _way_to_share(claim, mol, template, match, hung):
                return True
    return False


def _way_to_share(
    claim: Claim, mol: Chem.Mol, template: CoreTemplate, match: tuple[int, ...], hung: Hung
) -> bool:
    """Return whether the groups can go to sites within bounds, counts and provisos."""
    place_of = {atom: template.positions.get(place) for place, atom in enumerate(match)}
    boxes = _site_bounds(template)
    options = []
    for atom, smiles in hung:
        counts = measure_group(smiles)
        sites = [
            site
            for site in template.sites
            if place_of[atom] in site.positions and any(b.hold(counts) for b in boxes[site.name])
        ]
        if not sites:
            return False
        options.append(sites)
    groups = [free_group(smiles) for _, smiles in hung]
    return any(not claim.excludes(taken, mol) for taken in _shares(template, options, groups))


def _shares(
    template: CoreTemplate, options: list[list[Site]], groups: list[Group]
) -> Iterator[dict[str, tuple[Group, ...]]]:
    """Yield every way to give the groups to sites that keeps their counts."""
    taken: dict[str, list[Group]] = {site.name: [] for site in template.sites}

    def place(index: int) -> Iterator[dict[str, tuple[Group, ...]]]:
        if index == len(groups):
            if all(len(taken[site.name]) in site.counts for site in template.sites):
                yield {name: tuple(found) for name, found in taken.items()}
            return
        for site in options[index]:
            taken[site.name].append(groups[index])
            if len(taken[site.name]) <= max(site.counts):
                yield from place(index + 1)
            taken[site.name].pop()

    yield from place(0)


@lru_cache(maxsize=256)
def _bounds_of(sites: tuple[Site, ...]) -> dict[str, tuple[CountBounds, ...]]:
    return {site.name: site.predicate.bounds() for site in sites}


def _site_bounds(template: CoreTemplate) -> dict[str, tuple[CountBounds, ...]]:
    return _bounds_of(template.sites)
