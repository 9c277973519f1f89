"""Units of concentration and of everything else an assay reports: the only unit factors."""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from molagent.errors import InputError

__all__ = [
    "DIMENSIONS",
    "HIGHEST_P",
    "LARGEST_LOG",
    "LOWEST_P",
    "MOLAR_PER_UNIT",
    "SCALES",
    "Measure",
    "canonical_unit",
    "concentration",
    "dimension_of",
    "flipped_relation",
    "measure",
    "pactivity",
    "split_scale",
]

#: What a number in a file is of the value: itself, its decadic logarithm, that turned over (of
#: mol/L for ``p``), or one of two classes, 0 and 1.
SCALES: Final = ("linear", "log10", "p", "-log10", "class")
# 1 kM to 1 aM: beyond is no p value.
LOWEST_P: Final = -3.0
HIGHEST_P: Final = 18.0
LARGEST_LOG: Final = 300.0

MOLAR_PER_UNIT: Final[dict[str, float]] = {
    "M": 1.0,
    "mM": 1e-3,
    "uM": 1e-6,
    "nM": 1e-9,
    "pM": 1e-12,
    "fM": 1e-15,
}

# Both Unicode micro signs, and the spellings that instruments and spreadsheets write.
_SPELLINGS: Final[dict[str, str]] = {
    **{unit: unit for unit in MOLAR_PER_UNIT},
    **{unit.lower(): unit for unit in ("uM", "nM", "pM", "fM")},
    "\u00b5M": "uM",
    "\u03bcM": "uM",
    "\u00b5m": "uM",
    "\u03bcm": "uM",
    "micromolar": "uM",
    "nanomolar": "nM",
    "picomolar": "pM",
    "millimolar": "mM",
    "molar": "M",
    "mol/L": "M",
    "mmol/L": "mM",
    "umol/L": "uM",
    "nmol/L": "nM",
    "pmol/L": "pM",
    "mcmol/L": "uM",
    "microM": "uM",
    "mcM": "uM",
    "nanoM": "nM",
}
# 'Nanomolar', 'NMOL/L': a word has no capital that matters. 'mm' and 'MM' are no words.
_WORDS: Final = {name.lower(): unit for name, unit in _SPELLINGS.items() if len(name) > 3}


def _per(standard: str) -> dict[str, float]:
    """Return molar unit to factor, exact: in floats 1e-6 / 1e-9 is not 1000."""
    return {
        unit: float(f"{factor / MOLAR_PER_UNIT[standard]:.12g}")
        for unit, factor in MOLAR_PER_UNIT.items()
    }


# Dimension to (standard unit, canonical unit to factor). 'amount_per_volume' is a solubility: a
# molar one has the units of a concentration, one by weight needs the compound's molecular weight.
DIMENSIONS: Final[dict[str, tuple[str, dict[str, float]]]] = {
    "concentration": ("nM", _per("nM")),
    "percent": ("%", {"%": 1.0, "fraction": 100.0}),
    "amount_per_volume": (
        "uM",
        {
            **_per("uM"),
            # of 1 g/mol: divided by the molecular weight
            "g/mL": 1e9,
            "mg/mL": 1e6,
            "ug/mL": 1e3,
            "ng/mL": 1.0,
        },
    ),
    "clearance_microsome": ("uL/min/mg", {"uL/min/mg": 1.0, "mL/min/mg": 1e3, "mL/min/g": 1.0}),
    "clearance_cell": ("uL/min/10^6 cells", {"uL/min/10^6 cells": 1.0, "mL/min/10^6 cells": 1e3}),
    "clearance_body": (
        "mL/min/kg",
        {"mL/min/kg": 1.0, "uL/min/kg": 1e-3, "L/h/kg": 1e3 / 60.0, "mL/h/kg": 1.0 / 60.0},
    ),
    "permeability": ("10^-6 cm/s", {"10^-6 cm/s": 1.0, "nm/s": 0.1, "cm/s": 1e6, "um/s": 100.0}),
    "time": ("min", {"min": 1.0, "s": 1.0 / 60.0, "h": 60.0, "d": 1440.0}),
    "volume_per_weight": ("L/kg", {"L/kg": 1.0, "mL/kg": 1e-3, "mL/g": 1.0}),
    "energy": ("kcal/mol", {"kcal/mol": 1.0, "kJ/mol": 1.0 / 4.184}),
    # A molar dose is multiplied by the molecular weight.
    "dose": (
        "mg/kg",
        {"mg/kg": 1.0, "g/kg": 1e3, "ug/kg": 1e-3, "mol/kg": 1e3, "mmol/kg": 1.0, "umol/kg": 1e-3},
    ),
    "class": ("class", {"class": 1.0}),
    "temperature": ("K", {"K": 1.0}),
    "ratio": ("ratio", {"ratio": 1.0}),
    "logarithm": ("log", {"log": 1.0}),
    "signal": ("RFU", {"RFU": 1.0, "RLU": 1.0, "AU": 1.0, "counts": 1.0}),
}
_WEIGHTS: Final = frozenset({"g/mL", "mg/mL", "ug/mL", "ng/mL"})
_MOLAR_DOSES: Final = frozenset({"mol/kg", "mmol/kg", "umol/kg"})
_MEASURE_SPELLINGS: Final[dict[str, str]] = {
    **{
        unit.lower().replace(" ", ""): unit
        for dimension, (_, factors) in DIMENSIONS.items()
        if dimension not in ("concentration", "amount_per_volume")
        for unit in factors
    },
    **{unit.lower(): unit for unit in _WEIGHTS},
    "percent": "%",
    "pct": "%",
    "mg/l": "ug/mL",
    "g/l": "mg/mL",
    "ug.ml-1": "ug/mL",
    "mg.l-1": "ug/mL",
    "mg.ml-1": "mg/mL",
    "ug.l-1": "ng/mL",
    "ug/l": "ng/mL",
    "l.kg-1": "L/kg",
    "ml.min-1.kg-1": "mL/min/kg",
    "ml.min-1.g-1": "mL/min/g",
    "ul/min/mgprotein": "uL/min/mg",
    "ul.min-1.mg-1": "uL/min/mg",
    "ul/min/10^6cells": "uL/min/10^6 cells",
    "ul/min/10e6cells": "uL/min/10^6 cells",
    "ul.min-1.(10^6cells)-1": "uL/min/10^6 cells",
    "ul.min-1.10^6cells-1": "uL/min/10^6 cells",
    "ul/min/1e6cells": "uL/min/10^6 cells",
    "ul/min/millioncells": "uL/min/10^6 cells",
    "10^-6cm/s": "10^-6 cm/s",
    "1e-6cm/s": "10^-6 cm/s",
    "10-6cm/s": "10^-6 cm/s",
    "minute": "min",
    "minutes": "min",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "sec": "s",
    "seconds": "s",
    "day": "d",
    "days": "d",
    "degc": "K",
    "°c": "K",
    "unitless": "ratio",
    "log10": "log",
    "count": "counts",
}

