"""One parser a key of the claim language; what each key means stands in ``language``."""

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, Protocol

from molagent.errors import FileFormatError
from molagent.patents.markush.chains import Chain, Interrupted
from molagent.patents.markush.composites import (
    AlkyleneThen,
    AnyGroup,
    AtomThen,
    OneOf,
)
from molagent.patents.markush.cores import build_template
from molagent.patents.markush.fragments import (
    Linked,
    LinkingGroup,
    build_link,
    build_named,
    repeat_link,
)
from molagent.patents.markush.labels import Labelled
from molagent.patents.markush.predicates import (
    HALOGENS,
    Carbons,
    Haloalkyl,
    Halogen,
    Predicate,
    span,
)
from molagent.patents.markush.rings import RING_JOINTS, RING_KINDS, Ring
from molagent.patents.markush.sites import Site
from molagent.patents.markush.substitution import OptionallySubstituted
from molagent.patents.markush.tables import (
    bounds_of,
    carbons_of,
    choice_of,
    number_of,
    take_table,
)
from molagent.patents.markush.vocabulary import ALKYL_GROUPS, HETERO

__all__ = ["PARSERS", "Parse"]

_LARGEST_MONOCYCLE: Final = 7
# The longest lists of claims have some hundred entries.
_MOST_CHOICES: Final = 2_000
_MOST_REPEATS: Final = 20
_ISOTOPE: Final = re.compile("(2H|3H|1[134]C|1[35]N|1[578]O|18F|3[2-5]S|7[67]Br|12[3-5]I|131I)")


class Parse(Protocol):
    """Parses the predicates inside a predicate."""

    def __call__(self, value: object, *, place: str) -> Predicate:
        """Return the predicate a value means."""
        ...


Parser = Callable[[Any, str, Parse], Predicate]


def _chain(kind: str) -> Parser:
    least = 1 if kind == "alkyl" else 2
    return lambda value, place, _: Carbons(*carbons_of(value, place, least), kind)


def _on_atom(symbol: str, word: str, then: Parser, count: int = 1) -> Parser:
    return lambda value, place, parse: AtomThen(symbol, then(value, place, parse), word, count)


def _carries_alkyl(name: str) -> Parser:
    """Parse groups such as acyl, which carry alkyl; bounds count the alkyl's carbons."""
    core, count = ALKYL_GROUPS[name]

    def parse(value: object, place: str, _: Parse) -> Predicate:
        low, high = carbons_of(value, place)
        alkyl = Carbons(low, high)
        site = Site(name="alkyl", positions=(1,), predicate=alkyl, counts=(count,))
        return build_template(core, (site,), place=place, words=f"C{span(low, high)} {name}")

    return parse


def _haloalkyl(value: object, place: str, _: Parse) -> Predicate:
    if not isinstance(value, Mapping):
        return Haloalkyl(*carbons_of(value, place))
    fields = take_table(value, {"carbons", "of", "at_least"}, {"carbons"}, place=place)
    carbons = carbons_of(fields["carbons"], place)
    elements = _elements(fields.get("of", list(HALOGENS)), place)
    return Haloalkyl(*carbons, elements, number_of(fields.get("at_least", 1), place, 1))


def _elements(value: object, place: str) -> tuple[str, ...]:
    if isinstance(value, list) and value and all(item in HALOGENS for item in value):
        return tuple(dict.fromkeys(value))
    raise FileFormatError(
        f"{value!r} are not halogens", place=place, remedy=f"list some of {', '.join(HALOGENS)}"
    )


def _cycloalkyl(value: object, place: str, _: Parse) -> Predicate:
    return Ring(carbons_of(value, place, 3), kind="saturated")


