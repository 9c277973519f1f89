"""A small set of axes written as SVG: crisp on paper, readable aloud, a few kilobytes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from markupsafe import Markup

from molagent.report.colours import GREY, INK, PALE
from molagent.report.svg import Attributes, element, svg

__all__ = ["Axes", "Ticks", "nice_ticks", "span"]

#: Where ticks stand, with their words where these are not the numbers themselves.
Ticks: TypeAlias = Sequence[float] | Mapping[float, str]
Point: TypeAlias = tuple[float, float]

_NICE_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_LABEL: Final = 12
_TIGHT: Final = 9  # a tick text below this size has a shorter tick


def nice_ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round tick positions that cover an interval.

    Examples
    --------
    >>> nice_ticks(0.0, 1.0)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    span = high - low if high > low else 1.0
    raw = span / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = min((s * power for s in _NICE_STEPS), key=lambda s: abs(math.log(s / raw)))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def span(values: Sequence[float], margin: float = 0.06, *, alone: float = 1.0) -> Point:
    """Return limits that leave a margin beside the outermost values.

    Parameters
    ----------
    margin
        As a share of the range of the values.
    alone
        The range where all values are equal.

    Examples
    --------
    >>> span([4.0, 6.0], 0.1), span([])
    ((3.8, 6.2), (-0.06, 1.06))
    """
    low, high = (min(values), max(values)) if len(values) else (0.0, 1.0)
    room = margin * ((high - low) or alone)
    return float(low - room), float(high + room)


@dataclass
class Axes:
    """A frame with two linear axes, to which marks are added.

    Parameters
    ----------
    x_range, y_range
        Data limits; the first is at the left, or at the bottom, also where it is the larger.
    title, description
        Read aloud; the description says what the figure shows in one sentence. Without a title
        nothing appears on hovering.
    frame
        Which axes are drawn: both, the floor, or none, as in a picture of a table's cell.
    tick_size
        Of the words beside the ticks, in pixels.
    """

    x_range: Point
    y_range: Point
    x_label: str = ""
    y_label: str = ""
    title: str = ""
    description: str = ""
    width: int = 460
    height: int = 320
    left: int = 58
    right: int = 16
    top: int = 14
    bottom: int = 46
    frame: Literal["both", "floor", "none"] = "both"
    tick_size: float = 11
    marks: list[Markup] = field(default_factory=list)

    @classmethod
    def bare(
        cls,
        x_range: Point,
        y_range: Point,
        description: str,
        size: tuple[int, int],
        *,
        sides: int = 0,
        floor: int | None = None,
    ) -> "Axes":
        """Return axes for the cell of a table: no words but ticks, and little room beside them.

        Parameters
        ----------
        sides
            Pixels left free at the left and at the right.
        floor
            Pixels under the floor, which is drawn; no floor where None.
        """
        return cls(
            x_range,
            y_range,
            description=description,
            width=size[0],
            height=size[1],
            left=sides,
            right=sides,
            top=0,
            bottom=floor or 0,
            frame="none" if floor is None else "floor",
            tick_size=8.5,
        )

    def x(self, value: float) -> float:
        """Return the pixel of an x value."""
        low, high = self.x_range
        share = (value - low) / ((high - low) or 1.0)
        return self.left + share * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        """Return the pixel of a y value."""
        low, high = self.y_range
        share = (value - low) / ((high - low) or 1.0)
        return self.height - self.bottom - share * (self.height - self.top - self.bottom)

    def dot(
        self,
        x: float,
        y: float,
        colour: str,
        radius: float = 2.5,
        opacity: float = 1.0,
        *,
        hollow: float = 0.0,
    ) -> None:
        """Add a filled circle; an open one where `hollow` is the width of its line."""
        paint: Attributes = {"fill": colour}
        if hollow:
            paint = {"fill": "#fff", "stroke": colour, "stroke_width": hollow}
        elif opacity < 1:
            paint["fill_opacity"] = opacity
        self.marks.append(element("circle", cx=self.x(x), cy=self.y(y), r=radius, **paint))

    def ring(self, x: float, y: float, colour: str, radius: float) -> None:
        """Add a circle around what stands there."""
        self.marks.append(
            element(
                "circle", cx=self.x(x), cy=self.y(y), r=radius, fill="none", stroke=colour,
                stroke_width=1.8,
            )
        )  # fmt: skip

    def line(
        self, start: Point, end: Point, colour: str = GREY, *, width: float = 1.2, dash: str = ""
    ) -> None:
        """Add a straight line between two data points."""
        self.curve([start, end], colour, width=width, dash=dash)

    def curve(
        self, points: Sequence[Point], colour: str, *, width: float = 1.2, dash: str = ""
    ) -> None:
        """Add a line through data points."""
        steps = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        self.marks.append(
            element(
                "path", d=f"M{steps}", fill="none", stroke=colour, stroke_width=width,
                stroke_dasharray=dash or None,
            )
        )  # fmt: skip

    def rectangle(
        self, corner: Point, opposite: Point, colour: str, *, opacity: float | None = None
    ) -> None:
        """Add a filled rectangle between two data points."""
        xs = sorted((self.x(corner[0]), self.x(opposite[0])))
        ys = sorted((self.y(corner[1]), self.y(opposite[1])))
        self.marks.append(
            element(
                "rect", x=xs[0], y=ys[0], width=xs[1] - xs[0], height=ys[1] - ys[0], fill=colour,
                fill_opacity=opacity,
            )
        )  # fmt: skip

    def text(
        self,
        place: Point,
        words: str,
        *,
        anchor: str = "middle",
        shift: Point = (0.0, 0.0),
        colour: str = INK,
        size: float = 11,
    ) -> None:
        """Add words at a data point, moved by `shift` pixels."""
        self.marks.append(
            element(
                "text", words, x=self.x(place[0]) + shift[0], y=self.y(place[1]) + shift[1],
                text_anchor=anchor, font_size=size, fill=colour, paint_order="stroke",
                stroke="#fff", stroke_width=3,
            )
        )  # fmt: skip

    def sample(
        self, place: Point, colour: str, *, length: float, shift: Point, dash: str = ""
    ) -> None:
        """Add a piece of a line that ends at a data point, moved by `shift` pixels: a legend's."""
        x, y = self.x(place[0]) + shift[0], self.y(place[1]) + shift[1]
        way = f"M{x - length:.1f} {y:.1f}H{x:.1f}"
        self.marks.append(
            element("path", d=way, stroke=colour, stroke_width=2, stroke_dasharray=dash or None)
        )

    def to_svg(self, x_ticks: Ticks | None = None, y_ticks: Ticks | None = None) -> Markup:
        """Return the figure.

        Parameters
        ----------
        x_ticks, y_ticks
            Round numbers where None.
        """
        return svg(
            (self.width, self.height),
            *self._x_ticks(nice_ticks(*self.x_range) if x_ticks is None else x_ticks),
            *self._y_ticks(nice_ticks(*self.y_range) if y_ticks is None else y_ticks),
            *self.marks,
            *self._frame(),
            title=self.title,
            description=self.description if self.title else "",
            label="" if self.title else self.description,
        )

    def _x_ticks(self, ticks: Ticks) -> list[Markup]:
        floor = self.height - self.bottom
        step = 3 if self.tick_size < _TIGHT else 4
        marks = []
        for tick, words in _named(ticks):
            place = f"M{self.x(tick):.1f} {floor}v{step}"
            marks += [
                element("path", d=place, stroke=INK),
                self._word(words, self.x(tick), floor + step + self.tick_size + 2, "middle"),
            ]
        return marks

    def _y_ticks(self, ticks: Ticks) -> list[Markup]:
        marks = []
        for tick, words in _named(ticks):
            place = f"M{self.left} {self.y(tick):.1f}H{self.width - self.right}"
            if self.frame != "none":
                marks.append(element("path", d=place, stroke=PALE))
            at = self.y(tick) + 0.36 * self.tick_size
            marks.append(self._word(words, self.left - 0.6 * self.tick_size, at, "end"))
        return marks

    def _word(self, words: str, x: float, y: float, anchor: str) -> Markup:
        return element(
            "text", words, x=x, y=y, text_anchor=anchor, font_size=self.tick_size, fill=INK
        )

    def _frame(self) -> list[Markup]:
        right, floor = self.width - self.right, self.height - self.bottom
        marks = []
        if self.frame != "none":
            both = self.frame == "both"
            start = f"M{self.left} {self.top}V{floor}" if both else f"M{self.left} {floor}"
            ink = INK if both else GREY
            marks.append(element("path", d=f"{start}H{right}", fill="none", stroke=ink))
        middle_x, middle_y = (self.left + right) / 2, (self.top + floor) / 2
        words: Attributes = {"text_anchor": "middle", "font_size": _LABEL, "fill": INK}
        if self.x_label:
            marks.append(element("text", self.x_label, x=middle_x, y=self.height - 8, **words))
        if self.y_label:
            turn = f"translate(14 {middle_y:.0f}) rotate(-90)"
            marks.append(element("text", self.y_label, transform=turn, **words))
        return marks


def _named(ticks: Ticks) -> list[tuple[float, str]]:
    if isinstance(ticks, Mapping):
        return list(ticks.items())
    return [(tick, f"{tick:g}".replace("-", "−")) for tick in ticks]
