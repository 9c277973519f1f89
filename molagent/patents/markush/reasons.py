"""Why a group is not what a predicate asks for, in the words of the part that failed."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from molagent.patents.markush.composites import AlkyleneThen, AtomThen, OneOf
from molagent.patents.markush.fragments import Linked
from molagent.patents.markush.groups import Group, branches, cuts, group_smiles
from molagent.patents.markush.predicates import (
    HALOGENS,
    Carbons,
    Haloalkyl,
    Halogen,
    Predicate,
    span,
)
from molagent.patents.markush.rings import Ring
from molagent.patents.markush.substitution import OptionallySubstituted

__all__ = ["explain_mismatch"]

# A one_of of twenty options explains nothing by twenty reasons.
_MOST_REASONS: Final = 3


def explain_mismatch(predicates: Sequence[Predicate], group: Group) -> str:
    """Return what was found where something else was asked for; empty if there is no short answer.

    Examples
    --------
    >>> from rdkit import Chem
    >>> from molagent.patents.markush.groups import find_neighbours, groups_at
    >>> mol = Chem.MolFromSmiles("CCCCCOc1ccccc1")
    >>> [group] = groups_at(mol, find_neighbours(mol), 6, frozenset(range(6)))
    >>> explain_mismatch([AtomThen("O", Carbons(1, 4), "alkoxy")], group)
    '5 carbons where 1-4 are allowed'
    """
    options = [option for predicate in predicates for option in _options(predicate)]
    reasons = dict.fromkeys(reason for option in options if (reason := _reason(option, group)))
    return "; ".join(list(reasons)[:_MOST_REASONS])


def _options(predicate: Predicate) -> list[Predicate]:
    if isinstance(predicate, OneOf):
        return [inner for option in predicate.options for inner in _options(option)]
    return [predicate]


def _reason(predicate: Predicate, group: Group) -> str:
    explain = _EXPLANATIONS.get(type(predicate))
    return "" if explain is None else explain(predicate, group)


def _halogen(predicate: Halogen, group: Group) -> str:
    symbol = group.atom(group.root).GetSymbol()
    listed = group.size == 1 and symbol in HALOGENS
    return f"{symbol} is not among {', '.join(predicate.elements)}" if listed else ""


def _carbons(predicate: Carbons, group: Group) -> str:
    symbols = {group.atom(index).GetSymbol() for index in group.atoms}
    if symbols != {"C"} or group.has_ring() or predicate.low <= group.size <= predicate.high:
        return ""
    return f"{group.size} carbons where {span(predicate.low, predicate.high)} are allowed"


def _haloalkyl(predicate: Haloalkyl, group: Group) -> str:
    symbols = Counter(group.atom(index).GetSymbol() for index in group.atoms)
    carbons, halogens = symbols.pop("C", 0), sum(symbols.values())
    if group.has_ring() or not halogens or set(symbols) - {"F", "Cl", "Br", "I"} or not carbons:
        return ""
    if foreign := sorted(set(symbols) - set(predicate.elements)):
        return f"{', '.join(foreign)} is not among {', '.join(predicate.elements)}"
    if not predicate.low <= carbons <= predicate.high:
        return f"{carbons} carbons where {span(predicate.low, predicate.high)} are allowed"
    return f"{halogens} halogens where {predicate.fewest} or more are asked for"


def _ring(predicate: Ring, group: Group) -> str:
    n_rings = group.n_inner_bonds() - group.size + 1
    in_ring = [index for index in group.atoms if group.atom(index).IsInRing()]
    if not n_rings or group.root not in in_ring:
        return ""
    if len(in_ring) < group.size:
        return f"the ring carries atoms that the {predicate.describe()} does not"
    if not predicate.size[0] <= group.size <= predicate.size[1]:
        return f"{group.size} ring atoms where {span(*predicate.size)} are allowed"
    if not predicate.rings[0] <= n_rings <= predicate.rings[1]:
        return f"{n_rings} rings where {span(*predicate.rings)} are allowed"
    symbols = Counter(group.atom(index).GetSymbol() for index in group.atoms)
    allowed = {symbol: (low, high) for symbol, low, high in predicate.hetero}
    for symbol in sorted({*symbols, *allowed} - {"C"}):
        low, high = allowed.get(symbol, (0, 0))
        if not low <= symbols[symbol] <= high:
            return f"{symbols[symbol]} {symbol} in the ring where {span(low, high)} are allowed"
    total = sum(symbols.values()) - symbols["C"]
    if predicate.hetero_total and not (
        predicate.hetero_total[0] <= total <= predicate.hetero_total[1]
    ):
        return f"{total} hetero atoms where {span(*predicate.hetero_total)} are allowed"
    return f"the ring is not {predicate.kind}, or joined or attached otherwise"


def _atom_then(predicate: AtomThen, group: Group) -> str:
    if group.atom(group.root).GetSymbol() != predicate.symbol or not (found := branches(group)):
        return ""
    if len(found) != predicate.count:
        return (
            f"{predicate.symbol} carries {len(found)} groups where {predicate.count} is asked for"
        )
    return next((reason for branch in found if (reason := _reason(predicate.then, branch))), "")


def _alkylene_then(predicate: AlkyleneThen, group: Group) -> str:
    ends = [(kept, off) for kept, off in cuts(group) if predicate.then.matches(off)]
    if predicate.low and predicate.then.matches(group):
        return f"no chain before {predicate.then.describe()}"
    for kept, _ in sorted(ends, key=lambda end: end[0].size):
        carbons = all(kept.is_saturated_carbon(index) for index in kept.atoms)
        if carbons and not predicate.low <= kept.size <= predicate.high:
            return f"a chain of {kept.size} where {span(predicate.low, predicate.high)} is allowed"
        return f"{group_smiles(kept)} is no {'straight ' * predicate.straight}carbon chain"
    if predicate.low == 0 and (reason := _reason(predicate.then, group)):
        return reason
    for kept, off in sorted(cuts(group), key=lambda cut: cut[0].size):
        chain = predicate.low <= kept.size <= predicate.high and all(
            kept.is_saturated_carbon(index) for index in kept.atoms
        )
        if chain and (reason := _reason(predicate.then, off)):
            return reason
    return f"no {predicate.then.describe()} at the end of a chain"


def _linked(predicate: Linked, group: Group) -> str:
    for kept, off in sorted(cuts(group), key=lambda cut: cut[0].size):
        if predicate.then.matches(off):
            return f"{group_smiles(kept)} is not among the links"
    return ""


def _substituted(predicate: OptionallySubstituted, group: Group) -> str:
    if reason := _reason(predicate.base, group):
        return reason
    foreign = [off for kept, off in cuts(group) if predicate.base.matches(kept)]
    for off in foreign:
        if not predicate.by.matches(off):
            return f"{group_smiles(off)} is not among the substituents"
    return ""


_EXPLANATIONS: Final[Mapping[type, Callable[[Any, Group], str]]] = MappingProxyType(
    {
        AlkyleneThen: _alkylene_then,
        AtomThen: _atom_then,
        Carbons: _carbons,
        Haloalkyl: _haloalkyl,
        Halogen: _halogen,
        Linked: _linked,
        OptionallySubstituted: _substituted,
        Ring: _ring,
    }
)
