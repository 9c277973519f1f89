"""Text that a spreadsheet would run: cells of CSV files that stay text when they are opened.

A text that begins with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return and is no number gets
an apostrophe before it, and the readers take it off again. A text that begins with apostrophes and
then with one of these gets one more, so that nothing is lost on the way there and back. No SMILES
begins so.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["csv_text", "guarded", "unguarded", "unguarded_row"]

# A sign that stands alone, such as the relation "=", runs nothing.
_RUN: Final = re.compile(r"'*(?:[=+\-@].|[\t\r])", re.DOTALL)
_GUARDED: Final = re.compile(r"'+(?:[=+\-@].|[\t\r])", re.DOTALL)


def guarded(value: object) -> object:
    """Return a cell that no spreadsheet runs as a formula; None is empty, numbers stay.

    Examples
    --------
    >>> guarded("=HYPERLINK(1)"), guarded("-1.5"), guarded(-1.5), guarded(None)
    ("'=HYPERLINK(1)", '-1.5', -1.5, '')
    """
    if value is None:
        return ""
    if isinstance(value, str) and _RUN.match(value) and not _is_number(value):
        return f"'{value}"
    return value


def unguarded(text: str) -> str:
    """Return the text that :func:`guarded` made safe.

    Examples
    --------
    >>> unguarded("'=HYPERLINK(1)"), unguarded("'s-Gravenhage"), unguarded("CCO")
    ('=HYPERLINK(1)', "'s-Gravenhage", 'CCO')
    """
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text


def unguarded_row(cells: Sequence[str]) -> list[str]:
    """Return the cells of one row as :func:`unguarded` does."""
    return [unguarded(cell) for cell in cells] if "'" in "".join(cells) else [*cells]


def csv_text(frame: "pd.DataFrame") -> str:
    """Return a frame as CSV with a header, its texts and titles safe to open in a spreadsheet."""
    safe = frame.rename(columns=lambda name: guarded(str(name)))
    for place, kind in enumerate(frame.dtypes):
        if not _is_plain(kind):
            column = frame.iloc[:, place]
            safe.isetitem(place, [guarded(c) if isinstance(c, str) else c for c in column])
    text: str = safe.to_csv(index=False)
    return text


def _is_plain(kind: object) -> bool:
    """Return whether a column's type holds no text: numbers, truths and times."""
    return getattr(kind, "kind", "O") in "biufcmM"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
