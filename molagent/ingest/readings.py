"""One value of any kind as it stands in a file: a relation, a number, a unit, or why not."""

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Self

from molagent.errors import InputError
from molagent.ingest.potencies import (
    RefusedPotencyError,
    parse_potency,
    relation_of,
    split_number,
)
from molagent.units import (
    DIMENSIONS,
    HIGHEST_P,
    LARGEST_LOG,
    LOWEST_P,
    dimension_of,
    flipped_relation,
    measure,
    pactivity,
    split_scale,
)

__all__ = ["Reading", "parse_reading", "written_unit"]

# Dimensions whose numbers may be negative: controls shift, logarithms cross zero.
_SIGNED: Final = frozenset({"percent", "logarithm", "temperature", "signal", "energy"})
# Nothing dissolves to exactly zero and nothing lives for no time: a zero there is "not seen".
_ABOVE_ZERO: Final = frozenset({"concentration", "amount_per_volume", "time"})
_CLASSES: Final = {
    **dict.fromkeys(("1", "true", "yes", "active", "positive", "toxic"), 1.0),
    **dict.fromkeys(("0", "false", "no", "inactive", "negative", "nontoxic"), 0.0),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A value with its unit, in the standard unit of its dimension, and on the p scale.

    Attributes
    ----------
    standard_value
        NaN where a molecular weight is needed to say it.
    p_value, p_relation
        NaN and '' unless it is a potency.
    """

    relation: str
    value: float
    unit: str
    dimension: str
    standard_value: float
    standard_unit: str
    p_value: float = math.nan
    p_relation: str = ""

    def weighed(self, weight: float) -> Self:
        """Return the reading of a compound of a molecular weight in g/mol."""
        standard = measure(self.value, self.unit, self.dimension, weight=weight).standard_value
        if self.dimension != "concentration":
            return replace(self, standard_value=standard)
        return replace(
            self,
            standard_value=standard,
            p_value=pactivity(standard, self.standard_unit),
            p_relation=flipped_relation(self.relation),
        )


@lru_cache(maxsize=8_192)
def parse_reading(
    text: str,
    unit: str,
    relation: str = "",
    *,
    dimension: str = "",
    scale: str = "linear",
) -> Reading:
    """Read one value.

    Parameters
    ----------
    text, unit, relation
        As they stand in the file; a relation or unit may also stand in `text`, and a unit there
        goes before `unit`.
    dimension
        One of ``molagent.units.DIMENSIONS``, by default what the unit says.
    scale
        One of ``molagent.units.SCALES``; a unit like ``log cm/s`` or ``-log10(M)`` says it too.

    Raises
    ------
    RefusedPotencyError
        With the kind (value, unit, relation) and the reason.

    Examples
    --------
    >>> parse_reading("> 99.5", "uM").p_relation
    '<'
    >>> parse_reading("-12.4", "%").standard_value
    -12.4
    >>> reading = parse_reading("6.3", "", scale="p")
    >>> round(reading.value), reading.unit, reading.p_value
    (501, 'nM', 6.3)
    """
    if scale == "linear":
        scale, unit = split_scale(unit)
    if scale == "p":
        return _from_p(text, relation)
    if scale == "class":
        return _from_class(text, relation)
    if scale in ("log10", "-log10"):
        return _from_logarithm(text, unit, relation, dimension, turned=scale == "-log10")
    written = dimension_of(written_unit(text, unit))
    found = dimension or written
    if found in ("", "concentration") and written != "amount_per_volume":
        return _potency(text, unit, relation)
    number, before, rest = split_number(text)
    spelled = relation_of(before, relation)
    return _measured(number, spelled, _own_unit(rest, unit, text, found), found, text)


def written_unit(text: str, unit: str) -> str:
    """Return the unit that stands behind the number where no column says it."""
    if unit.strip():
        return unit
    match = re.search(r"[A-Za-zµμ%].*$", text)
    return match[0] if match else ""


def _potency(text: str, unit: str, relation: str) -> Reading:
    potency = parse_potency(text, unit, relation)
    standard = measure(potency.value, potency.unit, "concentration")
    return Reading(
        potency.relation,
        potency.value,
        potency.unit,
        "concentration",
        standard.standard_value,
        standard.standard_unit,
        potency.p_value,
        potency.p_relation,
    )


def _from_p(text: str, relation: str) -> Reading:
    number, before, rest = split_number(text)
    spelled = relation_of(before, relation)
    if rest:
        raise RefusedPotencyError("value", f"{text!r} is more than a p value")
    if not LOWEST_P <= number <= HIGHEST_P:
        raise RefusedPotencyError(
            "value",
            f"{text!r} is no -log10(mol/L)",
            remedy="if it is a concentration, give its unit",
        )
    value = 10.0 ** (9.0 - number)
    return Reading(
        flipped_relation(spelled), value, "nM", "concentration", value, "nM", number, spelled
    )


def _from_class(text: str, relation: str) -> Reading:
    plain = re.sub(r"[\s\-]", "", text).lower()
    value = _CLASSES.get(plain.removesuffix(".0"))
    if value is None or relation.strip() not in ("", "="):
        raise RefusedPotencyError("value", f"{text!r} is none of two classes", remedy="use 0 and 1")
    return Reading("=", value, "class", "class", value, "class")


def _from_logarithm(
    text: str, unit: str, relation: str, dimension: str, *, turned: bool
) -> Reading:
    number, before, rest = split_number(text)
    spelled = relation_of(before, relation)
    if rest or abs(number) > LARGEST_LOG:
        raise RefusedPotencyError("value", f"{text!r} is no decadic logarithm")
    value = 10.0 ** (-number if turned else number)
    spelled = flipped_relation(spelled) if turned else spelled
    found = dimension or dimension_of(unit)
    if found == "concentration":
        return _potency(repr(value), unit, spelled)
    return _measured(value, spelled, unit, found, text)


def _measured(value: float, relation: str, unit: str, dimension: str, text: str) -> Reading:
    if value < 0.0 and dimension not in _SIGNED:
        raise RefusedPotencyError("value", f"the value {text.strip()!r} is negative")
    if value == 0.0 and dimension in _ABOVE_ZERO:
        raise RefusedPotencyError(
            "value",
            f"the value {text.strip()!r} is zero",
            remedy="write what was not seen as '<' and the limit of detection",
        )
    try:
        standard = measure(value, unit, dimension)
    except InputError as error:
        raise RefusedPotencyError("unit", error.message, remedy=error.remedy) from error
    return Reading(
        relation,
        value,
        standard.unit,
        standard.dimension,
        standard.standard_value,
        standard.standard_unit,
    )


def _own_unit(rest: str, unit: str, text: str, dimension: str) -> str:
    if not rest:
        if not unit.strip():
            known = ", ".join(DIMENSIONS[dimension][1])
            raise RefusedPotencyError("unit", "the unit is blank", remedy=f"use one of {known}")
        return unit
    try:
        return measure(1.0, rest, dimension, weight=1.0).unit
    except InputError as error:
        known = ", ".join(DIMENSIONS[dimension][1])
        raise RefusedPotencyError(
            "value", f"{text.strip()!r} is more than a number", remedy=f"units are {known}"
        ) from error
