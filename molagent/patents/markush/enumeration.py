"""Every member of a claim that has few: what its sites can carry, combination by combination."""

from collections.abc import Iterator, Mapping
from itertools import combinations, combinations_with_replacement, product
from math import prod
from typing import Final

from rdkit import Chem

from molagent.errors import StructureError
from molagent.patents.markush.assemble import written_core
from molagent.patents.markush.composites import OneOf
from molagent.patents.markush.definition import Claim
from molagent.patents.markush.fragments import Named
from molagent.patents.markush.predicates import Carbons, Deuterium, Halogen, Predicate
from molagent.patents.markush.sites import Site
from molagent.patents.markush.templates import CoreTemplate

__all__ = ["enumerate_members", "finite_groups"]

_MOST_MEMBERS: Final = 20_000
_MOST_GROUPS: Final = 500
#: Alkyl of one to four carbons; there are eight of five, and claims on those are searched instead.
_ALKYL: Final = {
    1: ("*C",),
    2: ("*CC",),
    3: ("*CCC", "*C(C)C"),
    4: ("*CCCC", "*CC(C)C", "*C(C)CC", "*C(C)(C)C"),
}

Placed = list[tuple[Site, int, str]]


def finite_groups(predicate: Predicate) -> tuple[str, ...] | None:
    """Return all groups that a predicate allows, None where they cannot be listed.

    Examples
    --------
    >>> finite_groups(OneOf((Halogen(("F", "Cl")), Carbons(1, 2))))
    ('*F', '*Cl', '*C', '*CC')
    """
    match predicate:
        case Named():
            return (predicate.smiles,)
        case Halogen():
            return tuple(f"*{symbol}" for symbol in predicate.elements)
        case Deuterium():
            return ("*[2H]",)
        case Carbons(low=low, high=high, kind="alkyl") if high in _ALKYL:
            return tuple(group for size in range(low, high + 1) for group in _ALKYL[size])
        case OneOf():
            return _all_of(predicate.options)
        case _:
            return None


def _all_of(options: tuple[Predicate, ...]) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for option in options:
        groups = finite_groups(option)
        if groups is None or len(found) > _MOST_GROUPS:
            return None
        found |= dict.fromkeys(groups)
    return tuple(found)


def enumerate_members(claim: Claim) -> tuple[str, ...] | None:
    """Return all members of a claim as SMILES, without its provisos; None where they are too many.

    What a proviso takes out is among them: the caller asks the claim.
    """
    lists: list[list[tuple[str, ...]]] = []
    for template in claim.templates:
        groups = [finite_groups(site.predicate) for site in template.sites]
        lists.append([each for each in groups if each is not None])
        if len(lists[-1]) < len(groups):
            return None
    if sum(map(_size, claim.templates, lists)) > _MOST_MEMBERS:
        return None
    found: dict[str, None] = {}
    for template, listed in zip(claim.templates, lists, strict=True):
        for placed in _placements(template, listed):
            try:
                found[str(Chem.MolToSmiles(template.fill(placed)))] = None
            except StructureError:
                continue
    return tuple(found)


def _size(template: CoreTemplate, groups: list[tuple[str, ...]]) -> int:
    """Return at most how many combinations there are."""
    free = written_core(template.smiles).free
    sizes = []
    for site, allowed in zip(template.sites, groups, strict=True):
        places = sum(free[position] for position in site.positions)
        sizes.append(sum((places * max(1, len(allowed))) ** count for count in site.counts))
    return prod(sizes)


def _placements(template: CoreTemplate, groups: list[tuple[str, ...]]) -> Iterator[Placed]:
    free = written_core(template.smiles).free
    choices = [
        list(_site_choices(site, allowed, free))
        for site, allowed in zip(template.sites, groups, strict=True)
    ]
    for chosen in product(*choices):
        placed = [each for part in chosen for each in part]
        used = [position for _, position, _ in placed]
        if all(used.count(position) <= free[position] for position in set(used)):
            yield placed


def _site_choices(
    site: Site, allowed: tuple[str, ...], free: Mapping[int, int]
) -> Iterator[Placed]:
    places = [p for p in site.positions for _ in range(free[p])]
    for count in site.counts:
        for where in dict.fromkeys(combinations(places, count)):
            same_place = len(set(where)) == 1
            groups = (
                combinations_with_replacement(allowed, count)
                if same_place
                else product(allowed, repeat=count)
            )
            for what in groups:
                yield [(site, at, group) for at, group in zip(where, what, strict=True)]
