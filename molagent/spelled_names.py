"""Names in text, however they are spelled: one pass, whatever number of names there are.

A name is found by its letters and digits alone, in any case and with any separators between them,
so that ``HAWKMOTH-001`` is found in ``hawkmoth 001`` too. It must begin and end where a word or a
number does: ``falconx`` is found in ``falconx_2`` and not in ``falconxyz``.
"""

from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["SHORTEST_NAME", "SpelledNames", "squeezed"]

SHORTEST_NAME: Final = 4
"""Letters and digits that a name has at least to be found in any spelling."""
_PREFIX: Final = 3


class SpelledNames:
    """Finds names in text; a name of fewer letters and digits than four is passed over.

    Examples
    --------
    >>> names = SpelledNames(["HAWKMOTH-001", "falconx"])
    >>> text = "hawkmoth 001 of falconx_2, falconxyz"
    >>> [text[start:end] for start, end, _ in names.find(text)]
    ['hawkmoth 001', 'falconx']
    """

    def __init__(self, names: Iterable[str]) -> None:
        keys = {squeezed(name) for name in names}
        self._keys = {key for key in keys if len(key) >= SHORTEST_NAME}
        lengths: dict[str, set[int]] = {}
        for key in self._keys:
            lengths.setdefault(key[:_PREFIX], set()).add(len(key))
        self._lengths = {prefix: sorted(found)[::-1] for prefix, found in lengths.items()}

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and the squeezed name, longer names first, not overlapping."""
        if not self._keys:
            return
        letters, places = _letters(text)
        at = 0
        while at <= len(letters) - SHORTEST_NAME:
            found = self._at(text, letters, places, at)
            if found:
                yield places[at], places[at + len(found) - 1] + 1, found
            at += len(found) or 1

    def _at(self, text: str, letters: str, places: list[int], at: int) -> str:
        lengths = self._lengths.get(letters[at : at + _PREFIX])
        if lengths is None or not _is_edge(text, places[at] - 1, places[at]):
            return ""
        for length in lengths:
            key = letters[at : at + length]
            if len(key) == length and key in self._keys:
                last = places[at + length - 1]
                if _is_edge(text, last, last + 1):
                    return key
        return ""


def squeezed(text: str) -> str:
    """Return the letters and digits of a text in small letters.

    Examples
    --------
    >>> squeezed("Notebook-Kestrel 7")
    'notebookkestrel7'
    """
    return _letters(text)[0]


def _letters(text: str) -> tuple[str, list[int]]:
    kept = [(c.lower()[:1], at) for at, c in enumerate(text) if c.isalnum()]
    return "".join(c for c, _ in kept), [at for _, at in kept]


def _is_edge(text: str, before: int, after: int) -> bool:
    """Return whether a word or a number ends between two neighbouring characters."""
    if before < 0 or after >= len(text):
        return True
    left, right = text[before], text[after]
    if left.isalpha() and right.isalpha():
        return left.islower() and right.isupper()  # falconX, mayFalcon
    return not (left.isdigit() and right.isdigit())
