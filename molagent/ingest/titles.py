"""Which column a title speaks of, whatever its capitals, blanks and underscores."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["find_dose", "find_titles", "plain_title"]

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


def find_titles(header: Sequence[str], known: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return for each role the first title that is one of its names; '' where there is none.

    Parameters
    ----------
    known
        Role to names, as :func:`plain_title` writes them.
    """
    return {
        role: next((title for title in header if plain_title(title) in names), "")
        for role, names in known.items()
    }


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
