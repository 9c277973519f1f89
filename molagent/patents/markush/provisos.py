"""Provisos: what a claim takes out of, or asks of, the combinations its sites allow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from rdkit import Chem

from molagent.chem.molecules import parse_smarts
from molagent.errors import FileFormatError, StructureError
from molagent.patents.markush.groups import Group, group_smiles
from molagent.patents.markush.language import parse_predicate
from molagent.patents.markush.predicates import Predicate, span
from molagent.patents.markush.preparing import prepare_mol
from molagent.patents.markush.tables import bounds_of, take_table

__all__ = [
    "Combination",
    "Condition",
    "Different",
    "Excluded",
    "Proviso",
    "Some",
    "Total",
    "parse_provisos",
]

Groups = Mapping[str, tuple[Group, ...]]

_KINDS: Final = ("if", "then", "total", "differ", "some", "exclude", "exclude_substructure")
_KEYS: Final = {"words", *_KINDS}


_COUNTS: Final[Mapping[str, Callable[[Group], int]]] = {
    "count": lambda _: 1,
    "carbons": lambda group: sum(group.atom(i).GetAtomicNum() == 6 for i in group.atoms),
    "atoms": lambda group: sum(group.atom(i).GetAtomicNum() > 1 for i in group.atoms),
}


class Proviso(Protocol):
    """Something a claim asks of a structure that fits its sites."""

    @property
    def words(self) -> str:
        """What it asks, in words."""
        ...

    def allows(self, groups: Groups, mol: Chem.Mol) -> bool:
        """Return whether a structure with these groups at the sites stays inside."""
        ...


@dataclass(frozen=True, slots=True)
class Condition:
    """What stands at a site: nothing (``hydrogen``), something, or a group of some kind.

    Attributes
    ----------
    predicate
        The kind; None for hydrogen, which means no group.
    negated
        Whether the contrary is asked for.
    """

    site: str
    predicate: Predicate | None
    negated: bool = False

    def holds(self, groups: Groups) -> bool:
        """Return whether the site carries that; one group of several suffices."""
        # Taken together with another, a site is neither hydrogen nor a group.
        if self.site not in groups:
            return self.negated
        found = groups[self.site]
        if self.predicate is None:
            return (not found) != self.negated
        return any(self.predicate.matches(group) for group in found) != self.negated

    def describe(self) -> str:
        """Return for example ``R1 is not hydrogen``."""
        what = "hydrogen" if self.predicate is None else self.predicate.describe()
        return f"{self.site} is {'not ' * self.negated}{what}"


@dataclass(frozen=True, slots=True)
class Combination:
    """Where all of `when` hold, all of `then` must; without `then` the combination is out."""

    when: tuple[Condition, ...]
    then: tuple[Condition, ...]
    words: str

    def allows(self, groups: Groups, mol: Chem.Mol) -> bool:  # noqa: ARG002 - see Proviso
        """Return whether the combination is none that is excluded."""
        if not all(condition.holds(groups) for condition in self.when):
            return True
        return bool(self.then) and all(condition.holds(groups) for condition in self.then)


@dataclass(frozen=True, slots=True)
class Total:
    """How many groups, carbons or heavy atoms several sites carry together."""

    sites: tuple[str, ...]
    low: int
    high: int
    words: str
    counted: str = "count"

    def allows(self, groups: Groups, mol: Chem.Mol) -> bool:  # noqa: ARG002 - see Proviso
        """Return whether their number is within bounds."""
        found = [group for name in self.sites for group in groups.get(name, ())]
        return self.low <= sum(_COUNTS[self.counted](group) for group in found) <= self.high


@dataclass(frozen=True, slots=True)
class Different:
    """Sites no two of which carry the same; two that carry nothing do."""

    sites: tuple[str, ...]
    words: str

    def allows(self, groups: Groups, mol: Chem.Mol) -> bool:  # noqa: ARG002 - see Proviso
        """Return whether each carries something else."""
        found = [
            tuple(sorted(group_smiles(group) for group in groups[name]))
            for name in self.sites
            if name in groups
        ]
        return len(set(found)) == len(found)


@dataclass(frozen=True, slots=True)
class Some:
    """How many of several conditions hold."""

    options: tuple[tuple[Condition, ...], ...]
    low: int
    high: int
    words: str

    def allows(self, groups: Groups, mol: Chem.Mol) -> bool:  # noqa: ARG002 - see Proviso
        """Return whether their number is within bounds."""
        holding = sum(all(each.holds(groups) for each in option) for option in self.options)
        return self.low <= holding <= self.high


@dataclass(frozen=True, slots=True)
class Excluded:
    """Structures, without regard to stereo, and substructures that are taken out."""

    structures: frozenset[str]
    substructures: tuple[str, ...]
    words: str
    queries: tuple[Chem.Mol, ...] = field(compare=False, repr=False, default=())

    def allows(self, groups: Groups, mol: Chem.Mol) -> bool:  # noqa: ARG002 - see Proviso
        """Return whether the molecule is none of them."""
        if self.structures and flat_smiles(mol) in self.structures:
            return False
        return not any(mol.HasSubstructMatch(query) for query in self.queries)


def flat_smiles(mol: Chem.Mol) -> str:
    """Return canonical SMILES without stereo."""
    mol = Chem.Mol(mol)
    Chem.RemoveStereochemistry(mol)
    return str(Chem.MolToSmiles(mol))


def parse_provisos(records: object, sites: set[str], *, place: str) -> tuple[Proviso, ...]:
    """Return the provisos of a claim.

    Raises
    ------
    FileFormatError
        Naming the place, what is wrong and the remedy.

    Examples
    --------
    >>> record = {"if": {"R1": "hydrogen"}, "then": {"R2": {"not": "hydrogen"}}}
    >>> [proviso] = parse_provisos([record], {"R1", "R2"}, place="claim")
    >>> proviso.words
    'if R1 is hydrogen then R2 is not hydrogen'
    """
    if not isinstance(records, list):
        raise FileFormatError("proviso is not a list", place=place, remedy="write [[proviso]]")
    return tuple(
        _proviso(record, sites, f"{place}: proviso {number}")
        for number, record in enumerate(records, start=1)
    )


def _proviso(record: object, sites: set[str], place: str) -> Proviso:
    fields = take_table(record, _KEYS, set(), place=place)
    words = str(fields.get("words", ""))
    kinds = [kind for kind in _KINDS if kind in fields]
    if kinds in (["if"], ["then"], ["if", "then"]):
        when = _conditions(fields.get("if", {}), sites, f"{place}.if")
        then = _conditions(fields.get("then", {}), sites, f"{place}.then")
        return Combination(when, then, words or _combination_words(when, then))
    if kinds == ["total"]:
        return _total(fields["total"], sites, words, f"{place}.total")
    if kinds == ["differ"]:
        names = _site_names(fields["differ"], sites, f"{place}.differ")
        return Different(names, words or f"{' and '.join(names)} are not the same")
    if kinds == ["some"]:
        return _some(fields["some"], sites, words, f"{place}.some")
    if kinds and set(kinds) <= {"exclude", "exclude_substructure"}:
        return _excluded(fields, words, place)
    raise FileFormatError(
        f"a proviso has {', '.join(kinds) or 'nothing to ask'}",
        place=place,
        remedy="write if, if and then, total, differ, some, or exclude and exclude_substructure",
    )


def _conditions(table: object, sites: set[str], place: str) -> tuple[Condition, ...]:
    return tuple(
        _condition(name, value, f"{place}.{name}")
        for name, value in take_table(table, sites, set(), place=place).items()
    )


def _condition(site: str, value: object, place: str) -> Condition:
    negated = isinstance(value, Mapping) and set(value) == {"not"}
    if negated and isinstance(value, Mapping):
        value = value["not"]
    predicate = None if value == "hydrogen" else parse_predicate(value, place=place)
    return Condition(site, predicate, negated)


def _combination_words(when: tuple[Condition, ...], then: tuple[Condition, ...]) -> str:
    first = " and ".join(condition.describe() for condition in when)
    if not then:
        return f"not together: {first}"
    second = " and ".join(condition.describe() for condition in then)
    return f"if {first} then {second}" if when else second


def _total(value: object, sites: set[str], words: str, place: str) -> Total:
    fields = take_table(value, {"sites", *_COUNTS}, {"sites"}, place=place)
    counted = [name for name in _COUNTS if name in fields]
    if len(counted) != 1:
        raise FileFormatError(
            f"a total counts {' and '.join(counted) or 'nothing'}",
            place=place,
            remedy=f"give one of {', '.join(_COUNTS)}",
        )
    names = _site_names(fields["sites"], sites, place)
    low, high = bounds_of(fields[counted[0]], place)
    what = "" if counted == ["count"] else f" {counted[0]}"
    said = words or f"{' and '.join(names)}: {span(low, high)}{what} in all"
    return Total(names, low, high, said, counted[0])


def _site_names(value: object, sites: set[str], place: str) -> tuple[str, ...]:
    known = isinstance(value, list) and all(isinstance(name, str) for name in value)
    if isinstance(value, list) and known and value and set(value) <= sites:
        return tuple(value)
    raise FileFormatError(
        f"{value!r} are not sites", place=place, remedy=f"list some of {', '.join(sorted(sites))}"
    )


def _some(value: object, sites: set[str], words: str, place: str) -> Some:
    fields = take_table(value, {"of", "at_least", "at_most"}, {"of"}, place=place)
    tables = fields["of"]
    if not isinstance(tables, list) or not tables:
        raise FileFormatError(
            f"of {tables!r} is no list", place=place, remedy='list conditions, as { R1 = "cyano" }'
        )
    options = tuple(_conditions(table, sites, f"{place}.of") for table in tables)
    low, high = bounds_of([fields.get("at_least", 0), fields.get("at_most", len(options))], place)
    shown = "; ".join(" and ".join(each.describe() for each in option) for option in options)
    return Some(options, low, high, words or f"{span(low, high)} of: {shown}")


def _excluded(fields: Mapping[str, Any], words: str, place: str) -> Excluded:
    structures, patterns = fields.get("exclude", []), fields.get("exclude_substructure", [])
    for texts in (structures, patterns):
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise FileFormatError(
                f"{texts!r} is not a list of text", place=place, remedy="list SMILES"
            )
    try:
        flat = frozenset(flat_smiles(prepare_mol(smiles)) for smiles in structures)
        queries = tuple(parse_smarts(pattern) for pattern in patterns)
    except StructureError as error:
        raise FileFormatError(error.message, place=place, remedy="correct it") from error
    words = words or f"other than {', '.join([*structures, *patterns])}"
    return Excluded(flat, tuple(patterns), words, queries)
