"""What a line of a V3000 connection table may say; what would change the claim is refused."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from molagent.errors import FileFormatError

__all__ = ["CHECKS"]

_ATOM_FIELDS: Final = 6
_BOND_FIELDS: Final = 4
_AROMATIC: Final = 4
# Keywords of atoms that carry no query: what they say is chemistry or bookkeeping.
_ATOM_KEYS: Final = frozenset(
    {"CHG", "MASS", "CFG", "RGROUPS", "ATTCHPT", "INVRET", "SEQID", "VAL"}
)
_ATOM_QUERIES: Final = {
    "RAD": "a radical",
    "HCOUNT": "a hydrogen-count query",
    "STBOX": "a stereo-care query",
    "EXACHG": "an exact-change query",
    "SUBST": "a substitution query",
    "UNSAT": "an unsaturation query",
    "RBCNT": "a ring-bond query",
    "ATTCHORD": "an attachment order",
    "CLASS": "a template atom",
}
_BOND_KEYS: Final = frozenset({"CFG", "ATTACH", "ENDPTS"})
_QUERY_SYMBOLS: Final = frozenset({"A", "Q", "X", "M", "AH", "QH", "XH", "MH", "*", "L", "LP"})


def _check_atom(line: str, where: str) -> None:
    words = _words(line)
    if len(words) < _ATOM_FIELDS:
        raise FileFormatError(f"atom {line!r} is cut off", place=where, remedy="correct the line")
    symbol = words[1].strip('"')
    if symbol in _QUERY_SYMBOLS or symbol.startswith(("[", "NOT")):
        raise FileFormatError(
            f"the query atom {symbol} is not read",
            place=where,
            remedy="draw an R label, and what it may be as its group",
        )
    for key, value in _keys(words[_ATOM_FIELDS:], where):
        if key == "MASS":
            raise FileFormatError(
                "an isotope label is not read", place=where, remedy="add a deuterium site by hand"
            )
        if key == "RGROUPS" and not value.startswith("(1 "):
            raise FileFormatError(
                f"an atom with several R labels {value} is not read",
                place=where,
                remedy="give it one label with all groups",
            )
        if key in _ATOM_QUERIES and value not in ("0", ""):
            raise FileFormatError(
                f"{_ATOM_QUERIES[key]} ({key}={value}) is not read",
                place=where,
                remedy="draw each variant",
            )
        if key not in _ATOM_KEYS and key not in _ATOM_QUERIES:
            raise FileFormatError(
                f"{key} is not known", place=where, remedy="leave it out of the export"
            )


def _check_bond(line: str, where: str) -> None:
    words = _words(line)
    if len(words) < _BOND_FIELDS or not words[1].isdigit():
        raise FileFormatError(f"bond {line!r} is cut off", place=where, remedy="correct the line")
    if int(words[1]) > _AROMATIC:
        raise FileFormatError(
            f"a bond of type {words[1]} (a query, or no covalent bond) is not read",
            place=where,
            remedy="draw single, double, triple or aromatic bonds",
        )
    for key, value in _keys(words[_BOND_FIELDS:], where):
        if key not in _BOND_KEYS or (key == "ATTACH" and value != "ANY"):
            raise FileFormatError(
                f"{key}={value} on a bond is not read", place=where, remedy="draw it without"
            )


def _check_collection(line: str, where: str) -> None:
    """Let groups of stereo centres pass: matching does not look at them."""
    if not line.startswith("MDLV30/STE"):
        raise FileFormatError(
            f"the collection {line.split(maxsplit=1)[0]} is not read",
            place=where,
            remedy="leave it out",
        )


def _check_counts(line: str, where: str) -> None:
    if not line.startswith(("COUNTS", "LINKNODE")):
        raise FileFormatError(
            f"{line.split(maxsplit=1)[0]} is not read", place=where, remedy="draw each variant"
        )


CHECKS: Final[Mapping[str, Callable[[str, str], None]]] = {
    "": _check_counts,
    "ATOM": _check_atom,
    "BOND": _check_bond,
    "COLLECTION": _check_collection,
}


def _words(line: str) -> list[str]:
    """Split a line at blanks outside quotes and brackets."""
    return re.findall(r'(?:[^\s("\[]+|\([^)]*\)|"[^"]*"|\[[^\]]*\])+', line)


def _keys(words: Sequence[str], where: str) -> Iterator[tuple[str, str]]:
    for word in words:
        key, sign, value = word.partition("=")
        if not sign:
            raise FileFormatError(
                f"{word!r} is not read", place=where, remedy="write it as KEYWORD=value"
            )
        yield key, value
