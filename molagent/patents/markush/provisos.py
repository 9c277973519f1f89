"""Provisos: what a claim takes out of, or asks of, the combinations its sites allow."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from rdkit import Chem

from molagent.chem.molecules import parse_smarts
from molagent.errors import FileFormatError, StructureError
from molagent.patents.markush.groups import Group
from molagent.patents.markush.language import parse_predicate
from molagent.patents.markush.predicates import Predicate, span
from molagent.patents.markush.preparing import prepare_mol
from molagent.patents.markush.tables import bounds_of, take_table

__all__ = ["Combination", "Condition", "Excluded", "Proviso", "Total", "parse_provisos"]

Groups = Mapping[str, tuple[Group, ...]]

_KEYS: Final = {"words", "if", "then", "total", "exclude", "exclude_substructure"}


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
        found = groups.get(self.site, ())
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
    """How many groups several sites carry together."""

    sites: tuple[str, ...]
    low: int
    high: int
    words: str

    def allows(self, groups: Groups, mol: Chem.Mol) -> bool:  # noqa: ARG002 - see Proviso
        """Return whether their number is within bounds."""
        return self.low <= sum(len(groups.get(name, ())) for name in self.sites) <= self.high


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
    kinds = [
        kind
        for kind in ("if", "then", "total", "exclude", "exclude_substructure")
        if kind in fields
    ]
    if kinds in (["if"], ["then"], ["if", "then"]):
        when = _conditions(fields.get("if", {}), sites, f"{place}.if")
        then = _conditions(fields.get("then", {}), sites, f"{place}.then")
        return Combination(when, then, words or _combination_words(when, then))
    if kinds == ["total"]:
        return _total(fields["total"], sites, words, f"{place}.total")
    if kinds and set(kinds) <= {"exclude", "exclude_substructure"}:
        return _excluded(fields, words, place)
    raise FileFormatError(
        f"a proviso has {', '.join(kinds) or 'nothing to ask'}",
        place=place,
        remedy="write if, if and then, total, or exclude and exclude_substructure",
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
    fields = take_table(value, {"sites", "count"}, {"sites", "count"}, place=place)
    names = fields["sites"]
    if not isinstance(names, list) or not names or not set(names) <= sites:
        raise FileFormatError(
            f"{names!r} are not sites",
            place=place,
            remedy=f"list some of {', '.join(sorted(sites))}",
        )
    low, high = bounds_of(fields["count"], place)
    return Total(
        tuple(names), low, high, words or f"{' and '.join(names)}: {span(low, high)} in all"
    )


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
