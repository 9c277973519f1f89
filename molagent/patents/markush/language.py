"""The claim language: predicates written as TOML values.

A predicate is a word (``"cyano"``) or a table with one key::

    { alkyl = [1, 4] }                          C1-4 alkyl, branched or not; also alkenyl, alkynyl
    { haloalkyl = [1, 2] }                      alkyl with one halogen or more
    { halogen = ["F", "Cl"] }                   one of these; "halogen" is any of F, Cl, Br, I
    { alkoxy = [1, 4] }                         O-alkyl; also alkylthio, alkylamino, dialkylamino,
                                                alkylsulfonyl, acyl, acyloxy, acylamino
    { cycloalkyl = [3, 6] }                     one saturated ring of carbon
    { ring = { size = [4, 7], kind = "saturated", hetero = { O = [1, 2] } } }
    { fragment = "*C(F)(F)F" }                  exactly this group, * where it is attached
    { one_of = [ ... ] }                        any of several predicates
    { alkylene_then = { length = [1, 4], then = ... , straight = false } }
    { optionally_substituted = { base = ..., by = ..., at_most = 4, at_least = 0 } }
    { template = { core = "*C(=O)[NH2:1]", site = [ ... ] } }    a group with sites of its own
    { any_group = 12 }                          up to 12 atoms; only in drafts: not read
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from rdkit import Chem

from molagent.chem.molecules import parse_smarts
from molagent.errors import FileFormatError, StructureError
from molagent.patents.markush.composites import (
    AlkyleneThen,
    AnyGroup,
    AtomThen,
    OneOf,
    OptionallySubstituted,
)
from molagent.patents.markush.cores import build_template
from molagent.patents.markush.predicates import (
    HALOGENS,
    Carbons,
    Deuterium,
    Haloalkyl,
    Halogen,
    Named,
    Predicate,
)
from molagent.patents.markush.rings import Ring
from molagent.patents.markush.templates import Site
from molagent.patents.publications import take_fields

__all__ = ["parse_predicate", "parse_sites"]

_FRAGMENTS: Final = MappingProxyType(
    {
        "amino": "*N",
        "carbamoyl": "*C(N)=O",
        "carboxy": "*C(=O)O",
        "cyano": "*C#N",
        "hydroxy": "*O",
        "nitro": "*[N+](=O)[O-]",
        "oxo": "*=O",
        "trifluoromethoxy": "*OC(F)(F)F",
        "trifluoromethyl": "*C(F)(F)F",
    }
)

_SPLIT_GROUPS: Final = MappingProxyType(
    {
        "acyl": "*[CH:1]=O",
        "acyloxy": "*O[CH:1]=O",
        "acylamino": "*N[CH:1]=O",
        "alkylsulfonyl": "*[SH:1](=O)=O",
    }
)


def parse_predicate(value: object, *, place: str) -> Predicate:
    """Return the predicate a TOML value means.

    Raises
    ------
    FileFormatError
        Naming the place and the remedy.

    Examples
    --------
    >>> parse_predicate({"alkoxy": [1, 4]}, place="R1").describe()
    'C1-4 alkoxy'
    """
    if isinstance(value, str):
        return _word(value, place)
    if not isinstance(value, Mapping) or len(value) != 1:
        raise FileFormatError(
            f"{value!r} is not a predicate",
            place=place,
            remedy="write a word or a table of one key",
        )
    (name, argument), *_ = value.items()
    if name not in _PARSERS:
        raise FileFormatError(
            f"no predicate named {name!r}",
            place=place,
            remedy=f"known: {', '.join(sorted([*_PARSERS, *_FRAGMENTS, 'deuterium', 'halogen']))}",
        )
    return _PARSERS[name](argument, f"{place}.{name}")


def parse_sites(records: object, *, place: str) -> tuple[Site, ...]:
    """Return the sites of a claim or template."""
    if not isinstance(records, list):
        raise FileFormatError("site is not a list", place=place, remedy="write [[site]] tables")
    sites = []
    for record in records:
        where = f"{place}: site {record.get('name', '?')}"
        fields = take_fields(
            record,
            {"name", "positions", "group", "count", "counts"},
            {"name", "positions", "group"},
            place=where,
        )
        site = Site(
            name=fields["name"],
            positions=tuple(fields["positions"]),
            predicate=parse_predicate(fields["group"], place=where),
            counts=_counts(fields, where),
        )
        sites.append(site)
    if len({site.name for site in sites}) != len(sites):
        raise FileFormatError("two sites have one name", place=place, remedy="rename one")
    return tuple(sites)


def _counts(fields: Mapping[str, Any], place: str) -> tuple[int, ...]:
    if "counts" in fields:
        return tuple(sorted(fields["counts"]))
    count = fields.get("count")
    if isinstance(count, int):
        return (count,)
    low, high = _bounds(count, place)
    return tuple(range(low, high + 1))


def _bounds(value: object, place: str) -> tuple[int, int]:
    match value:
        case [int(low), int(high)] if 0 <= low <= high:
            return low, high
    raise FileFormatError(
        f"{value!r} is not a pair of bounds", place=place, remedy="write [fewest, most]"
    )


def _word(word: str, place: str) -> Predicate:
    if word == "halogen":
        return Halogen()
    if word == "deuterium":
        return Deuterium()
    if word in _FRAGMENTS:
        return _named(word, _FRAGMENTS[word], place)
    raise FileFormatError(
        f"no predicate named {word!r}",
        place=place,
        remedy=f"known words: {', '.join(sorted([*_FRAGMENTS, 'deuterium', 'halogen']))}",
    )


def _named(name: str, smiles: str, place: str) -> Predicate:
    try:
        query = parse_smarts(smiles)
    except StructureError as error:
        raise FileFormatError(error.message, place=place, remedy="correct the fragment") from error
    if not smiles.startswith("*") or Chem.MolFromSmiles(smiles) is None or smiles.count("*") != 1:
        raise FileFormatError(
            f"fragment {smiles!r} is not a group", place=place, remedy="write it as *C(F)(F)F"
        )
    return Named(name, smiles, query)


def _alkyl(kind: str) -> Callable[[object, str], Predicate]:
    return lambda value, place: Carbons(*_bounds(value, place), kind)


def _linked(symbol: str, word: str, count: int = 1) -> Callable[[object, str], Predicate]:
    return lambda value, place: AtomThen(symbol, Carbons(*_bounds(value, place)), word, count)


def _split(name: str) -> Callable[[object, str], Predicate]:
    """Parse groups such as acyl, which carry alkyl; bounds count the alkyl's carbons."""

    def parse(value: object, place: str) -> Predicate:
        alkyl = Carbons(*_bounds(value, place))
        site = Site(name="alkyl", positions=(1,), predicate=alkyl, counts=(1,))
        words = alkyl.describe().removesuffix("alkyl") + name
        return build_template(_SPLIT_GROUPS[name], (site,), place=place, words=words)

    return parse