_P_UNIT: Final = re.compile(r"^p\s?(?:[ieax]c50|ki|kd|chembl(?:[ _]?value)?|activity)$", re.I)
_LOG_UNIT: Final = re.compile(r"^(?P<minus>[-\u2212]\s*)?log(?:10)?[\s_]*(?P<unit>\S.*)$", re.I)
_INVERSE: Final = re.compile(r"^1\s*/\s*(?P<unit>.+)$")

_FLIPPED: Final[dict[str, str]] = {"=": "=", "<": ">", ">": "<", "~": "~", "<=": ">=", ">=": "<="}


@lru_cache(maxsize=1_024)
def canonical_unit(unit: str) -> str:
    """Return the canonical spelling of a molar concentration unit.

    Parameters
    ----------
    unit
        A unit as written in a file.

    Returns
    -------
    str
        One of ``M mM uM nM pM fM``.

    Raises
    ------
    InputError
        If the unit is not a known molar concentration. ``mm`` and ``m`` are refused: they could
        be lengths or slips of the shift key.

    Examples
    --------
    >>> canonical_unit(" µM ")
    'uM'
    """
    plain = unit.strip()
    spelled = _SPELLINGS.get(plain) or _WORDS.get(_latin(plain).lower())
    if spelled is None:
        raise InputError(
            f"unknown concentration unit {unit!r}", remedy=f"use one of {', '.join(MOLAR_PER_UNIT)}"
        )
    return spelled


def _latin(unit: str) -> str:
    """Return a unit with the letter u for both micro signs."""
    return unit.replace("\u00b5", "u").replace("\u03bc", "u")


def pactivity(value: float, unit: str) -> float:
    """Return the negative decadic logarithm of a molar potency.

    Parameters
    ----------
    value
        An IC50, EC50, Ki or Kd, in `unit`. Must be finite and above zero.
    unit
        The unit of `value`.

    Returns
    -------
    float
        pIC50 (pEC50, pKi, pKd); dimensionless, 9.0 for 1 nM.

    Raises
    ------
    InputError
        If `value` is not finite and positive, or `unit` is unknown.

    Examples
    --------
    >>> round(pactivity(50.0, "nM"), 5)
    7.30103
    """
    factor = MOLAR_PER_UNIT[canonical_unit(unit)]
    if not math.isfinite(value) or value <= 0.0:
        raise InputError(
            f"a potency must be a finite number above zero, not {value!r}",
            remedy="correct the value or leave the row out",
        )
    return -math.log10(value) - math.log10(factor)


def concentration(p_value: float, unit: str = "nM") -> float:
    """Return the concentration of a pActivity in `unit`; the inverse of :func:`pactivity`.

    Examples
    --------
    >>> round(concentration(9.0, "nM"), 6)
    1.0
    """
    return float(10.0 ** (-p_value - math.log10(MOLAR_PER_UNIT[canonical_unit(unit)])))


