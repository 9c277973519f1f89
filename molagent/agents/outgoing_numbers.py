"""Numbers that leave: which are of the plan, which are counts, and which are values."""

import math
import re
from typing import Final, Literal

__all__ = ["NumberRule"]

SIGNIFICANT_DIGITS: Final = 2
_SMALL: Final = 100
# What a plan is made of. An agent that proposes 140 proposals must be told 140.
_PLAN: Final = frozenset(
    {"bounds", "count", "current_plan", "cycle", "cycles_planned", "limit", "parameters", "plan"}
    | {"plans", "steps", "weight", "weights", "exploration"}
)
_COUNTS: Final = frozenset(
    {"n", "n_series", "n_test", "n_train", "proposed", "passed", "leaders", "checked"}
    | {"claims", "funnel", "levels", "not_public"}
)
_DECIMAL: Final = re.compile(r"(?<![\w.\-])-?\d+\.\d+(?:[eE][+-]?\d+)?(?![\w]|\.\d)")
_UNITS: Final = (
    r"(?:[pnumµ]?M|[pnumµk]?g|[numµ]?[Ll]|%|ms|s|min|h|Da|Å|K|mol)(?:[/*·^][A-Za-zµ0-9/\-^]+)?\b"
)
_WHOLE: Final = re.compile(
    rf"(?<![\w.#:/\-])(-?\d{{1,3}}(?:,\d{{3}})+|-?\d+)(?P<unit>\s?{_UNITS})?(?![\w:/\-]|[.,]\d)"
)


class NumberRule:
    """Rounds or withholds numbers.

    Parameters
    ----------
    values
        See :class:`molagent.agents.guard.OutgoingPolicy`.
    """

    def __init__(self, values: Literal["rounded", "exact", "withheld"], withheld: str) -> None:
        self._values = values
        self._withheld = withheld

    def is_plan(self, key: str) -> bool:
        """Return whether an entry of this name, and all in it, is of a plan."""
        return key in _PLAN

    def value(self, value: object, key: str = "") -> object:
        """Return a number of a JSON answer; anything else as it is."""
        if self._values == "exact" or isinstance(value, bool):
            return value
        if isinstance(value, int):
            is_count = key in _COUNTS or abs(value) < _SMALL
            if self._values == "withheld" and not is_count:
                return self._withheld
            return _rounded_whole(value)
        if isinstance(value, float):
            return self._decimal(value)
        return value

    def text(self, text: str) -> str:
        """Return text with the numbers in it rounded or withheld; parts of ids stay."""
        if self._values == "exact":
            return text
        text = _DECIMAL.sub(lambda match: str(self._decimal(float(match.group()))), text)
        return _WHOLE.sub(self._whole, text)

    def _decimal(self, value: float) -> float | str:
        if self._values == "withheld":
            return self._withheld
        return float(f"{value:.{SIGNIFICANT_DIGITS}g}") if math.isfinite(value) else value

    def _whole(self, match: re.Match[str]) -> str:
        digits, unit = match[1].replace(",", ""), match["unit"] or ""
        if len(digits.lstrip("-")) <= SIGNIFICANT_DIGITS and not (
            unit and self._values == "withheld"
        ):
            return match.group()
        if self._values == "withheld":
            return f"{self._withheld}{unit}"
        return f"{_rounded_text(digits)}{unit}"


def _rounded_whole(value: int) -> int:
    # Of an integer of thousands of digits not even the text can be made.
    digits = max(0, math.floor(value.bit_length() * math.log10(2)) - SIGNIFICANT_DIGITS + 1)
    while abs(value) >= 10**digits * 10**SIGNIFICANT_DIGITS:
        digits += 1
    while digits and abs(value) < 10 ** (digits - 1) * 10**SIGNIFICANT_DIGITS:
        digits -= 1
    unit = int(10**digits)
    half = abs(value) + unit // 2
    return (1 if value >= 0 else -1) * (half // unit * unit)


def _rounded_text(digits: str) -> str:
    sign, body = ("-", digits[1:]) if digits[0] == "-" else ("", digits)
    body = body.lstrip("0") or "0"
    if len(body) <= SIGNIFICANT_DIGITS:
        return sign + body
    kept = int(body[: SIGNIFICANT_DIGITS + 1]) + 5
    return f"{sign}{kept // 10}{'0' * (len(body) - SIGNIFICANT_DIGITS)}"
