"""Cards: a drawing with a few lines under it, alone in a gallery or as a pair with a difference."""

from dataclasses import dataclass
from typing import NamedTuple, Self

from markupsafe import Markup

from molagent.report.scale import value_text

__all__ = ["Card", "Comparison", "Line"]


class Line(NamedTuple):
    """A line under a drawing: plain words, then strong ones, then quiet ones."""

    plain: str = ""
    strong: str = ""
    quiet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A drawing with its lines; see the macro ``card``.

    Attributes
    ----------
    change
        Drawings of what was taken away and of what came in its place; empty for none.
    tag
        A word in a frame under the lines.
    bad
        Whether the card must stand out.
    """

    drawn: Markup
    lines: tuple[Line, ...] = ()
    change: tuple[Markup, ...] = ()
    tag: str = ""
    bad: bool = False

    @classmethod
    def measured(
        cls, drawn: Markup, name: object, unit: str, value: object, relation: object, *more: Line
    ) -> Self:
        """Return the card of a compound with its value; a bound keeps its sign."""
        named, said = Line(quiet=str(name)), Line(unit, value_text(value, relation))
        return cls(drawn=drawn, lines=(named, said, *more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two cards with the difference between them; see the macro ``comparison``.

    Attributes
    ----------
    delta, colour
        The difference in words, and its colour ``#rrggbb``.
    notes
        What stands under it, a line each.
    """

    first: Card
    second: Card
    delta: str
    colour: str
    notes: tuple[str, ...] = ()
    tag: str = ""
