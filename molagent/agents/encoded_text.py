"""Structures in text that was encoded: base64, base32, hex, character codes and escapes."""

import base64
import binascii
import contextlib
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from molagent.agents.line_notations import Span
from molagent.agents.plain_text import unescaped

__all__ = ["decoded_numbers", "find_encoded"]

_TOKEN: Final = re.compile(r"\S+")
_ESCAPED: Final = re.compile(r"%[0-9A-Fa-f]{2}|&#?\w{1,10};|\\u|\\x|U\+|=[0-9A-F]{2}|=\n")
_OPAQUE: Final = re.compile(r"[A-Za-z0-9+/_\-]{4,}={0,2}")
# Each way has a fixed length: looked for in a long text of capitals, an open one is quadratic.
_MIXED: Final = re.compile(r"[a-z][A-Z0-9]|[A-Z]{2}[a-z]|\d[A-Za-z]|[A-Z]\d")
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+(?:[_\-/][a-z0-9]+)*")
_CODES: Final = re.compile(r"(?:(?:0x|\\x|%|U\+|\\)?[0-9A-Fa-f]{2,4}[\s,;:|\-.]*){6,}")
_CODE: Final = re.compile(r"[0-9A-Fa-f]{2,4}")
_SHORTEST: Final = 12
_BLIND: Final = 24
_FIRST, _LAST = 0x20, 0x7E
_MOST_UNPACKED: Final = 20_000


def find_encoded(text: str, tells: Callable[[str], bool]) -> Iterator[Span]:
    """Yield start and end of what holds a structure or name once it is decoded.

    Parameters
    ----------
    tells
        Whether a decoded text holds what must stay.
    """
    yield from _escaped(text, tells)
    for match in _CODES.finditer(text):
        if any(tells(clear) for clear in _codes(match.group())):
            yield match.span()
    for start, end in _opaque(text):
        packed = "".join(text[start:end].split())
        if len(packed) >= _SHORTEST and (_is_blind(packed) or any(map(tells, _decoded(packed)))):
            yield start, end


def decoded_numbers(numbers: list[int]) -> str:
    """Return a list of character codes as the text it may be; '' if it is none."""
    if not all(_FIRST <= number <= _LAST for number in numbers):
        return ""
    return "".join(map(chr, numbers))


def _escaped(text: str, tells: Callable[[str], bool]) -> Iterator[Span]:
    if not _ESCAPED.search(text):
        return
    for match in _TOKEN.finditer(text):
        token = match.group()
        if _ESCAPED.search(token):
            clear = unescaped(token)
            if clear != token and tells(clear):
                yield match.span()
    # Escapes may break a structure over lines or words.
    clear = unescaped(text)
    if clear != text and tells(clear) and not tells(text):
        yield 0, len(text)


def _opaque(text: str) -> Iterator[Span]:
    """Yield runs of letters and digits that are no words, joined over white space."""
    last: Span | None = None
    for match in _OPAQUE.finditer(text):
        start, end = match.span()
        if last and not text[last[1] : start].strip() and _is_mixed(match.group()):
            last = (last[0], end)
            continue
        if last:
            yield last
        last = (start, end) if _is_mixed(match.group()) else None
    if last:
        yield last


def _is_mixed(token: str) -> bool:
    return not _WORDS.fullmatch(token) and (
        _MIXED.search(token) is not None or len(token) >= _SHORTEST
    )


def _is_blind(packed: str) -> bool:
    """Return whether nothing but a packed text or a key looks so."""
    body = packed.rstrip("=")
    if len(body) < _BLIND or not body.isalnum():
        return False
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(map(kind, body)) for kind in kinds)


def _decoded(packed: str) -> Iterator[str]:
    body = packed.replace("-", "+").replace("_", "/").rstrip("=")
    for shift in range(4):
        part = body[shift:]
        whole = part[: len(part) // 4 * 4] if len(part) % 4 == 1 else part + "=" * (-len(part) % 4)
        try:
            content = base64.b64decode(whole, validate=True)
        except (binascii.Error, ValueError):
            continue
        yield from _texts(content)
    if re.fullmatch(r"[A-Za-z2-7]+", body):
        with contextlib.suppress(binascii.Error, ValueError):
            yield from _texts(base64.b32decode(body.upper() + "=" * (-len(body) % 8)))
    if re.fullmatch(r"[0-9A-Fa-f]+", body):
        yield from _texts(bytes.fromhex(body[: len(body) // 2 * 2]))


def _texts(content: bytes) -> Iterator[str]:
    """Yield what bytes say, twice encoded and compressed ones too."""
    try:
        unpacked = zlib.decompressobj(wbits=47).decompress(content, _MOST_UNPACKED)
    except zlib.error:
        unpacked = b""
    for each in (content, unpacked):
        said = each.replace(b"\x00", b"")
        shown = sum(_FIRST <= byte <= _LAST or byte in b"\r\n\t" for byte in said)
        if said and 20 * shown >= 19 * len(said):
            clear = unescaped(said.decode("ascii", "replace"))
            yield clear
            inner = "".join(clear.split())
            if len(inner) >= _SHORTEST and _OPAQUE.fullmatch(inner):
                try:
                    again = base64.b64decode(inner + "=" * (-len(inner) % 4))
                except (binascii.Error, ValueError):
                    continue
                yield again.decode("ascii", "replace")


def _codes(run: str) -> Iterator[str]:
    parts = _CODE.findall(run)
    for base in (16, 10, 8):
        try:
            numbers = [int(part, base) for part in parts]
        except ValueError:
            continue
        yield decoded_numbers(numbers)
