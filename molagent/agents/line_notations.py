"""Structures in text as SMILES, SMARTS, SELFIES, InChI, InChIKey, CAS number, formula or mol block.

They are told by their letters and not by parsing: one pass over the text, so that its cost is
linear, and what a cut or a line break has made unreadable for a parser is found all the same.
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["MIN_ATOMS", "Span", "find_lines"]

Span = tuple[int, int]

MIN_ATOMS: Final = 5
_CARBONS: Final = 2
_PIECED_CARBONS: Final = 3
_BRACKET: Final = r"\[(?!withheld\])[=#]?\d{0,3}(?:[A-Za-z*]|#\d)[^\[\]\s\"']{0,60}\]"
_ATOM: Final = rf"{_BRACKET}|Cl|Br|[BCNOPSFIbcnops]"
_RUN: Final = re.compile(rf"(?:{_ATOM}|[-=#$:/\\~.()\d%*@+])+")
_ATOMS: Final = re.compile(_ATOM)
_RING: Final = re.compile(r"[\])A-Za-z*]\d")
# What may stand between the pieces of one structure: separators of lists, tables and code.
_BETWEEN: Final = re.compile(r"(?:[\s,|;\"'`_<>{}\[\]^!?&]|\\[nrt])*")
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d+)?[.:)]?$")
# Ids and counted things that look like atoms with digits: P1-0007, S07, C1-4.
_ID: Final = re.compile(r"[A-Z]{1,3}\d*-?\d{2,}$|[A-Z]\d-\d+$|c\d+:?$")
_WHOLE: Final = re.compile(r"V[23]000|M  END|@<TRIPOS>|PEPTIDE\d*\{|AuxInfo=", re.IGNORECASE)
_LINES: Final = re.compile(
    r"InChI\s*=\s*[^\s\"']+"
    r"|(?<![A-Za-z0-9])1S?/[A-Z][A-Za-z0-9.]{2,}/[^\s\"']*"  # an InChI without its first word
    r"|/[chqpbtms]\d[\d,\-()*]{7,}"  # one of its layers
    r"|(?<![A-Za-z0-9])[a-z]{14}[\W_]{0,2}[a-z]{8}[sn][ab][\W_]{0,2}[a-z](?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])C\d{1,3}H\d{1,3}(?:(?:[A-Z][a-z]?)\d{0,3}){0,12}(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_FIRST_BLOCK: Final = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]{14}|[a-z]{14})(?![A-Za-z0-9])")
_CAS: Final = re.compile(r"(?<![\w\-])(\d{2,7})-(\d{2})-(\d)(?![\w\-])")
_CROWD: Final = re.compile(r"[^aeiouy]{5}")
_FEW_VOWELS: Final = 3


def find_lines(text: str) -> list[Span]:
    """Return start and end of whatever reads as a structure, in order, not overlapping.

    Examples
    --------
    >>> text = "P1-0007 is CC(=O)Oc1ccccc1C(=O)O, says c2:leaders#3"
    >>> [text[start:end] for start, end in find_lines(text)]
    ['CC(=O)Oc1ccccc1C(=O)O']
    """
    if _WHOLE.search(text):
        return [(0, len(text))]
    found = [match.span() for match in _LINES.finditer(text)]
    found += [m.span() for m in _FIRST_BLOCK.finditer(text) if _is_key(m.group())]
    found += [m.span() for m in _CAS.finditer(text) if _is_cas(m)]
    found += _runs(text)
    return _merged(found)


def _runs(text: str) -> Iterator[Span]:
    """Yield single runs that are a structure, and rows of pieces that are one together."""
    row: list[Span] = []
    for match in _RUN.finditer(text):
        start, end = _alone(text, match.start(), match.end())
        piece = text[start:end]
        if _is_structure(piece):
            yield start, end
        elif _is_strong(match.group()):  # also where letters stand at it: xCC(=O)Oc1ccccc1
            yield match.span()
        whole = (start, end) == match.span() and not _ID.match(piece)
        if row and not (whole and _BETWEEN.fullmatch(text, row[-1][1], match.start())):
            yield from _row(text, row)
            row = []
        if whole and not (_NUMBER.match(piece) and len(piece) > 2):
            row.append((start, end))
        elif row:
            yield from _row(text, row)
            row = []
    yield from _row(text, row)


def _alone(text: str, start: int, end: int) -> Span:
    """Return the part of a run that no other letter or digit touches."""
    if start and text[start - 1].isalnum():
        while start < end and text[start].isalnum():
            start += 1
    if end < len(text) and text[end].isalnum():
        while end > start and text[end - 1].isalnum():
            end -= 1
    while end > start and text[end - 1] in ".:":
        end -= 1
    while start < end and text[start] in ":=":
        start += 1
    return start, end


def _row(text: str, row: list[Span]) -> Iterator[Span]:
    if len(row) < 2:
        return
    joined = "".join(text[start:end] for start, end in row)
    atoms = _ATOMS.findall(joined)
    carbons = sum("c" in atom.lower().replace("cl", "") for atom in atoms)
    says = any(c in joined for c in "=#([") or len(_RING.findall(joined)) > 1
    if len(atoms) >= MIN_ATOMS and carbons >= _PIECED_CARBONS and (says or carbons >= MIN_ATOMS):
        yield row[0][0], row[-1][1]


def _is_structure(run: str) -> bool:
    atoms = _ATOMS.findall(run)
    if len(atoms) < MIN_ATOMS:
        return False
    if run.isalpha() and run.islower():
        return False  # a word of the letters b, c, n, o, p and s: rings have digits
    carbons = sum("c" in atom.lower().replace("cl", "") for atom in atoms)
    return carbons >= _CARBONS or any(atom[0] == "[" and atom[1] == "#" for atom in atoms)


def _is_strong(run: str) -> bool:
    return (
        len(_ATOMS.findall(run)) > MIN_ATOMS
        and any(c in run for c in "=#[(")
        and bool(_RING.search(run) or "=" in run or "#" in run)
    )


def _is_key(block: str) -> bool:
    """Return whether 14 letters are the first block of an InChIKey and no word."""
    if block.isupper():
        return True
    return sum(c in "aeiou" for c in block) <= _FEW_VOWELS or _CROWD.search(block) is not None


def _is_cas(match: re.Match[str]) -> bool:
    digits = match[1] + match[2]
    total = sum(place * int(digit) for place, digit in enumerate(reversed(digits), start=1))
    return total % 10 == int(match[3])


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