def flipped_relation(relation: str) -> str:
    """Return the relation on the p scale: IC50 > 10 uM is pIC50 *below* 5.

    Examples
    --------
    >>> flipped_relation(">")
    '<'
    """
    try:
        return _FLIPPED[relation]
    except KeyError:
        raise InputError(
            f"unknown relation {relation!r}", remedy=f"use one of {' '.join(_FLIPPED)}"
        ) from None


@lru_cache(maxsize=1_024)
def split_scale(unit: str) -> tuple[str, str]:
    """Return the scale that a unit speaks of, and the unit of the value itself.

    Returns
    -------
    tuple
        One of `SCALES`, and a unit: '' for ``p``, whose unit is mol/L by nature.

    Examples
    --------
    >>> split_scale("log10(cm/s)"), split_scale("-log10(M)"), split_scale("log(1/(mol/kg))")
    (('log10', 'cm/s'), ('p', ''), ('-log10', 'mol/kg'))
    >>> split_scale("pIC50"), split_scale("pM"), split_scale("log")
    (('p', ''), ('linear', 'pM'), ('linear', 'log'))
    """
    plain = unit.strip().removeprefix("'")  # a quote keeps spreadsheets from reading a formula
    if _P_UNIT.match(plain):
        return "p", ""
    match = _LOG_UNIT.match(plain)
    inner = _bare(match["unit"]) if match else ""
    turned = bool(match and match["minus"])
    if inverse := _INVERSE.match(inner):
        inner, turned = _bare(inverse["unit"]), not turned
    if not inner or not dimension_of(inner):
        return "linear", unit
    if turned and dimension_of(inner) == "concentration" and canonical_unit(inner) == "M":
        return "p", ""
    return ("-log10" if turned else "log10"), inner


def _bare(text: str) -> str:
    """Return a text without the brackets around all of it."""
    stripped = text.strip()
    pairs = {"(": ")", "[": "]"}
    while stripped and pairs.get(stripped[0]) == stripped[-1]:
        stripped = stripped[1:-1].strip()
    return stripped


@dataclass(frozen=True, slots=True)
class Measure:
    """A number in its own unit and in the standard unit of its dimension."""

    dimension: str
    unit: str
    standard_value: float
    standard_unit: str


@lru_cache(maxsize=1_024)
def dimension_of(unit: str) -> str:
    """Return the dimension of a unit, '' if it is not known.

    Examples
    --------
    >>> dimension_of("µM"), dimension_of("mL/min/kg"), dimension_of("ug/mL"), dimension_of("cows")
    ('concentration', 'clearance_body', 'amount_per_volume', '')
    """
    spelled = _spelled(unit)
    return next((name for name, (_, known) in DIMENSIONS.items() if spelled in known), "")


def measure(value: float, unit: str, dimension: str = "", *, weight: float = math.nan) -> Measure:
    """Return a number with its unit spelled canonically and its value in the standard unit.

    Parameters
    ----------
    value
        A finite number; zero and negative ones are numbers too (a percentage of inhibition).
    unit
        As written in a file.
    dimension
        One of `DIMENSIONS`; by default the one that the unit says. A molar solubility has the unit
        of a concentration, so it must be said.
    weight
        Molecular weight in g/mol, for what is molar here and by weight there: a solubility or a
        potency in ug/mL, a dose in mol/kg.

    Returns
    -------
    Measure
        ``standard_value`` is NaN where a weight is needed and none is given.

    Raises
    ------
    InputError
        If the value is not finite, the unit unknown, or not one of the dimension.

    Examples
    --------
    >>> measure(0.45, "fraction")
    Measure(dimension='percent', unit='fraction', standard_value=45.0, standard_unit='%')
    >>> measure(50.0, "ug/mL", weight=250.0).standard_value
    200.0
    """
    if not math.isfinite(value):
        raise InputError(f"the value {value!r} is not finite", remedy="leave the row out")
    spelled = _spelled(unit)
    found = dimension or dimension_of(unit)
    if found not in DIMENSIONS:
        raise InputError(
            f"unknown unit {unit!r}" if not dimension else f"unknown dimension {dimension!r}",
            remedy=f"dimensions are {', '.join(DIMENSIONS)}",
        )
    standard_unit, factors = DIMENSIONS[found]
    if found == "concentration" and spelled in _WEIGHTS:
        # A potency by weight: nM where a solubility is in uM.
        by_weight = DIMENSIONS["amount_per_volume"][1][spelled] * 1e3 / weight
        return Measure(found, spelled, value * by_weight, standard_unit)
    if spelled not in factors:
        raise InputError(
            f"{unit!r} is no unit of {found}", remedy=f"use one of {', '.join(factors)}"
        )
    factor = factors[spelled]
    if spelled in _WEIGHTS:
        factor = factor / weight
    if spelled in _MOLAR_DOSES:
        factor = factor * weight
    return Measure(found, spelled, value * factor, standard_unit)


@lru_cache(maxsize=1_024)
def _spelled(unit: str) -> str:
    try:
        return canonical_unit(unit)
    except InputError:
        plain = _latin(re.sub(r"\s+", "", unit.strip()))
        return _MEASURE_SPELLINGS.get(plain.lower(), _MEASURE_SPELLINGS.get(unit.strip(), ""))
