"""Titles of columns under all the names that releases and exports gave them."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from molagent.errors import FileFormatError

__all__ = ["find_columns", "map_columns"]

_NOT_A_NAME: Final = re.compile(r"[^a-z0-9]+")


def find_columns(header: Sequence[str], names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return role to title, for those roles that a title is known for.

    Case, blanks and punctuation do not count. The first name that is there wins.

    Examples
    --------
    >>> find_columns(["ID", "rdk_smiles"], {"id": ["id"], "smiles": ["smiles", "rdk_smiles"]})
    {'id': 'ID', 'smiles': 'rdk_smiles'}
    """
    titles: dict[str, str] = {}
    for title in header:
        titles.setdefault(_plain(title), title)
    found: dict[str, str] = {}
    for role, known in names.items():
        there = [titles[_plain(name)] for name in known if _plain(name) in titles]
        if there:
            found[role] = there[0]
    return found


def map_columns(
    header: Sequence[str],
    names: Mapping[str, Sequence[str]],
    *,
    required: Sequence[str],
    place: str,
) -> dict[str, str]:
    """Return the same, all of `required` among them.

    Raises
    ------
    FileFormatError
        With what is missing and what is there.
    """
    found = find_columns(header, names)
    if missing := [role for role in required if role not in found]:
        wanted = "; ".join(f"{role} (known as {', '.join(names[role])})" for role in missing)
        raise FileFormatError(
            f"no column for {wanted}; there are {', '.join(header) or 'no columns'}",
            place=place,
            remedy="rename the columns, or report the new names",
        )
    return found


def _plain(title: str) -> str:
    return _NOT_A_NAME.sub("", title.lower())
