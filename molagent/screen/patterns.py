"""Lists of SMARTS patterns as data: a name, a pattern, a reason and a source each."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Final

from rdkit import Chem

from molagent.chem.molecules import parse_smarts
from molagent.errors import FileFormatError, StructureError

__all__ = ["Pattern", "complete_entries", "packaged_toml", "read_patterns"]

_NEEDED: Final = ("name", "smarts", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One pattern.

    Attributes
    ----------
    severity
        ``fail``, ``review`` (unknown until a person has looked) or ``note`` (recorded only).
    """

    name: str
    smarts: str
    reason: str
    severity: str = "fail"
    source: str = ""
    query: Chem.Mol = field(repr=False, compare=False)

    def matches(self, mol: Chem.Mol) -> bool:
        """Return whether the structure contains the pattern."""
        return bool(mol.HasSubstructMatch(self.query))


def packaged_toml(name: str) -> Mapping[str, Any]:
    """Return a data file of this package."""
    text = (resources.files("molagent.screen") / "data" / name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def complete_entries(
    entries: Sequence[Mapping[str, Any]], needed: Sequence[str], *, place: str, noun: str = "entry"
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each entry of a ``[[...]]`` list behind its place.

    Raises
    ------
    FileFormatError
        If an entry has nothing at a key of `needed`.
    """
    for number, entry in enumerate(entries, start=1):
        where = f"{place}: {noun} {number}"
        if missing := [key for key in needed if not entry.get(key)]:
            raise FileFormatError(
                f"{', '.join(missing)} missing", place=where, remedy="complete the entry"
            )
        yield where, entry


def read_patterns(entries: Sequence[Mapping[str, Any]], *, place: str) -> tuple[Pattern, ...]:
    """Return the patterns of a ``[[...]]`` list.

    Raises
    ------
    FileFormatError
        If an entry lacks a name, a pattern or a reason, or its SMARTS does not parse.
    """
    patterns: list[Pattern] = []
    for where, entry in complete_entries(entries, _NEEDED, place=place):
        try:
            query = parse_smarts(str(entry["smarts"]), place=where)
        except StructureError as error:
            raise FileFormatError(error.message, place=where, remedy=error.remedy) from error
        patterns.append(
            Pattern(
                name=str(entry["name"]),
                smarts=str(entry["smarts"]),
                reason=str(entry["reason"]),
                severity=str(entry.get("severity", "fail")),
                source=str(entry.get("source", "")),
                query=query,
            )
        )
    return tuple(patterns)
