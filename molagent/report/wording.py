"""How values and levels are put into words: an unknown value is 'unknown', never 0."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from molagent.units import concentration

__all__ = [
    "LEVEL_WORDS",
    "NOT_LEGAL_ADVICE",
    "UNKNOWN",
    "as_items",
    "as_mapping",
    "count",
    "duration",
    "is_unknown",
    "label",
    "level_short",
    "level_tone",
    "measured",
    "nanomolar",
    "number",
    "percent",
    "plus_minus",
    "relation_words",
    "roughly",
    "target",
    "target_span",
    "typeset",
    "unit_words",
    "with_unit",
]

UNKNOWN: Final = "unknown"

NOT_LEGAL_ADVICE: Final = (
    "Patent evidence in this report is the result of a computer search over the collection named "
    "beside it. It is not legal advice: it says nothing about validity, legal status or freedom to "
    "operate, and “not found” only means not found in what was searched."
)

LEVEL_WORDS: Final[dict[str, str]] = {
    "exact_in_claims": "same structure, in a claims section",
    "exact_elsewhere": "same structure, elsewhere in a document",
    "variant": "salt, mixture, tautomer or stereo variant",
    "in_confirmed_claim": "inside a confirmed claim definition",
    "in_draft_claim": "may be inside a draft claim definition",
    "same_scaffold": "same scaffold",
    "similar": "similar structure",
    "not_found": "not found in what was searched",
    "not_checked": "not checked",
}

_LEVEL_SHORT: Final[dict[str, str]] = {
    "exact_in_claims": "exact, in claims",
    "exact_elsewhere": "exact, elsewhere",
    "variant": "variant",
    "in_confirmed_claim": "confirmed claim",
    "in_draft_claim": "draft claim",
    "same_scaffold": "same scaffold",
    "similar": "similar",
    "not_found": "not found",
    "not_checked": "not checked",
}

_TONES: Final[dict[str, str]] = {
    "exact_in_claims": "strong",
    "exact_elsewhere": "strong",
    "variant": "strong",
    "in_confirmed_claim": "strong",
    "in_draft_claim": "medium",
    "same_scaffold": "weak",
    "similar": "weak",
    "not_found": "none",
    "not_checked": "unknown",
}

# Molar potencies on a log scale; only these have a concentration behind them.
_POTENCY: Final = re.compile(r"(^|_)p(ki|ic50|ec50|kd|activity|chembl)$", re.IGNORECASE)
_SYMBOLS: Final = {
    "pki": "pKi",
    "pic50": "pIC50",
    "pec50": "pEC50",
    "pkd": "pKd",
    "logd": "logD",
    "logp": "logP",
    "herg": "hERG",
}
_ACRONYM_LENGTH: Final = 5
_MICRO: Final = re.compile(r"\bu(?=(L|M|g|m|mol)\b)")
_POWER: Final = re.compile(r"\^(-?\d+)")
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_UNIT_NAMES: Final = {"hr": "h", "log-ratio": "log units"}
_KILO: Final = 1000.0
_MINUTE_S: Final = 60.0


def is_unknown(value: object) -> bool:
    """Return True for None and NaN.

    Examples
    --------
    >>> is_unknown(float("nan")), is_unknown(0.0)
    (True, False)
    """
    return value is None or value != value or type(value).__name__ in {"NAType", "NaTType"}  # noqa: PLR0124 - NaN is the only value that differs from itself


def number(value: object, digits: int = 2) -> str:
    """Return a number with fixed digits, or 'unknown'.

    Examples
    --------
    >>> number(8.456), number(None), number(-0.5, 1)
    ('8.46', 'unknown', '−0.5')
    """
    if is_unknown(value) or isinstance(value, str):
        return str(value) if isinstance(value, str) and value else UNKNOWN
    as_float = float(value)  # type: ignore[arg-type]
    if not math.isfinite(as_float):
        return UNKNOWN
    return f"{as_float:,.{digits}f}".replace("-", "−")


def count(value: object) -> str:
    """Return a whole number with thousands separators, or 'unknown'.

    Examples
    --------
    >>> count(12345), count(float("nan"))
    ('12,345', 'unknown')
    """
    return number(value, 0)


def percent(value: object, digits: int = 0) -> str:
    """Return a share as a percentage, or 'unknown'.

    Examples
    --------
    >>> percent(0.934), percent(None)
    ('93 %', 'unknown')
    """
    if is_unknown(value):
        return UNKNOWN
    return f"{number(100.0 * float(value), digits)} %"  # type: ignore[arg-type]


def plus_minus(mean: object, std: object, digits: int = 2) -> str:
    """Return ``mean ± std``; 'unknown' without a mean, and no ± without a std.

    Examples
    --------
    >>> plus_minus(8.4, 0.35), plus_minus(None, 0.35), plus_minus(8.4, None)
    ('8.40 ± 0.35', 'unknown', '8.40')
    """
    text = number(mean, digits)
    return text if text == UNKNOWN or is_unknown(std) else f"{text} ± {number(std, digits)}"


def roughly(value: object) -> str:
    """Return what a model that failed its checks says, without the digits it cannot vouch for.

    Examples
    --------
    >>> roughly(46.32), roughly(-3.7), roughly(0.42), roughly(None)
    ('≈ 46', '≈ −4', '≈ 0.4', 'unknown')
    """
    text = number(value, 0)
    if text == UNKNOWN:
        return text
    is_small = abs(float(value)) < 1.0  # type: ignore[arg-type]
    return f"≈ {number(value, 1) if is_small else text}"


def nanomolar(endpoint: str, mean: object) -> str:
    """Return the concentration behind a pActivity, or '' where there is none.

    Examples
    --------
    >>> nanomolar("jak1_pki", 9.0), nanomolar("jak1_pki", 5.0), nanomolar("qed", 0.7)
    ('1.0 nM', '10 µM', '')
    """
    if is_unknown(mean) or not _POTENCY.search(endpoint):
        return ""
    value, unit = concentration(float(mean), "nM"), "nM"  # type: ignore[arg-type]
    if value >= _KILO:
        value, unit = value / _KILO, "µM"
    digits = 2 if value < 1 else 1 if value < 10 else 0
    return f"{value:,.{digits}f} {unit}"


def measured(endpoint: str, value: object) -> str:
    """Return a measured value as text; relations such as ``<5.0`` are kept."""
    if isinstance(value, str):
        return value
    text = number(value)
    molar = nanomolar(endpoint, value)
    return f"{text} ({molar})" if molar else text


def label(name: str) -> str:
    """Return an endpoint's or objective's name as a chemist would write it.

    Examples
    --------
    >>> label("jak1_pki"), label("selectivity_jak2"), label("qed")
    ('JAK1 pKi', 'selectivity JAK2', 'QED')
    """
    return " ".join(_word(word) for word in name.split("_") if word)


def _word(word: str) -> str:
    if word.lower() in _SYMBOLS:
        return _SYMBOLS[word.lower()]
    acronym = any(c.isdigit() for c in word) or word in {"qed", "sa", "tpsa", "hlm", "rlm"}
    return word.upper() if acronym and len(word) <= _ACRONYM_LENGTH else word


def with_unit(words: str, unit: object) -> str:
    """Return words with their unit, unless they name it already.

    Examples
    --------
    >>> with_unit("JAK1 pKi", "pKi"), with_unit("solubility", "log mol/L")
    ('JAK1 pKi', 'solubility (log mol/L)')
    """
    return words if not unit or str(unit).lower() in words.lower() else f"{words} ({unit})"


def unit_words(unit: object) -> str:
    """Return a unit as a chemist writes it.

    Examples
    --------
    >>> unit_words("uL/min/mg"), unit_words("uL/min/10^6 cells"), unit_words("hr"), unit_words(None)
    ('µL/min/mg', 'µL/min/10⁶ cells', 'h', '')
    """
    text = "" if is_unknown(unit) else str(unit)
    text = _POWER.sub(lambda found: found[1].translate(_RAISED), _MICRO.sub("µ", text))
    return _UNIT_NAMES.get(text, text)


def typeset(text: str) -> str:
    """Return a machine's sentence with the signs of print.

    Examples
    --------
    >>> typeset("R2 -1.21 on its held-out data is not above 0.3")
    'R² −1.21 on its held-out data is not above 0.3'
    >>> typeset("r2 0.79, rmse 0.44; R2 = OC")
    'R² 0.79, RMSE 0.44; R2 = OC'
    """
    # Without a number behind it, R2 is a substituent.
    text = re.sub(r"\b[Rr]2(?= -?\d)", "R²", text)
    text = re.sub(r"\b(rmse|mae|auroc|auprc)(?= \d)", lambda found: found[0].upper(), text)
    text = re.sub(r"\bcoverage_90(?= \d)", "coverage of the 90 % interval", text)
    return re.sub(r"(?<=\s)-(?=\d)", "−", text)


def target(objective: Mapping[str, Any]) -> str:
    """Return what an objective asks for, in words.

    Examples
    --------
    >>> target({"direction": "maximise", "low": 7, "high": 9})
    'higher is better: 0 at 7, 1 at 9'
    """
    low, high = _plain(objective.get("low")), _plain(objective.get("high"))
    direction = str(objective.get("direction", "")).lower()
    if direction.startswith("max"):
        return f"higher is better: 0 at {low}, 1 at {high}"
    if direction.startswith("min"):
        return f"lower is better: 1 at {low}, 0 at {high}"
    return f"between {low} and {high}"


def target_span(objective: Mapping[str, Any]) -> str:
    """Return the same in short: where desirability is 0 and where it is 1.

    Examples
    --------
    >>> target_span({"direction": "minimise", "low": 0.2, "high": 0.6})
    '(0.6 → 0.2)'
    """
    low, high = _plain(objective.get("low")), _plain(objective.get("high"))
    direction = str(objective.get("direction", "")).lower()
    if direction.startswith("max"):
        return f"({low} → {high})"
    return f"({high} → {low})" if direction.startswith("min") else f"({low} to {high})"


def _plain(value: object) -> str:
    if is_unknown(value):
        return UNKNOWN
    return f"{value:g}".replace("-", "−") if isinstance(value, int | float) else str(value)


def duration(seconds: object) -> str:
    """Return a wall time in words.

    Examples
    --------
    >>> duration(4.21), duration(75), duration(7300)
    ('4.2 s', '1 min 15 s', '2 h 1 min')
    """
    if is_unknown(seconds):
        return UNKNOWN
    value = float(seconds)  # type: ignore[arg-type]
    if value < _MINUTE_S:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < _MINUTE_S:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def level_short(level: object) -> str:
    """Return a level of patent evidence in two words, for tables.

    Examples
    --------
    >>> level_short("in_confirmed_claim")
    'confirmed claim'
    """
    return _LEVEL_SHORT.get(str(level), str(level))


def level_tone(level: object) -> str:
    """Return how strongly a level of patent evidence is marked: a CSS class, not a verdict."""
    return _TONES.get(str(level), "unknown")


def as_mapping(value: object) -> dict[str, Any]:
    """Return a mapping from a mapping, its JSON text, or nothing.

    Examples
    --------
    >>> as_mapping('{"R1": "OC"}'), as_mapping(None)
    ({'R1': 'OC'}, {})
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {"text": value} if value else {}
    return dict(value) if isinstance(value, Mapping) else {}


def as_items(value: object) -> list[str]:
    """Return a list of texts from a list, array, tuple, single text or nothing.

    Examples
    --------
    >>> as_items(("a", "b")), as_items("a"), as_items(None)
    (['a', 'b'], ['a'], [])
    """
    if isinstance(value, str):
        return [value] if value else []
    return [str(item) for item in value] if isinstance(value, Iterable) else []


def relation_words(relation: str) -> str:
    """Return how a variant stands to the compound that was found, '' for the compound itself.

    Examples
    --------
    >>> relation_words("salt,charge")
    'differs in salt, charge'
    >>> relation_words("component,stereo")
    'a component of a mixture or salt, differs in stereo'
    """
    words = [word for word in relation.split(",") if word]
    differing = [word for word in words if word != "component"]
    parts = ["a component of a mixture or salt"] if "component" in words else []
    if differing:
        parts.append(f"differs in {', '.join(differing)}")
    return ", ".join(parts)
