"""A small set of axes written as SVG: crisp on paper, readable aloud, a few kilobytes."""

import math
from dataclasses import dataclass, field
from html import escape
from typing import Final

__all__ = ["BLUE", "GREY", "INK", "ORANGE", "PALE", "Axes", "nice_ticks"]

# Okabe and Ito's colours: told apart with every common colour vision deficiency.
BLUE: Final = "#0072B2"
ORANGE: Final = "#D55E00"
GREY: Final = "#9AA3AD"
PALE: Final = "#E6E9ED"
INK: Final = "#1F2933"

_FONT: Final = "font-family='system-ui,Segoe UI,Helvetica,Arial,sans-serif'"
_NICE_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


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


@dataclass
class Axes:
    """A frame with two linear axes, to which marks are added.

    Parameters
    ----------
    x_range, y_range
        Data limits.
    title, description
        Read aloud; the description says what the figure shows in one sentence.
    """

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str
    y_label: str
    title: str
    description: str
    width: int = 460
    height: int = 320
    left: int = 58
    right: int = 16
    top: int = 14
    bottom: int = 46
    marks: list[str] = field(default_factory=list)

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
        self, x: float, y: float, colour: str, radius: float = 2.5, opacity: float = 1.0
    ) -> None:
        """Add a filled circle."""
        self.marks.append(
            f"<circle cx='{self.x(x):.1f}' cy='{self.y(y):.1f}' r='{radius:g}' fill='{colour}'"
            + (f" fill-opacity='{opacity:g}'/>" if opacity < 1 else "/>")
        )

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str = GREY,
        *,
        width: float = 1.2,
        dash: str = "",
    ) -> None:
        """Add a straight line between two data points."""
        dashed = f" stroke-dasharray='{dash}'" if dash else ""
        self.marks.append(
            f"<line x1='{self.x(start[0]):.1f}' y1='{self.y(start[1]):.1f}' "
            f"x2='{self.x(end[0]):.1f}' y2='{self.y(end[1]):.1f}' "
            f"stroke='{colour}' stroke-width='{width:g}'{dashed}/>"
        )

    def rectangle(
        self, corner: tuple[float, float], opposite: tuple[float, float], colour: str
    ) -> None:
        """Add a filled rectangle between two data points."""
        xs = sorted((self.x(corner[0]), self.x(opposite[0])))
        ys = sorted((self.y(corner[1]), self.y(opposite[1])))
        self.marks.append(
            f"<rect x='{xs[0]:.1f}' y='{ys[0]:.1f}' width='{xs[1] - xs[0]:.1f}' "
            f"height='{ys[1] - ys[0]:.1f}' fill='{colour}'/>"
        )

    def text(
        self,
        place: tuple[float, float],
        words: str,
        *,
        anchor: str = "middle",
        shift: tuple[float, float] = (0.0, 0.0),
        colour: str = INK,
        size: float = 11,
    ) -> None:
        """Add words at a data point, moved by `shift` pixels."""
        self.marks.append(
            f"<text x='{self.x(place[0]) + shift[0]:.1f}' y='{self.y(place[1]) + shift[1]:.1f}' "
            f"text-anchor='{anchor}' font-size='{size:g}' fill='{colour}' "
            f"paint-order='stroke' stroke='#fff' stroke-width='3'>{escape(words)}</text>"
        )

    def to_svg(self, x_ticks: list[float] | None = None, y_ticks: list[float] | None = None) -> str:
        """Return the figure."""
        right, floor = self.width - self.right, self.height - self.bottom
        parts = [
            f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {self.width} {self.height}' "
            f"width='{self.width}' height='{self.height}' {_FONT} role='img'>"
            f"<title>{escape(self.title)}</title><desc>{escape(self.description)}</desc>"
            f"<rect width='{self.width}' height='{self.height}' fill='#fff'/>"
        ]
        parts.extend(
            f"<path d='M{self.x(tick):.1f} {floor}v4' stroke='{INK}'/>"
            f"<text x='{self.x(tick):.1f}' y='{floor + 17}' text-anchor='middle' "
            f"font-size='11' fill='{INK}'>{_tick_text(tick)}</text>"
            for tick in (x_ticks if x_ticks is not None else nice_ticks(*self.x_range))
        )
        parts.extend(
            f"<path d='M{self.left} {self.y(tick):.1f}H{right}' stroke='{PALE}'/>"
            f"<text x='{self.left - 7}' y='{self.y(tick) + 4:.1f}' text-anchor='end' "
            f"font-size='11' fill='{INK}'>{_tick_text(tick)}</text>"
            for tick in (y_ticks if y_ticks is not None else nice_ticks(*self.y_range))
        )
        middle_x, middle_y = (self.left + right) / 2, (self.top + floor) / 2
        parts.extend(self.marks)
        parts.append(
            f"<path d='M{self.left} {self.top}V{floor}H{right}' fill='none' stroke='{INK}'/>"
            f"<text x='{middle_x:.0f}' y='{self.height - 8}' text-anchor='middle' "
            f"font-size='12' fill='{INK}'>{escape(self.x_label)}</text>"
            f"<text transform='translate(14 {middle_y:.0f}) rotate(-90)' "
            f"text-anchor='middle' font-size='12' fill='{INK}'>{escape(self.y_label)}</text></svg>"
        )
        return "".join(parts)


def _tick_text(value: float) -> str:
    return f"{value:g}".replace("-", "−")
