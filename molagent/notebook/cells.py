"""How a value reads in a cell of a grid or a widget."""

from collections.abc import Callable, Mapping
from typing import Any

from molagent.report.wording import is_unknown, number

__all__ = ["cell_text"]


def cell_text(value: object) -> str:
    """Return a value as text: 'unknown' where there is none, two decimals for a fraction.

    Examples
    --------
    >>> cell_text(None), cell_text(7.8123), cell_text(3), cell_text(["a", "b"])
    ('unknown', '7.81', '3', 'a, b')
    """
    writers: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
        (str, str),
        (bool, lambda flag: "yes" if flag else "no"),
        (float, number),
        (Mapping, lambda pairs: ", ".join(f"{k} {cell_text(v)}" for k, v in pairs.items())),
        ((list, tuple), lambda items: ", ".join(cell_text(item) for item in items)),
    )
    for kind, write in writers:
        if isinstance(value, kind):
            return write(value)
    if is_unknown(value):
        return "unknown"
    return str(value)
