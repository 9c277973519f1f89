"""Which column a title speaks of, whatever its capitals, blanks and underscores."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from molagent.units import dimension_of

__all__ = ["find_dose", "find_title", "find_titles", "find_value", "plain_title"]

_BRACKETED: Final = re.compile(r"^(?P<title>.*?)\s*[\[(](?P<unit>[^\])]+)[\])]\s*$")
_TRAILING: Final = re.compile(r"^(?P<title>.*?)[_ ](?P<unit>[A-Za-z\u00b5\u03bc%]+)$")
_DOSE: Final = re.compile(
    r"(?:.*:)?\s*(?:conc(?:entration)?|dose)[\s_]*"
    r"[\[(]?\s*(?P<unit>[munpf\u00b5\u03bc]?M)?\s*[\])]?",
    re.IGNORECASE,
)


def plain_title(title: str) -> str:
    """Return a title in lower case, without blanks, underscores and hyphens.

    Examples
    --------
    >>> plain_title("Compound ID")
    'compoundid'
    """
    return re.sub(r"[\s_\-]", "", title).lower()


def find_title(header: Sequence[str], names: Sequence[str]) -> str:
    """Return the title that is the first of these names; '' where none is there.

    Parameters
    ----------
    names
        As :func:`plain_title` writes them.

    Examples
    --------
    >>> find_title(["Name", "Compound ID"], ["compoundid", "name"])
    'Compound ID'
    """
    titles = {plain_title(title): title for title in reversed(header)}
    return next((titles[name] for name in names if name in titles), "")


def find_titles(header: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return role to title, see :func:`find_title`."""
    return {role: find_title(header, names) for role, names in known.items()}


def find_value(header: Sequence[str], names: Sequence[str], dimension: str = "") -> tuple[str, str]:
    """Return the value's title, and the unit where the title states it: ``Ki (nM)``, ``IC50_nM``.

    Parameters
    ----------
    dimension
        Of the unit; by default any that is known.

    Examples
    --------
    >>> find_value(["smiles", "Ki [nM]"], ["value", "ki"])
    ('Ki [nM]', 'nM')
    """
    for title in header:
        for pattern in (_BRACKETED, _TRAILING):
            match = pattern.match(title)
            if match and plain_title(match["title"]) in names:
                found = dimension_of(match["unit"])
                if found and found == (dimension or found):
                    return title, match["unit"].strip()
    return find_title(header, names), ""


def find_dose(header: Sequence[str]) -> tuple[str, str]:
    """Return the column of concentrations and the unit its title says; '' where there is none.

    Examples
    --------
    >>> find_dose(["cid", "Dose [nM]"])
    ('Dose [nM]', 'nM')
    """
    for title in header:
        if match := _DOSE.fullmatch(title.strip()):
            return title, match["unit"] or ""
    return "", ""
