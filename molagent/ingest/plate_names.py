"""What a plate and a read are called, by the lines above a block; prose is no name."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

__all__ = ["find_barcode", "find_read", "is_calculated"]

_KEY: Final = re.compile(
    r"^(?:assay\s+)?(?P<what>plate|barcode)(?P<kind>[\s_-]*(?:id|name|barcode|no\.?|number))?"
    r"(?:\s*\((?:stacker|stapler)\))?$",
    re.IGNORECASE,
)
_INLINE: Final = re.compile(r"^([^:=#]+?)\s*[:=#]\s*(\S.*)$")
_BESIDE: Final = re.compile(r"^(\S+)\s+(\S+)$")
# BMG's readers ask for up to three names; the first is the plate's where it is no sentence.
_BMG_KEY: Final = re.compile(r"^ID1$")
_QUOTED: Final = re.compile(r'^="?(.*?)"?$')
_MISSING: Final = ("", "n/a", "na", "none", "-", "unknown")
_WELLS: Final = re.compile(r"^\d+[\s-]*well", re.IGNORECASE)
_LONGEST: Final = 64
# Lines that stand between a title and its block.
_ASIDE: Final = re.compile(
    r"^(actual )?temp(erature|\.)?\b|^(start|end) ?time|^startzeit|^date\b|^time\b|^group\b|"
    r"^ID\d\b|^barcode\b",
    re.IGNORECASE,
)
_HEADINGS: Final = ("plate information", "background information")
_TOLD: Final = ("label", "measinfo")
_LABEL: Final = re.compile(r"^label\s*:\s*(\S.*)$", re.IGNORECASE)


def find_barcode(above: Sequence[Sequence[str]]) -> str:
    """Return the plate's name, '' where the lines do not say one.

    A name stands under a title (`Barcode`, or else `Plate`), or behind a key that says no more than
    plate or barcode: `Plate information` is a heading, `Plate type` a kind of plate.

    Examples
    --------
    >>> find_barcode([("Plate: MP001",)]), find_barcode([("Barcode", "MP002")])
    ('MP001', 'MP002')
    >>> find_barcode([("Plate information",)]), find_barcode([("Plate", "Greiner 96 Flat Bottom")])
    ('', '')
    >>> find_barcode([("Plate", "Repeat", "Barcode"), ("2", "1", '=""')])
    '2'
    """
    information = _information(above)
    for title in ("barcode", "plate"):
        if name := information.get(title, ""):
            return name
    for cells in reversed(_without_information(above)):
        for place, cell in enumerate(cells):
            if name := _named(cell, [text for text in cells[place + 1 :] if text]):
                return name
    return ""


def find_read(above: Sequence[Sequence[str]]) -> str:
    """Return what was read, by the nearest title; '' where the lines do not say.

    Examples
    --------
    >>> find_read([("Test name: ADP",), ("Raw Data (580/620)",)])
    'Raw Data (580/620)'
    """
    labels = [found[1] for cells in above for cell in cells if (found := _LABEL.match(cell))]
    if labels:
        return labels[-1].strip()
    information = _information(above)
    repeat = information.get("repeat", "")
    again = f", repeat {repeat}" if repeat not in ("", "1") else ""
    told = " ".join(filter(None, (information.get(title, "") for title in _TOLD)))
    return (_nearest_title(above) or told) + again


def _nearest_title(above: Sequence[Sequence[str]]) -> str:
    """Return the nearest line of one cell, unless a plate's name or a table comes before it."""
    for cells in reversed(_without_information(above)):
        filled = [cell for cell in cells if cell]
        if _named(filled[0], filled[1:]) or filled[0].lower() in _HEADINGS:
            return ""
        if len(filled) == 1 and not _ASIDE.match(filled[0]):
            return filled[0]
    return ""


def is_calculated(above: Sequence[Sequence[str]]) -> bool:
    """Return whether the lines say that a formula made the numbers of the block below them."""
    return bool(_information(above).get("formula"))


def _information(above: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return title to value of the table above a block that has a column of plates."""
    for titles, values in reversed(list(pairwise(above))):
        plain = [title.strip().lower() for title in titles]
        if _is_information(plain):
            pairs = zip(plain, values, strict=False)
            return {title: _cleaned(value) for title, value in pairs if title and _cleaned(value)}
    return {}


def _is_information(titles: Sequence[str]) -> bool:
    plain = {title.strip().lower() for title in titles}
    return bool(plain & {"plate", "repeat"}) and bool(plain & {"barcode", "repeat"})


def _without_information(above: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """Return the lines without such tables, whose titles are no names."""
    tables = {n for n, cells in enumerate(above) if _is_information(cells)}
    return [cells for n, cells in enumerate(above) if n not in tables and n - 1 not in tables]


def _named(cell: str, right: Sequence[str]) -> str:
    """Return the name that a cell, or the one on its right, gives the plate."""
    if inline := _INLINE.match(cell):
        return _checked(inline[1], inline[2])
    if right and (name := _checked(cell.rstrip(" :=#"), right[0])):
        return name
    beside = _BESIDE.match(cell)
    if beside and any(mark.isdigit() for mark in beside[2]):
        return _checked(beside[1], beside[2])
    return ""


def _checked(key: str, text: str) -> str:
    name = _cleaned(text)
    if not name or len(name) > _LONGEST or _WELLS.match(name) or name[-1] in ":=":
        return ""
    single = len(name.split()) == 1 and any(mark.isdigit() for mark in name)
    if _BMG_KEY.match(key.strip()):
        return name if single else ""
    found = _KEY.match(key.strip())
    if found is None:
        return ""
    explicit = bool(found["kind"]) or found["what"].lower() == "barcode"
    # `Plate` alone may begin a sentence: a name has a digit and no blanks, or is `Plate 3` itself.
    numbered = re.fullmatch(r"plate\s*\d+", name, re.IGNORECASE) is not None
    return name if explicit or single or numbered else ""


def _cleaned(text: str) -> str:
    found = _QUOTED.match(text.strip())
    name = (found[1] if found else text).strip().strip('"').strip()
    return "" if name.lower() in _MISSING else name
