"""The colours of every picture: told apart with the common colour vision deficiencies."""

from collections.abc import Sequence
from typing import Final, TypeAlias

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "ORANGE",
    "PALE",
    "PURPLE",
    "QUIET",
    "WHITE",
    "Colour",
    "blend",
    "channels",
]

Colour: TypeAlias = tuple[int, int, int]

# Okabe and Ito's.
BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREEN: Final = "#009E73"
PURPLE: Final = "#CC79A7"
GREY: Final = "#9AA3AD"
PALE: Final = "#E6E9ED"
INK: Final = "#1F2933"
QUIET: Final = "#5b6470"
WHITE: Final = (255, 255, 255)


def channels(colour: str) -> Colour:
    """Return red, green and blue, 0..255, of ``#RRGGBB``."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return red, green, blue


def blend(stops: Sequence[Colour], share: float) -> str:
    """Return the colour at a share 0..1 of the way along `stops`, as ``#rrggbb``.

    Examples
    --------
    >>> blend([WHITE, (0, 114, 178)], 0.5)
    '#80b8d8'
    """
    place = share * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    part = place - index
    mixed = (round(a + part * (b - a)) for a, b in zip(stops[index], stops[index + 1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