def _aryl(value: object, place: str, _: Parse) -> Predicate:
    low, high = carbons_of(value, place, 5)
    return Ring((low, high), (1, 1 if high <= _LARGEST_MONOCYCLE else high // 4), kind="aromatic")


def _hetero_ring(kind: str) -> Parser:
    """Parse heteroaryl and heterocyclyl: a ring with a hetero atom or more."""

    def parse(value: object, place: str, parse_inner: Parse) -> Predicate:
        fields = take_table(value, _RING - {"kind"}, {"size"}, place=place)
        high = bounds_of(fields["size"], place)[1]
        fields.setdefault("hetero", dict(HETERO))
        fields.setdefault("hetero_total", [1, 4])
        fields.setdefault("rings", [1, 1 if high <= _LARGEST_MONOCYCLE else 2])
        return _ring({**fields, "kind": kind}, place, parse_inner)

    return parse


_RING: Final = {
    "size",
    "rings",
    "kind",
    "hetero",
    "hetero_total",
    "attach",
    "ring_sizes",
    "joint",
    "carbons",
}


def _ring(value: object, place: str, _: Parse) -> Predicate:
    fields = take_table(value, _RING, {"size"}, place=place)
    kind = choice_of(fields.get("kind", "any"), RING_KINDS, "ring kind", place)
    joint = choice_of(fields.get("joint", "any"), RING_JOINTS, "joint", place)
    total, single = fields.get("hetero_total"), fields.get("ring_sizes")
    hetero = fields.get("hetero", {})
    if not isinstance(hetero, Mapping) or "C" in hetero:
        raise FileFormatError(
            f"hetero {hetero!r} is not a table of elements",
            place=place,
            remedy="write hetero = { N = [0, 2], O = [0, 1] }",
        )
    attach = fields.get("attach", [])
    if not isinstance(attach, list) or not set(attach) <= {"C", *hetero}:
        raise FileFormatError(
            f"attach {attach!r} are not atoms of the ring",
            place=place,
            remedy="list carbon or elements of hetero",
        )
    return Ring(
        size=bounds_of(fields["size"], place),
        rings=bounds_of(fields.get("rings", [1, 1]), place),
        kind=kind,
        hetero=tuple((symbol, *bounds_of(pair, place)) for symbol, pair in hetero.items()),
        hetero_total=None if total is None else bounds_of(total, place),
        attach=tuple(attach),
        ring_sizes=None if single is None else bounds_of(single, place),
        joint=joint,
        carbons=None if fields.get("carbons") is None else bounds_of(fields["carbons"], place),
    )


def _fragment(value: object, place: str, _: Parse) -> Predicate:
    named = build_named(value, value) if isinstance(value, str) else None
    if named is None:
        raise FileFormatError(
            f"fragment {value!r} is not a group", place=place, remedy="write it as *C(F)(F)F"
        )
    return named


def _link(value: object, place: str) -> LinkingGroup:
    link = build_link(value) if isinstance(value, str) else None
    if link is None:
        raise FileFormatError(
            f"{value!r} is not a link",
            place=place,
            remedy="write two attachments, as *C(=O)N*, or bond",
        )
    return link


def _linked(value: object, place: str, parse: Parse) -> Predicate:
    fields = take_table(value, {"by", "then"}, {"by", "then"}, place=place)
    if not isinstance(fields["by"], list) or not fields["by"]:
        raise FileFormatError("by needs a list", place=place, remedy='list links, as ["*O*"]')
    links = tuple(_link(item, place) for item in fields["by"])
    return Linked(links, parse(fields["then"], place=f"{place}.then"))


def _repeat(value: object, place: str, parse: Parse) -> Predicate:
    fields = take_table(value, {"unit", "times", "then"}, {"unit", "times", "then"}, place=place)
    unit = _link(fields["unit"], place)
    low, high = bounds_of(fields["times"], place)
    if not unit.size or high > _MOST_REPEATS:
        raise FileFormatError(
            f"{fields['unit']!r} cannot be repeated {fields['times']!r} times",
            place=place,
            remedy=f"give a unit with atoms and at most {_MOST_REPEATS} times",
        )
    links = tuple(repeat_link(unit, times) for times in range(low, high + 1))
    words = f"({unit.smiles}){span(low, high)}"
    return Linked(links, parse(fields["then"], place=f"{place}.then"), words)


def _units(value: object, place: str) -> tuple[LinkingGroup, ...]:
    if not isinstance(value, list) or not value:
        raise FileFormatError("no units are listed", place=place, remedy='list them, as ["*O*"]')
    units = tuple(_link(item, place) for item in value)
    if not all(unit.size for unit in units):
        raise FileFormatError(
            "a bond is no unit", place=place, remedy="list units that have atoms, as *C* or *O*"
        )
    return units


def _chain_of(value: object, place: str, parse: Parse) -> Predicate:
    fields = take_table(value, {"of", "units", "then"}, {"of", "units", "then"}, place=place)
    low, high = bounds_of(fields["units"], place)
    then = parse(fields["then"], place=f"{place}.then")
    return Chain(low, high, _units(fields["of"], place), then)


def _interrupted(value: object, place: str, _: Parse) -> Predicate:
    fields = take_table(
        value, {"alkyl", "by", "at_most", "at_least"}, {"alkyl", "by", "at_most"}, place=place
    )
    low, high = carbons_of(fields["alkyl"], place)
    fewest, most = bounds_of([fields.get("at_least", 0), fields["at_most"]], place)
    if high <= fewest:
        raise FileFormatError(
            f"{high} carbons cannot be interrupted {fewest} times",
            place=place,
            remedy="a link lies between two carbons: give more carbons, or a smaller at_least",
        )
    return Interrupted(low, high, _units(fields["by"], place), most, fewest)


def _one_of(value: object, place: str, parse: Parse) -> Predicate:
    if not isinstance(value, list) or not value:
        raise FileFormatError("one_of needs a list", place=place, remedy="list predicates")
    if len(value) > _MOST_CHOICES:
        raise FileFormatError(
            f"one_of lists {len(value):,} predicates",
            place=place,
            remedy=f"say it with ranges; {_MOST_CHOICES:,} are the most",
        )
    return OneOf(tuple(parse(item, place=place) for item in value))


def _alkylene_then(value: object, place: str, parse: Parse) -> Predicate:
    fields = take_table(value, {"length", "then", "straight"}, {"length", "then"}, place=place)
    straight = fields.get("straight", False)
    if not isinstance(straight, bool):
        raise FileFormatError(
            f"straight {straight!r} is not true or false", place=place, remedy="write true or false"
        )
    then = parse(fields["then"], place=f"{place}.then")
    return AlkyleneThen(*bounds_of(fields["length"], place), then, straight)


def _substituted(value: object, place: str, parse: Parse) -> Predicate:
    fields = take_table(
        value, {"base", "by", "at_most", "at_least"}, {"base", "by", "at_most"}, place=place
    )
    low, high = bounds_of([fields.get("at_least", 0), fields["at_most"]], place)
    base = parse(fields["base"], place=f"{place}.base")
    return OptionallySubstituted(base, parse(fields["by"], place=f"{place}.by"), high, low)


def _labelled(value: Any, place: str, parse: Parse) -> Predicate:  # noqa: ANN401
    fields = take_table(value, {"base", "of", "at_least"}, {"base"}, place=place)
    isotopes = fields.get("of", ["2H"])
    if not isinstance(isotopes, list) or not isotopes or not all(map(_is_isotope, isotopes)):
        raise FileFormatError(
            f"{isotopes!r} are no isotopes", place=place, remedy='write of = ["2H", "13C"]'
        )
    fewest = number_of(fields.get("at_least", 1), place)
    return Labelled(parse(fields["base"], place=place), tuple(isotopes), fewest)


def _is_isotope(text: object) -> bool:
    return isinstance(text, str) and _ISOTOPE.fullmatch(text) is not None


PARSERS: Final[Mapping[str, Parser]] = MappingProxyType(
    {
        **{kind: _chain(kind) for kind in ("alkyl", "alkenyl", "alkynyl")},
        **{name: _carries_alkyl(name) for name in ALKYL_GROUPS},
        "labelled": _labelled,
        "alkoxy": _on_atom("O", "alkoxy", _chain("alkyl")),
        "alkenyloxy": _on_atom("O", "alkenyloxy", _chain("alkenyl")),
        "alkynyloxy": _on_atom("O", "alkynyloxy", _chain("alkynyl")),
        "haloalkoxy": _on_atom("O", "alkoxy", _haloalkyl),
        "cycloalkoxy": _on_atom("O", "cycloalkoxy", _cycloalkyl),
        "alkylthio": _on_atom("S", "alkylthio", _chain("alkyl")),
        "alkylamino": _on_atom("N", "alkylamino", _chain("alkyl")),
        "dialkylamino": _on_atom("N", "dialkylamino", _chain("alkyl"), 2),
        "any_group": lambda value, place, _: AnyGroup(number_of(value, place, 1)),
        "cycloalkyl": _cycloalkyl,
        "aryl": _aryl,
        "heteroaryl": _hetero_ring("aromatic"),
        "heterocyclyl": _hetero_ring("saturated"),
        "haloalkyl": _haloalkyl,
        "perfluoroalkyl": lambda value, place, _: Haloalkyl(
            *carbons_of(value, place), ("F",), every=True
        ),
        "halogen": lambda value, place, _: Halogen(_elements(value, place)),
        "fragment": _fragment,
        "linked": _linked,
        "repeat": _repeat,
        "ring": _ring,
        "chain": _chain_of,
        "interrupted": _interrupted,
        "one_of": _one_of,
        "alkylene_then": _alkylene_then,
        "optionally_substituted": _substituted,
    }
)
