"""Concentration units and pActivity: the only place with unit factors."""

import math
from typing import Final

from molagent.errors import InputError

__all__ = ["MOLAR_PER_UNIT", "canonical_unit", "concentration", "flipped_relation", "pactivity"]

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
}

_FLIPPED: Final[dict[str, str]] = {"=": "=", "<": ">", ">": "<", "~": "~", "<=": ">=", ">=": "<="}


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
    spelled = _SPELLINGS.get(unit.strip())
    if spelled is None:
        raise InputError(
            f"unknown concentration unit {unit!r}", remedy=f"use one of {', '.join(MOLAR_PER_UNIT)}"
        )
    return spelled


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
