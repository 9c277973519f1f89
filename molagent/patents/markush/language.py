"""The claim language: predicates written as TOML or JSON values.

A predicate says what a group may be. It is a word or a table with one key. Words are ``halogen``,
``deuterium`` and the groups of :mod:`~molagent.patents.markush.vocabulary` (``cyano``, ``oxo``,
``phenyl``, ``trifluoromethyl`` ...). Bounds are written ``[fewest, most]``; of carbons, they count
the alkyl's own (``acyl = [1, 3]`` is acetyl to butanoyl).

Chains::

    { alkyl = [1, 4] }                     C1-4 alkyl, branched or not; also alkenyl, alkynyl
    { haloalkyl = [1, 2] }                 alkyl with one halogen or more
    { haloalkyl = { carbons = [1, 3], of = ["F"], at_least = 2 } }
    { perfluoroalkyl = [1, 3] }            fluorine for every hydrogen
    { halogen = ["F", "Cl"] }              one of these
    { alkoxy = [1, 4] }                    O-alkyl; also haloalkoxy, alkenyloxy, alkynyloxy,
                                           cycloalkoxy, alkylthio, alkylamino, dialkylamino
    { acyl = [1, 3] }                      also acyloxy, acylamino, alkoxycarbonyl, alkylcarbamoyl,
                                           dialkylcarbamoyl, alkylsulfinyl, alkylsulfonyl,
                                           alkylsulfonylamino, alkylsulfamoyl, dialkylsulfamoyl

Rings::

    { cycloalkyl = [3, 6] }                one saturated ring of carbon
    { aryl = [6, 10] }                     phenyl and, from 9 atoms on, fused aromatic carbocycles
    { heteroaryl = { size = [5, 10], hetero = { N = [0, 4], O = [0, 1], S = [0, 1] },
                     hetero_total = [1, 4] } }           hetero: N, O, S if not said
    { heterocyclyl = { size = [4, 7], hetero_total = [1, 2] } }   saturated
    { ring = { size = [7, 11], rings = [2, 2], joint = "spiro", kind = "saturated",
               ring_sizes = [4, 6], hetero = { N = [1, 1] }, attach = ["N"] } }
               kind: any, saturated, nonaromatic, aromatic; joint: any, fused, spiro, bridged;
               carbons = [2, 9] bounds the carbons, as in "(C2-C9)heterocycloalkyl"

Particular groups, linkers and repeats::

    { fragment = "*C(F)(F)F" }             exactly this group, * where it is attached
    { alkylene_then = { length = [1, 4], then = ..., straight = false } }    straight: (CH2)n only
    { linked = { by = ["bond", "*O*", "*C(=O)N*"], then = ... } }    the first * to the core
    { repeat = { unit = "*OCC*", times = [1, 3], then = ... } }

Totals over the parts of a chain: all carbons of an interrupted alkyl, all units of a linker::

    { interrupted = { alkyl = [2, 6], by = ["*O*", "*S*", "*N(C)*"], at_most = 2, at_least = 0 } }
    { chain = { units = [5, 20], of = ["*C*", "*O*", "*N*", "*C(=O)*"], then = "carboxy" } }

Built from others::

    { one_of = [ ... ] }                   any of several predicates
    { optionally_substituted = { base = ..., by = ..., at_most = 4, at_least = 0 } }
    { labelled = { base = { alkyl = [1, 3] }, of = ["2H"], at_least = 1 } }    CD3, CHDCH3; "13C"
    { template = { core = "*C(=O)[NH2:1]", site = [ ... ] } }    a group with sites of its own
    { use = "R3" }                         as defined for R3, or a group that the claim names
    { any_group = 12 }                     up to 12 atoms; only in drafts: not read

A site says which positions of the core (its atom map numbers) may carry a group, which group, and
how often: ``count = 1``, ``count = [0, 2]`` or ``counts = [0, 4]`` (none or four). Hydrogen is no
group: a position that may be unsubstituted has a count that begins with 0. One site with several
positions is position variation. What a whole claim says besides (variable parts of the core,
provisos, salts, isotopes) is in :mod:`~molagent.patents.markush.claims`.

Two sites that are a bond or a ring together stand in a table of the claim,
:mod:`~molagent.patents.markush.claims`. A tautomer of the core is another core,
and "aromatic" is what RDKit perceives, so that a 2-pyridone is.
"""

from collections.abc import Mapping
from typing import Any

