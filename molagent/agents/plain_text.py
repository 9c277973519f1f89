"""Text as it reads: look-alike letters, invisible characters and dashes made plain.

What is searched in text that is about to leave is searched in its plain form, and the plain form is
what leaves: a structure in full-width letters, or with a zero-width space in it, is the structure.
"""

import html
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

__all__ = ["plain", "unescaped"]

# Cyrillic and Greek capitals and small letters that are drawn as Latin ones, and dashes.
_ALIKE: Final = str.maketrans(
    "АВЕКМНОРСТХІЅаеорсухіѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲ‐‑‒–—―−﹣－﹘⁃⸺·⋅∙•＝≡⁼",
    "ABEKMHOPCTXISaeopcyxisABEZHIKMNOPTYXoc------------....=#=",
)
_ESCAPES: Final = re.compile(
    r"\\u\{?([0-9A-Fa-f]{2,6})\}?|\\x([0-9A-Fa-f]{2})|U\+([0-9A-Fa-f]{4})[ ]?"
    r"|=([0-9A-F]{2})(?![0-9])"
)
_SOFT_BREAK: Final = re.compile(r"=\r?\n")
_ROUNDS: Final = 3


def plain(text: str) -> str:
    """Return text with compatibility forms resolved and characters that are not seen taken out.

    Examples
    --------
    >>> plain("ＣＣ＝Ｏ"), plain("C\u200bC\u00adN")
    ('CC=O', 'CCN')
    """
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text.translate(_ALIKE)).translate(_ALIKE)
    return "".join(c for c in folded if unicodedata.category(c) not in {"Cf", "Mn", "Me", "Cs"})


def unescaped(text: str) -> str:
    r"""Return text with URL, HTML, Unicode and quoted-printable escapes resolved, also nested.

    Examples
    --------
    >>> unescaped("C%3DO"), unescaped("C&#61;O"), unescaped(r"C\u003dO"), unescaped("C%253DO")
    ('C=O', 'C=O', 'C=O', 'C=O')
    """
    for _ in range(_ROUNDS):
        before = text
        text = html.unescape(unquote(text)) if "%" in text or "&" in text else text
        if "\\" in text or "U+" in text or "=" in text:
            text = _ESCAPES.sub(_character, _SOFT_BREAK.sub("", text))
        if text == before:
            break
    return plain(text)


def _character(match: re.Match[str]) -> str:
    digits = next(group for group in match.groups() if group is not None)
    code = int(digits, 16)
    return chr(code) if 0x20 <= code < 0xD800 else match.group()
