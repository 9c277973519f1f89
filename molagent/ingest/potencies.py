"""One potency as it stands in a file: a relation, a number and a unit, or a reason to refuse it."""

import math
import re
from dataclasses import dataclass
from typing import Final

from molagent.errors import InputError
from molagent.units import MOLAR_PER_UNIT, canonical_unit, flipped_relation, pactivity

__all__ = [
    "UNSURE",
    "Potency",
    "RefusedPotencyError",
    "is_missing",
    "is_relation",
    "parse_potency",
    "relation_of",
    "split_number",
]

_RELATIONS: Final[dict[str, str]] = {
    "": "=",
    "=": "=",
    "==": "=",
    "<": "<",
    "<<": "<",
    ">": ">",
    ">>": ">",
    "<=": "<=",
    "=<": "<=",
    "≤": "<=",
    ">=": ">=",
    "=>": ">=",
    "≥": ">=",
    "~": "~",
    "≈": "~",
    "⩽": "<=",
    "≦": "<=",
    "⩾": ">=",
    "≧": ">=",
    "＜": "<",
    "＞": ">",
    "＝": "=",
    "～": "~",
    "ca": "~",
    "ca.": "~",
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "eq": "=",
}
_VALUE: Final = re.compile(
    r"^(?P<relation>[<>=~≤≥≈]*)\s*"
    r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*"
    r"(?P<rest>.*)$"
)
# 12.5 becomes 12 May, 5/12 December 5th: in any language a day, a month, perhaps a year.
_MONTH: Final = r"(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz])[a-z]*\.?"
_DATE: Final = re.compile(
    r"^(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?"
    rf"|\d{{1,2}}[-/. ]{_MONTH}(?:[-/. ]\d{{2,4}})?"
    rf"|{_MONTH}[-/. ]\d{{1,4}}"
    r"|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"
    r"|\d{1,2}:\d{2}(?::\d{2})?)$",
    re.IGNORECASE,
)
# 10-20, 5 / 7, 3 to 8, 5 nM - 10 nM.
_SECOND_NUMBER: Final = re.compile(r"^[a-zµμ%]*\s*(?:[-\u2010-\u2014\u2212/;]|to|\.\.+)\s*\d", re.I)
# What people write where nothing was measured. None of it is a number, and "inactive" without the
# highest concentration tested is not even a bound.
_NOT_MEASURED: Final = frozenset(
    (
        *("na", "n/a", "nd", "n.d.", "n.d", "nt", "n.t.", "nan", "null", "none", "-", "--", "?"),
        *("inactive", "active", "failed", "fail", "tbd", "pending", "inf", "infinity"),
    )
)
# Of these nobody can think that a number was meant.
_MISSING: Final = frozenset({"", "na", "n/a", "nan", "nd", "none", "null", "-"})
#: Stands behind a number of which nobody can say whether its sign is decimal or parts thousands.
UNSURE: Final = "(decimal sign or thousands?)"
_SHOWN: Final = 40
# Behind a number that follows '=': a formula, =2*A2.
_OPERATORS: Final = ("+", "-", "*", "/", "^", "(")
_UNITS: Final = f"use one of {', '.join(MOLAR_PER_UNIT)}"


class RefusedPotencyError(InputError):
    """A potency that is not taken; ``kind`` says whether value, relation or unit is at fault."""

    def __init__(self, kind: str, message: str, *, remedy: str = "") -> None:
        self.kind = kind
        super().__init__(message, remedy=remedy)


@dataclass(frozen=True, slots=True)
class Potency:
    """A relation, a value above zero and its unit, with the same on the p scale."""

    relation: str
    value: float
    unit: str
    p_value: float
    p_relation: str


def parse_potency(text: str, unit: str, relation: str = "") -> Potency:
    """Read one potency.

    Parameters
    ----------
    text
        The value's cell, for example ``'12.5'``, ``'>10000'`` or ``'< 5 nM'``.
    unit
        The unit's cell or the file's unit. One that stands in `text` counts, whatever this says.
    relation
        The relation's cell; blank means ``=`` unless `text` has one.

    Raises
    ------
    RefusedPotencyError
        If there is no number, it is not above zero, or unit or relation are unknown.

    Examples
    --------
    >>> parse_potency(">10000", "nM")
    Potency(relation='>', value=10000.0, unit='nM', p_value=5.0, p_relation='<')
    """
    stripped = text.strip()
    match, rest = _matched(stripped)
    spelled_relation = relation_of(match["relation"], relation)
    value = _positive(match["number"], stripped)
    spelled_unit = _unit(rest, unit, stripped)
    return Potency(
        spelled_relation,
        value,
        spelled_unit,
        pactivity(value, spelled_unit),
        flipped_relation(spelled_relation),
    )


def is_missing(text: str) -> bool:
    """Return whether a cell says that there is no number.

    Examples
    --------
    >>> is_missing("n/a"), is_missing("OVER")
    (True, False)
    """
    return text.strip().lower() in _MISSING