from molagent.errors import FileFormatError
from molagent.patents.markush.cores import build_template
from molagent.patents.markush.fragments import build_named
from molagent.patents.markush.grammar import PARSERS
from molagent.patents.markush.predicates import Deuterium, Halogen, Predicate
from molagent.patents.markush.sites import Site
from molagent.patents.markush.tables import bounds_of, take_table
from molagent.patents.markush.vocabulary import FRAGMENTS

__all__ = ["parse_predicate", "parse_sites"]

_WORDS = sorted([*FRAGMENTS, "deuterium", "halogen"])
_SITE = {"name", "positions", "group", "count", "counts"}


def parse_predicate(value: object, *, place: str) -> Predicate:
    """Return the predicate a TOML or JSON value means.

    Raises
    ------
    FileFormatError
        Naming the place and the remedy.

    Examples
    --------
    >>> parse_predicate({"alkoxy": [1, 4]}, place="R1").describe()
    'C1-4 alkoxy'
    >>> ether = {"linked": {"by": ["bond", "*O*"], "then": "phenyl"}}
    >>> parse_predicate(ether, place="R2").describe()
    'a bond or *O*, then phenyl'
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
    if name == "template":
        return _template(argument, f"{place}.template")
    if name not in PARSERS:
        raise FileFormatError(
            f"no predicate named {name!r}",
            place=place,
            remedy=f"known: {', '.join(sorted([*PARSERS, 'template', *_WORDS]))}",
        )
    return PARSERS[name](argument, f"{place}.{name}", parse_predicate)


def parse_sites(records: object, *, place: str) -> tuple[Site, ...]:
    """Return the sites of a claim or template."""
    if not isinstance(records, list) or not all(isinstance(r, Mapping) for r in records):
        raise FileFormatError("site is not a list", place=place, remedy="write [[site]] tables")
    sites = tuple(_site(record, f"{place}: site {record.get('name', '?')}") for record in records)
    if len({site.name for site in sites}) != len(sites):
        raise FileFormatError("two sites have one name", place=place, remedy="rename one")
    return sites


def _site(record: Mapping[str, Any], place: str) -> Site:
    fields = take_table(record, _SITE, {"name", "positions", "group"}, place=place)
    if not isinstance(fields["name"], str) or not fields["name"]:
        raise FileFormatError(
            f"{fields['name']!r} is not the name of a site", place=place, remedy="write text"
        )
    positions = fields["positions"]
    if not _whole_numbers(positions, least=1):
        raise FileFormatError(
            f"positions {positions!r} are not map numbers of the core",
            place=place,
            remedy="list whole numbers, as positions = [5, 6]",
        )
    return Site(
        name=fields["name"],
        positions=tuple(dict.fromkeys(positions)),
        predicate=parse_predicate(fields["group"], place=place),
        counts=_counts(fields, place),
    )


def _counts(fields: Mapping[str, Any], place: str) -> tuple[int, ...]:
    if ("count" in fields) == ("counts" in fields):
        raise FileFormatError(
            "a site has either count or counts",
            place=place,
            remedy="write count = 1, count = [0, 2] or counts = [0, 4]",
        )
    counts = fields.get("counts", fields.get("count"))
    if "counts" not in fields:
        if _whole_numbers([counts], least=0):
            return (int(counts),)
        low, high = bounds_of(counts, place)
        return tuple(range(low, high + 1))
    if not _whole_numbers(counts, least=0):
        raise FileFormatError(
            f"counts {counts!r} are not whole numbers", place=place, remedy="list them, as [0, 4]"
        )
    return tuple(sorted(set(counts)))


def _whole_numbers(value: object, *, least: int) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(v, int) and not isinstance(v, bool) and v >= least for v in value)
    )


def _word(word: str, place: str) -> Predicate:
    if word == "halogen":
        return Halogen()
    if word == "deuterium":
        return Deuterium()
    named = build_named(word, FRAGMENTS[word]) if word in FRAGMENTS else None
    if named is not None:
        return named
    remedy = f"known words: {', '.join(_WORDS)}"
    if word in ("hydrogen", "H"):
        remedy = "hydrogen is no group: give the site a count that begins with 0"
    raise FileFormatError(f"no predicate named {word!r}", place=place, remedy=remedy)


def _template(value: object, place: str) -> Predicate:
    fields = take_table(value, {"core", "site"}, {"core"}, place=place)
    sites = parse_sites(fields.get("site", []), place=place)
    template = build_template(fields["core"], sites, place=place)
    if template.root is None:
        raise FileFormatError(
            f"core {fields['core']!r} has no attachment",
            place=place,
            remedy="write * where the group is attached",
        )
    return template
