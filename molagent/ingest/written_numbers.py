"""Numbers as people write them: signs of all scripts, words, spreads and footnote marks."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["WrittenNumber", "find_number", "spelled_plainly"]

_FULL_WIDTH: Final = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_SIGNS: Final = str.maketrans(
    {
        **_FULL_WIDTH,
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\u2014\ufe63", "-"),
        **dict.fromkeys("\u00a0\u2007\u2008\u2009\u200a\u202f\u3000", " "),
        **dict.fromkeys("\u2019\u2018\u00b4\u02bc", "'"),
        **dict.fromkeys("\u2264\u2a7d\u2266\u22dc\u2272", "≤"),
        **dict.fromkeys("\u2265\u2a7e\u2267\u22dd\u2273", "≥"),
        **dict.fromkeys("\u226a\u2039", "<"),
        **dict.fromkeys("\u226b\u203a", ">"),
        **dict.fromkeys("\u2248\u223c\u2243\u2245\u02dc\uff5e", "~"),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u2060\u200e\u200f", ""),
        "\u2024": ".",
    }
)
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&le;": "≤", "&ge;": "≥", "&nbsp;": " "}
_WORDS: Final = (
    (
        re.compile(r"^(?:ca|circa|approx|approximately|about|around|c)(?:\.\s*|\s+)(?=\d)", re.I),
        "~",
    ),
    (re.compile(r"^(?:less|lower|smaller) than\s+|^(?:below|under)\s+", re.I), "<"),
    (re.compile(r"^(?:greater|more|higher|larger) than\s+|^(?:above|over)\s+", re.I), ">"),
    (re.compile(r"^at most\s+", re.I), "<="),
    (re.compile(r"^at least\s+", re.I), ">="),
)
_POWER: Final = re.compile(
    r"(?<=\d)\s*[x×·⋅*]\s*10\s*\^?\s*\(?\s*([+-]?\d{1,3})\)?(?![\d.,])", re.I
)
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_RAISED: Final = re.compile(r"(?<=10)[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+")
_SPREAD: Final = re.compile(r"\s*[(\[]?\s*(?:±|\+/-|\+-)\s*[\d.,']+(?:[eE][+-]?\d+)?\s*[)\]]?\s*")
_COUNT: Final = re.compile(r"\s*(?:[(\[]\s*[nN]\s*=\s*\d+\s*[)\]]|,?\s+n\s*=\s*\d+)\s*")
_RANGE: Final = re.compile(
    r"\s*[(\[]\s*(?:95\s*%\s*CI:?\s*)?[\d.,]+\s*(?:-|to|;)\s*[\d.,]+\s*[)\]]\s*$", re.I
)
_MARK: Final = re.compile(r"(?<=\d)\s*[*†‡§¶#]{1,3}(?=\s|$)|(?<=[A-Za-z%])\s*[*†‡§¶#]{1,3}$")
_NUMBER: Final = re.compile(
    r"^(?P<before>[<>=~≤≥\s]*[+-]?)(?P<digits>[.,]?\d[\d.,' ]*)(?P<rest>.*)$", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A cell taken apart: what stands before the digits, the digits as written, what follows."""

    before: str
    digits: str
    rest: str


def spelled_plainly(text: str) -> tuple[str, str]:
    """Return a cell with plain signs, and what was left out of it: '', 'spread', 'count', 'mark'.

    Examples
    --------
    >>> spelled_plainly("−12.4"), spelled_plainly("ca. 10 ± 2 nM")
    (('-12.4', ''), ('~10 nM', 'spread'))
    >>> spelled_plainly("12.5*"), spelled_plainly("⩽ 3,2 (n=2)")
    (('12.5', 'mark'), ('≤ 3,2', 'count'))
    """
    plain = text.translate(_SIGNS)
    for entity, sign in _ENTITIES.items():
        plain = plain.replace(entity, sign)
    plain = plain.strip()
    for words, sign in _WORDS:
        plain = words.sub(sign, plain)
    plain = _RAISED.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPTS), plain)
    plain = _POWER.sub(r"e\1", plain)
    left_out = ""
    for what, pattern in (
        ("spread", _SPREAD),
        ("count", _COUNT),
        ("spread", _RANGE),
        ("mark", _MARK),
    ):
        shorter = pattern.sub(" ", plain).strip()
        if shorter != plain and shorter[:1]:
            plain, left_out = shorter, left_out or what
    return _one_unit(plain) if left_out == "spread" else plain, left_out


def find_number(plain: str) -> WrittenNumber | None:
    """Return a cell's parts, None where it has no digits behind its relation.

    Examples
    --------
    >>> find_number(">1.250,75 nM")
    WrittenNumber(before='>', digits='1.250,75', rest=' nM')
    """
    match = _NUMBER.match(plain)
    if match is None:
        return None
    digits = match["digits"].rstrip(" ,.'")
    # '12.' is a number, too, '12.Mai' a date; other signs at the end belong to what follows.
    if match["digits"][len(digits) :].startswith(".") and not match["rest"][:1].isalpha():
        digits += "."
    return WrittenNumber(match["before"], digits, match["digits"][len(digits) :] + match["rest"])


def _one_unit(plain: str) -> str:
    """Return '10 nM' for '10 nM nM', as a spread with its own unit leaves it."""
    words = plain.split()
    return " ".join(words[:-1]) if len(words) > 2 and words[-1] == words[-2] else plain