def split_number(text: str) -> tuple[float, str, str]:
    """Return the number in a cell, and what stands before and behind it.

    Raises
    ------
    RefusedPotencyError
        If there is no finite number.

    Examples
    --------
    >>> split_number("<= 12.5 %")
    (12.5, '<=', '%')
    """
    stripped = text.strip()
    match, rest = _matched(stripped)
    value = float(match["number"])
    if not math.isfinite(value):
        raise RefusedPotencyError("value", f"the value {_shown(stripped)} is not finite")
    return value, match["relation"], rest


def _matched(stripped: str) -> tuple[re.Match[str], str]:
    match = _VALUE.match(stripped)
    if match is not None and not match["rest"]:
        return match, ""  # a number and nothing else: the most there are
    if _DATE.match(stripped):
        raise RefusedPotencyError(
            "value",
            f"{_shown(stripped)} is a date: a spreadsheet may have made it of a number",
            remedy="type the number into cells formatted as text",
        )
    if stripped.endswith(UNSURE):
        raise RefusedPotencyError(
            "value",
            f"{_shown(stripped.removesuffix(UNSURE).strip())} has a sign that may be decimal or "
            "part thousands",
            remedy="say which with decimal = '.' or ',' (`--decimal`)",
        )
    match = _VALUE.match(stripped.strip("'\""))
    if match is None or (match["relation"] == "=" and match["rest"][:1] in _OPERATORS):
        raise _no_number(stripped)
    rest = match["rest"].strip()
    if _SECOND_NUMBER.match(rest):
        raise RefusedPotencyError(
            "value",
            f"{_shown(stripped)} is a range or two numbers",
            remedy="give one number, or write two rows",
        )
    if rest.startswith(",") or rest[:1].isdigit():
        # 1,234 is a thousand here and one there: guessing would be wrong by a factor of 1,000.
        raise RefusedPotencyError(
            "value",
            f"{_shown(stripped)} has a comma or blank inside the number",
            remedy="use a point for decimals and nothing for thousands",
        )
    return match, rest


def _no_number(text: str) -> RefusedPotencyError:
    if not text:
        return RefusedPotencyError("value", "the value is blank")
    shown = _shown(text)
    if text.startswith("="):
        return RefusedPotencyError(
            "value",
            f"{shown} is a formula without a stored result",
            remedy="open the file in a spreadsheet program and save it again",
        )
    if text.startswith("#"):
        return RefusedPotencyError("value", f"{shown} is an error of a spreadsheet's formula")
    if text.lower() in _NOT_MEASURED or text.lower().startswith(("not ", "no ")):
        return RefusedPotencyError(
            "value",
            f"{shown} is not a value",
            remedy="if nothing was seen up to a concentration, write it as '>10000'",
        )
    return RefusedPotencyError("value", f"{shown} is not a number")


def relation_of(before: str, column: str) -> str:
    """Return the relation that stands before a number or in a column of its own.

    Raises
    ------
    RefusedPotencyError
        If it is unknown, or the two contradict each other.
    """
    in_value = _known_relation(before) if before else None
    cell = column.strip().strip("'\"").strip()
    in_column = _known_relation(cell) if cell else None
    if in_value and in_column and in_value != in_column:
        raise RefusedPotencyError(
            "relation", f"the value says {in_value!r}, the relation column {in_column!r}"
        )
    return in_value or in_column or "="


def is_relation(text: str) -> bool:
    """Return whether a cell holds the relation of a value, blanks and quotes aside.

    Examples
    --------
    >>> is_relation("'>='"), is_relation("GT"), is_relation("JD")
    (True, True, False)
    """
    return text.strip().strip("'\"").strip().lower() in _RELATIONS


def _known_relation(text: str) -> str:
    known = _RELATIONS.get(text.lower())
    if known is None:
        raise RefusedPotencyError(
            "relation", f"unknown relation {_shown(text)}", remedy="use =, < or >"
        )
    return known


def _positive(number: str, text: str) -> float:
    value = float(number)
    if value < 0.0 or number.startswith("-"):
        raise RefusedPotencyError("value", f"the value {_shown(text)} is negative")
    if value == 0.0:
        raise RefusedPotencyError("value", f"the value {_shown(text)} is zero")
    if not math.isfinite(value):
        raise RefusedPotencyError("value", f"the value {_shown(text)} is not finite")
    return value


def _unit(rest: str, stated: str, text: str) -> str:
    if not rest and not stated.strip():
        raise RefusedPotencyError("unit", "the unit is blank", remedy=_UNITS)
    try:
        return canonical_unit(rest or stated)
    except InputError as error:
        kind = "value" if rest and not _looks_like_unit(rest) else "unit"
        message = f"{_shown(text)} is more than a number" if kind == "value" else error.message
        raise RefusedPotencyError(kind, message, remedy=_UNITS) from error


def _looks_like_unit(rest: str) -> bool:
    return rest[0].isalpha() or rest[0] == "%"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