def _halogen(value: object, place: str) -> Predicate:
    if isinstance(value, list) and value and set(value) <= set(HALOGENS):
        return Halogen(tuple(value))
    raise FileFormatError(
        f"{value!r} are not halogens", place=place, remedy=f"list some of {', '.join(HALOGENS)}"
    )


def _ring(value: Any, place: str) -> Predicate:  # noqa: ANN401 - TOML, checked below
    fields = take_fields(
        value, {"size", "rings", "kind", "hetero", "hetero_total", "attach"}, {"size"}, place=place
    )
    if fields.get("kind", "any") not in ("any", "saturated", "aromatic"):
        raise FileFormatError(
            f"ring kind {fields['kind']!r} is not known",
            place=place,
            remedy="write saturated, aromatic or any",
        )
    total = fields.get("hetero_total")
    return Ring(
        size=_bounds(fields["size"], place),
        rings=_bounds(fields.get("rings", [1, 1]), place),
        kind=fields.get("kind", "any"),
        hetero=tuple((el, *_bounds(pair, place)) for el, pair in fields.get("hetero", {}).items()),
        hetero_total=None if total is None else _bounds(total, place),
        attach=tuple(fields.get("attach", ())),
    )


def _one_of(value: Any, place: str) -> Predicate:  # noqa: ANN401 - TOML, checked below
    if not isinstance(value, list) or not value:
        raise FileFormatError("one_of needs a list", place=place, remedy="list predicates")
    return OneOf(tuple(parse_predicate(item, place=place) for item in value))


def _alkylene_then(value: Any, place: str) -> Predicate:  # noqa: ANN401 - TOML, checked below
    fields = take_fields(value, {"length", "then", "straight"}, {"length", "then"}, place=place)
    then = parse_predicate(fields["then"], place=place)
    return AlkyleneThen(*_bounds(fields["length"], place), then, fields.get("straight", False))


def _substituted(value: Any, place: str) -> Predicate:  # noqa: ANN401 - TOML, checked below
    fields = take_fields(
        value, {"base", "by", "at_most", "at_least"}, {"base", "by", "at_most"}, place=place
    )
    return OptionallySubstituted(
        base=parse_predicate(fields["base"], place=f"{place}.base"),
        by=parse_predicate(fields["by"], place=f"{place}.by"),
        high=fields["at_most"],
        low=fields.get("at_least", 0),
    )


def _template(value: Any, place: str) -> Predicate:  # noqa: ANN401 - TOML, checked below
    fields = take_fields(value, {"core", "site"}, {"core"}, place=place)
    sites = parse_sites(fields.get("site", []), place=place)
    return build_template(fields["core"], sites, place=place)


_PARSERS: Final[Mapping[str, Callable[[Any, str], Predicate]]] = MappingProxyType(
    {
        "alkyl": _alkyl("alkyl"),
        "alkenyl": _alkyl("alkenyl"),
        "alkynyl": _alkyl("alkynyl"),
        "alkoxy": _linked("O", "alkoxy"),
        "alkylthio": _linked("S", "alkylthio"),
        "alkylamino": _linked("N", "alkylamino"),
        "dialkylamino": _linked("N", "dialkylamino", 2),
        "acyl": _split("acyl"),
        "acyloxy": _split("acyloxy"),
        "acylamino": _split("acylamino"),
        "alkylsulfonyl": _split("alkylsulfonyl"),
        "any_group": lambda value, _: AnyGroup(int(value)),
        "cycloalkyl": lambda value, place: Ring(_bounds(value, place), kind="saturated"),
        "haloalkyl": lambda value, place: Haloalkyl(*_bounds(value, place)),
        "halogen": _halogen,
        "fragment": lambda value, place: _named(str(value), str(value), place),
        "ring": _ring,
        "one_of": _one_of,
        "alkylene_then": _alkylene_then,
        "optionally_substituted": _substituted,
        "template": _template,
    }
)
